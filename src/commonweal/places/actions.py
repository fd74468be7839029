"""Bringing areas and places in from files that were read already (area_files, gazetteer_files).

Nothing is overwritten or deleted: what is held already is left as it is and counted. An area is
only ever ended, on the day on which another begins in its place.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely
from shapely import Point
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from commonweal.kernel.calendar import civil_day
from commonweal.store.transaction import Overtaken, Transaction

from . import area_files, gazetteer_files
from .postcodes import key
from .rules import MAX_NAME, AreaKind, CouncilUnknown, PlaceKind, checked_licence
from .shapes import holds
from .tables import Area, Place

ALWAYS: Final = date(1974, 4, 1)  # where no day is known: the Local Government Act 1972 in force
OPEN_LICENCE: Final = "Open Government Licence v3.0"
BATCH: Final = 500  # rows looked up together: SQLite takes 32,766 values at once
RANKS: Final = {
    PlaceKind.OUTCODE: 0,
    PlaceKind.TOWN: 1,
    PlaceKind.VILLAGE: 2,
    PlaceKind.POSTCODE: 3,
}
ONE_OF_A_NAME: Final = (PlaceKind.OUTCODE, PlaceKind.POSTCODE)  # whatever town a file says it is in


@dataclass(frozen=True, slots=True)
class AreaTerms:
    """What a file of areas does not always say of itself; what a feature says stands before it.

    `council` is the code under which its council is held, `council_name` makes that council of
    the file's areas together where it is not held. `replaces`: the council's areas of this kind
    that are valid now end when these begin.
    """

    kind: AreaKind
    valid_from: date = ALWAYS
    valid_until: date | None = None
    licence: str = OPEN_LICENCE
    council: str | None = None
    council_name: str | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file's entries."""

    added: int
    held: int
    council_made: bool = False


async def council_of(code: str, on: date) -> Area:
    """The council with this code that is valid on a day. Raises CouncilUnknown."""
    valid = Q(valid_until=None) | Q(valid_until__gt=on)
    found = Area.filter(valid, kind=AreaKind.COUNCIL, code=code, valid_from__lte=on)
    council = await found.order_by("-valid_from").first()
    if council is None:
        raise CouncilUnknown(code)
    return council


async def councils_holding(places: Sequence[Point]) -> Counter[str]:
    """How many of the places lie in each council that is known, by its name."""
    found: Counter[str] = Counter()
    known = Area.filter(kind=AreaKind.COUNCIL, shape__isnull=False).order_by("id")
    for number in await known.values_list("id", flat=True):
        council = await Area.get(id=number)  # one at a time: a border may have 100,000 corners
        found[council.name] += sum(holds(council.shape, places))
    return +found


async def import_areas(tx: Transaction, file: area_files.AreaFile, terms: AreaTerms) -> Imported:
    """Add the areas of a file. Raises CouncilUnknown, LicenceTooLong."""
    checked_licence(terms.licence)
    rows = _areas(tx, file, terms)
    made = None
    if terms.council:
        council = await _council(tx, rows, terms.council)
        if council is None:
            council = made = _council_of_all(tx, file, terms)
        for row in rows:
            row.council_id = None if row.kind is AreaKind.COUNCIL else council.id
        if terms.replaces:
            ending = Area.filter(council_id=council.id, kind=terms.kind, valid_until=None)
            ending = ending.filter(valid_from__lt=terms.valid_from)
            await ending.update(valid_until=terms.valid_from)
    known = {
        tuple(key)
        for kind in {row.kind for row in rows}
        for key in await Area.filter(kind=kind).values_list("kind", "code", "valid_from")
    }
    new = [row for row in rows if (row.kind, row.code, row.valid_from) not in known]
    new.sort(key=lambda row: row.kind is not AreaKind.COUNCIL)  # which the others refer to
    new = [made, *new] if made else new
    for row in new:
        row.lookup = key(row.name)[:MAX_NAME]
        row.lookup_cy = row.name_cy and key(row.name_cy)[:MAX_NAME]
    try:
        await Area.bulk_create(new)
    except IntegrityError as error:
        raise Overtaken from error  # by another who brings in the same areas
    added = len(new) - (made is not None)
    return Imported(added, len(rows) - added, made is not None)


async def _council(tx: Transaction, rows: list[Area], code: str) -> Area | None:
    """The council of a file's areas, as it is held or as the file has it."""
    try:
        return await council_of(code, civil_day(tx.now))
    except CouncilUnknown:
        return next((r for r in rows if r.kind is AreaKind.COUNCIL and r.code == code), None)


def _council_of_all(tx: Transaction, file: area_files.AreaFile, terms: AreaTerms) -> Area:
    """A council made of the file's areas together, if a name is given for it."""
    if terms.council is None or terms.council_name is None:
        raise CouncilUnknown(str(terms.council))
    return Area(
        id=tx.new_id(),
        kind=AreaKind.COUNCIL,
        code=_kept(terms.council),
        name=_kept(terms.council_name),
        valid_from=ALWAYS,
        shape=_many(shapely.union_all([area.shape for area in file.areas])),
        licence=terms.licence,
    )


def _areas(tx: Transaction, file: area_files.AreaFile, terms: AreaTerms) -> list[Area]:
    """A row for each area; of those that one code, kind and day would make one, all are kept."""
    rows: dict[tuple[AreaKind, str, date], Area] = {}
    for read in file.areas:
        said = read.properties
        kind = _kind(said.get("kind"), terms.kind)
        begins = _day(said.get("valid_from")) or terms.valid_from
        # wards of two councils may have one name: a name is a code only within its council
        within = f"{terms.council}/" if terms.council and kind is not AreaKind.COUNCIL else ""
        code = base = _kept(read.code or within + read.name)
        times = 1
        while (kind, code, begins) in rows:
            times += 1
            code = f"{base[: MAX_NAME - 8]} ({times})"
        rows[kind, code, begins] = Area(
            id=tx.new_id(),
            kind=kind,
            code=code,
            name=_kept(read.name),
            name_cy=_kept(said.get("name_cy") or "") or None,
            valid_from=begins,
            valid_until=_day(said.get("valid_until")) or terms.valid_until,
            shape=read.shape,
            licence=terms.licence,
        )
    return list(rows.values())


def _kept(text: Any) -> str:
    """Text of a file as the database can hold it."""
    return str(text).replace("\x00", "\ufffd")[:MAX_NAME]


def _kind(said: Any, otherwise: AreaKind) -> AreaKind:
    return AreaKind(said.upper()) if str(said).upper() in AreaKind.__members__ else otherwise


def _day(said: Any) -> date | None:
    """A day of a file, which may say an hour after it."""
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None


def _many(shape: Any) -> Any:
    """A polygon or several as a multipolygon."""
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


async def import_places(tx: Transaction, file: gazetteer_files.PlaceFile) -> Imported:
    """Add the places of a file to the gazetteer."""
    added = 0
    for start in range(0, len(file.places), BATCH):
        rows = [_place(tx, place) for place in file.places[start : start + BATCH]]
        held = await _held({row.lookup for row in rows})
        new = [row for row in rows if _identity(row.kind, row.lookup, row.qualifier) not in held]
        await Place.bulk_create(new, ignore_conflicts=True)  # another may bring in the same
        added += len(new)
    return Imported(added, len(file.places) - added)


def _place(tx: Transaction, read: gazetteer_files.Place) -> Place:
    return Place(
        id=tx.new_id(),
        kind=read.kind,
        name=_kept(read.name),
        lookup=_kept(read.key),
        qualifier=_kept(read.qualifier),
        rank=RANKS[read.kind],
        location=read.point,
    )


async def _held(lookups: Iterable[str]) -> set[tuple[str, ...]]:
    found = Place.filter(lookup__in=list(lookups))
    return {_identity(*key) for key in await found.values_list("kind", "lookup", "qualifier")}


def _identity(kind: PlaceKind, lookup: str, qualifier: str) -> tuple[str, ...]:
    return (kind, lookup) if kind in ONE_OF_A_NAME else (kind, lookup, qualifier)
