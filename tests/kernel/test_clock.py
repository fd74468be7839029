"""Clocks: the real one, a rehearsal's other day, and one that a test moves."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.clock import Clock, FixedDay, SystemClock, TestClock

LONDON = ZoneInfo("Europe/London")


def test_the_system_clock_says_now_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_fixed_day_keeps_the_time_of_day_and_lets_it_run() -> None:
    running = TestClock(datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC))
    rehearsal: Clock = FixedDay(date(2030, 2, 28), LONDON, running)
    assert rehearsal.now() == datetime(2030, 2, 28, 9, 30, 15, tzinfo=UTC)
    running.advance(timedelta(hours=15))
    assert rehearsal.now() == datetime(2030, 3, 1, 0, 30, 15, tzinfo=UTC)
    assert rehearsal.now().tzinfo is UTC


def test_a_fixed_day_is_that_day_where_it_is_said() -> None:
    late = TestClock(datetime(2026, 7, 1, 23, 30, tzinfo=UTC))  # in London it is 2 July, 00:30
    assert FixedDay(date(2026, 12, 1), LONDON, late).now() == datetime(
        2026, 12, 1, 0, 30, tzinfo=UTC
    )


@given(
    st.integers(0, 100 * 366 * 24 * 60),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.timezones(),
)
def test_a_fixed_day_begins_on_that_day_everywhere(minutes: int, day: date, zone: ZoneInfo) -> None:
    now = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert FixedDay(day, zone, TestClock(now)).now().astimezone(zone).date() == day


def test_a_fixed_day_runs_on_the_machines_clock_by_default() -> None:
    today = SystemClock().now()
    rehearsal = FixedDay(today.date(), ZoneInfo("UTC"))
    assert abs(rehearsal.now() - today) < timedelta(minutes=1)


def test_a_test_clock_stands_until_it_is_advanced() -> None:
    clock = TestClock(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(days=1))
    clock.advance(timedelta(hours=-1))
    assert clock.now() == datetime(2026, 1, 1, 23, tzinfo=UTC)


def test_a_test_clock_refuses_an_instant_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        TestClock(datetime(2026, 1, 1))  # noqa: DTZ001
