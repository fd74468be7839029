"""Applications: who is looked at first, by a form, references and a trial. Pure."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.kernel.texts import seen
from commonweal.volunteering.rules import SINCE

QUESTIONS: Final = limit("questions of an application form", 20, "questions", "a page")
QUESTION: Final = limit("question of an application form", 300, "characters", "two lines")
ANSWER: Final = limit("answer in an application", 2_000, "characters", "half a page")
REFERENCES: Final = limit(
    "references that an opportunity asks for", 3, "references", "two is usual"
)
TRIAL: Final = limit("days of a trial", 365, "days", "a year")
kept("applications", None, SINCE, "what was asked and answered, until who applied leaves")


class ApplicationState(StrEnum):
    """What the organisation said."""

    APPLIED = "applied"
    TRIAL = "trial"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


APPLICATION: Final = Lifecycle(
    noun="application",
    states=tuple(state.value for state in ApplicationState),
    initial="applied",
    moves=(
        Move("try", "applied", to="trial", says="they may join until a day"),
        Move("accept", "applied", "trial", to="accepted", says="they may join"),
        Move("decline", "applied", "trial", "accepted", to="declined", says="with a reason"),
        Move("withdraw", "applied", "trial", "accepted", to="withdrawn", says="by who applied"),
    ),
)


@fact
class FormUnfit(UserError):
    says = "A form has at most {most} questions, and one asks for at most {references} references."
    most: int
    references: int


@fact
class TrialUnfit(UserError):
    says = "A trial is 1 to {most} days."
    most: int


@fact
class AnswersUnfit(UserError):
    says = "Answer each of the {number} questions, in 1 to {most:,} characters."
    number: int
    most: int


@fact
class NoForm(UserError):
    says = "Nobody applies for this: join a shift."


@fact
class AppliedAlready(UserError):
    says = "You have applied for this already."


@fact
class ApplicationNeeded(UserError):
    says = "For this one applies first, and is accepted."


@fact
class ReferencesMissing(UserError):
    says = "{missing} more references are asked for before somebody is accepted."
    missing: int


@fact
class TrialOver(UserError):
    says = "The trial ended on {day}: its organisation says first how it goes on."
    day: str


def checked_form(
    questions: Sequence[str] | None, references: int | None, trial: int | None
) -> None:
    """Raises FormUnfit, TrialUnfit."""
    long = any(not 1 <= len(seen(each).strip()) <= QUESTION.value for each in questions or ())
    if long or len(questions or ()) > QUESTIONS.value:
        raise FormUnfit(QUESTIONS.value, REFERENCES.value).at("input", "questions")
    if not 0 <= (references or 0) <= REFERENCES.value:
        raise FormUnfit(QUESTIONS.value, REFERENCES.value).at("input", "referencesNeeded")
    if trial is not None and not 1 <= trial <= TRIAL.value:
        raise TrialUnfit(TRIAL.value).at("input", "trialDays")


def checked_answers(questions: Sequence[str], answers: Sequence[str]) -> list[str]:
    """One to each. Raises AnswersUnfit."""
    texts = [seen(each, lines=True).strip() for each in answers]
    if len(texts) != len(questions) or any(not 1 <= len(t) <= ANSWER.value for t in texts):
        raise AnswersUnfit(len(questions), ANSWER.value).at("input", "answers")
    return texts


def check_accepted(state: str, trial_until: date | None, day: date) -> None:
    """Whether somebody may join a shift of a day. Raises ApplicationNeeded, TrialOver."""
    if state not in (ApplicationState.TRIAL, ApplicationState.ACCEPTED):
        raise ApplicationNeeded
    if state == ApplicationState.TRIAL and trial_until is not None and day > trial_until:
        raise TrialOver(trial_until.isoformat())
