"""Rows gathered into groups, in one statement: what `declare.Groups` asks for.

Which rows there are for the viewer is decided before they are gathered, as in any list, so that
no count tells of a row that one may not see.
"""

from typing import Any

import sqlalchemy as sa

from .ask import Args
from .declare import Groups, Source
from .statement import Engine, Level, Row, Scope


def gathered(engine: Engine, declared: Groups, args: Args) -> Any:
    """The groups as a subquery: the columns of `by`, and those of `values`."""
    source: Source = declared.of.source
    target = engine.alias(source.model)
    scope = Scope(engine, target)
    row = Row(scope, target.c, source, args)
    scope.require(*row.admitted(), *declared.where(row, args, engine.viewer))
    columns = labelled(declared.each(row, args))
    each = sa.select(*columns).select_from(scope.from_).where(*scope.conditions).subquery()
    keys = [each.c[name] for name in declared.by]
    return sa.select(*keys, *labelled(declared.values(each.c))).group_by(*keys).subquery()


def labelled(columns: dict[str, Any]) -> list[Any]:
    return [column.label(name) for name, column in columns.items()]


def groups(engine: Engine, declared: Groups, args: Args) -> tuple[Level, Row]:
    """All groups, in the order of what they are gathered by."""
    found = gathered(engine, declared, args)
    level = Level(engine, found)
    level.order = [found.c[name] for name in declared.by]
    return level, Row(level, found.c, declared.of.source, args)
