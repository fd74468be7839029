"""A list that Python works out: what `declare.Worked` asks for, in one statement.

The statement reads one column of the rows that there are for the viewer; the function gets their
values with the request's arguments. What it raises as a UserError refuses the request.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import get_nullable_type

from .ask import Args, Ask
from .assemble import to_python
from .declare import Worked
from .statement import Engine, Level, Row

Selected = Mapping[str, Callable[[Any], Any]]  # response key -> the value of it in an object


def worked(
    engine: Engine, declared: Worked, args: Args, selected: Selected
) -> tuple[Level, Callable[[Any, Ask], list[dict[str, Any]]]]:
    """The statement, and what makes the list of its rows."""
    target = engine.alias(declared.of.source.model)
    level = Level(engine, target)
    row = Row(level, target.c, declared.of.source, args)
    level.require(*row.admitted(), *declared.where(row, args, engine.viewer))
    column = getattr(row, declared.column)
    level.index(column)
    read = to_python(column.type, engine.dialect) or (lambda value: value)

    def listed(rows: Any, ask: Ask) -> list[dict[str, Any]]:
        given = {name: value(ask) for name, value in args.reads.items()}
        made = declared.function([read(each[0]) for each in rows], **given)
        return [{key: shown(each) for key, shown in selected.items()} for each in made]

    return level, listed


def shown_as(type_: Any, name: str) -> Callable[[Any], Any]:
    """How an object shows a field of the type: by the attribute that was declared as it."""
    if name == "__typename":
        return lambda _: type_.name
    field = type_.fields[name]
    leaf: Any = get_nullable_type(field.type)
    attribute = field_names(type_)[name]

    def shown(each: Any) -> Any:
        value = getattr(each, attribute)
        return None if value is None else leaf.serialize(value)

    return shown


def field_names(type_: Any) -> dict[str, str]:
    """The attributes by their names in the API."""
    declared = type_.graphene_type._meta.fields
    return dict(zip(type_.fields, declared, strict=True))
