"""Series: the same hour by the clock there, for as long as it goes, for whoever comes each time."""

import asyncio
import time as clocks
from datetime import UTC, date, datetime, time, timedelta

import pytest

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_standing import extend_series
from commonweal.volunteering.recurring import checked_rule, days_of
from commonweal.volunteering.rules import SHIFTS
from commonweal.volunteering.rules_series import (
    PLANNED,
    READ,
    RULE,
    RecurrenceUnfit,
    ends_of,
    instants,
)
from commonweal.volunteering.tables import Series, Shift
from commonweal.volunteering.tables_signups import SignUp, StandingSignUp
from tests.conftest import TODAY, Advance
from tests.people.signing import Somebody, refused, signed_in
from tests.volunteering.making import (
    SATURDAY,
    a_series,
    an_opportunity,
    people,
    plans,
    shifts_of,
    told,
)

FOUND = """query($day: Date!) {
  search(kinds: [OPPORTUNITY], openOn: $day, first: 5) { edges { node { title } } } }"""
NEAR = """query($id: ID!) { node(id: $id) { ... on SignUp {
  closeBy { edges { node { id } } } } } }"""
CALLED_OFF = "query($id: ID!) { node(id: $id) { ... on Shift { cancelledAt } } }"
WEEK = timedelta(days=7)


async def finds(somebody: Somebody, day: datetime) -> bool:
    found = await somebody.asks(FOUND, day=str(day.date()))
    return bool(found["search"]["edges"])


# ---- what a rule means -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "starts_at"),
    [
        (date(2027, 3, 27), datetime(2027, 3, 27, 1, 30, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # 02:30: there is no 01:30
        (date(2027, 3, 29), datetime(2027, 3, 29, 0, 30, tzinfo=UTC)),
        (date(2027, 10, 30), datetime(2027, 10, 30, 0, 30, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # the first of two
        (date(2027, 11, 1), datetime(2027, 11, 1, 1, 30, tzinfo=UTC)),
    ],
)
def test_half_past_one_is_there_on_the_days_on_which_the_clocks_change(
    day: date, starts_at: datetime
) -> None:
    assert instants(day, 90, 60) == (starts_at, starts_at + timedelta(hours=1))


@pytest.mark.parametrize(
    "rule",
    [
        *("garbage", "", "FREQ=", "BYDAY=SA", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;;BYDAY=SA"),
        *("FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=9"),
        *("FREQ=WEEKLY;UNTIL=20270331T100000Z", "FREQ=WEEKLY;UNTIL=20271399"),
        *("FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=0"),
        *("FREQ=DAILY;INTERVAL=1\nRDATE:20270101T0130", "FREQ=WEEKLY;FREQ=DAILY"),
        *("FREQ=WEEKLY;COUNT=2;UNTIL=20270331", "FREQ=WEEKLY;BYDAY=1SA"),
        *("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=13"),
        *("FREQ=DAILY;BYMONTHDAY=32", "FREQ=DAILY;BYMONTHDAY=0"),
        *("FREQ=MONTHLY;BYDAY=6SA", "FREQ=WEEKLY;BYMONTHDAY=1"),
    ],
)
def test_what_is_no_rule_of_days_is_refused_at_once(rule: str) -> None:
    began = clocks.monotonic()
    with pytest.raises(RecurrenceUnfit):
        checked_rule(rule)
    assert clocks.monotonic() - began < 1, "nobody waits for the 30th of February"


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=3", [1, 2, 3]),
        ("rrule:freq=weekly;byday=mo,we;until=20270113", [4, 6, 11, 13]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", [1, 15, 29]),
        ("FREQ=MONTHLY;BYDAY=-1SU", [31]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,31", [31]),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=2SA", [9]),
        ("FREQ=MONTHLY;BYMONTHDAY=29;BYMONTH=2", []),
    ],
)
def test_a_rule_means_its_days(rule: str, days: list[int]) -> None:
    january = (date(2027, 1, 1), date(2027, 1, 1), date(2027, 2, 1))
    assert [each.day for each in days_of(checked_rule(rule), *january)] == days


def test_a_rule_is_as_long_as_it_may_be_and_is_read_so_far() -> None:
    longest = "FREQ=WEEKLY;BYDAY=SA" + ",SA" * 60
    assert len(longest) == RULE.value
    assert checked_rule(longest) == longest
    with pytest.raises(RecurrenceUnfit):
        checked_rule(longest + ",SA")
    day = date(2027, 1, 1)
    last = day + timedelta(days=READ.value - 1)
    daily = days_of("FREQ=DAILY", day, last, last + timedelta(days=9))
    assert daily == [last], "it is read for so many days and no further"
    assert ends_of("FREQ=DAILY;COUNT=2")
    assert not ends_of("FREQ=DAILY")


# ---- planned -----------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [(3, 28), (10, 31)])
async def test_a_series_begins_at_the_same_hour_before_and_after_the_clocks_change(
    database: Database, advance: Advance, change: tuple[int, int]
) -> None:
    change_day = datetime(2027, *change, tzinfo=UTC)
    await advance(change_day - timedelta(days=10) - TODAY)
    helped = await an_opportunity(database, starts_at=change_day - timedelta(days=9))
    starts_on = str((change_day - WEEK).date())
    given = {"rule": "FREQ=WEEKLY", "startsOn": starts_on, "minutes": 90}
    series = await a_series(helped.owner, helped.opportunity, **given)
    planned = await shifts_of(helped.owner, series)
    there = [each.starts_at.astimezone(CIVIL_ZONE) for each in planned]
    assert {each.time() for each in there} == {time(10)}
    assert len({each.utcoffset() for each in there}) == 2
    assert {each.ends_at - each.starts_at for each in planned} == {timedelta(minutes=90)}
    night = await a_series(helped.owner, helped.opportunity, **given, starts="01:30:00")
    first, second, third, *_ = [each.starts_at for each in await shifts_of(helped.owner, night)]
    assert (first.date(), second.date()) == ((change_day - WEEK).date(), change_day.date())
    assert second - first == WEEK, "in spring it is later by an hour on that day"
    assert third - first == 2 * WEEK + timedelta(hours=-1 if change == (3, 28) else 1)


async def test_a_series_has_shifts_for_a_quarter_and_is_refused_where_it_has_none(
    database: Database,
) -> None:
    helped = await an_opportunity(database)
    horizon = TODAY.date() + timedelta(days=PLANNED.value)
    given = {"rule": "FREQ=DAILY", "startsOn": str(horizon - timedelta(days=1))}
    series = await a_series(helped.owner, helped.opportunity, **given)
    [last] = await shifts_of(helped.owner, series)
    assert last.starts_at.date() == horizon - timedelta(days=1)
    found = await helped.owner.asks(
        "query($id: ID!) { node(id: $id) { ... on Series { plannedUntil } } }", id=series
    )
    assert found["node"]["plannedUntil"] == str(horizon)
    late = await plans(helped.owner, helped.opportunity, rule="FREQ=DAILY", startsOn=str(horizon))
    assert refused(late) == ["RECURRENCE_EMPTY"]
    over = await plans(helped.owner, helped.opportunity, rule="FREQ=DAILY;UNTIL=20261101")
    assert refused(over) == ["RECURRENCE_EMPTY"]
    assert refused(await plans(helped.owner, helped.opportunity, rule="x")) == ["RECURRENCE_UNFIT"]
    long = await plans(helped.owner, helped.opportunity, minutes=24 * 60 + 1)
    assert refused(long) == ["TIMES_UNFIT"]
    assert refused(await plans(helped.owner, helped.opportunity, minutes=0)) == ["TIMES_UNFIT"]


async def test_an_opportunity_has_so_many_shifts_to_come_and_no_more(database: Database) -> None:
    helped = await an_opportunity(database)  # which has one
    each_day = {"rule": "FREQ=DAILY;COUNT=80", "startsOn": str(TODAY.date() + timedelta(days=1))}
    for hour in range(4):
        await a_series(helped.owner, helped.opportunity, **each_day, starts=f"{hour:02}:00:00")
    rest = {**each_day, "rule": f"FREQ=DAILY;COUNT={SHIFTS.value - 320}"}
    many = await plans(helped.owner, helped.opportunity, **rest)
    assert refused(many) == ["TOO_MANY_SHIFTS"]
    rest["rule"] = f"FREQ=DAILY;COUNT={SHIFTS.value - 321}"
    await a_series(helped.owner, helped.opportunity, **rest)
    assert await Shift.all().count() == SHIFTS.value


# ---- moved and ended ---------------------------------------------------------------------------


async def test_who_has_a_place_in_a_shift_that_is_moved_keeps_it_and_is_told(
    database: Database, advance: Advance
) -> None:
    helped = await an_opportunity(database, places=1)
    other = await helped.adds(SATURDAY + timedelta(days=1))
    ann, bob, cat = await people(database, 3)
    mine = await helped.placed(ann)
    theirs = await helped.placed(bob)
    await helped.placed(cat)
    await helped.placed(ann, other)
    await ann.does("cancelSignUp", signUpId=mine)
    mine = await helped.placed(ann)  # behind Cat, and Bob is offered it
    to = SATURDAY + timedelta(days=1, hours=1)
    moved = await helped.owner.does(
        "moveShift",
        "shift { startsAt }",
        shiftId=helped.shift,
        startsAt=to.isoformat(),
        endsAt=(to + timedelta(hours=2)).isoformat(),
    )
    assert refused(moved) == []
    assert datetime.fromisoformat(moved["shift"]["startsAt"]) == to
    assert await told("shift_moved") == [f"p{n}@example.org" for n in range(3)]
    states = [await helped.state_of(each) for each in (mine, theirs)]
    assert states == ["WAITING", "OFFERED"]
    found = await ann.asks(NEAR, id=mine)
    assert len(found["node"]["closeBy"]["edges"]) == 1, "it clashes now, as she sees"
    stranger = await signed_in(database, "zoe@example.org")
    assert not await finds(stranger, SATURDAY)
    assert await finds(stranger, to)


async def test_an_offer_ends_where_its_shift_begins_after_that_was_moved(
    database: Database, advance: Advance
) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob = await people(database, 2)
    mine, theirs = [await helped.placed(each) for each in (ann, bob)]
    await ann.does("cancelSignUp", signUpId=mine)
    soon = TODAY + timedelta(hours=1)
    moved = await helped.owner.does(
        "moveShift",
        shiftId=helped.shift,
        startsAt=soon.isoformat(),
        endsAt=(soon + timedelta(hours=1)).isoformat(),
    )
    assert refused(moved) == []
    await advance(timedelta(hours=2))
    assert refused(await bob.does("acceptPlace", signUpId=theirs)) == ["OFFER_OVER"]


async def test_this_and_what_follows_is_moved_and_what_came_before_stays(
    database: Database,
) -> None:
    helped = await an_opportunity(database)
    series = await a_series(helped.owner, helped.opportunity)
    before = await shifts_of(helped.owner, series)
    ann, *_ = await people(database, 1)
    places = [await helped.placed(ann, each.role) for each in before[:3]]
    moved = await helped.owner.does(
        "moveSeries",
        "series { id }",
        shiftId=before[1].shift,
        starts="14:00:00",
        minutes=60,
    )
    assert refused(moved) == []
    [stays] = await shifts_of(helped.owner, series)
    assert stays == await _again(helped.owner, series, before[0].shift)
    assert stays.starts_at == before[0].starts_at
    after = await shifts_of(helped.owner, moved["series"]["id"])
    assert [each.shift for each in after] == [each.shift for each in before[1:]]
    assert [each.starts_at for each in after] == [
        each.starts_at + timedelta(hours=4) for each in before[1:]
    ]
    assert {each.ends_at - each.starts_at for each in after} == {timedelta(hours=1)}
    assert [await helped.state_of(each) for each in places] == ["SIGNED_UP"] * 3
    assert await told("shift_moved") == ["p0@example.org"] * 2
    assert (await Series.filter(ended_at__isnull=True).count()) == 1
    assert await in_transaction(database, extend_series) == 0
    alone = await helped.owner.does(
        "moveSeries", shiftId=helped.shift, starts="14:00:00", minutes=60
    )
    assert refused(alone) == ["NOT_IN_SERIES"]


async def _again(owner: Somebody, series: str, shift: str) -> object:
    [found] = [each for each in await shifts_of(owner, series) if each.shift == shift]
    return found


async def test_a_shift_and_the_rest_of_a_series_are_called_off_and_found_no_more(
    database: Database,
) -> None:
    helped = await an_opportunity(database)
    series = await a_series(helped.owner, helped.opportunity)
    planned = await shifts_of(helped.owner, series)
    ann, bob = await people(database, 2)
    places = [await helped.placed(ann, each.role) for each in planned[:4]]
    waits = await helped.placed(bob, planned[2].role)
    stranger = await signed_in(database, "zoe@example.org")
    assert all([await finds(stranger, each.starts_at) for each in planned[:4]])
    off = await helped.owner.does("cancelShift", shiftId=planned[0].shift)
    assert refused(off) == []
    assert await told("shift_off") == ["p0@example.org"]
    ended = await helped.owner.does("endSeries", "series { endedAt }", shiftId=planned[2].shift)
    assert refused(ended) == []
    assert ended["series"]["endedAt"]
    states = [await helped.state_of(each) for each in [*places, waits]]
    assert states == ["CANCELLED", "SIGNED_UP", "CANCELLED", "CANCELLED", "CANCELLED"]
    assert await told("shift_off") == ["p0@example.org"] * 3 + ["p1@example.org"]
    found = [await finds(stranger, each.starts_at) for each in planned[:4]]
    assert found == [False, True, False, False]
    assert refused(await helped.joins(bob, planned[0].role)) == ["SHIFT_OFF"]
    again = await helped.owner.does("endSeries", shiftId=planned[2].shift)
    assert refused(again) == ["SHIFT_OFF"]
    assert await in_transaction(database, extend_series) == 0
    stays = await helped.owner.asks(CALLED_OFF, id=planned[1].shift)
    assert stays["node"]["cancelledAt"] is None


@pytest.mark.parametrize("verb", ["moveSeries", "endSeries"])
async def test_a_series_is_moved_or_ended_as_people_join_it_and_nobody_is_left_behind(
    database: Database, verb: str
) -> None:
    helped = await an_opportunity(database)
    roles = [{"name": "Digger", "places": 9}]
    series = await a_series(helped.owner, helped.opportunity, roles=roles)
    planned = await shifts_of(helped.owner, series)
    crowd = await people(database, 5)
    given = {"starts": "14:00:00", "minutes": 60} if verb == "moveSeries" else {}
    done = await asyncio.gather(
        helped.owner.does(verb, shiftId=planned[0].shift, **given),
        *(helped.joins(each, planned[0].role) for each in crowd[:3]),
        *(each.does("joinSeries", roleId=planned[0].role) for each in crowd[3:]),
    )
    allowed = {(), ("TRY_AGAIN",), ("SHIFT_OFF",)}
    assert {tuple(refused(each)) for each in done} <= allowed
    live = await Series.get_or_none(ended_at__isnull=True)
    standing = await StandingSignUp.filter(ended_at__isnull=True)
    if verb == "moveSeries" and refused(done[0]) == []:
        assert live
        assert {each.series_id for each in standing} <= {live.id}, "of what goes on"
        assert await Shift.filter(series_id=live.id).count() == len(planned)
    elif refused(done[0]) == []:
        assert standing == []
        assert await SignUp.filter(place__isnull=False).count() == 0
    assert await SignUp.filter(place__gt=9).count() == 0
