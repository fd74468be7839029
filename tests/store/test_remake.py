"""SQLite changes a column by making its table anew: nothing that hangs on the table may be lost.

A small history of its own, written into a temporary package, changes a table with children, a
unique combination, an index, triggers and an R*Tree. PostgreSQL runs the same operations.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError

from commonweal.store.database import Database
from commonweal.store.migrate import Layout, migrate
from commonweal.store.spatial import make_point
from tests.store.test_migrate import keeps_references, unready

BEGINNING = """
    initial = True
    operations = [
        ops.CreateModel(
            name="Town", fields=[("id", IdField())],
            options={"table": "town", "app": "commonweal"},
        ),
        ops.CreateModel(
            name="Street",
            fields=[
                ("id", IdField()),
                ("town", fields.ForeignKeyField("commonweal.Town", on_delete=OnDelete.RESTRICT,
                    source_field="town_id", db_constraint=True, to_field="id")),
                ("name", fields.CharField(max_length=20)),
                ("size", fields.IntField(null=True)),
                ("note", fields.CharField(max_length=20, null=True)),
                ("shape", GeometryField("POINT", null=True)),
            ],
            options={"table": "street", "app": "commonweal",
                "unique_together": (("town", "name"),)},
        ),
        ops.CreateModel(
            name="House",
            fields=[
                ("id", IdField()),
                ("street", fields.ForeignKeyField("commonweal.Street", on_delete=OnDelete.CASCADE,
                    source_field="street_id", db_constraint=True, to_field="id")),
            ],
            options={"table": "house", "app": "commonweal"},
        ),
        SpatialIndex("street", "shape"),
        AppendOnly("house"),
        RunOn(**{engine: [
            "CREATE INDEX street_long ON street (size) WHERE size > 100",
            "CREATE INDEX street_note ON street (note)",
        ] for engine in ("sqlite", "postgres")}),
        RunOn(sqlite=["CREATE TRIGGER street_kept BEFORE DELETE ON street WHEN OLD.size > 0 "
            "BEGIN SELECT RAISE(ABORT, 'it has houses'); END"]),
    ]
"""
ALTERED = 'ops.AlterField("Street", "name", fields.CharField(max_length=40, db_index=True))'
CHANGES = {
    "an altered field": ALTERED,
    "a field that may be null no longer": (
        'ops.AlterField("Street", "size", fields.IntField(default=0))'
    ),
    "a removed field": 'ops.RemoveField("Street", "note")',
    "a condition": (
        'ops.AddConstraint("Street", CheckConstraint(check="size < 1000", name="street_size"))'
    ),
    "two changes": f'{ALTERED}, ops.RemoveField("Street", "note")',
}
MIGRATION = """
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint
from commonweal.store.fields import GeometryField, IdField
from commonweal.store.operations import AppendOnly, RunOn, SpatialIndex

class Migration(migrations.Migration):
"""
Write = Callable[[str, str], None]
Package = tuple[str, Write]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """An empty package of migrations, and what writes one into it."""
    name = f"remade_{abs(hash(tmp_path))}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def write(migration: str, body: str) -> None:
        (folder / f"{migration}.py").write_text(MIGRATION + body)

    return name, write


@asynccontextmanager
async def filled(url: str, package: Package) -> AsyncIterator[Database]:
    """The beginning's tables with a town, two streets and their houses."""
    name, write = package
    write("0001_beginning", BEGINNING)
    layout = Layout(("commonweal.store.tables",), name)
    async with unready(url, layout) as database:
        if database.engine == "postgresql":
            await database.client.execute_query("CREATE EXTENSION postgis")
        await migrate(database)
        wkb = make_point(-2.5, 51.5).hex()
        shape = f"x'{wkb}'" if database.engine == "sqlite" else f"'{wkb}'"
        high, mill = f"(1, 1, 'High Street', 2, {shape})", "(2, 1, 'Mill Lane', 0, NULL)"
        for sql in (
            "INSERT INTO town (id) VALUES (1)",
            f"INSERT INTO street (id, town_id, name, size, shape) VALUES {high}, {mill}",
            "INSERT INTO house (id, street_id) VALUES (1, 1), (2, 1)",
        ):
            await database.client.execute_query(sql)
        yield database


async def change(database: Database, package: Package, operations: str) -> None:
    _, write = package
    last = max(database.layout.known())
    following = f"{int(last[:4]) + 1:04}_change"
    write(
        following,
        f'    dependencies = [("commonweal", "{last}")]\n    operations = [{operations}]\n',
    )
    await migrate(database)


async def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in (await database.client.execute_query(sql))[1]]


async def refuses(database: Database, sql: str, why: str) -> None:
    with pytest.raises(Exception, match=f"(?i){why}"):
        await database.client.execute_query(sql)


@pytest.mark.parametrize("operations", CHANGES.values(), ids=CHANGES)
async def test_a_changed_table_keeps_all_that_hangs_on_it(
    empty_url: str, package: Package, operations: str
) -> None:
    async with filled(empty_url, package) as database:
        sqlite = database.engine == "sqlite"
        await change(database, package, operations)

        assert await rows(database, "SELECT id, name, size FROM street ORDER BY id") == [
            (1, "High Street", 2),
            (2, "Mill Lane", 0),
        ]
        assert await rows(database, "SELECT id, street_id FROM house ORDER BY id") == [
            (1, 1),
            (2, 1),
        ]
        columns = "INSERT INTO street (id, town_id, name, size) VALUES"
        await refuses(database, f"{columns} (3, 1, 'Mill Lane', 0)", "unique")
        await refuses(database, f"{columns} (3, 7, 'Bath Road', 0)", "foreign key")
        await refuses(database, "INSERT INTO house (id, street_id) VALUES (3, 3)", "foreign key")
        await refuses(database, "UPDATE house SET street_id = 2", "append-only")
        if "street_size" in operations:
            await refuses(database, f"{columns} (3, 1, 'Bath Road', 1000)", "check|street_size")
        assert await keeps_references(database)
        if not sqlite:
            return
        await refuses(database, "DELETE FROM street", "it has houses")
        assert await rows(database, "SELECT id, min_x FROM street_shape_rtree") == [(1, -2.5)]
        await database.client.execute_query(f"UPDATE street SET shape = x'{EAST}' WHERE id = 2")
        await database.client.execute_query("DELETE FROM street WHERE id = 2")
        assert await rows(database, "SELECT id FROM street_shape_rtree") == [(1,)]
        kept = {name for (name,) in await rows(database, "SELECT name FROM sqlite_master")}
        assert kept >= {"street_long", "street_kept", "street_shape_rtree_insert"}
        assert ("street_note" in kept) == ("RemoveField" not in operations)


EAST = make_point(-2.0, 51.5).hex()


async def test_a_cascade_does_not_reach_append_only_rows(empty_url: str, package: Package) -> None:
    async with filled(empty_url, package) as database:
        await database.client.execute_query("UPDATE street SET size = 0")
        await refuses(database, "DELETE FROM street WHERE id = 1", "house is append-only")
        assert len(await rows(database, "SELECT id FROM house")) == 2


async def test_a_unique_combination_outlives_a_second_remaking(
    empty_url: str, package: Package
) -> None:
    async with filled(empty_url, package) as database:
        await change(database, package, CHANGES["an altered field"])
        await change(database, package, CHANGES["a removed field"])
        await refuses(
            database, "UPDATE street SET name = 'High Street', town_id = 1 WHERE id = 2", "unique"
        )


async def test_a_removed_relation_takes_its_column_with_it(
    empty_url: str, package: Package
) -> None:
    async with filled(empty_url, package) as database:
        await change(database, package, 'ops.RemoveField("House", "street")')
        assert await rows(database, "SELECT * FROM house ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
async def test_a_trigger_that_needs_a_removed_column_stops_the_migration(
    empty_url: str, package: Package
) -> None:
    """It would fail at the next write instead, or be gone without a word."""
    async with filled(empty_url, package) as database:
        with pytest.raises(RuntimeError, match="the trigger street_kept needs the column size"):
            await change(database, package, 'ops.RemoveField("Street", "size")')
        assert await rows(database, "SELECT size FROM street WHERE id = 1") == [(2,)]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
async def test_a_migration_that_breaks_a_reference_is_undone(
    empty_url: str, package: Package
) -> None:
    async with filled(empty_url, package) as database:
        with pytest.raises(RuntimeError, match="would break 2 references"):
            await change(database, package, 'RunOn(sqlite=["UPDATE town SET id = 9"])')
        with pytest.raises(IntegrityError):
            await database.client.execute_query("UPDATE town SET id = 9")
