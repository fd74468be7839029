"""Work that is cut short on its way to the database, and a database that is gone meanwhile."""

import asyncio
from typing import Any

import asyncpg
import pytest

from commonweal.store.database import Database
from commonweal.store.errors import DatabaseAway
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction


async def test_work_that_is_cancelled_amid_many_rows_ends_and_leaves_none(
    database: Database,
) -> None:
    """asyncpg alone waits for ever where that happens while the socket takes no more."""

    async def work(tx: Transaction) -> None:
        rows = [
            Job(
                id=tx.new_id(),
                kind="x",
                facts={"text": "x" * 20_000},
                due_at=tx.now,
                created_at=tx.now,
            )
            for _ in range(400)
        ]
        await Job.bulk_create(rows)
        await asyncio.Event().wait()

    for milliseconds in range(5, 125, 5):
        task = asyncio.create_task(in_transaction(database, work))
        await asyncio.wait([task], timeout=milliseconds / 1000)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=10)
        assert done, f"cancelled after {milliseconds} ms, it never ended"
        assert task.cancelled()
    assert await Job.all().count() == 0


async def test_a_database_that_went_away_is_said_to_be_away_and_comes_back(
    database: Database, database_url: str
) -> None:
    if database.engine == "sqlite":
        return  # it is a file of this machine

    async def ask(tx: Transaction) -> Any:
        await asyncio.sleep(0.01)
        return await tx.fetch("SELECT 1", ())

    name = database_url.rsplit("/", 1)[1]
    connection = await asyncpg.connect(database_url.removesuffix(name) + "postgres")
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        for _ in range(2):
            with pytest.raises(DatabaseAway):
                await database.fetch("SELECT 1", ())
            with pytest.raises(DatabaseAway):
                await in_transaction(database, ask)
            with pytest.raises(DatabaseAway):
                async with database.snapshot() as fetch:
                    await fetch("SELECT 1", ())
    finally:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await connection.close()
    assert [tuple(row) for row in await database.fetch("SELECT 1", ())] == [(1,)]
    assert [tuple(row) for row in await in_transaction(database, ask)] == [(1,)]
