"""A register's way in: read with a mapping, shown, then imported in one transaction.

Nothing is overwritten or deleted: a row about an asset that is held already is kept, with its
file, but changes nothing. Every value remembers file, row and licence; rows are kept whole.
`registers/` reads the file itself and knows no database.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from commonweal.kernel.ids import write_id
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .registers.drafts import Draft
from .registers.interpreting import interpret
from .registers.mapping import Mapping, guess, signature
from .registers.reading import Register, clean, read_register
from .rules import ASSET, AlreadyImported, AssetState
from .tables import Asset, AssetValue, RegisterFile, RegisterMapping, RegisterRow

BATCH: Final = 500  # rows a statement: SQLite takes 32,766 values at once, an asset has 37
# what a draft's text gives to the asset's column of another name
RENAMED: Final = {"status": "status_text"}
TEXTS: Final = (
    "street_number",
    "street",
    "locality",
    "post_town",
    "description",
    "reason_for_holding",
    "services",
    "transfer_status",
    "running_costs",
    "required_maintenance",
    "functional_suitability",
    "energy_rating",
    "status",
)
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
    def problems(self) -> int:
        return sum(len(draft.problems) for draft in self.drafts)

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
    sha256 = hashlib.sha256(raw).hexdigest()
    return Reading(council, file_name, sha256, register, mapping, kept is not None, drafts)


async def import_register(
    tx: Transaction,
    actor: str,
    reading: Reading,
    licence: str,
    progress: Progress = lambda rows: None,
) -> RegisterImported:
    """Keep every row, and add the assets that are not held. Raises AlreadyImported."""
    council = reading.council
    before = await RegisterFile.get_or_none(council_id=council.id, sha256=reading.sha256)
    if before:
        raise AlreadyImported(before.imported_at.date().isoformat())
    file = await _keep_file(tx, reading, licence)
    held = await _held(council.id)
    added = 0
    for start in range(0, len(reading.drafts), BATCH):
        drafts = reading.drafts[start : start + BATCH]
        assets = {d.row_number: _asset(tx, council.id, d) for d in drafts if not _known(d, held)}
        await _write(tx, actor, file, drafts, assets, held)
        added += len(assets)
        progress(len(drafts))
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


Held = dict[tuple[str, ...], int]  # what an asset may be known by -> its id


async def _held(council_id: int) -> Held:
    rows = Asset.filter(council_id=council_id).order_by("-id")
    values = await rows.values_list("id", "reference", "name", "address")
    held: Held = {}
    for number, reference, name, address in values:
        held[_identity(reference, name, address)] = number
    return held


def _identity(reference: str | None, name: str, address: str | None) -> tuple[str, ...]:
    """A council's own reference, in any case; where there is none, name and address."""
    return (reference.casefold(),) if reference else (name.casefold(), (address or "").casefold())


def _known(draft: Draft, held: Held) -> int | None:
    return held.get(_identity(draft.reference, draft.name, draft.address))


def _asset(tx: Transaction, council_id: int, draft: Draft) -> Asset:
    texts = {RENAMED.get(name, name): draft.values.get(name) for name in TEXTS}
    return Asset(
        id=tx.new_id(),
        council_id=council_id,
        state=AssetState(ASSET.initial),
        uprn=draft.uprn,
        reference=draft.reference,
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
        **texts,
    )


async def _write(
    tx: Transaction,
    actor: str,
    file: RegisterFile,
    drafts: Sequence[Draft],
    assets: dict[int, Asset],
    held: Held,
) -> None:
    """A batch of rows, with the assets, values and audit records of those that are new."""
    rows: list[RegisterRow] = []
    values: list[AssetValue] = []
    entries: list[Entry] = []
    for draft in drafts:
        asset = assets.get(draft.row_number)
        number = asset.id if asset else _known(draft, held)
        row: Any = RegisterRow(
            id=tx.new_id(),
            file_id=file.id,
            row_number=draft.row_number,
            asset_id=number,
            cells={clean(header): clean(cell) for header, cell in draft.raw.items()},
            problems=[problem.message for problem in draft.problems],
        )
        rows.append(row)
        if asset is None:
            continue
        values += [
            AssetValue(id=tx.new_id(), asset_id=asset.id, field=field, value=value, row_id=row.id)
            for field, value in draft.values.items()
        ]
        facts = {"file": write_id("rgf", file.id), "row": draft.row_number}
        entries.append(Entry("ast", asset.id, "import", facts))
    await Asset.bulk_create(assets.values(), batch_size=BATCH)
    await RegisterRow.bulk_create(rows, batch_size=BATCH)
    await AssetValue.bulk_create(values, batch_size=BATCH)
    await record(tx, actor, entries)
