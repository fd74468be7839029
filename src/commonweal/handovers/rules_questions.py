"""What is asked about a case, and what is answered: by groups, by anybody, by its council. Pure.

An expression of interest answers each question of its round; what an officer makes of the answers
says rules_bidders. A question is answered to everybody or to nobody (design note: assets, 2.1).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import ends, kept
from commonweal.kernel.texts import seen

SINCE: Final = date(2026, 11, 23)
kept(
    "questions about cases", None, SINCE, "all bidders were told; who asked, until they are erased"
)
kept("scorers", None, SINCE, "a decision stands on their scores: by number alone")
kept("decisions of cases", None, SINCE, "a council's decisions: who decided by number alone")
ends("watches", None, SINCE, "when whose they are ends them or is erased")

ANSWER: Final = limit(
    "answer of an expression of interest", 4_000, "characters", "two pages; a business case is not"
).value
CAVEAT: Final = limit("caveat of an answer", 1_000, "characters", "a paragraph").value
QUESTION: Final = limit("question about a case", 2_000, "characters", "a page").value
REPLY: Final = limit("answer about a case", 8_000, "characters", "what a surveyor wrote").value
QUESTIONS: Final = limit(
    "questions of a person in a day", 20, "questions", "all that one has, and nobody is flooded"
)
DOCUMENTS: Final = limit("documents of a case", 100, "documents", "a page of a list")
WATCHES: Final = limit("assets that a person watches", 100, "assets", "a ward's; a page of a list")
SHOWN: Final = 60  # characters of a question that a refusal repeats
GROUPS: Final = frozenset({"COMMUNITY_GROUP", "CONSORTIUM"})  # OrganisationKind
PARISH: Final = "PARISH_OR_TOWN_COUNCIL"  # LegalForm
ASKABLE: Final = frozenset({"proposed", "listed", "eoi_closed", "business_case"})  # CaseState


@fact
class GroupUnfit(UserError):
    says = "An asset passes to a community group, a consortium, or a parish; this is a {kind}."
    kind: str


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
class NotBeingJudged(UserError):
    says = (
        "Answers are judged once expressions of interest are closed, before bids are asked for; "
        'the case stands at "{standing}".'
    )
    standing: str


@fact
class TextLength(UserError):
    says = "This text has 1 to {most} characters; yours has {characters}."
    most: int
    characters: int


@fact
class QuestionsClosed(UserError):
    says = 'No answer would reach all bidders in time: the case stands at "{standing}".'
    standing: str


@fact
class TooManyQuestions(UserError):
    says = "You asked {most} questions within a day. Go on tomorrow."
    most: int


@fact
class QuestionAnswered(UserError):
    says = "This question is answered already, and all have read it."


@fact
class NotYourFile(UserError):
    says = "Publish a file that you uploaded yourself: of another's you are not the one to say."


@fact
class DocumentPublished(UserError):
    says = "This file is one of its documents already."


@fact
class TooManyDocuments(UserError):
    says = "A case has at most {most} documents."
    most: int


@fact
class TooManyWatches(UserError):
    says = "You watch {most} assets. Leave one that you no longer care about."
    most: int


def check_group(kind: str, legal_form: str | None) -> None:
    """Who may be given an asset. Raises GroupUnfit."""
    if kind not in GROUPS and legal_form != PARISH:
        raise GroupUnfit(kind.replace("_", " ").lower())


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


def checked_lines(text: str, most: int) -> str:
    """A text that is not empty. Raises TextLength."""
    clean = seen(text, lines=True)
    if not 1 <= len(clean) <= most:
        raise TextLength(most, len(clean))
    return clean


def check_askable(state: str) -> None:
    """Raises QuestionsClosed."""
    if state not in ASKABLE:
        raise QuestionsClosed(state.replace("_", " "))
