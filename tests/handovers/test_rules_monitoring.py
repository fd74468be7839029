"""Breach, notice, cure, and the way back."""

from datetime import date, timedelta

import pytest

from commonweal.handovers import rules_monitoring as monitoring
from commonweal.handovers.rules import CASE
from commonweal.handovers.rules_defaults import rules_on
from commonweal.kernel.lifecycle import WrongState

FOUND = date(2026, 11, 2)
NOTICED = date(2026, 11, 9)
RULES = rules_on(FOUND)
DAY = timedelta(days=1)


def test_an_asset_comes_back_the_day_after_the_time_to_cure_and_not_on_its_last() -> None:
    """Invariant 23."""
    last_day = monitoring.last_day_to_cure(FOUND, NOTICED, NOTICED, RULES)
    assert last_day == date(2027, 2, 7)  # 90 days, that of the notice not counted
    with pytest.raises(monitoring.StillCuring):
        monitoring.check_uncured(last_day, last_day)
    monitoring.check_uncured(last_day, last_day + DAY)


@pytest.mark.parametrize("state", ["monitoring", "breach", "completed"])
def test_nothing_comes_back_before_a_notice_was_served(state: str) -> None:
    """Invariant 23."""
    with pytest.raises(WrongState):
        CASE.check("revert", state)


def test_an_instruments_own_time_to_cure_goes_before_the_default() -> None:
    own = monitoring.last_day_to_cure(FOUND, NOTICED, NOTICED, RULES, cure_days=28)
    assert own == date(2026, 12, 7)


def test_a_notice_is_of_a_breach_that_was_found_and_was_served_by_today() -> None:
    monitoring.last_day_to_cure(FOUND, FOUND, FOUND, RULES)
    with pytest.raises(monitoring.NoticeBeforeBreach):
        monitoring.last_day_to_cure(FOUND, FOUND - DAY, FOUND, RULES)
    with pytest.raises(monitoring.NoticeAhead):
        monitoring.last_day_to_cure(FOUND, NOTICED + DAY, NOTICED, RULES)
