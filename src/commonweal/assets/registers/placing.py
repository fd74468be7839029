"""Where a row says that its asset is: from whichever of its columns can be read.

Easting and northing, then the columns whose system is unknown, then degrees, then one cell with
any of these or a grid reference. What each number means is places.coordinates' to say; a pair that
it refuses leaves the draft without a point and with a problem that names the likely fix.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commonweal.assets.registers.wording import says_nothing
from commonweal.kernel.errors import UserError
from commonweal.places import coordinates
from commonweal.places.coordinates import (
    BaseGeometry,
    GridSystem,
    Located,
)

PAIRS: Final = (("easting", "northing"), ("x", "y"), ("longitude", "latitude"))
FIELDS: Final = (*(name for pair in PAIRS for name in pair), "map_reference")
LONGEST_CELL: Final = 200  # of a map reference with its explanation; longer cells are prose

_AXIS = r"(?:eastings?|northings?|[enxy])?[:=.]? ?"
_METRES = r"(\d{5,7}(?:\.\d+)?|\d{3},\d{3}(?:\.\d+)?)"
_METRES_IN_ONE = re.compile(
    rf"\(?{_AXIS}{_METRES} ?m?e?(?: ?[,;/|&] ?| and | )+{_AXIS}{_METRES} ?m?n?\)?", re.IGNORECASE
)
_METRES_UNDIVIDED = re.compile(r"(\d{6})(\d{6})")
_ADORNED = re.compile(r"[enxy]?[:=]? ?(-?[\d.,]+) ?(?:m|me|mn|e|n|°|deg)?", re.IGNORECASE)
_FIXES: Final = {
    "LOOKS_SWAPPED": "exchange the two",
    "LOOKS_LIKE_DEGREES": "give them as longitude and latitude",
    "LOOKS_LIKE_GRID": "give them as easting and northing",
    "ONE_COORDINATE_MISSING": "fill in the other, or leave both blank",
    "NO_PLACE_AT_ZERO": "leave both blank where the place is not known",
    "OUTSIDE_AREA": "check them against the address",
    "OFF_THE_GRID": "check them against the address, and that no digit is missing",
    "MIXED_SYSTEMS": "give both in one system",
    "NOT_A_COORDINATE": "write one number in each of the two cells",
}
_OTHER_FIX: Final = "write an easting and a northing, or a grid reference"


@dataclass(frozen=True)
class Refused:
    """Columns that did not give a place, and why."""

    fields: tuple[str, ...]
    code: str
    message: str
    likely_fix: str


def place(
    values: Mapping[str, str], area: BaseGeometry | None
) -> tuple[Located | None, list[Refused]]:
    """The first place that a row's cells give, and the refusals of those tried before it."""
    refused = []
    for x, y in PAIRS:
        first, second = _number(values.get(x, "")), _number(values.get(y, ""))
        if not first and not second:
            continue
        try:
            located = coordinates.read_pair(first, second, area)
        except UserError as error:
            refused.append(_refusal((x, y), error, _sign_lost(first, second, area)))
        else:
            if located:
                return located, refused
    reference = values.get("map_reference", "")
    if not says_nothing(reference):
        try:
            return _from_one_cell(reference, area), refused
        except UserError as error:
            refused.append(_refusal(("map_reference",), error, False))
    return None, refused


def _from_one_cell(text: str, area: BaseGeometry | None) -> Located:
    metres = _METRES_IN_ONE.fullmatch(text[:LONGEST_CELL]) or _METRES_UNDIVIDED.fullmatch(text)
    if metres:
        located = coordinates.read_pair(metres[1], metres[2], area)
        assert located is not None  # two numbers are never blank
        return located
    point = coordinates.from_text(text)
    # Again as a pair, for the area to judge it as it does the others.
    located = coordinates.read_pair(repr(point.x), repr(point.y), area)
    assert located is not None
    lettered = re.match(r"([A-Z]{1,2}) ?\d", text.strip().upper())
    if lettered is None:
        return located
    system = GridSystem.BRITISH if len(lettered[1]) == 2 else GridSystem.IRISH
    return Located(located.point, system.value, f"read as a {system.label} reference")


def _number(cell: str) -> str:
    """The number without what people put around it: "E395522", "223084 m", "N/A"."""
    if says_nothing(cell):
        return ""
    adorned = _ADORNED.fullmatch(cell)
    return adorned[1] if adorned else cell


def _sign_lost(first: str, second: str, area: BaseGeometry | None) -> bool:
    """Whether the pair lies in the area once its longitude is west."""
    if area is None or not first or first.startswith("-"):
        return False
    try:
        return coordinates.read_pair(f"-{first}", second, area) is not None
    except UserError:
        return False


def _refusal(fields: tuple[str, ...], error: UserError, sign_lost: bool) -> Refused:
    fix = "give the longitude its minus sign" if sign_lost else _FIXES.get(error.code, _OTHER_FIX)
    return Refused(fields, error.code, error.message, fix)
