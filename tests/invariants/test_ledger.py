"""What the ledger promises, L1 to L19, under the loads that are named for them.

L20, that it does what a model of plain dictionaries does, is tests/properties/test_ledger_model.py.
What each of these catches is in tests/mutants.
"""

import asyncio
import os
import random
import time
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from commonweal.kernel.errors import UserError
from commonweal.ledger.actions import post_all, post_many
from commonweal.ledger.actions_reversals import reverse
from commonweal.ledger.rules import (
    MoreThanLeft,
    NotATransferAmount,
    NotEnough,
    Order,
    ReversalReversed,
    UnitsDiffer,
    account_id,
)
from commonweal.ledger.sealing import seal_days
from commonweal.ledger.verifying import rebuild, verify
from commonweal.store.database import Database
from commonweal.store.idempotency import KeyReused
from commonweal.store.transaction import in_transaction
from tests.conftest import Advance
from tests.invariants.payments import paid, viewer
from tests.ledger.accounts import (
    EVENT,
    UNIT,
    balance,
    opened,
    order,
    outcome,
    posted,
    transfers,
)
from tests.ledger.tampering import unguarded

OPPOSED_SECONDS: Final = float(os.environ.get("COMMONWEAL_OPPOSED_SECONDS", "5"))  # 60 at night
REFUSED: Final = (IntegrityError, OperationalError)
TRANSFER: Final = """
INSERT INTO transfer (id, journal, cause, unit, amount, event_at, created_at, actor, debit,
  debit_shard, debit_version, debit_after, credit, credit_shard, credit_version, credit_after)
VALUES (1, 1, 'raw', '{unit}', {amount}, '2026-11-22 12:00:00+00:00', '2026-11-22 12:00:00+00:00',
  'x', {debit}, 0, 77, 0, {credit}, 0, 78, 0)
"""
TOTALS: Final = "SELECT unit, sum(posted) FROM balance GROUP BY unit"
# of each balance what is kept, and what its transfers come to
PROJECTED: Final = """
SELECT b.account, b.posted, b.version,
  (SELECT coalesce(sum(amount), 0) FROM movement WHERE account = b.account AND shard = b.shard),
  (SELECT count(*) FROM movement WHERE account = b.account AND shard = b.shard)
FROM balance b
"""


async def assert_conserved(database: Database) -> None:
    assert all(total == 0 for _, total in await database.fetch(TOTALS, []))
    assert (await verify(database)).faults == []


async def several(database: Database, number: int, first: int = 0) -> list[int]:
    return [await opened(database, first=first) for _ in range(number)]


def random_order(chance: random.Random, accounts: list[int], most: int) -> Order:
    debit, credit = chance.sample(accounts, 2)
    return order(debit, credit, chance.randint(1, most))


async def moved(database: Database, accounts: list[int], times: int, *, seed: int = 1) -> list[Any]:
    """Random transfers, at once: what became of each."""
    chance = random.Random(seed)
    orders = [random_order(chance, accounts, 40) for _ in range(times)]
    return await asyncio.gather(*(outcome(posted(database, each)) for each in orders))


async def test_l1_transfers_are_balanced_per_unit_and_half_of_one_cannot_be_written(
    database: Database,
) -> None:
    ann, bob = await opened(database, first=2400), await opened(database)
    pence = await opened(database, unit="pence", first=2400)
    journal = [order(ann, bob, 2300), order(ann, bob, 101)]  # 24.01 of 24.00
    with pytest.raises(NotEnough):
        await in_transaction(database, partial(post_all, orders=journal))
    await posted(database, order(ann, bob, 2300))
    wrong: list[dict[str, Any]] = [
        {"credit": "NULL"},
        {"debit": "NULL"},
        {"credit": ann},
        {"credit": 12345},
        {"credit": pence},
        {"unit": "pence"},
        {"amount": 0},
        {"amount": -5},
        {"amount": 2**53},
    ]
    before = await transfers(database)
    for each in wrong:
        values = {"unit": UNIT, "amount": 1, "debit": ann, "credit": bob} | each
        with pytest.raises(REFUSED):
            await database.client.execute_query(TRANSFER.format(**values))
    assert await transfers(database) == before
    await assert_conserved(database)


async def test_l2_what_is_posted_is_never_changed_or_deleted(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await posted(database, order(ann, bob, 10))
    prefix = [tuple(row) for row in await database.fetch("SELECT * FROM transfer ORDER BY id", [])]
    attacks = ["UPDATE transfer SET amount = 11", "UPDATE transfer SET actor = 'x'"]
    attacks += ["DELETE FROM transfer", "UPDATE transfer SET id = id + 1"]
    if database.engine == "postgresql":
        attacks.append("TRUNCATE transfer CASCADE")
    else:
        attacks.append("INSERT OR REPLACE INTO transfer SELECT * FROM transfer")
    for sql in attacks:
        with pytest.raises(REFUSED):
            await database.client.execute_query(sql)
    await moved(database, [ann, bob], 20)
    now = [tuple(row) for row in await database.fetch("SELECT * FROM transfer ORDER BY id", [])]
    assert now[: len(prefix)] == prefix
    assert len(now) > len(prefix)


async def test_l3_whatever_is_tampered_with_is_found_and_named(
    database: Database, database_url: str, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    for n in range(5):
        await posted(database, order(ann, bob, 10, f"paid/{n}"))
    await advance(timedelta(days=2))
    await seal_days(database)
    assert (await verify(database)).faults == []
    with unguarded(database, database_url) as run:
        run("UPDATE transfer SET actor = 'per_testes' WHERE cause = 'paid/2'")  # one byte
        [fault] = (await verify(database)).faults
        assert fault.startswith("2026-11-22: its 6 transfers are not those that were sealed")
        run("UPDATE transfer SET amount = 11 WHERE cause = 'paid/3'")
    faults = (await verify(database)).faults
    for account in (ann, bob):
        assert any(each.startswith(account_id(account)) for each in faults)


@pytest.mark.usefixtures("paying")
async def test_l4_a_replay_changes_nothing_and_says_so(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    first = await paid(database, ann, bob, 30, "k1")
    rows = await transfers(database)
    again = await paid(database, ann, bob, 30, "k1")
    assert (first.replayed, again.replayed) == (False, True)
    assert (first.facts, first.errors) == (again.facts, again.errors)
    assert await transfers(database) == rows
    assert await balance(database, bob) == 30


@pytest.mark.usefixtures("paying")
async def test_l5_of_sixty_four_who_race_with_one_key_one_is_applied(database: Database) -> None:
    """In one process: on PostgreSQL through as many connections as it has."""
    ann, bob = await opened(database, first=1000), await opened(database)
    done = await asyncio.gather(*(paid(database, ann, bob, 10, "k1") for _ in range(64)))
    assert [list(each.errors) for each in done] == [[]] * 64
    assert sorted(each.replayed for each in done) == [False] + [True] * 63
    assert len({str(each.facts) for each in done}) == 1
    assert await balance(database, bob) == 10
    await assert_conserved(database)


async def test_l6_a_hot_account_is_credited_500_times_exactly(
    database: Database, deadlocks: list[str]
) -> None:
    payers = await several(database, 10, first=50)
    shop = await opened(database, hot=True)
    orders = [order(payers[n % 10], shop) for n in range(500)]
    done = await asyncio.gather(*(posted(database, each) for each in orders))
    assert len({each.id for each in done}) == 500
    assert await balance(database, shop) == 500
    assert [await balance(database, each) for each in payers] == [0] * 10
    assert deadlocks == []
    await assert_conserved(database)


async def test_l7_400_moves_between_8_accounts_conserve_what_there_is(database: Database) -> None:
    accounts = await several(database, 8, first=100)
    done = await moved(database, accounts, 400)
    assert {type(each).__name__ for each in done} == {"Posted", "NotEnough"}
    assert sum([await balance(database, each) for each in accounts]) == 800
    await assert_conserved(database)


async def test_l8_a_projection_equals_its_transfers_in_every_sample(database: Database) -> None:
    accounts = await several(database, 8, first=100)
    writing = asyncio.create_task(moved(database, accounts, 200))
    samples = 0
    while not writing.done() or not samples:
        async with database.snapshot() as rows:
            found = await rows(PROJECTED, ())
        assert [each for each in found if (each[1], each[2]) != (each[3], each[4])] == []
        samples += 1
    await writing
    assert samples > 1


async def test_l9_a_drain_takes_what_there_is_and_no_more(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    orders = [order(ann, bob, 10) for _ in range(20)]
    done = await asyncio.gather(*(outcome(posted(database, each)) for each in orders))
    refused = [each for each in done if isinstance(each, UserError)]
    assert refused == [NotEnough(account_id(ann), 0, 10)] * 10
    assert (await balance(database, ann), await balance(database, bob)) == (0, 100)


async def test_l10_a_thousand_times_one_does_not_drift_and_a_float_is_refused(
    database: Database,
) -> None:
    ann, bob = await opened(database, first=1000), await opened(database)
    floats: list[Any] = [0.1, 1.0, 1e3, float("nan"), float("inf")]
    for amount in floats:
        with pytest.raises(NotATransferAmount):
            order(ann, bob, amount)
    for _ in range(50):
        many = [order(ann, bob) for _ in range(10)]
        await in_transaction(database, partial(post_many, orders=many))
        await asyncio.gather(*(posted(database, order(ann, bob)) for _ in range(10)))
    assert (await balance(database, ann), await balance(database, bob)) == (0, 1000)


async def test_l11_units_are_not_mixed(database: Database) -> None:
    usd, eur = [await opened(database, unit=unit, first=100) for unit in ("USD", "EUR")]
    before = await transfers(database)
    for debit, credit, unit, named in (
        (usd, eur, "USD", eur), (usd, eur, "EUR", usd), (eur, usd, "USD", eur),
        (usd, eur, "GBP", usd),
    ):  # fmt: skip
        done = await outcome(posted(database, order(debit, credit, unit=unit)))
        assert done == UnitsDiffer(account_id(named))
    assert await transfers(database) == before


async def test_l12_a_reversal_compensates_once(database: Database) -> None:
    ann, bob = await opened(database, first=100), await opened(database, first=100)
    await posted(database, order(ann, bob, 30, "paid"))
    back = partial(reverse, cause="paid", actor="per_tester", event_at=EVENT)
    rows = await transfers(database)
    [done] = await in_transaction(database, back)
    assert (done.debit, done.credit, done.amount) == (bob, ann, 30)
    assert await transfers(database) == rows + 1
    for amount in (30, 1):
        again = await outcome(in_transaction(database, partial(back, amount=amount)))
        assert again == MoreThanLeft(0, amount)
    assert isinstance(await outcome(in_transaction(database, back)), MoreThanLeft)
    undone = partial(back, cause="paid/reversal/1")
    assert await outcome(in_transaction(database, undone)) == ReversalReversed()
    assert (await balance(database, ann), await balance(database, bob)) == (100, 100)
    assert await transfers(database) == rows + 1

    await posted(database, order(ann, bob, 30, "raced"))
    racing = partial(back, cause="raced", amount=20)
    halves = [outcome(in_transaction(database, racing)) for _ in range(8)]
    found = [type(each) for each in await asyncio.gather(*halves)]
    assert (found.count(list), found.count(MoreThanLeft)) == (1, 7)
    await assert_conserved(database)


async def test_l13_balances_are_rebuilt_from_transfers_to_the_unit(database: Database) -> None:
    accounts = await several(database, 6, first=100)
    await moved(database, accounts, 300)
    assert (await rebuild(database)).faults == []
    own: dict[int, int] = {}
    for debit, credit, amount in await database.fetch(
        "SELECT debit, credit, amount FROM transfer", []
    ):
        own[debit] = own.get(debit, 0) - amount
        own[credit] = own.get(credit, 0) + amount
    assert [await balance(database, each) for each in accounts] == [own[each] for each in accounts]


async def test_l14_an_account_s_sequence_has_no_gap(database: Database) -> None:
    accounts = await several(database, 4, first=100)
    chance = random.Random(1)
    for _ in range(10):
        orders = [random_order(chance, accounts, 9) for _ in range(10)]
        alone = [random_order(chance, accounts, 1) for _ in range(5)]
        singles = (outcome(posted(database, each)) for each in alone)
        many = in_transaction(database, partial(post_many, orders=orders))
        await asyncio.gather(many, *singles)
    moves = "SELECT account, shard, version, amount, balance_after FROM movement ORDER BY 1, 2, 3"
    reached: dict[tuple[int, int], tuple[int, int]] = {}
    for account, shard, version, amount, after in await database.fetch(moves, []):
        last, had = reached.get((account, shard), (0, 0))
        assert (version, after) == (last + 1, had + amount)
        reached[account, shard] = (version, after)
    kept = await database.fetch("SELECT account, shard, version, posted FROM balance", [])
    assert {(a, s): (v, p) for a, s, v, p in kept if v} == reached


async def test_l15_a_refused_race_is_refused_to_all(database: Database) -> None:
    ann, bob = await opened(database, first=9), await opened(database)
    rows = await transfers(database)
    asked = order(ann, bob, 10, "tkt_1/capture")
    done = await asyncio.gather(*(outcome(posted(database, asked)) for _ in range(32)))
    assert done == [NotEnough(account_id(ann), 9, 10)] * 32
    assert await transfers(database) == rows


@pytest.mark.usefixtures("paying")
async def test_l16_a_refusal_leaves_a_way_to_pay(database: Database) -> None:
    ann, bob = await opened(database), await opened(database, first=10)
    refused = await paid(database, ann, bob, 10, "k1")
    assert refused.errors == [NotEnough(account_id(ann), 0, 10)]
    await posted(database, order(bob, ann, 10))
    done = await paid(database, ann, bob, 10, "k1")
    assert (done.errors, done.replayed) == ((), False)
    assert await balance(database, bob) == 10


@pytest.mark.usefixtures("paying")
async def test_l18_a_changed_request_under_the_same_key_is_refused(database: Database) -> None:
    ann, bob, eve = await several(database, 3, first=100)
    asked: dict[str, Any] = {"payer": ann, "payee": bob, "amount": 10, "key": "k1", "note": "a"}
    await paid(database, **asked)
    rows = await transfers(database)
    chance = random.Random(1)
    changes: list[dict[str, Any]] = [{"payer": eve}, {"payee": eve}, {"note": ""}, {"note": "A"}]
    changes += [{"amount": amount} for amount in (9, 11, 0, -10, *chance.sample(range(12, 999), 9))]
    for change in changes:
        [refusal] = (await paid(database, **asked | change)).errors
        assert isinstance(refusal, KeyReused)
    assert await transfers(database) == rows
    # who asks is another matter: their key is their own, and tells nothing of whose it was before
    theirs = await paid(database, **asked, by=viewer(2))
    assert (theirs.replayed, theirs.errors) == (False, ())
    assert await transfers(database) == rows + 1


async def test_l19_opposed_transfers_never_lock_each_other_out(
    database: Database, deadlocks: list[str]
) -> None:
    ann, bob = await several(database, 2, first=1000)
    shop = await opened(database, hot=True)
    until = time.monotonic() + OPPOSED_SECONDS
    done = 0

    async def worker(number: int) -> None:
        nonlocal done
        sides = (ann, bob) if number % 2 else (bob, ann)
        while time.monotonic() < until:
            orders = [order(*sides), order(sides[1], shop), order(*sides)]
            if number % 5:
                await outcome(posted(database, orders[0]))
            else:
                await in_transaction(database, partial(post_many, orders=orders))
            done += 1

    await asyncio.gather(*(worker(number) for number in range(20)))
    assert deadlocks == []
    assert done > 100
    await assert_conserved(database)
