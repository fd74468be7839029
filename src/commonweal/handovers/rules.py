"""A case, from a proposal to the keys and back: its states, its stages, its appeals. Pure.

A case is one asset's way, or a service's; an asset has one on offer at a time. A round is a
timetable that several cases share, and a bid may name several of them. A stage ends at an instant
that still belongs to it: what arrives then is in time, what arrives a millisecond later is not
(design note: assets, 2.1, invariants 6, 8, 24). Nothing here asks what time it is. Next:
rules_bidders (who asks), rules_assessment, rules_decisions.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from commonweal.handovers.rules_defaults import Rules
from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move

CLOSING_TIME: Final = time(17)  # where an officer names none: offices are still open


class CaseState(StrEnum):
    """How far an asset has come towards a group, the stages in their order."""

    PROPOSED = "proposed"
    LISTED = "listed"  # expressions of interest are taken
    EOI_CLOSED = "eoi_closed"
    BUSINESS_CASE = "business_case"  # sealed bids are taken
    BIDS_CLOSED = "bids_closed"  # and nobody has opened them
    ASSESSMENT = "assessment"
    DUE_DILIGENCE = "due_diligence"
    DECIDED = "decided"
    HEADS_OF_TERMS = "heads_of_terms"
    COMPLETED = "completed"
    MONITORING = "monitoring"
    BREACH = "breach"
    CURING = "curing"  # notice was served
    APPEAL = "appeal"  # frozen
    REVERTED = "reverted"
    ENDED = "ended"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    NO_AWARD = "no_award"
    LAPSED = "lapsed"


ON_OFFER: Final = (  # an asset has one case in these: the index handover_case_on_offer
    *(CaseState.PROPOSED, CaseState.LISTED, CaseState.EOI_CLOSED, CaseState.BUSINESS_CASE),
    *(CaseState.BIDS_CLOSED, CaseState.ASSESSMENT, CaseState.DUE_DILIGENCE, CaseState.DECIDED),
    *(CaseState.HEADS_OF_TERMS, CaseState.APPEAL),
)
APPEALABLE: Final = (CaseState.DECIDED, CaseState.HEADS_OF_TERMS, CaseState.NO_AWARD)
REOPENABLE: Final = (  # in the order in which a case comes through them, all before a decision
    CaseState.EOI_CLOSED,  # bids are asked for anew, in a round of their own
    CaseState.ASSESSMENT,
    CaseState.DUE_DILIGENCE,
)

CASE: Final = Lifecycle(
    noun="case",
    states=tuple(state.value for state in CaseState),
    initial="proposed",
    moves=(
        Move("answer", "proposed", to="proposed", says="the four questions, or some of them"),
        Move("withhold", "proposed", to="withheld", says="the council keeps it, and says why"),
        Move("list", "proposed", to="listed", says="none of the four questions was answered yes"),
        Move("close_eoi", "listed", to="eoi_closed", says="the instant is past"),
        Move(
            "invite",
            "proposed",  # where a council has no expressions of interest
            "eoi_closed",
            to="business_case",
            says="bids are asked for",
        ),
        Move("close_bids", "business_case", to="bids_closed", says="the instant is past"),
        Move("assess", "bids_closed", to="assessment", says="the bids are opened"),
        Move("score", "assessment", to="assessment", says="by one of its panel, with a reason"),
        Move("recommend", "assessment", to="due_diligence", says="all scores are in"),
        Move(
            "reassess",
            "due_diligence",
            to="assessment",
            says="what the scores come to has changed, and the chosen bid is not first any more",
        ),
        Move("prepare", "due_diligence", to="due_diligence", says="what must be known is noted"),
        Move("decide", "due_diligence", to="decided", says="nothing is missing any more"),
        Move("agree_terms", "decided", to="heads_of_terms", says="terms go to the group"),
        Move("complete", "heads_of_terms", to="completed", says="it is signed"),
        Move(
            "fall_back",
            "decided",
            "heads_of_terms",
            to="due_diligence",
            says="the chosen bid is gone, and the reserve's is looked into",
        ),
        Move("lapse", "decided", "heads_of_terms", to="lapsed", says="it was never signed"),
        Move("monitor", "completed", to="monitoring", says="targets are looked at each year"),
        Move("report", "monitoring", to="monitoring", says="whether a year's targets were met"),
        Move("find_breach", "monitoring", to="breach", says="a term is not kept"),
        Move("serve_notice", "breach", to="curing", says="the group has time to put it right"),
        Move("cure", "breach", "curing", to="monitoring", says="it was put right"),
        Move("revert", "curing", to="reverted", says="it was not: the asset comes back"),
        Move("end", "completed", "monitoring", to="ended", says="the term is over"),
        Move(
            "award_none",
            "eoi_closed",
            "bids_closed",
            "assessment",
            "due_diligence",
            to="no_award",
            says="nobody is awarded it",
        ),
        Move(
            "run_out",
            "due_diligence",
            "decided",
            "heads_of_terms",
            to="no_award",
            says="the chosen bid is gone, and none is next",
        ),
        Move(
            "withdraw",
            "proposed",
            "listed",
            "eoi_closed",
            "business_case",
            "bids_closed",
            "assessment",
            "due_diligence",
            to="withdrawn",
            says="it is not offered any more",
        ),
        Move("appeal", *APPEALABLE, to="appeal", says="all stands still until it is decided"),
        *(
            Move(f"resume_{state}", "appeal", to=state, says="no appeal is open any more")
            for state in (*REOPENABLE, *APPEALABLE)
        ),
    ),
)


class Stage(StrEnum):
    """What of a case has a last instant of its own, in the order of a timetable."""

    EOI = "EOI"
    SHORTLISTING = "SHORTLISTING"
    BUSINESS_CASE = "BUSINESS_CASE"
    ASSESSMENT = "ASSESSMENT"
    DUE_DILIGENCE = "DUE_DILIGENCE"
    DECISION = "DECISION"
    HEADS_OF_TERMS = "HEADS_OF_TERMS"


CLOSINGS: Final = (  # which move ends which state once which stage is over
    (CaseState.LISTED, Stage.EOI, "close_eoi"),
    (CaseState.BUSINESS_CASE, Stage.BUSINESS_CASE, "close_bids"),
)
TAKEN_IN: Final = {  # once more after its end: who began in time may have waited for a lock
    Stage.EOI: (CaseState.LISTED, CaseState.EOI_CLOSED),
    Stage.BUSINESS_CASE: (CaseState.BUSINESS_CASE, CaseState.BIDS_CLOSED),
}
NEEDED: Final = (Stage.BUSINESS_CASE, Stage.ASSESSMENT, Stage.DECISION)
ORDER: Final = tuple(Stage)


@fact
class DatesNotIncreasing(UserError):
    says = (
        "{later} ends at {later_at}, which is not after {earlier} ({earlier_at}): each stage ends "
        "after the one before it. Look at the year too."
    )
    earlier: str
    earlier_at: str
    later: str
    later_at: str


@fact
class StageMissing(UserError):
    says = "A timetable needs an end for each of {stages}."
    stages: tuple[str, ...]


@fact
class StageRepeated(UserError):
    says = "{stage} has two ends in this timetable: leave one."
    stage: str


@fact
class StagesOutOfOrder(UserError):
    says = "{later} comes after {earlier} in every round: put them in this order."
    earlier: str
    later: str


@fact
class StageSkipped(UserError):
    says = "This round takes expressions of interest: list it, and invite who passed."


@fact
class StageNotHeld(UserError):
    says = "This round takes no expressions of interest: ask for bids at once."


@fact
class StageNotOver(UserError):
    says = "{stage} lasts until {ends_at}, that instant included."
    stage: str
    ends_at: str


@fact
class DeadlinePassed(UserError):
    says = "{stage} ended at {ends_at}, and this came at {came_at}: nothing is taken after it."
    stage: str
    ends_at: str
    came_at: str


@fact
class NotTaken(UserError):
    says = 'Nothing is taken for {stage} while the case stands at "{standing}".'
    stage: str
    state: str

    @property
    def standing(self) -> str:
        """The state in words."""
        return self.state.replace("_", " ")


@fact
class CannotReopenAt(UserError):
    says = "An appeal that is upheld goes back to one of {possible}, where the case has been."
    stage: str
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The last instant of a stage."""

    stage: Stage
    at: datetime


Timetable = tuple[End, ...]


def check_timetable(timetable: Sequence[End]) -> None:
    """Its stages are known once and in order, their ends strictly later each (invariant 6).

    Raises StageRepeated, StagesOutOfOrder, DatesNotIncreasing, StageMissing.
    """
    stages = [end.stage for end in timetable]
    for before, after in pairwise(timetable):
        earlier, later = before.stage.value, after.stage.value
        if stages.count(before.stage) > 1:
            raise StageRepeated(earlier)
        if ORDER.index(before.stage) > ORDER.index(after.stage):
            raise StagesOutOfOrder(later, earlier)
        if before.at >= after.at:
            raise DatesNotIncreasing(earlier, _text(before.at), later, _text(after.at))
    needed = (*NEEDED, Stage.SHORTLISTING) if Stage.EOI in stages else NEEDED
    if absent := tuple(s.value for s in ORDER if s in needed and s not in stages):
        raise StageMissing(absent)


def usual_timetable(opens_on: date, stages: Sequence[Stage], rules: Rules) -> Timetable:
    """Each stage after the one before by its usual days, at closing time where the service is.

    The decision is a day after the stage before it, until an officer says when the meeting is.
    """
    days = {
        Stage.EOI: rules.eoi_days,
        Stage.SHORTLISTING: rules.shortlisting_days,
        Stage.BUSINESS_CASE: rules.business_case_days,
        Stage.ASSESSMENT: rules.assessment_days,
        Stage.DUE_DILIGENCE: rules.due_diligence_days,
        Stage.DECISION: 1,
        Stage.HEADS_OF_TERMS: rules.heads_of_terms_days,
    }
    ends, day = [], opens_on
    for stage in stages:
        day += timedelta(days=days[stage])
        ends.append(End(stage, datetime.combine(day, CLOSING_TIME, CIVIL_ZONE).astimezone(UTC)))
    return tuple(ends)


def end_of(timetable: Iterable[End], stage: Stage) -> datetime | None:
    """The last instant of a stage; None where this round does not hold it."""
    return next((end.at for end in timetable if end.stage is stage), None)


def check_taken(stage: Stage, state: str, timetable: Iterable[End], at: datetime) -> None:
    """An expression or a bid is taken, at the instant at which its transaction began.

    Never once they are opened, whatever a timetable says. Raises StageNotHeld, DeadlinePassed,
    NotTaken.
    """
    ends_at = end_of(timetable, stage)
    if ends_at is None:
        raise StageNotHeld
    check_in_time(stage, ends_at, at)
    if state not in TAKEN_IN[stage]:
        raise NotTaken(stage.value, state)


def check_in_time(stage: Stage, ends_at: datetime, at: datetime) -> None:
    """At the instant itself all is in time (invariant 8). `at` is the database's clock's.

    Raises DeadlinePassed.
    """
    if at > ends_at:
        raise DeadlinePassed(stage.value, _text(ends_at), _text(at))


def check_over(stage: Stage, ends_at: datetime, at: datetime) -> None:
    """What closes a stage, or opens what is sealed until its end, waits. Raises StageNotOver."""
    if at <= ends_at:
        raise StageNotOver(stage.value, _text(ends_at))


def check_way(move: str, state: str, timetable: Iterable[End]) -> None:
    """In a round of this timetable expressions of interest are neither left out nor made up.

    Raises WrongState, StageSkipped, StageNotHeld.
    """
    to = CASE.check(move, state)
    held = end_of(timetable, Stage.EOI) is not None
    if held and (state, to) == (CaseState.PROPOSED, CaseState.BUSINESS_CASE):
        raise StageSkipped
    if not held and to == CaseState.LISTED:
        raise StageNotHeld


def resumes(frozen_at: CaseState, upheld: Iterable[CaseState], been: Container[CaseState]) -> str:
    """The move that ends an appeal, once none is open (invariant 24).

    `upheld` has the stage that each upheld appeal names, `been` where the case has been. The
    earliest counts; without any it goes on where it stood. Nothing is erased, and it never comes
    by an appeal to a decision that was not made. Raises CannotReopenAt.
    """
    possible = [state for state in REOPENABLE if state in been]
    named = {*upheld}
    if wrong := named.difference(possible):
        raise CannotReopenAt(min(wrong).value, tuple(state.value for state in possible))
    return f"resume_{min(named, key=possible.index, default=frozen_at)}"


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")
