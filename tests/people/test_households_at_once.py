"""What two do in a household at the same moment: one after the other, or one of them not at all."""

import asyncio

from commonweal.kernel.ids import read_id
from commonweal.people.actions_households import (
    give_consent,
    guardians_of,
    invite_adult,
    leave,
)
from commonweal.people.rules_households import ConsentPurpose
from commonweal.people.tables import Person
from commonweal.people.tables_households import Household
from commonweal.store.database import Database
from tests.people.families import a_family, a_household, invitation_of, overlapped
from tests.people.signing import refused, signed_in


async def test_two_adults_who_leave_at_once_leave_no_child_behind(database: Database) -> None:
    ann, bob, household, child = await a_family(database)
    payloads = await asyncio.gather(
        *(each.does("leaveHousehold", householdId=household) for each in (ann, bob))
    )
    assert sorted(map(refused, payloads)) == [[], ["LAST_ADULT"]]
    assert len(await guardians_of(read_id("per", child) or 0)) == 1


async def test_who_leaves_while_another_does_sees_that_they_are_the_last(
    database: Database,
) -> None:
    ann, bob, household, child = await a_family(database)
    viewer = await ann.viewer()
    second = await overlapped(
        database,
        lambda tx: leave(tx, viewer.name, viewer.id or 0),
        lambda: bob.does("leaveHousehold", householdId=household),
    )
    assert refused(second) == ["LAST_ADULT"]
    assert await guardians_of(read_id("per", child) or 0) == [(await bob.viewer()).id]


async def test_nobody_adds_a_child_to_a_household_that_they_are_leaving(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    household = await a_household(ann)
    viewer = await ann.viewer()
    adding = {"householdId": household, "name": "Cy", "ageBand": "UNDER_13"}
    second = await overlapped(
        database,
        lambda tx: leave(tx, viewer.name, viewer.id or 0),
        lambda: ann.does("addChild", **adding),
    )
    assert refused(second) == ["NOT_FOUND"]
    assert not await Person.filter(age_band__not_isnull=True).exists()


async def test_who_consents_while_another_does_is_told_so(database: Database) -> None:
    ann, bob, _, child = await a_family(database)
    viewer, number = await ann.viewer(), read_id("per", child) or 0
    purpose = ConsentPurpose.SPENDING
    second = await overlapped(
        database,
        lambda tx: give_consent(tx, viewer, child_id=number, purpose=purpose),
        lambda: bob.does("giveConsent", childId=child, purpose=purpose),
    )
    assert refused(second) == ["ALREADY_CONSENTED"]


async def test_who_accepts_an_invitation_that_is_replaced_meanwhile_finds_it_gone(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    household = await a_household(ann)
    await ann.does("inviteAdult", householdId=household, email="bob@example.org")
    bob = await signed_in(database, "bob@example.org")
    answer = {"householdInvitationId": await invitation_of(bob)}
    viewer, number = await ann.viewer(), read_id("hsh", household) or 0
    second = await overlapped(
        database,
        lambda tx: invite_adult(tx, viewer, household_id=number, email="bob@example.org"),
        lambda: bob.does("acceptHouseholdInvitation", **answer),
    )
    assert refused(second) == ["NOT_FOUND"]


async def test_twenty_foundings_at_once_are_one_household(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    payloads = await asyncio.gather(
        *(ann.does("foundHousehold", name=f"House {n}") for n in range(20))
    )
    assert sum(not refused(each) for each in payloads) == 1
    assert await Household.all().count() == 1


async def test_a_consent_that_two_give_and_two_revoke_at_once_is_one(database: Database) -> None:
    ann, bob, _, child = await a_family(database)
    giving = {"childId": child, "purpose": "SPENDING"}
    payloads = await asyncio.gather(*(each.does("giveConsent", **giving) for each in (ann, bob)))
    assert sorted(map(refused, payloads)) == [[], ["ALREADY_CONSENTED"]]
    found = await ann.asks(
        "{ me { household { children { edges { node {"
        " consents { edges { node { id } } } } } } } } }"
    )
    [kid] = found["me"]["household"]["children"]["edges"]
    [consent] = kid["node"]["consents"]["edges"]
    ending = {"consentId": consent["node"]["id"]}
    payloads = await asyncio.gather(*(each.does("revokeConsent", **ending) for each in (ann, bob)))
    assert sorted(map(refused, payloads)) == [[], ["CONSENT_ENDED"]]
