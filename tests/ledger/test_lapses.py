"""What expires: the soonest is spent first, and nobody spends what has, job or no job."""

import asyncio
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import permutations

import pytest

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.ledger.actions import close_account, post, set_bounds
from commonweal.ledger.rules import (
    AccountClosed,
    NeverLapses,
    NotEnough,
    Posted,
    TakesLapses,
    UnitsDiffer,
    account_id,
)
from commonweal.ledger.tables import Balance, Checkpoint
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance

from .accounts import balance, opened, order, outcome, posted, transfers
from .acting import has, hold, lapsed, settle, sound, void

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


async def lots(database: Database, *days: float | None) -> tuple[int, int, int]:
    """A wallet with ten that expire after so many days each; its pot; and who issued them."""
    pot, issuer = await opened(database), await opened(database, first=1000)
    ann = await opened(database, lapses_to=pot)
    for each in days:
        expires = None if each is None else TODAY + each * DAY
        await posted(database, order(issuer, ann, 10, expires_at=expires))
    return ann, pot, issuer


async def next_expiry(database: Database, account: int) -> datetime | None:
    found: datetime | None = (await Balance.get(account=account)).next_expiry
    return found


@pytest.mark.parametrize("days", list(permutations((1, 2, None))), ids=str)
async def test_the_soonest_to_expire_is_spent_first(
    database: Database, advance: Advance, days: tuple[float | None, ...]
) -> None:
    ann, pot, issuer = await lots(database, *days)
    assert await next_expiry(database, ann) == TODAY + DAY
    await posted(database, order(ann, issuer, 15))
    await advance(DAY)
    await lapsed(database)
    assert await balance(database, pot) == 0  # it was spent
    assert await next_expiry(database, ann) == TODAY + 2 * DAY
    await advance(DAY)
    assert (await lapsed(database), await lapsed(database)) == (1, 0)
    assert (await balance(database, ann), await balance(database, pot)) == (10, 5)
    assert await next_expiry(database, ann) is None
    await sound(database)


async def test_at_its_instant_it_has_expired_and_a_moment_before_not(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, 1, 2)
    await advance(DAY - INSTANT)
    assert await lapsed(database) == 0
    await posted(database, order(ann, issuer, 4))
    assert await balance(database, ann) == 26
    await advance(INSTANT)
    refusal = await outcome(posted(database, order(ann, issuer, 11)))
    assert refusal == NotEnough(account_id(ann), 10, 11)
    assert await balance(database, pot) == 0  # a refusal leaves nothing behind
    await posted(database, order(ann, issuer, 10))
    assert (await balance(database, ann), await balance(database, pot)) == (0, 16)
    await sound(database)


async def test_the_debit_that_finds_it_due_lapses_it(database: Database, advance: Advance) -> None:
    ann, pot, issuer = await lots(database, 1, None)
    await advance(3 * DAY)
    before = await transfers(database)
    await posted(database, order(ann, issuer, 1))
    assert await transfers(database) == before + 2
    assert (await balance(database, ann), await balance(database, pot)) == (9, 10)
    assert await lapsed(database) == 0
    await sound(database)


async def test_nothing_expires_where_it_is_not_said_where_to(database: Database) -> None:
    ann, issuer = await opened(database), await opened(database, first=10)
    asked = order(issuer, ann, 1, expires_at=TODAY + DAY)
    assert await outcome(posted(database, asked)) == NeverLapses(account_id(ann))


async def test_it_lapses_to_an_account_of_its_own_unit(database: Database) -> None:
    pence = await opened(database, unit="pence")
    assert await outcome(opened(database, lapses_to=pence)) == UnitsDiffer(account_id(pence))


async def test_where_value_lapses_to_there_is_room_and_it_stays_open(database: Database) -> None:
    pot, full = await opened(database), await opened(database, ceiling=100)
    assert await outcome(opened(database, lapses_to=full)) == TakesLapses(account_id(full))
    ann = await opened(database, lapses_to=pot)
    kept = TakesLapses(account_id(pot))
    bound = partial(set_bounds, account=pot, floor=0, ceiling=100)
    assert await outcome(in_transaction(database, bound)) == kept
    close = partial(close_account, account=pot)
    assert await outcome(in_transaction(database, close)) == kept
    await in_transaction(database, partial(close_account, account=ann))
    await in_transaction(database, close)
    assert await outcome(opened(database, lapses_to=pot)) == AccountClosed(account_id(pot))


async def test_a_pot_closes_or_is_lapsed_to_but_not_both_at_once(database: Database) -> None:
    for _ in range(10):
        pot = await opened(database)
        close = in_transaction(database, partial(close_account, account=pot))
        closed, ann = await asyncio.gather(outcome(close), outcome(opened(database, lapses_to=pot)))
        done = (closed, ann) == (None, AccountClosed(account_id(pot)))
        assert done or (closed == TakesLapses(account_id(pot)) and isinstance(ann, int))


async def test_an_instant_of_another_zone_is_the_same_instant(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database)
    there = (TODAY + DAY).astimezone(timezone(timedelta(hours=9)))
    await posted(database, order(issuer, ann, 10, expires_at=there))
    await advance(DAY - INSTANT)
    assert await lapsed(database) == 0
    await advance(INSTANT)
    assert await lapsed(database) == 1
    assert await balance(database, pot) == 10
    await sound(database)


async def test_what_a_live_hold_keeps_waits_for_its_end(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, 1, None)
    kept = await hold(database, ann, 12, minutes=3 * 24 * 60)
    await advance(2 * DAY)
    await posted(database, order(ann, issuer, 1))
    assert (await balance(database, ann), await balance(database, pot)) == (21, 8)
    [done] = await settle(database, kept, order(ann, issuer, 7))  # of what has expired
    assert done.debit_after == 14
    refusal = await outcome(posted(database, order(ann, issuer, 10)))
    assert refusal == NotEnough(account_id(ann), 9, 10)
    await posted(database, order(ann, issuer, 9))
    assert (await balance(database, ann), await balance(database, pot)) == (0, 13)
    await sound(database)


async def test_a_voided_hold_gives_back_nothing_that_has_expired(
    database: Database, advance: Advance
) -> None:
    ann, pot, _ = await lots(database, 1)
    kept = await hold(database, ann, 10, minutes=3 * 24 * 60)
    await advance(2 * DAY)
    assert await lapsed(database) == 0
    await void(database, kept)
    assert await lapsed(database) == 1
    assert (await balance(database, ann), await balance(database, pot)) == (0, 10)
    await sound(database)


async def test_a_hold_that_is_over_saves_nothing_from_lapsing(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, 1, None)
    await hold(database, ann, 20)
    await advance(2 * DAY)  # no job ran: neither of the holds nor of the lapses
    refusal = await outcome(posted(database, order(ann, issuer, 11)))
    assert refusal == NotEnough(account_id(ann), 10, 11)
    await posted(database, order(ann, issuer, 10))
    assert (await balance(database, ann), await balance(database, pot)) == (0, 20)
    await sound(database)


async def test_a_replayed_hold_lapses_with_the_balance(
    database: Database, advance: Advance
) -> None:
    ann, pot, _ = await lots(database, 1, None)
    kept = await hold(database, ann, 5, minutes=3 * 24 * 60, cause="again")
    await advance(2 * DAY)
    again = await hold(database, ann, 5, minutes=60, cause="again")
    assert again.id == kept.id
    assert await balance(database, pot) == 5
    await sound(database)


async def test_a_lapse_takes_nothing_below_the_floor(database: Database, advance: Advance) -> None:
    pot, issuer = await opened(database), await opened(database, first=100)
    ann = await opened(database, first=5, lapses_to=pot)
    await posted(database, order(issuer, ann, 10, expires_at=TODAY + DAY))
    await Balance.filter(account=ann).update(floor=8)
    await advance(DAY)
    assert isinstance(await outcome(posted(database, order(ann, issuer, 1))), NotEnough)
    await lapsed(database)
    assert (await balance(database, ann), await balance(database, pot)) == (8, 7)
    await sound(database)


async def test_a_checkpoint_makes_the_replay_short_and_changes_nothing(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, 2, 3, 4)
    for day in (1, 2, 3):
        await advance(DAY)
        await posted(database, order(ann, issuer, 1))
        kept = await Checkpoint.get(account=ann)
        # a lapse of what was left, and then the debit
        assert kept.version == (await has(database, ann)).version - 1
        assert await balance(database, pot) == 10 + 9 * (day - 1)
    assert kept.lots == {"lots": [[(TODAY + 4 * DAY).isoformat(), 10]], "debt": 0}
    await sound(database)


async def test_a_clock_that_steps_back_gives_nothing_back_and_takes_nothing_twice(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, 3, None)
    await advance(2 * DAY)
    first = await posted(database, order(ann, issuer, 1))
    await advance(-2 * DAY)
    second = await posted(database, order(ann, issuer, 2))
    assert second.debit_version == first.debit_version + 1  # the order is the versions'
    assert second.created_at < first.created_at
    assert second.debit_after == first.debit_after - 2
    await advance(DAY)
    assert await lapsed(database) == 0
    await advance(2 * DAY)
    assert await lapsed(database) == 1
    assert (await balance(database, ann), await balance(database, pot)) == (10, 17)
    await sound(database)


async def test_a_lapse_and_payments_at_once_take_what_there_is_once(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, 1, None)
    await advance(DAY)
    asked = [lapsed(database) if n % 4 == 0 else posted(database, order(ann, issuer)) for n in
             range(20)]  # fmt: skip
    done = await asyncio.gather(*(outcome(each) for each in asked))
    paid = sum(isinstance(each, Posted) for each in done)
    assert paid == 10
    assert (await balance(database, ann), await balance(database, pot)) == (0, 20)
    await sound(database)


async def test_the_job_ends_though_a_floor_keeps_what_has_expired(
    database: Database, advance: Advance
) -> None:
    ann, pot, _ = await lots(database, 1)
    bound = partial(set_bounds, account=ann, floor=10, ceiling=MOST_AMOUNT)
    await in_transaction(database, bound)
    await advance(DAY)
    assert (await lapsed(database), await balance(database, pot)) == (0, 0)
    await in_transaction(database, partial(set_bounds, account=ann, floor=4, ceiling=MOST_AMOUNT))
    assert [await lapsed(database) for _ in range(2)] == [1, 0]
    assert (await balance(database, ann), await balance(database, pot)) == (4, 6)
    await sound(database)


async def test_what_lapses_to_who_lapses_too_is_not_counted_twice(
    database: Database, advance: Advance
) -> None:
    pot, issuer = await opened(database), await opened(database, first=1000)
    bob = await opened(database, lapses_to=pot)
    ann = await opened(database, lapses_to=bob)
    for payee, amount, days in ((ann, 50, 1), (bob, 30, 1), (bob, 20, 9)):
        await posted(database, order(issuer, payee, amount, expires_at=TODAY + days * DAY))
    await advance(DAY)
    assert await lapsed(database) == 2
    await sound(database)
    assert (await balance(database, bob), await balance(database, pot)) == (70, 30)
    await posted(database, order(bob, issuer, 70))
    await posted(database, order(issuer, bob, 40, expires_at=TODAY + 2 * DAY))
    await advance(DAY)
    assert (await lapsed(database), await balance(database, bob)) == (1, 0)
    await sound(database)


async def test_who_catches_a_refusal_has_ended_no_hold_and_lapsed_nothing(
    database: Database, advance: Advance
) -> None:
    ann, pot, issuer = await lots(database, 1, None)
    await hold(database, ann, 5, minutes=24 * 60)
    await advance(DAY)

    async def work(tx: Transaction) -> None:
        with pytest.raises(NotEnough):
            await post(tx, order(ann, issuer, 500))

    await in_transaction(database, work)
    await sound(database)
    assert await outcome(posted(database, order(ann, issuer, 11))) == NotEnough(
        account_id(ann), 10, 11
    )
    await posted(database, order(ann, issuer, 10))
    assert await balance(database, pot) == 10
    await sound(database)
