"""Grants from a file: to thousands, with a result for each line, and safely sent again.

A file is sent for a run, which its reference names ("November"): in a run somebody is granted once
for a purpose, whatever file says so. So a file that was put right is sent again as it is. The lines
are kept first and granted by a job, each in a transaction of its own.
"""

from functools import partial
from typing import Any

from commonweal.access import Viewer, granting
from commonweal.files.queries import found as visible_file
from commonweal.graph.refusals import NotAllowed, NotFound
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.messages.rules import address_key, checked_address
from commonweal.people.actions_organisations import current, holds_office
from commonweal.people.tables import Person
from commonweal.people.tables_organisations import Membership
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.jobs import enqueue
from commonweal.store.keyed import hex_digest
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction, in_transaction

from .actions_grants import check_funds, granted, needs_approval
from .actions_pots import locked_pot
from .rules import POT, NeedsApproval, PotState, checked_words
from .rules_bulk import (
    FILE_BYTES,
    FILE_NAME,
    JOB,
    LINE,
    REFERENCE,
    GrantedBefore,
    Line,
    LineState,
    read_lines,
    too_many,
)
from .tables import Pot, Scheme
from .tables_bulk import GrantFile, GrantLine


async def lines_of(
    database: Database, viewer: Viewer, *, pot_id: int, file_id: int, reference: str
) -> dict[str, Any]:
    """Read an upload, before `grant_from_file`'s transaction."""
    file = await visible_file(database, viewer, file_id)
    if file is None:
        raise NotFound("file").at("input", "fileId")
    if file.size_bytes > FILE_BYTES.value:
        raise too_many()
    lines = read_lines(await database.contents.read(file.sha256), _key)
    said = checked_words(reference, "reference", REFERENCE.value)
    return {"pot_id": pot_id, "reference": said, "name": file.name, "lines": lines}


def _key(text: str) -> str:
    return address_key(checked_address(text))


async def grant_from_file(
    tx: Transaction, viewer: Viewer, *, pot_id: int, reference: str, name: str, lines: list[Line]
) -> dict[str, Any]:
    """Grant to all whom a file names, a line each, within a run."""
    pot = await locked_pot(pot_id)
    POT.check("grant", pot.state)
    assert viewer.id is not None
    row = await GrantFile.create(
        id=tx.new_id(),
        pot_id=pot.id,
        reference=reference,
        name=name[: FILE_NAME.value],
        granted_by_id=viewer.id,
        actor=viewer.name,
        read_at=tx.now,
    )
    await GrantLine.bulk_create([_kept(tx, row, line) for line in lines])
    await enqueue(tx, JOB, {"file": row.id})
    facts = {"pot": write_id("pot", pot.id), "reference": reference, "lines": len(lines)}
    await record(tx, viewer.name, [Entry("grf", row.id, "grant_from_file", facts)])
    return {"file": row.id, "pot": pot.id}


def _kept(tx: Transaction, file: GrantFile, line: Line) -> GrantLine:
    state = LineState.REFUSED if line.code else LineState.PENDING
    return GrantLine(
        id=tx.new_id(),
        file_id=file.id,
        number=line.number,
        email_key=None if line.code else line.email_key,
        minutes=line.minutes,
        purpose=line.purpose,
        state=state,
        code=line.code or None,
    )


async def grant_lines(database: Database, facts: dict[str, Any]) -> None:
    """The job: all lines of a file that wait. Done again it finds those that are left."""

    done: int | None = 0
    while done is not None:
        done = await in_transaction(database, partial(_next, file_id=facts["file"], after=done))


async def _next(tx: Transaction, file_id: int, after: int) -> int | None:
    """Do the next line after one, if one is left: its number. Of a frozen pot they wait."""
    file = await GrantFile.get(id=file_id)
    pot = await locked_pot(file.pot_id)  # and the lines that wait with it
    waiting = GrantLine.filter(file_id=file.id, state=LineState.PENDING, number__gt=after)
    line = await waiting.order_by("number").first()
    if line is None or pot.state is PotState.FROZEN:
        return None
    viewer = Viewer(id=file.granted_by_id, name=file.actor)
    text = "\n".join((write_id("pot", pot.id), file.reference, str(line.email_key), line.purpose))
    once = hex_digest(tx.database, "a line of grants", text)
    try:
        if await GrantLine.exists(once=once):
            raise GrantedBefore
        person_id, grant_id = await _granted(tx, viewer, pot, line)
    except UserError as refusal:
        await move(line, LINE, "refuse", code=refusal.code, email_key=None)
    else:
        ids = {"person_id": person_id, "grant_id": grant_id, "once": once}
        await move(line, LINE, "grant", email_key=None, **ids)
    return line.number


async def _granted(tx: Transaction, viewer: Viewer, pot: Pot, line: GrantLine) -> tuple[int, int]:
    """To whom, and the grant. Raises NotFound for an address of nobody whom they may see, and
    NotAllowed for who lost the office meanwhile; NeedsApproval, and as `granted` does.

    Whether the pot has so much comes first: an address is looked at by who can give something.
    """
    POT.check("grant", pot.state)
    scheme = await Scheme.get(id=pot.scheme_id)
    officer = await holds_office(tx, viewer, scheme.council_id)
    ours = Membership.filter(current(), organisation_id=pot.organisation_id)
    if not officer and not await ours.filter(person_id=viewer.id, role__in=granting.roles).exists():
        raise NotAllowed("who grants from this pot")
    assert line.minutes
    await check_funds(tx, pot, line.minutes)
    person = await Person.get_or_none(email_key=line.email_key, erased_at__isnull=True)
    if person is None or not (officer or await ours.filter(person_id=person.id).exists()):
        raise NotFound("person")
    if await needs_approval(tx, pot, person.id, line.minutes):
        raise NeedsApproval
    grant = await granted(tx, viewer, pot, person.id, minutes=line.minutes, purpose=line.purpose)
    return person.id, grant.id
