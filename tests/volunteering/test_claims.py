"""Hours outside shifts, what is asked and appealed, and that of one person no two overlap."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from commonweal.credits.tables import Grant
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.actions_hours import SELF_ALONE
from commonweal.volunteering.rules_hours import CLAIMED_AFTER, DAILY
from commonweal.volunteering.tables_hours import HoursClaim
from tests.conftest import TODAY, Advance
from tests.credits.making import Town, a_volunteer, sound, wallet_of
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import taken_on
from tests.volunteering.making import Help
from tests.volunteering.making_hours import a_paid_shift, was_there

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MORNING = (TODAY - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)


async def worked(
    of: Help, who: Somebody, since: datetime = MORNING, minutes: int = 60
) -> dict[str, Any]:
    return await who.does(
        "claimWork",
        "claim { id minutes creditedMinutes evidence }",
        opportunityId=of.opportunity,
        startsAt=since.isoformat(),
        endsAt=(since + minutes * MINUTE).isoformat(),
        words="Baked bread at home.",
    )


async def another(town: Town, name: str = "cora") -> Somebody:
    """Another coordinator of the Friends."""
    found = await signed_in(town.database, f"{name}@example.org")
    await taken_on(town.owner, town.friends, found, f"{name}@example.org", "COORDINATOR")
    return found


async def test_work_outside_a_shift_is_claimed_on_ones_word(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    claim = (await worked(of, ann))["claim"]
    assert (claim["minutes"], claim["evidence"]) == (60, "SELF")
    assert refused(await town.owner.does("approveHours", claimId=claim["id"])) == []
    assert (await wallet_of(ann))["balance"] == 60


@pytest.mark.parametrize(
    ("since", "minutes", "fits"),
    [
        (TODAY - timedelta(days=CLAIMED_AFTER.value) + HOUR, 60, True),
        (TODAY - timedelta(days=CLAIMED_AFTER.value) - HOUR, 60, False),
        (MORNING, DAILY.value, True),
        (MORNING, DAILY.value + 1, False),
        (MORNING, 0, False),
        (TODAY + HOUR, 60, False),
        (MORNING + timedelta(seconds=1), 60, False),
    ],
)
async def test_hours_are_past_of_a_season_and_at_most_of_a_long_day(
    database: Database, since: datetime, minutes: int, fits: bool
) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    whole = since.replace(second=since.second if since.second == 1 else 0, microsecond=0)
    done = await worked(of, ann, whole, minutes)
    assert refused(done) == ([] if fits else ["TIMES_WRONG"])


async def test_of_one_person_no_two_claims_overlap_and_touching_is_none(
    database: Database,
) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    bob, _ = await a_volunteer(town, "bob")
    first = (await worked(of, ann))["claim"]["id"]
    for since, minutes in ((MORNING, 60), (MORNING + 59 * MINUTE, 5), (MORNING - HOUR, 200)):
        assert refused(await worked(of, ann, since, minutes)) == ["HOURS_OVERLAP"]
    assert refused(await worked(of, ann, MORNING + HOUR)) == []
    assert refused(await worked(of, ann, MORNING - HOUR)) == []
    assert refused(await worked(of, bob)) == []
    assert refused(await ann.does("withdrawHours", claimId=first)) == []
    assert refused(await worked(of, ann)) == []


async def test_of_twenty_that_overlap_at_once_one_stands(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    done = await asyncio.gather(*(worked(of, ann, MORNING + n * MINUTE) for n in range(20)))
    assert sorted(refused(each) for each in done) == [[], *[["HOURS_OVERLAP"]] * 19]
    assert await HoursClaim.all().count() == 1


async def test_the_database_itself_refuses_what_overlaps(database: Database) -> None:
    """Whoever writes: a row that is added, and one that comes back to life."""
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    await worked(of, ann)
    row = await HoursClaim.get()

    async def copied(tx: Transaction, state: str = "submitted") -> int:
        values = {name: getattr(row, name) for name in row._meta.fields_db_projection}
        made = await HoursClaim.create(**(values | {"id": tx.new_id(), "state": state}))
        return int(made.id)

    with pytest.raises(IntegrityError):
        await in_transaction(database, copied)
    number = await in_transaction(database, lambda tx: copied(tx, "declined"))

    async def revived(_tx: Transaction) -> None:
        await HoursClaim.filter(id=number).update(state="appealed")

    with pytest.raises(IntegrityError):
        await in_transaction(database, revived)


async def test_what_is_written_from_paper_another_approves(database: Database) -> None:
    town, of = await a_paid_shift(database)
    _, person = await a_volunteer(town)
    given = {"startsAt": MORNING.isoformat(), "endsAt": (MORNING + HOUR).isoformat()}
    given |= {"opportunityId": of.opportunity, "words": "The paper list of Monday."}
    entered = await town.owner.does("enterHours", "claim { id }", personId=person, **given)
    claim = entered["claim"]["id"]
    assert refused(await town.owner.does("approveHours", claimId=claim)) == ["OWN_HOURS"]
    assert refused(await (await another(town)).does("approveHours", claimId=claim)) == []
    await sound(database)


@pytest.mark.parametrize(("minutes", "people"), [(SELF_ALONE.value, 1), (SELF_ALONE.value + 1, 2)])
async def test_more_than_a_day_on_ones_word_two_people_approve(
    database: Database, minutes: int, people: int
) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    claim = (await worked(of, ann, minutes=minutes))["claim"]["id"]
    shown = "claim { state }"
    first = await town.owner.does("approveHours", shown, claimId=claim)
    assert first["claim"]["state"] == ("APPROVED" if people == 1 else "SUBMITTED")
    if people == 2:
        again = await town.owner.does("approveHours", shown, claimId=claim)
        assert refused(again) == ["SECOND_PERSON_NEEDED"]
        second = await (await another(town)).does("approveHours", shown, claimId=claim)
        assert second["claim"]["state"] == "APPROVED"
    assert (await wallet_of(ann))["balance"] == minutes


async def test_what_is_more_than_one_person_grants_two_approve(
    database: Database, advance: Advance
) -> None:
    town, of = await a_paid_shift(database)
    terms = await town.officer.does(
        "setTerms", schemeId=town.scheme, since=str(TODAY.date() + timedelta(days=1)),
        soleGrantMinutes=30,
    )  # fmt: skip
    assert refused(terms) == []
    ann, _ = await a_volunteer(town)
    _, claim = await was_there(of, ann, advance, 31)
    cora = await another(town)
    both = [town.owner, cora, town.owner, cora]
    done = await asyncio.gather(*(each.does("approveHours", claimId=claim) for each in both))
    assert [refused(each) for each in done if not refused(each)] == [[], []]
    assert (await wallet_of(ann))["balance"] == 31
    assert await Grant.all().count() == 1


async def test_a_question_is_asked_and_answered(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    claim = {"claimId": (await worked(of, ann))["claim"]["id"]}
    assert refused(await town.owner.does("queryHours", **claim, question="How many?")) == []
    assert refused(await town.owner.does("approveHours", **claim)) == ["WRONG_STATE"]
    assert refused(await ann.does("answerHours", **claim, answer="Forty.")) == []
    assert refused(await town.owner.does("approveHours", **claim)) == []


async def test_an_appeal_is_decided_by_another_and_once(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    claim = {"claimId": (await worked(of, ann))["claim"]["id"]}
    owner, cora = town.owner, await another(town)
    assert refused(await owner.does("declineHours", **claim, reason="Nobody saw it.")) == []
    assert refused(await ann.does("appealHours", **claim, words="Bea did.")) == []
    assert refused(await owner.does("approveHours", **claim)) == ["ANOTHER_DECIDES"]
    assert refused(await owner.does("declineHours", **claim, reason="No.")) == ["ANOTHER_DECIDES"]
    assert refused(await cora.does("declineHours", **claim, reason="She did not.")) == []
    assert refused(await ann.does("appealHours", **claim, words="Yes.")) == ["WRONG_STATE"]


async def test_an_appeal_for_time_that_was_claimed_since_is_refused(database: Database) -> None:
    town, of = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    claim = {"claimId": (await worked(of, ann))["claim"]["id"]}
    await town.owner.does("declineHours", **claim, reason="No.")
    await worked(of, ann, MORNING + 30 * MINUTE)
    assert refused(await ann.does("appealHours", **claim, words="x")) == ["HOURS_OVERLAP"]


async def test_real_and_credited_minutes_are_apart(database: Database) -> None:
    town, of = await a_paid_shift(database, multiplier=150)
    ann, _ = await a_volunteer(town)
    claim = (await worked(of, ann, minutes=31))["claim"]
    assert (claim["minutes"], claim["creditedMinutes"]) == (31, 47)
    await town.owner.does("approveHours", claimId=claim["id"])
    assert (await wallet_of(ann))["balance"] == 47
