"""What a council may offer, and what a round is made of. Pure.

A round's texts and lists are bounded here, its dates in `rules`, its weights in `rules_assessment`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from commonweal.handovers.rules import ORDER, End, Stage, Timetable, check_in_time, check_timetable
from commonweal.handovers.rules_texts import checked_lines
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

SUMMARY: Final = limit("summary of a case", 4_000, "characters", "two pages")
QUESTIONS: Final = limit(
    "questions of a round", 20, "questions", "a form that groups still fill in"
)
QUESTION: Final = limit("question of a round", 300, "characters", "two lines")
CRITERIA: Final = limit("criteria of a round", 20, "criteria", "national funds have about ten")
CRITERION: Final = limit("name of a criterion", 100, "characters", "a line")
SUGGESTED: Final = limit(
    "open proposals of a group", 5, "cases", "each is a month's work of the council's"
)
ROUND_DAYS: Final = limit("days of a round", 1_830, "days", "five years: a year was mistyped")


class Blocking(StrEnum):
    """The four questions before a council offers anything: a yes to any of them blocks."""

    RECEIPT_RING_FENCED = "RECEIPT_RING_FENCED"
    RECEIPT_IN_CAPITAL_PROGRAMME = "RECEIPT_IN_CAPITAL_PROGRAMME"
    NEEDED_BY_COUNCIL = "NEEDED_BY_COUNCIL"
    OTHER_REASON = "OTHER_REASON"


BLOCKING: Final = {  # Wirral's [C]
    Blocking.RECEIPT_RING_FENCED: "Is what a sale would bring promised to something else?",
    Blocking.RECEIPT_IN_CAPITAL_PROGRAMME: "Does the capital programme need it?",
    Blocking.NEEDED_BY_COUNCIL: "Is it needed for the council's own aims, or with a partner?",
    Blocking.OTHER_REASON: "Is there another reason to keep it?",
}


@fact
class QuestionsUnanswered(UserError):
    says = "Answer the four questions with yes or no first. Unanswered: {questions}."
    questions: tuple[str, ...]


@fact
class BlockedFromOffer(UserError):
    says = "It cannot be offered: answered with yes was {questions}. Withhold it, or look again."
    questions: tuple[str, ...]


@fact
class AssetOnOffer(UserError):
    says = "A case of this asset is under way already: go on with that one."


@fact
class AssetGone(UserError):
    says = "This asset is {state}: only what the council holds can be offered."
    state: str


@fact
class QuestionsUnfit(UserError):
    says = "A round has at most {most} questions of 1 to {characters} characters, each once."
    most: int
    characters: int


@fact
class CriteriaUnfit(UserError):
    says = "A round has 1 to {most} criteria, whose names have 1 to {characters} characters."
    most: int
    characters: int


@fact
class TooManySuggested(UserError):
    says = "Your group has {most} proposals that the council has not decided on. Wait for one."
    most: int


@fact
class RoundOfAnother(UserError):
    says = "This round is another council's."


@fact
class RoundNeeded(UserError):
    says = "Say in which round bids are asked for."


@fact
class VisitsShownAlready(UserError):
    says = (
        "It stands in the shop window already, with its own times to visit: leave them out here, "
        "or withdraw that listing first."
    )


@fact
class InstantUnfit(UserError):
    says = "{given} is at an end of time: no clock has it in every zone."
    given: str


@fact
class TiesRepeated(UserError):
    says = "Name each criterion that parts tied bids once."


@fact
class EndsMissing(UserError):
    says = "Give an end for each stage, or for none: then each lasts as long as is usual here."


@fact
class ZoneMissing(UserError):
    says = "An instant needs its zone: 2027-01-29T17:00:00Z, or with +01:00 in summer."


@fact
class RoundBeginsInPast(UserError):
    says = "{stage} would end at {ends_at}, which is past. Look at the year too."
    stage: str
    ends_at: str


@fact
class RoundTooLong(UserError):
    says = "{stage} would end at {ends_at}, more than {most} days from now. Look at the year."
    stage: str
    ends_at: str
    most: int


@fact
class NotPutOff(UserError):
    says = (
        "{stage} ends at {ends_at}: a stage is put off to a later instant, never brought forward."
    )
    stage: str
    ends_at: str


def check_offerable(answers: Mapping[Blocking, bool | None]) -> None:
    """Raises QuestionsUnanswered, BlockedFromOffer."""
    if unsaid := tuple(each.value for each in Blocking if answers.get(each) is None):
        raise QuestionsUnanswered(unsaid)
    if blocking := tuple(each.value for each in Blocking if answers[each]):
        raise BlockedFromOffer(blocking)


def checked_summary(given: str | None) -> str | None:
    """None where it is blank. Raises TextLength."""
    return checked_lines(given or "", SUMMARY.value, "summary", least=0) or None


def checked_questions(given: Sequence[str]) -> list[str]:
    """What an expression of interest answers. Raises QuestionsUnfit."""
    texts = [" ".join(seen(each).split()) for each in given]
    fit = all(1 <= len(each) <= QUESTION.value for each in texts)
    if not fit or len(texts) > QUESTIONS.value or len({*texts}) < len(texts):
        raise QuestionsUnfit(QUESTIONS.value, QUESTION.value)
    return texts


def check_criteria(names: Sequence[str], ties: Sequence[str]) -> None:
    """How many there are, how long, and each once among those that part tied bids; their weights,
    `check_matrix`. Raises CriteriaUnfit, TiesRepeated.
    """
    fit = all(1 <= len(name) <= CRITERION.value and name == seen(name).strip() for name in names)
    if not fit or not 1 <= len(names) <= CRITERIA.value:
        raise CriteriaUnfit(CRITERIA.value, CRITERION.value)
    if len({*ties}) < len(ties):
        raise TiesRepeated


def check_ahead(timetable: Timetable, now: datetime) -> None:
    """A round that opens now lies ahead, and not for ever. Raises RoundBeginsInPast, RoundTooLong,
    and as `check_timetable`.
    """
    check_timetable(timetable)
    first, last = timetable[0], timetable[-1]
    if first.at <= now:
        raise RoundBeginsInPast(first.stage, _text(first.at))
    if (last.at - now).days > ROUND_DAYS.value:
        raise RoundTooLong(last.stage, _text(last.at), ROUND_DAYS.value)


def put_off(timetable: Timetable, ends: Mapping[Stage, datetime], now: datetime) -> Timetable:
    """The timetable with these ends: each later than before, and none of a stage that is over.

    Raises NotPutOff, also for a stage that the round does not hold; DeadlinePassed, RoundTooLong,
    and as `check_timetable`.
    """
    moved = {end.stage: end.at for end in timetable}
    for stage, at in ends.items():
        if stage not in moved or at <= moved[stage]:
            raise NotPutOff(stage, _text(moved[stage]) if stage in moved else "no time at all")
        check_in_time(stage, moved[stage], now)
        moved[stage] = at
    made = tuple(End(stage, moved[stage]) for stage in ORDER if stage in moved)
    check_timetable(made)
    if (made[-1].at - now).days > ROUND_DAYS.value:
        raise RoundTooLong(made[-1].stage, _text(made[-1].at), ROUND_DAYS.value)
    return made


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="minutes")
