"""SQLAlchemy tables read off the Tortoise models, so that the schema is written once.

The read side builds its statements over these; values are converted by the model's own fields.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql
from tortoise import Model, fields

from .fields import GeometryField

# What SQL is told that a value is; the value itself is in Tortoise's own storage form.
SQL_TYPES: Final[dict[type, Any]] = {
    fields.BigIntField: sa.BigInteger(),
    fields.SmallIntField: sa.SmallInteger(),
    fields.IntField: sa.Integer(),
    fields.BooleanField: sa.Boolean(),
    fields.FloatField: sa.Float(),
    fields.DateField: sa.Date(),
    fields.DatetimeField: sa.TIMESTAMP(timezone=True),
    fields.TextField: sa.Text(),
    fields.CharField: sa.String(),
    fields.JSONField: postgresql.JSONB(),
    fields.BinaryField: sa.LargeBinary(),
}


@cache
def _comparator(base: type) -> type:
    return type("Comparator", (sa.types.TypeDecorator.Comparator, base), {})


class Converted(sa.types.TypeDecorator[Any]):
    """A type whose values the Tortoise field converts, both ways."""

    impl: Any = sa.types.NullType
    cache_ok = True

    def __init__(self, field: Any) -> None:
        self.field = field
        known = (SQL_TYPES[c] for c in type(field).__mro__ if c in SQL_TYPES)
        self.base = next(known, sa.types.NullType())
        super().__init__()
        self.impl = self.base  # what arithmetic and comparison go by

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(self.base)

    def coerce_compared_value(self, op: Any, value: Any) -> "Converted":  # noqa: ARG002
        return self

    @property
    def comparator_factory(self) -> Any:  # type: ignore[override]  # SQLAlchemy reads it only
        return _comparator(self.base.comparator_factory)

    def process_literal_param(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        return self.field.to_db_value(value, None)

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        if dialect.name == "sqlite":
            return lambda value: sqlite_value(self.field.to_db_value(value, None))
        return lambda value: self.field.to_db_value(value, None)


AS_IT_IS: Final = frozenset((int, str, type(None)))


def sqlite_value(value: Any) -> Any:
    """Instants and days as the text that Tortoise keeps in SQLite."""
    if type(value) in AS_IT_IS:  # a batch has thousands of these
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ")
    return value.isoformat() if hasattr(value, "isoformat") else value


@cache
def table(model: type[Model]) -> sa.Table:
    """The model's table. Ask after Tortoise has initialised the models: relations need it."""
    columns = []
    for name, column in model._meta.fields_db_projection.items():
        field = model._meta.fields_map[name]
        kind: Any = Converted(field)
        if isinstance(field, GeometryField):
            kind = Geometry(field.geometry_type, srid=field.srid)
            kind.field = field  # which makes shapes of what is read
        columns.append(sa.Column(column, kind, key=name, primary_key=field.pk, nullable=field.null))
    return sa.Table(model._meta.db_table, sa.MetaData(), *columns)


def key_of(selectable: Any, model: type[Model]) -> sa.ColumnElement[Any]:
    """The primary key's column in a table or an alias of it."""
    column: sa.ColumnElement[Any] = selectable.c[model._meta.pk_attr]
    return column
