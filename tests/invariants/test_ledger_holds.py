"""What the ledger promises of holds, L17: each ends once, and what they keep is never spent."""

import asyncio
import random
from datetime import timedelta
from functools import partial
from typing import Any

from commonweal.kernel.errors import UserError
from commonweal.ledger.actions_holds import expire_holds, place_hold, settle_hold, void_hold
from commonweal.ledger.rules import NotEnough, account_id
from commonweal.ledger.tables import Balance, Hold
from commonweal.ledger.verifying import verify
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY, Advance
from tests.ledger.accounts import UNIT, balance, opened, order, outcome, posted

SOON = TODAY + timedelta(hours=1)


async def held(database: Database, account: int, amount: int, cause: str) -> Any:
    return await outcome(
        in_transaction(
            database,
            partial(
                place_hold, account=account, unit=UNIT, amount=amount, cause=cause,
                actor="per_tester", expires_at=SOON,
            ),
        )
    )  # fmt: skip


async def assert_sound(database: Database, account: int) -> Balance:
    """Holds are what the balance says, and nothing is below its bound."""
    row = await Balance.get(account=account)
    live = await Hold.filter(account=account, state="held")
    assert row.held == sum(each.amount for each in live)
    assert row.posted - row.held >= row.floor
    assert (await verify(database)).faults == []
    return row


async def test_l17_holds_and_payments_that_race_keep_to_what_there_is(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    holds = [held(database, ann, 10, f"hold/{n}") for n in range(10)]
    payments = [outcome(posted(database, order(ann, bob, 10))) for _ in range(10)]
    done = await asyncio.gather(
        *(each for pair in zip(holds, payments, strict=True) for each in pair)
    )
    assert [each for each in done if isinstance(each, UserError)] == [
        NotEnough(account_id(ann), 0, 10)
    ] * 10
    row = await assert_sound(database, ann)
    assert row.posted == row.held


async def test_l17_a_hold_ends_once_whoever_races_to_end_it(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=1000), await opened(database)
    kept = await held(database, ann, 500, "kept")
    for n in range(8):
        hold = await held(database, ann, 40, f"raced/{n}")
        settle: Any = partial(settle_hold, hold_id=hold.id)
        ends: list[Any] = [partial(settle, orders=[order(ann, bob, part)]) for part in (40, 30, 20)]
        ends += [partial(void_hold, hold_id=hold.id)] * 3
        random.Random(n).shuffle(ends)
        done = await asyncio.gather(*(outcome(in_transaction(database, each)) for each in ends))
        won = [each for each in done if not isinstance(each, UserError)]
        assert len(won) == 1
        assert not any(isinstance(each, TryAgain) for each in done)
        assert (await Hold.get(id=hold.id)).version == 2
        await assert_sound(database, ann)
    assert (await Hold.get(id=kept.id)).state == "held"
    assert await balance(database, bob) == 1000 - await balance(database, ann)


async def test_l17_a_hold_keeps_until_its_instant_and_not_after(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    hold = await held(database, ann, 60, "hold")
    await advance(timedelta(hours=1) - timedelta(seconds=1))
    assert await in_transaction(database, expire_holds) == 0
    refusal = await outcome(posted(database, order(ann, bob, 50)))
    assert refusal == NotEnough(account_id(ann), 40, 50)
    await advance(timedelta(seconds=1))
    await posted(database, order(ann, bob, 50))  # no job has run
    assert (await Hold.get(id=hold.id)).state == "expired"
    settled = partial(settle_hold, hold_id=hold.id, orders=[order(ann, bob, 1)])
    assert isinstance(await outcome(in_transaction(database, settled)), UserError)
    row = await assert_sound(database, ann)
    assert (row.posted, row.held) == (50, 0)
