"""How long a listing is open, and what may be said of it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.rules import (
    LISTING,
    MAX_OPEN_DAYS,
    MAX_REASON,
    MAX_SUMMARY,
    ClosesInThePast,
    ClosesTooLate,
    ListingState,
    ReasonLength,
    SummaryTooLong,
    checked_reason,
    checked_summary,
    closing_instant,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALLOWED = {
    ("hide", "open"): "hidden",
    ("restore", "hidden"): "open",
    ("close", "open"): "closed",
    ("close", "hidden"): "closed",
    ("withdraw", "open"): "withdrawn",
    ("withdraw", "hidden"): "withdrawn",
}


@pytest.mark.parametrize("state", ListingState)
@pytest.mark.parametrize("move", [move.name for move in LISTING.moves])
def test_every_move_is_possible_from_a_live_state_only(move: str, state: ListingState) -> None:
    if (move, state) in ALLOWED:
        assert LISTING.check(move, state) == ALLOWED[move, state]
        return
    with pytest.raises(WrongState) as refused:
        LISTING.check(move, state)
    assert refused.value.facts() == {
        "noun": "listing", "move": move, "state": state,
        "allowed": tuple(source for verb, source in ALLOWED if verb == move),
    }  # fmt: skip


def test_a_listing_closes_at_the_end_of_its_closing_day() -> None:
    assert closing_instant(None, NOON) is None
    assert closing_instant(date(2026, 11, 23), NOON) == datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closes_on", "instant"),
    [
        (date(2027, 3, 27), datetime(2027, 3, 28, 0, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 23, tzinfo=UTC)),  # clocks go forward: 23 hours
        (date(2027, 3, 29), datetime(2027, 3, 29, 23, tzinfo=UTC)),
        (date(2027, 10, 30), datetime(2027, 10, 30, 23, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 11, 1, 0, tzinfo=UTC)),  # and back: 25 hours
        (date(2027, 11, 1), datetime(2027, 11, 2, 0, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2028, 3, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_closing_day_ends_at_midnight_by_the_clocks_of_the_place(
    closes_on: date, instant: datetime
) -> None:
    assert closing_instant(closes_on, NOON) == instant


def test_a_closing_day_is_tomorrow_at_the_earliest() -> None:
    for day in (date(2026, 11, 21), date(2026, 11, 22), date.min):
        with pytest.raises(ClosesInThePast) as refused:
            closing_instant(day, NOON)
        assert refused.value.path == ("input", "closesOn")
        assert str(day) in refused.value.message


def test_today_is_the_day_where_the_place_is_also_just_before_midnight_in_summer() -> None:
    late = datetime(2027, 6, 1, 23, 30, tzinfo=UTC)  # half past midnight on 2 June there
    with pytest.raises(ClosesInThePast):
        closing_instant(date(2027, 6, 2), late)
    assert closing_instant(date(2027, 6, 3), late) == datetime(2027, 6, 3, 23, tzinfo=UTC)
    early = late - timedelta(hours=1)
    assert closing_instant(date(2027, 6, 2), early) == datetime(2027, 6, 2, 23, tzinfo=UTC)


def test_a_closing_day_is_ten_years_off_at_the_latest() -> None:
    latest = date(2026, 11, 22) + timedelta(days=MAX_OPEN_DAYS.value)
    assert closing_instant(latest, NOON)
    for day in (latest + timedelta(days=1), date.max):
        with pytest.raises(ClosesTooLate) as refused:
            closing_instant(day, NOON)
        assert str(latest) in refused.value.message


def test_a_summary_has_2_000_characters_at_most_and_a_blank_one_is_none() -> None:
    assert checked_summary(None) is None
    assert checked_summary(" \n") is None
    assert checked_summary(" two ") == "two"
    assert checked_summary("x" * MAX_SUMMARY.value) == "x" * MAX_SUMMARY.value
    with pytest.raises(SummaryTooLong) as refused:
        checked_summary("x" * (MAX_SUMMARY.value + 1))
    assert refused.value.facts() == {"most": 2_000, "characters": 2_001}


def test_a_reason_has_one_to_2_000_characters() -> None:
    assert checked_reason(" sold ") == "sold"
    assert checked_reason("x" * MAX_REASON.value) == "x" * MAX_REASON.value
    for reason in ("", " \t", "x" * (MAX_REASON.value + 1)):
        with pytest.raises(ReasonLength):
            checked_reason(reason)
