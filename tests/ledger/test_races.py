"""Many at once: nothing is lost, doubled or invented, nobody deadlocks, and a refusal stays one."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from commonweal.ledger.actions import close_account, post, post_many
from commonweal.ledger.rules import (
    AccountClosed,
    CauseReused,
    NotEnough,
    Order,
    Posted,
    account_id,
)
from commonweal.ledger.statements import locked
from commonweal.store.database import Database
from commonweal.store.transaction import begun, in_transaction
from tests.conftest import TODAY, Advance

from .accounts import balance, opened, order, outcome, posted, transfers
from .acting import has, hold, losses, sound, taken_back

WORKERS = 20


async def by_workers(times: int, work: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """So many pieces of work, done by twenty at once."""
    free = asyncio.Semaphore(WORKERS)

    async def one(n: int) -> Any:
        async with free:
            return await outcome(work(n))

    return await asyncio.gather(*(one(n) for n in range(times)))


async def test_opposed_transfers_of_twenty_workers_never_deadlock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await opened(database, first=500), await opened(database, first=500)
    pairs = [(ann, bob), (bob, ann)]
    with losses(monkeypatch) as lost:
        done = await by_workers(300, lambda n: posted(database, order(*pairs[n % 2], 3)))
    assert lost == []
    assert all(isinstance(each, Posted) for each in done)
    assert [await balance(database, each) for each in (ann, bob)] == [500, 500]
    await sound(database)


async def test_opposed_batches_of_several_accounts_never_deadlock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = [await opened(database, first=100) for _ in range(5)]
    shop = await opened(database, hot=True)
    chance = random.Random(5)

    def batch() -> list[Order]:
        pairs = (chance.sample([*everybody, shop], 2) for _ in range(4))
        return [order(payer, payee, chance.randint(1, 9)) for payer, payee in pairs]

    batches = [batch() for _ in range(80)]
    with losses(monkeypatch) as lost:
        await by_workers(
            80, lambda n: in_transaction(database, partial(post_many, orders=batches[n]))
        )
    assert lost == []
    there = [await balance(database, each) for each in (*everybody, shop)]
    assert sum(there) == 500
    assert min(there) >= 0
    await sound(database)


async def test_who_lapses_waits_for_the_pot_with_nothing_in_hand(
    database: Database, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the pot, which pays the same account meanwhile, would wait for it in turn."""
    pot, issuer = await opened(database, first=50), await opened(database, first=50)
    ann = await opened(database, lapses_to=pot)
    for expires in (TODAY + timedelta(days=1), None):
        await posted(database, order(issuer, ann, 10, expires_at=expires))
    await advance(timedelta(days=1))
    begin = asyncio.Event()

    async def lapsing() -> Posted:
        await begin.wait()
        return await posted(database, order(ann, issuer, 3))

    paying = asyncio.create_task(lapsing())
    with losses(monkeypatch) as lost:
        async with begun(database) as first:
            await locked(first, [pot], ())
            begin.set()
            await asyncio.sleep(0.3)  # it has come as far as it can
            await post(first, order(pot, ann, 2))
        assert (await paying).debit_after == 9
    assert lost == []
    assert await balance(database, pot) == 58
    await sound(database)


async def test_of_sixty_four_duplicates_one_is_applied_and_the_others_say_so(
    database: Database,
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    done = await asyncio.gather(
        *(outcome(posted(database, order(ann, bob, 30, "tkt_1/capture"))) for _ in range(64))
    )
    assert sum(each.replayed for each in done if isinstance(each, Posted)) == 63
    assert (await balance(database, ann), await transfers(database)) == (70, 2)
    await sound(database)


async def test_of_thirty_two_refused_duplicates_none_is_ever_applied(database: Database) -> None:
    ann, bob = await opened(database, first=10), await opened(database)
    asked = order(ann, bob, 30, "tkt_1/capture")
    done = await asyncio.gather(*(outcome(posted(database, asked)) for _ in range(32)))
    assert done == [NotEnough(account_id(ann), 10, 30)] * 32
    funder = await opened(database, first=20)
    await posted(database, order(funder, ann, 20))
    assert not (await posted(database, asked)).replayed  # a refusal leaves a way to pay
    await sound(database)


async def test_one_cause_from_several_accounts_is_one_transfer(database: Database) -> None:
    """They wait for no row of each other's, and meet at the cause."""
    bob = await opened(database)
    payers = [await opened(database, first=100) for _ in range(8)]
    done = await asyncio.gather(
        *(outcome(posted(database, order(each, bob, 30, "once"))) for each in payers)
    )
    assert sum(isinstance(each, Posted) for each in done) == 1
    assert sum(each == CauseReused() for each in done) == 7
    assert await balance(database, bob) == 30
    await sound(database)


async def test_a_drain_stops_at_the_floor(database: Database) -> None:
    ann, bob = await opened(database, first=100, floor=-50), await opened(database)
    done = await by_workers(20, lambda _: posted(database, order(ann, bob, 15)))
    assert sum(isinstance(each, Posted) for each in done) == 10
    assert sum(isinstance(each, NotEnough) for each in done) == 10
    assert (await balance(database, ann), await balance(database, bob)) == (-50, 150)
    await sound(database)


async def test_a_flood_stops_at_the_ceiling(database: Database) -> None:
    ann, bob = await opened(database, first=1000), await opened(database, ceiling=150)
    done = await by_workers(20, lambda _: posted(database, order(ann, bob, 15)))
    assert sum(isinstance(each, Posted) for each in done) == 10
    assert await balance(database, bob) == 150
    await sound(database)


async def test_an_account_that_closes_takes_and_gives_nothing_afterwards(
    database: Database,
) -> None:
    ann = await opened(database, first=1000)
    for n in range(8):
        bob = await opened(database)
        await posted(database, order(ann, bob, 1, f"visit/{n}"))
        await posted(database, order(bob, ann, 1))
        closing = in_transaction(database, partial(close_account, account=bob))
        closed, *_ = await asyncio.gather(
            outcome(closing),
            outcome(posted(database, order(ann, bob, 1))),
            outcome(taken_back(database, f"visit/{n}", may_owe=True)),
            outcome(hold(database, bob, 1)),
        )
        if closed is None:
            there = await has(database, bob)
            assert (there.posted, there.held, there.owed) == (0, 0, 0)
            late = await outcome(posted(database, order(ann, bob, 1)))
            assert late == AccountClosed(account_id(bob))
    await sound(database)


async def test_clocks_that_step_leave_versions_and_balances_in_order(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    done = []
    for hours in (1, -3, 2, -50, 100):
        await advance(timedelta(hours=hours))
        done.append(await posted(database, order(ann, bob, 2)))
    assert [each.debit_version for each in done] == [2, 3, 4, 5, 6]
    assert [each.credit_after for each in done] == [2, 4, 6, 8, 10]
    assert [each.created_at for each in done] != sorted(each.created_at for each in done)
    await sound(database)
