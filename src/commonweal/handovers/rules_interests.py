"""Expressions of interest: what a group answers, and what an officer makes of it. Pure.

Each question of the round is answered, and each answer passes, passes with a caveat or fails
(design note: assets, 2.1, invariant 10).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

ANSWER: Final = limit(
    "answer of an expression of interest", 4_000, "characters", "two pages; a business case is not"
).value
CAVEAT: Final = limit("caveat of an answer", 1_000, "characters", "a paragraph").value
SHOWN: Final = 60  # characters of a question that a refusal repeats


class Verdict(StrEnum):
    """What an officer makes of an answer, and what comes of all of them."""

    PASS = "PASS"  # noqa: S105
    PASS_WITH_CAVEATS = "PASS_WITH_CAVEATS"  # noqa: S105
    FAIL = "FAIL"


class InterestState(StrEnum):
    """How far an expression of interest has come."""

    EXPRESSED = "expressed"
    JUDGED = "judged"
    WITHDRAWN = "withdrawn"


INTEREST: Final = Lifecycle(
    noun="expression of interest",
    states=tuple(state.value for state in InterestState),
    initial="expressed",
    moves=(
        Move("revise", "expressed", to="expressed", says="by its group, before the deadline"),
        Move("judge", "expressed", to="judged", says="each answer passes or fails, with reasons"),
        Move("withdraw", "expressed", "judged", to="withdrawn", says="its group takes it back"),
    ),
)
PASSED: Final = (Verdict.PASS, Verdict.PASS_WITH_CAVEATS)


@fact
class AlreadyInterested(UserError):
    says = "It has said that it is interested: revise that, or withdraw it first."


@fact
class NoSuchQuestion(UserError):
    says = "{question} is no question of this round, or is answered already."
    question: str


@fact
class AnswersMissing(UserError):
    says = "Answer each question of the round. Unanswered: {questions}."
    questions: tuple[str, ...]


@fact
class AnswerLength(UserError):
    says = "An answer has 1 to {most} characters; that to {question} has {characters}."
    question: str
    most: int
    characters: int


@fact
class InterestsUnjudged(UserError):
    says = "{count} expressions of interest are not judged yet: who is not could bid no more."
    count: int


@fact
class NotBeingJudged(UserError):
    says = (
        "Answers are judged once expressions of interest are closed, before bids are asked for; "
        'the case stands at "{standing}".'
    )
    standing: str


@fact
class CaveatMissing(UserError):
    says = "Write what the caveat is: {question} passes only with one."
    question: str


@fact
class CaveatUnused(UserError):
    says = "{question} has a caveat, and is {verdict}: let it pass with caveats, or leave it out."
    question: str
    verdict: str


@fact
class AnswersUnjudged(UserError):
    says = "Not every answer is judged yet: {questions}."
    questions: tuple[str, ...]


@fact
class QuestionUnknown(UserError):
    says = "{question} is no question of this round, or is judged already."
    question: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an officer makes of one answer."""

    question: str
    verdict: Verdict
    caveat: str = ""


def eoi_verdict(judgements: Iterable[Judgement], questions: Iterable[str]) -> Verdict:
    """The worst of the answers: one that fails fails it all, a caveat is a condition on all.

    Raises QuestionUnknown, AnswersUnjudged, CaveatMissing, CaveatUnused.
    """
    given, left = [*judgements], [*questions]
    for each in given:
        if each.question not in left:
            raise QuestionUnknown(each.question)
        left.remove(each.question)
        with_caveat = each.verdict is Verdict.PASS_WITH_CAVEATS
        if with_caveat and not each.caveat.strip():
            raise CaveatMissing(each.question)
        if each.caveat.strip() and not with_caveat:
            raise CaveatUnused(each.question, each.verdict.value)
    if left:
        raise AnswersUnjudged(tuple(left))
    verdicts = {each.verdict for each in given}
    return next((v for v in reversed(Verdict) if v in verdicts), Verdict.PASS)


def checked_answers(
    given: Iterable[Mapping[str, Any]], questions: Iterable[str]
) -> list[dict[str, str]]:
    """An answer to each question, in the questions' order.

    Raises NoSuchQuestion, AnswerLength, AnswersMissing.
    """
    wanted, found = [*questions], dict[str, str]()
    for each in given:
        question, answer = each["question"], seen(each["answer"], lines=True)
        if question not in wanted or question in found:
            raise NoSuchQuestion(question[:SHOWN])
        if not 1 <= len(answer) <= ANSWER:
            raise AnswerLength(question, ANSWER, len(answer))
        found[question] = answer
    if missing := tuple(question for question in wanted if question not in found):
        raise AnswersMissing(missing)
    return [{"question": question, "answer": found[question]} for question in wanted]
