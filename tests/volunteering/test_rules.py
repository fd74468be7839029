"""The numbers of opportunities, shifts and hours. Pure."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.listings.openings import Opening
from commonweal.volunteering.actions_shifts import hours_of
from commonweal.volunteering.rules import (
    AHEAD,
    DESCRIPTION,
    HOURS,
    PLACES,
    ROLES,
    TITLE,
    PlacesUnfit,
    RolesUnfit,
    ShiftBegun,
    TextUnfit,
    TimesUnfit,
    check_names,
    check_times,
    check_to_come,
    checked_places,
    checked_text,
)
from commonweal.volunteering.rules_hours import (
    CODE_SECONDS,
    EARLY,
    NothingToClaim,
    NotNow,
    check_open,
    there,
    window_of,
)
from commonweal.volunteering.rules_signups import OFFERED, offered_until

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize("most", [TITLE.value, DESCRIPTION.value])
def test_texts_have_ends(most: int) -> None:
    assert checked_text(" x ", "title", most) == "x"
    assert len(checked_text("x" * most, "title", most)) == most
    for text in ("", "\u200b", "x" * (most + 1)):
        with pytest.raises(TextUnfit):
            checked_text(text, "title", most)


def test_a_role_has_some_places_and_a_shift_some_roles_of_different_names() -> None:
    assert [checked_places(n) for n in (1, PLACES.value)] == [1, PLACES.value]
    for places in (0, -1, PLACES.value + 1):
        with pytest.raises(PlacesUnfit):
            checked_places(places)
    check_names([f"r{n}" for n in range(ROLES.value)])
    for names in ([], ["a", "a"], [f"r{n}" for n in range(ROLES.value + 1)]):
        with pytest.raises(RolesUnfit):
            check_names(names)


@pytest.mark.parametrize(
    ("ahead", "long", "fits"),
    [
        (MINUTE, MINUTE, True),
        (timedelta(days=AHEAD.value), timedelta(hours=HOURS.value), True),
        (timedelta(), HOUR, False),
        (-HOUR, 2 * HOUR, False),
        (timedelta(days=AHEAD.value) + MINUTE, HOUR, False),
        (HOUR, timedelta(), False),
        (HOUR, -HOUR, False),
        (HOUR, timedelta(hours=HOURS.value) + MINUTE, False),
        (HOUR + timedelta(seconds=1), HOUR, False),
    ],
)
def test_a_shift_lies_ahead_and_is_no_longer_than_a_day(
    ahead: timedelta, long: timedelta, fits: bool
) -> None:
    starts = NOW + ahead
    if fits:
        return check_times(starts, starts + long, NOW)
    with pytest.raises(TimesUnfit):
        check_times(starts, starts + long, NOW)
    return None


def test_what_has_begun_is_joined_no_more() -> None:
    check_to_come(NOW + MINUTE, NOW)
    with pytest.raises(ShiftBegun):
        check_to_come(NOW, NOW)


def test_a_freed_place_is_offered_for_a_day_but_not_beyond_the_beginning() -> None:
    far = NOW + timedelta(days=9)
    assert offered_until(NOW, far) == NOW + timedelta(hours=OFFERED.value)
    assert offered_until(NOW, NOW + HOUR) == NOW + HOUR


@pytest.mark.parametrize(
    ("minute", "opened"),
    [(-EARLY.value - 1, False), (-EARLY.value, True), (0, True), (119, True), (120, False)],
)
def test_checking_in_begins_a_little_early_and_ends_with_the_shift(
    minute: int, opened: bool
) -> None:
    at = NOW + minute * MINUTE
    if opened:
        return check_open(NOW, NOW + 2 * HOUR, at)
    with pytest.raises(NotNow):
        check_open(NOW, NOW + 2 * HOUR, at)
    return None


def test_a_code_is_of_its_five_minutes() -> None:
    first = window_of(NOW)
    assert window_of(NOW + timedelta(seconds=CODE_SECONDS.value - 1)) == first
    assert window_of(NOW + timedelta(seconds=CODE_SECONDS.value)) == first + 1


@pytest.mark.parametrize(
    ("came", "went", "minutes"),
    [(-20, 30, 30), (0, 120, 120), (5, 500, 115), (10, 10.99, None), (10, 11, 1), (-30, -1, None)],
)
def test_only_whole_minutes_within_the_shift_count(
    came: float, went: float, minutes: int | None
) -> None:
    times = (NOW + came * MINUTE, NOW + went * MINUTE, NOW, NOW + 2 * HOUR)
    if minutes is not None:
        assert there(*times)[2] == minutes
    else:
        with pytest.raises(NothingToClaim):
            there(*times)


def test_a_shift_is_in_the_window_by_the_clock_there_and_a_night_is_two_days() -> None:
    day = datetime(2027, 7, 3, 22, tzinfo=UTC)  # 23:00 there
    assert hours_of(day, day + HOUR) == [Opening(None, day.date(), 1_380, 1_440)]
    first, second = hours_of(day, day + 2 * HOUR)
    assert (first.on, first.closes_minute) == (day.date(), 1_440)
    assert (second.on, second.opens_minute, second.closes_minute) == (
        day.date() + timedelta(days=1),
        0,
        60,
    )
    winter = datetime(2026, 11, 28, 10, 30, tzinfo=UTC)
    assert hours_of(winter, winter + HOUR) == [Opening(None, winter.date(), 630, 690)]
