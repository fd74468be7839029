"""What an officer looks at first, what has no shifts, and what suits somebody."""

from datetime import timedelta
from typing import Any

from commonweal.kernel.ids import read_id, write_id
from commonweal.listings.tables import Listing
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_publishing import close_stale_opportunities
from commonweal.volunteering.rules import STALE, STALE_NOTICE, OpportunityState
from commonweal.volunteering.rules_signups import SignUpState
from commonweal.volunteering.tables import Opportunity
from commonweal.volunteering.tables_signups import SignUp
from tests.conftest import TODAY, Advance
from tests.credits.making import a_town
from tests.makers import the_council
from tests.people.signing import Somebody, an_officer_of, refused, signed_in
from tests.people.stories import a_group
from tests.volunteering.making import (
    HERE,
    SATURDAY,
    Help,
    a_draft,
    a_series,
    a_shift,
    an_opportunity,
    people,
    told,
)

SEEN = "query($id: ID!) { node(id: $id) { ... on Opportunity { state reason } } }"
PROPOSED = """query($id: ID!) { node(id: $id) { ... on Area {
  proposedOpportunities { edges { node { id } } } } } }"""
SUGGESTED = """{ me { suggestions(first: 9) { edges {
  skill time metres accessible node { title } } } } }"""
DAYS = timedelta(days=1)


async def state(somebody: Somebody, opportunity: str) -> Any:
    found = (await somebody.asks(SEEN, id=opportunity))["node"]
    return found and found["state"]


async def test_an_officer_looks_first_at_what_offers_the_councils_credits(
    database: Database,
) -> None:
    town = await a_town(database, opportunitiesApproved=True)
    made = await a_draft(town.owner, town.friends, potId=town.pot)
    await a_shift(town.owner, made, places=1, starts_at=SATURDAY)
    of = {"opportunityId": made}
    fields = "opportunity { state } listing { id }"
    shown = await town.owner.does("publishOpportunity", fields, **of)
    assert (shown["opportunity"]["state"], shown["listing"]) == ("PROPOSED", None)
    zoe = await signed_in(database, "zoe@example.org")
    assert await state(zoe, made) is None
    council = write_id("are", (await the_council(database)).id)
    asked = [await each.asks(PROPOSED, id=council) for each in (town.officer, zoe)]
    numbers = [
        [edge["node"]["id"] for edge in each["node"]["proposedOpportunities"]["edges"]]
        for each in asked
    ]
    assert numbers == [[made], []]
    assert refused(await town.owner.does("publishOpportunity", "", **of)) == ["WRONG_STATE"]
    assert refused(await town.owner.does("approveOpportunity", "", **of)) == ["NOT_ALLOWED"]
    back = await town.officer.does("returnOpportunity", "", reason="Where are the gloves?", **of)
    assert refused(back) == []
    assert await told("opportunity_returned") == ["owner@example.org"]
    seen = (await town.owner.asks(SEEN, id=made))["node"]
    assert seen == {"state": "DRAFT", "reason": "Where are the gloves?"}
    assert refused(await town.officer.does("approveOpportunity", "", **of)) == ["WRONG_STATE"]
    assert refused(await town.owner.does("publishOpportunity", "", **of)) == []
    approved = await town.officer.does("approveOpportunity", "listing { id }", **of)
    assert refused(approved) == []
    assert approved["listing"]["id"]
    assert await state(zoe, made) == "OPEN"


async def test_terms_ask_for_an_officers_look_from_their_day_on(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database)
    given = {"since": str((TODAY + 2 * DAYS).date()), "opportunitiesApproved": True}
    assert refused(await town.officer.does("setTerms", schemeId=town.scheme, **given)) == []
    for wait, expected in ((0, "OPEN"), (3, "PROPOSED")):
        await advance(wait * DAYS)
        made = await a_draft(town.owner, town.friends, potId=town.pot)
        await a_shift(town.owner, made, places=1, starts_at=SATURDAY)
        shown = await town.owner.does(
            "publishOpportunity", "opportunity { state }", opportunityId=made
        )
        assert shown["opportunity"]["state"] == expected


async def flexible(database: Database) -> Help:
    await the_council(database)
    owner = await signed_in(database, "owner@example.org")
    friends = await a_group(owner)
    made = await a_draft(owner, friends, timing="FLEXIBLE")
    assert refused(await owner.does("publishOpportunity", "", opportunityId=made)) == []
    return Help(database, owner, friends, made, "", "")


async def test_what_has_no_shifts_is_kept_while_its_organisation_says_so(
    database: Database, advance: Advance
) -> None:
    helped = await flexible(database)
    of = {"opportunityId": helped.opportunity}

    async def run() -> int:
        return await in_transaction(database, close_stale_opportunities)

    await advance((STALE.value - STALE_NOTICE.value) * DAYS - timedelta(seconds=1))
    assert await run() == 0
    await advance(timedelta(seconds=1))
    assert [await run(), await run()] == [1, 0]
    assert await told("opportunity_stale") == ["owner@example.org"]
    owner = await signed_in(database, "owner@example.org")
    assert refused(await owner.does("keepOpportunity", "", **of)) == []
    await advance((STALE.value - STALE_NOTICE.value) * DAYS)
    assert await run() == 1
    assert await state(await signed_in(database, "zoe@example.org"), helped.opportunity) == "OPEN"
    await advance(STALE_NOTICE.value * DAYS - timedelta(seconds=1))
    assert await run() == 0
    helped.owner = owner = await signed_in(database, "owner@example.org")
    begins = database.clock.now().replace(second=0, microsecond=0) + 9 * DAYS
    role = await helped.adds(begins)
    ann, *_ = await people(database, 1)
    assert refused(await ann.does("signUp", roleId=role)) == []
    await advance(timedelta(seconds=1))
    assert [await run(), await run()] == [1, 0]
    assert await state(owner, helped.opportunity) == "CLOSED"
    assert await told("shift_off") == ["p0@example.org"], "who would have come is told"
    found = await ann.asks("{ search(kinds: [OPPORTUNITY], first: 5) { edges { node { id } } } }")
    assert found["search"]["edges"] == []
    assert refused(await owner.does("keepOpportunity", "", **of)) == ["WRONG_STATE"]


async def test_a_series_goes_on_while_people_come_and_is_asked_about_when_they_do_not(
    database: Database, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    await a_series(helped.owner, helped.opportunity)
    of = Opportunity.filter(id=read_id("opp", helped.opportunity))

    async def run() -> int:
        return await in_transaction(database, close_stale_opportunities)

    ann, *_ = await people(database, 1)
    await helped.placed(ann)
    await advance(10 * DAYS)
    await SignUp.all().update(came_at=database.clock.now(), state=SignUpState.CHECKED_IN)
    await advance((STALE.value - STALE_NOTICE.value - 10) * DAYS)
    assert [await run(), await run()] == [1, 0]
    assert await told("opportunity_stale") == [], "somebody came"
    await advance((STALE.value - STALE_NOTICE.value) * DAYS)
    assert await run() == 1
    assert await told("opportunity_stale") == ["owner@example.org"]
    await advance(STALE_NOTICE.value * DAYS)
    assert await run() == 1
    assert (await of.get()).state == OpportunityState.CLOSED


async def test_what_an_officer_hides_only_who_comes_still_sees(database: Database) -> None:
    helped = await an_opportunity(database)
    ann, bob = await people(database, 2)
    sign_up = await helped.placed(ann)
    listing = await Listing.get()
    officer = await an_officer_of(database, listing.council_id)
    which = {"listingId": write_id("lst", listing.id), "reason": "Not so."}
    assert refused(await officer.does("hideListing", **which)) == []
    for each, there in ((ann, True), (bob, False), (helped.owner, True), (officer, True)):
        for node in (helped.opportunity, helped.shift, helped.role):
            seen = await each.asks("query($id: ID!) { node(id: $id) { id } }", id=node)
            assert bool(seen["node"]) is there
    assert refused(await helped.joins(bob)) == ["NOT_FOUND"]
    assert refused(await ann.does("cancelSignUp", signUpId=sign_up)) == []
    assert refused(await officer.does("restoreListing", **which)) == []
    assert refused(await helped.joins(bob)) == []


async def suggested(somebody: Somebody) -> list[dict[str, Any]]:
    found = await somebody.asks(SUGGESTED)
    edges: list[dict[str, Any]] = found["me"]["suggestions"]["edges"]
    return edges


async def test_what_is_suggested_says_why_and_has_all_that_is_needed(database: Database) -> None:
    helped = await an_opportunity(database, terms=["Gardening", "StepFreeAccess"])
    far = {"longitude": -2.08, "latitude": 52.2}
    other = await a_draft(
        helped.owner, helped.friends, title="Afar", terms=["Gardening"], location=far
    )
    await a_shift(helped.owner, other, places=1, starts_at=SATURDAY + timedelta(hours=9))
    assert refused(await helped.owner.does("publishOpportunity", "", opportunityId=other)) == []
    await a_draft(helped.owner, helped.friends, title="Draft", terms=["Gardening"])
    ann, bob = await people(database, 2)
    assert await suggested(ann) == []
    assert refused(await ann.does("sayOfMe", term="SaturdayMorning")) == []
    assert await suggested(ann) == [], "of a Saturday morning there is too much in the country"
    assert refused(await ann.does("sayOfMe", term="Gardening")) == []
    first, second = await suggested(ann)
    assert first["node"]["title"] == "Dig the allotment paths", "two reasons before one"
    assert (first["time"], first["skill"]) == ("Saturday morning", "Gardening")
    assert (second["node"]["title"], second["time"]) == ("Afar", None)
    assert refused(await ann.does("setHome", **HERE)) == []
    [edge] = await suggested(ann)
    assert edge["node"]["title"] == "Dig the allotment paths", "the other is beyond a ride"
    assert 0 < edge["metres"] < 1_000
    assert refused(await ann.does("sayOfMe", term="StepFreeAccess")) == []
    [edge] = await suggested(ann)
    assert edge["node"]["title"] == "Dig the allotment paths"
    assert edge["accessible"] == "Step free access"
    hearing = await ann.does("sayOfMe", "qualification { id }", term="HearingLoop")
    assert await suggested(ann) == []
    number = hearing["qualification"]["id"]
    for each in (bob, helped.owner):
        seen = await each.asks("query($id: ID!) { node(id: $id) { id } }", id=number)
        assert seen["node"] is None, "what somebody needs is theirs to know"
        assert refused(await each.does("withdrawQualification", qualificationId=number)) == [
            "NOT_FOUND"
        ]
    assert refused(await ann.does("withdrawQualification", qualificationId=number)) == []
    assert len(await suggested(ann)) == 1
    assert await suggested(bob) == []
