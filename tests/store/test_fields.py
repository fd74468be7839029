"""Instants and shapes come back from both engines as they were given, or are refused on both."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area, Place
from commonweal.store.audit import BEGINNING
from commonweal.store.database import Database
from commonweal.store.fields import GeometryField
from commonweal.store.spatial import dump
from commonweal.store.tables import AuditRecord
from tests.store.rows import added

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAME = [
    NOON.astimezone(timezone(timedelta(hours=2))),
    NOON.astimezone(timezone(-timedelta(hours=9, minutes=30))),
    NOON.astimezone(ZoneInfo("Europe/London")),
    NOON.astimezone(ZoneInfo("Asia/Kathmandu")),
    NOON,
]


async def at(database: Database, instant: datetime, sequence: int = 1) -> AuditRecord:
    """A row with that instant."""
    return await AuditRecord.create(
        id=database.new_id(),
        subject_kind="ast",
        subject_id=1,
        sequence=sequence,
        at=instant,
        actor="",
        action="",
        facts={},
        previous_hash=BEGINNING,
        hash=BEGINNING,
    )


async def test_an_instant_in_any_zone_is_stored_and_given_back_in_utc(database: Database) -> None:
    for count, instant in enumerate(SAME, start=1):
        made = await at(database, instant, count)
        kept = await AuditRecord.get(sequence=count)
        for row in (made, kept):
            assert row.at == NOON
            assert row.at.utcoffset() == timedelta(0)
        assert await AuditRecord.filter(at=instant).count() == count
        assert await AuditRecord.filter(at__gt=instant - timedelta(microseconds=1)).count() == count
        assert await AuditRecord.filter(at__lt=instant).count() == 0
    if database.engine == "sqlite":
        rows = await database.fetch("SELECT DISTINCT at FROM audit_record", [])
        assert [row[0] for row in rows] == ["2026-11-22 12:00:00+00:00"]


async def test_instants_sort_by_time_with_and_without_fractions(database: Database) -> None:
    """On SQLite they are text."""
    steps = [0, 1, 499_999, 500_000, 999_999, 1_000_000, 1_000_001, 86_400_000_000]
    instants = [NOON + timedelta(microseconds=step) for step in steps]
    shuffled = instants[::2] + instants[1::2]
    for sequence, instant in enumerate(shuffled):
        zone = SAME[sequence % len(SAME)].tzinfo
        await at(database, instant.astimezone(zone), sequence)
    assert [row.at for row in await AuditRecord.all().order_by("at")] == instants
    for n, instant in enumerate(instants):
        assert await AuditRecord.filter(at__lt=instant).count() == n


async def test_an_instant_without_a_zone_is_refused_before_anything_is_written(
    database: Database,
) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="at needs an instant with its zone"):
        await at(database, naive)
    row = await at(database, NOON)
    with pytest.raises(ValueError, match="needs an instant with its zone"):
        await AuditRecord.filter(at=naive)
    with pytest.raises(ValueError, match="needs an instant with its zone"):
        await AuditRecord.filter(id=row.id).update(at=naive)


def place(database: Database, shape: Any) -> Place:
    return Place(
        id=database.new_id(), kind="TOWN", name="", lookup="", qualifier="", rank=1, location=shape
    )


async def stored(database: Database, table: str, column: str) -> bytes:
    """The bytes as the engine itself has them."""
    as_bytes = column if database.engine == "sqlite" else f"ST_AsEWKB({column})"
    [row] = await database.fetch(f"SELECT {as_bytes} FROM {table}", [])
    return bytes(row[0])


AWKWARD = [
    shapely.Point(0.0, -0.0),
    shapely.Point(-180, 90),
    shapely.Point(5e-324, -1.7976931348623157e308),
    shapely.Point(-2.0712345678901234, 51.89912345678901),
]


async def test_a_point_survives_byte_for_byte(database: Database) -> None:
    for point in AWKWARD:
        await place(database, point).save()
        kept = (await Place.get()).location
        assert dump(kept) == dump(point)
        assert shapely.get_srid(kept) == 4326
        assert await stored(database, "place", "location") == dump(point)
        await Place.all().delete()


coordinates = st.floats(-180, 180)
rings = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8).map(
    lambda ring: [*ring, ring[0]]
)
multipolygons = st.lists(st.tuples(rings, st.lists(rings, max_size=2)), min_size=1, max_size=3)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(polygons=multipolygons)
async def test_any_multipolygon_survives_byte_for_byte(
    database: Database, polygons: list[Any]
) -> None:
    """Whether it is a sensible one is not the store's business."""
    shape = shapely.MultiPolygon([shapely.Polygon(ring, holes) for ring, holes in polygons])
    await Area.all().delete()
    await added(database, shape=shape)
    assert dump((await Area.get()).shape) == dump(shape)
    assert await stored(database, "area", "shape") == dump(shape)


REFUSED: dict[str, BaseGeometry] = {
    "a line": shapely.LineString([(0, 0), (1, 1)]),
    "several points": shapely.MultiPoint([(0, 0), (1, 1)]),
    "a point nowhere": shapely.Point(),
    "a point with a height": shapely.Point(1, 2, 3),
}


async def test_a_shape_of_another_kind_is_refused_on_both_engines(database: Database) -> None:
    for shape in REFUSED.values():
        with pytest.raises(ValueError, match="location takes"):
            await place(database, shape).save()
    assert await Place.all().count() == 0


async def test_a_shape_that_may_be_missing_is_null(database: Database) -> None:
    await added(database)
    assert (await Area.get()).shape is None
    [row] = await database.fetch("SELECT shape IS NULL FROM area", [])
    assert row[0]


async def test_a_field_of_any_shape_takes_any_shape(database: Database) -> None:
    """The column of a file with mixed shapes; no table has one yet."""
    field: GeometryField = GeometryField()
    field.model, field.model_field_name = Area, "shape"
    for shape in REFUSED.values():
        if not (shape.is_empty or shape.has_z):
            written = field.to_db_value(shape, None)
            assert field.to_python_value(written).equals(shape)


async def test_an_id_is_the_rows_own_number_and_survives_vacuum(database: Database) -> None:
    """On SQLite; or its R*Tree would point at other rows after a VACUUM."""
    made = [(await added(database, f"E{n}")).id for n in range(3)]
    await Area.filter(code="E0").delete()
    await database.client.execute_query("VACUUM")
    rows = await database.fetch("SELECT id FROM area ORDER BY id", [])
    assert [row[0] for row in rows] == made[1:]
    if database.engine == "sqlite":
        rows = await database.fetch("SELECT rowid, id, typeof(id) FROM area ORDER BY rowid", [])
        assert [tuple(row) for row in rows] == [(id_, id_, "integer") for id_ in made[1:]]
        for table in ("area", "listing", "asset", "audit_record"):
            columns = await database.fetch(f"SELECT type, pk FROM pragma_table_info('{table}')", [])
            assert [tuple(column) for column in columns if column[1]] == [("INTEGER", 1)]


async def test_an_id_is_never_made_by_the_database(database: Database) -> None:
    with pytest.raises(ValueError, match=r"a new row needs an id: tx\.new_id"):
        await Area.create(
            kind=AreaKind.WARD, code="E", name="", licence="", valid_from=date(2026, 1, 1)
        )
