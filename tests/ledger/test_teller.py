"""The teller: what comes together is done together, each once, and answered after its commit."""

import asyncio
from collections.abc import Sequence

import pytest

from commonweal.kernel.errors import UserError
from commonweal.ledger import teller as module
from commonweal.ledger.actions import post_many
from commonweal.ledger.rules import CauseReused, NotEnough, Order, Posted, account_id
from commonweal.ledger.teller import FLUSHERS, MOST_TOGETHER, MOST_WAITING, Teller
from commonweal.ledger.verifying import verify
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.transaction import Transaction
from tests.ledger.accounts import balance, opened, order, outcome, posted, transfers

Outcome = Posted | UserError


class Watched:
    """`post_many`, which remembers its batches; at `gate` each waits before its commit."""

    def __init__(self, database: Database) -> None:
        self.batches: list[list[Order]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = self.most_inside = 0
        self.teller = Teller(database, self.many, key=lambda each: each.cause, again=Posted.again)

    async def many(self, tx: Transaction, orders: Sequence[Order]) -> list[Outcome]:
        self.batches.append(list(orders))
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            if any(each.actor == "bad" for each in orders):
                raise RuntimeError("a defect")
            done = await post_many(tx, orders)
            await self.gate.wait()
            return done
        finally:
            self.inside -= 1

    async def entered(self, batches: int) -> None:
        async with asyncio.timeout(30):
            while len(self.batches) < batches:  # noqa: ASYNC110  # it has no event
                await asyncio.sleep(0.002)


@pytest.fixture
def watched(database: Database) -> Watched:
    return Watched(database)


async def test_commands_that_come_together_are_few_transactions_of_at_most_128(
    database: Database, watched: Watched
) -> None:
    ann, shop = await opened(database, first=1000), await opened(database)
    asked = [order(ann, shop) for _ in range(300)]
    done = await asyncio.gather(*(watched.teller.ask(each) for each in asked))
    assert [each.cause for each in done] == [each.cause for each in asked]
    assert not any(each.replayed for each in done)
    assert max(map(len, watched.batches)) == MOST_TOGETHER
    assert len(watched.batches) <= 4
    assert (await balance(database, ann), await balance(database, shop)) == (700, 300)
    assert (await verify(database)).faults == []


async def test_no_more_flushers_are_at_work_than_is_said(
    database: Database, watched: Watched
) -> None:
    pairs = [(await opened(database, first=9), await opened(database)) for _ in range(3)]
    watched.gate.clear()
    asking = []
    for ann, bob in pairs:
        asking.append(asyncio.create_task(watched.teller.ask(order(ann, bob))))
        await asyncio.sleep(0.1)
    assert watched.most_inside == len(watched.batches) == FLUSHERS[database.engine]
    assert len(watched.teller.flushers) == FLUSHERS[database.engine]
    watched.gate.set()
    await asyncio.gather(*asking)
    assert watched.most_inside == FLUSHERS[database.engine]


async def test_who_is_alone_waits_for_nobody_and_company_gathers(
    database: Database, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GATHERING_SECONDS", 60)
    ann, bob = await opened(database, first=1000), await opened(database)
    async with asyncio.timeout(30):
        await watched.teller.ask(order(ann, bob))
        await watched.teller.ask(order(ann, bob))
        await asyncio.gather(*(watched.teller.ask(order(ann, bob)) for _ in range(2)))
        # after company it gathers; a full batch does not wait for the time
        await asyncio.gather(*(watched.teller.ask(order(ann, bob)) for _ in range(MOST_TOGETHER)))
    assert [len(each) for each in watched.batches] == [1, 1, 2, MOST_TOGETHER]


async def test_nothing_is_acknowledged_before_its_commit(
    database: Database, watched: Watched
) -> None:
    ann, bob = await opened(database, first=9), await opened(database)
    watched.gate.clear()
    asking = asyncio.create_task(watched.teller.ask(order(ann, bob, 5)))
    await watched.entered(1)
    await asyncio.sleep(0.1)
    assert not asking.done()
    assert await balance(database, bob) == 0
    watched.gate.set()
    await asking
    assert await balance(database, bob) == 5


async def test_a_refused_command_is_refused_alone(database: Database, watched: Watched) -> None:
    ann, bob = await opened(database, first=10), await opened(database)
    asked = [order(ann, bob, 3), order(ann, bob, 100), order(ann, bob, 3)]
    done = await asyncio.gather(*(outcome(watched.teller.ask(each)) for each in asked))
    assert done[1] == NotEnough(account_id(ann), 7, 100)
    assert [isinstance(each, Posted) for each in done] == [True, False, True]
    assert len(watched.batches) == 1
    assert await balance(database, bob) == 6


async def test_64_at_once_with_one_cause_are_one_transfer_and_63_replays(
    database: Database, watched: Watched
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    before = await transfers(database)
    same = order(ann, bob, 7)
    done = await asyncio.gather(*(watched.teller.ask(same) for _ in range(64)))
    assert len({each.id for each in done}) == 1
    assert sum(each.replayed for each in done) == 63
    assert await transfers(database) == before + 1
    assert sum(map(len, watched.batches)) == 1
    assert (await watched.teller.ask(same)).replayed  # long afterwards too


async def test_64_at_once_of_a_refused_one_are_all_refused(
    database: Database, watched: Watched
) -> None:
    ann, bob = await opened(database, first=5), await opened(database)
    same = order(ann, bob, 7)
    done = await asyncio.gather(*(outcome(watched.teller.ask(same)) for _ in range(64)))
    assert done == [NotEnough(account_id(ann), 5, 7)] * 64
    await posted(database, order(await opened(database, first=2), ann, 2))
    assert not (await watched.teller.ask(same)).replayed  # and it may be paid at once


async def test_another_command_with_the_cause_waits_for_the_firsts_outcome(
    database: Database, watched: Watched
) -> None:
    ann, bob = await opened(database, first=11), await opened(database)
    first, other = order(ann, bob, 4, "test/one"), order(ann, bob, 5, "test/one")
    third = order(ann, bob, 6, "test/two")
    watched.gate.clear()
    asking = [
        asyncio.create_task(outcome(watched.teller.ask(each))) for each in (first, other, third)
    ]
    await watched.entered(1)
    assert watched.batches == [[first, third]]
    watched.gate.set()
    done = await asyncio.gather(*asking)
    assert isinstance(done[0], Posted)
    assert done[1] == CauseReused()
    # where the first was refused, the other is done itself
    big, small = order(ann, bob, 50, "test/three"), order(ann, bob, 1, "test/three")
    refused, paid = await asyncio.gather(
        *(outcome(watched.teller.ask(each)) for each in (big, small))
    )
    assert isinstance(refused, NotEnough)
    assert isinstance(paid, Posted)


async def test_one_that_breaks_its_batch_fails_alone(database: Database, watched: Watched) -> None:
    ann, bob = await opened(database, first=10), await opened(database)
    good = [order(ann, bob) for _ in range(3)]
    bad = order(ann, bob, actor="bad")
    done = await asyncio.gather(
        *(watched.teller.ask(each) for each in (*good, bad, order(ann, bob))),
        return_exceptions=True,
    )
    assert [isinstance(each, Posted) for each in done] == [True, True, True, False, True]
    assert isinstance(done[3], RuntimeError)
    assert [len(each) for each in watched.batches] == [5, 1, 1, 1, 1, 1]
    assert await balance(database, bob) == 4


async def test_an_asker_who_goes_away_neither_loses_nor_doubles_it(
    database: Database, watched: Watched
) -> None:
    ann, bob = await opened(database, first=10), await opened(database)
    same = order(ann, bob, 4)
    watched.gate.clear()
    gone = asyncio.create_task(watched.teller.ask(same))
    stays = asyncio.create_task(watched.teller.ask(same))
    await watched.entered(1)
    queued = asyncio.create_task(watched.teller.ask(order(ann, bob, 1, "test/queued")))
    await asyncio.sleep(0)
    gone.cancel()
    queued.cancel()  # in no batch yet, or waiting for the row: it is done as well
    await asyncio.gather(gone, queued, return_exceptions=True)
    assert gone.cancelled()
    assert queued.cancelled()
    watched.gate.set()
    first = await stays
    again = await watched.teller.ask(same)
    assert (again.id, again.replayed) == (first.id, True)
    assert (await watched.teller.ask(order(ann, bob, 1, "test/queued"))).replayed
    assert await balance(database, bob) == 5


async def test_a_teller_that_stops_finishes_what_it_took_and_takes_no_more(
    database: Database, watched: Watched
) -> None:
    ann, bob = await opened(database, first=500), await opened(database)
    watched.gate.clear()
    asking = [asyncio.create_task(watched.teller.ask(order(ann, bob))) for _ in range(200)]
    await watched.entered(1)
    stopping = asyncio.create_task(watched.teller.stop())
    await asyncio.sleep(0)
    with pytest.raises(TryAgain):
        async with asyncio.timeout(30):
            await watched.teller.ask(order(ann, bob))
    assert not stopping.done()
    watched.gate.set()
    await stopping
    assert all(each.done() for each in asking)
    assert len(await asyncio.gather(*asking)) == await balance(database, bob) == 200
    assert watched.teller.entered == {}


async def test_no_more_wait_than_the_limit_says(database: Database, watched: Watched) -> None:
    ann, bob = await opened(database, first=5000), await opened(database)
    asked = [order(ann, bob) for _ in range(MOST_WAITING.value + 1)]
    done = await asyncio.gather(*(outcome(watched.teller.ask(each)) for each in asked))
    assert [isinstance(each, TryAgain) for each in done] == [False] * MOST_WAITING.value + [True]
    assert await balance(database, bob) == MOST_WAITING.value
