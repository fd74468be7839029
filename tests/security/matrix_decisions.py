"""Decisions, breaches and appeals of the access matrix."""

from typing import Any, Final

from commonweal.handovers.tables import Case
from commonweal.handovers.tables_decisions import Award, Breach, CaseAppeal, Decision
from commonweal.store.transaction import Transaction
from tests.security.matrix_bids import a_case, a_round
from tests.security.sides import DAY, Maker, Row, Side


async def _case(tx: Transaction, side: Side) -> int:
    """One for all of a council's: the matrix reads lists of a page."""
    found = await Case.filter(council_id=side.council).first()
    return found.id if found else await a_case(tx, side, await a_round(tx, side))


async def a_decision(tx: Transaction, case_id: int, **more: Any) -> int:
    """One that was set aside, since of a case one stands."""
    number = tx.new_id()
    values: dict[str, Any] = {"case_id": case_id, "rules": (await Case.get(id=case_id)).rules}
    values["number"] = await Decision.filter(case_id=case_id).count() + 1
    await Decision.create(id=number, set_aside_at=tx.now, **values, **more)
    return number


async def decision(tx: Transaction, side: Side) -> Row:
    number = await a_decision(tx, await _case(tx, side))
    return Row.of("dec", number, council=side.council, published=False)


async def published(tx: Transaction, side: Side) -> Row:
    number = await a_decision(tx, await _case(tx, side), decided_at=tx.now - DAY)
    return Row.of("dec", number, council=side.council, published=True)


async def breach(tx: Transaction, side: Side) -> Row:
    """Of what a group was awarded."""
    case_id = await a_case(tx, side, await a_round(tx, side))  # of a case one award is live
    number, day = tx.new_id(), tx.now.date()
    of: dict[str, Any] = {"case_id": case_id, "decision_id": await a_decision(tx, case_id)}
    given: dict[str, Any] = {"instrument": "LICENCE", "rivalry": "occupation", "since": day}
    await Award.create(
        id=tx.new_id(), organisation_id=side.organisation, parts=[], until=day + DAY, **of, **given
    )
    await Breach.create(id=number, case_id=case_id, text="x", found_on=day)
    return Row.of("bre", number, holders=side.organisation, council=side.council)


async def appeal(tx: Transaction, side: Side) -> Row:
    """A decided one, since of a bidder's one is open."""
    number = tx.new_id()
    said: dict[str, Any] = {"case_id": await _case(tx, side), "grounds": "x", "made_at": tx.now}
    said["decided_at"] = tx.now
    await CaseAppeal.create(id=number, organisation_id=side.organisation, **said)
    return Row.of("cap", number, bidders=side.organisation, council=side.council)


DECISIONS: Final[dict[str, list[Maker]]] = {
    "Breach": [breach],
    "CaseAppeal": [appeal],
    "Decision": [decision, published],
}
