"""A register's way in: read with a mapping, shown, then imported in one transaction.

Nothing is overwritten or deleted: a row about an asset that is held already is kept, with its
file, but changes nothing. Every value remembers file, row and licence; rows are kept whole.
`registers/` reads the file itself and knows no database.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from commonweal.kernel.ids import write_id
from commonweal.places.rules import checked_licence
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .registers.drafts import Draft, Problem
from .registers.interpreting import interpret
from .registers.mapping import Mapping, guess, signature
from .registers.reading import Register, read_register
from .rules import ASSET, AlreadyImported, AssetState, reference_key
from .tables import Asset, AssetValue, RegisterFile, RegisterMapping, RegisterRow

BATCH: Final = 500  # rows written together: the steps of a progress bar
MAX_FILE_NAME: Final = 255  # characters; file systems allow no more
TEXTS: Final = {  # columns of an asset that are a register's text, and the fields they come from
    "street_number": "street_number",
    "street": "street",
    "locality": "locality",
    "post_town": "post_town",
    "description": "description",
    "reason_for_holding": "reason_for_holding",
    "services": "services",
    "status_text": "status",
    "transfer_status": "transfer_status",
    "running_costs": "running_costs",
    "required_maintenance": "required_maintenance",
    "functional_suitability": "functional_suitability",
    "energy_rating": "energy_rating",
}
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

    added: int
    held: int  # rows about assets that were here before: kept, and nothing changed


async def read(council: Area, file_name: str, raw: bytes, corrections: Iterable[str]) -> Reading:
    """Read a file with the mapping kept for its layout, or a guess, and corrections to either.

    Raises the refusals of registers.reading and registers.mapping.
    """
    register = read_register(raw)
    kept = await RegisterMapping.get_or_none(
        council_id=council.id, signature=signature(register.headers)
    )
    mapping = (
        Mapping.from_dict(kept.mapping).for_headers(register.headers) if kept else guess(register)
    )
    mapping = mapping.with_corrections(Mapping.parse(corrections))
    drafts = interpret(register, mapping, council.shape)
    name = file_name.encode(errors="replace").decode()[:MAX_FILE_NAME]
    sha256 = hashlib.sha256(raw).hexdigest()
    return Reading(council, name, sha256, register, mapping, kept is not None, drafts)


async def import_register(
    tx: Transaction,
    actor: str,
    reading: Reading,
    licence: str,
    progress: Progress = lambda _: None,
) -> RegisterImported:
    """Keep every row, and add the assets that are not held. Raises AlreadyImported, LicenceTooLong.

    The council's row is locked meanwhile, so that its registers come in one after another.
    """
    council = await Area.select_for_update(no_key=True).get(id=reading.council.id)
    before = await RegisterFile.get_or_none(council_id=council.id, sha256=reading.sha256)
    if before:
        raise AlreadyImported(before.imported_at.date().isoformat())
    file = await _keep_file(tx, reading, checked_licence(licence))
    held = await _held(council.id)
    added = 0
    for start in range(0, len(reading.drafts), BATCH):
        batch = _Batch(tx, file)
        for draft in reading.drafts[start : start + BATCH]:
            batch.take(draft, held.get(_identity(draft.reference, draft.name, draft.address)))
        await batch.write(actor)
        added += len(batch.assets)
        progress(len(batch.rows))
    return RegisterImported(added, len(reading.drafts) - added)


async def _keep_file(tx: Transaction, reading: Reading, licence: str) -> RegisterFile:
    """The file, and its mapping for the next one of this layout."""
    mapping = reading.mapping.as_dict()
    layout = {"council_id": reading.council.id, "signature": signature(reading.register.headers)}
    if await RegisterMapping.filter(**layout).update(mapping=mapping) == 0:
        await RegisterMapping.create(id=tx.new_id(), mapping=mapping, **layout)
    return await RegisterFile.create(
        id=tx.new_id(),
        council_id=reading.council.id,
        file_name=reading.file_name,
        sha256=reading.sha256,
        licence=licence,
        encoding=reading.register.encoding,
        mapping=mapping,
        notes=list(reading.register.notes),
        row_count=len(reading.drafts),
        imported_at=tx.now,
    )


async def _held(council_id: int) -> dict[tuple[str, ...], int]:
    """What the council's assets are known by; of several that are known alike, the first."""
    assets = Asset.filter(council_id=council_id).order_by("-id")
    values = await assets.values_list("reference", "name", "address", "id")
    return {_identity(*known_by): number for *known_by, number in values}


def _identity(reference: str | None, name: str, address: str | None) -> tuple[str, ...]:
    """A council's own reference, in any case; where there is none, name and address."""
    return (reference.casefold(),) if reference else (name.casefold(), (address or "").casefold())


@dataclass
class _Batch:
    """Some rows of a file, and what is new in them."""

    tx: Transaction
    file: RegisterFile
    assets: list[Asset] = field(default_factory=list)
    rows: list[RegisterRow] = field(default_factory=list)
    values: list[AssetValue] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def take(self, draft: Draft, held: int | None) -> None:
        """A row about the asset that is held, or about a new one."""
        asset_id = held or self.tx.new_id()
        row: Any = RegisterRow(
            id=self.tx.new_id(),
            file_id=self.file.id,
            row_number=draft.row_number,
            asset_id=asset_id,
            cells=[{"column": column, "text": text} for column, text in draft.raw.items()],
            problems=[_problem(problem) for problem in draft.problems],
        )
        self.rows.append(row)
        if held:
            return
        self.assets.append(_asset(asset_id, self.file.council_id, draft))
        self.values += [
            AssetValue(
                id=self.tx.new_id(), asset_id=asset_id, field=name, value=value, row_id=row.id
            )
            for name, value in draft.values.items()
        ]
        facts = {"file": write_id("rgf", self.file.id), "row": draft.row_number}
        self.entries.append(Entry("ast", asset_id, "import", facts))

    async def write(self, actor: str) -> None:
        await Asset.bulk_create(self.assets)
        await RegisterRow.bulk_create(self.rows)
        await AssetValue.bulk_create(self.values)
        await record(self.tx, actor, self.entries)


def _problem(problem: Problem) -> dict[str, str | None]:
    """As the API shows it."""
    return {
        "code": problem.code,
        "column": problem.header,
        "message": problem.message,
        "likelyFix": problem.likely_fix,
        "level": problem.level.value,
    }


def _asset(number: int, council_id: int, draft: Draft) -> Asset:
    return Asset(
        id=number,
        council_id=council_id,
        state=AssetState(ASSET.initial),
        uprn=draft.uprn,
        reference=draft.reference,
        reference_key=draft.reference and reference_key(draft.reference),
        name=draft.name,
        postcode=draft.postcode,
        address=draft.address,
        location=draft.point,
        coordinate_system=draft.coordinate_system,
        tenure=draft.tenure,
        occupation=draft.occupation,
        tenure_detail=draft.tenure_detail,
        land_only=draft.land_only,
        holding_type=draft.holding_type,
        category=draft.category,
        area_square_metres=draft.area_square_metres,
        declared_surplus=draft.declared_surplus,
        not_land_reason=draft.not_land_reason,
        **{column: draft.values.get(name) for column, name in TEXTS.items()},
    )
