"""The readers' pool: who gets which connection, and what becomes of broken ones."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from commonweal.store import transaction
from commonweal.store.database import Database, PostgresReader
from commonweal.store.errors import Busy, DatabaseAway
from commonweal.store.pool import STATEMENTS, Held, Pool

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    reader = database.reader
    assert isinstance(reader, PostgresReader)
    pool = Pool(reader._read_only, most=2)
    await pool.open(1)
    yield pool
    await pool.close()
    assert pool.get_size() == 0


async def number(held: Held) -> int:
    [[pid]] = await held.fetch("SELECT pg_backend_pid()", [])
    return int(pid)


async def test_the_last_one_given_back_is_the_first_one_taken(pool: Pool) -> None:
    one, other = await pool.take(), await pool.take()
    pool.give(one)
    pool.give(other)
    for _ in range(3):
        async with pool.acquire() as held:
            assert held is other
    assert pool.get_idle_size() == pool.get_size() == pool.most == 2


async def test_who_waits_is_served_in_turn_and_none_is_lost(pool: Pool) -> None:
    rows = await asyncio.gather(*(pool.fetch("SELECT $1::int", [n]) for n in range(50)))
    assert [row[0][0] for row in rows] == list(range(50))
    assert pool.get_idle_size() == pool.get_size() == 2


async def test_who_gives_up_waiting_leaves_the_place_to_the_next(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await pool.take(), await pool.take()
    first = asyncio.create_task(pool.fetch("SELECT 1", []))
    second = asyncio.create_task(pool.fetch("SELECT 2", []))
    await asyncio.sleep(0)
    pool.give(one)
    first.cancel()  # in the moment in which it would have had the connection
    assert [row[0] for row in await second] == [2]
    assert (await asyncio.gather(first, return_exceptions=True))[0].__class__ is (
        asyncio.CancelledError
    )
    held = await pool.take()
    monkeypatch.setattr(transaction, "ACQUIRE_SECONDS", 0.01)
    with pytest.raises(Busy):
        await pool.fetch("SELECT 1", [])
    pool.give(held)
    pool.give(other)
    assert pool.get_idle_size() == pool.get_size() == 2


async def test_a_connection_that_the_server_ended_is_replaced(
    pool: Pool, database: Database
) -> None:
    async with pool.acquire() as held:
        ended = await number(held)
    await database.client.execute_query("SELECT pg_terminate_backend($1)", [ended])
    await asyncio.sleep(0.1)
    async with pool.acquire() as held:
        assert await number(held) != ended
    assert pool.get_size() == 1


async def test_one_that_breaks_while_it_is_used_fails_its_user_alone(
    pool: Pool, database: Database
) -> None:
    asking = asyncio.create_task(pool.fetch("SELECT pg_sleep(10), pg_backend_pid()", []))
    await asyncio.sleep(0.1)
    await database.client.execute_query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(10)%' "
        "AND pid <> pg_backend_pid()",
        [],
    )
    with pytest.raises(DatabaseAway):
        await asking
    await asyncio.gather(*pool.mending)
    assert await pool.fetch("SELECT 1", [])
    assert pool.get_idle_size() == pool.get_size() == 1


async def test_a_statement_that_a_migration_made_stale_is_prepared_anew(
    pool: Pool, database: Database
) -> None:
    async def change(sql: str) -> None:
        await database.client.execute_query(sql)

    await change("CREATE TABLE changing (it integer)")
    await change("INSERT INTO changing VALUES (1)")
    assert (await pool.fetch("SELECT * FROM changing", []))[0][0] == 1
    await change("ALTER TABLE changing ALTER it TYPE text USING 'one'")
    assert (await pool.fetch("SELECT * FROM changing", []))[0][0] == "one"


async def test_so_many_statements_are_kept_and_no_more(pool: Pool) -> None:
    async with pool.acquire() as held:
        for n in range(STATEMENTS + 5):
            await held.fetch(f"SELECT {n}", [])
        assert len(held.statements) == STATEMENTS
        [[count]] = await held.fetch("SELECT count(*) FROM pg_prepared_statements", [])
    assert count <= STATEMENTS + 1


async def test_an_engine_without_postgis_has_readers_too(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonweal.store.pool.WARM", "SELECT no_such_function()")
    held: Any = await pool.opened()
    assert await number(held)
    pool.give(held)
