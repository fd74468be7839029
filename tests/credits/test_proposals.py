"""Grants above what one person grants alone: reserved, and decided by a second person."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.credits.rules import RESERVED
from commonweal.credits.tables import Grant, GrantProposal, Wallet
from commonweal.store.database import Database
from tests.conftest import Advance
from tests.credits.making import Town, a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.signing import code_sent, refused, signed_in
from tests.people.stories import taken_on

MOST = 60  # minutes that one person grants alone, below


async def a_funded_town(database: Database, minutes: int = 200) -> Town:
    town = await a_town(database, soleGrantMinutes=MOST)
    await town.funds(minutes)
    return town


async def proposed(town: Town, person: str, minutes: int = 120) -> str:
    """A proposal's id, by the owner of the Friends."""
    given = {"potId": town.pot, "personId": person, "minutes": minutes, "purpose": "A year of tea"}
    payload = await keyed(
        town.owner, "grantCredits", "grant { id } proposal { id state } pot { reserved }", **given
    )
    assert payload["userErrors"] == []
    assert payload["grant"] is None
    assert payload["proposal"]["state"] == "PROPOSED"
    number: str = payload["proposal"]["id"]
    return number


async def pot_of(town: Town) -> dict[str, int]:
    query = "query($id: ID!) { pot(id: $id) { balance reserved available } }"
    found: dict[str, int] = (await town.officer.asks(query, id=town.pot))["pot"]
    return found


async def test_more_than_one_grants_alone_is_reserved_until_a_second_person_approves(
    database: Database,
) -> None:
    town = await a_funded_town(database)
    ann, number = await a_volunteer(town)
    proposal = await proposed(town, number)
    assert await pot_of(town) == {"balance": 200, "reserved": 120, "available": 80}
    assert await Wallet.all().count() == 0, "nothing of it shows before it is decided"
    own = await town.owner.does("approveGrant", proposalId=proposal)
    assert refused(own) == ["OWN_PROPOSAL"]
    done = await town.officer.does(
        "approveGrant", "grant { minutes } proposal { state }", proposalId=proposal
    )
    assert done["grant"] == {"minutes": 120}
    assert done["proposal"] == {"state": "APPROVED"}
    assert await pot_of(town) == {"balance": 80, "reserved": 0, "available": 80}
    assert (await wallet_of(ann))["balance"] == 120
    await sound(database)


async def test_up_to_the_bound_one_person_grants_and_from_it_on_two(database: Database) -> None:
    town = await a_funded_town(database)
    _, number = await a_volunteer(town)
    assert await town.grants(number, MOST) == []
    assert (await Grant.get()).minutes == MOST
    await proposed(town, number, MOST + 1)


async def test_what_is_reserved_is_granted_to_no_other(database: Database) -> None:
    town = await a_funded_town(database)
    _, number = await a_volunteer(town)
    _, other = await a_volunteer(town, "bob")
    await proposed(town, number, 150)
    payload = await keyed(
        town.owner,
        "grantCredits",
        potId=town.pot,
        personId=other,
        minutes=51,
        purpose="Tea",
    )
    [error] = payload["userErrors"]
    assert error["code"] == "POT_EXHAUSTED"
    assert await town.grants(other, 50) == []
    refusal = await keyed(
        town.owner, "grantCredits", potId=town.pot, personId=other, minutes=70, purpose="Tea"
    )
    assert refused(refusal) == ["POT_EXHAUSTED"], "nor proposed"


async def test_what_is_refused_or_taken_back_is_free_again(database: Database) -> None:
    town = await a_funded_town(database)
    _, number = await a_volunteer(town)
    for who in (town.owner, town.officer):
        proposal = await proposed(town, number)
        assert refused(await who.does("refuseGrant", proposalId=proposal)) == []
        assert (await pot_of(town))["available"] == 200
        again = await town.officer.does("approveGrant", proposalId=proposal)
        assert refused(again) == ["WRONG_STATE"]
    assert await Grant.all().count() == 0
    await sound(database)


async def test_approved_and_refused_by_many_at_once_it_is_decided_once(database: Database) -> None:
    town = await a_funded_town(database)
    _, number = await a_volunteer(town)
    proposal = await proposed(town, number)
    verbs = ("approveGrant", "approveGrant", "refuseGrant", "approveGrant")
    people = (town.officer, town.other, town.officer, town.other)
    done = await asyncio.gather(
        *(who.does(verb, proposalId=proposal) for who, verb in zip(people, verbs, strict=True))
    )
    assert sorted(refused(each) for each in done) == [[], *[["WRONG_STATE"]] * 3]
    granted = await Grant.all().count()
    assert (await pot_of(town))["balance"] == 200 - 120 * granted
    assert (await pot_of(town))["reserved"] == 0
    await sound(database)


async def test_a_pot_that_is_closed_refuses_what_waits_and_gives_all_of_it_back(
    database: Database,
) -> None:
    town = await a_funded_town(database)
    _, number = await a_volunteer(town)
    proposal = await proposed(town, number)
    assert refused(await town.officer.does("closePot", potId=town.pot)) == []
    assert await pot_of(town) == {"balance": 0, "reserved": 0, "available": 0}
    assert (await GrantProposal.get()).state == "refused"
    assert refused(await town.other.does("approveGrant", proposalId=proposal)) == ["WRONG_STATE"]
    await sound(database)


async def test_it_is_reserved_for_a_month_and_afterwards_others_may_be_first(
    database: Database, advance: Advance
) -> None:
    town = await a_funded_town(database)
    _, number = await a_volunteer(town)
    first, second = [await proposed(town, number, 100) for _ in range(2)]
    await advance(timedelta(days=RESERVED.value))
    assert (await pot_of(town))["available"] == 200, "whether a job has run or not"
    _, other = await a_volunteer(town, "bob")
    assert await town.grants(other, 60) == []
    assert refused(await town.officer.does("approveGrant", proposalId=first)) == []
    late = await town.officer.does("approveGrant", proposalId=second)
    assert refused(late) == ["POT_EXHAUSTED"]
    assert refused(await town.officer.does("refuseGrant", proposalId=second)) == []
    await sound(database)


async def test_nobody_approves_for_themselves_or_their_household(database: Database) -> None:
    town = await a_funded_town(database)
    ann = await signed_in(database, "ann@example.org")
    await taken_on(town.owner, town.friends, ann, "ann@example.org", "TREASURER")
    number = (await ann.asks("{ me { id } }"))["me"]["id"]
    proposal = await proposed(town, number)
    assert refused(await ann.does("approveGrant", proposalId=proposal)) == ["OWN_GRANT"]
    assert (await pot_of(town))["reserved"] == 120, "what is refused lets nothing go"


async def test_what_waits_for_who_was_erased_is_only_refused(database: Database) -> None:
    town = await a_funded_town(database)
    ann, number = await a_volunteer(town)
    proposal = await proposed(town, number)
    await ann.does("requestErasureCode")
    assert refused(await ann.does("eraseMe", code=await code_sent("ann@example.org"))) == []
    late = await town.officer.does("approveGrant", proposalId=proposal)
    assert refused(late) == ["NOBODY_THERE"]
    assert refused(await town.officer.does("refuseGrant", proposalId=proposal)) == []
    await sound(database)


async def test_proposals_are_seen_by_who_grants_and_by_no_other(database: Database) -> None:
    town = await a_funded_town(database)
    ann, number = await a_volunteer(town)
    await proposed(town, number)
    query = "query($id: ID!) { pot(id: $id) { grantProposals { edges { node { minutes } } } } }"
    seen: list[int] = []
    stranger = await signed_in(database, "zoe@example.org")
    for somebody in (town.owner, town.officer, ann, stranger):
        found: dict[str, Any] = (await somebody.asks(query, id=town.pot))["pot"]
        seen.append(len(found["grantProposals"]["edges"]))
    assert seen == [1, 1, 0, 0]
