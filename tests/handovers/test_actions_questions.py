"""Questions are answered to everybody, and nobody learns who asked; documents are the officer's."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from commonweal.files.tables import File
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_questions import DOCUMENTS, QUESTION, QUESTIONS
from commonweal.handovers.tables import CaseDocument, CaseQuestion
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.handovers.interested import a_listed_case, number
from tests.people.signing import Somebody, an_officer_of, refused, signed_in

READ = """query($case: ID!) { case(id: $case) { questions { totalCount edges { node {
    id text answer } } } } }"""
DOCUMENTS_READ = """query($case: ID!) { case(id: $case) { documents { edges { node {
    title file { name url } } } } } }"""
SOON = {"TRY_AGAIN", "BUSY"}


async def ask(who: Somebody, case: str, text: str = "Is there asbestos?") -> dict[str, Any]:
    return await who.does("askQuestion", "question { id text }", caseId=case, text=text)


async def asked(who: Somebody, case: str, text: str = "Is there asbestos?") -> str:
    payload = await ask(who, case, text)
    assert refused(payload) == []
    found: str = payload["question"]["id"]
    return found


async def seen(who: Somebody, case: str) -> list[dict[str, Any]]:
    found = (await who.asks(READ, case=case))["case"]["questions"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"] for edge in found["edges"]]


async def test_an_unanswered_question_is_not_there_but_for_who_asked_and_officers(
    database: Database,
) -> None:
    """Invariant 35."""
    case = await a_listed_case(database)
    ada, bob = [await signed_in(database, f"{name}@example.org") for name in ("ada", "bob")]
    officer = await an_officer_of(database, case.council_id)
    question = await asked(ada, number(case))
    assert [len(await seen(who, number(case))) for who in (ada, officer, bob)] == [1, 1, 0]
    answers = [
        await bob.does("answerQuestion", questionId=each, answer="No.")
        for each in (question, write_id("que", 5))
    ]
    given: dict[str, Any] = {"answer": "No."}
    assert refused(await ada.does("answerQuestion", questionId=question, **given)) != []
    assert answers[0] == answers[1]
    assert await CaseQuestion.filter(answered_at__isnull=True).count() == 1


async def test_an_answer_goes_to_everybody_and_says_nothing_of_who_asked(
    database: Database,
) -> None:
    case = await a_listed_case(database)
    ada = await signed_in(database, "ada@example.org")
    me = write_id("per", (await ada.viewer()).id or 0)
    officer = await an_officer_of(database, case.council_id)
    question = await asked(ada, number(case), "<script>alert(1)</script>")
    given = {"questionId": question, "answer": "<b>No</b>, we looked."}
    assert refused(await officer.does("answerQuestion", **given)) == []
    assert refused(await officer.does("answerQuestion", **given)) == ["QUESTION_ANSWERED"]
    public = await data(database, READ, {"case": number(case)})
    [edge] = public["case"]["questions"]["edges"]
    wanted = {"id": question, "text": "<script>alert(1)</script>", "answer": given["answer"]}
    assert edge["node"] == wanted
    history = "query($id: ID!) { case(id: $id) { history { edges { node { actor action } } } } }"
    acts = str(await officer.asks(history, id=number(case)))
    assert "answer_question" in acts
    assert me not in acts


async def test_of_those_who_answer_at_once_one_does(database: Database) -> None:
    """Invariant 37."""
    case = await a_listed_case(database)
    question = await asked(await signed_in(database, "ada@example.org"), number(case))
    officer = await an_officer_of(database, case.council_id)
    done = await asyncio.gather(
        *(
            officer.does("answerQuestion", questionId=question, answer=f"Answer {n}.")
            for n in range(16)
        )
    )
    codes = Counter((refused(each) or ["ANSWERED"])[0] for each in done)
    assert codes["ANSWERED"] == 1
    assert codes.keys() <= {"ANSWERED", "QUESTION_ANSWERED", *SOON}


@pytest.mark.parametrize("text", ["", " \n ", "x" * (QUESTION + 1), "x" * 10_000])
async def test_a_question_says_something_and_not_at_any_length(
    database: Database, text: str
) -> None:
    case = await a_listed_case(database)
    ada = await signed_in(database, "ada@example.org")
    assert refused(await ask(ada, number(case), text)) == ["TEXT_LENGTH"]
    await asked(ada, number(case), "x" * QUESTION)


async def test_so_many_questions_a_day_and_none_once_no_answer_would_reach_all(
    database: Database,
) -> None:
    case = await a_listed_case(database)
    late = await a_listed_case(database, state=CaseState.BIDS_CLOSED)
    ada = await signed_in(database, "ada@example.org")
    assert refused(await ask(ada, number(late))) == ["QUESTIONS_CLOSED"]
    for _ in range(QUESTIONS.value):
        await asked(ada, number(case))
    assert refused(await ask(ada, number(case))) == ["TOO_MANY_QUESTIONS"]
    await asked(await signed_in(database, "bob@example.org"), number(case))
    question = {"caseId": number(case), "text": "?"}
    query = """mutation($input: AskQuestionInput!) { askQuestion(input: $input) {
        userErrors { ... on UserError { code } } } }"""
    nobody = await data(database, query, {"input": question})
    assert refused(nobody["askQuestion"]) == ["SIGN_IN_NEEDED"]


async def a_file(database: Database, owner: int, *, public: bool = False) -> str:
    async def work(tx: Transaction) -> File:
        values: dict[str, Any] = {"sha256": "0" * 64, "name": "plan.pdf", "size_bytes": 1}
        values |= {"media_type": "application/pdf", "owner_id": owner, "is_public": public}
        return await File.create(id=tx.new_id(), created_at=tx.now, **values)

    return write_id("fil", (await in_transaction(database, work)).id)


async def test_an_officers_own_file_is_published_and_nobody_elses(database: Database) -> None:
    case = await a_listed_case(database)
    officer = await an_officer_of(database, case.council_id)
    me = (await officer.viewer()).id or 0
    ada = await signed_in(database, "ada@example.org")
    hers = await a_file(database, (await ada.viewer()).id or 0)
    shown = await a_file(database, (await ada.viewer()).id or 0, public=True)
    mine = await a_file(database, me)
    given = {"caseId": number(case), "title": "<i>Plan</i>\nof  it"}
    for file, code in ((hers, "NOT_FOUND"), (shown, "NOT_YOUR_FILE")):
        assert refused(await officer.does("publishDocument", **given, fileId=file)) == [code]
    theirs = await ada.does("publishDocument", **given, fileId=hers)
    assert refused(theirs) == ["NOT_ALLOWED"]
    assert refused(await officer.does("publishDocument", **given, fileId=mine)) == []
    again = await officer.does("publishDocument", **given, fileId=mine)
    assert refused(again) == ["DOCUMENT_PUBLISHED"]
    public = await data(database, DOCUMENTS_READ, {"case": number(case)})
    [edge] = public["case"]["documents"]["edges"]
    assert edge["node"]["title"] == "<i>Plan</i> of it"
    assert edge["node"]["file"] == {"name": "plan.pdf", "url": f"/files/{mine}"}
    assert await File.filter(is_public=False).count() == 1


async def test_a_case_has_so_many_documents_each_with_a_title(database: Database) -> None:
    case = await a_listed_case(database)
    officer = await an_officer_of(database, case.council_id)
    me = (await officer.viewer()).id or 0
    given = {"caseId": number(case), "fileId": await a_file(database, me)}
    for title in ("", "x" * 201):
        payload = await officer.does("publishDocument", **given, title=title)
        assert refused(payload) == ["TEXT_LENGTH"]

    async def fill(tx: Transaction) -> None:
        await CaseDocument.bulk_create(
            CaseDocument(id=n, case_id=case.id, file_id=n, title="x", published_at=tx.now)
            for n in range(1, DOCUMENTS.value + 1)
        )

    await in_transaction(database, fill)
    full = await officer.does("publishDocument", **given, title="x")
    assert refused(full) == ["TOO_MANY_DOCUMENTS"]
