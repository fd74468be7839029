"""From an asset to its row in the layout of a register that goes out (layout.py).

A row is read again as soon as it is written, with the reader itself. What the columns do not give
back (a tick that stood in another column, say) the row says in its last one (readings.py): so
nothing is lost, and an ordinary row says nothing twice. Pure: no database; ../exporting.py has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from commonweal.assets.registers import readings
from commonweal.assets.registers.drafts import Draft
from commonweal.assets.registers.interpreting import interpret
from commonweal.assets.registers.layout import (
    ATTRIBUTION,
    COLUMNS,
    COUNCIL,
    GONE,
    LICENCE,
    READING,
)
from commonweal.assets.registers.mapping import own
from commonweal.assets.registers.reading import GUARDED, Register, clean
from commonweal.assets.registers.splitting import Row
from commonweal.assets.registers.wording import occupation_of
from commonweal.assets.rules import AssetCategory, Occupation, Tenure
from commonweal.kernel.errors import UserError
from commonweal.places.coordinates import BaseGeometry, GridSystem, Point, from_grid, to_grid

HEADERS: Final = tuple(COLUMNS)
METRES_DECIMALS_MOST: Final = 6  # of a published easting: a micrometre, under what a float keeps
MAP_DIGITS: Final = 6  # of an easting as the Ordnance Survey writes it in full: 094720
# What a spreadsheet takes for a formula; the last four are the same for wide keyboards.
RUNS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")

_TENURES: Final = {
    Tenure.FREEHOLD: "Freehold",
    Tenure.LEASEHOLD: "Leasehold",
    Tenure.OTHER: "Other",
    Tenure.NOT_LAND: "Chattel",
    Tenure.UNKNOWN: "",
}
_OCCUPATIONS: Final = {  # beside a tenure, where "leasehold" would be read as one
    Occupation.OCCUPIED_BY_COUNCIL: "occupied by the local authority",
    Occupation.LEASEHOLD: "let",
    Occupation.GROUND_LEASEHOLD: "ground lease",
    Occupation.SUB_LEASEHOLD: "sub let",
    Occupation.LICENCE: "licence",
    Occupation.VACANT: "vacant",
    Occupation.UNKNOWN: "",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An asset as it goes out. Texts are in the reading form; blank is None."""

    name: str
    tenure: Tenure
    occupation: Occupation
    category: AssetCategory
    declared_surplus: bool
    uprn: str | None = None
    reference: str | None = None
    street_number: str | None = None
    street: str | None = None
    locality: str | None = None
    post_town: str | None = None
    postcode: str | None = None
    address: str | None = None
    point: Point | None = None
    coordinate_system: str | None = None
    tenure_detail: str | None = None
    land_only: bool | None = None
    holding_type: str | None = None
    area_square_metres: int | None = None
    description: str | None = None
    reason_for_holding: str | None = None
    services: str | None = None
    status: str | None = None
    transfer_status: str | None = None
    running_costs: str | None = None
    required_maintenance: str | None = None
    functional_suitability: str | None = None
    energy_rating: str | None = None
    not_land_reason: str | None = None
    ward: str | None = None
    organisation_name: str | None = None
    organisation_code: str | None = None
    gone: bool = False  # in no register any more
    council: str = ""  # whose register it is
    licence: str = ""
    attribution: str = ""


def texts(entry: Entry, area: BaseGeometry | None = None) -> dict[str, str]:
    """What each column says of an asset, in the layout's order. `area` is its council's.

    The area tells the grids apart when the register is read again.
    """
    written = _plain(entry)
    draft = _read_again(written, area)
    if (draft.point, draft.coordinate_system) != (entry.point, entry.coordinate_system):
        written["Map reference (Ordnance Survey or ISO 6709)"] = iso6709(entry.point)
        draft = _read_again(written, area)
    return {**written, READING: readings.written(_unsaid(entry, draft))}


def cells(said: Mapping[str, str]) -> list[str]:
    """The texts as cells of a CSV file, safe to open in a spreadsheet."""
    return list(map(guarded, said.values()))


def guarded(text: str) -> str:
    """With an apostrophe before what a spreadsheet would run, else as it is.

    A number and an ISO 6709 string run nothing. Where there are apostrophes already, one more:
    `reading.unguarded` takes off just one.
    """
    text = clean(text)
    runs = text[:1] in RUNS and not _is_figure(text)
    return f"'{text}" if runs or GUARDED.match(text) else text


def iso6709(point: Point | None) -> str:
    """Latitude and longitude with every digit that they have: "+51.89823-002.0781417/"."""
    if point is None:
        return ""
    return f"{_signed(point.y, 2)}{_signed(point.x, 3)}/"


def grid_pair(point: Point, system: str) -> str:
    """The easting and northing that are this very point when they are read: "394720 222190".

    Blank where none of METRES_DECIMALS_MOST decimals are, or on no grid.
    """
    try:
        grid = GridSystem(system)
        near = to_grid(point, grid)  # to a millimetre: the shift's inverse is an approximation
        off = to_grid(from_grid(*near, grid), grid)
        for decimals in range(METRES_DECIMALS_MOST + 1):
            east, north = (round(2 * a - b, decimals) for a, b in zip(near, off, strict=True))
            if from_grid(east, north, grid) == point:
                width = MAP_DIGITS + decimals + bool(decimals)
                return f"{east:0{width}.{decimals}f} {north:0{width}.{decimals}f}"
    except (ValueError, UserError):
        pass
    return ""


def _plain(entry: Entry) -> dict[str, str]:
    said = {
        header: value
        for header, field in COLUMNS.items()
        if field and isinstance(value := getattr(entry, field, None), str)
    }
    detail = {"For freehold assets": Tenure.FREEHOLD, "For leasehold assets": Tenure.LEASEHOLD}
    theirs = next((h for h, tenure in detail.items() if tenure is entry.tenure), "For other assets")
    said |= dict.fromkeys((*detail, "For other assets"), "")
    said[theirs] = entry.tenure_detail or ""
    said["Freehold or lease"] = _tenure(entry)
    if entry.point is not None:
        pair = grid_pair(entry.point, entry.coordinate_system or "")
        said["Map reference (Ordnance Survey or ISO 6709)"] = pair or iso6709(entry.point)
    if entry.land_only is not None:
        words = "Land only" if entry.land_only else "Land with permanent building"
        said["Land only or land with permanent building"] = words
    if entry.area_square_metres is not None:
        said["Site area (sq m)"] = str(entry.area_square_metres)
    said |= {GONE: "Yes" * entry.gone, COUNCIL: entry.council}
    said |= {LICENCE: entry.licence, ATTRIBUTION: entry.attribution}
    return {header: said.get(header, "") for header in HEADERS}


def _tenure(entry: Entry) -> str:
    """The tenure; and who uses it, where the detail does not say so: "Freehold: vacant"."""
    tenure, use = _TENURES[entry.tenure], _OCCUPATIONS[entry.occupation]
    said = occupation_of(entry.tenure_detail or "") is entry.occupation
    if said or not use or entry.tenure not in (Tenure.FREEHOLD, Tenure.LEASEHOLD):
        return tenure
    return f"{tenure}: {use}"


def _read_again(said: Mapping[str, str], area: BaseGeometry | None) -> Draft:
    register = Register(
        headers=HEADERS,
        rows=(Row(1, tuple(cells(said))),),
        encoding="utf-8",
        delimiter=",",
        header_row=1,
        preamble=(),
        footer=(),
        blank_rows=(),
        notes=(),
    )
    [draft] = interpret(register, own(), area)
    return draft


def _unsaid(entry: Entry, draft: Draft) -> dict[str, Any]:
    """The readings of the asset that its columns do not give back.

    Whether a cell like "Art" is of a column of kinds, its whole register decides, so the reason
    not to list a thing is always said.
    """
    held = {name: getattr(entry, name) for name in readings.READINGS}
    unsaid = {name: value for name, value in held.items() if getattr(draft, name) != value}
    if entry.not_land_reason or draft.not_land_reason:
        unsaid |= {name: held[name] for name in ("not_land_reason", "category")}
    return unsaid


def _is_figure(text: str) -> bool:
    """Digits with signs and points: a spreadsheet makes nothing else of a number."""
    sign, body = text[:1], text[1:].replace(".", "", 1)
    if sign in "+-" and body.isascii() and body.isdigit():
        return True
    return text.endswith("/") and not set(text) - set("+-.0123456789/")


def _signed(degrees: float, width: int) -> str:
    whole, _, fraction = f"{abs(Decimal(repr(degrees))):f}".partition(".")
    return f"{'-' if degrees < 0 else '+'}{whole:0>{width}}.{fraction or '0'}"
