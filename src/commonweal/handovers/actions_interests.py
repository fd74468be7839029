"""Who is interested in a case: expressing, revising, withdrawing, judging.

Whatever waits for a case's row is in time by the instant at which its transaction began.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.actions_organisations import tell_owners
from commonweal.people.rules_organisations import checked_text
from commonweal.people.tables_organisations import Organisation
from commonweal.safety.rules import NotYoursToJudge
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .cases import bodies_behind, locked, say, timetable_of
from .rules import CaseState, Stage, StageNotHeld, check_over, check_taken, end_of
from .rules_bidders import check_group
from .rules_interests import (
    CAVEAT,
    INTEREST,
    AlreadyInterested,
    InterestState,
    Judgement,
    NotBeingJudged,
    Verdict,
    checked_answers,
    eoi_verdict,
)
from .tables import Case, Round
from .tables_interests import ExpressionOfInterest


async def express_interest(
    tx: Transaction,
    viewer: Viewer,
    *,
    organisation_id: int,
    case_id: int,
    answers: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Say that our group is interested in a case, with an answer to each of the round's questions.

    A group has one that stands; it may be revised, or withdrawn and made anew, until the deadline.
    """
    case = await locked(case_id)
    await _check_taken(tx, case)
    group = await locked_organisation(organisation_id)
    check_group(group.kind, group.legal_form)
    checked = checked_answers(answers, await _questions(case))
    standing = ExpressionOfInterest.filter(case_id=case.id, organisation_id=group.id)
    if await standing.exclude(state=InterestState.WITHDRAWN).exists():
        raise AlreadyInterested
    row = await ExpressionOfInterest.create(  # once: the case is ours, and an index sees to it
        id=tx.new_id(),
        case_id=case.id,
        organisation_id=group.id,
        state=InterestState(INTEREST.initial),
        answers=checked,
        expressed_at=tx.now,
    )
    await _note(tx, viewer, case, "express_interest", row)
    return {"interest": row.id}


async def revise_interest(
    tx: Transaction, viewer: Viewer, *, interest_id: int, answers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Answer the questions anew, until the deadline."""
    row, case = await _found(interest_id)
    await _check_taken(tx, case)
    await locked_organisation(row.organisation_id)
    checked = checked_answers(answers, await _questions(case))
    await move(row, INTEREST, "revise", answers=checked)
    await _note(tx, viewer, case, "revise_interest", row)
    return {"interest": row.id}


async def withdraw_interest(tx: Transaction, viewer: Viewer, *, interest_id: int) -> dict[str, Any]:
    """Take back that our group is interested; what it answered stays on record."""
    row, case = await _found(interest_id)
    await move(row, INTEREST, "withdraw")
    await _note(tx, viewer, case, "withdraw_interest", row)
    return {"interest": row.id}


async def judge_interest(
    tx: Transaction,
    viewer: Viewer,
    *,
    interest_id: int,
    judgements: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Say of each answer whether it passes, passes with a caveat or fails; the group is told.

    Nobody judges a group of their own, or a consortium that theirs is in (invariant 13).
    """
    row, case = await _found(interest_id)
    ends_at = end_of(await timetable_of(case.round_id), Stage.EOI)
    if ends_at is None:
        raise StageNotHeld
    check_over(Stage.EOI, ends_at, tx.now)
    if case.state is not CaseState.EOI_CLOSED:
        raise NotBeingJudged(case.state.replace("_", " "))
    if await bodies_behind(row.organisation_id) & {*viewer.belongs}:
        raise NotYoursToJudge
    given = [
        Judgement(
            each["question"],
            Verdict(each["verdict"]),
            checked_text(each.get("caveat"), CAVEAT) or "",
        )
        for each in judgements
    ]
    verdict = eoi_verdict(given, [answer["question"] for answer in row.answers])
    kept = [
        {"question": each.question, "verdict": each.verdict.value, "caveat": each.caveat}
        for each in given
    ]
    changes = {"judgements": kept, "verdict": verdict, "judged_at": tx.now}
    await move(row, INTEREST, "judge", **changes)
    await _note(tx, viewer, case, "judge_interest", row, verdict=verdict.value)
    group = await Organisation.get(id=row.organisation_id)
    await tell_owners(tx, group, letters.interest_judged(case.title, verdict, given))
    return {"interest": row.id}


async def _found(interest_id: int) -> tuple[ExpressionOfInterest, Case]:
    """An expression of interest as it is once its case is ours."""
    row = await ExpressionOfInterest.get(id=interest_id)
    case = await locked(row.case_id)
    await row.refresh_from_db()
    return row, case


async def _check_taken(tx: Transaction, case: Case) -> None:
    """Whether a case takes any at the transaction's instant.

    Raises StageNotHeld, DeadlinePassed, NotTaken.
    """
    check_taken(Stage.EOI, case.state, await timetable_of(case.round_id), tx.now)


async def _questions(case: Case) -> list[str]:
    found: list[str] = (await Round.get(id=case.round_id)).questions
    return found


async def _note(
    tx: Transaction,
    viewer: Viewer,
    case: Case,
    action: str,
    row: ExpressionOfInterest,
    **facts: str,
) -> None:
    await say(tx, viewer, case, action, interest=write_id("eoi", row.id), **facts)
