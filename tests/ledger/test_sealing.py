"""Days under one hash: who is waited for, what is proven, and what verify says afterwards."""

import asyncio
import hashlib
import runpy
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.kernel.ids import write_id
from commonweal.ledger import sealing
from commonweal.ledger.actions import post, post_all
from commonweal.ledger.rules import DaySealed, Posted
from commonweal.ledger.sealing import (
    BEGINNING,
    NotSealedYet,
    Proof,
    TransferUnknown,
    Tree,
    days_sealed,
    leaf,
    node,
    path,
    proof,
    seal_days,
)
from commonweal.ledger.tables import SealedDay
from commonweal.ledger.verifying import verify
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.ledger.accounts import opened, order, outcome, posted
from tests.ledger.tampering import unguarded

DAY = timedelta(days=1)
FIRST = date(2026, 11, 22)  # at noon, by the tests' clock


SCRIPT: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "check_ledger.py"))


def holds(given: Proof) -> bool:
    """What a stranger finds."""
    return not [*SCRIPT["proof_faults"](asdict(given), given.root)]


def plainly(leaves: Sequence[bytes]) -> bytes:
    """The tree's hash as RFC 6962, 2.1, writes it down."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node(plainly(leaves[:half]), plainly(leaves[half:]))


async def faults(database: Database) -> list[str]:
    return (await verify(database)).faults


def test_a_root_is_that_of_the_rfc_whatever_the_number_of_leaves() -> None:
    tree, leaves = Tree(), list[bytes]()
    for number in range(70):
        assert tree.root() == plainly(leaves).hex()
        found = leaf({"id": number})
        tree.add(found)
        leaves.append(found)
    # the empty tree's and one leaf's, as published with the RFC's own test vectors
    assert Tree().root().startswith("e3b0c44298fc1c149afbf4c8996fb924")
    assert hashlib.sha256(b"\0").hexdigest().startswith("6e340b9cffb37a989ca544e6bb780a2c")


def test_a_path_has_no_more_hashes_than_the_tree_has_levels() -> None:
    leaves = [leaf({"id": number}) for number in range(21)]
    assert all(len(path(leaves, index)) <= 5 for index in range(21))
    assert path(leaves[:1], 0) == []


async def test_a_day_is_sealed_from_an_hour_after_its_end_and_once(
    database: Database, advance: Advance
) -> None:
    assert await seal_days(database) == 0  # nobody has an account yet
    ann, bob = await opened(database, first=100), await opened(database)
    await posted(database, order(ann, bob))
    await advance(timedelta(hours=12, minutes=59))
    assert await seal_days(database) == 0
    await advance(timedelta(minutes=1))
    assert await seal_days(database) == 1
    assert await seal_days(database) == 0
    await advance(3 * DAY)
    await posted(database, order(ann, bob))
    assert await seal_days(database) == 3
    found = await days_sealed(database.fetch)
    assert [(each["day"], each["transfers"]) for each in found] == [
        (FIRST, 2),
        (FIRST + DAY, 0),
        (FIRST + 2 * DAY, 0),
        (FIRST + 3 * DAY, 0),
    ]
    assert [each["previous"] for each in found] == [
        BEGINNING,
        *(each["chained"] for each in found[:-1]),
    ]
    assert await faults(database) == []


async def test_midnight_divides_two_days_to_the_microsecond(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await advance(timedelta(hours=12) - timedelta(microseconds=1))
    await posted(database, order(ann, bob))
    await advance(timedelta(microseconds=1))
    await posted(database, order(ann, bob))
    await advance(timedelta(hours=1))
    assert await seal_days(database) == 1
    await advance(DAY)
    assert await seal_days(database) == 1
    assert [each["transfers"] for each in await days_sealed(database.fetch)] == [2, 1]


async def test_two_who_seal_at_once_seal_each_day_once(
    database: Database, advance: Advance
) -> None:
    await opened(database, first=100)
    await advance(3 * DAY)
    done = await asyncio.gather(*(seal_days(database) for _ in range(4)))
    assert sum(done) == await SealedDay.all().count() == 3
    assert await faults(database) == []


async def test_whoever_began_before_midnight_is_waited_for_and_comes_into_their_day(
    database: Database, advance: Advance, clock: TestClock
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        began.set()
        await may_end.wait()
        await post(tx, order(ann, bob, cause="late"))

    late = asyncio.create_task(in_transaction(database, slowly))
    await began.wait()
    if database.engine == "sqlite":  # there is one transaction at a time: sealing waits behind it
        clock.advance(DAY)
        sealing = asyncio.create_task(seal_days(database))
        await asyncio.sleep(0.05)
        assert not sealing.done()
        may_end.set()
        await late
        assert await sealing == 1
    else:
        await advance(DAY)
        assert await seal_days(database, patience_seconds=0.2) == 0
        others = await asyncio.wait_for(posted(database, order(ann, bob)), 5)  # nobody waits
        assert others.created_at.day == 23
        may_end.set()
        await late
        assert await seal_days(database) == 1
    [day] = await days_sealed(database.fetch)
    assert (day["day"], day["transfers"]) == (FIRST, 2)
    assert await faults(database) == []


async def test_each_transfer_of_a_day_is_proven_and_no_other(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    made = [await posted(database, order(ann, bob)) for _ in range(6)]
    assert await outcome(proof(database, made[0].id)) == NotSealedYet(FIRST)
    assert await outcome(proof(database, 5)) == TransferUnknown(write_id("trf", 5))
    await advance(DAY)
    await seal_days(database)
    proofs = [await proof(database, each.id) for each in made]
    assert [each.index for each in proofs] == [1, 2, 3, 4, 5, 6]
    assert all(holds(each) for each in proofs)
    assert len({each.root for each in proofs}) == 1
    given = proofs[2]
    assert given.transfer["id"] == write_id("trf", made[2].id)
    for wrong in (
        replace(given, transfer=given.transfer | {"amount": 2}),
        replace(given, index=given.index - 1),
        replace(given, index=99),
        replace(given, size=99),
        replace(given, path=given.path[:-1]),
        replace(given, path=[*given.path, given.path[0]]),
        replace(given, root=BEGINNING),
        replace(given, previous=given.root),
    ):
        assert not holds(wrong)


TAMPERING = {
    "a transfer": (
        "UPDATE transfer SET actor = 'per_other' WHERE cause = 'paid'",
        "2026-11-22: its 2 transfers are not those that were sealed: their root differs.",
    ),
    "a transfer taken out": (
        "DELETE FROM transfer WHERE cause = 'paid'",
        "2026-11-22: 2 transfers were sealed, and there are 1.",
    ),
    "a transfer moved into a sealed day": (
        "UPDATE transfer SET created_at = '2026-11-23 08:00:00+00:00' WHERE cause = 'paid'",
        "2026-11-23: 0 transfers were sealed, and there are 1.",
    ),
    "a day's number": (
        "UPDATE sealed_day SET transfers = 1 WHERE day = '2026-11-22'",
        "2026-11-22: what is chained is not its day, number and root.",
    ),
    "a root": (
        "UPDATE sealed_day SET root = previous WHERE day = '2026-11-23'",
        "2026-11-23: what is chained is not its day, number and root.",
    ),
    "a day that is chained anew": (
        "UPDATE sealed_day SET chained = root WHERE day = '2026-11-22'",
        "2026-11-23: it is not chained to the day before.",
    ),
    "a day taken out": (
        "DELETE FROM sealed_day WHERE day = '2026-11-23'",
        "2026-11-24: the day sealed before it is 2026-11-22.",
    ),
    "the first day taken out": (
        "DELETE FROM sealed_day WHERE day = '2026-11-22'",
        "2026-11-22: it is not sealed, and has 2 transfers.",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_a_day_that_is_not_as_it_was_sealed_is_named(
    database: Database, database_url: str, advance: Advance, what: str
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await posted(database, order(ann, bob, cause="paid"))
    await advance(3 * DAY)
    assert await seal_days(database) == 3
    sql, sentence = TAMPERING[what]
    with unguarded(database, database_url) as run:
        run(sql)
    assert sentence in await faults(database)


async def test_a_sealed_day_is_refused_another_content_by_the_database(
    database: Database, advance: Advance
) -> None:
    await opened(database)
    await advance(DAY)
    await seal_days(database)
    for sql in ("UPDATE sealed_day SET transfers = 5", "DELETE FROM sealed_day"):
        with pytest.raises(Exception, match="sealed_day is append-only"):
            await database.client.execute_query(sql)
    assert (await SealedDay.get(day=FIRST)).sealed_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_clock_that_is_put_back_posts_nothing_into_a_day_that_is_sealed(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await advance(2 * DAY)
    await seal_days(database)
    for back in (DAY, DAY, 2 * DAY):  # into the last sealed day, the first, and before all of them
        await advance(-back)
        alone = await outcome(posted(database, order(ann, bob, 10)))
        together = [order(ann, bob, 10), order(bob, ann, 5)]
        both = await outcome(in_transaction(database, partial(post_all, orders=together)))
        assert alone == both == DaySealed()
    await advance(4 * DAY + timedelta(hours=13))
    assert isinstance(await outcome(posted(database, order(ann, bob, 10))), Posted)
    await advance(2 * DAY)
    await seal_days(database)
    assert await faults(database) == []


async def test_days_are_sealed_from_the_first_transfer_though_the_clock_was_put_back(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await advance(-DAY)
    await posted(database, order(ann, bob, 10))
    await advance(3 * DAY)
    assert await seal_days(database) == 3
    assert await faults(database) == []
    assert [each["transfers"] for each in await days_sealed(database.fetch)] == [1, 1, 0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_day_is_sealed_that_one_of_two_clocks_has_not_seen_the_end_of(
    database: Database, clock: TestClock
) -> None:
    """A database's clock that runs ahead would close the days to come. SQLite has but one clock."""
    ann, bob = await opened(database, first=100), await opened(database)
    for at in (clock.now() + 30 * DAY, clock.now()):
        await database.client.execute_query("UPDATE test_clock SET at = $1", [at])
        assert await seal_days(database) == 0
    assert isinstance(await outcome(posted(database, order(ann, bob, 10))), Posted)


async def test_a_clock_that_is_put_back_while_a_day_is_sealed_leaves_it_to_the_next_run(
    database: Database, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await opened(database, first=100), await opened(database)
    await advance(DAY)
    whole = sealing.transfers_of

    async def and_then(*args: Any, **more: Any) -> AsyncIterator[Posted]:
        async for each in whole(*args, **more):
            yield each
        await advance(-DAY)
        await asyncio.create_task(posted(database, order(ann, bob, 10)))
        await advance(DAY)

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "transfers_of", and_then)
        assert await seal_days(database) == 0
    assert await seal_days(database) == 1
    assert await faults(database) == []


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-23", "9999-12-31"])
async def test_a_day_that_is_not_over_is_sealed_by_nobody(database: Database, day: str) -> None:
    """Nothing is posted in what is sealed: it would stop everybody."""
    sql = (
        "INSERT INTO sealed_day (id, day, transfers, root, previous, chained, sealed_at)"
        f" VALUES (1, '{day}', 0, 'a', 'b', 'c', '9999-12-31 23:00:00+00:00')"
    )
    with pytest.raises(Exception, match="a day is sealed when it is over"):
        await database.client.execute_query(sql)
