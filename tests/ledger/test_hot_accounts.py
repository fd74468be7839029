"""Accounts that everybody pays: payers do not wait for each other, and who debits one folds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest

from commonweal.ledger.actions import close_account, post, post_many, set_bounds
from commonweal.ledger.rules import (
    SHARDS,
    AccountClosed,
    BoundsCrossed,
    NotEmpty,
    NotEnough,
    Posted,
    account_id,
)
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, begun, in_transaction

from .accounts import balance, opened, order, outcome, posted
from .acting import losses, sound, taken_back

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@asynccontextmanager
async def of_another_shard(database: Database, *others: Transaction) -> AsyncIterator[Transaction]:
    """A transaction on a connection whose shard is none of the others'."""
    taken = {await shard_of(each) for each in others}
    async with AsyncExitStack() as passed_over:
        while True:
            tx = await passed_over.enter_async_context(begun(database))
            if await shard_of(tx) not in taken:
                yield tx
                return
            database.connections.set("default", database.client)


async def shard_of(tx: Transaction) -> int:
    [row] = await tx.fetch("SELECT pg_backend_pid() % $1::int", [SHARDS])
    return int(row[0])


async def spread(database: Database, shop: int, payers: list[int], amount: int) -> None:
    """Each pays the shop on a connection of its own, so that several shards have something."""
    await asyncio.gather(*(posted(database, order(each, shop, amount)) for each in payers))


async def folds(database: Database, shop: int) -> int:
    like = f"{account_id(shop)}/fold/%"
    mark = "?" if database.engine == "sqlite" else "$1"
    [row] = await database.fetch(
        f"SELECT count(*) FROM transfer WHERE cause LIKE {mark} AND debit = credit", [like]
    )
    return int(row[0])


async def test_five_hundred_payments_at_once_are_exact_with_no_deadlock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await opened(database, hot=True)
    payers = [await opened(database, first=100) for _ in range(10)]
    workers = asyncio.Semaphore(20)

    async def pay(n: int) -> Posted:
        async with workers:
            return await posted(database, order(payers[n % 10], shop, 2))

    with losses(monkeypatch) as lost:
        await asyncio.gather(*(pay(n) for n in range(500)))
    assert lost == []
    assert await balance(database, shop) == 1000
    assert [await balance(database, each) for each in payers] == [0] * 10
    await sound(database)


@on_postgresql
async def test_a_payer_who_has_not_committed_holds_up_no_other(database: Database) -> None:
    shop = await opened(database, hot=True)
    ann, bob = await opened(database, first=10), await opened(database, first=10)
    async with begun(database) as first:
        paid = await post(first, order(ann, shop, 4))

        async def another() -> Posted:
            async with of_another_shard(database, first) as second:
                return await post(second, order(bob, shop, 3))

        database.connections.set("default", database.client)
        other = await asyncio.wait_for(asyncio.create_task(another()), 5)
        assert other.credit_shard != paid.credit_shard
        assert await balance(database, shop) == 3  # the first has not committed
    assert await balance(database, shop) == 7
    await sound(database)


async def test_a_refund_folds_what_it_needs_into_the_first_shard(database: Database) -> None:
    shop = await opened(database, hot=True)
    payers = [await opened(database, first=100) for _ in range(16)]
    await spread(database, shop, payers, 5)
    await posted(database, order(payers[0], shop, 50, "visit"))
    before = await folds(database, shop)
    [back] = await taken_back(database, "visit")
    first = 1 if database.engine == "postgresql" else 0
    assert (back.debit, back.debit_shard, back.amount) == (shop, first, 50)
    if database.engine == "postgresql":
        assert await folds(database, shop) > before == 0
    assert await balance(database, shop) == 80
    await sound(database)


async def test_a_settlement_takes_all_shards_and_no_more_than_there_is(database: Database) -> None:
    shop, pot = await opened(database, hot=True), await opened(database)
    payers = [await opened(database, first=100) for _ in range(16)]
    await spread(database, shop, payers, 5)
    refusal = await outcome(posted(database, order(shop, pot, 81)))
    assert refusal == NotEnough(account_id(shop), 80, 81)
    assert await folds(database, shop) == 0
    done = await posted(database, order(shop, pot, 80))
    assert done.debit_after == 0
    assert (await balance(database, shop), await balance(database, pot)) == (0, 80)
    await sound(database)


async def test_a_statement_in_the_order_of_time_is_whole_without_its_folds(
    database: Database,
) -> None:
    shop, pot = await opened(database, hot=True), await opened(database)
    payers = [await opened(database, first=100) for _ in range(8)]
    await spread(database, shop, payers, 5)
    await posted(database, order(shop, pot, 33))
    mark = "?" if database.engine == "sqlite" else "$1"
    rows = await database.fetch(
        "SELECT created_at, transfer, amount, counterpart FROM movement"
        f" WHERE account = {mark} AND counterpart <> account ORDER BY created_at, transfer",
        [shop],
    )
    assert [row[2] for row in rows] == [5] * 8 + [-33]
    assert sum(row[2] for row in rows) == await balance(database, shop)


async def test_payments_refunds_and_settlements_at_once_never_deadlock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, pot = await opened(database, hot=True), await opened(database)
    payers = [await opened(database, first=100) for _ in range(10)]
    for n, each in enumerate(payers):
        await posted(database, order(each, shop, 20, f"visit/{n}"))
    workers = asyncio.Semaphore(20)

    async def work(n: int) -> object:
        async with workers:
            if n % 3 == 0:
                return await posted(database, order(payers[n % 10], shop, 2))
            if n % 3 == 1:
                return await posted(database, order(shop, pot, 1))
            return await outcome(taken_back(database, f"visit/{n % 10}", amount=3))

    with losses(monkeypatch) as lost:
        await asyncio.gather(*(work(n) for n in range(120)))
    assert lost == []
    assert await balance(database, pot) == 40
    assert await balance(database, shop) == 200 + 2 * 40 - 40 - 3 * 40
    await sound(database)


async def test_a_shop_that_owes_pays_nobody_though_a_shard_has_something(
    database: Database,
) -> None:
    shop, pot = await opened(database, hot=True), await opened(database)
    ann = await opened(database, first=100)
    await posted(database, order(ann, shop, 60, "visit"))
    await posted(database, order(shop, pot, 60))
    await taken_back(database, "visit", may_owe=True)
    for _ in range(3):
        await spread(database, shop, [ann], 10)
    assert await balance(database, shop) == -30
    done = await asyncio.gather(*(outcome(posted(database, order(shop, pot))) for _ in range(16)))
    assert done == [NotEnough(account_id(shop), 0, 1)] * 16
    await posted(database, order(ann, shop, 35))
    await posted(database, order(shop, pot, 5))
    assert await balance(database, shop) == 0
    await sound(database)


async def test_a_batch_pays_a_hot_account_and_from_it(database: Database) -> None:
    shop, ann = await opened(database, hot=True), await opened(database, first=50)
    bob = await opened(database)
    orders = [order(ann, shop, 30), order(shop, bob, 20), order(shop, bob, 11), order(ann, shop, 5)]
    done = await in_transaction(database, partial(post_many, orders=orders))
    assert [type(each) for each in done] == [Posted, Posted, NotEnough, Posted]
    assert (await balance(database, shop), await balance(database, bob)) == (15, 20)
    await sound(database)


async def test_a_hot_account_is_not_bounded_anew_and_closes_when_it_is_empty(
    database: Database,
) -> None:
    shop, ann = await opened(database, hot=True), await opened(database, first=50)
    await posted(database, order(ann, shop, 5))
    closing = partial(close_account, account=shop)
    assert await outcome(in_transaction(database, closing)) == NotEmpty(account_id(shop))
    if database.engine == "postgresql":
        bound = partial(set_bounds, account=shop, floor=-5, ceiling=10)
        assert await outcome(in_transaction(database, bound)) == BoundsCrossed()
    await posted(database, order(shop, ann, 5))
    await in_transaction(database, closing)
    assert await outcome(posted(database, order(ann, shop))) == AccountClosed(account_id(shop))
    await sound(database)


async def test_what_a_shard_has_pays_what_another_owes_before_it_closes(
    database: Database,
) -> None:
    shop, ann = await opened(database, hot=True), await opened(database, first=100)
    bob = await opened(database)
    await posted(database, order(ann, shop, 30, "visit"))
    await posted(database, order(shop, bob, 30))
    await taken_back(database, "visit", amount=30, may_owe=True)
    payers = [await opened(database, first=10) for _ in range(6)]
    await spread(database, shop, payers, 5)
    assert await balance(database, shop) == 0
    await in_transaction(database, partial(close_account, account=shop))
    refusal = await outcome(posted(database, order(ann, shop, 1)))
    assert refusal == AccountClosed(account_id(shop))
    await sound(database)
