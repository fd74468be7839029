"""Who is cancelled, wherever that is, leaves the lock free, the pool whole, and half of nothing.

A task waits at a handful of points in a transaction; each test is run once for every one of them.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import closing
from typing import Any

import pytest

from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.transaction import Transaction, in_transaction, uninterrupted
from tests.store.rows import add_area, added, codes

POINTS = 100  # far more than there are


class CancelledAt:
    """Awaits work, and has its task cancelled when it waits for the n-th time; and once more."""

    def __init__(self, work: Coroutine[Any, Any, Any], point: int, *, twice: bool) -> None:
        self.work, self.point, self.twice = work, point, twice
        self.waited = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task
        step = self.work.send
        given: Any = None
        while True:
            try:
                future = step(given)
            except StopIteration as end:
                return end.value
            self.waited += 1
            if self.waited == self.point or (self.twice and self.waited == self.point + 1):
                loop.call_soon(task.cancel)
            try:
                given = yield future
                step = self.work.send
            except BaseException as error:  # noqa: BLE001  # the work's, not ours
                given, step = error, self.work.throw


async def cancelled_everywhere(
    work: Callable[[], Coroutine[Any, Any, Any]], check: Callable[[bool], Awaitable[None]]
) -> int:
    """Run it anew for each point at which it waits, then look whether all is well."""
    for point in range(1, POINTS):
        for twice in (False, True):
            attempt = CancelledAt(work(), point, twice=twice)

            async def run(attempt: CancelledAt = attempt) -> None:
                await attempt

            [outcome] = await asyncio.gather(asyncio.create_task(run()), return_exceptions=True)
            assert outcome is None or isinstance(outcome, asyncio.CancelledError), outcome
            await check(outcome is None)
        if attempt.waited < point:
            return point
    raise AssertionError("it never came to its end")


async def whole(database: Database) -> None:
    """Nothing is locked, and every connection is back and in no transaction."""
    client: Any = database.client
    reader: Any = database.reader
    if database.engine == "sqlite":
        assert not client._lock.locked()
        assert not client._connection._conn.in_transaction
        assert not reader.free.locked()
        assert not reader.connection._conn.in_transaction
        return
    for pool in (client._pool, reader.pool):
        for _ in range(100):
            if pool.get_idle_size() == pool.get_size():
                break
            await asyncio.sleep(0.01)  # a connection is given back by a task of asyncpg's own
        assert pool.get_idle_size() == pool.get_size()
        async with pool.acquire() as taken:
            assert not getattr(taken, "connection", taken).is_in_transaction()


async def test_a_write_cancelled_anywhere_is_done_wholly_or_not_at_all(
    database: Database,
) -> None:
    done: list[str] = []

    async def write() -> None:
        name = f"E{len(done)}"

        async def work(tx: Transaction) -> None:
            await add_area(tx, f"{name}a")
            await Area.filter(code=f"{name}a").update(name="changed")
            await add_area(tx, f"{name}b")

        await in_transaction(database, work)

    async def check(finished: bool) -> None:
        name = f"E{len(done)}"
        done.append(name)
        await whole(database)
        there = [code for code in await codes(database) if code[:-1] == name]
        assert there in ([f"{name}a", f"{name}b"], [] if not finished else None)
        await added(database, f"after{len(done)}")

    assert await cancelled_everywhere(write, check) > 4


async def test_a_read_cancelled_anywhere_leaves_the_readers_free(database: Database) -> None:
    async def read() -> None:
        await database.fetch("SELECT code FROM area", [])
        async with database.snapshot() as fetch:
            await fetch("SELECT code FROM area", [])
            await fetch("SELECT name FROM area", [])

    async def check(finished: bool) -> None:
        await whole(database)
        before = await codes(database)
        await added(database, f"E{len(before):03}")
        async with database.snapshot() as fetch:  # none of before is left behind
            assert len(await fetch("SELECT code FROM area", [])) == len(before) + 1

    assert await cancelled_everywhere(read, check) > 4


async def test_waiting_for_a_turn_can_be_cancelled(database: Database) -> None:
    """On PostgreSQL there is a pool, so many must wait; here all but one wait on SQLite."""
    hold = asyncio.Event()

    async def work(tx: Transaction) -> None:
        await hold.wait()

    tasks = [asyncio.create_task(in_transaction(database, work)) for _ in range(20)]
    await asyncio.sleep(0.2)
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks[1:], return_exceptions=True)
    hold.set()
    await tasks[0]
    await whole(database)
    await added(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_begin_that_fails_leaves_the_lock_free(database: Database) -> None:
    """In Tortoise's own context it wedges the process (reliability, finding 5)."""
    await database.client.execute_query("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(database.url, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryAgain):
            await added(database)
        await whole(database)
        assert await codes(database) == []
    await added(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_begin_that_waits_and_is_cancelled_leaves_the_lock_free(
    database: Database,
) -> None:
    """SQLite's thread waits on for the other's lock, and would begin when nobody looks."""
    with closing(sqlite3.connect(database.url, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(added(database))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        other.execute("COMMIT")
        with pytest.raises(asyncio.CancelledError):
            await task
    await whole(database)
    assert await codes(database) == []
    await added(database)


async def test_what_may_not_be_interrupted_outlasts_two_cancellations() -> None:
    steps: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.05)
        steps.append("done")

    task = asyncio.create_task(uninterrupted(work()))
    for _ in range(2):
        await asyncio.sleep(0.01)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["done"]


async def test_an_error_of_what_may_not_be_interrupted_arrives() -> None:
    async def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await uninterrupted(work())


LONG = {
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000000)"
        " SELECT count(*) FROM n"
    ),
    "postgresql": "SELECT pg_sleep(10)",
}


async def test_a_long_read_that_is_cancelled_stops_and_frees_its_connection(
    database: Database,
) -> None:
    for _ in range(3):
        reading = asyncio.create_task(database.fetch(LONG[database.engine], []))
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        async with asyncio.timeout(2):
            assert await codes(database) == []
    await whole(database)
