"""`verify` finds nothing where the ledger holds, and names each kind of fault that is planted."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import close_account, set_bounds
from commonweal.ledger.actions_holds import place_hold, settle_hold
from commonweal.ledger.actions_lapses import lapse_expired
from commonweal.ledger.actions_reversals import reverse
from commonweal.ledger.rules import UNBOUNDED
from commonweal.ledger.sealing import seal_days
from commonweal.ledger.verifying import rebuild, verify
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance
from tests.ledger.accounts import EVENT, UNIT, opened, order, posted
from tests.ledger.tampering import unguarded

SOON = TODAY + timedelta(days=10)


@dataclass(frozen=True)
class Scene:
    """Accounts with something of everything on them."""

    issuer: int
    ann: int
    bob: int
    shop: int
    gone: int


async def staged(database: Database) -> Scene:
    """Ann was given 100 and 40 that expire, paid 30, got 10 of it back, and has 12 held."""
    issuer = await opened(database, kind="issuer", floor=UNBOUNDED)
    pot = await opened(database)
    ann, bob = await opened(database, lapses_to=pot), await opened(database)
    shop, gone = await opened(database, hot=True), await opened(database)
    await posted(database, order(issuer, ann, 100, "given"))
    await posted(database, order(issuer, ann, 40, "lot", expires_at=SOON))
    await posted(database, order(ann, bob, 30, "paid"))
    await posted(database, order(bob, shop, 4, "shopped"))

    async def more(tx: Transaction) -> None:
        await reverse(tx, "paid", actor="per_tester", event_at=EVENT, amount=10)
        settled, _ = [
            await place_hold(
                tx, account=ann, unit=UNIT, amount=amount, cause=f"hold/{amount}",
                actor="per_tester", expires_at=SOON,
            )
            for amount in (7, 12)
        ]  # fmt: skip
        await settle_hold(tx, settled.id, [order(ann, bob, 6, "settled")])
        await close_account(tx, gone)

    await in_transaction(database, more)
    return Scene(issuer, ann, bob, shop, gone)


async def faults(database: Database) -> list[str]:
    return (await verify(database)).faults


async def test_a_ledger_that_holds_has_no_faults_and_is_counted(
    database: Database, advance: Advance
) -> None:
    await staged(database)
    await advance(timedelta(days=11))
    await in_transaction(database, lapse_expired)
    await seal_days(database)
    seen: list[int] = []
    found = await verify(database, seen.append)
    assert found.faults == []
    assert (found.accounts, found.days) == (6, 11)
    assert sum(seen) == found.accounts + found.transfers
    assert (await rebuild(database)).faults == []


async def test_what_is_owed_holds_and_bounds_may_be_lowered_below_it(database: Database) -> None:
    ann, bob = await opened(database, first=50), await opened(database)
    await posted(database, order(ann, bob, 50, "paid"))
    await posted(database, order(bob, ann, 20))
    await in_transaction(
        database,
        partial(reverse, cause="paid", actor="per_tester", event_at=EVENT, may_owe=True),
    )
    assert await faults(database) == []
    await in_transaction(database, partial(set_bounds, account=bob, floor=-100, ceiling=1_000))
    assert await faults(database) == []


TRANSFER = "UPDATE transfer SET {} WHERE cause = '{}'"
BALANCE = "UPDATE balance SET {} WHERE account = {}"
# what somebody does, and what is said of it
TAMPERING = {
    "an amount": (
        TRANSFER.format("amount = 31", "paid"),
        "{ann}: of shard 0, movement 3 leaves 110, where movement 3 is to leave 109.",
    ),
    "a balance after": (
        TRANSFER.format("debit_after = 111", "paid"),
        "{ann}: of shard 0, movement 3 leaves 111, where movement 3 is to leave 110.",
    ),
    "a version that is on both sides": (
        TRANSFER.format("debit_version = 2, debit_after = 140", "paid"),
        "{ann}: of shard 0, movement 2 leaves 140, where movement 3 is to leave 110.",
    ),
    "a transfer taken out": (
        "DELETE FROM transfer WHERE cause = 'lot'",
        "{ann}: of shard 0, movement 3 leaves 110, where movement 2 is to leave 70.",
    ),
    "the last transfer taken out": (
        "DELETE FROM transfer WHERE cause = 'settled'",
        "{ann}: shard 0 has 114 after 5 movements, and by its transfers 120 after 4.",
    ),
    "a balance": (
        BALANCE.format("posted = posted + 1", "{0.bob}"),
        "{bob}: shard 0 has 23 after 4 movements, and by its transfers 22 after 4.",
    ),
    "a count of movements": (
        BALANCE.format("version = 9", "{0.bob}"),
        "{bob}: shard 0 has 22 after 9 movements, and by its transfers 22 after 4.",
    ),
    "value from nowhere": (
        BALANCE.format("posted = posted + 1", "{0.bob}"),
        "min:town: all balances together are 1, and not 0.",
    ),
    "what is held": (
        BALANCE.format("held = 11", "{0.ann}"),
        "{ann}: shard 0 holds 11 back, and its holds are 12 together.",
    ),
    "a hold": (
        "UPDATE hold SET amount = 13 WHERE cause = 'hold/12'",
        "{ann}: shard 0 holds 12 back, and its holds are 13 together.",
    ),
    "a floor": (
        BALANCE.format("floor = 103", "{0.ann}"),
        "{ann}: shard 0 has 102 that is not held, and its floor is 103.",
    ),
    "a ceiling": (
        BALANCE.format("ceiling = 113", "{0.ann}"),
        "{ann}: shard 0 has 114, and its ceiling is 113.",
    ),
    "a shard more": (
        (
            "INSERT INTO balance (account, shard, unit, posted, held, owed, version, floor,"
            " ceiling) VALUES ({0.bob}, 7, 'min:town', 0, 0, 0, 0, 0, 9)"
        ),
        "{bob}: shard 7 is none that it has, and there is 0 in it.",
    ),
    "whose it is": (
        "DELETE FROM account WHERE id = {0.bob}",
        "{bob}: shard 0 is none that it has, and there is 22 in it.",
    ),
    "how many shards it has": (
        "UPDATE account SET shards = 32 WHERE id = {0.bob}",
        "{bob}: it has 32 shards, and of min:town 0 balances.",
    ),
    "a hold of nobody": (
        "UPDATE hold SET account = 12345 WHERE cause = 'hold/12'",
        "acc_0000000000c1s: hold/12 holds 12 back, and there is no such account.",
    ),
    "that it is closed": (
        "UPDATE account SET closed_at = NULL WHERE id = {0.gone}",
        "{gone}: it is open, and has 0, holds 0 back, and has room from 0 to 0.",
    ),
    "where it lapses": (
        "UPDATE account SET lapses_to = NULL WHERE id = {0.ann}",
        "{ann}: lot brought 40 that expires, and nothing of it lapses.",
    ),
    "what it reverses": (
        "UPDATE transfer SET reverses = NULL, reversal = NULL WHERE cause = 'paid/reversal/1'",
        "{bob}: paid/reversal/1 took back 10 of a transfer that it does not fit.",
    ),
    "what is owed": (
        BALANCE.format("owed = 5", "{0.bob}"),
        "{bob}: shard 0 owes 5, and is 0 below its floor.",
    ),
    "a unit": (
        TRANSFER.format("unit = 'pence'", "paid"),
        "{bob}: paid moved 30, and its shard 0 has no balance of pence.",
    ),
    "an account that is not there": (
        TRANSFER.format("credit = 77, credit_version = 1", "paid"),
        "{nobody}: paid moved 30, and its shard 0 has no balance of min:town.",
    ),
    "a balance taken out": (
        "DELETE FROM balance WHERE account = {0.gone}",
        "{gone}: it has 1 shards, and of min:town 0 balances.",
    ),
    "a closed account": (
        BALANCE.format("ceiling = 7", "{0.gone}"),
        "{gone}: it is closed, and has 0, holds 0 back, and has room from 0 to 7.",
    ),
    "an amount below 1": (
        TRANSFER.format("amount = 0", "paid"),
        "{ann}: paid moved 0, which is no amount, or goes nowhere.",
    ),
    "what a reversal takes back": (
        TRANSFER.format("amount = 31", "paid/reversal/1"),
        "{bob}: paid moved 30, and 31 was taken back, 1 times up to number 1.",
    ),
    "which reversal it is": (
        TRANSFER.format("reversal = 2, cause = 'paid/reversal/2'", "paid/reversal/1"),
        "{bob}: paid moved 30, and 10 was taken back, 1 times up to number 2.",
    ),
    "a reversal's cause": (
        TRANSFER.format("cause = 'paid/reversal/9'", "paid/reversal/1"),
        "{bob}: paid/reversal/9 took back 10 of a transfer that it does not fit.",
    ),
    "a reversal of a reversal": (
        TRANSFER.format(
            "cause = 'paid/reversal/1/reversal/1', reversal = 1, reverses ="
            " (SELECT id FROM transfer WHERE cause = 'paid/reversal/1')",
            "settled",
        ),
        "{ann}: paid/reversal/1/reversal/1 took back 6 of a transfer that it does not fit.",
    ),
    "a settled hold": (
        "UPDATE hold SET amount = 5 WHERE cause = 'hold/7'",
        "{ann}: the hold hold/7 kept 5, and settled 6.",
    ),
    "a hold's state": (
        "UPDATE hold SET state = 'voided' WHERE cause = 'hold/7'",
        "{ann}: settled moved 6 and settled no hold of it.",
    ),
    "when something expires": (
        BALANCE.format("next_expiry = NULL", "{0.ann}"),
        "{ann}: 14 of it expires at 2026-12-02T12:00:00+00:00, and it says never.",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_was_tampered_with_is_named(
    database: Database, database_url: str, what: str
) -> None:
    scene = await staged(database)
    assert await faults(database) == []
    sql, sentence = TAMPERING[what]
    names = {"nobody": write_id("acc", 77)}
    for name in ("ann", "bob", "gone"):
        names[name] = write_id("acc", getattr(scene, name))
    with unguarded(database, database_url) as run:
        run(sql.format(scene))
    assert sentence.format(**names) in await faults(database)


async def test_a_cause_that_has_two_transfers_is_named(
    database: Database, database_url: str
) -> None:
    if database.engine == "sqlite":  # its unique keys cannot be taken away
        return
    await staged(database)
    with unguarded(database, database_url) as run:
        run(TRANSFER.format("cause = 'given'", "paid"))
    assert "The cause given has 2 transfers, and not one." in await faults(database)


async def test_a_rebuild_from_transfers_alone_agrees_to_the_unit_or_says_by_how_much(
    database: Database, database_url: str
) -> None:
    scene = await staged(database)
    with unguarded(database, database_url) as run:
        run(BALANCE.format("posted = posted - 2", scene.ann))
    account = write_id("acc", scene.ann)
    found = await rebuild(database)
    assert found.faults == [f"{account}: shard 0 has 112, and its transfers come to 114."]


async def test_a_checkpoint_that_is_no_replay_is_named(
    database: Database, database_url: str, advance: Advance
) -> None:
    scene = await staged(database)
    await advance(timedelta(days=11))
    await posted(database, order(scene.ann, scene.bob, 1))
    assert await faults(database) == []
    lots = '{{"lots": [[null, 1]], "debt": 3}}'.replace("{{", "{").replace("}}", "}")
    with unguarded(database, database_url) as run:
        run(f"UPDATE lapse_checkpoint SET lots = '{lots}'")
    [fault] = await faults(database)
    assert fault.startswith(f"{write_id('acc', scene.ann)}: its checkpoint at movement 6 leaves ")
    assert "1 until never and a debt of 3, and a replay 100 until never" in fault


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where a column takes anything
@pytest.mark.parametrize(
    "tampering",
    [
        (
            "INSERT INTO lapse_checkpoint SELECT account, version, '{}' FROM balance"
            " WHERE next_expiry IS NOT NULL"
        ),
        "UPDATE balance SET version = 1099511627776 WHERE next_expiry IS NOT NULL",
        "UPDATE transfer SET created_at = 'rubbish' WHERE cause = 'paid'",
    ],
)
async def test_what_cannot_be_read_hides_no_other_fault(
    database: Database, database_url: str, tampering: str
) -> None:
    scene = await staged(database)
    with unguarded(database, database_url) as run:
        run(tampering)
        run(f"UPDATE balance SET ceiling = 1 WHERE account = {scene.bob}")
    found = await faults(database)
    assert any("its ceiling is 1" in each for each in found)
    assert len(found) > 1
