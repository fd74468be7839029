"""Deadlines: every vector of design note `domain/assets.md` 2.8, and its invariants of time."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.clocks.rules import (
    LAST_YEAR,
    AgreedTooLate,
    DatesGoBackwards,
    Deadline,
    EventNotOfRegime,
    EventTooLate,
    EventTwice,
    NoRegime,
    NotExtendable,
    NotLater,
    RegimeNotInForce,
    TooManyEvents,
    commenced,
    deadlines,
    extended,
    increasing,
    instant,
    once_each,
    regime_for,
)
from commonweal.clocks.rules_regimes import (
    REGIMES,
    ClockEvent,
    Counting,
    Jurisdiction,
    Regime,
    RegimeCode,
    Right,
    Silence,
    regime_of,
)
from commonweal.kernel.calendar import is_working_day
from tests.clocks.bank_holidays import holidays_in

ENGLAND, SCOTLAND = Jurisdiction.ENGLAND, Jurisdiction.SCOTLAND
LA2011, CE2015 = regime_of(RegimeCode.LA2011), regime_of(RegimeCode.CE2015)
NOTICE, NOMINATED = ClockEvent.DISPOSAL_NOTICE_RECEIVED, ClockEvent.NOMINATION_RECEIVED

VECTORS = [  # receipt; 6 weeks, 6, 18 months, 5 years; 8 weeks of receiving, beginning with
    "2026-11-23 2027-01-03 2027-05-22 2028-05-22 2031-11-22 2027-01-18 2027-01-17",
    "2026-08-31 2026-10-11 2027-02-28 2028-02-29 2031-08-30 2026-10-26 2026-10-25",
    "2026-08-28 2026-10-08 2027-02-27 2028-02-27 2031-08-27 2026-10-23 2026-10-22",
    "2026-03-01 2026-04-11 2026-08-31 2027-08-31 2031-02-28 2026-04-26 2026-04-25",
    "2024-02-29 2024-04-10 2024-08-28 2025-08-28 2029-02-28 2024-04-25 2024-04-24",
]
TWELVE_MONTHS = [  # the moratorium of the Act of 2026
    ("2026-11-23", "2027-11-22"),
    ("2026-08-31", "2027-08-30"),
    ("2026-08-28", "2027-08-27"),
    ("2026-03-01", "2027-02-28"),
    ("2024-02-29", "2025-02-28"),
]

receipts = st.dates(date(2013, 1, 1), date(2150, 12, 31))
some_holidays = st.sets(st.dates(date(2013, 1, 1), date(2160, 12, 31)), max_size=12)


def day(text: str) -> date:
    return date.fromisoformat(text)


def due(
    regime: Regime,
    events: dict[ClockEvent, date],
    holidays: Collection[date] = (),
    jurisdiction: Jurisdiction = ENGLAND,
) -> dict[str, Deadline]:
    found = deadlines(regime, jurisdiction, events, holidays)
    return {deadline.name: deadline for deadline in found}


@pytest.mark.parametrize("vector", VECTORS)
def test_the_bid_and_the_listing_end_as_the_vectors_say(vector: str) -> None:
    """Invariant 3."""
    start, interim, full, protected, listing, decision, _ = map(day, vector.split())
    found = due(LA2011, {NOTICE: start, ClockEvent.LISTED: start, NOMINATED: start})

    assert {name: each.legal_end for name, each in found.items()} == {
        "interimMoratorium": interim,
        "fullMoratorium": full,
        "protectedPeriod": protected,
        "listing": listing,
        "nominationDecision": decision,
    }


@pytest.mark.parametrize("vector", VECTORS)
def test_eight_weeks_of_receiving_are_acted_on_by_the_earlier_reading(vector: str) -> None:
    start, *_, earlier = map(day, vector.split())
    found = due(LA2011, {NOMINATED: start}, holidays_in(ENGLAND))["nominationDecision"]

    assert found.legal_end == earlier + timedelta(days=1)
    assert found.act_by <= earlier
    assert earlier - found.act_by < timedelta(days=4)


@pytest.mark.parametrize(("start", "end"), TWELVE_MONTHS)
def test_twelve_months_once_the_act_of_2026_commences(start: str, end: str) -> None:
    regimes = commenced(REGIMES, RegimeCode.EDCE2026, day("2024-01-01"))
    new = regime_for(Right.COMMUNITY_VALUE, ENGLAND, day(start), regimes)

    assert due(new, {NOTICE: day(start)})["fullMoratorium"].legal_end == day(end)


@pytest.mark.parametrize(
    ("start", "jurisdiction", "end"),
    [
        ("2026-11-23", SCOTLAND, "2026-12-21"),
        ("2026-11-23", ENGLAND, "2026-12-18"),
        ("2026-12-10", SCOTLAND, "2027-01-12"),
        ("2026-12-10", ENGLAND, "2027-01-11"),
    ],
)
def test_twenty_working_days_leave_out_the_bank_holidays_of_the_place(
    start: str, jurisdiction: Jurisdiction, end: str
) -> None:
    """Invariant 5."""
    [period] = [each for each in CE2015.periods if each.name == "reviewRequest"]

    assert period.last_day(day(start), holidays_in(jurisdiction)) == day(end)


def test_a_period_that_ends_on_a_sunday_ends_there_and_is_acted_on_before() -> None:
    found = due(LA2011, {NOTICE: day("2026-11-23")}, holidays_in(ENGLAND))["interimMoratorium"]

    assert found.legal_end == day("2027-01-03")
    assert found.act_by == day("2026-12-31")  # New Year's Day is the Friday
    assert found.says.endswith("Last day: Sunday 3 January 2027. Act by Thursday 31 December 2026.")
    assert found.citation == "Localism Act 2011 s.95(6) [N][C]"


def test_all_three_periods_of_a_disposal_begin_on_the_day_of_receipt() -> None:
    """Invariant 2."""
    start = day("2026-11-23")
    found = list(due(LA2011, {NOTICE: start}).values())

    assert [each.name for each in found] == [
        "interimMoratorium", "fullMoratorium", "protectedPeriod",
    ]  # fmt: skip
    assert {each.counted_from for each in found} == {start}
    assert found[0].legal_end < found[1].legal_end < found[2].legal_end


def test_a_request_on_the_last_day_of_week_six_counts_and_the_day_after_does_not() -> None:
    """Invariant 2."""
    found = due(LA2011, {NOTICE: day("2026-11-23")})["interimMoratorium"]
    last = datetime(2027, 1, 3, 23, 59, 59, 999_999, tzinfo=UTC)

    assert found.met(last)
    assert not found.met(last + timedelta(microseconds=1))


def test_a_period_over_the_change_of_clocks_ends_with_the_civil_day() -> None:
    """Invariant 3."""
    summer = due(LA2011, {NOTICE: day("2026-02-20")})["interimMoratorium"]

    assert summer.legal_end == day("2026-04-02")
    assert summer.ends_at == datetime(2026, 4, 2, 23, tzinfo=UTC)  # midnight in London
    assert due(LA2011, {NOTICE: day("2026-11-23")})["interimMoratorium"].ends_at == datetime(
        2027, 1, 4, tzinfo=UTC
    )


def test_five_in_the_afternoon_is_an_instant_in_winter_and_in_summer() -> None:
    """Invariant 3."""
    five = time(17)
    assert instant(day("2026-10-24"), five) == datetime(2026, 10, 24, 16, tzinfo=UTC)
    assert instant(day("2026-10-30"), five) == datetime(2026, 10, 30, 17, tzinfo=UTC)


def test_ten_working_days_of_a_day_do_not_count_it_and_twenty_beginning_with_it_do() -> None:
    monday = day("2026-03-02")
    events = {ClockEvent.CONTRACT_PERIOD_ENDED: monday, ClockEvent.REVIEW_DECIDED: monday}
    found = due(CE2015, events, holidays_in(SCOTLAND), SCOTLAND)

    assert found["contractAppeal"].legal_end == day("2026-03-16")
    assert found["appeal"].legal_end == day("2026-03-27")


def test_an_incomplete_request_starts_no_clock() -> None:
    """Invariant 4."""
    refused = {ClockEvent.REQUEST_REFUSED: day("2026-03-02")}

    assert "decision" not in due(CE2015, refused, jurisdiction=SCOTLAND)
    assert deadlines(CE2015, SCOTLAND, {}, ()) == []


def test_silence_is_refusal_in_scotland_and_overdue_in_england() -> None:
    """Invariant 4."""
    validated = {ClockEvent.REQUEST_VALIDATED: day("2026-11-23")}
    scottish = due(CE2015, validated, jurisdiction=SCOTLAND)["decision"]

    assert scottish.silence is Silence.REFUSED
    assert due(LA2011, {NOMINATED: day("2026-11-23")})["nominationDecision"].silence is (
        Silence.OVERDUE
    )


def test_an_extension_is_agreed_before_the_end_or_not_at_all() -> None:
    """Invariant 4."""
    request = {ClockEvent.REVIEW_REQUESTED: day("2026-11-23")}
    review = due(LA2011, request)["reviewDecision"]
    later, tick = day("2027-03-07"), timedelta(microseconds=1)
    longer = extended(review, later, review.ends_at - tick, ())

    assert (longer.legal_end, longer.act_by) == (later, day("2027-03-05"))
    assert "agreement on Monday 18 January 2027" in longer.says
    with pytest.raises(AgreedTooLate):
        extended(review, later, review.ends_at, ())
    with pytest.raises(NotLater):
        extended(review, review.legal_end, review.ends_at - tick, ())
    with pytest.raises(NotExtendable):
        extended(due(LA2011, {NOTICE: later})["interimMoratorium"], later, review.ends_at, ())


def test_a_later_rule_changes_nothing_that_began_before_it() -> None:
    """Invariant 1."""
    before, commencement = day("2027-03-31"), day("2027-04-01")
    regimes = commenced(REGIMES, RegimeCode.EDCE2026, commencement)
    old = regime_for(Right.COMMUNITY_VALUE, ENGLAND, before, regimes)
    new = regime_for(Right.COMMUNITY_VALUE, ENGLAND, commencement, regimes)

    assert (old.code, new.code) == (RegimeCode.LA2011, RegimeCode.EDCE2026)
    late = {NOMINATED: before, NOTICE: day("2027-06-01")}  # a case keeps what it began under
    assert due(old, late) == due(LA2011, late)
    with pytest.raises(RegimeNotInForce):
        deadlines(new, ENGLAND, {NOTICE: before}, ())
    with pytest.raises(RegimeNotInForce):
        deadlines(old, ENGLAND, {NOTICE: commencement}, ())


def test_the_act_of_2026_is_there_and_in_force_nowhere_yet() -> None:
    new = regime_of(RegimeCode.EDCE2026)

    with pytest.raises(RegimeNotInForce):
        deadlines(new, ENGLAND, {NOTICE: day("2030-01-01")}, ())
    assert regime_for(Right.COMMUNITY_VALUE, ENGLAND, day("2030-01-01"), REGIMES) is LA2011


def test_a_right_that_a_place_does_not_have_has_no_regime_there() -> None:
    with pytest.raises(NoRegime):
        regime_for(Right.COMMUNITY_VALUE, Jurisdiction.WALES, day("2026-11-23"), REGIMES)
    with pytest.raises(RegimeNotInForce):
        deadlines(LA2011, SCOTLAND, {NOTICE: day("2026-11-23")}, ())
    assert regime_for(Right.TRANSFER, Jurisdiction.WALES, day("2026-11-23"), REGIMES)


def test_events_are_refused_that_no_period_is_counted_from() -> None:
    with pytest.raises(EventNotOfRegime) as refused:
        deadlines(LA2011, ENGLAND, {ClockEvent.PROPOSED: day("2026-11-23")}, ())
    assert "NOMINATION_RECEIVED, LISTED" in refused.value.message
    with pytest.raises(EventTooLate):
        deadlines(LA2011, ENGLAND, {NOTICE: date(LAST_YEAR + 1, 1, 1)}, ())
    assert due(LA2011, {ClockEvent.LISTED: date(LAST_YEAR, 12, 31)})


def test_each_event_is_supposed_once() -> None:
    start = day("2026-11-23")
    assert once_each([(NOTICE, start), (NOMINATED, start)]) == {NOTICE: start, NOMINATED: start}
    with pytest.raises(EventTwice):
        once_each([(NOTICE, start), (NOTICE, start)])
    with pytest.raises(TooManyEvents):
        once_each([(event, start) for event in list(ClockEvent)[:21]])


def test_the_dates_of_a_round_increase() -> None:
    """Invariant 6."""
    rounds = [("expressions", day("2025-05-06")), ("bids", day("2025-06-30"))]
    increasing(rounds)
    with pytest.raises(DatesGoBackwards) as refused:  # as a council's page printed them
        increasing([*rounds, ("committee", day("2025-01-02"))])
    assert refused.value.facts()["later"] == "committee"
    with pytest.raises(DatesGoBackwards):
        increasing([*rounds, ("committee", day("2025-06-30"))])


def test_a_deadline_is_certain_while_the_years_bank_holidays_are_known() -> None:
    known = holidays_in(ENGLAND)
    found = due(LA2011, {NOTICE: day("2026-11-23"), ClockEvent.LISTED: day("2026-11-23")}, known)

    assert found["interimMoratorium"].is_certain
    assert not found["listing"].is_certain  # of 2031 nothing is known
    listed = due(LA2011, {ClockEvent.LISTED: day("2026-11-23")}, {*known, day("2031-11-21")})
    assert not listed["listing"].is_certain  # one day of 2031 is not all of them
    request = {ClockEvent.REVIEW_REQUESTED: day("2026-11-23")}
    review = due(LA2011, request, known)["reviewDecision"]
    assert review.is_certain
    assert not extended(
        review, day("2029-01-31"), datetime(2026, 12, 1, tzinfo=UTC), known
    ).is_certain
    decided = {ClockEvent.DECISION_GIVEN: day("2026-12-20")}
    for years, certain in (({2026, 2027}, True), ({2026}, False), ({2027}, False)):
        some = {each for each in holidays_in(SCOTLAND) if each.year in years}
        assert due(CE2015, decided, some, SCOTLAND)["reviewRequest"].is_certain is certain


def test_names_and_sources_are_told_and_what_is_from_memory_is_marked() -> None:
    for regime in REGIMES:
        names = [period.name for period in regime.periods]
        assert len(set(names)) == len(names), regime.code
        for period in regime.periods:
            assert set(period.marks) <= set("SGCNM"), period.name
            assert period.source, period.name
            assert period.says.endswith("."), period.name
    assert all(period.is_default for period in regime_of(RegimeCode.CAT).periods)
    assert not LA2011.periods[0].is_default


@given(receipts, some_holidays)
def test_one_acts_on_a_working_day_and_never_after_the_end(
    start: date, holidays: set[date]
) -> None:
    for regime, jurisdiction in ((LA2011, ENGLAND), (regime_of(RegimeCode.CAT), ENGLAND)):
        events = {period.event: start for period in regime.periods}
        for each in deadlines(regime, jurisdiction, events, holidays):
            assert is_working_day(each.act_by, holidays)
            assert each.act_by <= each.legal_end
            assert start <= each.legal_end


@given(receipts, some_holidays, st.sampled_from(Counting))
def test_a_later_start_never_ends_earlier(
    start: date, holidays: set[date], counting: Counting
) -> None:
    for period in (p for regime in REGIMES for p in regime.periods if p.counting is counting):
        first = period.last_day(start, holidays)
        second = period.last_day(start + timedelta(days=1), holidays)
        assert first <= second
        assert period.act_by(first, holidays) <= period.act_by(second, holidays)


@given(receipts, some_holidays, st.dates(date(2013, 1, 1), date(2160, 12, 31)))
def test_one_holiday_more_never_shortens_a_period_of_working_days(
    start: date, holidays: set[date], more: date
) -> None:
    for period in CE2015.periods:
        last = period.last_day(start, holidays)
        assert last <= period.last_day(start, {*holidays, more})
