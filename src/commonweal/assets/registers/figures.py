"""The figures in a register's cells: UPRNs and areas, in the many shapes spreadsheets give them.

A figure that cannot be read is refused with the likely fix, not guessed. Coordinates are in
placing.py.
"""

import re
from decimal import Decimal
from typing import Final

from commonweal.assets.registers.wording import says_nothing
from commonweal.kernel.errors import UserError, fact

UPRN_DIGITS_MOST: Final = 12  # standards.md 3.6
# The largest authority, Highland, has 2.6 million hectares; one asset is no larger.
AREA_MOST_SQUARE_METRES: Final = 26_000_000_000
LONGEST_FIGURE: Final = 60  # characters; a longer cell is prose, whatever figures it holds

_SQUARE_METRES: Final = {
    "hectare": Decimal(10_000),
    "acre": Decimal("4046.8564224"),
    "square foot": Decimal("0.09290304"),
    "square yard": Decimal("0.83612736"),
    "square metre": Decimal(1),
    "square kilometre": Decimal(1_000_000),
}
_UNITS: Final = (
    (re.compile(r"(sq\.? ?k(ilo)?m\w*|square kilomet\w+|km ?[2²])"), "square kilometre"),
    (re.compile(r"(?:\b|\d)(hectares?|hectarage|ha)\b"), "hectare"),
    (re.compile(r"(?:\b|\d)(acres?|acreage|ac)\b"), "acre"),
    (re.compile(r"(sq\.? ?(ft|feet|foot)|square f(ee|oo)t|ft ?[2²])"), "square foot"),
    (re.compile(r"(sq\.? ?y(ar)?ds?|square yards?|yd ?[2²])"), "square yard"),
    (re.compile(r"(sq\.? ?m\w*|square met\w+|m ?[2²]|m sq)"), "square metre"),
)
_FIGURE = re.compile(r"(?<![\d.,-])(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(?![\d,]|\.\d)")
_WHOLE = re.compile(r"[\d,]*\.?\d+(e[+-]?\d+)?")


@fact
class UprnNotRead(UserError):
    says = "{text} is no UPRN, which has 1 to 12 digits."
    text: str


@fact
class UprnRounded(UserError):
    says = "{text} is a UPRN that a spreadsheet has rounded: its last digits are lost."
    text: str


@fact
class AreaNotRead(UserError):
    says = "{text} could not be read as an area."
    text: str


def read_uprn(text: str) -> str | None:
    """The digits without leading zeros; None where none is given ("N/A", "0").

    Raises UprnRounded for 1.00121E+11, and UprnNotRead.
    """
    if says_nothing(text):
        return None
    if text.isascii() and text.isdigit() and len(text) <= UPRN_DIGITS_MOST:  # nearly all of them
        return text.lstrip("0") or None
    bare = text.strip("\"'=").replace(" ", "").replace("\u00a0", "")
    bare = re.sub(r"(?<=\d),(?=\d{3}(?:,|\.|$))", "", bare)
    if re.fullmatch(r"\d(\.\d+)?e\+?\d{1,2}", bare, re.IGNORECASE):
        raise UprnRounded(text)
    digits = re.sub(r"\.0*$", "", bare.upper().removeprefix("UPRN").lstrip(":"))
    if not re.fullmatch(r"[0-9]+", digits):
        raise UprnNotRead(text[:LONGEST_FIGURE])
    digits = digits.lstrip("0")
    if len(digits) > UPRN_DIGITS_MOST:
        raise UprnNotRead(text[:LONGEST_FIGURE])
    return digits or None


def read_area(text: str, header: str, assumed: str) -> int | None:
    """Square metres, whole; None for blank and for 0, which registers write for "not measured".

    The unit is the one in the cell, else in the column's name, else `assumed` ("hectare" or
    "square metre"). Raises AreaNotRead.
    """
    if says_nothing(text):
        return None
    wording = text.casefold()
    found = [m for m in _FIGURE.finditer(wording[:LONGEST_FIGURE]) if m[1] or m[2]]
    figures = [m for m in found if not wording[: m.start()].endswith(("m", "ft", "yd", "km"))]
    if len(figures) != 1 or wording.lstrip().startswith("-"):
        raise AreaNotRead(text[:LONGEST_FIGURE])
    number = Decimal(f"{(figures[0][1] or '0').replace(',', '')}{figures[0][2] or ''}")
    unit = _unit(wording) or _unit(header.casefold()) or assumed
    square_metres = int((number * _SQUARE_METRES[unit]).to_integral_value())
    if square_metres > AREA_MOST_SQUARE_METRES:
        raise AreaNotRead(text[:LONGEST_FIGURE])
    return square_metres or None


def _unit(wording: str) -> str | None:
    return next((unit for pattern, unit in _UNITS if pattern.search(wording)), None)
