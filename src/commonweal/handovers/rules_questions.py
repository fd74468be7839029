"""What anybody asks about a case, and the documents that its council publishes. Pure.

A question is answered to everybody or to nobody (design note: assets, 2.1).
"""

from datetime import date
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept

kept(
    "questions about cases",
    None,
    date(2026, 11, 23),
    "all bidders were told; who asked, until they are erased",
)

QUESTION: Final = limit("question about a case", 2_000, "characters", "a page").value
REPLY: Final = limit("answer about a case", 8_000, "characters", "what a surveyor wrote").value
QUESTIONS: Final = limit(
    "questions of a person in a day", 20, "questions", "all that one has, and nobody is flooded"
)
DOCUMENTS: Final = limit("documents of a case", 100, "documents", "a page of a list")
ASKABLE: Final = frozenset({"proposed", "listed", "eoi_closed", "business_case"})  # CaseState


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


def check_askable(state: str) -> None:
    """Raises QuestionsClosed."""
    if state not in ASKABLE:
        raise QuestionsClosed(state.replace("_", " "))
