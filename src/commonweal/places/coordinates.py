"""From what people write to a WGS 84 point: longitude first, and refused with the likely fix named.

Degrees, pairs from a register's two columns, ISO 6709, WKT and free text. Grids and their lettered
references are in grids.py and are offered here too, so that one import serves. Nothing here
guesses silently: a pair that was read in a system nobody named says so in `Located.note`.
Postcodes are not coordinates, but some look like grid references ("SO14", "N7 9"): ask
postcodes.py first where either may be written.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from commonweal.kernel.errors import UserError, fact
from commonweal.places.grids import (
    GridSystem,
    LooksLikeDegrees,
    LooksSwapped,
    NotACoordinate,
    NotAGridReference,
    OffTheGrid,
    from_grid,
    from_grid_reference,
    grid_reference,
    home_grid,
    number,
    shown,
    to_grid,
)

__all__ = [
    "BaseGeometry", "GridSystem", "Located", "LooksLikeDegrees", "LooksLikeGrid", "LooksSwapped",
    "MixedSystems", "NoPlaceAtZero", "NotACoordinate", "NotAGridReference", "NotIso6709",
    "OffTheGlobe", "OffTheGrid", "OneCoordinateMissing", "OutsideArea", "Point",
    "UnreadableCoordinates", "from_grid", "from_grid_reference", "from_iso6709", "from_text",
    "grid_reference", "home_grid", "number", "point", "read_pair", "shown", "to_grid",
]  # fmt: skip

WGS84: Final = "WGS84"
BRITISH_ISLES: Final = (-11.0, 48.8, 3.0, 61.5)  # west, south, east, north; Jersey to Shetland
GRID_MOST_METRES: Final = 1_300_000  # no easting or northing of these islands is larger
TEXT_MOST_CHARACTERS: Final = 100  # the longest form, ISO 6709 with its height, has under 50
# A council owns land beyond its border (cemeteries, reservoirs), but seldom an hour's drive away.
AREA_MARGIN_KM: Final = 50
KM_PER_DEGREE: Final = 111.2

_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_THOUSANDS = r"[+-]?[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]*)?"
_NUMBER = re.compile(f"{_PLAIN}|{_THOUSANDS}")
_COMPASS = re.compile(rf"({_PLAIN})([NSEW])")
_REFERENCE = re.compile(r"[A-HJ-Z]{1,2} ?[0-9][0-9 ]*")
_WKT_POINT = re.compile(
    rf"(?:SRID=4326;)?\s*POINT\s*Z?\s*\(\s*({_PLAIN})\s+({_PLAIN})(?:\s+{_PLAIN})?\s*\)"
)
_ISO = re.compile(
    r"([+-])([0-9]{2}|[0-9]{4}|[0-9]{6})(\.[0-9]+)?"
    r"([+-])([0-9]{3}|[0-9]{5}|[0-9]{7})(\.[0-9]+)?"
    r"(?:[+-][0-9]+(?:\.[0-9]+)?)?(?:CRS\w+)?/?"
)
_BLANKS = str.maketrans({"\u2212": "-", "\ufeff": " ", "\u200b": " ", "\u200e": " ", "\u200f": " "})


@fact
class LooksLikeGrid(UserError):
    says = (
        "{longitude:.10g} and {latitude:.10g} look like an easting and a northing, not a longitude "
        "and a latitude: give them as easting and northing, and say which grid."
    )
    longitude: float
    latitude: float


@fact
class OffTheGlobe(UserError):
    says = (
        "Longitude {longitude:.10g}, latitude {latitude:.10g} is nowhere: a longitude is from "
        "-180 to 180 and a latitude from -90 to 90."
    )
    longitude: float
    latitude: float


@fact
class MixedSystems(UserError):
    says = (
        "{first:.10g} and {second:.10g} are not of one kind: give two numbers of degrees, or an "
        "easting and a northing."
    )
    first: float
    second: float


@fact
class OutsideArea(UserError):
    says = (
        "{x:.10g} and {y:.10g} are more than {margin_km} km outside the area, whichever way round "
        "and on whichever grid they are read: check them against the address."
    )
    x: float
    y: float
    margin_km: int


@fact
class NoPlaceAtZero(UserError):
    says = "Zero and zero is no place here: leave both blank where the place is not known."


@fact
class OneCoordinateMissing(UserError):
    says = "Only one of the two coordinates is given ({given}): give both or neither."
    given: str


@fact
class NotIso6709(UserError):
    says = (
        "{text} is not ISO 6709: write the latitude first, both signed and padded, as "
        "+51.8994-002.0783/."
    )
    text: str


@fact
class UnreadableCoordinates(UserError):
    says = (
        "{text} could not be read as a place: write a latitude and a longitude (51.8994, -2.0783), "
        "a grid reference (SO 9472 2219) or an easting and a northing (394720 222190)."
    )
    text: str


@dataclass(frozen=True)
class Located:
    """A point, the system that its numbers were read in, and what a person should know of that."""

    point: Point
    system: str  # "WGS84" or a GridSystem
    note: str


def point(longitude: object, latitude: object) -> Point:
    """The WGS 84 point at two numbers of degrees. Raises what `degrees` raises."""
    return Point(*degrees(longitude, latitude))


def degrees(longitude: object, latitude: object) -> tuple[float, float]:
    """The two numbers, where they are a place on WGS 84.

    Raises NotACoordinate, OffTheGlobe, LooksLikeGrid, or LooksSwapped: also for a pair that is
    nowhere near these islands but would be in them the other way round.
    """
    east, north = number("longitude", longitude), number("latitude", latitude)
    if not _on_globe(east, north):
        if _on_globe(north, east):
            raise LooksSwapped("longitude", east, "latitude", north)
        if _metres(east, north) and max(abs(east), abs(north)) <= GRID_MOST_METRES:
            raise LooksLikeGrid(east, north)
        raise OffTheGlobe(east, north)
    if not _in_british_isles(east, north) and _in_british_isles(north, east):
        raise LooksSwapped("longitude", east, "latitude", north)
    return east, north


def from_iso6709(text: str) -> Point:
    """The point of an ISO 6709 string: degrees, degrees and minutes, or with seconds.

    A height and a CRS name are allowed and left out. Raises NotIso6709, and what `point` raises.
    """
    match = _ISO.fullmatch(_tidy(text, "")) if len(text) <= TEXT_MOST_CHARACTERS else None
    if match is None or len(match[2]) + 1 != len(match[5]):
        raise NotIso6709(shown(text))
    north = _degrees(match[1], match[2], match[3] or "", whole=2)
    east = _degrees(match[4], match[5], match[6] or "", whole=3)
    if north is None or east is None:
        raise NotIso6709(shown(text))
    return point(east, north)


def from_text(text: str, system: GridSystem = GridSystem.BRITISH) -> Point:
    """The point of whatever a person wrote into one box.

    Two numbers of degrees are taken in the order that falls in the British Isles, else latitude
    first; two of metres are an easting and a northing on `system`. Also WKT's POINT (longitude
    first), ISO 6709 and grid references. Raises UnreadableCoordinates, and each form's errors.
    """
    if len(text) > TEXT_MOST_CHARACTERS:
        raise UnreadableCoordinates(shown(text))
    tidy = _tidy(text, " ").strip("()[]").strip().upper()
    if match := _WKT_POINT.fullmatch(_tidy(text, " ").upper()):
        return point(float(match[1]), float(match[2]))
    if _ISO.fullmatch(tidy):
        return from_iso6709(tidy)
    if _REFERENCE.fullmatch(tidy):
        return from_grid_reference(tidy)
    if pair := _two_parts(tidy):
        return _from_parts(*pair, text, system)
    raise UnreadableCoordinates(shown(text))


def read_pair(x: str, y: str, expected: BaseGeometry | None = None) -> Located | None:
    """What a register's two columns hold, whose system nobody named; None where both are blank.

    `x` is the longitude or easting column, `y` the other; size tells degrees from metres.
    `expected` is the area, if known, in which the place should be: it decides between the grids,
    and refuses a pair further than AREA_MARGIN_KM from the box around it. Without it metres are
    taken as British. Raises the errors of `point` and `from_grid`, OutsideArea, LooksSwapped,
    MixedSystems, NoPlaceAtZero, OneCoordinateMissing.
    """
    x, y = _tidy(x, " "), _tidy(y, " ")
    if not x or not y:
        if x or y:
            raise OneCoordinateMissing(shown(x or y))
        return None
    first, second = _read_number("x coordinate", x), _read_number("y coordinate", y)
    if first == 0 and second == 0:
        raise NoPlaceAtZero
    if _metres(first, second):
        systems: tuple[GridSystem | None, ...] = tuple(GridSystem)
    elif max(abs(first), abs(second)) <= 180:
        systems = (None,)
    else:
        raise MixedSystems(first, second)
    if expected is None or expected.is_empty:
        return _located(_converted(first, second, systems[0]), systems[0], "")
    return _read_within(first, second, systems, expected)


def _read_within(
    first: float, second: float, systems: tuple[GridSystem | None, ...], expected: BaseGeometry
) -> Located:
    straight = [(s, p) for s in systems if (p := _attempt(first, second, s))]
    swapped = [(s, p) for s in systems if (p := _attempt(second, first, s))]
    for system, place in straight:
        if _near(place, expected):
            doubt = not expected.intersects(place) and any(
                expected.intersects(other) for _, other in swapped
            )
            return _located(place, system, "; it lies in the area only if swapped" * doubt)
    for system, place in swapped:
        if _near(place, expected):
            names = ("longitude", "latitude") if system is None else ("easting", "northing")
            raise LooksSwapped(names[0], first, names[1], second)
    raise OutsideArea(first, second, AREA_MARGIN_KM)


def _located(place: Point, system: GridSystem | None, doubt: str) -> Located:
    if system is None:
        return Located(place, WGS84, f"read as longitude and latitude{doubt}")
    return Located(place, system.value, f"read as {system.label} easting and northing{doubt}")


def _converted(first: float, second: float, system: GridSystem | None) -> Point:
    return point(first, second) if system is None else from_grid(first, second, system)


def _attempt(first: float, second: float, system: GridSystem | None) -> Point | None:
    """The pair's point, with no opinion on whether the pair looks swapped: the area decides."""
    if system is None:
        return Point(first, second) if _on_globe(first, second) else None
    return from_grid(first, second, system) if system.holds(first, second) else None


def _near(place: Point, expected: BaseGeometry) -> bool:
    """Within the area's box, wider by the margin. A box, because a register asks row by row."""
    west, south, east, north = expected.bounds
    tall = AREA_MARGIN_KM / KM_PER_DEGREE
    wide = tall / max(0.01, math.cos(math.radians(place.y)))  # the poles have no councils
    box = shapely.box(west - wide, south - tall, east + wide, north + tall)
    return bool(shapely.intersects_xy(box, place.x, place.y))


def _on_globe(longitude: float, latitude: float) -> bool:
    return abs(longitude) <= 180 and abs(latitude) <= 90


def _in_british_isles(longitude: float, latitude: float) -> bool:
    west, south, east, north = BRITISH_ISLES
    return west <= longitude <= east and south <= latitude <= north


def _metres(first: float, second: float) -> bool:
    return min(abs(first), abs(second)) > 180


def _tidy(text: str, blank: str) -> str:
    """Runs of blanks, no-break and invisible ones too, as one `blank`; a true minus as a hyphen."""
    return blank.join(text.translate(_BLANKS).split())


def _read_number(axis: str, text: str) -> float:
    if len(text) > TEXT_MOST_CHARACTERS or not _NUMBER.fullmatch(text):
        raise NotACoordinate(axis, shown(text))
    return number(axis, float(text.replace(",", "").replace(" ", "")))


def _degrees(sign: str, digits: str, fraction: str, whole: int) -> float | None:
    """Degrees of ISO 6709's DD, DDMM or DDMMSS; the fraction belongs to the last part given."""
    parts = [digits[:whole], digits[whole : whole + 2], digits[whole + 2 :]]
    given = [part for part in parts if part]
    given[-1] += fraction
    values = [float(part) for part in given]
    if any(part >= 60 for part in values[1:]):
        return None
    size = sum(part / 60.0**power for power, part in enumerate(values))
    return -size if sign == "-" else size


def _two_parts(text: str) -> tuple[str, str] | None:
    """The two halves of "51.9, -2.07", "51.9° N 2.07° W", "395,522 223,084", "395522;223084"."""
    joined = re.sub(r" ?° ?| (?=[NSEW](?:[ ,;]|$))", "", text)
    words = re.sub(r" ?; ?| , ?|, ", " ", joined).split()
    if len(words) == 1:
        words = words[0].split(",")
    return (words[0], words[1]) if len(words) == 2 else None


def _from_parts(first: str, second: str, text: str, system: GridSystem) -> Point:
    compass = [_COMPASS.fullmatch(part) for part in (first, second)]
    if compass[0] and compass[1] and compass[0][2] in "NS" and compass[1][2] in "EW":
        north, east = (float(m[1]) * (-1 if m[2] in "SW" else 1) for m in compass if m)
        return point(east, north)
    if not _NUMBER.fullmatch(first) or not _NUMBER.fullmatch(second):
        raise UnreadableCoordinates(shown(text))
    a, b = _read_number("first number", first), _read_number("second number", second)
    if _metres(a, b):
        return from_grid(a, b, system)
    if max(abs(a), abs(b)) > 180:
        raise MixedSystems(a, b)
    return point(a, b) if _in_british_isles(a, b) else point(b, a)
