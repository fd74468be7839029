"""Regimes as dated data: who may do what for how long, counted from which event, on whose word.

The table at the end is the one place where a period stands; its sources and their marks are those
of the design note `domain/assets.md` 2.1 to 2.6: S statute, G guidance, C a council's page, N news,
M from memory or one council's custom. A change is a row with its own days, never a row written
over: what began under the old one goes on under it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.calendar import (
    ONE_DAY,
    days_of,
    months_beginning_with,
    weeks_beginning_with,
    weeks_of,
    working_day_on_or_before,
    working_days_beginning_with,
    years_beginning_with,
)


class Jurisdiction(StrEnum):
    """Whose law and whose bank holidays."""

    ENGLAND = "ENGLAND"
    WALES = "WALES"
    SCOTLAND = "SCOTLAND"
    NORTHERN_IRELAND = "NORTHERN_IRELAND"


class Right(StrEnum):
    """What a regime is about; one follows another on the same right."""

    COMMUNITY_VALUE = "COMMUNITY_VALUE"  # to bid for what is sold; later, to buy it
    TRANSFER_REQUEST = "TRANSFER_REQUEST"
    CHALLENGE = "CHALLENGE"
    TRANSFER = "TRANSFER"  # no right: councils' own policy


class RegimeCode(StrEnum):
    """A regime by its name."""

    LA2011 = "LA2011"
    EDCE2026 = "EDCE2026"
    CE2015 = "CE2015"
    LA2011_CHALLENGE = "LA2011_CHALLENGE"
    CAT = "CAT"


class ClockEvent(StrEnum):
    """What happened, on a day: whatever some period is counted from."""

    NOMINATION_RECEIVED = "NOMINATION_RECEIVED"
    LISTED = "LISTED"
    LISTING_NOTICE_GIVEN = "LISTING_NOTICE_GIVEN"
    REVIEW_REQUESTED = "REVIEW_REQUESTED"
    REVIEW_DECIDED = "REVIEW_DECIDED"
    REVIEW_MISSED = "REVIEW_MISSED"
    DISPOSAL_NOTICE_RECEIVED = "DISPOSAL_NOTICE_RECEIVED"
    LOSS_INCURRED = "LOSS_INCURRED"
    COMPENSATION_DECIDED = "COMPENSATION_DECIDED"
    REPRESENTATIONS_INVITED = "REPRESENTATIONS_INVITED"
    REQUEST_VALIDATED = "REQUEST_VALIDATED"  # the last required item arrived: not before
    DECISION_GIVEN = "DECISION_GIVEN"
    DECISION_MISSED = "DECISION_MISSED"
    CONTRACT_PERIOD_ENDED = "CONTRACT_PERIOD_ENDED"
    REQUEST_REFUSED = "REQUEST_REFUSED"
    EXPRESSION_RECEIVED = "EXPRESSION_RECEIVED"
    WINDOW_ENDED = "WINDOW_ENDED"
    PROPOSED = "PROPOSED"
    EXPRESSIONS_OPENED = "EXPRESSIONS_OPENED"
    EXPRESSIONS_CLOSED = "EXPRESSIONS_CLOSED"
    BIDDERS_INVITED = "BIDDERS_INVITED"
    BIDS_CLOSED = "BIDS_CLOSED"
    RECOMMENDED = "RECOMMENDED"
    DECIDED = "DECIDED"
    COMPLETED = "COMPLETED"


class Counting(StrEnum):
    """How days are counted: *beginning with* counts the event's own day, *of* does not."""

    DAYS_OF = "days of"
    WEEKS_OF = "weeks of"
    WEEKS_BEGINNING_WITH = "weeks beginning with"
    MONTHS_BEGINNING_WITH = "months beginning with"
    YEARS_BEGINNING_WITH = "years beginning with"
    WORKING_DAYS_OF = "working days of"
    WORKING_DAYS_BEGINNING_WITH = "working days beginning with"


class Silence(StrEnum):
    """What it means that the end passes and nothing was done."""

    OVERDUE = "OVERDUE"  # it is still owed
    REFUSED = "REFUSED"  # deemed so
    LAPSED = "LAPSED"  # who could act, no longer may
    ENDED = "ENDED"  # nothing was to be done: a time is over


PLAINLY: Final[dict[Counting, Callable[[date, int], date]]] = {  # whatever is a working day
    Counting.DAYS_OF: days_of,
    Counting.WEEKS_OF: weeks_of,
    Counting.WEEKS_BEGINNING_WITH: weeks_beginning_with,
    Counting.MONTHS_BEGINNING_WITH: months_beginning_with,
    Counting.YEARS_BEGINNING_WITH: years_beginning_with,
}


@dataclass(frozen=True, slots=True)
class Period:
    """A counting rule. `marks` are those of the design note: how well its source is known."""

    name: str
    event: ClockEvent
    number: int
    counting: Counting
    silence: Silence
    says: str
    source: str
    marks: str
    extendable: bool = False  # by agreement, before it ends

    @property
    def is_default(self) -> bool:
        """Whether it stands here from memory, or as other councils' custom: to be changed."""
        return "M" in self.marks

    @property
    def counts_working_days(self) -> bool:
        return self.counting not in PLAINLY

    def last_day(self, start: date, holidays: Collection[date]) -> date:
        """The day with which it ends, whole."""
        if counted := PLAINLY.get(self.counting):
            return counted(start, self.number)
        first = start + ONE_DAY if self.counting is Counting.WORKING_DAYS_OF else start
        return working_days_beginning_with(first, self.number, holidays)

    def act_by(self, last: date, holidays: Collection[date]) -> date:
        """The working day to act by: of weeks *of* a day, whoever counts that day too is in time.

        The regulation's own text on nominations was not seen: so the earlier reading (2.8).
        """
        cautious = last - ONE_DAY if self.counting is Counting.WEEKS_OF else last
        return working_day_on_or_before(cautious, holidays)


@dataclass(frozen=True, slots=True)
class Regime:
    """Rules in force for events in [since, until); never yet where `since` is open."""

    code: RegimeCode
    right: Right
    jurisdictions: frozenset[Jurisdiction]
    since: date | None
    until: date | None
    law: str
    periods: tuple[Period, ...]

    def in_force(self, jurisdiction: Jurisdiction, on: date) -> bool:
        begun = self.since is not None and self.since <= on
        return jurisdiction in self.jurisdictions and begun and (not self.until or on < self.until)


ENGLAND: Final = frozenset({Jurisdiction.ENGLAND})
SCOTLAND: Final = frozenset({Jurisdiction.SCOTLAND})
POLICY: Final = frozenset({Jurisdiction.ENGLAND, Jurisdiction.WALES})
E, C, S = ClockEvent, Counting, Silence

# The days since when they are in force are [M] too.
REGIMES: Final[tuple[Regime, ...]] = (
    Regime(
        RegimeCode.LA2011, Right.COMMUNITY_VALUE, ENGLAND, date(2012, 9, 21), None,
        "Localism Act 2011 ss.87-108; SI 2012/2421",
        (
            Period("nominationDecision", E.NOMINATION_RECEIVED, 8, C.WEEKS_OF, S.OVERDUE,
                   "The council decides on a nomination within 8 weeks of receiving it.",
                   "SI 2012/2421 reg 7", "SC"),
            Period("listing", E.LISTED, 5, C.YEARS_BEGINNING_WITH, S.ENDED,
                   "What is listed stays so for 5 years beginning with the day of its entry.",
                   "Localism Act 2011 s.87(3)", "S"),
            Period("reviewRequest", E.LISTING_NOTICE_GIVEN, 8, C.WEEKS_OF, S.LAPSED,
                   "The owner may ask for a review within 8 weeks of the notice of listing.",
                   "Localism Act 2011 s.92, SI 2012/2421 Sch 2", "C"),
            Period("reviewDecision", E.REVIEW_REQUESTED, 8, C.WEEKS_OF, S.OVERDUE,
                   "The council completes the review within 8 weeks of the request, or as agreed "
                   "in writing.",
                   "SI 2012/2421 reg 10", "C", extendable=True),
            Period("tribunalAppeal", E.REVIEW_DECIDED, 28, C.DAYS_OF, S.LAPSED,
                   "The owner may appeal to the First-tier Tribunal within 28 days of the notice "
                   "of the review's outcome.",
                   "First-tier Tribunal, as councils state it", "C"),
            Period("interimMoratorium", E.DISPOSAL_NOTICE_RECEIVED, 6, C.WEEKS_BEGINNING_WITH,
                   S.LAPSED,
                   "A community interest group may ask to be treated as a bidder in the 6 weeks "
                   "beginning with the day on which the council received the owner's notice.",
                   "Localism Act 2011 s.95(6)", "NC"),
            Period("fullMoratorium", E.DISPOSAL_NOTICE_RECEIVED, 6, C.MONTHS_BEGINNING_WITH,
                   S.ENDED,
                   "If a group asked, the owner may not sell in the 6 months beginning with the "
                   "day on which the council received the notice.",
                   "Localism Act 2011 s.95", "CN"),
            Period("protectedPeriod", E.DISPOSAL_NOTICE_RECEIVED, 18, C.MONTHS_BEGINNING_WITH,
                   S.ENDED,
                   "No new moratorium begins in the 18 months beginning with the day on which the "
                   "council received the notice.",
                   "Localism Act 2011 s.95", "C"),
            Period("compensationClaim", E.LOSS_INCURRED, 13, C.WEEKS_OF, S.LAPSED,
                   "The owner may claim compensation within 13 weeks of when the loss was "
                   "incurred or finished being incurred.",
                   "SI 2012/2421 reg 14(5)(b)", "C"),
            Period("compensationReview", E.COMPENSATION_DECIDED, 8, C.WEEKS_OF, S.LAPSED,
                   "The owner may ask for a review of compensation within 8 weeks of the decision.",
                   "SI 2012/2421 reg 16", "C"),
        ),
    ),
    Regime(  # no evidence that it is in force: an officer enters the day of its commencement
        RegimeCode.EDCE2026, Right.COMMUNITY_VALUE, ENGLAND, None, None,
        "English Devolution and Community Empowerment Act 2026 (c. 23)",
        (
            Period("progressCheck", E.DISPOSAL_NOTICE_RECEIVED, 6, C.MONTHS_BEGINNING_WITH, S.ENDED,
                   "From 6 months on, the owner may ask the council to check the group's progress.",
                   "English Devolution and Community Empowerment Act 2026", "M"),
            Period("fullMoratorium", E.DISPOSAL_NOTICE_RECEIVED, 12, C.MONTHS_BEGINNING_WITH,
                   S.ENDED,
                   "The owner may not sell to another in the 12 months beginning with the day on "
                   "which the council received the notice.",
                   "English Devolution and Community Empowerment Act 2026", "NM"),
            Period("protectedPeriod", E.DISPOSAL_NOTICE_RECEIVED, 18, C.MONTHS_BEGINNING_WITH,
                   S.ENDED,
                   "No new moratorium begins in the 18 months beginning with the day on which the "
                   "council received the notice.",
                   "English Devolution and Community Empowerment Act 2026", "M"),
        ),
    ),
    Regime(
        RegimeCode.CE2015, Right.TRANSFER_REQUEST, SCOTLAND, date(2017, 1, 23), None,
        "Community Empowerment (Scotland) Act 2015 Part 5; SSI 2016/357, SSI 2016/358",
        (
            Period("representations", E.REPRESENTATIONS_INVITED, 20, C.WORKING_DAYS_BEGINNING_WITH,
                   S.LAPSED,
                   "Representations may be made for at least 20 working days.",
                   "SSI 2016/357 regs 6-9", "M"),
            Period("decision", E.REQUEST_VALIDATED, 6, C.MONTHS_BEGINNING_WITH, S.REFUSED,
                   "The authority decides in the 6 months beginning with the validation date; "
                   "silence may be reviewed like a refusal.",
                   "Community Empowerment (Scotland) Act 2015 s.82, SSI 2016/357 reg 10", "SG",
                   extendable=True),
            Period("reviewRequest", E.DECISION_GIVEN, 20, C.WORKING_DAYS_BEGINNING_WITH, S.LAPSED,
                   "A review may be asked for in the 20 working days beginning with the decision "
                   "notice.",
                   "2015 Act s.86, SSI 2016/358 reg 3", "SG"),
            Period("reviewOfSilence", E.DECISION_MISSED, 20, C.WORKING_DAYS_BEGINNING_WITH,
                   S.LAPSED,
                   "A review may be asked for in the 20 working days beginning with the day by "
                   "which there should have been a decision.",
                   "2015 Act s.86, SSI 2016/358 reg 3", "SG"),
            Period("appeal", E.REVIEW_DECIDED, 20, C.WORKING_DAYS_BEGINNING_WITH, S.LAPSED,
                   "An appeal to Ministers may be made in the 20 working days beginning with the "
                   "day of the decision.",
                   "Asset transfer guidance, chapter 19", "G"),
            Period("appealOfSilence", E.REVIEW_MISSED, 20, C.WORKING_DAYS_BEGINNING_WITH, S.LAPSED,
                   "An appeal to Ministers may be made in the 20 working days beginning with the "
                   "day by which there should have been a decision.",
                   "Asset transfer guidance, chapter 19", "G"),
            Period("contractAppeal", E.CONTRACT_PERIOD_ENDED, 10, C.WORKING_DAYS_OF, S.LAPSED,
                   "Where no contract was concluded in its period, an appeal may be made within "
                   "10 working days of the period's end.",
                   "Asset transfer guidance, chapter 21", "G"),
            Period("repeatRequests", E.REQUEST_REFUSED, 2, C.YEARS_BEGINNING_WITH, S.ENDED,
                   "The same request for the same land may be declined for 2 years.",
                   "2015 Act s.93", "G"),
        ),
    ),
    Regime(
        RegimeCode.LA2011_CHALLENGE, Right.CHALLENGE, ENGLAND, date(2012, 6, 27), None,
        "Localism Act 2011 ss.81-86",
        (
            Period("decisionDateNotice", E.EXPRESSION_RECEIVED, 30, C.DAYS_OF, S.OVERDUE,
                   "The council says within 30 days of receiving an expression of interest when it "
                   "will decide.",
                   "Localism Act 2011 ss.81-86", "C"),
            Period("decisionDateNoticeOfWindow", E.WINDOW_ENDED, 30, C.DAYS_OF, S.OVERDUE,
                   "The council says within 30 days of the end of its window when it will decide.",
                   "Localism Act 2011 ss.81-86", "C"),
        ),
    ),
    Regime(  # each council sets its own stages: these are others', to begin with
        RegimeCode.CAT, Right.TRANSFER, POLICY, date(1974, 4, 1), None,
        "Councils' community asset transfer policies; no statute",
        (
            Period("proposalDecision", E.PROPOSED, 1, C.MONTHS_BEGINNING_WITH, S.OVERDUE,
                   "The council says within a month whether a proposed asset is listed.",
                   "Oldham", "CM"),
            Period("expressionsOfInterest", E.EXPRESSIONS_OPENED, 4, C.WEEKS_BEGINNING_WITH,
                   S.LAPSED, "Expressions of interest are open for 4 weeks.", "Norwich", "CM"),
            Period("expressionDecision", E.EXPRESSION_RECEIVED, 2, C.MONTHS_BEGINNING_WITH,
                   S.OVERDUE, "An expression of interest is answered within two months.",
                   "Dorset", "CM"),
            Period("shortlist", E.EXPRESSIONS_CLOSED, 3, C.WEEKS_BEGINNING_WITH, S.OVERDUE,
                   "The shortlist is made within 3 weeks.", "usual among councils", "M"),
            Period("businessCases", E.BIDDERS_INVITED, 4, C.WEEKS_BEGINNING_WITH, S.LAPSED,
                   "Bids may be handed in for 4 weeks.", "usual among councils", "M"),
            Period("assessment", E.BIDS_CLOSED, 4, C.WEEKS_BEGINNING_WITH, S.OVERDUE,
                   "Bids are assessed within 4 weeks.", "usual among councils", "M"),
            Period("report", E.RECOMMENDED, 8, C.WEEKS_BEGINNING_WITH, S.OVERDUE,
                   "Due diligence and the report are done within 8 weeks.",
                   "usual among councils", "M"),
            Period("headsOfTerms", E.DECIDED, 6, C.WEEKS_BEGINNING_WITH, S.LAPSED,
                   "Heads of terms are agreed within 6 weeks.", "usual among councils", "M"),
            Period("monitoring", E.COMPLETED, 12, C.MONTHS_BEGINNING_WITH, S.OVERDUE,
                   "How it goes is looked at every year.", "Norwich", "CM"),
        ),
    ),
)  # fmt: skip


def regime_of(code: RegimeCode) -> Regime:
    """The regime of this name."""
    [found] = [regime for regime in REGIMES if regime.code is code]
    return found
