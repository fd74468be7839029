"""Showing somebody all that is held about them, and erasing them."""

from datetime import date, datetime
from enum import Enum
from typing import Any

from commonweal.access import Role, Viewer
from commonweal.assets.tables import RegisterFile
from commonweal.credits.actions_leaving import leave_wallets
from commonweal.exchanges.actions_settling import leave_exchanges
from commonweal.files.actions import forget
from commonweal.files.tables import File
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.people.actions import proved, send_code
from commonweal.people.actions_cards import unclaimed
from commonweal.people.actions_households import child_of, leave
from commonweal.people.actions_organisations import check_end, current, dismiss, end, locked
from commonweal.people.rules import CodePurpose
from commonweal.people.rules_households import AgeBand, OfAge
from commonweal.people.rules_organisations import OrganisationKind
from commonweal.people.tables import Person
from commonweal.people.tables_blocks import Block
from commonweal.people.tables_organisations import Membership, Organisation
from commonweal.safety.rules import PREFIXES as SUBJECTS
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.actions_applications import forget_applications
from commonweal.volunteering.actions_signups import leave_shifts

from .holding import PREFIXES, Holding
from .holdings import HOLDINGS
from .rules import NoAddress, StillOwner


async def held_about(database: Database, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything that is held about somebody, as JSON: rows for each line of the table."""

    async def work(_tx: Transaction) -> dict[str, list[dict[str, Any]]]:
        person = await Person.get(id=person_id)
        return {holding.what: await _rows(holding, person) for holding in HOLDINGS}

    return await in_transaction(database, work)


async def _rows(holding: Holding, person: Person) -> list[dict[str, Any]]:
    told = (await holding.rows(person)).filter(holding.told)
    rows = await told.order_by(holding.model._meta.pk_attr).values()
    for row in rows:
        if row.get("secret"):  # a code: whoever stole a session must not read the mail with it
            row["body"] = ""
    return [{name: _shown(holding, name, row) for name in holding.columns} for row in rows]


def _shown(holding: Holding, column: str, row: dict[str, Any]) -> Any:
    """A value as JSON has it: ids as the API writes them, shapes as well-known text."""
    value = row[column]
    if isinstance(value, int) and (column == "id" or column.endswith("_id")):
        prefix = holding.prefix if column == "id" else PREFIXES.get(column, "")
        if column == "subject_id":
            prefix = SUBJECTS.get(row["subject_kind"], row["subject_kind"])
        return write_id(prefix, value) if prefix else str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return getattr(value, "wkt", value)


async def request_erasure_code(tx: Transaction, viewer: Viewer) -> dict[str, Any] | UserError:
    """Send me six digits, to have everything about me erased with."""
    mine = await Person.get(id=viewer.id)
    if mine.email is None:
        raise NoAddress
    return await send_code(tx, viewer, mine.email, CodePurpose.ERASURE, mine.id)


async def erase_me(tx: Transaction, viewer: Viewer, *, code: str) -> dict[str, Any] | UserError:
    """Erase what is held about me, for good. What was decided stays on record, without a name."""
    person = await Person.select_for_update().get(id=viewer.id)
    if person.email is None:
        raise NoAddress
    wanted: Any = {"purpose": CodePurpose.ERASURE, "person_id": person.id}
    if refusal := await proved(tx, viewer, email=person.email, digits=code, **wanted):
        return refusal
    await erase(tx, viewer.name, person)
    return {}


async def erase_person(tx: Transaction, viewer: Viewer, *, person_id: int) -> dict[str, Any]:
    """Erase somebody whom we registered and who asked for it."""
    await erase(tx, viewer.name, await unclaimed(person_id))
    return {}


async def erase_child(tx: Transaction, viewer: Viewer, *, child_id: int) -> dict[str, Any]:
    """Erase a child of my household."""
    child = await child_of(viewer, child_id)
    if child.age_band is AgeBand.ADULT:
        raise OfAge
    await erase(tx, viewer.name, await Person.select_for_update().get(id=child.id))
    return {}


async def erase(tx: Transaction, actor: str, person: Person) -> None:
    """Line by line of the table.

    Raises StillOwner, LastAdult and CardNeeded while something, or somebody, would be nobody's.
    """
    await _leave_all(tx, person)
    home = person.household_id
    await leave(tx, actor, person.id)
    await leave_exchanges(tx, Viewer(person.id, actor), person.id)
    await leave_wallets(tx, actor, person.id, home)
    await leave_shifts(tx, actor, person.id)
    await forget_applications(tx, person.id)
    await Block.filter(blocked_id=person.id).delete()
    registers = RegisterFile.filter(file_id__not_isnull=True).values_list("file_id", flat=True)
    private = File.filter(owner_id=person.id, is_public=False)
    await forget(tx, private.exclude(id__in=list(await registers)))
    for holding in reversed(HOLDINGS):  # the person last: by what they are, the rest is found
        rows = await holding.rows(person)
        if holding.goes:
            await rows.delete()
        elif holding.blank:
            await rows.update(**holding.blank)
    await Person.filter(id=person.id).update(erased_at=tx.now)
    await record(tx, actor, [Entry("per", person.id, "erase", {})])


async def _leave_all(tx: Transaction, person: Person) -> None:
    """Leave every organisation; one that has nobody else ends."""
    mine = Membership.filter(current(), person_id=person.id)
    for number in sorted({post.organisation_id for post in await mine}):
        row = await locked(number)
        others = Membership.filter(current(), organisation_id=number).exclude(person_id=person.id)
        if not await others.exists():
            if row.kind is OrganisationKind.COUNCIL:  # it has no end, but by handing over
                raise StillOwner(row.name)
            await check_end(row)
            await end(tx, write_id("per", person.id), row)
            # what it said of itself was theirs: nobody else is there to have said it
            blank = {"description": None, "website": None, "home": None, "hidden": True}
            await Organisation.filter(id=row.id).update(**blank)
            continue
        owners = Membership.filter(current(), organisation_id=number, role=Role.OWNER)
        if {owner.person_id for owner in await owners} == {person.id}:
            raise StillOwner(row.name)
    await dismiss(tx, mine)
