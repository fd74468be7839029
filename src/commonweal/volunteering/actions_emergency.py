"""Whom to call: said of oneself, or of a child in one's care."""

from typing import Any

from commonweal.access import Viewer
from commonweal.people.actions import present
from commonweal.people.actions_households import child_of
from commonweal.people.rules import MAX_PHONE, PhoneUnlikely, checked_phone
from commonweal.people.rules_households import OfAge
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules import checked_text
from .rules_emergency import CALLED
from .tables_emergency import EmergencyContact


async def set_emergency_contact(
    tx: Transaction, viewer: Viewer, *, name: str, phone: str, child_id: int | None = None
) -> dict[str, Any]:
    """Say whom to call if something happens to me, or to a child in my care, at a shift.

    Besides us only its coordinator sees it, around the time of the shift.
    """
    person = await _whose(viewer, child_id)
    said: dict[str, Any] = {"name": checked_text(name, "name", CALLED.value), "set_at": tx.now}
    said["phone"] = checked_phone(phone)
    if said["phone"] is None:
        raise PhoneUnlikely(MAX_PHONE)
    await EmergencyContact.filter(person_id=person.id).delete()
    made = await EmergencyContact.create(id=tx.new_id(), person_id=person.id, **said)
    await _say(tx, viewer, person, "set_emergency_contact")
    return {"contact": made.id}


async def forget_emergency_contact(
    tx: Transaction, viewer: Viewer, *, child_id: int | None = None
) -> dict[str, Any]:
    """Forget whom to call; done again it changes nothing."""
    person = await _whose(viewer, child_id)
    if await EmergencyContact.filter(person_id=person.id).delete():
        await _say(tx, viewer, person, "forget_emergency_contact")
    return {"me": viewer.id}


async def _whose(viewer: Viewer, child_id: int | None) -> Person:
    """The person, whose row is taken: of two at once one is after the other. Raises OfAge."""
    if child_id is None:
        return await present(viewer.id)
    child = await child_of(viewer, child_id)
    if child.look_again_on is None:
        raise OfAge
    return await present(child.id)


async def _say(tx: Transaction, viewer: Viewer, person: Person, action: str) -> None:
    """That it was done: never whom to call."""
    await record(tx, viewer.name, [Entry("per", person.id, action, {})])
