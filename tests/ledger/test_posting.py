"""One transfer: what it does, what it refuses, and that a cause happens once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.ledger.actions import close_account, post_all, post_many, set_bounds
from commonweal.ledger.rules import (
    CAUSE_CHARACTERS,
    AccountClosed,
    BoundsCrossed,
    CauseLength,
    CauseNotPlain,
    CauseReserved,
    CauseReused,
    ExpiredAlready,
    NotATransferAmount,
    NotEnough,
    Order,
    SameAccount,
    TooMuch,
    UnitsDiffer,
    UnknownAccount,
    account_id,
)
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY
from tests.ledger.accounts import EVENT, UNIT, balance, opened, order, outcome, posted, transfers


async def test_a_transfer_has_both_balances_and_both_versions_on_it(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    done = await posted(database, order(ann, bob, 30))
    assert (done.debit_after, done.debit_version) == (70, 2)
    assert (done.credit_after, done.credit_version) == (30, 1)
    assert not done.replayed
    assert (await balance(database, ann), await balance(database, bob)) == (70, 30)


@pytest.mark.parametrize(
    "amount", [0, -1, 1.5, 2.0, Decimal(1), True, "1", None, MOST_AMOUNT + 1], ids=repr
)
def test_an_amount_is_a_whole_number_from_1_to_2_to_the_53rd(amount: Any) -> None:
    with pytest.raises(NotATransferAmount):
        order(1, 2, amount)
    assert order(1, 2, MOST_AMOUNT).amount == MOST_AMOUNT


@pytest.mark.parametrize("characters", [0, CAUSE_CHARACTERS.value + 1, 10_000])
def test_a_cause_is_as_long_as_is_said(characters: int) -> None:
    with pytest.raises(CauseLength):
        Order(1, 2, UNIT, 1, "x" * characters, "per_tester", EVENT)


@pytest.mark.parametrize("word", ["reversal", "lapse", "fold"])
def test_a_cause_is_none_that_the_ledger_would_make_itself(word: str) -> None:
    with pytest.raises(CauseReserved):
        order(1, 2, cause=f"visit/{word}/1")


@pytest.mark.parametrize("cause", ["a\0b", "a\ud800", "café", "two\nlines"], ids=ascii)
def test_a_cause_is_the_same_text_wherever_it_is_kept(cause: str) -> None:
    with pytest.raises(CauseNotPlain):
        order(1, 2, cause=cause)


@pytest.mark.parametrize(
    "wrong",
    [
        {"actor": ""},
        {"actor": "x" * 65},
        {"actor": "a\0"},
        {"unit": "x" * 65},
        {"unit": "min\ud800"},
        {"event_at": EVENT.replace(tzinfo=None)},
        {"expires_at": EVENT.replace(tzinfo=None)},
    ],
    ids=str,
)
def test_what_only_a_defect_would_ask_is_no_order(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is an id, or a word|without a zone"):
        order(1, 2, **wrong)


@pytest.mark.parametrize("own", [{"hold": 7}, {"reverses": 7}, {"reversal": 1}, {"own": True}])
async def test_nobody_settles_or_reverses_by_an_order(
    database: Database, own: dict[str, Any]
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    for post_them in (post_all, post_many):
        asked = partial(post_them, orders=[order(ann, bob, **own)])
        with pytest.raises(ValueError, match="actions of their own"):
            await in_transaction(database, asked)
    with pytest.raises(ValueError, match="actions of their own"):
        await posted(database, order(ann, bob, **own))


async def test_nothing_is_given_that_would_have_expired(database: Database) -> None:
    """Else who is given it in a batch could spend there what has expired."""
    pot, bob = await opened(database), await opened(database)
    ann, issuer = await opened(database, lapses_to=pot), await opened(database, first=100)
    for at in (TODAY, TODAY - timedelta(days=1)):
        batch = [order(issuer, ann, 10, expires_at=at), order(ann, bob, 10)]
        given, spent = await in_transaction(database, partial(post_many, orders=batch))
        assert given == ExpiredAlready(at)
        assert spent == NotEnough(account_id(ann), 0, 10)
    late = order(issuer, ann, 10, expires_at=TODAY + timedelta(microseconds=1))
    assert (await posted(database, late)).amount == 10


@pytest.mark.parametrize("bounds", [(0, 9.5), (False, 9), (0, "9"), (None, 9)], ids=str)
async def test_a_bound_is_a_whole_number(database: Database, bounds: tuple[Any, Any]) -> None:
    ann = await opened(database)
    floor, ceiling = bounds
    bound = partial(set_bounds, account=ann, floor=floor, ceiling=ceiling)
    assert await outcome(in_transaction(database, bound)) == BoundsCrossed()


async def test_no_bounds_look_like_a_closed_account_s(database: Database) -> None:
    ann = await opened(database)
    bound = partial(set_bounds, account=ann, floor=0, ceiling=0)
    assert await outcome(in_transaction(database, bound)) == BoundsCrossed()
    assert await outcome(opened(database, floor=0, ceiling=0)) == BoundsCrossed()
    await in_transaction(database, partial(close_account, account=ann))


async def test_what_cannot_be_is_refused_and_leaves_nothing(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database, ceiling=50)
    pence = await opened(database, unit="pence")
    gone = await opened(database)
    await in_transaction(database, partial(close_account, account=gone))
    before = await transfers(database)
    refused = {
        order(ann, ann): SameAccount(account_id(ann)),
        order(ann, 12345): UnknownAccount(account_id(12345)),
        order(12345, ann): UnknownAccount(account_id(12345)),
        order(ann, pence): UnitsDiffer(account_id(pence)),
        order(pence, ann): UnitsDiffer(account_id(pence)),
        order(ann, gone): AccountClosed(account_id(gone)),
        order(gone, ann): AccountClosed(account_id(gone)),
        order(ann, bob, 101): NotEnough(account_id(ann), 100, 101),
        order(ann, bob, 51): TooMuch(account_id(bob), 50, 51),
        order(ann, bob, MOST_AMOUNT): NotEnough(account_id(ann), 100, MOST_AMOUNT),
    }
    for asked, refusal in refused.items():
        assert await outcome(posted(database, asked)) == refusal
        many = await in_transaction(database, partial(post_many, orders=[asked]))
        assert many == [refusal]
    assert await transfers(database) == before
    assert (await balance(database, ann), await balance(database, bob)) == (100, 0)


async def test_a_cause_happens_once_and_says_so(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    first = await posted(database, order(ann, bob, 30, "clm_1/mint"))
    again = await posted(database, order(ann, bob, 30, "clm_1/mint"))
    assert (again.id, again.replayed) == (first.id, True)
    for other in (order(ann, bob, 31, "clm_1/mint"), order(bob, ann, 30, "clm_1/mint")):
        assert await outcome(posted(database, other)) == CauseReused()
    assert await balance(database, bob) == 30


async def test_no_cause_is_taken_for_what_an_engine_says(database: Database) -> None:
    """An engine's error quotes values, and anybody may have written those."""
    ann, bob = await opened(database, first=100), await opened(database)
    for cause in ("the day is sealed", "hold_cause"):
        asked = [posted(database, order(ann, bob, amount, cause)) for amount in (1, 2)]
        done = await asyncio.gather(*(outcome(each) for each in asked))
        assert sorted(type(each).__name__ for each in done) == ["CauseReused", "Posted"]


async def test_of_sixty_four_at_once_with_one_cause_one_is_applied(database: Database) -> None:
    ann, bob = await opened(database, first=1000), await opened(database)
    done = await asyncio.gather(
        *(posted(database, order(ann, bob, 10, "tkt_1/capture")) for _ in range(64))
    )
    assert sum(not each.replayed for each in done) == 1
    assert len({each.id for each in done}) == 1
    assert await balance(database, bob) == 10


async def test_a_batch_is_as_if_each_came_alone(database: Database) -> None:
    ann, bob, eve = await opened(database, first=10), await opened(database), await opened(database)
    orders = [
        order(ann, bob, 11),  # refused, and spoils nothing after it
        order(ann, bob, 6, "a"),
        order(bob, eve, 6),  # what came a moment ago
        order(ann, bob, 6, "a"),  # once
        order(ann, bob, 5),
        order(ann, bob, 4),
        order(ann, bob, 7, "a"),
    ]
    done = await in_transaction(database, partial(post_many, orders=orders))
    kinds = [getattr(each, "replayed", each) for each in done]
    account = account_id(ann)
    assert kinds == [
        NotEnough(account, 10, 11), False, False, True, NotEnough(account, 4, 5), False,
        CauseReused(),
    ]  # fmt: skip
    left = [await balance(database, each) for each in (ann, bob, eve)]
    assert left == [0, 4, 6]


async def test_a_journal_is_posted_whole_or_not_at_all(database: Database) -> None:
    ann, bob, eve = await opened(database, first=10), await opened(database), await opened(database)
    whole = [order(ann, bob, 4), order(ann, eve, 6)]
    done = await in_transaction(database, partial(post_all, orders=whole))
    assert len({each.journal for each in done}) == 1
    partly = [order(bob, eve, 4), order(ann, eve, 1)]
    refusal = await outcome(in_transaction(database, partial(post_all, orders=partly)))
    assert refusal == NotEnough(account_id(ann), 0, 1)
    assert [await balance(database, each) for each in (ann, bob, eve)] == [0, 4, 6]
