"""Proposals of which nothing is missing, to take facts away from."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from commonweal.handovers import rules_decisions as decisions
from commonweal.handovers.rules_decisions import (
    Answer,
    Declaration,
    Finding,
    HeldUnder,
    Maker,
    Proposal,
    PublicInterest,
    Restriction,
    Valuation,
)
from commonweal.handovers.rules_defaults import rules_on
from commonweal.handovers.rules_instruments import Instrument
from commonweal.kernel.errors import UserError

DAY = date(2026, 11, 23)  # a Monday
RULES = rules_on(DAY)
ONE_DAY = timedelta(days=1)
MILLION = 100_000_000  # pence
VALUED = Valuation(3 * MILLION, date(2026, 11, 2), "A valuer, MRICS", independent=True)
DONE = Proposal(
    instrument=Instrument.LEASE,
    begins_on=DAY,
    decided_on=DAY,
    held_under=HeldUnder.LOCAL_GOVERNMENT,
    term_months=300,
    valuation=VALUED,
    consideration_pence=MILLION,
    rent_pence=0,
    wellbeing_reason="the only hall of three villages stays open",
    open_space=False,
    statutory_trust=False,
    restrictions=dict.fromkeys(Restriction, Finding(binds=False)),
    declarations=tuple(Declaration),
    maker=Maker(21, delegated=False, meeting_reference="CAB/2026/114"),
    public_interest=dict.fromkeys(
        PublicInterest, Answer(False, "the roof is too dear", "the estates team")
    ),
)
PARK = replace(
    DONE,
    open_space=True,
    adverts=(date(2026, 10, 1), date(2026, 10, 8)),
    objections_close_on=date(2026, 10, 30),
    objections=2,
    objections_answered=2,
)
LICENCE = Proposal(
    instrument=Instrument.LICENCE,
    begins_on=DAY,
    decided_on=DAY,
    term_months=12,
    consideration_pence=0,
    restrictions=DONE.restrictions,
    declarations=DONE.declarations,
    maker=DONE.maker,
    public_interest=DONE.public_interest,
)


def lacking(proposal: Proposal, **changes: Any) -> list[type[UserError]]:
    """What is missing of it, once these are changed."""
    return [type(each) for each in decisions.missing(replace(proposal, **changes), RULES)]
