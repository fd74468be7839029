"""Process numbers: never two holders of one at once, so never two ids alike."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.kernel.ids import COUNTER_BITS, EPOCH_MS, PROCESS_BITS, IdMaker, LeaseExpired
from commonweal.store import lease as lease_module
from commonweal.store.database import Database, opened
from commonweal.store.errors import Busy, ClockBehind, TryAgain
from commonweal.store.lease import LEASE_SECONDS, NUMBERS, RENEW_SECONDS, Lease
from commonweal.store.tables import ProcessLease
from commonweal.store.transaction import ACQUIRE_SECONDS, Transaction, in_transaction
from commonweal.store.worker import WORK_SECONDS
from commonweal.web.rooms import LAYOUT
from tests.conftest import TODAY
from tests.store.elsewhere import staying

START_MS = EPOCH_MS + 10_000_000_000
LEASE_MS = LEASE_SECONDS * 1000


class Milliseconds:
    """The machine's clock, where the test turns it."""

    def __init__(self) -> None:
        self.now = START_MS

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Milliseconds:
    clock = Milliseconds()
    monkeypatch.setattr(lease_module, "now_ms", clock)
    return clock


async def taken(database: Database) -> IdMaker:
    """Another lease on the same database, which is never renewed nor given back."""
    lease = Lease(database)
    await lease.take()
    assert lease.ids
    assert lease._renewing
    lease._renewing.cancel()
    return lease.ids


def parts(number: int) -> tuple[int, int]:
    """An id's millisecond and process."""
    return EPOCH_MS + (number >> PROCESS_BITS + COUNTER_BITS), (number >> COUNTER_BITS) & 1023


async def test_processes_that_start_at_once_get_different_numbers(database: Database) -> None:
    makers = await asyncio.gather(*(taken(database) for _ in range(12)))
    assert sorted(maker.process for maker in makers) == list(range(1, 13))


async def test_a_number_is_taken_over_at_its_end_and_not_before(
    machine: Milliseconds, database: Database
) -> None:
    first = await taken(database)
    machine.now += LEASE_MS - 1
    assert (await taken(database)).process == first.process + 1
    last = first.make()
    machine.now += 1
    with pytest.raises(LeaseExpired):
        first.make()
    second = await taken(database)
    assert second.process == 0  # of the database itself, whose end has come as well
    third = await taken(database)
    assert third.process == first.process
    assert third.make() > last
    assert parts(third.make())[0] >= START_MS + LEASE_MS


async def test_a_taker_with_a_fast_clock_makes_no_id_of_its_forerunners(
    machine: Milliseconds, database: Database
) -> None:
    """The forerunner's clock is right, and it goes on to its end; the taker's is set right."""
    slow = await taken(database)
    machine.now += LEASE_MS
    fast = [await taken(database) for _ in range(2)][-1]
    assert fast.process == slow.process
    machine.now = START_MS + LEASE_MS - 1
    assert parts(slow.make())[0] < START_MS + LEASE_MS <= parts(fast.make())[0]


async def test_a_clock_behind_every_lease_is_refused_in_seconds(
    machine: Milliseconds, database_url: str
) -> None:
    async def open_it() -> None:
        async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
            database.new_id()

    await open_it()
    machine.now -= LEASE_MS - 1
    await open_it()  # behind, but what it may make lies partly after the last holder's ids
    machine.now -= 2 * LEASE_MS
    with pytest.raises(ClockBehind, match=r"at least \d+ seconds\. Set it right") as refused:
        await open_it()
    assert refused.value.seconds == LEASE_SECONDS


async def test_four_processes_have_numbers_of_their_own_and_ids_that_sort_by_time(
    database_url: str,
) -> None:
    each = 10_000
    async with AsyncExitStack() as stack:
        said = [
            await stack.enter_async_context(staying("ids", database_url, str(each)))
            for _ in range(4)
        ]
        for one in said:
            assert await one() == "ready"
        at_once = await asyncio.gather(*(one("go") for one in said[:3]))
        later = await said[3]("go")
    made = [[int(number) for number in line.split()] for line in [*at_once, later]]
    assert [len(numbers) for numbers in made] == [each] * 4
    assert len({number for numbers in made for number in numbers}) == 4 * each
    for numbers in made:
        assert numbers == sorted(numbers)
    assert made[3][0] > max(numbers[-1] for numbers in made[:3])
    assert {parts(numbers[0])[1] for numbers in made} == {0, 1, 2, 3}


async def test_a_number_that_is_given_back_is_free_at_once_and_makes_no_more_ids(
    database_url: str,
) -> None:
    last = 0
    for _ in range(3):
        async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
            number = database.new_id()
            assert parts(number)[1] == 0
            assert number > last
            last = number
        with pytest.raises(AssertionError, match="without a lease"):
            database.new_id()


async def test_a_number_that_was_never_used_is_given_back_as_it_was(
    machine: Milliseconds, database_url: str
) -> None:
    for _ in range(3):
        async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
            [lease] = await ProcessLease.all()
            assert (lease.number, lease.until_ms) == (0, START_MS + LEASE_MS)
            assert database.lease.ids


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are renewed every few milliseconds."""
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.005)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it does not come")


def makes(database: Database) -> bool:
    try:
        database.new_id()
    except LeaseExpired:
        return False
    return True


async def test_work_that_needs_an_id_after_the_lease_is_told_to_try_again(
    machine: Milliseconds, database: Database
) -> None:
    machine.now += 10 * LEASE_MS

    async def work(tx: Transaction) -> int:
        return tx.new_id()

    with pytest.raises(TryAgain):
        await in_transaction(database, work)


async def test_a_renewed_lease_makes_ids_on_and_on(
    machine: Milliseconds, quick: None, database: Database
) -> None:
    for _ in range(5):
        machine.now += LEASE_MS - 1
        assert makes(database)
        machine.now += 1
        await until(lambda: makes(database))
    [lease] = await ProcessLease.all()
    assert lease.number == 0


async def test_where_renewing_fails_ids_stop_at_the_end_until_it_works_again(
    machine: Milliseconds, quick: None, database: Database
) -> None:
    await database.client.execute_query("ALTER TABLE process_lease RENAME TO gone")
    await asyncio.sleep(0.05)
    machine.now += LEASE_MS - 1
    assert makes(database)
    await asyncio.sleep(0.05)
    machine.now += 1
    assert not makes(database)
    await database.client.execute_query("ALTER TABLE gone RENAME TO process_lease")
    await until(lambda: makes(database))


async def test_a_renewal_that_finds_the_database_busy_is_logged_in_one_line(
    quick: None, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    async def busy(*_: object) -> bool:
        raise Busy(5)

    monkeypatch.setattr(database.lease, "_move_end", busy)
    await until(lambda: bool(caplog.records))
    monkeypatch.undo()
    assert {(each.getMessage(), each.exc_info) for each in caplog.records} == {
        (f"the process number was not renewed: {Busy(5).message}", None)
    }
    caplog.clear()


def number_of(database: Database) -> int:
    assert database.lease.ids
    return database.lease.ids.process


async def test_a_process_whose_number_was_taken_over_takes_another(
    machine: Milliseconds, quick: None, database: Database
) -> None:
    """A machine that slept for an hour must not be restarted by hand."""
    mine = number_of(database)
    machine.now += 3_600_000
    await ProcessLease.all().update(holder="another", until_ms=machine.now + LEASE_MS)
    await until(lambda: makes(database) and number_of(database) != mine)
    assert parts(database.new_id())[0] == machine.now


async def test_renewals_leave_room_for_failures_and_numbers_fit_their_bits() -> None:
    assert LEASE_SECONDS >= 3 * RENEW_SECONDS
    # on SQLite nothing is renewed while a job keeps the writing connection for all of its time
    assert LEASE_SECONDS >= WORK_SECONDS + 2 * (RENEW_SECONDS + ACQUIRE_SECONDS)
    assert NUMBERS == 1 << PROCESS_BITS


async def test_no_more_numbers_are_leased_than_an_id_has_room_for(
    machine: Milliseconds, database: Database
) -> None:
    leases = [
        ProcessLease(number=number, holder="x", until_ms=machine.now + LEASE_MS)
        for number in range(1, NUMBERS)
    ]
    await ProcessLease.bulk_create(leases)
    with pytest.raises(RuntimeError, match="all 1024 process numbers are in use"):
        await taken(database)
