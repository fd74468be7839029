"""The decision gate: open space, its adverts and objections, and what binds the land."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules_decisions as decisions
from commonweal.handovers import rules_missing as lacks
from commonweal.handovers.rules_decisions import (
    BINDS,
    Finding,
    Restriction,
)
from commonweal.handovers.rules_defaults import DEFAULTS, Row, rules_on
from commonweal.handovers.rules_instruments import Instrument
from commonweal.kernel.errors import UserError
from tests.handovers.deciding import DAY, DONE, LICENCE, ONE_DAY, PARK, RULES, lacking


def test_a_six_year_lease_of_a_park_needs_both_adverts_all_the_same() -> None:
    """Invariant 19."""
    assert lacking(PARK, term_months=72) == []
    for adverts in ((), PARK.adverts[:1]):
        assert lacking(PARK, term_months=72, adverts=adverts) == [lacks.AdvertsMissing]


def test_land_on_a_statutory_trust_is_advertised_as_open_space_is() -> None:
    """Invariant 19."""
    changes: dict[str, Any] = {"open_space": False, "statutory_trust": True}
    assert lacking(PARK, **changes) == []
    assert lacking(PARK, **changes, adverts=()) == [lacks.AdvertsMissing]


@pytest.mark.parametrize(
    ("adverts", "enough"),
    [
        ((date(2026, 10, 1), date(2026, 10, 1)), False),
        ((date(2026, 10, 5), date(2026, 10, 11)), False),  # Monday and Sunday of one week
        ((date(2026, 10, 4), date(2026, 10, 5)), True),  # a Sunday and the Monday after it
        ((date(2026, 10, 5), date(2026, 10, 18)), True),  # a Monday, and the next week's Sunday
        ((date(2026, 10, 5), date(2026, 10, 19)), False),  # a week between
        ((date(2026, 10, 12), date(2026, 10, 5)), True),  # in whatever order they are given
        ((date(2026, 9, 7), date(2026, 10, 5), date(2026, 10, 12)), True),
    ],
)
def test_two_adverts_are_in_consecutive_weeks(adverts: tuple[date, ...], enough: bool) -> None:
    """Invariant 19."""
    assert (decisions.consecutive_weeks(adverts) is not None) == enough
    assert lacking(PARK, adverts=adverts) == [lacks.AdvertsMissing] * (not enough)


@given(st.dates(date(2019, 1, 1), date(2030, 1, 1)))
def test_a_weekly_paper_appears_in_consecutive_weeks_also_over_new_year(day: date) -> None:
    """Invariant 19."""
    next_week = day + timedelta(days=7)
    assert decisions.consecutive_weeks([day, next_week]) == next_week
    assert decisions.consecutive_weeks([day, next_week + timedelta(days=7)]) is None


def test_an_advert_after_the_decision_is_none() -> None:
    """Invariant 19."""
    for second in (DAY, DAY + ONE_DAY):
        changes = {"adverts": (second - timedelta(days=7), second)}
        assert lacks.AdvertsMissing in lacking(PARK, **changes, objections_close_on=second)


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"objections_close_on": None}, lacks.ObjectionsDayMissing),
        ({"objections_close_on": date(2026, 10, 7)}, lacks.ObjectionsDayMissing),
        ({"objections_close_on": DAY}, lacks.ObjectionsStillOpen),
        ({"objections": None}, lacks.ObjectionsUnrecorded),
        ({"objections_answered": 1}, lacks.ObjectionsUnanswered),
    ],
)
def test_objections_are_awaited_recorded_and_answered(
    change: dict[str, Any], lack: type[UserError]
) -> None:
    """Invariant 19."""
    assert lacking(PARK, **change) == [lack]
    assert lacking(PARK, objections=0, objections_answered=0) == []


@pytest.mark.parametrize("restriction", Restriction)
def test_each_restriction_is_looked_at_and_what_binds_is_resolved(restriction: Restriction) -> None:
    """Invariant 21."""

    def found(finding: Finding | None) -> dict[str, Any]:
        others = {each: none for each, none in DONE.restrictions.items() if each is not restriction}
        return {"restrictions": others if finding is None else {**others, restriction: finding}}

    assert lacking(DONE, **found(None)) == [lacks.RestrictionUnanswered]
    assert lacking(DONE, **found(Finding(True, " "))) == [lacks.RestrictionUnresolved]
    assert lacking(DONE, **found(Finding(True, "a letter of 3 May"))) == []
    for instrument in (Instrument.LICENCE, Instrument.SERVICE):
        stops = instrument in BINDS[restriction]
        bound = {**found(Finding(True)), "instrument": instrument}
        assert lacking(LICENCE, **bound) == [lacks.RestrictionUnresolved] * stops


def test_an_allotments_disposal_asks_for_section_8_and_its_licence_to_manage_does_not() -> None:
    """Invariant 21."""
    bound = {**DONE.restrictions, Restriction.ALLOTMENT: Finding(True)}
    (told,) = decisions.missing(replace(DONE, restrictions=bound), RULES)
    assert "Allotments Act 1925 s.8" in told.message
    assert lacking(LICENCE, restrictions=bound) == []


def test_an_officer_may_change_what_a_restriction_asks_for_or_that_it_does() -> None:
    """Invariant 21: what is from memory is a default."""
    bound = {**DONE.restrictions, Restriction.SCHOOL_PLAYING_FIELD: Finding(True)}
    for needs, told in (("the diocese's consent", 1), ("", 0)):
        own = Row("school_playing_field", needs, date(2026, 1, 1), "looked up", "S")
        found = decisions.missing(
            replace(DONE, restrictions=bound), rules_on(DAY, (*DEFAULTS, own))
        )
        assert len(found) == told
        assert all(needs in each.message for each in found)
