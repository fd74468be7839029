"""Places that change hands: reserved, stood in for, exchanged, given back, more and fewer."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.ids import read_id
from commonweal.store.database import Database
from commonweal.volunteering.rules_signups import LATE, RESERVED, TRAVEL
from commonweal.volunteering.tables_signups import SignUp
from tests.conftest import TODAY, Advance
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.volunteering.making import SATURDAY, Help, an_opportunity, people, told

LEFT = "query($id: ID!) { node(id: $id) { ... on ShiftRole { placesLeft places waiting } } }"
NEAR = """query($id: ID!) { node(id: $id) { ... on SignUp { closeBy { edges { node { id } } }
  exchanges { edges { node { id } } } } } }"""
RESERVATIONS = """query($id: ID!) { node(id: $id) { ... on Organisation {
  reservations { edges { node { id } } } } } }"""


async def left(helped: Help, role: str = "") -> int:
    found = await helped.owner.asks(LEFT, id=role or helped.role)
    return int(found["node"]["placesLeft"])


async def a_company(database: Database) -> tuple[Somebody, str]:
    boss = await signed_in(database, "boss@example.org")
    return boss, await a_group(boss, "The Mill")


async def test_a_group_reserves_all_that_it_asks_for_or_none(database: Database) -> None:
    helped = await an_opportunity(database, places=3)
    boss, mill = await a_company(database)
    of = {"organisationId": mill, "roleId": helped.role}
    assert refused(await boss.does("reservePlaces", places=4, **of)) == ["NOT_ENOUGH_PLACES"]
    assert await left(helped) == 3
    for places in (0, RESERVED.value + 1):
        many = await boss.does("reservePlaces", places=places, **of)
        assert refused(many) == ["RESERVES_TOO_MANY"]
    zoe = await signed_in(database, "zoe@example.org")
    assert refused(await zoe.does("reservePlaces", places=1, **of)) != []
    assert refused(await boss.does("reservePlaces", places=3, **of)) == []
    assert await left(helped) == 0
    wide = await helped.adds(SATURDAY + timedelta(days=1), places=RESERVED.value)
    most = {"organisationId": mill, "roleId": wide, "places": RESERVED.value}
    assert refused(await boss.does("reservePlaces", **most)) == []
    assert await left(helped, wide) == 0


async def test_a_reserved_place_is_taken_by_a_member_and_once(database: Database) -> None:
    helped = await an_opportunity(database, places=2)
    boss, mill = await a_company(database)
    ann, bob, zoe = await people(database, 3)
    for n, each in enumerate((ann, bob)):
        await taken_on(boss, mill, each, f"p{n}@example.org")
    of = {"organisationId": mill, "roleId": helped.role}
    assert refused(await boss.does("reservePlaces", places=1, **of)) == []
    taking = {"roleId": helped.role}
    assert refused(await zoe.does("takeReservedPlace", **taking)) == ["NOBODY_RESERVED"]
    done = await asyncio.gather(*(each.does("takeReservedPlace", **taking) for each in (ann, bob)))
    assert sorted(refused(each) for each in done) == [[], ["NOBODY_RESERVED"]]
    winner = (ann, bob)[[refused(each) for each in done].index([])]
    assert await SignUp.filter(place=1).count() == 1
    assert refused(await boss.does("reservePlaces", places=1, **of)) == []
    again = await winner.does("takeReservedPlace", **taking)
    assert refused(again) == ["SIGNED_UP_ALREADY"]


async def test_a_group_gives_back_what_it_reserved_to_who_waits(database: Database) -> None:
    helped = await an_opportunity(database, places=1)
    boss, mill = await a_company(database)
    of = {"organisationId": mill, "roleId": helped.role}
    assert refused(await boss.does("reservePlaces", places=1, **of)) == []
    ann, *_ = await people(database, 1)
    mine = await helped.placed(ann)
    assert await helped.state_of(mine) == "WAITING"
    found = (await boss.asks(RESERVATIONS, id=mill))["node"]["reservations"]["edges"]
    [number] = [edge["node"]["id"] for edge in found]
    assert refused(await ann.does("cancelSignUp", signUpId=number)) == ["NOT_FOUND"]
    assert refused(await boss.does("cancelSignUp", signUpId=number)) == []
    assert await helped.state_of(mine) == "OFFERED"


async def test_a_stand_in_comes_in_the_place_of_who_asked_for_one(database: Database) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob, cat = await people(database, 3)
    mine = await helped.placed(ann)
    of = {"roleId": helped.role}
    assert refused(await bob.does("standIn", **of)) == ["NOT_WANTED"]
    assert refused(await bob.does("askStandIn", signUpId=mine, wanted=True)) == ["NOT_FOUND"]
    for wanted in (True, False, True):
        asked = await ann.does("askStandIn", signUpId=mine, wanted=wanted)
        assert refused(asked) == []
    assert refused(await ann.does("standIn", **of)) == ["SIGNED_UP_ALREADY"]
    done = await asyncio.gather(*(each.does("standIn", **of) for each in (bob, cat)))
    assert sorted(refused(each) for each in done) == [[], ["NOT_WANTED"]]
    assert await helped.state_of(mine) == "CANCELLED"
    assert await told("stood_in") == ["p0@example.org"]
    assert await left(helped) == 0


async def exchange(database: Database, crowd: int) -> tuple[Help, Somebody, str, list[str], str]:
    """Ann would give her Saturday for a Sunday, which the others have."""
    helped = await an_opportunity(database, places=1)
    sunday = await helped.adds(SATURDAY + timedelta(days=1), places=crowd)
    ann, *others = await people(database, crowd + 1)
    mine = await helped.placed(ann)
    theirs = [await helped.placed(each, sunday) for each in others]
    asked = await ann.does("askStandIn", signUpId=mine, wanted=True, inExchangeForId=sunday)
    assert refused(asked) == []
    return helped, ann, mine, theirs, sunday


async def test_of_two_who_would_exchange_with_one_only_one_does(database: Database) -> None:
    helped, ann, mine, theirs, _ = await exchange(database, 2)
    assert await told("swap_offered") == ["p1@example.org", "p2@example.org"]
    others = [await signed_in(database, f"p{n}@example.org") for n in (1, 2)]
    seen = (await others[0].asks(NEAR, id=theirs[0]))["node"]["exchanges"]["edges"]
    assert [edge["node"]["id"] for edge in seen] == [helped.shift]
    zoe = await signed_in(database, "zoe@example.org")
    assert refused(await zoe.does("standIn", roleId=helped.role)) == ["NOT_WANTED"]
    done = await asyncio.gather(
        *(
            each.does("exchangePlaces", signUpId=number, shiftId=helped.shift)
            for each, number in zip(others, theirs, strict=True)
        )
    )
    codes = sorted(refused(each) for each in done)
    assert codes[0] == []
    assert codes[1] in (["NOT_WANTED"], ["TRY_AGAIN"])
    assert await helped.state_of(mine) == "CANCELLED"
    held = await SignUp.filter(state="signed_up")
    assert len(held) == 3
    me = (await ann.viewer()).id
    [own] = [each for each in held if each.person_id == me]
    assert own.shift_id != read_id("shf", helped.shift)


async def test_places_are_exchanged_only_where_both_can_come(database: Database) -> None:
    helped, ann, mine, theirs, sunday = await exchange(database, 1)
    bob = await signed_in(database, "p1@example.org")
    clash = await helped.adds(SATURDAY + timedelta(hours=1))
    other = await helped.placed(bob, clash)
    given = {"signUpId": theirs[0], "shiftId": helped.shift}
    assert refused(await bob.does("exchangePlaces", **given)) == ["SHIFTS_CLASH"]
    await bob.does("cancelSignUp", signUpId=other)
    same = await ann.does("askStandIn", signUpId=mine, wanted=True, inExchangeForId=helped.role)
    assert refused(same) == ["SWAP_UNFIT"]
    assert refused(await ann.does("askStandIn", signUpId=mine, wanted=False)) == []
    assert refused(await bob.does("exchangePlaces", **given)) == ["NOT_WANTED"]
    again = {"signUpId": mine, "wanted": True, "inExchangeForId": sunday}
    assert refused(await ann.does("askStandIn", **again)) == []
    assert refused(await bob.does("exchangePlaces", **given)) == []
    assert await told("stood_in") == ["p0@example.org", "p1@example.org"]


async def resized(helped: Help, places: int) -> list[str]:
    return refused(await helped.owner.does("resizeRole", roleId=helped.role, places=places))


async def test_more_places_are_offered_to_who_waits_and_none_that_is_held_is_lost(
    database: Database,
) -> None:
    helped = await an_opportunity(database, places=1)
    crowd = await people(database, 4)
    ids = [await helped.placed(each) for each in crowd]
    assert await resized(helped, 3) == []
    states = [await helped.state_of(each) for each in ids]
    assert states == ["SIGNED_UP", "OFFERED", "OFFERED", "WAITING"]
    assert await resized(helped, 2) == ["PLACES_HELD"]
    assert await resized(helped, 0) == ["PLACES_UNFIT"]
    for each, number in zip(crowd[1:], ids[1:], strict=True):
        assert refused(await each.does("acceptPlace", signUpId=number)) in ([], ["WRONG_STATE"])
    await crowd[3].does("cancelSignUp", signUpId=ids[3])
    await crowd[0].does("cancelSignUp", signUpId=ids[0])
    assert await resized(helped, 2) == [], "two are held, whichever their numbers"
    places: Any = await SignUp.filter(place__isnull=False).values_list("place", flat=True)
    assert sorted(places) == [1, 2]
    assert [await left(helped), await resized(helped, 1)] == [0, ["PLACES_HELD"]]


async def test_resized_and_joined_at_once_nobody_has_a_place_that_there_is_not(
    database: Database,
) -> None:
    helped = await an_opportunity(database, places=4)
    crowd = await people(database, 4)
    await asyncio.gather(
        *(helped.joins(each) for each in crowd),
        helped.owner.does("resizeRole", roleId=helped.role, places=2),
        helped.owner.does("resizeRole", roleId=helped.role, places=3),
    )
    found = (await helped.owner.asks(LEFT, id=helped.role))["node"]
    assert found["placesLeft"] >= 0
    assert await SignUp.filter(place__gt=found["places"]).count() == 0


async def test_who_cancels_within_a_day_cancels_late(database: Database, advance: Advance) -> None:
    helped = await an_opportunity(database)
    ann, bob = await people(database, 2)
    ids = [await helped.placed(each) for each in (ann, bob)]
    await advance(SATURDAY - timedelta(hours=LATE.value) - TODAY)
    shown = "signUp { late }"
    early = await ann.does("cancelSignUp", shown, signUpId=ids[0])
    assert early["signUp"] == {"late": False}
    await advance(timedelta(seconds=1))
    late = await bob.does("cancelSignUp", shown, signUpId=ids[1])
    assert late["signUp"] == {"late": True}


async def near(somebody: Somebody, number: str) -> list[Any]:
    found = await somebody.asks(NEAR, id=number)
    return [edge["node"]["id"] for edge in found["node"]["closeBy"]["edges"]]


async def test_of_shifts_with_little_time_between_one_is_warned(database: Database) -> None:
    helped = await an_opportunity(database)
    ann, *_ = await people(database, 1)
    first = await helped.placed(ann)
    ends = SATURDAY + timedelta(hours=2)
    within = await helped.adds(ends + timedelta(minutes=TRAVEL.value - 1))
    beyond = await helped.adds(ends + timedelta(minutes=TRAVEL.value + 120 - 1 + TRAVEL.value))
    second = await helped.placed(ann, within)
    third = await helped.placed(ann, beyond)
    assert await near(ann, first) == [second]
    assert await near(ann, second) == [first], "with an hour between there is no haste"
    assert await near(ann, third) == []


async def tried(helped: Help, somebody: Somebody, starts_at: datetime, hours: float) -> list[str]:
    """What is against another shift."""
    return refused(await helped.joins(somebody, await helped.adds(starts_at, hours=hours)))


async def test_a_day_has_so_many_hours_and_a_night_its_rest(database: Database) -> None:
    helped = await an_opportunity(database, starts_at=SATURDAY.replace(hour=4))
    ann, *_ = await people(database, 1)
    await helped.placed(ann)  # from four to six
    day = SATURDAY
    assert await tried(helped, ann, day.replace(hour=8), 5) == []  # seven in all
    assert await tried(helped, ann, day.replace(hour=14), 5 + 1 / 60) == ["DAY_FULL"]
    assert await tried(helped, ann, day.replace(hour=14), 5) == []
    next_day = day.replace(hour=0) + timedelta(days=1)
    early = next_day + timedelta(hours=3) - timedelta(minutes=1)
    assert await tried(helped, ann, early, 6) == ["REST_NEEDED"]
    assert await tried(helped, ann, early, 6 - 1 / 60) == []
