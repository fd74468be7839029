"""Dated data: which row holds on a day."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from commonweal.handovers import rules_defaults as defaults
from commonweal.handovers.rules_defaults import DEFAULTS, Row, rules_on
from commonweal.kernel.errors import UserError

TODAY = date(2026, 11, 23)
RAISED = Row(
    "undervalue_without_consent_pence", 500_000_000, date(2027, 4, 1), "a later consent", "G"
)


def test_every_row_has_a_source_and_a_mark() -> None:
    for row in DEFAULTS:
        defaults.check_row(row)
        assert row.mark in {*"SGCRNM"}


def test_a_limit_that_is_raised_holds_from_its_day_and_never_before() -> None:
    """Invariant 1: a case asks for its own day, so that a later row changes nothing in it."""
    rows = (*DEFAULTS, RAISED)
    assert rules_on(date(2027, 3, 31), rows) == rules_on(TODAY)
    assert rules_on(date(2027, 4, 1), rows) == replace(
        rules_on(TODAY), undervalue_without_consent_pence=500_000_000
    )


def test_a_councils_row_goes_before_the_default_of_its_day_and_rows_stand_in_any_order() -> None:
    own = Row("cure_days", 28, date(2020, 1, 1), "our leases", "C")
    assert rules_on(TODAY, (*DEFAULTS, own)).cure_days == 28
    assert rules_on(TODAY, (own, *DEFAULTS)).cure_days == 28
    same_day = replace(own, since=date(1974, 4, 1))
    assert rules_on(TODAY, (*DEFAULTS, same_day)).cure_days == 28


def test_a_row_that_is_missing_or_unknown_is_a_defect_of_the_rows() -> None:
    with pytest.raises(ValueError, match="undervalue_without_consent_pence"):
        rules_on(date(2003, 8, 3))
    with pytest.raises(ValueError, match=r"cure_day$"):
        rules_on(TODAY, (*DEFAULTS, Row("cure_day", 28, date(2020, 1, 1), "a typing error", "C")))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "cure_day"}, defaults.RuleUnknown),
        ({"value": -1}, defaults.RuleUnfit),
        ({"value": True}, defaults.RuleUnfit),
        ({"value": "28"}, defaults.RuleUnfit),
        ({"name": "tupe"}, defaults.RuleUnfit),
        ({"source": " "}, defaults.RuleWithoutSource),
    ],
)
def test_an_officers_row_is_a_rule_that_is_known_with_a_value_that_fits_and_a_source(
    changes: dict[str, Any], refusal: type[UserError]
) -> None:
    own = Row("cure_days", 28, date(2020, 1, 1), "our leases", "C")
    defaults.check_row(own)
    with pytest.raises(refusal):
        defaults.check_row(replace(own, **changes))
