"""What officers do with registers: read, accept, discard; and the job that imports.

The file is read outside any transaction, before the one that keeps what was read; the import reads
it again, by the mapping that was accepted. A register that is refused then says why (`failure`).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.files import actions as files
from commonweal.files.queries import found as visible_file
from commonweal.files.tables import File
from commonweal.graph.refusals import NotFound
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.kernel.limits import limit
from commonweal.places.rules import AreaKind, checked_licence
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.errors import Busy, DatabaseAway, TryAgain
from commonweal.store.jobs import enqueue
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction, in_transaction

from . import importing
from .importing import Reading
from .registers.drafts import Problem
from .registers.mapping import Entry as Column
from .registers.mapping import Mapping, checked_field
from .registers.reading import check_size
from .registers.refusals import ReadingAnother
from .rules import REGISTER, AssetState, RegisterState
from .tables import Asset, RegisterFile

JOB: Final = "import_register"
READ_SECONDS: Final = limit(
    "time of reading a register", 60, "seconds", "30,000 rows take ten on a busy machine"
)
FIRST_ROWS: Final = 10  # shown before accepting: enough to see a column that is read wrongly
FAULT: Final = "Something went wrong on our side."
_looking = asyncio.Lock()  # held while a register is read to be looked at; nobody waits for it


async def reading_of(
    database: Database,
    viewer: Viewer,
    *,
    council_id: int,
    file_id: int,
    licence: str,
    corrections: Sequence[Dictionary[str, str | None]] | None = None,
) -> dict[str, Any]:
    """Read an upload, before `read_register`'s transaction: it may take seconds.

    Raises NotFound for another's file, ReadingAnother while this process reads one for somebody
    else to look at, and the refusals of importing.read.
    """
    checked_licence(licence)
    council = await in_transaction(
        database, lambda _: Area.get_or_none(id=council_id, kind=AreaKind.COUNCIL)
    )
    if council is None:
        raise NotFound("council").at("input", "councilId")
    file = await visible_file(database, viewer, file_id)
    if file is None:
        raise NotFound("file").at("input", "fileId")
    check_size(file.size_bytes)
    corrected = [
        Column(each["column"] or "", checked_field(each.get("field") or ""), 100, "as said by hand")
        for each in corrections or ()
    ]
    said = Mapping(tuple(corrected))
    if _looking.locked():
        raise ReadingAnother
    async with _looking:
        raw = await database.contents.read(file.sha256)
        reading = await importing.read_as(council, file.name, raw, said)
    return {"council_id": council_id, "file_id": file_id, "licence": licence, "reading": reading}


async def read_register(
    tx: Transaction,
    viewer: Viewer,
    *,
    council_id: int,
    file_id: int,
    licence: str,
    reading: Reading,
) -> dict[str, int]:
    """Read an upload as a council's register, to look at; again replaces how it was read."""
    shown = importing.described(reading)
    await importing.check_not_imported(council_id, reading.sha256, shown["mapping_hash"])
    held = await Asset.filter(council_id=council_id).exclude(state=AssetState.FORMER).count()
    few = len(reading.drafts) * 2 < held  # most that is held would be proposed as gone
    looked_at = preview(reading) | {"heldAssets": held, "mostWouldGo": few}
    shown |= {"licence": checked_licence(licence), "preview": looked_at}
    same = RegisterFile.filter(council_id=council_id, file_id=file_id)
    again = same.filter(state__in=[RegisterState.READ, RegisterState.FAILED])
    register = await again.order_by("-id").select_for_update().first()
    if register:
        await move(register, REGISTER, "read", failure=None, **shown)
    else:
        register = await RegisterFile.create(
            id=tx.new_id(),
            council_id=council_id,
            file_id=file_id,
            state=RegisterState(REGISTER.initial),
            **shown,
        )
    await _record(tx, viewer.name, register, "read_register")
    return {"register": register.id}


async def accept_register(tx: Transaction, viewer: Viewer, *, register_id: int) -> dict[str, int]:
    """Import it as it was read. A job does that after this; the register's state says when.

    The file that it came in is anybody's to download from then on.
    """
    register = await RegisterFile.select_for_update().get(id=register_id)
    await move(register, REGISTER, "accept")
    facts = {"register": register.id, "actor": viewer.name}
    await enqueue(tx, JOB, facts, cause=f"{JOB}/{register.id}/{register.version}")
    await _record(tx, viewer.name, register, "accept_register")
    return {"register": register.id}


async def discard_register(tx: Transaction, viewer: Viewer, *, register_id: int) -> dict[str, int]:
    """Leave it: nothing of it is imported."""
    register = await RegisterFile.select_for_update().get(id=register_id)
    await move(register, REGISTER, "discard")
    await _record(tx, viewer.name, register, "discard_register")
    return {"register": register.id}


async def import_accepted(database: Database, facts: dict[str, Any]) -> None:
    """The job: import an accepted register whole, or say why not. Twice does it once.

    What may go better next time is raised, for the job to be tried again, and said meanwhile.
    """
    register = await RegisterFile.get(id=facts["register"])
    if register.state is not RegisterState.ACCEPTED:
        return
    try:
        reading = await _read_again(database, register)
        await in_transaction(database, lambda tx: _keep(tx, facts, reading))
    except (Busy, TryAgain, DatabaseAway) as refusal:
        await _not_yet(database, register.id, refusal.message)
        raise
    except UserError as refusal:
        message = refusal.message
        await in_transaction(database, lambda tx: _fail(tx, facts, message))
    except Exception:
        await _not_yet(database, register.id, FAULT)  # what it was is only the log's to say
        raise


async def _read_again(database: Database, register: RegisterFile) -> Reading:
    file = await File.get(id=register.file_id)
    council = await Area.get(id=register.council_id)
    raw = await database.contents.read(file.sha256)
    mapping = Mapping.from_dict(register.mapping)
    return await importing.read_as(council, register.file_name, raw, mapping, whole=True)


async def _keep(tx: Transaction, facts: Dictionary[str, Any], reading: Reading) -> None:
    register = await RegisterFile.select_for_update().get(id=facts["register"])
    if register.state is not RegisterState.ACCEPTED:
        return  # another worker did it
    await importing.keep(tx, facts["actor"], register, reading)
    assert register.file_id is not None
    await files.publish(register.file_id)  # what was imported from is anyone's to check


async def _not_yet(database: Database, register: int, why: str) -> None:
    """Say why it is still only accepted, for its officers to see; as far as that can be written."""
    failure = f"It has not been imported yet: {why} It is tried again by itself for a day."
    waiting = RegisterFile.filter(id=register, state=RegisterState.ACCEPTED)
    with contextlib.suppress(Exception):  # the job's own error is the one to hear of
        await in_transaction(database, lambda _: waiting.update(failure=failure))


async def _fail(tx: Transaction, facts: Dictionary[str, Any], message: str) -> None:
    register = await RegisterFile.select_for_update().get(id=facts["register"])
    if register.state is RegisterState.ACCEPTED:
        await move(register, REGISTER, "fail", failure=message)
        await _record(tx, facts["actor"], register, "fail_register")


async def _record(tx: Transaction, actor: str, register: RegisterFile, action: str) -> None:
    file = register.file_id and write_id("fil", register.file_id)
    await record(tx, actor, [Entry("rgf", register.id, action, {"file": file})])


def preview(reading: Reading) -> dict[str, Any]:
    """What an officer looks at before accepting, as the API shows it."""
    problems = [problem for draft in reading.drafts for problem in draft.problems]
    counts = Counter(problem.code for problem in problems)
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.code, problem)
    return {
        "remembered": reading.remembered,
        "located": sum(draft.point is not None for draft in reading.drafts),
        "declaredSurplus": reading.declared_surplus,
        "notListable": reading.not_listable,
        "problems": [
            {
                "code": code,
                "count": count,
                "rowNumber": first[code].row_number,
                "column": first[code].header,
                "message": first[code].message,
                "likelyFix": first[code].likely_fix,
            }
            for code, count in counts.most_common()
        ],
        "firstRows": [
            {
                "rowNumber": draft.row_number,
                "reference": draft.reference,
                "name": draft.name,
                "address": draft.address,
                "tenure": draft.tenure.value,
                "category": draft.category.value,
                "location": draft.point and [draft.point.x, draft.point.y],
                "notLandReason": draft.not_land_reason,
            }
            for draft in reading.drafts[:FIRST_ROWS]
        ],
    }
