"""Being there, and what it brings: once, to the minute, and by somebody else's word."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commonweal.credits.tables import Grant
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_attendance import stop_clocks
from commonweal.volunteering.rules_hours import CODE_SECONDS, EARLY, WRONG_CODES
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_signups import SignUp
from tests.conftest import Advance
from tests.credits.making import a_volunteer, sound, wallet_of
from tests.people.signing import Somebody, code_sent, refused, signed_in
from tests.people.stories import taken_on
from tests.volunteering.making import SATURDAY, a_shift
from tests.volunteering.making_hours import a_paid_shift, claims, code_of, until, was_there


async def test_half_an_hour_there_is_thirty_minutes_in_the_wallet_once(
    database: Database, advance: Advance
) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    _, claim = await was_there(helped, ann, advance, 30)
    done = await asyncio.gather(
        *(town.owner.does("approveHours", claimId=claim) for _ in range(10))
    )
    assert sorted(refused(each) for each in done) == [[], *[["WRONG_STATE"]] * 9]
    wallet = await wallet_of(ann)
    assert wallet["balance"] == 30
    assert wallet["movements"][0]["why"] == "Serve soup"
    assert await Grant.all().count() == 1
    await sound(database)


async def test_nobody_approves_their_own_hours(database: Database, advance: Advance) -> None:
    town, helped = await a_paid_shift(database)
    _, claim = await was_there(helped, town.owner, advance, 30)
    assert refused(await town.owner.does("approveHours", claimId=claim)) == ["OWN_HOURS"]
    bob = await signed_in(database, "bob@example.org")
    await taken_on(town.owner, town.friends, bob, "bob@example.org", "COORDINATOR")
    assert refused(await bob.does("approveHours", claimId=claim)) == []
    assert (await wallet_of(town.owner))["balance"] == 30


async def test_what_a_pot_has_not_is_not_approved_and_the_claim_waits(
    database: Database, advance: Advance
) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    _, claim = await was_there(helped, ann, advance, 60)
    _, other = await a_volunteer(town, "bob")
    assert await town.grants(other, 541) == []
    assert refused(await town.owner.does("approveHours", claimId=claim)) == ["POT_EXHAUSTED"]
    assert (await HoursClaim.get()).state == "submitted"
    declined = await town.owner.does("declineHours", claimId=claim, reason="No funds.")
    assert refused(declined) == []
    again = await ann.does("claimHours", "claim { state reason }", signUpId=await _mine(ann))
    assert again["claim"] == {"state": "DECLINED", "reason": "No funds."}


async def _mine(person: Somebody) -> str:
    found = await person.asks("{ me { hours { edges { node { id } } } } }")
    assert found["me"]["hours"]["edges"]
    row = await SignUp.get(person_id=(await person.viewer()).id)
    return write_id("sgn", row.id)


async def test_who_forgets_to_check_out_went_when_the_shift_ended(
    database: Database, advance: Advance
) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    sign_up = (await helped.joins(ann))["signUp"]["id"]
    await until(advance, -EARLY.value)
    code = await code_of(helped)
    assert refused(await ann.does("checkIn", signUpId=sign_up, code=code)) == []
    await advance(timedelta(hours=5))
    assert await in_transaction(database, stop_clocks) == 1
    assert await in_transaction(database, stop_clocks) == 0
    await claims(ann, sign_up)
    assert (await HoursClaim.get()).minutes == 120, "who came early gave the shift's time"


async def test_a_code_is_of_its_shift_and_its_minutes(database: Database, advance: Advance) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    sign_up = (await helped.joins(ann))["signUp"]["id"]
    early = await town.owner.does("showCode", "code", shiftId=helped.shift)
    assert refused(early) == ["NOT_NOW"]
    shift, _ = await a_shift(
        town.owner, helped.opportunity, places=1, starts_at=SATURDAY + timedelta(minutes=1)
    )
    await until(advance, 2)
    other = await town.owner.does("showCode", "code", shiftId=shift)
    wrong = await ann.does("checkIn", signUpId=sign_up, code=other["code"])
    assert refused(wrong) == ["WRONG_CODE"]
    code = await code_of(helped)
    await advance(timedelta(seconds=2 * CODE_SECONDS.value))
    late = await ann.does("checkIn", signUpId=sign_up, code=code)
    assert refused(late) == ["WRONG_CODE"], "who was there a while ago"
    shown = await ann.does("showCode", "code", shiftId=helped.shift)
    assert refused(shown) == ["NOT_ALLOWED"]
    for _ in range(WRONG_CODES.value - 2):
        assert refused(await ann.does("checkIn", signUpId=sign_up, code="x")) == ["WRONG_CODE"]
    good = await code_of(helped)
    many = await ann.does("checkIn", signUpId=sign_up, code=good)
    assert refused(many) == ["TOO_MANY_CODES"]
    assert refused(await town.owner.does("putOnList", signUpId=sign_up)) == []


async def test_who_comes_early_has_their_place_and_is_there_once(
    database: Database, advance: Advance
) -> None:
    town, helped = await a_paid_shift(database, places=1)
    ann, _ = await a_volunteer(town)
    bob = await signed_in(database, "bob@example.org")
    sign_up = (await helped.joins(ann))["signUp"]["id"]
    await until(advance, -5)
    assert refused(await ann.does("checkIn", signUpId=sign_up, code=await code_of(helped))) == []
    assert refused(await helped.joins(ann)) == ["SIGNED_UP_ALREADY"]
    bob = await signed_in(database, "bob@example.org")
    assert (await helped.joins(bob))["signUp"]["state"] == "WAITING"
    query = "query($id: ID!) { node(id: $id) { ... on ShiftRole { placesLeft waiting } } }"
    found = await bob.asks(query, id=helped.role)
    assert found["node"] == {"placesLeft": 0, "waiting": 1}
    assert refused(await ann.does("cancelSignUp", signUpId=sign_up)) == ["WRONG_STATE"]


async def test_coming_and_not_coming_at_once_is_one_of_them(
    database: Database, advance: Advance
) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    sign_up = (await helped.joins(ann))["signUp"]["id"]
    await until(advance, 1)
    code = await code_of(helped)
    done: Any = await asyncio.gather(
        ann.does("checkIn", signUpId=sign_up, code=code),
        town.owner.does("markMissing", signUpId=sign_up),
        town.owner.does("putOnList", signUpId=sign_up),
    )
    assert sorted(refused(each) for each in done) == [[], ["WRONG_STATE"], ["WRONG_STATE"]]


@pytest.mark.parametrize("minutes", [0, 1, 119, 500])
async def test_minutes_are_whole_and_within_the_shift(
    database: Database, advance: Advance, minutes: int
) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    sign_up = (await helped.joins(ann))["signUp"]["id"]
    await until(advance, 0)
    await ann.does("checkIn", signUpId=sign_up, code=await code_of(helped))
    early = await ann.does("claimHours", signUpId=sign_up)
    assert refused(early) == ["NOT_THERE"]
    await advance(timedelta(minutes=minutes, seconds=59))
    ann = await signed_in(database, "ann@example.org")
    await ann.does("checkOut", signUpId=sign_up)
    claimed = await ann.does("claimHours", "claim { minutes }", signUpId=sign_up)
    if minutes == 0:
        assert refused(claimed) == ["NOTHING_TO_CLAIM"]
    else:
        assert claimed["claim"]["minutes"] == min(minutes, 120)


async def test_an_opportunity_is_paid_from_its_organisations_own_pot(database: Database) -> None:
    town, _ = await a_paid_shift(database)
    opened = await town.officer.does("openPot", "pot { id }", schemeId=town.scheme, name="Ours")
    made = await town.owner.does(
        "createOpportunity",
        organisationId=town.friends,
        title="x",
        description="x",
        cause="OTHER",
        potId=opened["pot"]["id"],
    )
    assert refused(made) == ["NOT_OUR_POT"]


async def test_hours_of_who_was_erased_are_only_declined(
    database: Database, advance: Advance
) -> None:
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    _, claim = await was_there(helped, ann, advance, 30)
    await ann.does("requestErasureCode")
    assert refused(await ann.does("eraseMe", code=await code_sent("ann@example.org"))) == []
    assert refused(await town.owner.does("approveHours", claimId=claim)) == ["NOBODY_THERE"]
    gone = await town.owner.does("declineHours", claimId=claim, reason="Gone.")
    assert refused(gone) == []
