"""Whom to call: seen by who said it, and by who coordinates a shift that is about now."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.kernel.ids import read_id
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.volunteering.rules_emergency import AROUND, CALLED
from commonweal.volunteering.tables import Shift
from commonweal.volunteering.tables_emergency import EmergencyContact
from tests.conftest import TODAY, Advance
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.volunteering.making import SATURDAY, Help, an_opportunity, people

MUM = {"name": "Mum", "phone": "+44 1242 700000"}
MINE = "{ me { emergencyContacts { edges { node { name phone } } } } }"
OF_PLACE = """query($id: ID!) { node(id: $id) { ... on SignUp {
  emergencyContacts { edges { node { name phone } } } } } }"""


def nodes(found: dict[str, Any] | None) -> list[Any]:
    return [e["node"] for e in found["emergencyContacts"]["edges"]] if found else []


async def mine(somebody: Somebody) -> list[Any]:
    return nodes((await somebody.asks(MINE))["me"])


async def seen_by(somebody: Somebody, place: str) -> list[Any]:
    return nodes((await somebody.asks(OF_PLACE, id=place))["node"])


async def ann_comes(database: Database) -> tuple[Help, Somebody, str]:
    helped = await an_opportunity(database)
    [ann] = await people(database, 1)
    assert refused(await ann.does("setEmergencyContact", **MUM)) == []
    return helped, ann, (await helped.joins(ann))["signUp"]["id"]


async def test_whoever_coordinates_sees_it_around_the_shift_and_at_no_other_time(
    database: Database, advance: Advance
) -> None:
    helped, _, place = await ann_comes(database)
    ends = SATURDAY + timedelta(hours=2)
    around, moment = timedelta(hours=AROUND.value), timedelta(seconds=1)
    now = TODAY
    times = ((SATURDAY - around - moment, 0), (SATURDAY - around + moment, 1), (ends, 1))
    for at, count in (*times, (ends + around - moment, 1), (ends + around + moment, 0)):
        await advance(at - now)
        now = at
        assert await seen_by(helped.owner, place) == [MUM] * count, at


async def test_nobody_else_sees_it_and_none_of_a_place_that_was_given_back(
    database: Database, advance: Advance
) -> None:
    helped, ann, place = await ann_comes(database)
    others = await signed_in(database, "others@example.org")
    await a_group(others, "Others")
    member = await signed_in(database, "member@example.org")
    await taken_on(helped.owner, helped.friends, member, "member@example.org")
    await advance(SATURDAY - timedelta(hours=1) - TODAY)
    assert await seen_by(helped.owner, place) == [MUM]
    assert await seen_by(ann, place) == [MUM]
    for somebody in (others, member):
        assert await seen_by(somebody, place) == []
        assert await mine(somebody) == []
    await Shift.filter(id=read_id("shf", helped.shift)).update(cancelled_at=TODAY)
    assert await seen_by(helped.owner, place) == [], "nobody comes"
    await Shift.filter(id=read_id("shf", helped.shift)).update(cancelled_at=None)
    assert refused(await ann.does("cancelSignUp", signUpId=place)) == []
    assert await seen_by(helped.owner, place) == []
    assert await mine(ann) == [MUM]


async def test_a_new_one_takes_the_place_of_the_old_and_can_be_forgotten(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    dad = {"name": "Dad", "phone": "01242 700001"}
    for each in (MUM, dad):
        assert refused(await ann.does("setEmergencyContact", **each)) == []
        assert await mine(ann) == [each]
    for _ in range(2):
        assert refused(await ann.does("forgetEmergencyContact", childId=None)) == []
        assert await mine(ann) == []
    said = [f"{act.action} {act.facts}" for act in await AuditRecord.all()]
    assert any("set_emergency_contact" in each for each in said)
    assert not any("Mum" in each or "700000" in each for each in said)


async def test_of_many_at_once_one_is_kept(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    await asyncio.gather(*(ann.does("setEmergencyContact", **MUM) for _ in range(6)))
    assert await EmergencyContact.all().count() == 1


async def test_a_name_and_a_number_are_needed(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    most = "M" * CALLED.value
    tried = [
        ({"name": "", "phone": MUM["phone"]}, ["TEXT_UNFIT"]),
        ({"name": f"{most}M", "phone": MUM["phone"]}, ["TEXT_UNFIT"]),
        ({"name": "Mum", "phone": " "}, ["PHONE_UNLIKELY"]),
        ({"name": "Mum", "phone": "call me"}, ["PHONE_UNLIKELY"]),
        ({"name": most, "phone": MUM["phone"]}, []),
    ]
    for given, codes in tried:
        assert refused(await ann.does("setEmergencyContact", **given)) == codes


async def test_who_cares_for_a_child_says_it_for_them_and_nobody_else(database: Database) -> None:
    ann, bob = await people(database, 2)
    home = await ann.does("foundHousehold", "household { id }", name="Ours")
    child = await ann.does(
        "addChild",
        "child { id }",
        householdId=home["household"]["id"],
        name="Cara",
        ageBand="FROM_13_TO_15",
    )
    assert refused(child) == []
    number = child["child"]["id"]
    assert refused(await ann.does("setEmergencyContact", childId=number, **MUM)) == []
    assert refused(await bob.does("setEmergencyContact", childId=number, **MUM)) != []
    row = await EmergencyContact.get()
    assert row.person_id == read_id("per", number)
    assert await mine(ann) == []
    assert refused(await bob.does("forgetEmergencyContact", childId=number)) != []
    assert refused(await ann.does("forgetEmergencyContact", childId=number)) == []
    assert await EmergencyContact.all().count() == 0
