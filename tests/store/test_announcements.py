"""Announcing: numbered after the commit, in an order that whoever reads on misses nothing of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from commonweal.store import announcements, sweeping
from commonweal.store.announcements import KEPT_SECONDS, Relay, announce, sweep
from commonweal.store.database import Database
from commonweal.store.tables import Announcement
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance

SOON = 5  # seconds that a test waits for what takes milliseconds


async def announced(database: Database, *subjects: int) -> None:
    await in_transaction(database, lambda tx: announce(tx, "thing", subjects))


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def numbers() -> list[int | None]:
    found = await Announcement.all().order_by("id").values_list("sequence", flat=True)
    return [None if n is None else int(str(n)) for n in found]


@pytest.fixture
async def relay(database: Database) -> AsyncIterator[Relay]:
    async with running(Relay(database)) as relay:
        yield relay


async def soon(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SOON):
        while not await holds():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)


async def test_what_was_announced_has_no_number_before_its_commit(
    database: Database, relay: Relay
) -> None:
    async with relay.listening() as since:

        async def work(tx: Transaction) -> None:
            await announce(tx, "thing", [7])
            if database.engine == "postgresql":  # SQLite would queue behind this transaction
                await relay.look()
            assert relay.latest == since

        await in_transaction(database, work)
        async with asyncio.timeout(SOON):
            assert await relay.beyond(since) == since + 1


async def test_what_is_rolled_back_is_announced_to_nobody(database: Database, relay: Relay) -> None:
    class Regretted(Exception):
        pass

    async def work(tx: Transaction) -> None:
        await announce(tx, "thing", [7])
        raise Regretted

    with pytest.raises(Regretted):
        await in_transaction(database, work)
    async with relay.listening() as since:
        await announced(database, 8)
        async with asyncio.timeout(SOON):
            assert await relay.beyond(since) == 1
    assert await numbers() == [1]


async def test_a_process_in_which_nobody_listens_numbers_what_it_announces_and_reads_nothing_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, looks = Relay(database), 0
    look = relay.look

    async def counted() -> None:
        nonlocal looks
        looks += 1
        await look()

    monkeypatch.setattr(relay, "look", counted)
    often = dict.fromkeys(announcements.POLL_SECONDS, 0.01)
    monkeypatch.setattr(announcements, "POLL_SECONDS", often)
    async with running(relay):
        await asyncio.sleep(0.1)
        assert looks == 0
        await announced(database, 1, 2, 3)

        async def numbered() -> bool:
            return await numbers() == [1, 2, 3]

        await soon(numbered)
        await asyncio.sleep(0.1)
        assert looks == 1


async def test_one_numbers_at_a_time_and_gives_no_number_twice(database: Database) -> None:
    """A row of a lower id may be committed while another is being numbered."""
    earlier = database.new_id()
    await announced(database, 7)
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        await announcements._numbered(tx)
        under_way.set()
        await go_on.wait()

    async def commit_late(tx: Transaction) -> None:
        await Announcement.create(id=earlier, topic="thing", subject_id=8, created_at=tx.now)

    first = asyncio.create_task(in_transaction(database, slowly))
    await under_way.wait()
    if database.engine == "postgresql":  # SQLite has one writer anyway
        await in_transaction(database, commit_late)
    second = asyncio.create_task(Relay(database).look())
    await asyncio.sleep(0.2)
    assert not second.done()
    go_on.set()
    await asyncio.gather(first, second)
    assert await numbers() == ([2, 1] if database.engine == "postgresql" else [1])


async def test_relays_at_once_give_each_row_a_number_of_its_own_without_gaps(
    database: Database,
) -> None:
    relays = [Relay(database) for _ in range(4)]
    barrier = asyncio.Barrier(8)

    async def announcing(first: int) -> None:
        await barrier.wait()
        for n in range(10):
            await announced(database, first + n)

    async def looking(relay: Relay) -> None:
        await barrier.wait()
        for _ in range(10):
            await relay.look()

    await asyncio.gather(*(announcing(100 * n) for n in range(4)), *map(looking, relays))
    await relays[0].look()
    given = await numbers()
    assert None not in given
    assert sorted(n for n in given if n) == list(range(1, 41))


async def test_who_reads_on_from_a_number_is_told_every_row_once(
    database: Database, relay: Relay
) -> None:
    """Whatever the order of ids and commits: a number is only seen after all lower ones."""
    told: list[int] = []

    async def listen() -> None:
        async with relay.listening() as since:
            barrier_open.set()
            while len(told) < 60:
                until = await relay.beyond(since)
                rows = await Announcement.filter(sequence__gt=since, sequence__lte=until)
                told.extend(row.subject_id for row in rows)
                since = until

    async def announcing(first: int) -> None:
        for n in range(20):
            await announced(database, first + n)

    barrier_open = asyncio.Event()
    listening = asyncio.create_task(listen())
    await barrier_open.wait()
    await asyncio.gather(*(announcing(100 * n) for n in (1, 2, 3)))
    async with asyncio.timeout(SOON):
        await listening
    assert sorted(told) == [100 * n + i for n in (1, 2, 3) for i in range(20)]


async def test_what_another_process_left_without_a_number_is_found_by_polling(
    database: Database, relay: Relay
) -> None:
    async with relay.listening() as since:

        async def killed_after_its_commit(tx: Transaction) -> None:
            await announce(tx, "thing", [7])
            tx.after_commit.clear()

        await asyncio.sleep(0.05)  # it has looked since somebody listens
        await in_transaction(database, killed_after_its_commit)
        async with asyncio.timeout(2):
            assert await relay.beyond(since) == since + 1


async def test_a_listener_survives_the_loss_of_its_connection_and_gets_another(
    database: Database, relay: Relay
) -> None:
    if database.engine == "sqlite":
        return  # it has no such connection
    async with relay.listening() as since:

        async def hears() -> bool:
            return relay._ear is not None and not relay._ear.is_closed()

        await soon(hears)
        ear = relay._ear
        assert ear
        await database.client.execute_query(
            "SELECT pg_terminate_backend($1)", [ear.get_server_pid()]
        )
        await announced(database, 7)
        async with asyncio.timeout(2):
            await relay.beyond(since)

        async def hears_anew() -> bool:
            return relay._ear is not ear and await hears()

        await soon(hears_anew)


async def test_sweeping_takes_no_more_at_once_than_a_short_transaction_does(
    database: Database, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SWEPT_AT_ONCE", 2)
    await announced(database, 1, 2, 3, 4, 5)
    await Relay(database).look()
    await advance(timedelta(seconds=KEPT_SECONDS + 1))
    swept = [await in_transaction(database, sweep) for _ in range(3)]
    assert (swept, await numbers()) == ([2, 2, 0], [5])


async def test_sweeping_keeps_what_is_young_and_the_highest_number(
    database: Database, relay: Relay, advance: Advance
) -> None:
    async with relay.listening() as since:
        await announced(database, 1, 2, 3)
        async with asyncio.timeout(SOON):
            assert await relay.beyond(since) == 3
    assert await in_transaction(database, sweep) == 0
    await advance(timedelta(seconds=KEPT_SECONDS + 1))
    assert await in_transaction(database, sweep) == 2
    assert await in_transaction(database, sweep) == 0
    assert await numbers() == [3]
    async with relay.listening() as since:
        await announced(database, 4)
        async with asyncio.timeout(SOON):
            assert await relay.beyond(since) == 4
