"""Families: adults who are equals, their children, and what they consent to for them."""

from datetime import date, timedelta

import pytest

from commonweal.access import Scope, Viewer
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.actions_households import (
    guardians_of,
)
from commonweal.people.rules_households import (
    HOUSEHOLD_INVITATIONS,
    LOOK_AGAIN_DAYS,
    MOST,
    AgeBand,
    look_again_on,
)
from commonweal.people.rules_organisations import INVITATION_DAYS, InvitationState
from commonweal.people.tables import Person
from commonweal.people.tables_households import Consent, Household, HouseholdInvitation
from commonweal.store.audit import verify
from commonweal.store.database import Database
from tests.conftest import Advance
from tests.people.families import a_child, a_family, a_household, invitation_of, may
from tests.people.signing import Somebody, code_for, done, refused, signed_in

FAMILY = """{ me { household { name adults { edges { node { id name } } }
  children { edges { node { name ageBand lookAgainOn
    consents { edges { node { purpose until givenBy { name } endedBy { name } } } } } } } } } }"""
UNTIL = "errors: userErrors { ... on InvitedTooOften { most retryAfterSeconds } }"
CONSENTS = "child { consents { edges { node { purpose until } } } }"


async def test_the_story_of_a_family(database: Database, advance: Advance) -> None:
    ann, bob, household, child = await a_family(database)
    await ann.does("reviseMe", name="Ann")
    await bob.does("reviseMe", name="Bob")
    given = await ann.does("giveConsent", "consent { id }", childId=child, purpose="VOLUNTEERING")
    assert await may(database, child)
    assert not await may(database, child, "PHOTOGRAPHS")
    revoked = await bob.does("revokeConsent", CONSENTS, consentId=given["consent"]["id"])
    assert refused(revoked) == []
    assert not await may(database, child)
    await bob.does("giveConsent", childId=child, purpose="VOLUNTEERING")
    assert await may(database, child)
    [kid] = (await ann.asks(FAMILY))["me"]["household"]["children"]["edges"]
    first, second = (edge["node"] for edge in kid["node"]["consents"]["edges"])
    assert first["givenBy"]["name"] == "Ann"
    assert first["endedBy"]["name"] == "Bob"
    assert first["until"]
    assert second["until"] is None
    assert kid["node"]["lookAgainOn"] == "2027-11-22"

    assert refused(await ann.does("leaveHousehold", householdId=household)) == []
    assert (await ann.asks(FAMILY))["me"]["household"] is None
    assert await may(database, child), "leaving moves nothing by itself"
    assert refused(await bob.does("leaveHousehold", householdId=household)) == ["LAST_ADULT"]

    grown = await bob.does("reviewChild", CONSENTS, childId=child, ageBand="ADULT")
    assert all(edge["node"]["until"] for edge in grown["child"]["consents"]["edges"])
    assert await may(database, child, "PHOTOGRAPHS"), "an adult needs nobody's consent"
    refusal = await bob.does("giveConsent", childId=child, purpose="SPENDING")
    assert refused(refusal) == ["OF_AGE"]
    back = await bob.does("reviewChild", childId=child, ageBand="UNDER_13")
    assert refused(back) == ["OF_AGE"]
    assert refused(await bob.does("eraseChild", childId=child)) == ["OF_AGE"]
    leaving = {"householdId": household}
    assert refused(await bob.does("leaveHousehold", **leaving)) == ["CARD_NEEDED"]
    card = (await bob.does("printGrownCard", "card", childId=child))["card"]
    assert refused(await bob.does("leaveHousehold", **leaving)) == []
    assert (await Household.get(id=read_id("hsh", household))).name is None
    given = {
        "card": card,
        "email": "cy@example.org",
        "code": await code_for(database, "cy@example.org"),
    }
    claimed = await done(database, "claimAccount", "token", given, Viewer(address="10.0.0.9"))
    assert refused(claimed) == [], "the card is good though nobody is left"
    assert (await verify(database)).broken == []


async def test_adults_are_equal_and_see_each_other_and_nobody_else_does(
    database: Database,
) -> None:
    eve = await signed_in(database, "eve@example.org")
    hers = await a_child(eve, await a_household(eve, "Others"))
    await eve.does("giveConsent", childId=hers, purpose="SPENDING")
    ann, bob, household, child = await a_family(database)
    seen = await bob.asks(FAMILY)
    assert seen == await ann.asks(FAMILY)
    assert len(seen["me"]["household"]["adults"]["edges"]) == 2
    given = await ann.does("giveConsent", "consent { id }", childId=child, purpose="SPENDING")
    await ann.does("inviteAdult", householdId=household, email="dan@example.org")
    invited = await HouseholdInvitation.get(state=InvitationState.OPEN)
    mine: dict[str, tuple[str, str, dict[str, str]]] = {
        "inviteAdult": ("householdId", household, {"email": "x@example.org"}),
        "leaveHousehold": ("householdId", household, {}),
        "addChild": ("householdId", household, {"name": "x", "ageBand": "UNDER_13"}),
        "reviewChild": ("childId", child, {"ageBand": "ADULT"}),
        "giveConsent": ("childId", child, {"purpose": "SPENDING"}),
        "revokeConsent": ("consentId", given["consent"]["id"], {}),
        "withdrawHouseholdInvitation": ("householdInvitationId", _hin(invited), {}),
        "acceptHouseholdInvitation": ("householdInvitationId", _hin(invited), {}),
        "declineHouseholdInvitation": ("householdInvitationId", _hin(invited), {}),
    }
    for verb, (name, number, more) in mine.items():
        theirs = await eve.does(verb, **{name: number}, **more)
        missing = await eve.does(verb, **{name: number[:4] + "0000000000000"}, **more)
        assert refused(theirs) == ["NOT_FOUND"], verb
        assert theirs == missing
    assert await Consent.filter(until__isnull=True).count() == 2
    [kid] = (await eve.asks(FAMILY))["me"]["household"]["children"]["edges"]
    assert len(kid["node"]["consents"]["edges"]) == 1


def _hin(invitation: HouseholdInvitation) -> str:
    return write_id("hin", invitation.id)


async def test_an_adult_is_nobodys_child(database: Database) -> None:
    ann, bob, _, _ = await a_family(database)
    himself = (await bob.asks("{ me { id } }"))["me"]["id"]
    for verb, more in (
        ("reviewChild", {"ageBand": "UNDER_13"}),
        ("giveConsent", {"purpose": "SPENDING"}),
    ):
        assert refused(await ann.does(verb, childId=himself, **more)) == ["NOT_FOUND"]


async def test_nobody_is_in_two_households(database: Database) -> None:
    ann, bob, household, _ = await a_family(database)
    assert refused(await ann.does("foundHousehold", name="Again")) == ["ALREADY_IN_HOUSEHOLD"]
    assert await Household.all().count() == 1
    inviting = {"householdId": household, "email": "bob@example.org"}
    assert refused(await ann.does("inviteAdult", **inviting)) == ["ALREADY_OURS"]
    cat = await signed_in(database, "cat@example.org")
    other = await a_household(cat)
    # the same answer for whoever is in a household elsewhere: it is nobody's business
    inviting = {"householdId": other, "email": "bob@example.org"}
    assert refused(await cat.does("inviteAdult", **inviting)) == []
    taken = await bob.does(
        "acceptHouseholdInvitation", householdInvitationId=await invitation_of(bob)
    )
    assert refused(taken) == ["ALREADY_IN_HOUSEHOLD"]
    assert await HouseholdInvitation.filter(state=InvitationState.OPEN).count() == 1


async def test_an_invitation_goes_by_mail_and_only_whoever_it_went_to_answers_it(
    database: Database, advance: Advance
) -> None:
    ann = await signed_in(database, "ann@example.org")
    household = await a_household(ann)
    inviting = {"householdId": household, "email": "Bob@Example.org"}
    assert refused(await ann.does("inviteAdult", householdId=household, email="x")) == [
        "ADDRESS_NOT_USABLE"
    ]
    await ann.does("inviteAdult", **inviting)
    await ann.does("inviteAdult", **inviting)
    assert await HouseholdInvitation.filter(state=InvitationState.OPEN).count() == 1
    letter = await Message.filter(kind="household_invitation").first()
    assert letter
    assert letter.body
    assert "The Bees" in letter.body
    bob = await signed_in(database, "bob@example.org")
    answer = {"householdInvitationId": await invitation_of(bob)}
    withdrawing = await bob.does("withdrawHouseholdInvitation", **answer)
    assert refused(withdrawing) == ["NOT_ALLOWED"]
    assert refused(await bob.does("declineHouseholdInvitation", **answer)) == []
    assert refused(await bob.does("acceptHouseholdInvitation", **answer)) == ["NOT_FOUND"]
    assert not await HouseholdInvitation.filter(email__not_isnull=True).exists()
    await ann.does("inviteAdult", **inviting)
    answer = {"householdInvitationId": await invitation_of(bob)}
    assert refused(await ann.does("withdrawHouseholdInvitation", **answer)) == []
    late = await ann.does("inviteAdult", UNTIL, **inviting)  # three letters a day are enough
    assert refused(late) == ["INVITED_TOO_OFTEN"]
    assert 0 < late["errors"][0]["retryAfterSeconds"] <= 86_401
    await advance(timedelta(days=1))
    await ann.does("inviteAdult", **inviting)
    answer = {"householdInvitationId": await invitation_of(bob)}
    await advance(timedelta(days=INVITATION_DAYS.value))
    assert refused(await bob.does("acceptHouseholdInvitation", **answer)) == ["INVITATION_OVER"]


async def test_the_last_to_leave_takes_the_name_and_the_invitations_along(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    household = await a_household(ann)
    await ann.does("inviteAdult", householdId=household, email="bob@example.org")
    assert refused(await ann.does("leaveHousehold", householdId=household)) == []
    left = await HouseholdInvitation.get()
    assert (left.state, left.email, left.email_key) == (InvitationState.WITHDRAWN, None, None)
    await a_household(ann, "Anew")


async def test_a_band_that_nobody_looked_at_for_a_year_carries_no_consent(
    database: Database, advance: Advance
) -> None:
    ann, _, _, child = await a_family(database)
    await ann.does("giveConsent", childId=child, purpose="VOLUNTEERING")
    await advance(timedelta(days=LOOK_AGAIN_DAYS.value - 1))
    ann = await signed_in(database, "ann@example.org")
    assert await may(database, child)
    await advance(timedelta(days=1))
    assert not await may(database, child)
    asked = {"childId": child, "purpose": "SPENDING"}
    assert refused(await ann.does("giveConsent", **asked)) == ["BAND_OUTDATED"]
    reviewed = await ann.does(
        "reviewChild", "child { ageBand }", childId=child, ageBand="FROM_16_TO_17"
    )
    assert reviewed["child"] == {"ageBand": "FROM_16_TO_17"}
    assert await may(database, child)
    assert refused(await ann.does("giveConsent", **asked)) == []


async def test_a_child_has_guardians_and_whoever_is_none_has_not(database: Database) -> None:
    ann, bob, _, child = await a_family(database)
    both = [(await each.viewer()).id or 0 for each in (ann, bob)]
    number = read_id("per", child) or 0
    assert await guardians_of(number) == sorted(both)
    assert await guardians_of(both[0]) == []
    await ann.does("reviewChild", childId=child, ageBand="ADULT")
    assert await guardians_of(number) == []


async def test_no_program_and_no_hand_consents_for_a_guardian(database: Database) -> None:
    ann, _, _, child = await a_family(database)
    payload = await ann.does("createAccessToken", "token", label="app", scopes=[Scope.PERSONAL])
    program = Somebody(database, payload["token"])
    asked = {"childId": child, "purpose": "SPENDING"}
    assert refused(await program.does("giveConsent", **asked)) == ["SCOPE_LACKING"]
    given = await ann.does("giveConsent", "consent { id }", **asked)
    ending = {"consentId": given["consent"]["id"]}
    assert refused(await program.does("revokeConsent", **ending)) == ["SCOPE_LACKING"]
    assert refused(await ann.does("revokeConsent", **ending)) == []


async def test_what_may_not_be_is_refused_with_its_reason(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    assert refused(await ann.does("foundHousehold", name=" \u200b ")) == ["NAME_LENGTH"]
    household = await a_household(ann)
    adding = {"householdId": household, "name": "Cy", "ageBand": "ADULT"}
    assert refused(await ann.does("addChild", **adding)) == ["CHILDREN_ONLY"]
    adding = {"householdId": household, "name": "", "ageBand": "UNDER_13"}
    assert refused(await ann.does("addChild", **adding)) == ["NAME_LENGTH"]
    for _ in range(MOST):
        await a_child(ann, household)
    adding |= {"name": "One more"}
    assert refused(await ann.does("addChild", **adding)) == ["TOO_MANY_IN_HOUSEHOLD"]
    for number in range(HOUSEHOLD_INVITATIONS.value):
        inviting = {"householdId": household, "email": f"u{number}@example.org"}
        assert refused(await ann.does("inviteAdult", **inviting)) == []
    late = await ann.does("inviteAdult", UNTIL, **inviting)
    assert refused(late) == ["INVITED_TOO_OFTEN"]
    assert late["errors"][0]["most"] == HOUSEHOLD_INVITATIONS.value
    assert 0 < late["errors"][0]["retryAfterSeconds"] <= 86_401


async def test_a_household_that_is_full_takes_no_further_adult(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    household = await a_household(ann)
    await ann.does("inviteAdult", householdId=household, email="bob@example.org")
    now = (await Household.get()).created_at
    number = read_id("hsh", household)
    others = [Person(id=n, household_id=number, created_at=now) for n in range(1, MOST)]
    await Person.bulk_create(others)
    bob = await signed_in(database, "bob@example.org")
    answer = {"householdInvitationId": await invitation_of(bob)}
    assert refused(await bob.does("acceptHouseholdInvitation", **answer)) == [
        "TOO_MANY_IN_HOUSEHOLD"
    ]


@pytest.mark.parametrize("band", AgeBand)
def test_an_age_is_known_as_a_band_and_for_a_year(band: AgeBand) -> None:
    expected = None if band is AgeBand.ADULT else date(2025, 2, 28)
    assert look_again_on(band, date(2024, 2, 29)) == expected
