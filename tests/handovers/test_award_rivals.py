"""That the database itself gives nothing twice: at once, by hand, and by the rules' own classes."""

import asyncio
from datetime import date
from itertools import product
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from commonweal.handovers.rules_instruments import RIVALS, Instrument, Interest
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_decisions import Award, Decision
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.handovers.decided import LEASE, Deciding, deciding

REFUSED = (IntegrityError, OperationalError)
TAKEN = "this interest is awarded already"


@pytest.fixture
async def of(database: Database) -> Deciding:
    made = await deciding(database, bids=1)
    await made.prepares(**LEASE)
    return made


async def an_award(of: Deciding, **more: Any) -> Award:
    """In the year 2027, unless said otherwise, by a case of its own; not kept yet."""
    new_id = of.officer.database.new_id
    values: dict[str, Any] = {"council_id": of.council.id, "asset_id": of.case.asset_id}
    values |= {"title": "x", "state": "monitoring", "rules": {}, "began_on": date(2026, 1, 1)}
    case = await Case.create(id=new_id(), **values)
    decision = await Decision.get(case_id=of.case.id)
    given: dict[str, Any] = {"instrument": Instrument.LEASE, "parts": []}
    given |= {"since": date(2027, 1, 1), "until": date(2028, 1, 1), "case_id": case.id}
    given |= {"asset_id": case.asset_id, "decision_id": decision.id} | more
    return Award(
        id=new_id(),
        organisation_id=of.bidders[0].id,
        rivalry=RIVALS[given["instrument"]],
        **given,
    )


async def at_once(of: Deciding, *parts: list[str]) -> list[bool]:
    """An award of each, in transactions of their own: which were kept."""
    awards = [await an_award(of, parts=each) for each in parts]
    barrier = asyncio.Barrier(len(awards))

    async def keep(award: Award) -> bool:
        async def work(_: Transaction) -> None:
            await award.save(force_create=True)

        await barrier.wait()
        try:
            await in_transaction(of.officer.database, work)
        except REFUSED as error:
            return TAKEN not in str(error)
        return True

    return list(await asyncio.gather(*map(keep, awards)))


async def test_of_awards_of_the_same_parts_at_once_one_is_kept(of: Deciding) -> None:
    """Invariant 12."""
    kept = await at_once(of, *[["plot 1", f"plot {at}"] for at in range(2, 10)])
    assert kept.count(True) == 1
    assert await Award.all().count() == 1


async def test_of_awards_of_parts_of_their_own_at_once_all_are_kept(of: Deciding) -> None:
    """Invariant 12."""
    assert all(await at_once(of, *[[f"plot {at}"] for at in range(8)]))


async def test_the_database_refuses_what_the_rules_do_and_no_more(of: Deciding) -> None:
    """Invariant 12: for each two instruments, days apart and not, parts apart and not."""
    later, sooner = date(2028, 1, 1), date(2026, 1, 1)
    spans = [(date(2027, 6, 1), None), (later, None), (sooner, date(2027, 1, 2))]
    spans.append((sooner, date(2027, 1, 1)))
    compared = 0
    for one, other, (since, until), parts in product(
        Instrument, Instrument, spans, ([], ["a", "b"], ["c"])
    ):
        first = await an_award(of, instrument=one, parts=["b"])
        await first.save(force_create=True)
        more: dict[str, Any] = {"instrument": other, "since": since, "until": until}
        second = await an_award(of, parts=parts, **more)
        try:
            await second.save(force_create=True)
            kept = True
        except REFUSED:
            kept = False
        interests = [
            Interest(1, each.instrument, each.since, each.until, frozenset(each.parts))
            for each in (first, second)
        ]
        assert kept is not interests[0].rivals(interests[1]), interests
        await Award.all().delete()
        compared += 1
    assert compared == 300


@pytest.mark.parametrize(
    ("beside", "change"),
    [
        ({"ended_at": "2026-11-22T00:00:00+00:00", "ended_because": "x"}, "ended_at = NULL"),
        ({"parts": ["a"]}, "parts = '[\"b\"]'"),
        ({"since": date(2028, 1, 1), "until": date(2029, 1, 1)}, "since = '2027-12-31'"),
        ({"since": date(2026, 1, 1), "until": date(2027, 1, 1)}, "until = NULL"),
    ],
)
async def test_no_change_by_hand_makes_two_live_awards_rivals(
    of: Deciding, beside: dict[str, Any], change: str
) -> None:
    """Invariant 12."""
    await (await an_award(of, parts=["b"])).save(force_create=True)
    other = await an_award(of, **({"parts": ["b"]} | beside))
    await other.save(force_create=True)
    with pytest.raises(REFUSED, match=TAKEN):
        await of.officer.database.client.execute_query(
            f"UPDATE award SET {change} WHERE id = {other.id}"
        )


async def test_a_case_gives_one_thing_at_a_time(of: Deciding) -> None:
    first = await an_award(of, asset_id=None, instrument=Instrument.SERVICE)
    await first.save(force_create=True)
    same: dict[str, Any] = {"asset_id": None, "instrument": Instrument.SERVICE}
    with pytest.raises(IntegrityError):
        await (await an_award(of, case_id=first.case_id, **same)).save(force_create=True)
