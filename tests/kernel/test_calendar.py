"""Counting days: every vector of design note `domain/assets.md` 2.8, and what holds for all."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.calendar import (
    ONE_DAY,
    days_of,
    end_of_day,
    is_working_day,
    months_beginning_with,
    weeks_beginning_with,
    weeks_of,
    within,
    working_day_on_or_before,
    working_days_beginning_with,
    years_beginning_with,
)

LONDON = ZoneInfo("Europe/London")
ENGLAND = {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}
SCOTLAND = ENGLAND | {date(2026, 11, 30), date(2027, 1, 4)}

days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
counts = st.integers(1, 600)


def day(text: str) -> date:
    return date.fromisoformat(text)


VECTORS = [  # 6 weeks, 8 weeks, 6 months, 12 months, 18 months, 5 years, 8 weeks of receiving
    "2026-11-23 2027-01-03 2027-01-17 2027-05-22 2027-11-22 2028-05-22 2031-11-22 2027-01-18",
    "2026-08-31 2026-10-11 2026-10-25 2027-02-28 2027-08-30 2028-02-29 2031-08-30 2026-10-26",
    "2026-08-28 2026-10-08 2026-10-22 2027-02-27 2027-08-27 2028-02-27 2031-08-27 2026-10-23",
    "2026-03-01 2026-04-11 2026-04-25 2026-08-31 2027-02-28 2027-08-31 2031-02-28 2026-04-26",
    "2024-02-29 2024-04-10 2024-04-24 2024-08-28 2025-02-28 2025-08-28 2029-02-28 2024-04-25",
]


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_of_the_design_note(vector: str) -> None:
    start, *expected = map(day, vector.split())
    assert expected == [
        weeks_beginning_with(start, 6),
        weeks_beginning_with(start, 8),
        months_beginning_with(start, 6),
        months_beginning_with(start, 12),
        months_beginning_with(start, 18),
        years_beginning_with(start, 5),
        weeks_of(start, 8),
    ]


@pytest.mark.parametrize(
    ("start", "holidays", "last"),
    [
        ("2026-11-23", SCOTLAND, "2026-12-21"),
        ("2026-11-23", ENGLAND, "2026-12-18"),
        ("2026-12-10", SCOTLAND, "2027-01-12"),
        ("2026-12-10", ENGLAND, "2027-01-11"),
    ],
)
def test_twenty_working_days_beginning_with(start: str, holidays: set[date], last: str) -> None:
    assert working_days_beginning_with(day(start), 20, holidays) == day(last)


def test_a_period_may_end_on_a_sunday_and_is_acted_on_the_working_day_before() -> None:
    sunday = weeks_beginning_with(day("2026-11-23"), 6)
    assert sunday.strftime("%A") == "Sunday"
    assert working_day_on_or_before(sunday, ENGLAND) == day("2026-12-31")  # the Friday is 1 January
    assert working_day_on_or_before(sunday, set()) == day("2027-01-01")
    assert working_day_on_or_before(day("2026-12-30"), ENGLAND) == day("2026-12-30")


def test_working_days_that_begin_at_a_weekend_begin_on_monday() -> None:
    saturday, monday = day("2026-11-21"), day("2026-11-23")
    assert working_days_beginning_with(saturday, 1, set()) == monday
    assert working_days_beginning_with(monday, 1, set()) == monday


def test_twenty_eight_days_of_a_day_do_not_count_it() -> None:
    assert days_of(day("2026-11-23"), 28) == day("2026-12-21")
    assert days_of(day("2026-11-23"), 0) == day("2026-11-23")


@pytest.mark.parametrize("count", [0, -1])
def test_a_period_that_begins_with_a_day_is_never_empty(count: int) -> None:
    start = day("2026-11-23")
    for period in (weeks_beginning_with, months_beginning_with, years_beginning_with):
        with pytest.raises(ValueError, match="at least one"):
            period(start, count)
    with pytest.raises(ValueError, match="at least one"):
        working_days_beginning_with(start, count, set())


@given(days, counts)
def test_weeks_beginning_with_a_day_end_the_day_before_weeks_of_it(start: date, n: int) -> None:
    assert weeks_beginning_with(start, n) + ONE_DAY == weeks_of(start, n) == days_of(start, 7 * n)


@given(days, counts)
def test_months_end_before_the_same_day_or_with_a_short_month(start: date, n: int) -> None:
    last = months_beginning_with(start, n)
    following = last + ONE_DAY
    month = start.year * 12 + start.month + n
    if following.day == start.day:
        assert following.year * 12 + following.month == month
    else:  # the month has no such day, and the period ends with it
        assert last.year * 12 + last.month == month
        assert following.day == 1
        assert last.day < start.day


@given(days, counts)
def test_a_later_start_never_ends_earlier(start: date, n: int) -> None:
    later = start + ONE_DAY
    assert months_beginning_with(start, n) <= months_beginning_with(later, n)
    assert months_beginning_with(start, n) < months_beginning_with(start, n + 1)


@given(days, st.integers(1, 60), st.sets(days, max_size=10))
def test_a_period_has_exactly_its_working_days(start: date, n: int, holidays: set[date]) -> None:
    last = working_days_beginning_with(start, n, holidays)
    period = [start + timedelta(i) for i in range((last - start).days + 1)]
    assert sum(is_working_day(one, holidays) for one in period) == n
    assert working_day_on_or_before(last, holidays) == last


@given(days, st.sets(days, max_size=10))
def test_no_working_day_lies_between_the_act_by_day_and_the_end(
    last: date, holidays: set[date]
) -> None:
    act_by = working_day_on_or_before(last, holidays)
    assert is_working_day(act_by, holidays)
    between = [act_by + timedelta(i) for i in range(1, (last - act_by).days + 1)]
    assert not any(is_working_day(one, holidays) for one in between)


@pytest.mark.parametrize(
    ("last", "zone", "over"),
    [
        ("2026-01-03", "Europe/London", "2026-01-04T00:00Z"),
        ("2026-07-03", "Europe/London", "2026-07-03T23:00Z"),
        ("2026-03-28", "Europe/London", "2026-03-29T00:00Z"),  # the clocks go forward that night
        ("2026-10-25", "Europe/London", "2026-10-26T00:00Z"),  # this day has 25 hours
        ("2026-04-23", "Africa/Cairo", "2026-04-23T22:00Z"),  # the next has no midnight: 01:00
        ("2026-10-31", "America/Havana", "2026-11-01T04:00Z"),  # the next has two
    ],
)
def test_a_day_is_over_when_the_next_begins_there(last: str, zone: str, over: str) -> None:
    end = end_of_day(day(last), ZoneInfo(zone))
    assert end == datetime.fromisoformat(over)
    assert end.tzinfo is UTC


@given(days)
def test_the_last_microsecond_belongs_to_the_day_and_its_end_does_not(last: date) -> None:
    end = end_of_day(last, LONDON)
    assert (end - timedelta(microseconds=1)).astimezone(LONDON).date() == last
    assert end.astimezone(LONDON).date() == last + ONE_DAY


def test_a_period_has_its_start_and_not_its_end() -> None:
    start, until = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert within(start, start, until)
    assert within(until - tick, start, until)
    assert not within(until, start, until)
    assert not within(start - tick, start, until)
    assert not within(start, start, start)
