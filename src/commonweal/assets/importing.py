"""A register's way in: read with a mapping, shown, then imported in one transaction.

The first register of a council adds its assets; every later one only proposes (proposing.py):
nothing is overwritten or deleted. Rows are kept whole, and every value remembers file, row and
licence. `registers/` reads the file itself and knows no database; the API's steps (read, accept,
a job) are in actions_registers.py.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any, Final

from commonweal.kernel.ids import write_id
from commonweal.places.rules import checked_licence
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import comparing, proposing
from .origin import check_council
from .registers.apart import READING
from .registers.drafts import Draft, Problem
from .registers.interpreting import interpret
from .registers.mapping import Mapping, guess, signature
from .registers.reading import Register, read_register
from .registers.refusals import NoRegisterRows
from .rules import (
    ASSET,
    REGISTER,
    AlreadyImported,
    AssetState,
    ProposalKind,
    RegisterState,
)
from .spoken import Spoken
from .tables import Asset, RegisterFile, RegisterMapping, RegisterRow

BATCH: Final = 500  # rows written together: the steps of a progress bar
MAX_FILE_NAME: Final = 255  # characters; file systems allow no more
Progress = Callable[[int], None]  # so many more rows are done


@dataclass(frozen=True, slots=True)
class Reading:
    """A register as it would be imported: for a person to look at first."""

    council: Area
    file_name: str
    sha256: str
    register: Register
    mapping: Mapping
    remembered: bool  # the mapping is the one kept from last time
    drafts: Sequence[Draft]

    @property
    def not_listable(self) -> int:
        return sum(draft.not_land_reason is not None for draft in self.drafts)

    @property
    def declared_surplus(self) -> int:
        return sum(draft.declared_surplus for draft in self.drafts)


@dataclass(frozen=True, slots=True)
class RegisterImported:
    """What became of the rows."""

    added: int  # assets, by a council's first register
    held: int  # rows that say of an asset what is held already
    proposals: Counter[ProposalKind] = field(default_factory=Counter)


async def read(council: Area, file_name: str, raw: bytes, corrections: Iterable[str]) -> Reading:
    """Read a file with the mapping kept for its layout, or a guess, and corrections to either.

    Raises the refusals of registers.reading and registers.mapping, and AnotherCouncilsRegister.
    """
    return await read_as(council, file_name, raw, Mapping.parse(corrections))


async def read_as(
    council: Area, file_name: str, raw: bytes, said: Mapping, *, whole: bool = False
) -> Reading:
    """The same, with corrections that are a mapping, or, if `whole`, with that mapping alone."""
    register = await READING.run(lambda _: read_register(raw))  # others are answered meanwhile
    kept = await RegisterMapping.get_or_none(
        council_id=council.id, signature=signature(register.headers)
    )
    if whole:
        mapping = said.for_headers(register.headers)
    elif kept:
        kept_mapping = Mapping.from_dict(kept.mapping).for_headers(register.headers)
        mapping = kept_mapping.with_corrections(said)
    else:
        mapping = (await READING.run(lambda _: guess(register))).with_corrections(said)
    drafts = await READING.run(
        lambda given_up: interpret(register, mapping, council.shape, given_up)
    )
    if not drafts:
        raise NoRegisterRows
    await check_council(council, register, mapping, drafts)
    name = file_name.encode(errors="replace").decode()[:MAX_FILE_NAME]
    sha256 = hashlib.sha256(raw).hexdigest()
    return Reading(council, name, sha256, register, mapping, kept is not None, drafts)


def mapping_hash(mapping: Dictionary[str, Any]) -> str:
    """The same for the same fields of the same columns, whatever was the reason for it."""
    columns = [(column["header"], column["field"]) for column in mapping["columns"]]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


async def import_register(
    tx: Transaction,
    actor: str,
    reading: Reading,
    licence: str,
    progress: Progress = lambda _: None,
) -> RegisterImported:
    """Keep a register that was just read. Raises what `keep` raises, and LicenceTooLong."""
    file = await RegisterFile.create(
        id=tx.new_id(),
        council_id=reading.council.id,
        licence=checked_licence(licence),
        state=RegisterState(REGISTER.initial),
        **described(reading),
    )
    await move(file, REGISTER, "accept")
    return await keep(tx, actor, file, reading, progress)


def described(reading: Reading) -> dict[str, Any]:
    """What a file's row says of how it was read."""
    mapping: Any = reading.mapping.as_dict()
    return {
        "file_name": reading.file_name,
        "sha256": reading.sha256,
        "encoding": reading.register.encoding,
        "mapping": mapping,
        "mapping_hash": mapping_hash(mapping),
        "notes": list(reading.register.notes),
        "row_count": len(reading.drafts),
    }


async def check_not_imported(council_id: int, sha256: str, mapped: str) -> None:
    """Raises AlreadyImported for what the council's latest register was, read the same way.

    An earlier one may come again: so one goes back, after a wrong file.
    """
    imported = RegisterFile.filter(council_id=council_id, state=RegisterState.IMPORTED)
    latest = await imported.order_by("-imported_at", "-id").first()
    if latest and latest.sha256 == sha256 and mapping_hash(latest.mapping) == mapped:
        raise AlreadyImported(latest.imported_at.date().isoformat() if latest.imported_at else "")


async def keep(
    tx: Transaction,
    actor: str,
    file: RegisterFile,
    reading: Reading,
    progress: Progress = lambda _: None,
) -> RegisterImported:
    """Keep every row of an accepted register: add what it says, or propose it.

    The council's row is locked meanwhile, so that its registers come in one after another. Raises
    AlreadyImported.
    """
    council = await Area.select_for_update(no_key=True).get(id=file.council_id)
    await check_not_imported(council.id, file.sha256, file.mapping_hash)
    layout = {"council_id": council.id, "signature": signature(reading.register.headers)}
    if await RegisterMapping.filter(**layout).update(mapping=file.mapping) == 0:
        await RegisterMapping.create(id=tx.new_id(), mapping=file.mapping, **layout)
    await move(file, REGISTER, "import", imported_at=tx.now, failure=None)
    if not await Asset.exists(council_id=council.id):
        await _add_all(tx, actor, file, reading.drafts, progress)
        return RegisterImported(len(reading.drafts), 0)
    rows: dict[int, int] = {}
    for start in range(0, len(reading.drafts), BATCH):
        batch = [row_of(tx, file, draft) for draft in reading.drafts[start : start + BATCH]]
        await RegisterRow.bulk_create(batch)
        rows |= {row.row_number: row.id for row in batch}
        progress(len(batch))
    held, proposals = await proposing.propose(tx, actor, file, reading.drafts, rows)
    facts = {"rows": len(rows), "proposals": {k.value: n for k, n in proposals.items()}}
    await record(tx, actor, [Entry("rgf", file.id, "import", facts)])
    return RegisterImported(0, held, proposals)


def row_of(tx: Transaction, file: RegisterFile, draft: Draft) -> RegisterRow:
    """A row, whole, with what was understood of it."""
    return RegisterRow(
        id=tx.new_id(),
        file_id=file.id,
        row_number=draft.row_number,
        cells=[{"column": column, "text": text} for column, text in draft.raw.items()],
        problems=[_problem(problem) for problem in draft.problems],
        reading=comparing.as_json(draft),
    )


async def _add_all(
    tx: Transaction,
    actor: str,
    file: RegisterFile,
    drafts: Sequence[Draft],
    progress: Progress,
) -> None:
    """A council's first register: each row is an asset."""
    for start in range(0, len(drafts), BATCH):
        added = Added(tx, file)
        rows = []
        for draft in drafts[start : start + BATCH]:
            row = row_of(tx, file, draft)
            rows.append(row)
            added.take(row, comparing.columns_of(draft), draft.values)
        await RegisterRow.bulk_create(rows)
        await added.write(actor, "import")
        progress(len(rows))


@dataclass
class Added:
    """Assets that rows add, with their values and where those stand."""

    tx: Transaction
    file: RegisterFile
    assets: list[Asset] = field(default_factory=list)
    facts: list[Dictionary[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spoken = Spoken(self.tx)

    def take(
        self,
        row: RegisterRow,
        columns: Dictionary[str, Any],
        values: Dictionary[str, str],
        **facts: Any,
    ) -> int:
        """The id of the asset that a row adds."""
        number = self.tx.new_id()
        asset = Asset(
            id=number,
            council_id=self.file.council_id,
            state=AssetState(ASSET.initial),
            **comparing.keyed(columns),
        )
        self.assets.append(asset)
        self.spoken.take(number, row.id, values)
        file = write_id("rgf", self.file.id)
        self.facts.append({"file": file, "row": row.row_number, **facts})
        return number

    async def write(self, actor: str, action: str) -> None:
        await Asset.bulk_create(self.assets)
        await self.spoken.write()
        both = zip(self.assets, self.facts, strict=True)
        entries = [Entry("ast", asset.id, action, facts) for asset, facts in both]
        await record(self.tx, actor, entries)


def _problem(problem: Problem) -> dict[str, str | None]:
    """As the API shows it."""
    return {
        "code": problem.code,
        "column": problem.header,
        "message": problem.message,
        "likelyFix": problem.likely_fix,
        "level": problem.level.value,
    }
