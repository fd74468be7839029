"""The decision gate: what is missing, and what never stops it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules_decisions as decisions
from commonweal.handovers import rules_missing as lacks
from commonweal.handovers.rules_decisions import (
    Answer,
    Declaration,
    HeldUnder,
    Maker,
    Proposal,
    PublicInterest,
)
from commonweal.handovers.rules_defaults import DEFAULTS, Row, rules_on
from commonweal.handovers.rules_instruments import DISPOSALS, Instrument
from commonweal.kernel.errors import UserError
from tests.handovers.deciding import (
    DAY,
    DONE,
    LICENCE,
    MILLION,
    ONE_DAY,
    PARK,
    RULES,
    VALUED,
    lacking,
)


def test_what_is_complete_can_be_decided() -> None:
    """Invariant 18."""
    for proposal in (DONE, PARK, LICENCE):
        assert decisions.missing(proposal, RULES) == ()
        decisions.check_decidable(proposal, RULES)


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"held_under": None}, lacks.HeldUnderMissing),
        ({"term_months": None}, lacks.TermMissing),
        ({"term_months": -1}, lacks.TermMissing),
        ({"valuation": None}, lacks.ValuationMissing),
        ({"valuation": replace(VALUED, valuer=" ")}, lacks.ValuerMissing),
        ({"valuation": replace(VALUED, independent=False)}, lacks.ValuerNotIndependent),
        ({"valuation": replace(VALUED, valued_on=DAY + ONE_DAY)}, lacks.ValuedAfterDecision),
        ({"consideration_pence": None}, lacks.ConsiderationMissing),
        ({"rent_pence": None}, lacks.RentMissing),
        ({"wellbeing_reason": " "}, lacks.WellbeingReasonMissing),
        ({"open_space": None}, lacks.OpenSpaceUnanswered),
        ({"statutory_trust": None}, lacks.StatutoryTrustUnanswered),
        ({"maker": None}, lacks.DecisionMakerMissing),
        ({"maker": Maker(21, False, " ")}, lacks.MeetingReferenceMissing),
        ({"maker": Maker(21, True, "DR/9")}, lacks.DelegationLimitMissing),
    ],
)
def test_each_thing_that_is_missing_is_named_by_itself(
    change: dict[str, Any], lack: type[UserError]
) -> None:
    """Invariant 18."""
    assert lacking(DONE, **change) == [lack]


def test_all_that_is_missing_is_listed_at_once() -> None:
    """Invariant 18: of a lease of which nothing is known."""
    bare = Proposal(instrument=Instrument.LEASE)
    assert lacking(bare) == [
        lacks.BeginningMissing,
        lacks.DecisionDayMissing,
        lacks.TermMissing,
        lacks.HeldUnderMissing,
        lacks.RentMissing,
        lacks.ConsiderationMissing,
        lacks.ValuationMissing,
        lacks.OpenSpaceUnanswered,
        lacks.StatutoryTrustUnanswered,
        *[lacks.RestrictionUnanswered] * 8,
        *[lacks.DeclarationMissing] * 2,
        lacks.DecisionMakerMissing,
        *[lacks.PublicInterestUnanswered] * 2,
    ]
    with pytest.raises(lacks.DecisionIncomplete) as refused:
        decisions.check_decidable(bare, RULES)
    assert len(refused.value.missing) == 22
    assert "Have it valued: " in refused.value.message


@given(st.data())
def test_who_forgets_anything_cannot_decide_and_is_told_what(data: st.DataObject) -> None:
    """Any facts of a complete proposal, in any combination; the gate itself never raises."""
    blank = Proposal(instrument=Instrument.LEASE, decided_on=DAY)
    names = ["valuation", "consideration_pence", "restrictions", "maker", "public_interest"]
    names += ["objections", "adverts", "declarations", "open_space", "term_months", "held_under"]
    forgotten = data.draw(st.sets(st.sampled_from(names)))
    partly = replace(PARK, **{name: getattr(blank, name) for name in forgotten})
    assert bool(lacking(partly)) == bool(forgotten)


@pytest.mark.parametrize(("pence", "stops"), [(0, False), (1, True)])
def test_exactly_two_million_under_value_passes_and_a_penny_more_needs_consent(
    pence: int, stops: bool
) -> None:
    """Invariant 18."""
    changed = replace(DONE, consideration_pence=MILLION - pence)
    assert changed.undervalue_pence == 2 * MILLION + pence
    assert lacking(changed) == [lacks.UndervalueConsentMissing] * stops
    assert lacking(changed, undervalue_consent="PCU/2026/3") == []


def test_a_refusal_of_undervalue_says_the_sums_and_whose_consent() -> None:
    (told,) = decisions.missing(replace(DONE, consideration_pence=0), RULES)
    assert told.message == (
        "£3,000,000.00 under value is more than £2,000,000.00: give the reference of the "
        "Secretary of State's consent, Local Government Act 1972 s.123(2)."
    )


def test_the_limit_is_data_with_a_day() -> None:
    """Invariant 1."""
    raised = Row("undervalue_without_consent_pence", 3 * MILLION, date(2026, 12, 1), "later", "G")
    free = replace(DONE, consideration_pence=0)
    rows = (*DEFAULTS, raised)
    assert len(decisions.missing(free, rules_on(date(2026, 11, 30), rows))) == 1
    assert decisions.missing(free, rules_on(date(2026, 12, 1), rows)) == ()


@pytest.mark.parametrize(("over", "lack"), [(0, []), (1, [lacks.WellbeingReasonMissing])])
def test_a_penny_under_value_needs_a_reason_and_the_full_value_none(
    over: int, lack: list[type[UserError]]
) -> None:
    """Invariant 18."""
    paid = VALUED.unrestricted_pence - over
    assert lacking(DONE, consideration_pence=paid, wellbeing_reason="") == lack


def test_more_than_the_value_is_no_undervalue() -> None:
    assert replace(DONE, consideration_pence=4 * MILLION).undervalue_pence == 0
    assert replace(DONE, valuation=None).undervalue_pence is None


@pytest.mark.parametrize("instrument", [Instrument.LEASE, Instrument.ASSIGNMENT])
@pytest.mark.parametrize(
    ("months", "lack"),
    [(83, []), (84, []), (85, [lacks.ValuationMissing]), (120, [lacks.ValuationMissing])],
)
def test_seven_years_to_the_month_are_a_short_tenancy(
    instrument: Instrument, months: int, lack: list[type[UserError]]
) -> None:
    """Invariant 18: of an assignment, what is left."""
    assert lacking(DONE, instrument=instrument, term_months=months, valuation=None) == lack


def test_a_short_tenancy_far_under_value_needs_neither_reason_nor_consent() -> None:
    """Invariant 18; and a freehold is never short, whatever term it is given."""
    free: dict[str, Any] = {"consideration_pence": 0, "wellbeing_reason": "", "term_months": 84}
    assert lacking(DONE, **free) == []
    stopped = [lacks.WellbeingReasonMissing, lacks.UndervalueConsentMissing]
    assert lacking(DONE, **free, instrument=Instrument.FREEHOLD) == stopped


@pytest.mark.parametrize("instrument", [Instrument.LICENCE, Instrument.SERVICE])
def test_a_licence_is_never_stopped_for_what_only_a_disposal_needs(instrument: Instrument) -> None:
    """No valuation, power, adverts or consents: also where all that is known of it is bad."""
    bad = {"open_space": True, "held_under": HeldUnder.HOUSING, "statutory_trust": True}
    assert lacking(LICENCE, instrument=instrument, **bad) == []
    assert lacking(LICENCE, valuation=replace(VALUED, valuer="", independent=False)) == []


@pytest.mark.parametrize("held_under", [HeldUnder.HOUSING, HeldUnder.PLANNING])
def test_housing_and_planning_land_need_a_consent_of_their_own_whatever_the_term(
    held_under: HeldUnder,
) -> None:
    for months in (12, 300):
        assert lacking(DONE, held_under=held_under, term_months=months) == [lacks.OwnConsentMissing]
        assert lacking(DONE, held_under=held_under, term_months=months, own_consent="GC/A3") == []


def test_section_123s_consent_and_its_short_tenancies_are_for_local_government_land_alone() -> None:
    own: dict[str, Any] = {"held_under": HeldUnder.HOUSING, "own_consent": "GC/A3"}
    assert lacking(DONE, **own, consideration_pence=0) == []
    assert lacking(DONE, **own, term_months=12, valuation=None) == [lacks.ValuationMissing]


def test_nothing_is_paid_and_nobody_said_so_are_two_things() -> None:
    """Invariant 22: a peppercorn is not null."""
    short: dict[str, Any] = {"term_months": 60}
    assert lacking(DONE, **short, consideration_pence=0, rent_pence=0) == []
    assert lacking(DONE, **short, consideration_pence=None, rent_pence=None) == [
        lacks.RentMissing,
        lacks.ConsiderationMissing,
    ]
    assert lacking(LICENCE, consideration_pence=None) == [lacks.ConsiderationMissing]


@pytest.mark.parametrize(("limit", "stops"), [(3 * MILLION, False), (3 * MILLION - 1, True)])
def test_a_delegate_decides_up_to_their_limit_and_no_penny_more(limit: int, stops: bool) -> None:
    """Invariant 18."""
    delegate = Maker(21, True, "DR/9", limit_pence=limit)
    assert lacking(DONE, maker=delegate) == [lacks.BeyondDelegation] * stops


def test_who_pays_more_than_it_is_worth_is_beyond_a_delegation_by_what_they_pay() -> None:
    delegate = Maker(21, True, "DR/9", limit_pence=3 * MILLION)
    assert lacking(DONE, maker=delegate, consideration_pence=3 * MILLION + 1) == [
        lacks.BeyondDelegation
    ]


def test_four_eyes_are_those_of_two_people_where_the_council_asks() -> None:
    asks = rules_on(DAY, (*DEFAULTS, Row("four_eyes", 1, date(2026, 1, 1), "standing orders", "C")))
    for second, stops in ((None, True), (21, True), (22, False)):
        confirmed = Maker(21, False, "CAB/2026/114", confirmed_by=second)
        told = decisions.missing(replace(DONE, maker=confirmed), asks)
        assert [type(each) for each in told] == [lacks.SecondPersonMissing] * stops


@pytest.mark.parametrize("question", PublicInterest)
def test_both_questions_of_the_public_interest_are_answered_with_reasons_and_an_author(
    question: PublicInterest,
) -> None:
    """Invariant 18: no is an answer as good as yes."""
    others = {each: given for each, given in DONE.public_interest.items() if each is not question}
    assert lacking(DONE, public_interest=others) == [lacks.PublicInterestUnanswered]
    for answer in (Answer(True, " ", "the estates team"), Answer(False, "too dear", "")):
        told = lacking(DONE, public_interest={**others, question: answer})
        assert told == [lacks.PublicInterestUnexplained]
    yes = Answer(True, "the ward's forum could", "the estates team")
    assert lacking(DONE, public_interest={**others, question: yes}) == []


@pytest.mark.parametrize("declaration", Declaration)
def test_subsidy_and_equality_are_declared_for_a_licence_too(declaration: Declaration) -> None:
    others = [each for each in Declaration if each is not declaration]
    for proposal in (DONE, LICENCE):
        assert lacking(proposal, declarations=others) == [lacks.DeclarationMissing]


@pytest.mark.parametrize(
    ("instrument", "months", "warned"),
    [
        (Instrument.FREEHOLD, None, True),
        (Instrument.LEASE, 300, True),
        (Instrument.LEASE, 299, False),
        (Instrument.LICENCE, 300, False),
    ],
)
def test_an_asset_of_community_value_is_warned_of_and_not_stopped(
    instrument: Instrument, months: int | None, warned: bool
) -> None:
    """Invariant 20."""
    listed = replace(DONE, acv_listed=True, instrument=instrument, term_months=months)
    told = [type(each) for each in decisions.warnings(listed, RULES)]
    assert told == [lacks.RelevantDisposal] * warned
    assert lacking(listed) == []
    assert decisions.warnings(replace(listed, acv_listed=False), RULES) == ()


def test_a_licence_that_lets_a_group_have_it_to_itself_is_warned_of() -> None:
    exclusive = replace(LICENCE, exclusive_possession=True)
    assert decisions.warnings(exclusive, RULES) == (lacks.LicenceMayBeLease(),)
    assert decisions.missing(exclusive, RULES) == ()


def test_a_trust_that_no_advert_ended_stays_and_the_group_is_told() -> None:
    bound = replace(LICENCE, statutory_trust=True)
    assert decisions.warnings(bound, RULES) == (lacks.TrustStays(),)
    assert decisions.warnings(replace(PARK, statutory_trust=True), RULES) == ()


@pytest.mark.parametrize("instrument", Instrument)
@pytest.mark.parametrize("bare", [True, False])
def test_every_lack_is_a_sentence_that_says_what_to_do(instrument: Instrument, bare: bool) -> None:
    proposal: Proposal = replace(
        Proposal(instrument=instrument, decided_on=DAY) if bare else DONE, instrument=instrument
    )
    told = decisions.missing(proposal, RULES)
    assert bool(told) == bare
    assert all(each.message[-1] in ".?" and "{" not in each.message for each in told)
    assert (lacks.ValuationMissing() in told) == (bare and instrument in DISPOSALS)
