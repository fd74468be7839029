"""What the read side adds to SQLAlchemy: values bound per request, constants written out, lists.

A rule's own constants (`status = 'open'`) are written into the text, so that an index on the open
rows alone serves a prepared statement. A request's values are always bound: the compiler refuses
to write out anything but an enum's member, a truth value or a small whole number, so that none
gets into SQL by oversight.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from tortoise import fields

from commonweal.kernel.errors import UserError, fact
from commonweal.store.fields import IdField

from .ask import Ask, Bound, Compute

SMALL: Final = 10_000  # SRIDs and factors; a number from a request may be anything
SURROGATE: Final = re.compile("[\ud800-\udfff]")
# fields whose values are the same in Python and in both engines
STORED_AS_IS: Final = (
    fields.IntField,
    fields.CharField,
    fields.TextField,
    fields.FloatField,
    fields.BigIntField,
    fields.SmallIntField,
    IdField,
)


@fact
class UnstorableText(UserError):
    says = "Text cannot hold {what}: leave it out."
    what: str


def _inlining(dialect: sa.Dialect) -> sa.Dialect:
    base: Any = dialect.statement_compiler

    class Compiler(base):
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


POSTGRESQL: Final = _inlining(asyncpg.dialect())  # type: ignore[no-untyped-call]
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
    process, compute = _stored_form(bind.type, dialect), bind.compute
    if process is None:
        return lambda ask: storable(compute(ask))
    return lambda ask: None if (value := compute(ask)) is None else storable(process(value))


def _stored_form(type_: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """From a Python value to what the driver takes, or None where that is the same.

    A value for a plain column is not measured against it: text too long for it matches nothing.
    """
    if type(getattr(type_, "field", None)) in STORED_AS_IS:
        return None
    process: Callable[[Any], Any] | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return process


def storable(value: Any) -> Any:
    """The value; refuse, on both engines, what PostgreSQL cannot hold."""
    if type(value) is str:
        if "\x00" in value:
            raise UnstorableText("the character NUL")
        if not value.isascii() and SURROGATE.search(value):
            raise UnstorableText("half of a character (a surrogate)")
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
        each = _stored_form(self.item, dialect) or (lambda value: value)
        shape: Any = list if dialect.name == "postgresql" else json.dumps
        return lambda values: shape([storable(each(value)) for value in values])


def parts(
    element: Any, compiler: Any, how: dict[str, Any], without: int | None = None
) -> list[str]:
    """The SQL of what stands in an element, for whoever compiles it.

    What its text leaves out must be left out here too, by its place: else a value is bound for it.
    """
    clauses = enumerate(element.clauses)
    return [compiler.process(clause, **how) for place, clause in clauses if place != without]


class among(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """True of rows whose column is one of a bound list's values."""

    inherit_cache = True
    type = sa.Boolean()

    def __init__(self, column: Any, values: Bound) -> None:
        super().__init__(column, Bound(values.compute, ListOf(column.type)))

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  # its name is SQLAlchemy's
        return self  # else SQLite is given `(...) = 1`


@compiles(among, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, values = parts(element, compiler, how)
    return f"{column} = ANY ({values})"


@compiles(among, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, values = parts(element, compiler, how)
    return f"{column} IN (SELECT value FROM json_each({values}))"


class found_by(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """True of rows whose column is among what a select finds, which may look at the row beside.

    PostgreSQL is given an array: by one it goes through the column's index, for each row anew.
    """

    inherit_cache = True
    type = sa.Boolean()

    def __init__(self, column: Any, select: Any) -> None:
        super().__init__(column, select.scalar_subquery())

    def self_group(self, *_: Any, **__: Any) -> Any:  # else SQLite is given `(...) = 1`
        return self


@compiles(found_by, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, select = parts(element, compiler, how)
    return f"{column} = ANY (ARRAY{select})"


@compiles(found_by, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, select = parts(element, compiler, how)
    return f"{column} IN {select}"


class once_a_statement(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """An expression in a select of its own: worked out once, not for each row.

    PostgreSQL also plans without the values in it: so one plan serves all, and is made once.
    """

    inherit_cache = True

    def __init__(self, expression: Any) -> None:
        super().__init__(expression)
        self.type = expression.type


@compiles(once_a_statement)
def _(element: Any, compiler: Any, **how: Any) -> str:
    written: dict[Any, str] = vars(compiler).setdefault("once_a_statement", {})
    if element not in written:  # one place of a search is meant in several of its conditions
        written[element] = f"(SELECT {compiler.process(*element.clauses, **how)})"
    return written[element]


class now(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The database's instant: the transaction's beginning (architecture: Time)."""

    inherit_cache = True
    type = sa.TIMESTAMP(timezone=True)

    def __init__(self) -> None:
        super().__init__()


@compiles(now)
def _(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "commonweal_now()"


class today(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The civil date at that instant where the service is."""

    inherit_cache = True
    type = sa.Date()

    def __init__(self) -> None:
        super().__init__()


@compiles(today)
def _(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "commonweal_today()"


class never(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """An instant after all others, for rows that have none: a sort key is not null.

    A constant of the text, so that an index may hold it (migration 0003).
    """

    inherit_cache = True
    type = sa.TIMESTAMP(timezone=True)

    def __init__(self) -> None:
        super().__init__()


@compiles(never, "postgresql")
def _(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "timestamptz '9999-12-31 00:00:00+00'"


@compiles(never, "sqlite")
def _(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "'9999-12-31 00:00:00+00:00'"
