"""Workers: several at once, killed in the midst, stopped cleanly, and never stuck on one line."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.places.tables import Area
from commonweal.store import worker
from commonweal.store.database import Database
from commonweal.store.errors import Busy
from commonweal.store.jobs import ATTEMPTS, LEASE_SECONDS, state
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import AT_ONCE, Kind, Kinds, do_due, run_forever
from tests.conftest import Advance
from tests.store.outbox import POINTS, apply_once, elsewhere, line_of, lines, wrote
from tests.store.rows import codes

LEASE = timedelta(seconds=LEASE_SECONDS)
SECRET = "postgresql://nobody:secret@db/x\nTraceback (most recent call last)"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers look for what is due every few milliseconds."""
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.02)


@asynccontextmanager
async def working(database: Database, kinds: Kinds) -> AsyncIterator[asyncio.Task[None]]:
    """A worker beside the block; stopped at its end."""
    running = asyncio.create_task(run_forever(database, kinds))
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it does not come")


async def all_done() -> bool:
    return all(line.done_at for line in await lines())


class Seen:
    """A job that remembers what it was given."""

    def __init__(self) -> None:
        self.facts: list[Any] = []

    async def __call__(self, database: Database, facts: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        self.facts.append(facts["n"])


async def test_what_is_written_is_done_after_the_commit_and_outside_any_transaction(
    database: Database,
) -> None:
    async def work(database: Database, facts: dict[str, Any]) -> None:
        await apply_once(database, facts)  # which opens a transaction of its own

    async with working(database, {"apply": Kind(work)}):
        await wrote(database, "apply", {"code": "E1"})
        await until(all_done)

    assert await codes(database) == ["E1"]


async def test_four_workers_at_once_do_each_line_once(database: Database) -> None:
    seen = Seen()
    await wrote(database, "mail", *({"n": n} for n in range(60)))
    kinds = {"mail": Kind(seen)}
    async with AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(working(database, kinds))
        await until(all_done)

    assert sorted(seen.facts) == list(range(60))
    assert {line.attempts for line in await lines()} == {1}


async def test_workers_of_two_processes_do_each_line_once(
    database: Database, database_url: str
) -> None:
    """Each does some: they begin together, and a line takes a moment."""
    here: list[str] = []

    async def work(database: Database, facts: dict[str, Any]) -> None:
        await apply_once(database, facts)
        here.append(facts["code"])
        await asyncio.sleep(0.02)

    written = [f"E{n:02}" for n in range(40)]
    async with elsewhere(database_url, 0, "", *written) as other:
        async with working(database, {"apply": Kind(work)}):
            await until(lambda: _is_count(40))
        other.kill()
        printed: bytes = await other.stdout.read()
    there = [line.split()[1] for line in printed.decode().splitlines()]

    assert sorted(here + there) == written
    assert await codes(database) == written
    assert {line.attempts for line in await lines()} == {1}


async def _is_count(number: int) -> bool:
    found = await lines()
    return len(found) == number and all(line.done_at for line in found)


async def test_no_more_than_so_many_lines_are_in_hand_at_once(database: Database) -> None:
    now, most = 0, 0

    async def work(_database: Database, _facts: dict[str, Any]) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1

    await wrote(database, "mail", *({"n": n} for n in range(3 * AT_ONCE)))
    async with working(database, {"mail": Kind(work)}):
        await until(all_done)
    assert most == AT_ONCE


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_killed_at_any_point_leaves_its_lines_to_the_next_one(
    database: Database, database_url: str, clock: TestClock, advance: Advance, point: str
) -> None:
    """Three are killed, one after the other; each finds what those before it left, by its clock."""
    written = [f"E{n}" for n in range(3)]
    for hour, code in enumerate(written):
        await advance(timedelta(hours=bool(hour)))
        async with elsewhere(database_url, hour, point, code) as other:
            assert await line_of(other) == point
            other.kill()
            assert await other.wait() == -9
    left = await lines()
    assert sorted(line.facts["code"] for line in left) == written
    assert not any(line.done_at or line.failed_at for line in left)
    assert sum(line.attempts for line in left) >= (3 if point != "committed" else 0)
    assert (await codes(database) == []) == (point != "applied")

    await advance(timedelta(hours=1))
    assert await do_due(database, {"apply": Kind(apply_once)}) == 3
    assert await codes(database) == written  # each once, however often it was begun
    assert await all_done()


async def test_a_line_that_fails_for_ever_ends_visible_while_others_go_on(
    database: Database, advance: Advance, caplog: pytest.LogCaptureFixture
) -> None:
    seen, tried = Seen(), Counter[str]()

    async def broken(_database: Database, facts: dict[str, Any]) -> None:
        tried["broken"] += 1
        raise RuntimeError(SECRET)

    kinds = {"broken": Kind(broken), "mail": Kind(seen)}
    await wrote(database, "broken")
    for n in range(ATTEMPTS + 2):
        await wrote(database, "mail", {"n": n})
        await do_due(database, kinds)
        await advance(timedelta(days=2))

    assert tried["broken"] == ATTEMPTS
    assert seen.facts == list(range(ATTEMPTS + 2))
    [line] = await lines(kind="broken")
    assert state(line) == "failed"
    assert_tells_nothing(line.last_error or "", caplog)


def assert_tells_nothing(error: str, caplog: pytest.LogCaptureFixture) -> None:
    """But a reference, by which the log has all of it."""
    assert error.startswith("RuntimeError; the log has it as ")
    assert "\n" not in error
    assert "secret" not in error
    reference = error.rstrip(".").split()[-1]
    [record] = [each for each in caplog.records if f"error {reference}" in each.getMessage()]
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert SECRET in str(record.exc_info[1])


async def test_a_refusal_is_the_last_error_in_its_own_words(database: Database) -> None:
    async def busy(_database: Database, _facts: dict[str, Any]) -> None:
        raise Busy(5)

    await wrote(database, "mail")
    assert await do_due(database, {"mail": Kind(busy)}) == 0
    [line] = await lines()
    assert line.last_error == Busy(5).message


async def test_work_that_takes_longer_than_its_lease_allows_is_stopped_and_put_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "WORK_SECONDS", 0.05)
    ended = []

    async def slow(_database: Database, _facts: dict[str, Any]) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    await wrote(database, "mail")
    await do_due(database, {"mail": Kind(slow)})
    [line] = await lines()
    assert ended
    assert line.last_error == "It took longer than 0.05 seconds."
    assert state(line) == "waiting"


async def test_an_attempt_ends_well_before_its_lease() -> None:
    assert LEASE_SECONDS - worker.WORK_SECONDS >= 30  # two transactions that wait for a lock


async def test_a_stop_lets_the_job_in_hand_finish(database: Database) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def work(_database: Database, _facts: dict[str, Any]) -> None:
        begun.set()
        await go.wait()

    await wrote(database, "mail")
    running = asyncio.create_task(run_forever(database, {"mail": Kind(work)}))
    await begun.wait()
    await wrote(database, "mail")  # nothing new is begun after the stop
    running.cancel()
    await asyncio.sleep(0.05)
    assert not running.done()
    go.set()
    await asyncio.gather(running, return_exceptions=True)

    assert running.cancelled()
    assert {state(line) for line in await lines()} <= {"done", "waiting"}
    assert (await lines())[0].done_at


async def test_what_does_not_finish_in_time_is_left_to_its_lease(
    database: Database, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.05)
    begun = asyncio.Event()

    async def stuck(_database: Database, _facts: dict[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    await wrote(database, "apply", {"code": "E1"})
    running = asyncio.create_task(run_forever(database, {"apply": Kind(stuck)}))
    await begun.wait()
    running.cancel()
    await asyncio.wait([running], timeout=5)
    assert running.cancelled()
    [line] = await lines()
    assert (state(line), line.attempts, line.last_error) == ("waiting", 1, None)

    kinds = {"apply": Kind(apply_once)}
    assert await do_due(database, kinds) == 0
    await advance(LEASE)
    assert await do_due(database, kinds) == 1
    assert await Area.all().count() == 1


async def test_recurring_work_is_done_once_a_period_by_two_workers(
    database: Database, advance: Advance
) -> None:
    times = Counter[str]()

    async def tidy(database: Database, _facts: dict[str, Any]) -> None:
        times["tidy"] += 1
        await in_transaction(database, _nothing)

    kinds = {"tidy": Kind(tidy, every_seconds=600)}
    async with working(database, kinds), working(database, kinds):
        for period in range(1, 5):
            await until(lambda expected=period: _is(times, expected))  # type: ignore[misc]
            await asyncio.sleep(0.1)
            assert times["tidy"] == period
            [line] = await lines()
            assert line.due_at == database.clock.now() + timedelta(seconds=600)
            await advance(timedelta(seconds=600))


async def _nothing(_tx: Transaction) -> None:
    pass


async def _is(times: Counter[str], number: int) -> bool:
    return times["tidy"] == number and (await lines())[0].attempts == 0


async def test_a_database_that_is_away_for_a_while_is_waited_for(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Seen()
    await wrote(database, "mail", {"n": 1})
    await database.client.execute_query("ALTER TABLE job RENAME TO gone")
    async with working(database, {"mail": Kind(seen)}) as running:
        await until(lambda: _logged(caplog))
        assert not running.done()
        await database.client.execute_query("ALTER TABLE gone RENAME TO job")
        await until(all_done)

    assert seen.facts == [1]


async def _logged(caplog: pytest.LogCaptureFixture) -> bool:
    return "trying again" in caplog.text


async def test_a_worker_with_nothing_to_do_takes_no_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wrote(database, "mail", {"n": 1}, after_seconds=3_600)
    async with working(database, {"mail": Kind(Seen())}):
        await asyncio.sleep(0.1)
        begun = []
        monkeypatch.setattr(worker, "claim", lambda *about: begun.append(about))
        await asyncio.sleep(0.2)
    assert begun == []
