"""The one way to write: all or nothing, run again when lost, never without an end."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import shapely
from tortoise.exceptions import (
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)
from tortoise.transactions import in_transaction as savepoint

from commonweal.kernel.clock import SYSTEM, TestClock
from commonweal.places.tables import Area
from commonweal.store import transaction as transaction_module
from commonweal.store.database import POOL_MOST, SQLITE_PRAGMAS, Database, opened
from commonweal.store.errors import Busy, TryAgain
from commonweal.store.migrate import migrate
from commonweal.store.transaction import TRIES, Overtaken, Transaction, in_transaction
from commonweal.web.rooms import LAYOUT
from tests.conftest import TODAY, Advance
from tests.store.elsewhere import elsewhere
from tests.store.rows import add_area, added, codes


async def test_what_was_written_is_read_back_and_its_result_returned(database: Database) -> None:
    area = await added(database)
    assert area.code == "E1"
    assert await codes(database) == ["E1"]


class Interrupted(BaseException):
    """No error of the program's: as when somebody stops it."""


@pytest.mark.parametrize("error", [ValueError, Interrupted])
async def test_nothing_remains_of_work_that_raises(
    database: Database, error: type[BaseException]
) -> None:
    async def work(tx: Transaction) -> None:
        await add_area(tx)
        raise error

    with pytest.raises(error):
        await in_transaction(database, work)
    assert await codes(database) == []
    await added(database)


async def test_nothing_remains_of_work_that_the_database_refuses(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await add_area(tx)
        await add_area(tx)

    with pytest.raises(IntegrityError):
        await in_transaction(database, work)
    assert await codes(database) == []


async def test_a_transaction_sees_its_own_writes(database: Database) -> None:
    async def work(tx: Transaction) -> list[str]:
        await add_area(tx)
        rows = await tx.fetch("SELECT code FROM area", [])
        return [rows[0][0], (await Area.get()).code]

    assert await in_transaction(database, work) == ["E1", "E1"]


async def test_a_savepoint_inside_can_be_undone_alone(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await add_area(tx, "E1")
        try:
            async with savepoint():
                await add_area(tx, "E2")
                await add_area(tx, "E1")
        except IntegrityError:
            async with savepoint():
                await add_area(tx, "E3")

    await in_transaction(database, work)
    assert await codes(database) == ["E1", "E3"]


async def test_a_transaction_inside_a_transaction_is_a_defect_and_said_so(
    database: Database,
) -> None:
    """On SQLite it would wait for itself; on PostgreSQL it would commit apart from the outer."""

    async def work(tx: Transaction) -> None:
        await add_area(tx)
        await added(database, "E2")

    with pytest.raises(AssertionError, match="in a transaction already: hand its `tx` on"):
        await in_transaction(database, work)
    assert await codes(database) == []


async def test_a_task_left_behind_cannot_write_once_the_transaction_is_over(
    database: Database,
) -> None:
    over = asyncio.Event()

    async def late(tx: Transaction) -> None:
        await over.wait()
        await add_area(tx, "late")

    async def work(tx: Transaction) -> asyncio.Task[None]:
        await add_area(tx)
        return asyncio.create_task(late(tx))

    task = await in_transaction(database, work)
    over.set()
    with pytest.raises((TransactionManagementError, asyncpg.InterfaceError)):
        await task
    assert await codes(database) == ["E1"]


async def test_the_count_of_an_update_is_of_the_rows_it_changed(database: Database) -> None:
    """SQLite's total would count what the R*Tree's triggers change besides."""
    shape = shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])
    for code in ("E1", "E2", "E3"):
        await added(database, code, shape=shape)

    async def work(tx: Transaction) -> list[int]:
        moved = shapely.MultiPolygon([shapely.box(1, 1, 2, 2)])
        return [
            await Area.filter(code="E1").update(shape=moved),
            await Area.filter(code__in=["E1", "E2"]).update(shape=moved, name="x"),
            await Area.filter(code="E9").update(shape=moved),
            await Area.filter(code__not="E1").delete(),
        ]

    assert await in_transaction(database, work) == [1, 2, 0, 2]


async def test_now_is_the_instant_of_the_beginning_for_python_and_for_sql(
    database: Database, clock: TestClock, advance: Advance
) -> None:
    async def work(tx: Transaction) -> tuple[datetime, Any]:
        if database.engine == "sqlite":
            clock.advance(timedelta(hours=1))  # on PostgreSQL it is a row, seen as it was
        [row] = await tx.fetch("SELECT commonweal_now()", [])
        return tx.now, row[0]

    await advance(timedelta(minutes=5))
    now, sqls = await in_transaction(database, work)
    assert now == TODAY + timedelta(minutes=5)
    assert now.utcoffset() == timedelta(0)
    assert (datetime.fromisoformat(sqls) if isinstance(sqls, str) else sqls) == now


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_after_a_transaction_sqls_clock_runs_on(database: Database, clock: TestClock) -> None:
    await added(database)
    clock.advance(timedelta(days=1))
    _, [(now,)] = await database.client.execute_query("SELECT commonweal_now()")
    assert datetime.fromisoformat(now) == clock.now()


async def test_without_a_turned_clock_now_is_the_real_one(empty_url: str) -> None:
    async def work(tx: Transaction) -> bool:
        [row] = await tx.fetch("SELECT commonweal_now()", [])
        sqls = datetime.fromisoformat(row[0]) if isinstance(row[0], str) else row[0]
        return tx.now == sqls and abs(tx.now - datetime.now(UTC)) < timedelta(seconds=5)

    async with opened(empty_url, SYSTEM, LAYOUT, ready=False) as database:
        await migrate(database)
        assert await in_transaction(database, work)


async def test_the_wait_for_a_turn_does_not_make_now_later(
    database: Database, clock: TestClock, advance: Advance
) -> None:
    """A deadline goes by when one asked, not by when one came through."""
    if database.engine == "postgresql":
        return  # nobody waits to begin there, and locks are waited for after it
    waiting = asyncio.Event()

    async def first(tx: Transaction) -> None:
        waiting.set()
        await asyncio.sleep(0.05)
        clock.advance(timedelta(hours=1))

    async def now(tx: Transaction) -> datetime:
        return tx.now

    holding = asyncio.create_task(in_transaction(database, first))
    await waiting.wait()
    assert await in_transaction(database, now) == TODAY
    await holding


@asynccontextmanager
async def write_lock(database: Database) -> AsyncIterator[None]:
    """SQLite's write lock in somebody else's hands; we wait 20 ms for it."""
    await database.client.execute_query("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(database.url, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_locked_file_is_tried_so_many_times_and_then_left(database: Database) -> None:
    begun_at = asyncio.get_running_loop().time()
    async with write_lock(database):
        with pytest.raises(TryAgain) as refused:
            await added(database)
    waited = asyncio.get_running_loop().time() - begun_at
    assert isinstance(refused.value.__cause__, sqlite3.OperationalError)
    assert waited >= TRIES * 0.02
    await added(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_two_processes_that_read_and_write_back_lose_nothing_and_never_fail(
    database_url: str,
) -> None:
    async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
        await added(database, name="0")
    await asyncio.gather(*(elsewhere("write", database_url, "E1", "100") for _ in range(2)))
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:"))) as other:
        assert other.execute("SELECT name FROM area").fetchall() == [("200",)]


LOST = {
    "serialization": "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$",
    "deadlock": "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$",
    "lock timeout": "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$",
}


async def fails(tx: Transaction, how: str) -> None:
    """As the engine fails, or as work does that finds itself overtaken."""
    if how == "overtaken":
        raise Overtaken
    if tx.database.engine == "postgresql":
        await tx.client.execute_query(LOST[how])
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
    raise OperationalError(error)


@pytest.mark.parametrize("how", [*LOST, "overtaken"])
async def test_lost_work_runs_again_from_the_start_a_few_times_only(
    database: Database, how: str
) -> None:
    runs: list[int] = []

    async def work(tx: Transaction) -> None:
        runs.append(await Area.all().count())
        await add_area(tx)
        if len(runs) < most:
            await fails(tx, how)

    most = TRIES + 1
    with pytest.raises(TryAgain, match="Try again in a moment"):
        await in_transaction(database, work)
    assert runs == [0] * TRIES
    assert await codes(database) == []

    most = TRIES
    runs.clear()
    await in_transaction(database, work)
    assert runs == [0] * TRIES
    assert await codes(database) == ["E1"]


async def test_other_errors_are_not_tried_again_though_they_speak_of_locks(
    database: Database,
) -> None:
    runs: list[int] = []

    async def work(tx: Transaction) -> None:
        runs.append(1)
        await tx.client.execute_query('SELECT * FROM "a table that is locked and busy"')

    with pytest.raises(OperationalError):
        await in_transaction(database, work)
    assert runs == [1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_that_lock_in_opposite_order_both_succeed(database: Database) -> None:
    """PostgreSQL finds the deadlock after a second and gives one of them up."""
    for code in ("E1", "E2"):
        await added(database, code, name="0")
    first_locks = asyncio.Barrier(2)
    tries: list[str] = []

    async def work(tx: Transaction, order: tuple[str, str]) -> None:
        tries.append(order[0])
        for code in order:
            area = await Area.select_for_update().get(code=code)
            if code == order[0] and len(tries) <= 2:
                await first_locks.wait()
            area.name = str(int(area.name) + 1)
            await area.save()

    await asyncio.gather(
        in_transaction(database, lambda tx: work(tx, ("E1", "E2"))),
        in_transaction(database, lambda tx: work(tx, ("E2", "E1"))),
    )
    assert len(tries) == 3
    assert {area.name for area in await Area.all()} == {"2"}


@asynccontextmanager
async def all_taken(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Every connection for writing and for reading is in use; nobody waits long for one."""
    done, ready = asyncio.Event(), asyncio.Semaphore(0)

    async def write(tx: Transaction) -> None:
        ready.release()
        await done.wait()

    async def read() -> None:
        async with database.snapshot():
            ready.release()
            await done.wait()

    size = POOL_MOST if database.engine == "postgresql" else 1
    async with asyncio.TaskGroup() as tasks:
        for _ in range(size):
            tasks.create_task(in_transaction(database, write))
            tasks.create_task(read())
        for _ in range(2 * size):
            await ready.acquire()
        monkeypatch.setattr(transaction_module, "ACQUIRE_SECONDS", 0.05)
        yield
        done.set()


async def test_when_no_connection_comes_free_one_is_told_so_in_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with all_taken(database, monkeypatch):
        with pytest.raises(Busy, match=r"0\.05 seconds"):
            await added(database)
        with pytest.raises(Busy):
            await codes(database)
    await added(database)
    assert await codes(database) == ["E1"]


async def test_a_write_waits_as_long_as_the_design_says() -> None:
    """5 seconds for a connection, 5 for SQLite's lock, three times: a mutation's 15 (limits)."""
    assert transaction_module.ACQUIRE_SECONDS == 5
    assert SQLITE_PRAGMAS["busy_timeout"] == 5000
    assert TRIES == 3


async def test_statements_of_a_script_belong_to_the_transaction(database: Database) -> None:
    """sqlite3's own executescript would commit what came before it."""
    await added(database)

    async def work(tx: Transaction) -> None:
        await tx.client.execute_script("UPDATE area SET name = 'a;b'; DELETE FROM area;")
        raise Interrupted

    with pytest.raises(Interrupted):
        await in_transaction(database, work)
    assert await codes(database) == ["E1"]
