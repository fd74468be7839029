"""What the database itself refuses, and the R*Tree that follows its table."""

from typing import Any

import pytest
import shapely

from commonweal.assets.tables import Asset, AssetValue, RegisterFile, RegisterRow
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.operations import rtree
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.store.rows import add_area, added

TABLES = ("audit_record", "register_row", "asset_value")


async def filled(tx: Transaction) -> None:
    """A row in each append-only table, and the asset that two of them belong to."""
    area = await add_area(tx)
    asset = await Asset.create(
        id=tx.new_id(),
        council_id=area.id,
        state="held",
        name="Hall",
        tenure="FREEHOLD",
        occupation="VACANT",
        category="OTHER",
        declared_surplus=False,
    )
    file = await RegisterFile.create(
        id=tx.new_id(),
        council_id=area.id,
        file_name="a.csv",
        sha256="0" * 64,
        licence="none",
        encoding="utf-8",
        mapping={},
        notes=[],
        row_count=1,
        imported_at=tx.now,
    )
    row = await RegisterRow.create(
        id=tx.new_id(), file_id=file.id, row_number=1, asset_id=asset.id, cells={}, problems=[]
    )
    await AssetValue.create(
        id=tx.new_id(), asset_id=asset.id, field="name", value="Hall", row_id=row.id
    )
    await record(tx, "clock", [Entry("ast", asset.id, "made", {})])


async def everything(database: Database) -> list[Any]:
    return [
        [tuple(row) for row in await database.fetch(f"SELECT * FROM {table}", [])]
        for table in TABLES
    ]


@pytest.mark.parametrize("table", TABLES)
async def test_rows_of_an_append_only_table_are_never_changed_or_deleted(
    database: Database, table: str
) -> None:
    await in_transaction(database, filled)
    there = await everything(database)
    for sql in (
        f"UPDATE {table} SET id = 1",
        f"UPDATE {table} SET id = id",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE id > 0",
        *([f"TRUNCATE {table} CASCADE"] if database.engine == "postgresql" else []),
    ):
        with pytest.raises(Exception, match="is append-only"):
            await database.client.execute_query(sql)
        assert await everything(database) == there
    with pytest.raises(Exception, match="is append-only"):
        await AuditRecord.all().delete()


@pytest.mark.parametrize("table", TABLES)
async def test_a_row_is_not_replaced_either(database: Database, table: str) -> None:
    """SQLite's REPLACE deletes without asking the triggers, unless they are recursive."""
    await in_transaction(database, filled)
    there = await everything(database)
    replace = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    if database.engine == "postgresql":
        replace = f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET id = 1"
    with pytest.raises(Exception, match="is append-only"):
        await database.client.execute_query(replace)
    assert await everything(database) == there


async def test_what_an_append_only_row_belongs_to_cannot_be_deleted_from_under_it(
    database: Database,
) -> None:
    await in_transaction(database, filled)
    there = await everything(database)
    for table in ("asset", "register_file", "area"):
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await database.client.execute_query(f"DELETE FROM {table}")
        if database.engine == "postgresql":
            with pytest.raises(Exception, match="is append-only"):
                await database.client.execute_query(f"TRUNCATE {table} CASCADE")
    assert await everything(database) == there


def square(west: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(west, 51, west + 0.1, 51.1)])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_rtree_follows_its_table_through_every_change(database: Database) -> None:
    async def boxes() -> list[tuple[int, float]]:
        tree = rtree("area", "shape")
        rows = await database.fetch(f"SELECT id, round(min_x, 3) FROM {tree} ORDER BY id", [])
        return [tuple(row) for row in rows]

    one = await added(database, "E1", shape=square(-2.0))
    two = await added(database, "E2")
    assert await boxes() == [(one.id, -2.0)]

    async def work(tx: Transaction) -> None:
        two.shape, one.shape, one.name = square(-3.0), square(-2.5), "moved"
        await two.save()
        await one.save()

    await in_transaction(database, work)
    assert await boxes() == [(one.id, -2.5), (two.id, -3.0)]

    async def fails(tx: Transaction) -> None:
        await one.delete()
        raise KeyError

    with pytest.raises(KeyError):
        await in_transaction(database, fails)
    assert await boxes() == [(one.id, -2.5), (two.id, -3.0)]

    columns = "id, kind, code, name, valid_from, licence"
    await database.client.execute_query(
        f"REPLACE INTO area ({columns}) SELECT {columns} FROM area WHERE code = 'E1'"
    )
    assert await boxes() == [(two.id, -3.0)]
    await database.client.execute_query("VACUUM")
    assert [area.id for area in await Area.filter(shape__isnull=False)] == [two.id]
    assert await boxes() == [(two.id, -3.0)]
    await database.client.execute_query("DELETE FROM area")
    assert await boxes() == []
