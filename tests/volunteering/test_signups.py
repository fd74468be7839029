"""Signing up: places never exceed what there are, and a freed one goes down the line."""

import asyncio
from datetime import timedelta

from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_publishing import close_due_opportunities
from commonweal.volunteering.actions_signups import pass_on_places
from commonweal.volunteering.rules_signups import OFFERED
from commonweal.volunteering.tables_signups import SignUp
from tests.conftest import Advance
from tests.people.signing import code_sent, refused, signed_in
from tests.volunteering.making import SATURDAY, a_shift, an_opportunity, people

FOUND = """query($day: Date!) {
  search(kinds: [OPPORTUNITY], openOn: $day, first: 5,
    near: {longitude: -2.08, latitude: 51.9, withinMetres: 5000.0}
  ) { edges { node { title ... on OpportunityListing { opportunity {
    shifts(first: 3) { edges { node { roles(first: 3) { edges { node {
      id name placesLeft } } } } } } } } } } } }"""


async def test_a_stranger_finds_what_is_done_on_saturday_nearby_and_how_many_places_are_left(
    database: Database,
) -> None:
    helped = await an_opportunity(database, places=2)
    ann, *_ = await people(database, 1)
    assert (await helped.joins(ann))["signUp"]["state"] == "SIGNED_UP"
    stranger = await signed_in(database, "zoe@example.org")
    day = SATURDAY.date()
    [edge] = (await stranger.asks(FOUND, day=str(day)))["search"]["edges"]
    assert edge["node"]["title"] == "Dig the allotment paths"
    [shift] = edge["node"]["opportunity"]["shifts"]["edges"]
    [role] = shift["node"]["roles"]["edges"]
    assert role["node"] == {"id": helped.role, "name": "Digger", "placesLeft": 1}
    other = str(day + timedelta(days=1))
    assert (await stranger.asks(FOUND, day=other))["search"]["edges"] == []


async def test_of_fifty_who_want_the_last_place_one_has_it_and_the_others_wait(
    database: Database,
) -> None:
    helped = await an_opportunity(database, places=1)
    crowd = await people(database, 50)
    done = await asyncio.gather(*(helped.joins(each) for each in crowd))
    states = [each["signUp"]["state"] for each in done if each["signUp"]]
    codes = [code for each in done for code in refused(each)]
    assert states.count("SIGNED_UP") == 1
    assert states.count("WAITING") == len(states) - 1
    assert set(codes) <= {"TRY_AGAIN"}
    assert await SignUp.filter(place=1).count() == 1


async def test_a_freed_place_is_offered_to_who_waited_longest_and_passed_on(
    database: Database, advance: Advance
) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob, cat, dan = await people(database, 4)
    first, *others = [(await helped.joins(each))["signUp"]["id"] for each in (ann, bob, cat, dan)]
    gone = await ann.does("cancelSignUp", "signUp { state }", signUpId=first)
    assert gone["signUp"]["state"] == "CANCELLED"
    states = [await helped.state_of(each) for each in others]
    assert states == ["OFFERED", "WAITING", "WAITING"]
    letter = await Message.get(kind="place_offered")
    assert letter.to_address == "p1@example.org"
    again = await helped.joins(ann)
    assert again["signUp"]["state"] == "WAITING", "what is offered is nobody else's"
    assert refused(await cat.does("acceptPlace", signUpId=others[0])) == ["NOT_FOUND"]
    await advance(timedelta(hours=OFFERED.value))
    assert refused(await bob.does("acceptPlace", signUpId=others[0])) == ["OFFER_OVER"]
    assert await in_transaction(database, pass_on_places) == 1
    assert await in_transaction(database, pass_on_places) == 0
    states = [await helped.state_of(each) for each in others]
    assert states == ["LAPSED", "OFFERED", "WAITING"]
    taken = await cat.does("acceptPlace", "signUp { state }", signUpId=others[1])
    assert taken["signUp"]["state"] == "SIGNED_UP"
    assert await helped.state_of(others[2]) == "WAITING"


async def test_cancelled_accepted_and_joined_at_once_a_place_is_one_persons(
    database: Database,
) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob, cat = await people(database, 3)
    first, second = [(await helped.joins(each))["signUp"]["id"] for each in (ann, bob)]
    await asyncio.gather(
        ann.does("cancelSignUp", signUpId=first),
        bob.does("acceptPlace", signUpId=second),
        helped.joins(cat),
        bob.does("acceptPlace", signUpId=second),
    )
    assert await SignUp.filter(place__isnull=False).count() == 1


async def test_nobody_is_twice_in_a_shift_or_in_two_places_at_once(database: Database) -> None:
    helped = await an_opportunity(database)
    ann, *_ = await people(database, 1)
    done = await asyncio.gather(*(helped.joins(ann) for _ in range(4)))
    assert sorted(refused(each) for each in done) == [[], *[["SIGNED_UP_ALREADY"]] * 3]
    overlapping = SATURDAY + timedelta(minutes=119)
    _, role = await a_shift(helped.owner, helped.opportunity, places=1, starts_at=overlapping)
    assert refused(await helped.joins(ann, role)) == ["SHIFTS_CLASH"]
    after = SATURDAY + timedelta(hours=2)
    _, role = await a_shift(helped.owner, helped.opportunity, places=1, starts_at=after)
    assert refused(await helped.joins(ann, role)) == [], "one ends as the other begins"


async def test_a_shift_that_has_begun_is_joined_and_left_no_more(
    database: Database, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    ann, bob = await people(database, 2)
    mine = (await helped.joins(ann))["signUp"]["id"]
    await advance(timedelta(days=7))
    assert refused(await helped.joins(bob)) == ["SHIFT_BEGUN"]
    assert refused(await ann.does("cancelSignUp", signUpId=mine)) == ["SHIFT_BEGUN"]
    assert await in_transaction(database, close_due_opportunities) == 1
    assert refused(await helped.joins(bob)) == ["WRONG_STATE"]


async def test_who_had_a_place_is_told_when_an_opportunity_is_closed(database: Database) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob = await people(database, 2)
    ids = [(await helped.joins(each))["signUp"]["id"] for each in (ann, bob)]
    closed = await helped.owner.does("closeOpportunity", opportunityId=helped.opportunity)
    assert refused(closed) == []
    assert [await helped.state_of(each) for each in ids] == ["CANCELLED"] * 2
    assert await Message.filter(kind="shift_off").count() == 2
    assert refused(await helped.joins(ann)) == ["WRONG_STATE"]


async def test_who_is_erased_leaves_their_place_to_the_next(database: Database) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob = await people(database, 2)
    _, second = [(await helped.joins(each))["signUp"]["id"] for each in (ann, bob)]
    await ann.does("requestErasureCode")
    assert refused(await ann.does("eraseMe", code=await code_sent("p0@example.org"))) == []
    assert await helped.state_of(second) == "OFFERED"


async def test_a_draft_and_who_comes_are_for_the_organisation(database: Database) -> None:
    helped = await an_opportunity(database)
    ann, bob = await people(database, 2)
    mine = (await helped.joins(ann))["signUp"]["id"]
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert (await bob.asks(query, id=mine))["node"] is None
    assert (await ann.asks(query, id=mine))["node"]
    made = await helped.owner.does(
        "createOpportunity",
        "opportunity { id }",
        organisationId=helped.friends,
        title="Secret",
        description="Not yet.",
        cause="Transport",
    )
    draft = made["opportunity"]["id"]
    assert (await bob.asks(query, id=draft))["node"] is None
    assert refused(await bob.does("publishOpportunity", opportunityId=draft)) == ["NOT_FOUND"]
    shown = await helped.owner.does("publishOpportunity", opportunityId=draft)
    assert refused(shown) == ["NO_SHIFTS"]
