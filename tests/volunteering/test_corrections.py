"""Hours that many are approved of at once, that approve themselves, and that are put right."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_corrections import approve_unanswered
from commonweal.volunteering.rules_hours import AUTOMATIC
from commonweal.volunteering.tables_hours import HoursClaim
from tests.conftest import TODAY, Advance
from tests.credits.making import Town, a_volunteer, keyed, sound, wallet_of
from tests.people.signing import Somebody, refused
from tests.volunteering.making import Help
from tests.volunteering.making_hours import a_paid_shift, was_there
from tests.volunteering.test_claims import worked

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


async def approved(of: Help, town: Town, minutes: int = 60) -> tuple[Somebody, str]:
    """Somebody with that in their wallet, and the claim."""
    ann, _ = await a_volunteer(town)
    claim = (await worked(of, ann, minutes=minutes))["claim"]["id"]
    assert refused(await town.owner.does("approveHours", claimId=claim)) == []
    return ann, claim


async def corrects(town: Town, claim: str, minutes: int) -> list[str]:
    given: dict[str, Any] = {"claimId": claim, "minutes": minutes, "reason": "The list says so."}
    return refused(await town.owner.does("correctHours", **given))


async def test_all_that_can_be_is_approved_and_the_rest_says_why(database: Database) -> None:
    town, of = await a_paid_shift(database, funds=100)
    people = [(await a_volunteer(town, name))[0] for name in ("ann", "bob", "cy")]
    for each in (*people, town.owner):
        await worked(of, each, minutes=45)
    query = (
        "query($id: ID!) { opportunity(id: $id) { hours(first: 9) { edges { node { state "
        "hindrance } } } } }"
    )
    given = {"opportunityId": of.opportunity}
    done = await town.owner.does("approveAllHours", "approved left", **given)
    assert (done["approved"], done["left"]) == (2, 2)
    found = (await town.owner.asks(query, id=of.opportunity))["opportunity"]["hours"]["edges"]
    why = sorted(each["node"]["hindrance"] or "" for each in found)
    assert why == ["", "", "OWN_HOURS", "POT_EXHAUSTED"]
    await town.funds(100)
    done = await town.owner.does("approveAllHours", "approved left", **given)
    assert (done["approved"], done["left"]) == (1, 1)
    await sound(database)


async def test_what_others_saw_approves_itself_after_two_weeks(
    database: Database, advance: Advance
) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    bob, _ = await a_volunteer(town, "bob")
    await worked(of, bob)  # whom nobody saw
    await was_there(of, ann, advance, 30)
    await advance(timedelta(days=AUTOMATIC.value) - MINUTE)
    assert await in_transaction(database, approve_unanswered) == 0
    await advance(2 * MINUTE)
    assert await in_transaction(database, approve_unanswered) == 1
    assert (await wallet_of(ann))["balance"] == 30
    states = {each.state: each.automatic for each in await HoursClaim.all()}
    assert states == {"approved": True, "submitted": False}
    await sound(database)


async def test_what_the_pot_has_not_is_tried_again_a_day_later(
    database: Database, advance: Advance
) -> None:
    town, of = await a_paid_shift(database, funds=20)
    ann, _ = await a_volunteer(town)
    await was_there(of, ann, advance, 30)
    await advance(timedelta(days=AUTOMATIC.value))
    assert await in_transaction(database, approve_unanswered) == 1
    assert (await HoursClaim.get()).hindrance == "POT_EXHAUSTED"
    await town.funds(100)
    assert await in_transaction(database, approve_unanswered) == 0
    await advance(DAY + MINUTE)
    assert await in_transaction(database, approve_unanswered) == 1
    found = await HoursClaim.get()
    assert (found.state, found.hindrance) == ("approved", None)


async def test_fewer_minutes_take_the_place_of_those_that_were_approved(
    database: Database,
) -> None:
    town, of = await a_paid_shift(database)
    ann, claim = await approved(of, town)
    before = await town.balance()
    done = await asyncio.gather(*(corrects(town, claim, 40) for _ in range(10)))
    assert sorted(done) == [[], *[["WRONG_STATE"]] * 9]
    assert (await wallet_of(ann))["balance"] == 40
    assert await town.balance() == before + 20
    old, new = await HoursClaim.all().order_by("id")
    assert (old.state, new.state, new.supersedes_id) == ("reversed", "approved", old.id)
    assert await granted(town) == 40
    assert await town.grants((await ann.asks("{ me { id } }"))["me"]["id"], 560) == []
    await sound(database)


async def granted(town: Town) -> int:
    query = "query($id: ID!) { pot(id: $id) { granted } }"
    return int((await town.officer.asks(query, id=town.pot))["pot"]["granted"])


async def test_more_minutes_wait_for_another_person(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    claim = (await worked(of, ann, minutes=60))["claim"]["id"]
    await town.owner.does("approveHours", claimId=claim)
    assert await corrects(town, claim, 61) == ["SAME_MINUTES"]  # than the time that it was
    assert await corrects(town, claim, 60) == ["SAME_MINUTES"]
    assert await corrects(town, claim, 0) == []
    assert (await wallet_of(ann))["balance"] == 0
    assert await granted(town) == 0
    await sound(database)


async def test_what_was_spent_is_owed_until_it_is_earned(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, claim = await approved(of, town)
    wallet = (await ann.asks("{ me { wallets { edges { node { id } } } } }"))["me"]["wallets"]
    given = {"walletId": wallet["edges"][0]["node"]["id"], "minutes": 50}
    assert refused(await keyed(ann, "donateCredits", **given)) == []
    assert await corrects(town, claim, 20) == []
    assert (await wallet_of(ann))["balance"] == -30
    await sound(database)


async def test_what_is_promised_is_kept_aside_and_drawn_from(
    database: Database, advance: Advance
) -> None:
    town, of = await a_paid_shift(database, places=2, promised=True)
    assert await available(town) == 600 - 2 * 120
    _, person = await a_volunteer(town, "bob")
    assert await town.grants(person, 361) == ["POT_EXHAUSTED"]
    resized = await town.owner.does("resizeRole", roleId=of.role, places=3)
    assert refused(resized) == []
    assert await available(town) == 600 - 3 * 120
    ann, _ = await a_volunteer(town)
    _, claim = await was_there(of, ann, advance, 100)
    assert await town.grants(person, 240) == []
    assert refused(await town.owner.does("approveHours", claimId=claim)) == []
    assert (await wallet_of(ann))["balance"] == 100
    assert await available(town) == 0
    assert await town.balance() == 260
    await sound(database)


async def available(town: Town) -> int:
    query = "query($id: ID!) { pot(id: $id) { available } }"
    return int((await town.officer.asks(query, id=town.pot))["pot"]["available"])


async def test_what_is_called_off_is_promised_no_more(database: Database) -> None:
    town, of = await a_paid_shift(database, places=2, promised=True)
    assert await available(town) == 360
    assert refused(await town.owner.does("cancelShift", shiftId=of.shift)) == []
    assert await available(town) == 600
    await sound(database)


async def test_what_a_pot_has_not_is_not_promised(database: Database) -> None:
    town, _ = await a_paid_shift(database, places=2)
    made = await town.owner.does(
        "createOpportunity", "opportunity { id }", organisationId=town.friends, title="x",
        description="x", cause="Education", potId=town.pot, promised=True,
    )  # fmt: skip
    begins = TODAY + timedelta(days=3)
    given = {"startsAt": begins.replace(second=0, microsecond=0).isoformat()}
    given["endsAt"] = (begins.replace(second=0, microsecond=0) + timedelta(hours=2)).isoformat()
    roles = [{"name": "x", "places": 6}]
    opportunity = {"opportunityId": made["opportunity"]["id"]}
    assert refused(await town.owner.does("addShift", **opportunity, **given, roles=roles)) == []
    shown = await town.owner.does("publishOpportunity", **opportunity)
    assert refused(shown) == ["POT_EXHAUSTED"]
    assert await available(town) == 600
