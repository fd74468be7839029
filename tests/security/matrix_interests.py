"""The handovers' rows of the access matrix: what groups and people say of a case."""

from typing import Any, Final

from commonweal.handovers.cases import as_kept
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_defaults import rules_on
from commonweal.handovers.rules_interests import InterestState
from commonweal.handovers.tables import Case, CaseQuestion
from commonweal.handovers.tables_interests import ExpressionOfInterest
from commonweal.store.transaction import Transaction
from tests.security.sides import Maker, Row, Side


async def a_case(tx: Transaction, side: Side) -> Case:
    """Of a service: it needs no asset."""
    day = tx.now.date()
    of: dict[str, Any] = {"council_id": side.council, "title": "x", "began_on": day}
    of |= {"state": CaseState.PROPOSED, "rules": as_kept(rules_on(day))}
    return await Case.create(id=tx.new_id(), **of)


async def interest(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    belongs: dict[str, Any] = {
        "case_id": (await a_case(tx, side)).id,
        "organisation_id": side.organisation,
    }
    said: dict[str, Any] = {"state": InterestState.EXPRESSED, "answers": []}
    await ExpressionOfInterest.create(id=number, expressed_at=tx.now, **belongs, **said)
    theirs = dict.fromkeys(("organisation", "bidders"), side.organisation)
    return Row.of("eoi", number, council=side.council, **theirs)


def a_question(answered: bool) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number = tx.new_id()
        case = await Case.filter(council_id=side.council).first() or await a_case(tx, side)
        belongs: dict[str, Any] = {"case_id": case.id, "asker_id": side.person}
        said: dict[str, Any] = {"answer": "x", "answered_at": tx.now} if answered else {}
        await CaseQuestion.create(id=number, text="x", asked_at=tx.now, **belongs, **said)
        facts = {"answered": answered, "asker": side.person, "council": side.council}
        return Row.of("que", number, **facts)

    return made


INTERESTS: Final[dict[str, list[Maker]]] = {
    "CaseQuestion": [a_question(answered) for answered in (False, True)],
    "ExpressionOfInterest": [interest],
}
