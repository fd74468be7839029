"""Taking a transfer back: whole or in part, never more than is left of it, and once."""

import asyncio
from datetime import timedelta

import pytest

from commonweal.ledger.actions import set_bounds
from commonweal.ledger.rules import (
    CauseReused,
    MoreThanLeft,
    NotEnough,
    NothingToReverse,
    Posted,
    ReversalReversed,
    account_id,
)
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY, Advance

from .accounts import balance, opened, order, outcome, posted
from .acting import Has, has, hold, lapsed, sound, taken_back

DAY = timedelta(days=1)


async def paid(database: Database, amount: int = 60) -> tuple[int, int]:
    """Two accounts, of which one paid the other for the cause "visit"."""
    ann, bob = await opened(database, first=100), await opened(database)
    await posted(database, order(ann, bob, amount, "visit"))
    return ann, bob


async def test_the_whole_comes_back_once(database: Database) -> None:
    ann, bob = await paid(database)
    [back] = await taken_back(database, "visit")
    assert (back.cause, back.debit, back.credit, back.amount) == ("visit/reversal/1", bob, ann, 60)
    assert await outcome(taken_back(database, "visit")) == MoreThanLeft(0, 0)
    assert (await balance(database, ann), await balance(database, bob)) == (100, 0)
    await sound(database)


async def test_parts_come_back_until_nothing_is_left(database: Database) -> None:
    ann, bob = await paid(database)
    await taken_back(database, "visit", amount=25)
    assert await outcome(taken_back(database, "visit", amount=36)) == MoreThanLeft(35, 36)
    await taken_back(database, "visit", amount=20)
    [rest] = await taken_back(database, "visit")
    assert (rest.reversal, rest.amount) == (3, 15)
    assert await outcome(taken_back(database, "visit", amount=1)) == MoreThanLeft(0, 1)
    assert (await balance(database, ann), await balance(database, bob)) == (100, 0)
    await sound(database)


async def test_what_takes_back_is_not_taken_back(database: Database) -> None:
    await paid(database)
    await taken_back(database, "visit", amount=10)
    assert await outcome(taken_back(database, "visit/reversal/1")) == ReversalReversed()
    assert await outcome(taken_back(database, "another")) == NothingToReverse()


async def test_a_number_makes_it_happen_once(database: Database) -> None:
    _, bob = await paid(database)
    [first] = await taken_back(database, "visit", amount=10, number=1)
    [again] = await taken_back(database, "visit", amount=10, number=1)
    assert (again.id, again.replayed) == (first.id, True)
    assert await outcome(taken_back(database, "visit", amount=11, number=1)) == CauseReused()
    assert await outcome(taken_back(database, "visit", amount=10, number=3)) == CauseReused()
    await taken_back(database, "visit", amount=10, number=2)
    assert await balance(database, bob) == 40
    await sound(database)


async def test_of_twenty_at_once_only_what_is_left_comes_back(database: Database) -> None:
    ann, bob = await paid(database)
    done = await asyncio.gather(
        *(outcome(taken_back(database, "visit", amount=7)) for _ in range(20))
    )
    assert sum(isinstance(each, list) for each in done) == 8
    assert [each for each in done if not isinstance(each, list)] == [MoreThanLeft(4, 7)] * 12
    assert (await balance(database, ann), await balance(database, bob)) == (96, 4)
    await sound(database)


async def test_twenty_at_once_with_one_number_are_one(database: Database) -> None:
    _, bob = await paid(database)
    done = await asyncio.gather(
        *(taken_back(database, "visit", amount=7, number=1) for _ in range(20))
    )
    assert len({each.id for [each] in done}) == 1
    assert sum(not each.replayed for [each] in done) == 1
    assert await balance(database, bob) == 53
    await sound(database)


async def test_who_has_spent_it_refuses_or_owes(database: Database) -> None:
    ann, bob = await paid(database)
    eve = await opened(database)
    await posted(database, order(bob, eve, 50))
    refusal = await outcome(taken_back(database, "visit"))
    assert refusal == NotEnough(account_id(bob), 10, 60)
    await taken_back(database, "visit", may_owe=True)
    assert await has(database, bob) == Has(-50, 0, 50, 3)
    assert await balance(database, ann) == 100
    assert await outcome(posted(database, order(bob, ann, 1))) == NotEnough(account_id(bob), 0, 1)
    await sound(database)


async def test_what_comes_in_pays_first_what_is_owed(database: Database) -> None:
    ann, bob = await paid(database)
    await posted(database, order(bob, ann, 60))
    await taken_back(database, "visit", may_owe=True)
    await posted(database, order(ann, bob, 45))
    assert await has(database, bob) == Has(-15, 0, 15, 4)
    assert isinstance(await outcome(hold(database, bob, 1)), NotEnough)
    await posted(database, order(ann, bob, 20))
    assert await has(database, bob) == Has(5, 0, 0, 5)
    await posted(database, order(bob, ann, 5))
    await sound(database)


async def test_what_is_held_is_owed_too(database: Database) -> None:
    _, bob = await paid(database)
    kept = await hold(database, bob, 40)
    await taken_back(database, "visit", may_owe=True)
    assert await has(database, bob) == Has(0, 40, 40, 2)
    assert kept.state == "held"
    await sound(database)


async def test_a_lower_floor_leaves_less_owed(database: Database) -> None:
    ann, bob = await paid(database)
    await posted(database, order(bob, ann, 60))
    await taken_back(database, "visit", may_owe=True)
    await in_transaction(database, lambda tx: set_bounds(tx, bob, -45, 1000))
    assert await has(database, bob) == Has(-60, 0, 15, 3)
    await sound(database)


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(days=30)])
async def test_it_comes_back_with_the_expiries_that_it_had(
    database: Database, advance: Advance, grace: timedelta
) -> None:
    pot, bob = await opened(database), await opened(database)
    ann = await opened(database, lapses_to=pot)
    issuer = await opened(database, first=100)
    for days, amount in ((20, 30), (10, 20), (None, 50)):
        expires = None if days is None else TODAY + days * DAY
        await posted(database, order(issuer, ann, amount, expires_at=expires))
    await posted(database, order(ann, bob, 60, "visit"))
    await advance(15 * DAY)
    back = await taken_back(database, "visit", amount=55, grace=grace)
    now = TODAY + 15 * DAY
    assert [(each.expires_at, each.amount) for each in back] == [
        (None, 10), (TODAY + 20 * DAY, 30), (now + grace, 15),
    ]  # fmt: skip
    assert len({each.journal for each in back}) == 1
    [rest] = await taken_back(database, "visit", grace=grace)
    assert (rest.expires_at, rest.amount) == (now + grace, 5)
    assert await outcome(taken_back(database, "visit")) == MoreThanLeft(0, 0)
    assert await lapsed(database) == (0 if grace else 1)
    assert await balance(database, pot) == (0 if grace else 20)
    await sound(database)


async def test_a_reversal_of_several_transfers_is_replayed_whole(database: Database) -> None:
    pot, bob = await opened(database), await opened(database)
    ann, issuer = await opened(database, lapses_to=pot), await opened(database, first=100)
    for days in (1, 2, 3):
        await posted(database, order(issuer, ann, 10, expires_at=TODAY + days * DAY))
    await posted(database, order(ann, bob, 30, "visit"))
    first = await taken_back(database, "visit", number=1)
    again = await taken_back(database, "visit", number=1)
    assert [each.id for each in again] == [each.id for each in first]
    assert [each.reversal for each in first] == [1, 2, 3]
    assert await outcome(taken_back(database, "visit", number=2)) == MoreThanLeft(0, 0)
    await sound(database)


async def test_a_number_counts_reversals_and_not_the_transfers_that_they_are(
    database: Database,
) -> None:
    pot, bob = await opened(database), await opened(database)
    ann, issuer = await opened(database, lapses_to=pot), await opened(database, first=100)
    for days in (1, 2, 3):
        await posted(database, order(issuer, ann, 10, expires_at=TODAY + days * DAY))
    await posted(database, order(ann, bob, 30, "visit"))
    first = await taken_back(database, "visit", amount=15, number=1)
    second = await taken_back(database, "visit", amount=12, number=2)
    assert [each.reversal for each in first + second] == [1, 2, 3, 4]
    again = await taken_back(database, "visit", amount=12, number=2)
    assert [each.id for each in again] == [each.id for each in second]
    for wrong in (0, -1, 4):
        assert await outcome(taken_back(database, "visit", amount=1, number=wrong)) == CauseReused()
    [last] = await taken_back(database, "visit", number=3)
    assert (last.reversal, last.amount) == (5, 3)
    await sound(database)


async def test_refunds_and_payments_at_once_leave_exact_balances(database: Database) -> None:
    ann, bob = await opened(database, first=1000), await opened(database)
    for n in range(10):
        await posted(database, order(ann, bob, 10, f"visit/{n}"))
    work = [taken_back(database, f"visit/{n % 10}", amount=4) for n in range(20)]
    pays = [posted(database, order(ann, bob, 3)) for _ in range(20)]
    both = zip(work, pays, strict=True)
    done = await asyncio.gather(*(outcome(each) for pair in both for each in pair))
    assert all(isinstance(each, list | Posted) for each in done)
    assert (await balance(database, ann), await balance(database, bob)) == (920, 80)
    await sound(database)
