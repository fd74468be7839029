"""What the read side adds to SQLAlchemy: values bound per request, constants written out, lists.

A rule's own constants (`status = 'open'`) are written into the text, so that an index on the open
rows alone serves a prepared statement. A request's values are always bound: the compiler refuses
to write out anything but an enum's member, a truth value or a small whole number, so that none
gets into SQL by oversight.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from commonweal.kernel.errors import UserError, fact

from .ask import Ask, Bound, Compute

SMALL: Final = 10_000  # SRIDs and factors; a number from a request may be anything


@fact
class TextWithNul(UserError):
    says = "Text cannot hold the character NUL: leave it out."


def _inlining(dialect: sa.Dialect) -> sa.Dialect:
    base: Any = dialect.statement_compiler

    class Compiler(base):  # type: ignore[misc]
        def visit_bindparam(self, bind: Any, **how: Any) -> str:
            if not isinstance(bind, Bound):
                if not may_be_written_out(bind.value):
                    raise TypeError(f"{bind.value!r} is to be bound, not written into SQL")
                how |= {"literal_binds": True}
            return str(super().visit_bindparam(bind, **how))

    dialect.statement_compiler = Compiler
    return dialect


def may_be_written_out(value: Any) -> bool:
    if value is None or isinstance(value, bool | Enum):
        return True
    return isinstance(value, int) and abs(value) <= SMALL


POSTGRESQL: Final = _inlining(asyncpg.dialect())
SQLITE: Final = _inlining(sqlite.dialect(paramstyle="qmark"))
DIALECTS: Final = {"postgresql": POSTGRESQL, "sqlite": SQLITE}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text for one engine, and how to work out its values from a request."""

    sql: str
    values: Callable[[Ask], list[Any]]


def compiled(select: Any, dialect: sa.Dialect) -> Statement:
    made: Any = select.compile(dialect=dialect)
    reads = [_value_of(made.binds[name], dialect) for name in made.positiontup]
    return Statement(str(made), lambda ask: [read(ask) for read in reads])


def _value_of(bind: Bound, dialect: sa.Dialect) -> Compute:
    process: Any = bind.type.dialect_impl(dialect).bind_processor(dialect)
    compute = bind.compute
    if process is None:
        return lambda ask: storable(compute(ask))
    return lambda ask: None if (value := compute(ask)) is None else storable(process(value))


def storable(value: Any) -> Any:
    """Refuse what PostgreSQL cannot hold, on both engines."""
    if type(value) is str and "\x00" in value:
        raise TextWithNul()
    if type(value) is list and any(type(v) is str and "\x00" in v for v in value):
        raise TextWithNul()
    return value


class ListOf(sa.types.TypeDecorator[Any]):
    """A list in one bound value: an array in PostgreSQL, JSON in SQLite. The text never changes."""

    impl = sa.types.NullType
    cache_ok = True

    def __init__(self, item: Any) -> None:
        self.item: Any = sa.types.to_instance(item)
        super().__init__()

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        inner = getattr(self.item, "base", self.item)
        kind: Any = postgresql.ARRAY(inner) if dialect.name == "postgresql" else sa.String()
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        each = self.item.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)
        shape: Any = list if dialect.name == "postgresql" else json.dumps
        return lambda values: shape([each(value) for value in values])


class among(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """True of rows whose column is one of a bound list's values."""

    inherit_cache = True
    type = sa.Boolean()

    def __init__(self, column: Any, values: Bound) -> None:
        super().__init__(column, Bound(values.compute, ListOf(column.type)))

    def self_group(self, against: Any = None) -> Any:  # else SQLite is given `(...) = 1`
        return self


@compiles(among, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(c, **how) for c in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(among, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(c, **how) for c in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


class now(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The database's instant: the transaction's beginning (architecture: Time)."""

    inherit_cache = True
    type = sa.TIMESTAMP(timezone=True)

    def __init__(self) -> None:
        super().__init__()


@compiles(now)
def _(element: Any, compiler: Any, **how: Any) -> str:
    return "commonweal_now()"


class today(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The civil date at that instant where the service is."""

    inherit_cache = True
    type = sa.Date()

    def __init__(self) -> None:
        super().__init__()


@compiles(today)
def _(element: Any, compiler: Any, **how: Any) -> str:
    return "commonweal_today()"
