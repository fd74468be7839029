"""What the cells of a column look like, for a mapping that its name alone cannot decide.

Council registers call the same fact many names and different facts the same name: "Property
Reference Number" may be a UPRN, "Area" a district or a size, "Organisation Label" a code. Shares
of a sample tell. Pure looks: nothing here is a reading; that is interpreting.py's.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from commonweal.assets.registers import wording
from commonweal.assets.registers.reading import Register, clean

SAMPLE_CELLS: Final = 300  # a column shows what it is in so many, spread over the register
AGAINST: Final = -45  # a known name whose cells contradict it falls below a guess by cells
DOUBT: Final = -12
MOST: Final = 0.5
FEW: Final = 0.2
NEARLY_ALL: Final = 0.8
LONGEST_LOOK: Final = 120  # characters; longer cells are prose

_LOOKS: Final[dict[str, re.Pattern[str]]] = {
    "uprn": re.compile(r"'?0{0,3}\d{7,12}(\.0+)?|\d\.\d+e\+?\d\d", re.IGNORECASE),
    "long_uprn": re.compile(r"'?(0?1\d{10}|1\d{11}|2\d{11}|9\d{10,11})(\.0+)?"),
    "postcode": re.compile(r"[A-Z]{1,2}\d[A-Z\d]?( {0,2}\d[A-Z]{2})?", re.IGNORECASE),
    "full_postcode": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? {0,2}\d[A-Z]{2}", re.IGNORECASE),
    "number": re.compile(r"[enxy]?:? ?[-+]?[\d,]*\.?\d+ ?(e[-+]?\d+|m?[en]?)", re.IGNORECASE),
    "metres": re.compile(r"\d{5,7}(\.\d+)?|\d{3},\d{3}(\.\d+)?"),
    "west": re.compile(r"-?[0-8]\.\d{2,}"),
    "north": re.compile(r"(49|5\d|60)\.\d{2,}"),
    "size": re.compile(r"(c\.?|circa|approx\.?|~)? ?[\d,]*\.?\d+ ?[a-z²2. ]*", re.IGNORECASE),
    "place": re.compile(
        r"[A-Z]{2} ?\d[\d ]*|\d{12}|POINT ?\(.*|\(?[-+]?\d+\.\d+ ?[,; ] ?[-+]?\d.*"
        r"|[-+]\d{2,}[.\d]*[-+]\d{3}.*|[EX]?:? ?\d{6}(\.\d+)? ?[,;/ ]+ ?[NY]?:? ?\d{5,7}.*",
        re.IGNORECASE,
    ),
    "door": re.compile(r"(no\.? ?)?\d+[a-z]?( ?(-|/|&|and|to|,) ?\d+[a-z]?)*.{0,12}", re.I),
    "code": re.compile(r"[EWSNK]\d{8}|\d{2}[A-Z]{2}|[A-Z]{3,4}|[a-z-]+:\w+|https?://.*|\d+"),
    "date": re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"),
}


@dataclass(frozen=True)
class Column:
    """How a column's cells look: shares, 0 to 1, of the filled cells of a sample."""

    filled: float  # of all cells of the sample
    distinct: float
    shares: dict[str, float]
    letters: int  # the commonest length

    def share(self, look: str) -> float:
        return self.shares.get(look, 0.0)


def look_at(register: Register) -> tuple[Column, ...]:
    """Every column of the register, in order, from rows spread evenly over it."""
    step = max(1, len(register.rows) // SAMPLE_CELLS)
    rows = register.rows[::step]
    return tuple(
        _column([clean(row.cells[place]) for row in rows]) for place in range(len(register.headers))
    )


def _column(cells: Sequence[str]) -> Column:
    filled = [cell for cell in cells if not wording.says_nothing(cell)]
    if not filled:
        return Column(0.0, 0.0, {}, 0)
    short = [cell for cell in filled if len(cell) <= LONGEST_LOOK]
    shares = {
        look: sum(pattern.fullmatch(cell) is not None for cell in short) / len(filled)
        for look, pattern in _LOOKS.items()
    }
    tenures = sum(wording.tenure_of(cell) in wording.PLAIN_TENURES for cell in short)
    flags = sum(wording.yes_or_no(cell) is not None for cell in short)
    shares |= {"tenure": tenures / len(filled), "flag": flags / len(filled)}
    distinct = len({cell.casefold() for cell in filled}) / len(filled)
    lengths = sorted(map(len, filled))
    return Column(len(filled) / len(cells), distinct, shares, lengths[len(lengths) // 2])


def _needs(look: str, least: float) -> Callable[[Column], float]:
    return lambda column: 0 if column.share(look) >= least else AGAINST


def _avoids(look: str, most: float) -> Callable[[Column], float]:
    return lambda column: 0 if column.share(look) <= most else AGAINST


def _reference(column: Column) -> float:
    if column.letters > 40:
        return AGAINST
    repeats = DOUBT if column.distinct < NEARLY_ALL else 0
    return repeats + (DOUBT if column.share("long_uprn") > NEARLY_ALL else 0)


def _name(column: Column) -> float:
    return AGAINST if column.share("number") > MOST or column.share("flag") > MOST else 0


def _address(column: Column) -> float:
    return AGAINST if column.share("place") > MOST else _name(column)


def _map_reference(column: Column) -> float:
    if column.share("metres") > MOST:  # half of a pair, under a name meant for both
        return 2 * AGAINST
    return 0 if column.share("place") >= FEW else AGAINST


def _tenure(column: Column) -> float:
    if column.share("flag") > MOST:  # a 1 in a column to tick is no number
        return 0
    return AGAINST if max(column.share("number"), column.share("date")) > MOST else 0


_VERDICTS: Final[dict[str, Callable[[Column], float]]] = {
    "reference": _reference,
    "uprn": _needs("uprn", FEW),
    "name": _name,
    "address": _address,
    "street_number": _needs("door", FEW),
    "street": _avoids("number", MOST),
    "locality": _avoids("number", MOST),
    "post_town": _avoids("number", MOST),
    "postcode": _needs("postcode", FEW),
    "easting": _needs("number", MOST),
    "northing": _needs("number", MOST),
    "longitude": _needs("number", MOST),
    "latitude": _needs("number", MOST),
    "x": _needs("number", MOST),
    "y": _needs("number", MOST),
    "map_reference": _map_reference,
    "tenure": _tenure,
    "tenure_detail": _tenure,
    "holding_type": _avoids("number", MOST),
    "area_hectares": _needs("size", MOST),
    "area_square_metres": _needs("size", MOST),
    "ward": _avoids("number", MOST),
    "organisation_name": _avoids("code", MOST),
    "organisation_code": _needs("code", MOST),
}


def verdict(field: str, column: Column) -> float:
    """What the cells add to the score of a name: 0, or less the more they contradict it."""
    judge = _VERDICTS.get(field)
    return judge(column) if judge and column.filled else 0.0


def guesses(column: Column) -> dict[str, float]:
    """Fields that the cells alone suggest, with scores like those of fields.py."""
    found: dict[str, float] = {}
    if column.share("long_uprn") > NEARLY_ALL:
        found["uprn"] = 86
    elif column.share("uprn") > NEARLY_ALL and column.distinct > MOST and column.letters >= 9:
        found["uprn"] = 52
    if column.share("full_postcode") > 0.6:
        found["postcode"] = 60
    if column.share("tenure") > 0.6:
        found["tenure"] = 60
    if column.share("place") > NEARLY_ALL:
        found["map_reference"] = 55
    return found


def pair_of(first: Column, second: Column) -> tuple[str, str] | None:
    """What two neighbouring columns of figures without a known name hold together, if a place."""
    if min(first.share("metres"), second.share("metres")) > NEARLY_ALL:
        return ("x", "y")
    for west, north, fields in (
        (first, second, ("longitude", "latitude")),
        (second, first, ("latitude", "longitude")),
    ):
        if west.share("west") > NEARLY_ALL and north.share("north") > NEARLY_ALL:
            return fields
    return None
