"""The numbers that a scheme goes by, and movements in words. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commonweal.credits.rules import (
    MOST_MINUTES,
    NAME,
    REFERENCE,
    WARNED,
    WORDS,
    MinutesUnfit,
    NameUnfit,
    WindowUnfit,
    WordsUnfit,
    beginning,
    check_window,
    checked_minutes,
    checked_name,
    checked_words,
    ending,
    warning_of,
)
from commonweal.credits.rules_terms import (
    NOTICE,
    PERIODS,
    SPANS,
    RaisedTooSoon,
    SpentEnough,
    TermUnfit,
    check_raising,
    check_spending,
    checked_terms,
    checked_week,
    since_of,
)
from commonweal.credits.rules_words import SAID, what

USUAL = checked_terms({})
DAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize("name", SPANS)
def test_a_term_is_within_its_span_and_without_a_value_as_usual(name: str) -> None:
    span = SPANS[name]
    for value in (span.least, span.most):
        assert getattr(checked_terms({name: value}), name) == value
    for value in (span.least - 1, span.most + 1):
        with pytest.raises(TermUnfit):
            checked_terms({name: value})
    assert getattr(USUAL, name) == span.usual
    before = checked_terms({name: span.least})
    assert getattr(checked_terms({}, before), name) == span.least, "what is not given stays"
    emptied = getattr(checked_terms({name: None}, before), name)
    assert emptied == (None if span.open else span.usual)


@pytest.mark.parametrize("name", ["shops_accept", "recognition_only"])
def test_a_switch_is_off_until_it_is_turned_on_and_stays(name: str) -> None:
    on = checked_terms({name: True})
    assert not getattr(USUAL, name)
    assert getattr(checked_terms({}, on), name)
    assert not getattr(checked_terms({name: False}, on), name)


def test_what_is_earned_lapses_at_the_end_of_its_last_day_also_where_clocks_change() -> None:
    terms = replace(USUAL, credit_lifetime_days=30)
    summer = terms.expires_at(datetime(2027, 3, 1, 23, 59, tzinfo=UTC))
    assert summer == datetime(2027, 3, 31, 23, tzinfo=UTC), "midnight, an hour ahead of UTC"
    leap = terms.expires_at(datetime(2028, 1, 30, 12, tzinfo=UTC))
    assert leap == datetime(2028, 3, 1, tzinfo=UTC), "29 February is its last day"
    assert replace(USUAL, credit_lifetime_days=None).expires_at(datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("period", "day", "since"),
    [
        ("day", DAY, DAY),
        ("week", DAY, date(2026, 11, 16)),
        ("week", date(2026, 11, 16), date(2026, 11, 16)),
        ("month", DAY, date(2026, 11, 1)),
        ("week", date(2027, 1, 1), date(2026, 12, 28)),
    ],
)
def test_a_week_begins_on_monday_and_a_month_on_its_first(
    period: str, day: date, since: date
) -> None:
    assert since_of(period, day) == since


@pytest.mark.parametrize("period", PERIODS)
def test_what_is_spent_in_a_period_is_bounded_to_the_minute(period: str) -> None:
    most: Any = {PERIODS[period]: 60}
    terms = replace(USUAL, **most)
    spent = dict.fromkeys(PERIODS, 0) | {period: 40}
    check_spending(terms, spent, 20)
    with pytest.raises(SpentEnough) as refused:
        check_spending(terms, spent, 21)
    assert (refused.value.left, refused.value.most) == (20, 60)
    check_spending(USUAL, dict.fromkeys(PERIODS, 10**9), 10**9)


@pytest.mark.parametrize(
    ("scheme", "own", "most"), [(None, None, None), (60, None, 60), (None, 30, 30), (60, 90, 60)]
)
def test_of_two_bounds_on_a_week_the_lower_holds(
    scheme: int | None, own: int | None, most: int | None
) -> None:
    terms = replace(USUAL, weekly_limit_minutes=scheme).within(own)
    assert terms.weekly_limit_minutes == most


def test_a_bound_of_nothing_at_all_is_one() -> None:
    assert checked_week(0) == 0
    assert checked_week(None) is None
    with pytest.raises(TermUnfit):
        checked_week(-1)


def test_more_for_one_person_to_decide_needs_notice_and_less_does_not() -> None:
    more = replace(USUAL, sole_grant_minutes=USUAL.sole_grant_minutes + 1)
    with pytest.raises(RaisedTooSoon):
        check_raising(more, USUAL, NOTICE.value - 1)
    check_raising(more, USUAL, NOTICE.value)
    check_raising(USUAL, more, 1)


@pytest.mark.parametrize(
    ("ahead", "days"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7)]
)
def test_of_what_lapses_the_warning_of_the_fewest_days_is_due(ahead: int, days: int | None) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert warning_of(now + timedelta(days=ahead), now) == days
    assert days is None or days in WARNED


def test_a_day_is_from_its_midnight_to_the_next_where_the_service_is() -> None:
    assert beginning(date(2027, 7, 1)) == datetime(2027, 6, 30, 23, tzinfo=UTC)
    assert ending(date(2027, 7, 1)) == datetime(2027, 7, 1, 23, tzinfo=UTC)
    assert ending(date.max) == ending(date(9998, 12, 31)), "no calendar goes on after it"


def test_amounts_names_and_words_have_ends() -> None:
    assert checked_minutes(MOST_MINUTES.value) == MOST_MINUTES.value
    for minutes in (0, -5, MOST_MINUTES.value + 1):
        with pytest.raises(MinutesUnfit):
            checked_minutes(minutes)
    assert checked_name("  Warm \n places ") == "Warm places"
    for name in ("", " \u200b ", "x" * (NAME.value + 1)):
        with pytest.raises(NameUnfit):
            checked_name(name)
    assert checked_words("x" * WORDS.value, "words")
    assert checked_words("x" * REFERENCE.value, "documentReference", REFERENCE.value)
    with pytest.raises(WordsUnfit):
        checked_words("x" * (REFERENCE.value + 1), "documentReference", REFERENCE.value)
    for words in ("", "x" * (WORDS.value + 1)):
        with pytest.raises(WordsUnfit):
            checked_words(words, "words")


@pytest.mark.parametrize(("since", "until"), [(0, 0), (1, 0), (-9, 0), (-9, -1)])
def test_a_window_has_a_day_and_lies_ahead(since: int, until: int) -> None:
    check_window(DAY, DAY + timedelta(days=1), DAY)
    with pytest.raises(WindowUnfit):
        check_window(DAY + timedelta(days=since), DAY + timedelta(days=until), DAY)


@pytest.mark.parametrize(
    ("cause", "minutes", "words"),
    [
        ("grt_1/grant", 5, "Earned: granted from a pot."),
        ("grt_1/grant", -5, "Granted."),
        ("gif_1/donation", -5, "Given to the community pot."),
        ("gif_1/2", 5, "A gift."),
        ("gif_1/2", -5, "Given away."),
        ("wal_1/move/99/1", 5, "Moved here from another wallet of yours."),
        ("wal_1/leaving/99", -5, "Left when its holder left."),
        ("wal_1/leaving/99/1", 5, "Left by who is here no more."),
        ("exc_1/exchange", 5, "For help that was given."),
        ("exc_1/exchange", -5, "For help that was received."),
        ("fnd_1/fund", 5, "Funded."),
        ("fnd_1/unspent", -5, "Not granted in its time: it went back."),
        ("pot_1/close", -5, "The pot was closed: it went back."),
        ("acc_1/lapse/7", -5, "Lapsed, and went to the community pot."),
        ("gif_1/donation/reversal/1", 5, "Taken back: it came back."),
        ("x/unheard-of", 5, "Moved."),
    ],
)
def test_each_movement_is_said_in_words(cause: str, minutes: int, words: str) -> None:
    assert what(cause, minutes) == words


def test_every_sentence_is_of_a_cause_that_something_here_posts() -> None:
    """So that none is left over; the ledger's own come from there."""
    told: set[Any] = {kind for kind, _ in SAID}
    posted = {"grant", "donation", "gift", "move", "leaving", "fund", "unspent", "close"}
    assert told == posted | {"exchange", "lapse", "reversal"}
