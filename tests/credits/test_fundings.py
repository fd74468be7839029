"""Fundings: two people above a bound, each in its time, and what of it goes back."""

import asyncio
from datetime import date, timedelta
from typing import Any

from commonweal.access import Viewer
from commonweal.credits.actions_fundings import close_ended_pots, fund_pot, return_unspent
from commonweal.credits.rules import SOLE_DAYS
from commonweal.credits.tables import Funding, Pot, Scheme
from commonweal.kernel.ids import read_id, write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.credits.making import DAY, Town, a_town, a_volunteer, keyed, sound
from tests.people.signing import an_officer_of, refused, signed_in
from tests.people.stories import taken_on


async def funds(town: Town, minutes: int, since: date, until: date, **more: Any) -> dict[str, Any]:
    given = {"potId": town.pot, "minutes": minutes, "purpose": "A warm hall.", **more}
    days = {"since": str(since), "until": str(until), "documentReference": "CAB/1"}
    return await keyed(town.officer, "fundPot", "funding { id state }", **given, **days)


def days(count: int) -> date:
    return DAY + timedelta(days=count)


async def returned(database: Database) -> None:
    while await in_transaction(database, return_unspent):
        pass


async def again(town: Town) -> None:
    """Their sessions are over by then."""
    town.officer = await signed_in(town.database, "officer@example.org")
    town.other = await signed_in(town.database, "other@example.org")
    town.owner = await signed_in(town.database, "owner@example.org")


async def test_many_small_fundings_are_as_much_as_a_large_one_whoever_gives_them(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database)
    states = [(await funds(town, 3_000, DAY, days(400)))["funding"]["state"] for _ in range(3)]
    assert states == ["APPROVED", "APPROVED", "PROPOSED"]
    town.officer, town.other = town.other, town.officer
    assert (await funds(town, 1, DAY, days(400)))["funding"]["state"] == "PROPOSED"
    assert await town.balance() == 6_000
    await advance(timedelta(days=SOLE_DAYS.value))
    await again(town)
    assert (await funds(town, 6_000, DAY, days(400)))["funding"]["state"] == "APPROVED"


async def test_of_many_fundings_at_once_those_within_the_bound_are_given(
    database: Database,
) -> None:
    town = await a_town(database)
    done = await asyncio.gather(*(funds(town, 2_000, DAY, days(9)) for _ in range(6)))
    assert sorted(each["funding"]["state"] for each in done) == [
        *["APPROVED"] * 3,
        *["PROPOSED"] * 3,
    ]
    assert await town.balance() == 6_000
    await sound(database)


async def test_no_program_is_a_second_person(database: Database) -> None:
    town = await a_town(database)
    funding = await town.funds(6_001)
    token = await an_officer_of(database, (await Scheme.get()).council_id)
    assert refused(await token.does("approveFunding", fundingId=funding)) == ["PERSON_NEEDED"]


async def test_who_belongs_to_a_pots_organisation_does_not_fund_it(database: Database) -> None:
    town = await a_town(database)
    funding = await town.funds(6_001)
    await taken_on(town.owner, town.friends, town.other, "other@example.org")
    own = await town.other.does("approveFunding", fundingId=funding)
    assert refused(own) == ["OWN_ORGANISATION"]
    town.officer = town.other
    assert refused(await funds(town, 10, DAY, days(9))) == ["OWN_ORGANISATION"]


async def test_what_people_gave_to_the_community_is_no_fundings_to_take_back(
    database: Database,
) -> None:
    town = await a_town(database)
    community = write_id("pot", (await Pot.get(kind="COMMUNITY")).id)
    funded = await funds(town, 10, DAY, days(2), potId=community)
    assert refused(funded) == ["COMMUNITY_POT_NOT_FUNDED"]


async def test_each_funding_has_its_time_and_what_it_has_left_goes_back_alone(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database)
    _, number = await a_volunteer(town)
    for minutes, since, until in ((300, 0, 10), (100, 0, 3_000), (500, 365, 375)):
        assert refused(await funds(town, minutes, days(since), days(until))) == []
    assert await town.grants(number, 401) == ["POT_EXHAUSTED"], "the third has not begun"
    assert await town.grants(number, 50) == []
    unspent: Any = await Funding.all().order_by("id").values_list("unspent", flat=True)
    assert list(unspent) == [250, 100, 500], "the first to end goes first"
    await advance(timedelta(days=10))
    await again(town)
    assert await town.grants(number, 101) == ["POT_EXHAUSTED"]
    await returned(database)
    assert await town.balance() == 600
    assert await town.grants(number, 100) == []
    assert await town.grants(number, 1) == ["POT_EXHAUSTED"]
    await sound(database)


async def test_what_is_proposed_for_a_time_that_is_over_is_approved_no_more(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, soleFundingMinutes=10)
    funding = (await funds(town, 300, DAY, days(2)))["funding"]["id"]
    await advance(timedelta(days=2))
    late = await town.other.does("approveFunding", fundingId=funding)
    assert refused(late) == ["WINDOW_UNFIT"]
    assert refused(await town.other.does("refuseFunding", fundingId=funding)) == []
    assert await town.balance() == 0


async def test_a_funding_that_comes_while_another_goes_back_stays(
    database: Database, advance: Advance
) -> None:
    """The job has seen what is over, and waits for the pot's row."""
    town = await a_town(database)
    assert refused(await funds(town, 300, DAY, days(2))) == []
    await advance(timedelta(days=5))
    viewer = await town.officer.viewer()
    began = asyncio.Event()

    async def funding(tx: Transaction) -> None:
        await _funds(tx, viewer, town)
        began.set()
        await asyncio.sleep(0.3)

    async def job() -> None:
        await began.wait()
        await returned(database)

    await asyncio.gather(in_transaction(database, funding), job())
    assert await town.balance() == 500
    await sound(database)


async def _funds(tx: Transaction, viewer: Viewer, town: Town) -> None:
    given: dict[str, Any] = {"minutes": 500, "purpose": "x", "document_reference": "y"}
    given |= {"since": DAY, "until": days(300), "pot_id": read_id("pot", town.pot)}
    await fund_pot(tx, viewer, **given)


async def test_the_pot_of_an_organisation_that_ended_is_funded_no_more_and_closed(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(100)
    assert await in_transaction(database, close_ended_pots) == 0
    ended = await town.owner.does("endOrganisation", organisationId=town.friends)
    assert refused(ended) == []
    assert refused(await funds(town, 10, DAY, days(9))) == ["ORGANISATION_ENDED"]
    assert await in_transaction(database, close_ended_pots) == 1
    assert await in_transaction(database, close_ended_pots) == 0
    assert await town.balance() == 0
    await sound(database)
