"""Reading beside a transaction: without waiting, without half of it, and without writing."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.places.tables import Area
from commonweal.store.database import Database, opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT
from tests.conftest import TODAY, Advance
from tests.store.rows import add_area, added, codes


async def test_readers_neither_wait_for_a_long_transaction_nor_see_into_it(
    database: Database,
) -> None:
    written, read = asyncio.Event(), asyncio.Event()

    async def work(tx: Transaction) -> None:
        await add_area(tx, "E2")
        written.set()
        await read.wait()

    await added(database, "E1")
    writing = asyncio.create_task(in_transaction(database, work))
    await written.wait()
    async with asyncio.timeout(1):
        assert await codes(database) == ["E1"]
    read.set()
    await writing
    assert await codes(database) == ["E1", "E2"]


async def test_reading_inside_a_transaction_goes_on_beside_it(database: Database) -> None:
    """`database.fetch` is outside: it does not see the transaction's own writes."""

    async def work(tx: Transaction) -> list[str]:
        await add_area(tx)
        return await codes(database)

    assert await in_transaction(database, work) == []


async def test_a_snapshot_sees_one_moment_whatever_is_committed_meanwhile(
    database: Database,
) -> None:
    count = "SELECT count(*) FROM area"
    async with database.snapshot() as fetch:
        [before] = await fetch(count, [])
        await added(database)
        await in_transaction(database, lambda _: Area.all().update(name="x"))
        [after] = await fetch(count, [])
    assert (before[0], after[0]) == (0, 0)
    assert await codes(database) == ["E1"]


async def test_a_snapshot_that_fails_leaves_the_next_one_fresh(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(Exception, match="nonsense"):
            async with database.snapshot() as fetch:
                await fetch("SELECT nonsense", [])
        await added(database, f"E{len(await codes(database))}")
    assert await codes(database) == ["E0", "E1", "E2"]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO process_lease (number, holder, until_ms) VALUES (9, 'x', 0)",
        "UPDATE process_lease SET holder = 'x'",
        "DELETE FROM process_lease",
        "DROP TABLE audit_record",
        "CREATE TABLE mine (id INTEGER)",
    ],
)
async def test_readers_cannot_write(database: Database, sql: str) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.fetch(sql, [])
    async with database.snapshot() as fetch:
        with pytest.raises(Exception, match=r"readonly|read-only"):
            await fetch(sql, [])


async def test_reads_at_once_each_get_their_own_answer(database: Database) -> None:
    one = "SELECT $1::int" if database.engine == "postgresql" else "SELECT ?"
    answers = await asyncio.gather(*(database.fetch(one, [n]) for n in range(50)))
    assert [rows[0][0] for rows in answers] == list(range(50))


def instant(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def test_for_a_reader_the_clock_stands_still_in_a_snapshot_and_runs_between(
    database: Database, clock: TestClock, advance: Advance
) -> None:
    now = "SELECT commonweal_now(), commonweal_today()"
    async with database.snapshot() as fetch:
        [first] = await fetch(now, [])
        await advance(timedelta(days=1))
        [second] = await fetch(now, [])
    [third] = await database.fetch(now, [])
    assert instant(first[0]) == instant(second[0]) == TODAY
    assert instant(third[0]) == TODAY + timedelta(days=1)
    assert [str(row[1]) for row in (first, second, third)] == [
        "2026-11-22",
        "2026-11-22",
        "2026-11-23",
    ]


async def test_today_is_the_day_in_the_towns_own_zone(
    database: Database, clock: TestClock, advance: Advance
) -> None:
    """Half past eleven at night in UTC is the next day in a British summer."""
    await advance(datetime.fromisoformat("2027-06-01T23:30:00+00:00") - clock.now())
    [row] = await database.fetch("SELECT commonweal_today()", [])
    assert str(row[0]) == "2027-06-02"


async def test_a_database_opens_again_after_it_was_closed_by_an_error(database_url: str) -> None:
    async def fails() -> None:
        async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
            await codes(database)
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await fails()


async def test_settings_that_keep_what_was_acknowledged_are_on(database: Database) -> None:
    async def setting(name: str) -> Any:
        sql = f"PRAGMA {name}" if database.engine == "sqlite" else f"SHOW {name}"
        return (await database.client.execute_query(sql))[1][0][0]

    if database.engine == "sqlite":
        assert await setting("journal_mode") == "wal"
        assert await setting("synchronous") == 2  # FULL: each commit reaches the disk
        assert await setting("foreign_keys") == 1
        assert await setting("recursive_triggers") == 1
    else:
        assert await setting("statement_timeout") == "15s"
        assert await setting("lock_timeout") == "5s"
        assert await setting("idle_in_transaction_session_timeout") == "30s"
        assert await setting("TimeZone") == "UTC"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_url_may_set_the_size_of_the_pools(database_url: str) -> None:
    async with opened(f"{database_url}?max_size=2", TestClock(TODAY), LAYOUT) as database:
        client: Any = database.client
        reader: Any = database.reader
        assert client._pool.get_max_size() == 2
        assert reader.pool.most == 2
        assert "?" not in database.url
