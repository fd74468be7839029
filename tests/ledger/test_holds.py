"""Holds: each ends once, keeps what it keeps from everybody else, and is never more than it was."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from commonweal.kernel.lifecycle import WrongState
from commonweal.ledger.actions import NO_CEILING, close_account, post_many, set_bounds
from commonweal.ledger.actions_holds import place_hold, settle_hold, void_hold
from commonweal.ledger.rules import (
    AccountClosed,
    CauseReused,
    HoldOver,
    NotEmpty,
    NotEnough,
    Posted,
    SettlesTooMuch,
    UnitsDiffer,
    UnknownHold,
    account_id,
)
from commonweal.ledger.tables import Hold
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance

from .accounts import balance, opened, order, outcome, posted, transfers
from .acting import Has, has, hold, settle, sound, swept, void


async def closing(database: Database, account: int) -> None:
    await in_transaction(database, partial(close_account, account=account))


async def state(of: Hold) -> str:
    return (await Hold.get(id=of.id)).state


async def test_what_is_held_is_not_spent_by_anybody_else(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await hold(database, ann, 60)
    assert await outcome(posted(database, order(ann, bob, 41))) == NotEnough(
        account_id(ann), 40, 41
    )
    assert await outcome(hold(database, ann, 41)) == NotEnough(account_id(ann), 40, 41)
    await posted(database, order(ann, bob, 40))
    assert await has(database, ann) == Has(60, 60, 0, 2)
    await sound(database)


async def test_settling_posts_a_part_and_lets_the_rest_go(database: Database) -> None:
    ann, bob, eve = (
        await opened(database, first=100),
        await opened(database),
        await opened(database),
    )
    kept = await hold(database, ann, 60)
    done = await settle(database, kept, order(ann, bob, 30), order(ann, eve, 10))
    assert [each.hold for each in done] == [kept.id, kept.id]
    assert len({each.journal for each in done}) == 1
    assert await has(database, ann) == Has(60, 0, 0, 3)
    assert await state(kept) == "settled"
    await sound(database)


async def test_no_more_is_settled_than_was_held(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    kept = await hold(database, ann, 60)
    asked = (order(ann, bob, 60), order(ann, bob, 1))
    assert await outcome(settle(database, kept, *asked)) == SettlesTooMuch(60, 61)
    assert await has(database, ann) == Has(100, 60, 0, 1)
    with pytest.raises(ValueError, match="its own account"):
        await settle(database, kept, order(bob, ann, 1))


async def test_a_settlement_that_is_refused_leaves_the_hold(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database, unit="pence")
    kept = await hold(database, ann, 60)
    refusal = await outcome(settle(database, kept, order(ann, bob, 60)))
    assert refusal == UnitsDiffer(account_id(bob))
    assert (await state(kept), (await has(database, ann)).held) == ("held", 60)


async def test_a_hold_ends_once(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    settled, voided = await hold(database, ann, 10), await hold(database, ann, 20)
    await settle(database, settled, order(ann, bob, 5))
    await void(database, voided)
    for ended in (settled, voided):
        assert isinstance(await outcome(void(database, ended)), WrongState)
        assert isinstance(await outcome(settle(database, ended, order(ann, bob))), WrongState)
    assert await has(database, ann) == Has(95, 0, 0, 2)
    await sound(database)


async def test_a_hold_and_its_settlement_are_replayed(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    kept = await hold(database, ann, 60, cause="tkt_1/hold")
    assert (await hold(database, ann, 60, cause="tkt_1/hold")).id == kept.id
    for account, amount in ((ann, 59), (bob, 60)):
        assert await outcome(hold(database, account, amount, cause="tkt_1/hold")) in (
            CauseReused(), NotEnough(account_id(bob), 0, 60),
        )  # fmt: skip
    [first] = await settle(database, kept, order(ann, bob, 50, "tkt_1/capture"))
    [again] = await settle(database, kept, order(ann, bob, 50, "tkt_1/capture"))
    assert (first.id, first.replayed, again.id, again.replayed) == (first.id, False, first.id, True)
    for asked in (
        [order(ann, bob, 49, "tkt_1/capture")],
        [order(ann, bob, 50, "tkt_1/capture"), order(ann, bob, 1, "tkt_1/more")],
    ):
        assert await outcome(settle(database, kept, *asked)) == CauseReused()
    assert (await hold(database, ann, 60, cause="tkt_1/hold")).state == "settled"
    assert await has(database, ann) == Has(50, 0, 0, 2)
    await sound(database)


async def test_what_another_posted_is_no_settlement(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    kept = await hold(database, ann, 60)
    await posted(database, order(ann, bob, 10, "visit"))
    assert await outcome(settle(database, kept, order(ann, bob, 10, "visit"))) == CauseReused()
    assert await state(kept) == "held"


async def test_a_hold_that_is_over_can_refuse_but_never_allow(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    kept = await hold(database, ann, 60)
    over = kept.expires_at
    await advance(timedelta(minutes=10) - timedelta(microseconds=1))
    assert await outcome(posted(database, order(ann, bob, 41))) == NotEnough(
        account_id(ann), 40, 41
    )
    await advance(timedelta(microseconds=1))
    assert await outcome(settle(database, kept, order(ann, bob, 1))) == HoldOver(over)
    await posted(database, order(ann, bob, 40))  # for which it need not go
    assert await has(database, ann) == Has(60, 60, 0, 2)
    await posted(database, order(ann, bob, 41))
    assert await has(database, ann) == Has(19, 0, 0, 3)
    assert await outcome(settle(database, kept, order(ann, bob, 1))) == HoldOver(over)
    assert await swept(database) == 0
    await sound(database)


async def test_the_job_ends_what_is_over_and_nothing_else(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database, first=100)
    short = [await hold(database, each, 10, minutes=1) for each in (ann, ann, bob)]
    long = await hold(database, ann, 5, minutes=2)
    await advance(timedelta(minutes=1))
    assert (await swept(database), await swept(database)) == (3, 0)
    assert [await state(each) for each in (*short, long)] == ["expired"] * 3 + ["held"]
    assert (await has(database, ann)).held == 5
    await sound(database)


async def test_a_replayed_hold_lets_go_what_is_over_with_the_balance(
    database: Database, advance: Advance
) -> None:
    ann = await opened(database, first=100)
    over = await hold(database, ann, 60, minutes=1)
    await hold(database, ann, 40, minutes=9, cause="again")
    await advance(timedelta(minutes=1))
    await hold(database, ann, 40, cause="again")
    assert await state(over) == "expired"
    assert (await has(database, ann)).held == 40
    await sound(database)


async def test_one_cause_is_held_for_one_account_whoever_is_first(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database, first=100)
    done = await asyncio.gather(
        *(outcome(hold(database, each, 10, cause="once")) for each in [ann, bob] * 8)
    )
    holds = [each for each in done if isinstance(each, Hold)]
    assert len({each.id for each in holds}) == 1
    assert len(holds) == 8
    assert [each for each in done if not isinstance(each, Hold)] == [CauseReused()] * 8
    await sound(database)


async def test_of_settling_voiding_and_expiring_at_once_one_ends_it(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=1000), await opened(database)
    for n in range(12):
        kept = await hold(database, ann, 60)
        if n % 2:  # over in the same moment
            await advance(timedelta(minutes=10))
        asked = order(ann, bob, 10)
        await asyncio.gather(
            outcome(settle(database, kept, asked)),
            outcome(void(database, kept)),
            outcome(swept(database)),
            outcome(posted(database, order(ann, bob, 1))),
            outcome(settle(database, kept, asked)),
        )
        ended = await state(kept)
        assert ended in {"settled", "voided"} if n % 2 == 0 else {"voided", "expired"}
        assert (await has(database, ann)).held == 0
    await sound(database)


async def test_debits_and_holds_race_for_what_there_is(database: Database) -> None:
    """Twenty at once, where ten fit: exactly ten get it, in whatever way."""
    ann, bob = await opened(database, first=100), await opened(database)
    asked = [
        posted(database, order(ann, bob, 10)) if n % 2 else hold(database, ann, 10)
        for n in range(20)
    ]
    done = await asyncio.gather(*(outcome(each) for each in asked))
    kinds = Counter(type(each) for each in done)
    assert kinds[NotEnough] == 10
    there = await has(database, ann)
    assert there.held == 10 * kinds[Hold]
    assert (there.posted, await balance(database, bob)) == (there.held, 10 * kinds[Posted])
    await sound(database)


async def test_a_batch_lets_go_what_is_over_only_where_it_is_needed(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database, first=100)
    kept = [await hold(database, each, 60) for each in (ann, bob)]
    await advance(timedelta(minutes=10))
    before = await transfers(database)
    orders = [order(ann, bob, 50), order(bob, ann, 10), order(ann, bob, 50)]
    done = await in_transaction(database, partial(post_many, orders=orders))
    assert [type(each) for each in done] == [Posted, Posted, Posted]
    assert await transfers(database) == before + 3
    assert [await state(each) for each in kept] == ["expired", "held"]
    await sound(database)


async def test_a_hold_is_replayed_though_its_account_was_closed_since(database: Database) -> None:
    ann, bob = await opened(database, first=30), await opened(database)
    kept = await hold(database, ann, 30, cause="booking")
    await settle(database, kept, order(ann, bob, 30))
    await closing(database, ann)
    again = await hold(database, ann, 30, cause="booking")
    assert (again.id, again.state) == (kept.id, "settled")
    assert await outcome(hold(database, ann, 30)) == AccountClosed(account_id(ann))


async def test_a_hold_that_is_over_keeps_no_account_from_its_new_bounds_or_its_end(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=30), await opened(database, floor=-10)
    await hold(database, ann, 30, minutes=5)
    await advance(timedelta(minutes=5))
    bound = partial(set_bounds, account=ann, floor=20, ceiling=NO_CEILING)
    assert await outcome(in_transaction(database, bound)) is None
    assert await has(database, ann) == Has(30, 0, 0, 1)
    await hold(database, bob, 10, minutes=5)
    assert await outcome(closing(database, bob)) == NotEmpty(account_id(bob))
    await advance(timedelta(minutes=5))
    await closing(database, bob)
    await sound(database)


async def test_a_hold_that_is_not_there_and_one_settled_by_nothing(database: Database) -> None:
    ann = await opened(database, first=30)
    kept = await hold(database, ann, 30, cause="booking")
    for ending in (partial(settle_hold, orders=[order(ann, 1)]), void_hold):
        assert await outcome(in_transaction(database, partial(ending, hold_id=7))) == UnknownHold()
    with pytest.raises(ValueError, match="settled by nothing"):
        await settle(database, kept)
    assert (
        await outcome(in_transaction(database, partial(hold_again, account=ann))) == CauseReused()
    )


async def hold_again(tx: Transaction, account: int) -> Hold:
    return await place_hold(
        tx, account=account, unit="pence", amount=30, cause="booking", actor="per_tester",
        expires_at=tx.now,
    )  # fmt: skip
