"""Expenses: claimed, decided by somebody else, paid once."""

from typing import Any

from commonweal.access import Viewer
from commonweal.files.tables import File
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.actions_households import at_home
from commonweal.people.actions_organisations import check_person
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move, move_all
from commonweal.store.transaction import Transaction

from .rules import REASON, checked_text
from .rules_expenses import (
    EXPENSE,
    REFERENCE,
    WHAT,
    ExpenseState,
    NoReceipt,
    NothingToPay,
    OwnExpense,
    check_spent,
    checked_pence,
)
from .rules_hours import NotThere
from .rules_signups import THERE
from .tables import Opportunity, Shift
from .tables_expenses import Expense
from .tables_signups import SignUp


async def claim_expense(
    tx: Transaction,
    viewer: Viewer,
    *,
    sign_up_id: int,
    pence: int,
    what: str,
    receipt_id: int | None = None,
) -> dict[str, Any]:
    """Claim what I paid to be there: the fare, or what was bought; with its receipt, if any."""
    row = await SignUp.get(id=sign_up_id)
    if row.state not in THERE or row.person_id is None:
        raise NotThere
    await present(row.person_id)
    shift = await Shift.get(id=row.shift_id)
    check_spent(shift.starts_at, tx.now)
    mine = File.filter(id=receipt_id, owner_id=viewer.id, is_public=False)
    if receipt_id is not None and not await mine.exists():
        raise NoReceipt().at("input", "receiptId")
    expense = await Expense.create(
        id=tx.new_id(),
        organisation_id=(await Opportunity.get(id=shift.opportunity_id)).organisation_id,
        sign_up_id=row.id,
        person_id=row.person_id,
        pence=checked_pence(pence),
        what=checked_text(what, "what", WHAT.value),
        receipt_id=receipt_id,
        state=ExpenseState(EXPENSE.initial),
        submitted_at=tx.now,
    )
    await _say(tx, viewer, expense, "claim_expense", pence=pence)
    return {"expense": expense.id}


async def approve_expense(tx: Transaction, viewer: Viewer, *, expense_id: int) -> dict[str, Any]:
    """Say that it is owed, as somebody else than who paid it."""
    expense = await _to_decide(viewer, expense_id)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now}
    await move(expense, EXPENSE, "approve", **decided)
    await _say(tx, viewer, expense, "approve_expense", pence=expense.pence)
    return {"expense": expense.id}


async def decline_expense(
    tx: Transaction, viewer: Viewer, *, expense_id: int, reason: str
) -> dict[str, Any]:
    """Say why it is not owed."""
    said = checked_text(reason, "reason", REASON.value, lines=True)
    expense = await _to_decide(viewer, expense_id)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "reason": said}
    await move(expense, EXPENSE, "decline", **decided)
    await _say(tx, viewer, expense, "decline_expense")
    return {"expense": expense.id}


async def withdraw_expense(tx: Transaction, viewer: Viewer, *, expense_id: int) -> dict[str, Any]:
    """Take it back, while nobody has decided."""
    expense = await _locked(expense_id)
    await move(expense, EXPENSE, "withdraw")
    await _say(tx, viewer, expense, "withdraw_expense")
    return {"expense": expense.id}


async def pay_expenses(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, reference: str
) -> dict[str, Any]:
    """Say that all that is approved was paid, by which payment: each once."""
    await check_person(viewer)
    said = checked_text(reference, "reference", REFERENCE.value)
    organisation = await locked_organisation(organisation_id)
    owed = Expense.filter(organisation_id=organisation.id, state=ExpenseState.APPROVED)
    ids: Any = await owed.values_list("id", flat=True)
    if not ids:
        raise NothingToPay
    paid = {"paid_by_id": viewer.id, "paid_at": tx.now, "reference": said}
    await move_all(Expense, ids, EXPENSE, "pay", **paid)
    facts = {"reference": said, "expenses": len(ids)}
    await record(tx, viewer.name, [Entry("org", organisation.id, "pay_expenses", facts)])
    return {"organisation": organisation.id, "paid": len(ids)}


async def _to_decide(viewer: Viewer, expense_id: int) -> Expense:
    """Raises OwnExpense."""
    await check_person(viewer)
    expense = await _locked(expense_id)
    if await at_home(viewer, await Person.get(id=expense.person_id)):
        raise OwnExpense
    return expense


async def _locked(expense_id: int) -> Expense:
    return await Expense.select_for_update(no_key=True).get(id=expense_id)


async def _say(
    tx: Transaction, viewer: Viewer, expense: Expense, action: str, **facts: Any
) -> None:
    said = {"expense": write_id("exp", expense.id), **facts}
    await record(tx, viewer.name, [Entry("org", expense.organisation_id, action, said)])
