"""Migration 0006, on a database with rows: what each row spoke of, it still speaks of."""

from commonweal.assets.rules import RegisterState
from commonweal.assets.tables import AssetRow, RegisterFile, RegisterRow
from commonweal.store.database import Database
from commonweal.store.migrate import migrate
from tests.store.test_history import move_to
from tests.store.test_migrate import unready

BEFORE = """
    INSERT INTO area (id, kind, code, name, valid_from, licence)
    VALUES (1, 'COUNCIL', 'E1', 'Vale', '1974-04-01', 'x');
    INSERT INTO asset (id, council_id, state, version, name, tenure, occupation, category,
        declared_surplus) VALUES
        (10, 1, 'held', 1, 'Hall', 'FREEHOLD', 'VACANT', 'OTHER', FALSE),
        (11, 1, 'listed', 2, 'Barn', 'FREEHOLD', 'VACANT', 'OTHER', FALSE);
    INSERT INTO register_file (id, council_id, file_name, sha256, licence, encoding, mapping,
        notes, row_count, imported_at)
    VALUES (20, 1, 'x.csv', 'ab', 'x', 'utf-8', '{"columns": []}', '[]', 2,
        '2026-01-01 00:00:00+00:00');
    INSERT INTO register_row (id, file_id, row_number, asset_id, cells, problems)
    VALUES (30, 20, 2, 10, '[]', '[]'), (31, 20, 3, 11, '[]', '[]');
    INSERT INTO asset_value (id, asset_id, field, value, row_id) VALUES (40, 10, 'name', 'H', 30)
"""


async def test_a_database_with_registers_keeps_its_rows_links_and_guards(empty_url: str) -> None:
    async with unready(empty_url) as database:
        await move_to(database, "0005_files")
        for statement in BEFORE.split(";"):
            await database.client.execute_query(statement)
        await migrate(database)

        links = await AssetRow.all().order_by("id").values_list("asset_id", "row_id")
        assert [tuple(link) for link in links] == [(10, 30), (11, 31)]
        file = await RegisterFile.get(id=20)
        assert (file.state, file.version, file.mapping_hash) == (RegisterState.IMPORTED, 1, "")
        assert await RegisterRow.filter(reading=None).count() == 2
        for change in ("UPDATE register_row SET row_number = 9", "DELETE FROM asset_row"):
            assert await refused(database, change)


async def refused(database: Database, sql: str) -> bool:
    try:
        await database.client.execute_query(sql)
    except Exception as error:  # noqa: BLE001  # each engine has its own
        return "append-only" in str(error)
    return False
