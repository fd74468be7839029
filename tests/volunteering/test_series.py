"""Series: the same hour of the wall clock, this one and those that follow, and who comes to all."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commonweal.listings.tables import ListingOpening
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_standing import extend_series
from commonweal.volunteering.recurring import checked_rule, days_of
from commonweal.volunteering.rules_series import PLANNED, READ, RULE, RecurrenceUnfit, instants
from commonweal.volunteering.tables import Series, Shift
from commonweal.volunteering.tables_signups import SignUp
from tests.conftest import TODAY, Advance
from tests.people.signing import refused
from tests.volunteering.making import Help, an_opportunity, people

SHIFTS = """query($id: ID!) { opportunity(id: $id) { shifts(first: 60) { edges { node {
  id startsAt series { id } roles { edges { node { id placesLeft } } } } } } } }"""
MINE = "{ me { signUps(first: 60) { edges { node { id state shift { startsAt } } } } } }"


async def planned(of: Help, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "opportunityId": of.opportunity,
        "rule": "FREQ=WEEKLY;BYDAY=TU",
        "startsOn": str(TODAY.date()),
        "starts": "18:00:00",
        "minutes": 90,
        "roles": [{"name": "Cook", "places": 2}],
        **more,
    }
    return await of.owner.does("planSeries", "series { id rule plannedUntil }", **given)


async def shifts_of(of: Help) -> list[dict[str, Any]]:
    found = await of.owner.asks(SHIFTS, id=of.opportunity)
    nodes = [edge["node"] for edge in found["opportunity"]["shifts"]["edges"]]
    return [each for each in nodes if each["series"]]


def there(of: dict[str, Any]) -> tuple[date, str]:
    at = datetime.fromisoformat(of["startsAt"])
    local = instants(at.date(), 0, 1)[0]
    offset = datetime(at.year, at.month, at.day, tzinfo=UTC) - local
    return at.date(), f"{at + offset:%H:%M}"


async def test_a_weekly_series_is_planned_for_a_quarter_and_found_by_its_days(
    database: Database,
) -> None:
    of = await an_opportunity(database)
    assert refused(await planned(of)) == []
    shifts = await shifts_of(of)
    assert len(shifts) == 13
    assert {there(each)[0].strftime("%a") for each in shifts} == {"Tue"}
    assert await ListingOpening.filter(opens_minute=18 * 60).count() == 13
    day = there(shifts[3])[0]
    query = "query($day: Date!) { search(openOn: $day, kinds: [OPPORTUNITY]) { totalCount } }"
    assert (await of.owner.asks(query, day=str(day)))["search"]["totalCount"] == 1
    off = await of.owner.does("cancelShift", shiftId=shifts[3]["id"])
    assert refused(off) == []
    assert (await of.owner.asks(query, day=str(day)))["search"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("day", "minute", "utc"),
    [
        (date(2027, 3, 27), 90, datetime(2027, 3, 27, 1, 30, tzinfo=UTC)),
        (date(2027, 3, 28), 90, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # which is left out
        (date(2027, 3, 29), 90, datetime(2027, 3, 29, 0, 30, tzinfo=UTC)),
        (date(2027, 10, 31), 90, datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # of two the first
        (date(2027, 11, 1), 90, datetime(2027, 11, 1, 1, 30, tzinfo=UTC)),
        (date(2027, 3, 28), 1080, datetime(2027, 3, 28, 17, tzinfo=UTC)),
        (date(2027, 10, 31), 1080, datetime(2027, 10, 31, 18, tzinfo=UTC)),
    ],
)
def test_a_shift_begins_at_the_hour_of_the_wall_clock(
    day: date, minute: int, utc: datetime
) -> None:
    starts, ends = instants(day, minute, 60)
    assert (starts, ends - starts) == (utc, timedelta(minutes=60))


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every Tuesday",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;UNTIL=20270331T100000Z",
        "FREQ=WEEKLY;COUNT=-1",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;" + "BYDAY=MO" + ",MO" * RULE.value,
    ],
)
def test_what_is_no_rule_of_days_is_refused(rule: str) -> None:
    with pytest.raises(RecurrenceUnfit):
        checked_rule(rule)


def test_a_rule_is_read_for_as_long_as_a_daily_one_lasts_ten_years() -> None:
    start = date(2026, 1, 1)
    found = days_of("FREQ=DAILY", start, start, start + timedelta(days=READ.value + 100))
    assert len(found) == READ.value
    assert checked_rule(" rrule:freq=monthly;byday=1SA ") == "FREQ=MONTHLY;BYDAY=1SA"


def test_a_rule_that_means_no_day_is_not_looked_for_to_the_end_of_time() -> None:
    start = date(2026, 1, 1)
    for count in ("", ";COUNT=5"):
        never = f"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30{count}"
        assert days_of(checked_rule(never), start, start, start + timedelta(days=400)) == []
    some = "FREQ=DAILY;INTERVAL=2;COUNT=3"
    days = days_of(some, start, start + timedelta(days=1), start + timedelta(days=30))
    assert [day.day for day in days] == [3, 5]


async def test_a_rule_that_means_no_day_is_refused(database: Database) -> None:
    of = await an_opportunity(database)
    none = await planned(of, rule="FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1")
    assert refused(none) == ["RECURRENCE_EMPTY"]
    assert not await Series.exists()
    once = await planned(of, rule="FREQ=DAILY;COUNT=2")
    assert once["series"]["plannedUntil"] is None


async def test_this_and_those_that_follow_are_moved_and_places_are_kept(
    database: Database,
) -> None:
    of = await an_opportunity(database)
    await planned(of)
    before = await shifts_of(of)
    [ann] = await people(database, 1)
    [role] = before[5]["roles"]["edges"]
    await of.joins(ann, role["node"]["id"])
    moved = await of.owner.does(
        "moveSeries", "series { id }", shiftId=before[4]["id"], starts="19:30:00", minutes=60
    )
    assert refused(moved) == []
    after = await shifts_of(of)
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert [there(each)[1] for each in after[:4]] == ["18:00"] * 4
    assert {there(each)[1] for each in after[4:]} == {"19:30"}
    assert len({each["series"]["id"] for each in after}) == 2
    assert (await SignUp.get()).state == "signed_up"
    assert await Message.filter(kind="shift_moved", person_id__not_isnull=True).count() == 1
    ended = await of.owner.does("endSeries", shiftId=before[10]["id"])
    assert refused(ended) == []
    assert len(await shifts_of(of)) == 10


async def test_a_shift_by_itself_is_no_series(database: Database) -> None:
    of = await an_opportunity(database)
    moved = await of.owner.does("moveSeries", shiftId=of.shift, starts="19:30:00", minutes=60)
    assert refused(moved) == ["NOT_IN_SERIES"]


async def test_a_series_goes_on_by_itself_and_twice_at_once_plans_it_once(
    database: Database, advance: Advance
) -> None:
    of = await an_opportunity(database)
    await planned(of)
    assert await in_transaction(database, extend_series) == 0
    await advance(timedelta(days=14))
    done = await asyncio.gather(*(in_transaction(database, extend_series) for _ in range(3)))
    assert sum(done) >= 1
    days = [each.on_day for each in await Shift.filter(series_id__isnull=False)]
    assert len(days) == len(set(days)) == 15
    assert PLANNED.value == 91


async def test_who_comes_to_all_comes_to_those_that_are_planned_later(
    database: Database, advance: Advance
) -> None:
    of = await an_opportunity(database)
    await planned(of)
    shifts = await shifts_of(of)
    [ann] = await people(database, 1)
    [role] = shifts[1]["roles"]["edges"]
    joined = await ann.does("joinSeries", "joined standing { id }", roleId=role["node"]["id"])
    assert (refused(joined), joined["joined"]) == ([], 12)
    again = await ann.does("joinSeries", roleId=role["node"]["id"])
    assert refused(again) == ["SIGNED_UP_ALREADY"]
    await advance(timedelta(days=14))
    await in_transaction(database, extend_series)
    assert await SignUp.filter(state="signed_up").count() == 14
    left = await ann.does("leaveSeries", standingSignUpId=joined["standing"]["id"])
    assert refused(left) == []
    assert (await ann.asks(MINE))["me"]["signUps"]["edges"] == []


async def test_moving_a_series_and_joining_it_at_once_loses_nobody(database: Database) -> None:
    of = await an_opportunity(database)
    await planned(of)
    shifts = await shifts_of(of)
    [role] = shifts[2]["roles"]["edges"]
    joiners = await people(database, 6)
    move = of.owner.does("moveSeries", shiftId=shifts[0]["id"], starts="20:00:00", minutes=60)
    done = await asyncio.gather(move, *(of.joins(each, role["node"]["id"]) for each in joiners))
    assert [refused(each) for each in done] == [[]] * 7
    rows = await SignUp.filter(shift_id__not_isnull=True)
    assert sorted(row.state for row in rows) == ["signed_up"] * 2 + ["waiting"] * 4
    assert {there(each)[1] for each in await shifts_of(of)} == {"20:00"}


async def test_an_opportunity_has_not_too_many_shifts(database: Database) -> None:
    of = await an_opportunity(database)
    for _ in range(4):
        done = await planned(of, rule="FREQ=DAILY", roles=[{"name": "x", "places": 1}])
        assert refused(done) == []
    done = await planned(of, rule="FREQ=DAILY", roles=[{"name": "x", "places": 1}])
    assert refused(done) == ["TOO_MANY_SHIFTS"]
