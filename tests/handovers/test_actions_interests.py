"""Expressions of interest over the API: in time or not, judged by the worst of their answers."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from commonweal.access import Role
from commonweal.handovers.actions_interests import express_interest
from commonweal.handovers.rules import CaseState, DeadlinePassed
from commonweal.handovers.rules_interests import ANSWER
from commonweal.handovers.tables import Case, RoundStage
from commonweal.handovers.tables_interests import ExpressionOfInterest
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.rules_organisations import LegalForm, OrganisationState
from commonweal.people.tables_organisations import Organisation
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance
from tests.handovers.interested import (
    ANSWERS,
    EOI,
    INTEREST,
    QUESTIONS,
    a_listed_case,
    an_owner,
    express,
    expressed,
)
from tests.handovers.making import ends
from tests.people.signing import Somebody, an_officer_of, refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.safety.townspeople import townspeople

MILLISECOND = timedelta(milliseconds=1)
SOON = {"TRY_AGAIN", "BUSY"}
PASS = [{"question": question, "verdict": "PASS"} for question in QUESTIONS]
READ = """query($case: ID!) { case(id: $case) { interests { totalCount edges { node {
    id state organisation { name } } } } } }"""


async def closed(database: Database, advance: Advance, case: Case) -> None:
    """The stage is over, and the case says so."""
    await advance(ends(EOI) + MILLISECOND - TODAY)
    await Case.filter(id=case.id).update(state=CaseState.EOI_CLOSED)


async def judge(officer: Somebody, interest: str, judgements: Any = PASS) -> dict[str, Any]:
    given = {"interestId": interest, "judgements": judgements}
    return await officer.does("judgeInterest", INTEREST, **given)


@pytest.mark.parametrize("state", [CaseState.LISTED, CaseState.EOI_CLOSED])
async def test_at_the_deadline_instant_a_group_is_in_time_and_a_millisecond_later_it_is_not(
    database: Database, advance: Advance, state: CaseState
) -> None:
    """Invariant 8. Who waited for the case's row may find it closed, and was in time."""
    case = await a_listed_case(database, state=state)
    owner, group = await an_owner(database)
    other, late = await an_owner(database, "bob")
    await advance(ends(EOI) - TODAY)
    interest = await expressed(owner, group, case)
    revise = {"interestId": interest, "answers": ANSWERS}
    assert refused(await owner.does("reviseInterest", **revise)) == []
    await advance(MILLISECOND)
    assert refused(await express(other, late, case)) == ["DEADLINE_PASSED"]
    assert refused(await owner.does("reviseInterest", **revise)) == ["DEADLINE_PASSED"]
    assert await ExpressionOfInterest.all().count() == 1


async def test_who_waits_for_the_case_is_in_time_by_when_the_transaction_began(
    database: Database, advance: Advance
) -> None:
    """Invariant 8. SQLite lets nobody begin meanwhile: there whoever waits begins later."""
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    viewer = await owner.viewer()
    body = read_id("org", group) or 0
    held, begun = asyncio.Event(), asyncio.Event()

    async def waits(tx: Transaction) -> None:
        begun.set()
        given: dict[str, Any] = {"organisation_id": body, "case_id": case.id, "answers": ANSWERS}
        await express_interest(tx, viewer, **given)

    async def holds(tx: Transaction) -> None:
        await Case.select_for_update(no_key=True).get(id=case.id)
        held.set()
        if database.engine == "postgresql":
            await begun.wait()
            await asyncio.sleep(0.05)  # until it waits for the row
            await advance(MILLISECOND)
        await Case.filter(id=case.id).update(state=CaseState.EOI_CLOSED)

    async def meanwhile() -> None:
        await held.wait()
        await in_transaction(database, waits)

    await advance(ends(EOI) - TODAY)
    await asyncio.gather(in_transaction(database, holds), meanwhile())
    assert await ExpressionOfInterest.all().count() == 1
    await advance(MILLISECOND)
    with pytest.raises(DeadlinePassed):
        await in_transaction(database, waits)


async def test_a_round_may_take_none_and_a_case_that_is_not_listed_takes_none(
    database: Database,
) -> None:
    owner, group = await an_owner(database)
    invited = await a_listed_case(database, state=CaseState.BUSINESS_CASE)
    assert refused(await express(owner, group, invited)) == ["NOT_TAKEN"]
    await RoundStage.filter(round_id=invited.round_id, stage=EOI).delete()
    assert refused(await express(owner, group, invited)) == ["STAGE_NOT_HELD"]
    unoffered = await a_listed_case(database, state=CaseState.PROPOSED, round_id=None)
    assert refused(await express(owner, group, unoffered)) == ["STAGE_NOT_HELD"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([], "ANSWERS_MISSING"),
        (ANSWERS[:1], "ANSWERS_MISSING"),
        ([*ANSWERS, ANSWERS[0]], "NO_SUCH_QUESTION"),
        ([*ANSWERS, {"question": "x" * 10_000, "answer": "x"}], "NO_SUCH_QUESTION"),
        ([ANSWERS[0], ANSWERS[1] | {"answer": " \n "}], "ANSWER_LENGTH"),
        ([ANSWERS[0], ANSWERS[1] | {"answer": "x" * (ANSWER + 1)}], "ANSWER_LENGTH"),
    ],
)
async def test_every_question_is_answered_once_and_not_at_any_length(
    database: Database, answers: Any, code: str
) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    payload = await express(owner, group, case, answers)
    assert refused(payload) == [code]
    assert len(payload["userErrors"][0]["message"]) < 300


async def test_answers_are_kept_in_the_rounds_order_with_their_lines_and_markup(
    database: Database,
) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    text = "<b>We</b>\n& you".ljust(ANSWER, "x")
    answers = [{"question": QUESTIONS[1], "answer": text}, ANSWERS[0]]
    payload = await express(owner, group, case, answers)
    assert payload["interest"]["answers"] == [ANSWERS[0], answers[0]]


async def test_an_asset_passes_to_groups_consortia_and_parishes_that_have_not_ended(
    database: Database,
) -> None:
    case = await a_listed_case(database)
    owner, shop = await an_owner(database, kind="BUSINESS")
    assert refused(await express(owner, shop, case)) == ["GROUP_UNFIT"]
    one = Organisation.filter(id=read_id("org", shop))
    await one.update(legal_form=LegalForm.PARISH_OR_TOWN_COUNCIL)
    assert refused(await express(owner, shop, case)) == []
    group = await a_group(owner, "Friends")
    formed = {"organisationId": group, "name": "All of us"}
    both = await owner.does("formConsortium", "organisation { id }", **formed)
    assert refused(await express(owner, both["organisation"]["id"], case)) == []
    await Organisation.filter(id=read_id("org", group)).update(state=OrganisationState.ENDED)
    assert refused(await express(owner, group, case)) == ["ORGANISATION_ENDED"]


async def test_only_owners_and_coordinators_express_their_own_groups_interest(
    database: Database,
) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    bob, mia = (
        await signed_in(database, "bob@example.org"),
        await signed_in(database, "mia@example.org"),
    )
    assert refused(await express(bob, group, case)) == ["NOT_ALLOWED"]
    await taken_on(owner, group, bob, "bob@example.org", "COORDINATOR")
    await taken_on(owner, group, mia, "mia@example.org")
    assert refused(await express(mia, group, case)) == ["NOT_ALLOWED"]
    interest = await expressed(bob, group, case)
    assert refused(await mia.does("withdrawInterest", interestId=interest)) == ["NOT_ALLOWED"]
    assert refused(await owner.does("withdrawInterest", interestId=interest)) == []


async def test_of_two_members_who_express_at_once_one_stands(database: Database) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    bob = await signed_in(database, "bob@example.org")
    await taken_on(owner, group, bob, "bob@example.org", "COORDINATOR")
    done = await asyncio.gather(*(express(each, group, case) for each in (owner, bob) * 8))
    codes = Counter((refused(each) or ["EXPRESSED"])[0] for each in done)
    assert codes["EXPRESSED"] == 1
    assert codes.keys() <= {"EXPRESSED", "ALREADY_INTERESTED", *SOON}
    assert await ExpressionOfInterest.all().count() == 1


async def test_a_withdrawn_interest_stays_on_record_and_another_may_be_expressed(
    database: Database,
) -> None:
    """Invariant 9."""
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    interest = await expressed(owner, group, case)
    assert refused(await express(owner, group, case)) == ["ALREADY_INTERESTED"]
    payload = await owner.does("withdrawInterest", INTEREST, interestId=interest)
    assert payload["interest"]["state"] == "WITHDRAWN"
    assert refused(await owner.does("withdrawInterest", interestId=interest)) == ["WRONG_STATE"]
    revise = {"interestId": interest, "answers": ANSWERS}
    assert refused(await owner.does("reviseInterest", **revise)) == ["WRONG_STATE"]
    assert await expressed(owner, group, case) != interest
    acts = AuditRecord.filter(subject_id=case.id).order_by("sequence")
    said = [act.action for act in await acts]
    assert said == ["express_interest", "withdraw_interest", "express_interest"]


async def test_an_interest_is_its_groups_and_the_officers_and_for_others_it_is_not_there(
    database: Database,
) -> None:
    """Invariant 35."""
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    other, _ = await an_owner(database, "bob")
    interest = await expressed(owner, group, case)
    officer = await an_officer_of(database, case.council_id)
    variables = {"case": write_id("cas", case.id)}
    for who, count in ((owner, 1), (officer, 1), (other, 0)):
        found = (await who.asks(READ, **variables))["case"]["interests"]
        assert (found["totalCount"], len(found["edges"])) == (count, count)
    nothing = write_id("eoi", 5)
    for name, more in (("withdrawInterest", {}), ("judgeInterest", {"judgements": PASS})):
        answers = [await other.does(name, interestId=each, **more) for each in (interest, nothing)]
        assert answers[0] == answers[1]
        assert refused(answers[0]) == ["NOT_FOUND"]


async def test_answers_are_judged_when_the_stage_is_over_and_not_before_or_after(
    database: Database, advance: Advance
) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    interest = await expressed(owner, group, case)
    officer = await an_officer_of(database, case.council_id)
    await advance(ends(EOI) - TODAY)
    assert refused(await judge(officer, interest)) == ["STAGE_NOT_OVER"]
    await advance(MILLISECOND)
    assert refused(await judge(officer, interest)) == ["NOT_BEING_JUDGED"]
    await Case.filter(id=case.id).update(state=CaseState.BUSINESS_CASE)
    assert refused(await judge(officer, interest)) == ["NOT_BEING_JUDGED"]
    await Case.filter(id=case.id).update(state=CaseState.EOI_CLOSED)
    assert refused(await judge(officer, interest)) == []
    assert refused(await judge(officer, interest)) == ["WRONG_STATE"]


VERDICTS = ("PASS", "PASS_WITH_CAVEATS", "FAIL")


async def test_the_worst_answer_is_the_verdict_and_the_group_is_told_each_caveat(
    database: Database, advance: Advance
) -> None:
    case = await a_listed_case(database)
    officer = await an_officer_of(database, case.council_id)
    pairs = list(product(VERDICTS, VERDICTS))
    asked = []
    for index in range(len(pairs)):
        owner, group = await an_owner(database, f"o{index}")
        asked.append(await expressed(owner, group, case))
    await closed(database, advance, case)
    for index, (interest, pair) in enumerate(zip(asked, pairs, strict=True)):
        judgements = [
            {"question": question, "verdict": verdict}
            | ({"caveat": f"Be <registered> by {n}."} if verdict == VERDICTS[1] else {})
            for n, (question, verdict) in enumerate(zip(QUESTIONS, pair, strict=True))
        ]
        payload = await judge(officer, interest, judgements)
        worst = max(pair, key=VERDICTS.index)
        assert payload["interest"]["verdict"] == worst
        letter = await Message.get(kind="interest_judged", to_address=f"o{index}@example.org")
        assert ("not invited" in letter.body) is (worst == "FAIL")
        assert letter.body.count("Caveat: Be <registered>") == pair.count(VERDICTS[1])
        assert ("on the conditions" in letter.body) is (worst == VERDICTS[1])


@pytest.mark.parametrize(
    ("judgements", "code"),
    [
        (PASS[:1], "ANSWERS_UNJUDGED"),
        ([*PASS, PASS[0]], "QUESTION_UNKNOWN"),
        ([PASS[0], PASS[1] | {"verdict": "PASS_WITH_CAVEATS"}], "CAVEAT_MISSING"),
        ([PASS[0], PASS[1] | {"verdict": "PASS_WITH_CAVEATS", "caveat": " "}], "CAVEAT_MISSING"),
        ([PASS[0], PASS[1] | {"caveat": "But"}], "CAVEAT_UNUSED"),
        (
            [PASS[0], PASS[1] | {"verdict": "PASS_WITH_CAVEATS", "caveat": "x" * 1_001}],
            "TEXT_TOO_LONG",
        ),
    ],
)
async def test_a_caveat_goes_with_its_verdict_and_each_answer_is_judged(
    database: Database, advance: Advance, judgements: Any, code: str
) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    interest = await expressed(owner, group, case)
    await closed(database, advance, case)
    officer = await an_officer_of(database, case.council_id)
    assert refused(await judge(officer, interest, judgements)) == [code]


async def test_nobody_judges_a_group_of_their_own_nor_a_consortium_that_theirs_is_in(
    database: Database, advance: Advance
) -> None:
    """Invariant 13."""
    town = await townspeople(database)
    case = await a_listed_case(database)
    formed = {"organisationId": town.group, "name": "All of us"}
    made = await town["olga"].does("formConsortium", "organisation { id }", **formed)
    both = made["organisation"]["id"]
    ours = [await expressed(town["olga"], each, case) for each in (town.group, both)]
    await town.joins("vera", town.group, Role.MEMBER)
    await closed(database, advance, case)
    for interest in ours:
        assert refused(await judge(town["vera"], interest)) == ["NOT_YOURS_TO_JUDGE"]
        assert refused(await judge(town["boris"], interest)) == ["NOT_FOUND"]
        assert refused(await judge(town["victor"], interest)) == []


async def test_of_those_who_judge_at_once_one_does_and_one_letter_goes_out(
    database: Database, advance: Advance
) -> None:
    """Invariant 37."""
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    interest = await expressed(owner, group, case)
    await closed(database, advance, case)
    officer = await an_officer_of(database, case.council_id)
    fail = [each | {"verdict": "FAIL"} for each in PASS]
    done = await asyncio.gather(*(judge(officer, interest, each) for each in (PASS, fail) * 8))
    codes = Counter((refused(each) or ["JUDGED"])[0] for each in done)
    assert codes["JUDGED"] == 1
    assert codes.keys() <= {"JUDGED", "WRONG_STATE", "BUSY"}
    assert await Message.filter(kind="interest_judged").count() == 1
    assert await AuditRecord.filter(action="judge_interest").count() == 1


async def test_who_judged_is_in_the_audit_by_id_and_nothing_that_was_answered(
    database: Database, advance: Advance
) -> None:
    """Invariant 29."""
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    interest = await expressed(owner, group, case)
    await closed(database, advance, case)
    officer = await an_officer_of(database, case.council_id)
    await judge(officer, interest)
    act = await AuditRecord.get(action="judge_interest")
    assert act.actor == (await officer.viewer()).name
    assert set(act.facts) == {"state", "asset", "interest", "verdict"}
    assert "Friends" not in str([row.facts for row in await AuditRecord.all()])
