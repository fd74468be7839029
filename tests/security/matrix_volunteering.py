"""Opportunities, shifts and sign-ups of the access matrix."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from commonweal.kernel.ids import write_id
from commonweal.places.coordinates import point
from commonweal.store.transaction import Transaction
from commonweal.volunteering.rules import OpportunityState
from commonweal.volunteering.rules_applications import ApplicationState
from commonweal.volunteering.rules_expenses import ExpenseState
from commonweal.volunteering.rules_hours import ClaimState, Evidence, ItemDecision
from commonweal.volunteering.rules_signups import SignUpState
from commonweal.volunteering.tables import Opportunity, Series, Shift, ShiftRole
from commonweal.volunteering.tables_emergency import EmergencyContact
from commonweal.volunteering.tables_expenses import Expense
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_recognition import Certificate
from commonweal.volunteering.tables_signups import (
    Application,
    ApplicationReference,
    AttendanceItem,
    Qualification,
    SignUp,
    StandingSignUp,
)
from tests.security.sides import DAY, Maker, Row, Side

OPEN: Final = OpportunityState.OPEN


async def an_opportunity(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"title": "x", "description": "x", "cause": "Environment"}
    values |= {"organisation_id": side.organisation, "council_id": side.council}
    values |= {"address": "x", "location": point(longitude=-2.0, latitude=51.9), "reason": "x"}
    dated: dict[str, Any] = dict.fromkeys(("created_at", "modified_at", "touched_at"), tx.now)
    if state is not OpportunityState.DRAFT:
        dated["published_at"] = tx.now
    await Opportunity.create(id=number, state=state, **dated, **values)
    return number


async def a_shift(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> int:
    number, of = tx.new_id(), await an_opportunity(tx, side, state)
    begins = tx.now + DAY
    ends = begins + timedelta(hours=1)
    times: dict[str, Any] = {"starts_at": begins, "ends_at": ends, "free_at": ends, "part": "x"}
    await Shift.create(id=number, opportunity_id=of, **times)
    return number


async def a_series(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> int:
    number, of = tx.new_id(), await an_opportunity(tx, side, state)
    values: dict[str, Any] = {"rule": "FREQ=DAILY", "starts_on": tx.now.date(), "roles": []}
    await Series.create(id=number, opportunity_id=of, starts_minute=0, minutes=9, **values)
    return number


async def a_role(tx: Transaction, side: Side, state: OpportunityState = OPEN) -> ShiftRole:
    values: dict[str, Any] = {"id": tx.new_id(), "name": "x", "places": 9}
    return await ShiftRole.create(shift_id=await a_shift(tx, side, state), **values)


def of(kind: str, state: OpportunityState) -> Maker:
    """Something of an opportunity in a state."""

    async def made(tx: Transaction, side: Side) -> Row:
        makers = {"opp": an_opportunity, "shf": a_shift, "srs": a_series}
        if kind == "rol":
            number = (await a_role(tx, side, state)).id
        else:
            number = await makers[kind](tx, side, state)
        whose = {"organisation": side.organisation, "council": side.council, "comers": None}
        return Row.of(kind, number, shown=state is OPEN, **whose)

    return made


async def sign_up(tx: Transaction, side: Side) -> Row:
    role, number = await a_role(tx, side), tx.new_id()
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    values |= {"person_id": side.person, "state": SignUpState.SIGNED_UP, "place": 1}
    await SignUp.create(id=number, **values)
    whose = {"organisation": side.organisation, "adults": None, "reserver": None}
    return Row.of("sgn", number, person=side.person, **whose)


async def reserved(tx: Transaction, side: Side) -> Row:
    """A place that a group has, in a shift of another organisation, and nobody yet."""
    role, number = await a_role(tx, replace(side, organisation=side.hidden)), tx.new_id()
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    values |= {"reserved_for_id": side.organisation, "state": SignUpState.SIGNED_UP, "place": 1}
    await SignUp.create(id=number, **values)
    whose = {"organisation": side.hidden, "adults": None, "person": None}
    return Row.of("sgn", number, reserver=side.organisation, **whose)


async def joined(tx: Transaction, side: Side) -> Row:
    """An opportunity in which somebody has a place."""
    role, number = await a_role(tx, side), tx.new_id()
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    values |= {"person_id": side.person, "state": SignUpState.SIGNED_UP, "place": 1}
    await SignUp.create(id=number, **values)
    of = (await Shift.get(id=role.shift_id)).opportunity_id
    whose = {"organisation": side.organisation, "council": side.council}
    return Row.of("opp", of, shown=True, comers=side.person, **whose)


async def worked(tx: Transaction, shift_id: int) -> dict[str, Any]:
    """What a claim of hours says of ten minutes of a shift."""
    shift = await Shift.get(id=shift_id)
    values: dict[str, Any] = {"opportunity_id": shift.opportunity_id, "shift_id": shift.id}
    values |= {"starts_at": shift.starts_at, "ends_at": shift.ends_at, "submitted_at": tx.now}
    values |= {"minutes": 10, "credited_minutes": 10, "multiplier": 100}
    return values | {"evidence": Evidence.CODE}


async def application(tx: Transaction, side: Side) -> Row:
    number = await an_application(tx, side)
    return Row.of("apn", number, person=side.person, organisation=side.organisation)


async def an_application(tx: Transaction, side: Side) -> int:
    number, of = tx.new_id(), await an_opportunity(tx, side)
    values: dict[str, Any] = {"answers": [], "state": ApplicationState.APPLIED, "at": tx.now}
    await Application.create(id=number, opportunity_id=of, person_id=side.person, **values)
    return number


async def reference(tx: Transaction, side: Side) -> Row:
    number, of = tx.new_id(), await an_application(tx, side)
    values: dict[str, Any] = {"words": "x", "recorded_by_id": side.person, "at": tx.now}
    values["person_id"] = side.person
    await ApplicationReference.create(id=number, application_id=of, **values)
    return Row.of("rfc", number, organisation=side.organisation)


async def qualification(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    values: dict[str, Any] = {"term_id": 1, "at": tx.now, "organisation_id": side.organisation}
    await Qualification.create(id=number, person_id=side.person, **values)
    return Row.of("qlf", number, person=side.person, organisation=side.organisation)


async def standing(tx: Transaction, side: Side) -> Row:
    number, of = tx.new_id(), await a_series(tx, side)
    values: dict[str, Any] = {"person_id": side.person, "role_name": "x", "at": tx.now}
    await StandingSignUp.create(id=number, series_id=of, **values)
    return Row.of("stn", number, person=side.person, organisation=side.organisation)


async def expense(tx: Transaction, side: Side) -> Row:
    role, number, signed = await a_role(tx, side), tx.new_id(), tx.new_id()
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    await SignUp.create(id=signed, person_id=side.person, state=SignUpState.CHECKED_OUT, **values)
    paid: dict[str, Any] = {"pence": 100, "what": "x", "state": ExpenseState.SUBMITTED}
    paid |= {"organisation_id": side.organisation, "person_id": side.person}
    await Expense.create(id=number, sign_up_id=signed, submitted_at=tx.now, **paid)
    whose = {"organisation": side.organisation, "adults": None}
    return Row.of("exp", number, person=side.person, **whose)


async def item(tx: Transaction, side: Side) -> Row:
    role, number, signed = await a_role(tx, side), tx.new_id(), tx.new_id()
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    await SignUp.create(id=signed, state=SignUpState.CANCELLED, **values)
    noted: dict[str, Any] = {"client_id": "x", "sign_up_id": signed, "arrived": True}
    noted |= {"at": tx.now, "received_at": tx.now, "decision": ItemDecision.ACCEPTED}
    await AttendanceItem.create(id=number, shift_id=role.shift_id, **noted)
    return Row.of("atn", number, organisation=side.organisation)


async def claim(tx: Transaction, side: Side) -> Row:
    role, number, signed = await a_role(tx, side), tx.new_id(), tx.new_id()
    belongs: dict[str, Any] = {"person_id": side.person}
    at: dict[str, Any] = {"at": tx.now, "came_at": tx.now, "went_at": tx.now}
    at["shift_id"] = role.shift_id
    state = SignUpState.CHECKED_OUT
    await SignUp.create(id=signed, role_id=role.id, state=state, place=1, **belongs, **at)
    values = await worked(tx, role.shift_id)
    values |= {"sign_up_id": signed, "state": ClaimState.SUBMITTED}
    await HoursClaim.create(id=number, **values, **belongs)
    whose = {"organisation": side.organisation, "adults": None}
    return Row.of("hrs", number, person=side.person, **whose)


async def certificate(tx: Transaction, side: Side) -> Row:
    role = await a_role(tx, side)
    number = await a_certificate(tx, side.person, role.shift_id)
    return Row.of("crt", number, person=side.person)


async def a_certificate(tx: Transaction, person: int, shift_id: int) -> int:
    """Of ten minutes with whose shift it is."""
    number, day, shift = tx.new_id(), tx.now.date(), await Shift.get(id=shift_id)
    of = await Opportunity.get(id=shift.opportunity_id)
    values: dict[str, Any] = {"organisation_id": of.organisation_id, "organisation_name": "x"}
    values |= {"since": day, "until": day, "begins_at": tx.now, "over_at": tx.now}
    values |= {"minutes": 10, "shifts": 1, "code": write_id("x", number)[-14:]}
    await Certificate.create(id=number, person_id=person, name="x", issued_at=tx.now, **values)
    return number


async def emergency_contact(tx: Transaction, side: Side) -> Row:
    """Of somebody who has a place in a shift that begins in an hour."""
    role, number = await a_role(tx, side), tx.new_id()
    await Shift.filter(id=role.shift_id).update(starts_at=tx.now + timedelta(hours=1))
    values: dict[str, Any] = {"role_id": role.id, "shift_id": role.shift_id, "at": tx.now}
    values |= {"person_id": side.person, "state": SignUpState.SIGNED_UP, "place": 1}
    await SignUp.create(id=tx.new_id(), **values)
    said: dict[str, Any] = {"name": "x", "phone": "1", "set_at": tx.now}
    await EmergencyContact.create(id=number, person_id=side.person, **said)
    return Row.of("emc", number, person=side.person, adults=None, host=side.organisation)


BOTH: Final = (OpportunityState.DRAFT, OPEN)
VOLUNTEERING: Final[dict[str, list[Maker]]] = {
    "Application": [application],
    "ApplicationReference": [reference],
    "AttendanceItem": [item],
    "Certificate": [certificate],
    "EmergencyContact": [emergency_contact],
    "Expense": [expense],
    "HoursClaim": [claim],
    "Opportunity": [joined, *(of("opp", state) for state in BOTH)],
    "Qualification": [qualification],
    "Series": [of("srs", state) for state in BOTH],
    "Shift": [of("shf", state) for state in BOTH],
    "ShiftRole": [of("rol", state) for state in BOTH],
    "SignUp": [sign_up, reserved],
    "StandingSignUp": [standing],
}
