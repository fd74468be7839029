"""What a register that went out from here says of a row beyond its columns.

What somebody once read out of ticks, of a column that nobody knows, or of words that were not kept
cannot always be read again out of the columns of layout.py. Such a row, and no other, says it in
the last one: `{"declared_surplus": true}`. It is believed in place of what the columns give. What
is no such saying is a problem beside the row, never a guess.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from commonweal.assets.registers.figures import AREA_MOST_SQUARE_METRES, UPRN_DIGITS_MOST
from commonweal.assets.registers.reading import clean
from commonweal.assets.rules import AssetCategory, Occupation, Tenure
from commonweal.kernel.errors import UserError, fact
from commonweal.places.coordinates import WGS84, GridSystem

SHOWN_CHARACTERS: Final = 60  # how much of an odd one a message repeats
POSTCODE_MOST: Final = 10  # characters: what the register's own column holds
SYSTEMS: Final = frozenset([WGS84, *GridSystem])


@fact
class ReadingNotRead(UserError):
    says = "{text} is no reading of a row that this service wrote: the columns were read instead."
    text: str


def _text(value: Any) -> bool:
    """Something, in the reading form, and nothing that no database takes."""
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        return False
    return bool(value) and clean(value) == value


def _maybe(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _area(value: Any) -> bool:
    return type(value) is int and 0 < value <= AREA_MOST_SQUARE_METRES


def _uprn(value: Any) -> bool:
    return _text(value) and value.isascii() and value.isdigit() and len(value) <= UPRN_DIGITS_MOST


def _postcode(value: Any) -> bool:
    return _text(value) and len(value) <= POSTCODE_MOST


# Every reading of a draft that columns may fail to give again, and what it may be.
READINGS: Final[dict[str, Callable[[Any], bool]]] = {
    "reference": _maybe(_text),
    "uprn": _maybe(_uprn),
    "name": _text,
    "address": _maybe(_text),
    "postcode": _maybe(_postcode),
    "coordinate_system": _maybe(lambda value: value in SYSTEMS),
    "tenure": lambda value: value in frozenset(Tenure),
    "tenure_detail": _maybe(_text),
    "occupation": lambda value: value in frozenset(Occupation),
    "holding_type": _maybe(_text),
    "category": lambda value: value in frozenset(AssetCategory),
    "land_only": _maybe(_truth),
    "area_square_metres": _maybe(_area),
    "declared_surplus": _truth,
    "not_land_reason": _maybe(_text),
}
_KINDS: Final[dict[str, Callable[[str], Any]]] = {
    "tenure": Tenure,
    "occupation": Occupation,
    "category": AssetCategory,
}


def written(readings: Mapping[str, Any]) -> str:
    """Readings by name as one cell, blank where there are none."""
    return json.dumps(dict(readings), ensure_ascii=False) if readings else ""


def read(text: str) -> dict[str, Any]:
    """What `written` wrote. Raises ReadingNotRead."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(map(_is_sound, found, found.values())):
        raise ReadingNotRead(text[:SHOWN_CHARACTERS])
    return {name: _KINDS[name](v) if name in _KINDS else v for name, v in found.items()}


def _is_sound(name: str, value: Any) -> bool:
    # what cannot be hashed is no member of a set of words
    return name in READINGS and not isinstance(value, dict | list) and READINGS[name](value)
