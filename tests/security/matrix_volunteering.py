"""Opportunities, shifts and sign-ups of the access matrix."""

from datetime import timedelta
from typing import Any, Final

from commonweal.store.transaction import Transaction
from commonweal.volunteering.rules import Cause, OpportunityState, SignUpState
from commonweal.volunteering.rules_hours import ClaimState
from commonweal.volunteering.tables import HoursClaim, Opportunity, Shift, ShiftRole, SignUp
from tests.security.sides import DAY, Maker, Row, Side

OPEN: Final = OpportunityState.OPEN


async def an_opportunity(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"title": "x", "description": "x", "cause": Cause.OTHER}
    values |= {"organisation_id": side.organisation, "council_id": side.council}
    await Opportunity.create(id=number, state=state, created_at=tx.now, **values)
    return number


async def a_shift(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> int:
    number, of = tx.new_id(), await an_opportunity(tx, side, state)
    begins = tx.now + DAY
    times: dict[str, Any] = {"starts_at": begins, "ends_at": begins + timedelta(hours=1)}
    await Shift.create(id=number, opportunity_id=of, **times)
    return number


async def a_role(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> ShiftRole:
    values: dict[str, Any] = {"id": tx.new_id(), "name": "x", "places": 9}
    return await ShiftRole.create(shift_id=await a_shift(tx, side, state), **values)


def of(kind: str, state: OpportunityState) -> Maker:
    """Something of an opportunity in a state."""

    async def made(tx: Transaction, side: Side) -> Row:
        makers = {"opp": an_opportunity, "shf": a_shift}
        if kind == "rol":
            number = (await a_role(tx, side, state)).id
        else:
            number = await makers[kind](tx, side, state)
        return Row.of(kind, number, shown=state is OPEN, organisation=side.organisation)

    return made


async def sign_up(tx: Transaction, side: Side) -> Row:
    role, number = await a_role(tx, side), tx.new_id()
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    values |= {"person_id": side.person, "state": SignUpState.SIGNED_UP, "place": 1}
    await SignUp.create(id=number, **values)
    return Row.of("sgn", number, person=side.person, organisation=side.organisation)


async def claim(tx: Transaction, side: Side) -> Row:
    role, number, signed = await a_role(tx, side), tx.new_id(), tx.new_id()
    belongs: dict[str, Any] = {"shift_id": role.shift_id, "person_id": side.person}
    at: dict[str, Any] = {"at": tx.now, "came_at": tx.now, "went_at": tx.now}
    state = SignUpState.CHECKED_OUT
    await SignUp.create(id=signed, role_id=role.id, state=state, place=1, **belongs, **at)
    values: dict[str, Any] = {"minutes": 10, "state": ClaimState.SUBMITTED}
    values |= {"sign_up_id": signed, "submitted_at": tx.now}
    await HoursClaim.create(id=number, **values, **belongs)
    return Row.of("hrs", number, person=side.person, organisation=side.organisation)


BOTH: Final = (OpportunityState.DRAFT, OPEN)
VOLUNTEERING: Final[dict[str, list[Maker]]] = {
    "HoursClaim": [claim],
    "Opportunity": [of("opp", state) for state in BOTH],
    "Shift": [of("shf", state) for state in BOTH],
    "ShiftRole": [of("rol", state) for state in BOTH],
    "SignUp": [sign_up],
}
