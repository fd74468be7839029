"""Questions about a case, their answers to everybody, and its documents.

Who asked is told nobody: a question's chain of audit is its own, which nobody reads but whoever
runs the service.
"""

from typing import Any, Final

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.files.actions import publish
from commonweal.files.tables import File
from commonweal.graph.refusals import NotFound
from commonweal.kernel.ids import write_id
from commonweal.people.rules import DAY
from commonweal.people.tries import Tries
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .cases import locked, say
from .rules_questions import (
    DOCUMENTS,
    QUESTION,
    QUESTIONS,
    REPLY,
    DocumentPublished,
    NotYourFile,
    QuestionAnswered,
    TooManyDocuments,
    TooManyQuestions,
    check_askable,
)
from .rules_texts import checked_lines, checked_title
from .tables import Case, CaseDocument, CaseQuestion

ASKING: Final = Tries("questions about cases", QUESTIONS.value, DAY)


async def ask_question(
    tx: Transaction, viewer: Viewer, *, case_id: int, text: str
) -> dict[str, Any]:
    """Ask the council something about a case; the answer goes to all, and nobody learns who asked.

    Until it is answered only I and the council's officers see it.
    """
    assert viewer.id is not None
    text = checked_lines(text, QUESTION, "text")
    case = await Case.get(id=case_id)
    check_askable(case.state)
    if await ASKING.count(tx, str(viewer.id)):
        raise TooManyQuestions(QUESTIONS.value)
    row = await CaseQuestion.create(
        id=tx.new_id(), case_id=case.id, asker_id=viewer.id, text=text, asked_at=tx.now
    )
    # not in the case's chain: officers read that, with whoever acted
    await record(tx, viewer.name, [Entry("que", row.id, "ask_question", {})])
    return {"question": row.id}


async def answer_question(
    tx: Transaction, viewer: Viewer, *, question_id: int, answer: str
) -> dict[str, Any]:
    """Answer a question, once, to everybody: from now on all read both."""
    answer = checked_lines(answer, REPLY, "answer")
    row = await CaseQuestion.get(id=question_id)
    case = await locked(row.case_id)
    changes: dict[str, Any] = {"answer": answer, "answered_at": tx.now}
    unanswered = CaseQuestion.filter(id=row.id, answered_at__isnull=True)
    if await unanswered.update(**changes) != 1:
        raise QuestionAnswered
    await say(tx, viewer, case, "answer_question", question=write_id("que", row.id))
    return {"question": row.id}


async def publish_document(
    tx: Transaction, viewer: Viewer, *, case_id: int, file_id: int, title: str
) -> dict[str, Any]:
    """Put a file of mine among a case's documents: anybody may read it from now on."""
    title = checked_title(title)
    case = await locked(case_id)
    file = await File.select_for_update(no_key=True).get_or_none(id=file_id)
    if file is None:  # its owner was erased a moment ago
        raise NotFound("file").at("input", "fileId")
    if file.owner_id != viewer.id:
        raise NotYourFile().at("input", "fileId")
    if await CaseDocument.filter(case_id=case.id).count() >= DOCUMENTS.value:
        raise TooManyDocuments(DOCUMENTS.value)
    try:
        row = await CaseDocument.create(
            id=tx.new_id(), case_id=case.id, file_id=file.id, title=title, published_at=tx.now
        )
    except IntegrityError as error:
        raise DocumentPublished from error
    await publish(file.id)
    await say(tx, viewer, case, "publish_document", document=write_id("doc", row.id))
    return {"document": row.id, "case": case.id}
