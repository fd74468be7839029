"""Each limit of who comes, at its boundary. Pure."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.kernel.errors import UserError
from commonweal.volunteering.rules import (
    MULTIPLIER,
    REASON,
    MultiplierUnfit,
    ShiftOff,
    TextUnfit,
    check_to_come,
    checked_multiplier,
    checked_text,
    credited,
)
from commonweal.volunteering.rules_applications import (
    ANSWER,
    QUESTION,
    QUESTIONS,
    REFERENCES,
    TRIAL,
    AnswersUnfit,
    ApplicationNeeded,
    FormUnfit,
    TrialOver,
    TrialUnfit,
    check_accepted,
    checked_answers,
    checked_form,
)
from commonweal.volunteering.rules_signups import (
    DAY_HOURS,
    LATE,
    LONG_HOURS,
    QUIET,
    REMINDED,
    REST_HOURS,
    DayFull,
    RestNeeded,
    ShiftsClash,
    Times,
    TooYoung,
    check_age,
    check_load,
    is_late,
    is_quiet,
)
from commonweal.volunteering.rules_terms import part_of_week

NINE = datetime(2026, 11, 28, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONG = LONG_HOURS.value * HOUR
REST = REST_HOURS.value * HOUR


def times(since: timedelta, long: timedelta) -> Times:
    return NINE + since, NINE + since + long


@pytest.mark.parametrize(
    ("wanted", "others", "refused"),
    [
        (times(0 * HOUR, 2 * HOUR), [times(2 * HOUR, HOUR)], None),
        (times(0 * HOUR, 2 * HOUR + MINUTE), [times(2 * HOUR, HOUR)], ShiftsClash),
        (times(0 * HOUR, 2 * HOUR), [times(HOUR, MINUTE)], ShiftsClash),
        (times(0 * HOUR, LONG), [times(LONG + REST, HOUR)], None),
        (times(0 * HOUR, LONG), [times(LONG + REST - MINUTE, HOUR)], RestNeeded),
        (times(LONG + REST - MINUTE, HOUR), [times(0 * HOUR, LONG)], RestNeeded),
        (times(0 * HOUR, LONG - MINUTE), [times(LONG, HOUR)], None),
        (times(0 * HOUR, DAY_HOURS.value * HOUR + HOUR), [], None),  # one shift, however long
        (times(0 * HOUR, 5 * HOUR), [times(5 * HOUR, 5 * HOUR), times(11 * HOUR, 2 * HOUR)], None),
        (
            times(0 * HOUR, 5 * HOUR + MINUTE),
            [times(6 * HOUR, 5 * HOUR), times(12 * HOUR, 2 * HOUR)],
            DayFull,
        ),
        # from eleven at night on it is another day
        (times(14 * HOUR, 5 * HOUR), [times(0 * HOUR, 5 * HOUR), times(6 * HOUR, 5 * HOUR)], None),
    ],
)
def test_somebody_is_in_one_place_rests_and_has_so_many_hours_a_day(
    wanted: Times, others: list[Times], refused: type[UserError] | None
) -> None:
    if refused is None:
        return check_load(wanted, others)
    with pytest.raises(refused):
        check_load(wanted, others)
    return None


def test_a_shift_to_midnight_takes_nothing_from_the_next_day() -> None:
    full = [times(15 * HOUR + n * 4 * HOUR, 4 * HOUR) for n in range(3)]  # from midnight to noon
    check_load(times(13 * HOUR, 2 * HOUR), full)
    with pytest.raises(DayFull):
        check_load(times(13 * HOUR, 2 * HOUR + MINUTE), [(a + MINUTE, b + MINUTE) for a, b in full])


@pytest.mark.parametrize(
    ("band", "minimum", "fits"),
    [
        (None, 18, True),
        ("FROM_16_TO_17", 18, False),
        ("FROM_16_TO_17", 16, True),
        ("FROM_13_TO_15", 16, False),
        ("FROM_13_TO_15", 13, True),
        ("UNDER_13", 13, False),
        ("UNDER_13", None, True),
    ],
)
def test_a_band_is_old_enough_from_its_first_year_on(
    band: str | None, minimum: int | None, fits: bool
) -> None:
    if fits:
        return check_age(band, minimum)
    with pytest.raises(TooYoung):
        check_age(band, minimum)
    return None


def test_cancelling_is_late_within_so_many_hours() -> None:
    assert not is_late(NINE - LATE.value * HOUR, NINE)
    assert is_late(NINE - LATE.value * HOUR + timedelta(seconds=1), NINE)


def test_nobody_is_reminded_while_people_sleep() -> None:
    first, last = QUIET
    midnight = NINE.replace(hour=0)
    hours = [not is_quiet(midnight + n * HOUR) for n in range(24)]
    assert hours == [first <= n < last for n in range(24)]
    assert is_quiet(midnight + first * HOUR - MINUTE)
    assert not is_quiet(midnight + last * HOUR - MINUTE)
    summer = datetime(2027, 7, 3, tzinfo=UTC)
    assert not is_quiet(summer + (first - 1) * HOUR), "by the clock there"
    awake = last - first
    assert REMINDED.value > 24 - awake, "the morning before comes in time, whatever the hour"


@pytest.mark.parametrize(
    ("minutes", "percent", "worth"),
    [
        *((60, 100, 60), (30, 100, 30), (60, 150, 90), (1, 50, 1), (1, 49, 0), (3, 50, 2)),
        *((1, 1, 0), (50, 1, 1), (49, 1, 0), (1, 300, 3), (7, 33, 2)),
    ],
)
def test_what_minutes_are_worth_is_rounded_once_half_a_minute_up(
    minutes: int, percent: int, worth: int
) -> None:
    assert credited(minutes, percent) == worth


def test_a_multiplier_has_bounds() -> None:
    most = MULTIPLIER.value
    assert [checked_multiplier(n) for n in (None, 1, most)] == [100, 1, most]
    for percent in (0, -1, MULTIPLIER.value + 1):
        with pytest.raises(MultiplierUnfit):
            checked_multiplier(percent)


def test_what_is_off_is_not_joined_and_a_reason_is_short() -> None:
    with pytest.raises(ShiftOff):
        check_to_come(NINE, NINE - HOUR, NINE - HOUR)
    assert len(checked_text("x" * REASON.value, "reason", REASON.value)) == REASON.value
    with pytest.raises(TextUnfit):
        checked_text("x" * (REASON.value + 1), "reason", REASON.value)


def test_a_form_has_so_many_questions_references_and_days() -> None:
    checked_form(None, None, None)
    checked_form(["x" * QUESTION.value] * QUESTIONS.value, REFERENCES.value, TRIAL.value)
    for questions in ([""], ["x" * (QUESTION.value + 1)], ["x"] * (QUESTIONS.value + 1)):
        with pytest.raises(FormUnfit):
            checked_form(questions, None, None)
    for references in (-1, REFERENCES.value + 1):
        with pytest.raises(FormUnfit):
            checked_form([], references, None)
    for days in (0, TRIAL.value + 1):
        with pytest.raises(TrialUnfit):
            checked_form([], 0, days)


def test_each_question_is_answered_and_no_answer_is_longer_than_it_may_be() -> None:
    assert checked_answers(["?"], [f" {'x' * ANSWER.value} "]) == ["x" * ANSWER.value]
    for answers in ([], [" "], ["x", "y"], ["x" * (ANSWER.value + 1)]):
        with pytest.raises(AnswersUnfit):
            checked_answers(["?"], answers)


def test_a_trial_is_good_on_its_last_day() -> None:
    day = date(2026, 11, 28)
    check_accepted("trial", day, day)
    check_accepted("accepted", None, day)
    with pytest.raises(TrialOver):
        check_accepted("trial", day, day + timedelta(days=1))
    for state in ("applied", "declined", "withdrawn"):
        with pytest.raises(ApplicationNeeded):
            check_accepted(state, None, day)


@pytest.mark.parametrize(
    ("at", "part"),
    [
        (datetime(2027, 7, 3, 10, 59, tzinfo=UTC), "SaturdayMorning"),
        (datetime(2027, 7, 3, 11, tzinfo=UTC), "SaturdayAfternoon"),  # noon, by the clock there
        (datetime(2027, 7, 3, 17, tzinfo=UTC), "SaturdayEvening"),
        (datetime(2027, 7, 3, 23, tzinfo=UTC), "SundayMorning"),
    ],
)
def test_a_part_of_the_week_is_by_the_clock_there(at: datetime, part: str) -> None:
    assert part_of_week(at) == part
