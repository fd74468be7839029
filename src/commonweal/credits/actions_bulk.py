"""Grants from a file: a council gives to thousands, with a result for each line, once.

The same file into the same pot is the same grants, however often it is sent: its hash says so. The
lines are kept first and granted by a job, some at a time, each as if it had come alone.
"""

from typing import Any, Final

from commonweal.access import Viewer
from commonweal.files.queries import found as visible_file
from commonweal.graph.refusals import NotFound
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.messages.rules import address_key
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.jobs import enqueue
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction, in_transaction

from .actions_grants import granted
from .rules import POT, NeedsApproval
from .rules_bulk import FILE_BYTES, LINE, Line, LineState, read_lines, too_many
from .tables import Pot
from .tables_bulk import GrantFile, GrantLine
from .terms import locked_pot, terms_on

JOB: Final = "grant_lines"
TOGETHER: Final = 50  # lines of a transaction: so long a pot is kept from others


async def lines_of(
    database: Database, viewer: Viewer, *, pot_id: int, file_id: int
) -> dict[str, Any]:
    """Read an upload, before `grant_from_file`'s transaction."""
    file = await visible_file(database, viewer, file_id)
    if file is None:
        raise NotFound("file").at("input", "fileId")
    if file.size_bytes > FILE_BYTES.value:
        raise too_many()
    lines = read_lines(await database.contents.read(file.sha256))
    return {"pot_id": pot_id, "sha256": file.sha256, "name": file.name, "lines": lines}


async def grant_from_file(
    tx: Transaction, viewer: Viewer, *, pot_id: int, sha256: str, name: str, lines: list[Line]
) -> dict[str, Any]:
    """Grant to all whom a file names, a line each; sent again it answers what became of them."""
    pot = await locked_pot(pot_id)
    if found := await GrantFile.get_or_none(pot_id=pot.id, sha256=sha256):
        return {"file": found.id, "pot": pot.id}
    POT.check("grant", pot.state)
    assert viewer.id is not None
    row = await GrantFile.create(
        id=tx.new_id(),
        pot_id=pot.id,
        sha256=sha256,
        name=name,
        granted_by_id=viewer.id,
        actor=viewer.name,
        read_at=tx.now,
    )
    await GrantLine.bulk_create([_kept(tx, row, line) for line in lines])
    await enqueue(tx, JOB, {"file": row.id})
    facts = {"pot": write_id("pot", pot.id), "lines": len(lines)}
    await record(tx, viewer.name, [Entry("grf", row.id, "grant_from_file", facts)])
    return {"file": row.id, "pot": pot.id}


def _kept(tx: Transaction, file: GrantFile, line: Line) -> GrantLine:
    state = LineState.REFUSED if line.code else LineState.PENDING
    return GrantLine(
        id=tx.new_id(),
        file_id=file.id,
        number=line.number,
        email_key=None if line.code else address_key(line.email),
        minutes=line.minutes,
        purpose=line.purpose,
        state=state,
        code=line.code or None,
    )


async def grant_lines(database: Database, facts: dict[str, Any]) -> None:
    """The job: all lines of a file that wait. Done again it finds those that are left."""

    async def some(tx: Transaction) -> int:
        return await _some(tx, facts["file"])

    while await in_transaction(database, some):
        pass


async def _some(tx: Transaction, file_id: int) -> int:
    file = await GrantFile.get(id=file_id)
    pot = await locked_pot(file.pot_id)
    waiting = GrantLine.filter(file_id=file.id, state=LineState.PENDING).order_by("number")
    lines = await waiting.limit(TOGETHER)  # the pot is ours, and so are they
    viewer = Viewer(id=file.granted_by_id, name=file.actor)
    for line in lines:
        try:
            person_id, grant_id = await _granted(tx, viewer, pot, line)
        except UserError as refusal:
            await move(line, LINE, "refuse", code=refusal.code, email_key=None)
        else:
            ids = {"person_id": person_id, "grant_id": grant_id}
            await move(line, LINE, "grant", email_key=None, **ids)
    return len(lines)


async def _granted(tx: Transaction, viewer: Viewer, pot: Pot, line: GrantLine) -> tuple[int, int]:
    """To whom, and the grant. Raises NotFound for an address that is nobody's, NeedsApproval,
    and as `granted` does.
    """
    POT.check("grant", pot.state)
    person = await Person.get_or_none(email_key=line.email_key, erased_at__isnull=True)
    if person is None:
        raise NotFound("person")
    assert line.minutes
    most = (await terms_on(pot.scheme_id, civil_day(tx.now))).grant_minutes
    if line.minutes > most:
        raise NeedsApproval(most)
    grant = await granted(tx, viewer, pot, person.id, minutes=line.minutes, purpose=line.purpose)
    return person.id, grant.id
