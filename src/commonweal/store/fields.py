"""Tortoise fields of our own: shapes and instants, the same on both engines."""

from datetime import UTC, datetime
from typing import Any, Final

from geoalchemy2.elements import WKBElement
from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry.base import BaseGeometry
from tortoise.fields import BigIntField, DatetimeField, ForeignKeyField, OnDelete
from tortoise.fields.base import Field

KEEP: Final = OnDelete.RESTRICT  # nothing here is deleted with something else


def to(model: str, *, null: bool = False) -> Any:
    """A relation that keeps what it points at."""
    how: dict[str, Any] = {"db_index": True, "null": null, "on_delete": KEEP}
    return ForeignKeyField(f"commonweal.{model}", related_name=False, **how)


class GeometryField(Field[BaseGeometry], BaseGeometry):
    """A Shapely geometry: geometry(POINT,4326) in PostGIS, an EWKB blob in SQLite.

    Its index is made by a migration (`operations.SpatialIndex`): GiST there, an R*Tree here.
    """

    indexable = False
    skip_to_python_if_native = False

    def __init__(self, geometry_type: str = "GEOMETRY", srid: int = 4326, **more: Any) -> None:
        super().__init__(**more)
        self.geometry_type, self.srid = geometry_type, srid

    @property
    def SQL_TYPE(self) -> str:  # type: ignore[override]  # noqa: N802  # Tortoise's name
        return f"geometry({self.geometry_type},{self.srid})"

    class _db_sqlite:  # noqa: N801  # Tortoise's name
        SQL_TYPE = "BLOB"

    def to_db_value(self, value: Any, instance: Any) -> Any:  # noqa: ARG002
        """EWKB for SQLite; hex EWKB for PostGIS, whose text input takes it.

        Raises ValueError for what PostGIS's column would not take, or an R*Tree not find.
        """
        self.validate(value)
        if value is None:
            return None
        if self.geometry_type not in ("GEOMETRY", value.geom_type.upper()):
            raise ValueError(f"{self.model_field_name} takes {self.geometry_type}, not {value}")
        if value.is_empty or value.has_z:
            raise ValueError(f"{self.model_field_name} takes shapes on the plane, not {value}")
        shape = from_shape(value, srid=self.srid, extended=True)
        in_sqlite = self.model._meta.db.capabilities.dialect == "sqlite"
        return bytes(shape.data) if in_sqlite else shape.desc

    def to_python_value(self, value: Any) -> Any:
        if value is None or isinstance(value, BaseGeometry):
            return value
        return to_shape(value if isinstance(value, WKBElement) else WKBElement(value))


class IdField(BigIntField):
    """A primary key that the process makes (lease.py), never the database.

    INTEGER on SQLite, where it is then the row's own number and safe across VACUUM.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**(more | {"primary_key": True, "generated": False}))

    def to_db_value(self, value: Any, instance: Any) -> Any:
        if self.pk and value is None:  # for which SQLite would make one up
            raise ValueError("a new row needs an id: tx.new_id()")
        return super().to_db_value(value, instance)

    class _db_sqlite:  # noqa: N801  # Tortoise's name
        SQL_TYPE = "INTEGER"


class InstantField(DatetimeField[datetime]):
    """An aware instant, stored in UTC.

    Tortoise writes other offsets into SQLite as they are given, where text order would then be
    wrong; a naive time has no place in the database at all.
    """

    def to_python_value(self, value: Any) -> datetime | None:
        return super().to_python_value(self._in_utc(value))

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return super().to_db_value(self._in_utc(value), instance)

    def _in_utc(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is None:  # Tortoise would take it for the machine's own time
            raise ValueError(f"{self.model_field_name} needs an instant with its zone")
        return value.astimezone(UTC)
