"""The decision gate: what must be known before a council decides, and what is missing. Pure.

`missing` goes through the disposal rules (design note: assets, 2.1, invariants 18-22) in the order
in which an officer comes to them; the facts are in rules_missing, every number and consent in
rules_defaults. A licence is no disposal, and nothing that only a disposal needs ever stops it.
Nothing here decides: an empty list only means that somebody may.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import commonweal.handovers.rules_missing as lacks
from commonweal.handovers.rules_defaults import Rules
from commonweal.handovers.rules_instruments import DISPOSALS, Instrument
from commonweal.kernel.errors import UserError
from commonweal.kernel.retention import kept

kept(
    "decisions of cases",
    None,
    date(2026, 11, 23),
    "a council's decisions: who decided by number alone",
)

LEASES: Final = frozenset({Instrument.LEASE, Instrument.ASSIGNMENT})
LAND: Final = frozenset(Instrument) - {Instrument.SERVICE}
ONE_WEEK: Final = timedelta(weeks=1)


class HeldUnder(StrEnum):
    """The power under which the council holds it."""

    LOCAL_GOVERNMENT = "LOCAL_GOVERNMENT"  # Local Government Act 1972
    HOUSING = "HOUSING"  # Housing Act 1985
    PLANNING = "PLANNING"  # Town and Country Planning Act 1990


class Restriction(StrEnum):
    """What may bind it; the field of `Rules` of that name says what must be referred to."""

    COVENANT = "COVENANT"
    HEAD_LEASE = "HEAD_LEASE"
    CHARITY_LAND = "CHARITY_LAND"
    LISTED_BUILDING = "LISTED_BUILDING"
    ALLOTMENT = "ALLOTMENT"
    SCHOOL_PLAYING_FIELD = "SCHOOL_PLAYING_FIELD"
    COMMON = "COMMON"
    TUPE = "TUPE"


BINDS: Final = {
    Restriction.COVENANT: LAND,
    Restriction.HEAD_LEASE: LAND,
    Restriction.CHARITY_LAND: DISPOSALS,
    Restriction.LISTED_BUILDING: LAND,
    Restriction.ALLOTMENT: DISPOSALS,
    Restriction.SCHOOL_PLAYING_FIELD: LAND,  # another use of it counts too
    Restriction.COMMON: LAND,
    Restriction.TUPE: frozenset(Instrument),
}


class Declaration(StrEnum):
    """What is declared, for any instrument."""

    SUBSIDY_CONTROL = "SUBSIDY_CONTROL"
    EQUALITY_DUTY = "EQUALITY_DUTY"


class PublicInterest(StrEnum):
    """The two questions of the public interest test."""

    CLOSER = "CLOSER"
    BY_THEM = "BY_THEM"


TEST: Final = {
    PublicInterest.CLOSER: "Could this be decided closer to those it affects?",
    PublicInterest.BY_THEM: "Could this be decided by those it affects?",
}


@dataclass(frozen=True, slots=True)
class Valuation:
    """What it is worth without conditions: a condition that is chosen lowers no value."""

    unrestricted_pence: int
    valued_on: date
    valuer: str
    independent: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a restriction binds it, and what was obtained."""

    binds: bool
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who decides. A meeting has no limit; a delegation does."""

    person: int
    delegated: bool
    meeting_reference: str
    limit_pence: int | None = None
    confirmed_by: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """To a question of the public interest test."""

    yes: bool
    reasons: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """All that is known of what is to be decided. None is unknown, and 0 is a peppercorn."""

    instrument: Instrument | None = None
    begins_on: date | None = None
    decided_on: date | None = None
    held_under: HeldUnder | None = None
    term_months: int | None = None
    exclusive_possession: bool = False  # of a licence: then it is none
    valuation: Valuation | None = None
    consideration_pence: int | None = None
    rent_pence: int | None = None  # of a year
    wellbeing_reason: str = ""
    undervalue_consent: str = ""
    own_consent: str = ""  # under the power that it is held by
    open_space: bool | None = None
    statutory_trust: bool | None = None
    adverts: Sequence[date] = ()
    objections_close_on: date | None = None
    objections: int | None = None
    objections_answered: int = 0
    restrictions: Mapping[Restriction, Finding] = field(default_factory=dict)
    declarations: Collection[Declaration] = ()
    maker: Maker | None = None
    public_interest: Mapping[PublicInterest, Answer] = field(default_factory=dict)
    acv_listed: bool = False

    @property
    def undervalue_pence(self) -> int | None:
        """What is forgone; None while value or consideration is unknown."""
        if self.valuation is None or self.consideration_pence is None:
            return None
        return max(0, self.valuation.unrestricted_pence - self.consideration_pence)


def check_decidable(proposal: Proposal, rules: Rules) -> None:
    """Raises DecisionIncomplete, with all that is missing."""
    if lacking := missing(proposal, rules):
        raise lacks.DecisionIncomplete(tuple(each.message for each in lacking))


def missing(proposal: Proposal, rules: Rules) -> tuple[UserError, ...]:
    """All that is missing, and nothing if it may be decided. Never raises.

    What an instrument needs is not asked before it is known which it is.
    """
    if proposal.instrument is None:
        return (lacks.InstrumentMissing(),)
    return (
        *_of_the_time(proposal),
        *_of_the_power(proposal, rules),
        *_of_the_money(proposal, rules),
        *_of_open_space(proposal),
        *_of_restrictions(proposal, rules),
        *_of_declarations(proposal),
        *_of_the_maker(proposal, rules),
        *_of_public_interest(proposal),
    )


def warnings(proposal: Proposal, rules: Rules) -> tuple[UserError, ...]:
    """What an officer should know, and what stops nothing (20)."""
    told: list[UserError] = []
    freehold = proposal.instrument is Instrument.FREEHOLD
    long_lease = (
        proposal.instrument in LEASES and (proposal.term_months or 0) >= rules.relevant_lease_months
    )
    if proposal.acv_listed and (freehold or long_lease):
        told.append(lacks.RelevantDisposal())
    if proposal.instrument is Instrument.LICENCE and proposal.exclusive_possession:
        told.append(lacks.LicenceMayBeLease())
    if proposal.statutory_trust and _advertised(proposal) is None:
        told.append(lacks.TrustStays())
    return tuple(told)


def is_short_tenancy(proposal: Proposal, rules: Rules) -> bool:
    """No best consideration is owed for it: up to seven years, or as little left (s.123(7))."""
    return (
        proposal.instrument in LEASES
        and proposal.term_months is not None
        and proposal.term_months <= rules.short_tenancy_months
    )


def consecutive_weeks(days: Sequence[date]) -> date | None:
    """The first day that lies in the calendar week after another's; weeks begin on Mondays."""
    weeks = {_monday(day) for day in days}
    return min((day for day in days if _monday(day) - ONE_WEEK in weeks), default=None)


def _of_the_time(proposal: Proposal) -> Iterator[UserError]:
    if proposal.begins_on is None:
        yield lacks.BeginningMissing()
    if proposal.decided_on is None:
        yield lacks.DecisionDayMissing()
    if proposal.instrument is not Instrument.FREEHOLD and (proposal.term_months or 0) < 1:
        yield lacks.TermMissing()


def _of_the_power(proposal: Proposal, rules: Rules) -> Iterator[UserError]:
    if proposal.instrument not in DISPOSALS:
        return
    needed = {
        HeldUnder.HOUSING: rules.housing_consent,
        HeldUnder.PLANNING: rules.planning_consent,
    }
    if proposal.held_under is None:
        yield lacks.HeldUnderMissing()
    elif (consent := needed.get(proposal.held_under)) and not proposal.own_consent.strip():
        yield lacks.OwnConsentMissing(proposal.held_under.lower(), consent)


def _of_the_money(proposal: Proposal, rules: Rules) -> Iterator[UserError]:
    if proposal.instrument in LEASES and proposal.rent_pence is None:
        yield lacks.RentMissing()
    if proposal.consideration_pence is None:
        yield lacks.ConsiderationMissing()
    elsewhere = proposal.held_under in {HeldUnder.HOUSING, HeldUnder.PLANNING}
    exempt = is_short_tenancy(proposal, rules) and not elsewhere  # by s.123, and by it alone
    if proposal.instrument not in DISPOSALS or exempt:
        return
    yield from _of_the_valuation(proposal.valuation, proposal.decided_on)
    undervalue = proposal.undervalue_pence or 0
    if undervalue and not proposal.wellbeing_reason.strip():
        yield lacks.WellbeingReasonMissing(undervalue)
    limit, consent = rules.undervalue_without_consent_pence, rules.undervalue_consent
    if undervalue > limit and not elsewhere and not proposal.undervalue_consent.strip():
        yield lacks.UndervalueConsentMissing(undervalue, limit, consent)


def _of_the_valuation(valuation: Valuation | None, decided_on: date | None) -> Iterator[UserError]:
    if valuation is None:
        yield lacks.ValuationMissing()
        return
    if not valuation.valuer.strip():
        yield lacks.ValuerMissing()
    if not valuation.independent:
        yield lacks.ValuerNotIndependent()
    if decided_on is not None and valuation.valued_on > decided_on:
        yield lacks.ValuedAfterDecision(valuation.valued_on.isoformat(), decided_on.isoformat())


def _of_open_space(proposal: Proposal) -> Iterator[UserError]:
    if proposal.instrument not in DISPOSALS:
        return
    if proposal.open_space is None:
        yield lacks.OpenSpaceUnanswered()
    if proposal.statutory_trust is None:
        yield lacks.StatutoryTrustUnanswered()
    if not (proposal.open_space or proposal.statutory_trust):
        return
    second, close_on = _advertised(proposal), proposal.objections_close_on
    if second is None:
        yield lacks.AdvertsMissing(len(_adverts(proposal)))
    if close_on is None or (second is not None and close_on < second):
        yield lacks.ObjectionsDayMissing()
    elif proposal.decided_on is not None and close_on >= proposal.decided_on:
        yield lacks.ObjectionsStillOpen(close_on.isoformat())
    if proposal.objections is None:
        yield lacks.ObjectionsUnrecorded()
    elif (left := proposal.objections - proposal.objections_answered) > 0:
        yield lacks.ObjectionsUnanswered(left)


def _of_restrictions(proposal: Proposal, rules: Rules) -> Iterator[UserError]:
    for restriction, instruments in BINDS.items():
        if proposal.instrument not in instruments:
            continue
        found = proposal.restrictions.get(restriction)
        needs = str(getattr(rules, restriction.lower()))
        words = restriction.lower().replace("_", " ")
        if found is None:
            yield lacks.RestrictionUnanswered(words)
        elif found.binds and needs and not found.reference.strip():
            yield lacks.RestrictionUnresolved(words, needs)


def _of_declarations(proposal: Proposal) -> Iterator[UserError]:
    for each in Declaration:
        if each not in proposal.declarations:
            yield lacks.DeclarationMissing(each.lower().replace("_", " "))


def _of_the_maker(proposal: Proposal, rules: Rules) -> Iterator[UserError]:
    maker = proposal.maker
    if maker is None:
        yield lacks.DecisionMakerMissing()
        return
    if not maker.meeting_reference.strip():
        yield lacks.MeetingReferenceMissing()
    if maker.delegated and maker.limit_pence is None:
        yield lacks.DelegationLimitMissing()
    elif maker.delegated and maker.limit_pence is not None:
        worth = proposal.valuation.unrestricted_pence if proposal.valuation else 0
        value = max(worth, proposal.consideration_pence or 0)
        if value > maker.limit_pence:
            yield lacks.BeyondDelegation(value, maker.limit_pence)
    if rules.four_eyes and maker.confirmed_by in {None, maker.person}:
        yield lacks.SecondPersonMissing()


def _of_public_interest(proposal: Proposal) -> Iterator[UserError]:
    for question, words in TEST.items():
        answer = proposal.public_interest.get(question)
        if answer is None:
            yield lacks.PublicInterestUnanswered(words)
        elif not answer.reasons.strip() or not answer.author.strip():
            yield lacks.PublicInterestUnexplained(words)


def _adverts(proposal: Proposal) -> list[date]:
    before = proposal.decided_on or date.max
    return [day for day in proposal.adverts if day < before]


def _advertised(proposal: Proposal) -> date | None:
    """The second advert's day, once there were two."""
    return consecutive_weeks(_adverts(proposal))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
