"""The national grids of Britain and Ireland: eastings, northings and lettered references.

A pair of grid numbers means nothing without its grid, so every function here names one: the same
pair is Belfast on the Irish grid and Lancashire on the British one. Conversions are good to about
5 m in Great Britain (1.4 m in the middle) and 1 m in Ireland: they use each grid's published
seven-parameter shift, fixed here, so that every machine gives the same answer whether or not it
has the Ordnance Survey's grid file. Never use them to settle a boundary. Text of other kinds,
degrees and pairs of an unsaid kind: coordinates.py.
"""

import math
import re
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import shapely
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from commonweal.kernel.errors import UserError, fact

if TYPE_CHECKING:
    from pyproj import Transformer

LETTERS: Final = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # both grids leave out I
SQUARE_METRES: Final = 100_000  # the side of a lettered square
MOST_DIGITS: Final = 10  # a square of one metre: finer than the conversion is good for
SHOWN_CHARACTERS: Final = 40  # how much of a bad value an error repeats

# Drawn at sea, by hand, round each grid's land: who uses which grid is a custom of maps, not a
# border. The Isle of Man and Scilly are on the British grid; the Channel Islands are on neither,
# and their northings would be negative. All of the island of Ireland is on the Irish one.
GREAT_BRITAIN: Final = Polygon(
    [(-7.5, 49.79), (-1, 50.1), (0.5, 50.35), (1.28, 50.89), (1.6, 51.04), (2.2, 51.6), (2.3, 53),
     (1, 56), (0, 61.3), (-8.9, 61.3), (-8.7, 57.7), (-8, 55.6), (-6.6, 55.5), (-5.95, 55.42),
     (-5.93, 55.25), (-5.3, 54.7), (-5.3, 54.2), (-5.6, 53.5), (-5.75, 52.3), (-6, 51.2)]
)  # fmt: skip
IRELAND: Final = Polygon(
    [(-10.75, 51.3), (-6, 51.3), (-5.75, 52.3), (-5.6, 53.5), (-5.3, 54.2), (-5.3, 54.7),
     (-5.93, 55.25), (-5.95, 55.42), (-6.6, 55.5), (-8, 55.6), (-10.75, 55.6)]
)  # fmt: skip


class Grid(NamedTuple):
    """What is fixed about a grid. Limits are metres, both ends included."""

    label: str
    epsg: int
    least: tuple[int, int]  # easting, northing
    most: tuple[int, int]
    projection: str
    shift: str  # from the grid's datum to WGS 84; blank where they are one


class GridSystem(StrEnum):
    """Which grid an easting and a northing are on. No pair travels without one."""

    BRITISH = "BRITISH"
    IRISH = "IRISH"
    IRISH_ITM = "IRISH_ITM"

    @property
    def grid(self) -> Grid:
        return _GRIDS[self]

    @property
    def label(self) -> str:
        return self.grid.label

    def holds(self, easting: float, northing: float) -> bool:
        """Whether the pair lies within the grid's limits. False for NaN."""
        (west, south), (east, north) = self.grid.least, self.grid.most
        return west <= easting <= east and south <= northing <= north


_IRISH_ELLIPSOID: Final = "+a=6377340.189 +rf=299.3249646"

_GRIDS: Final = {
    GridSystem.BRITISH: Grid(
        "British National Grid", 27700, (0, 0), (700_000, 1_300_000),
        "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy",
        "+step +proj=cart +ellps=airy +step +proj=helmert +convention=position_vector"
        " +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489"
        " +step +inv +proj=cart +ellps=WGS84",
    ),
    GridSystem.IRISH: Grid(
        "Irish Grid", 29903, (0, 0), (500_000, 500_000),
        "+proj=tmerc +lat_0=53.5 +lon_0=-8 +k=1.000035 +x_0=200000 +y_0=250000 "
        + _IRISH_ELLIPSOID,
        f"+step +proj=cart {_IRISH_ELLIPSOID} +step +proj=helmert +convention=position_vector"
        " +x=482.5 +y=-130.6 +z=564.6 +rx=-1.042 +ry=-0.214 +rz=-0.631 +s=8.15"
        " +step +inv +proj=cart +ellps=WGS84",
    ),
    GridSystem.IRISH_ITM: Grid(
        "Irish Transverse Mercator", 2157, (400_000, 500_000), (800_000, 1_000_000),
        "+proj=tmerc +lat_0=53.5 +lon_0=-8 +k=0.99982 +x_0=600000 +y_0=750000 +ellps=GRS80",
        "",
    ),
}  # fmt: skip


@fact
class NotACoordinate(UserError):
    says = "The {axis} must be a finite number; it was {value}."
    axis: str
    value: str


@fact
class LooksLikeDegrees(UserError):
    says = (
        "{easting:.10g} and {northing:.10g} look like degrees, not an easting and a northing: "
        "give them as a latitude and a longitude."
    )
    easting: float
    northing: float


@fact
class LooksSwapped(UserError):
    says = (
        "{first:.10g} and {second:.10g} look swapped: give {second:.10g} as the {first_axis} and "
        "{first:.10g} as the {second_axis}."
    )
    first_axis: str
    first: float
    second_axis: str
    second: float


@fact
class OffTheGrid(UserError):
    says = (
        "{place} is outside the {system.label}, whose eastings run from {system.grid.least[0]} to "
        "{system.grid.most[0]} and northings from {system.grid.least[1]} to {system.grid.most[1]}."
    )
    place: str
    system: GridSystem


@fact
class NotAGridReference(UserError):
    says = (
        "{text} is not a grid reference: {reason}. Write it as SO 952 224 or SO 95522 23084 in "
        "Great Britain, J 339 740 in Ireland."
    )
    text: str
    reason: str


def shown(value: object) -> str:
    """A bad value, short enough for a message however long or deep it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…")
    if value is None or isinstance(value, bool | float | Decimal):
        return str(value)[:SHOWN_CHARACTERS]
    if isinstance(value, int):  # the text of a very long one is refused by Python itself
        return str(value) if abs(value) < 10**SHOWN_CHARACTERS else "a number too long to show"
    return f"a {type(value).__name__}"


def number(axis: str, value: object) -> float:
    """`value` as a finite float. Raises NotACoordinate for text, booleans, NaN and infinities."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            result = float(value)
        except (OverflowError, ValueError):  # 10**400; Decimal("sNaN")
            result = math.nan
        if math.isfinite(result):
            return result
    raise NotACoordinate(axis, shown(value))


def from_grid(easting: object, northing: object, system: GridSystem = GridSystem.BRITISH) -> Point:
    """The WGS 84 point of an easting and a northing, in metres.

    Raises NotACoordinate, LooksLikeDegrees, LooksSwapped or OffTheGrid.
    """
    east, north = number("easting", easting), number("northing", northing)
    if max(abs(east), abs(north)) <= 180 and not (
        east >= 0 and north >= 0 and east.is_integer() and north.is_integer()
    ):
        raise LooksLikeDegrees(east, north)
    if not system.holds(east, north):
        if system.holds(north, east):
            raise LooksSwapped("easting", east, "northing", north)
        raise OffTheGrid(f"({east:.10g}, {north:.10g})", system)
    return _point_at(east, north, system)


def to_grid(point: Point, system: GridSystem) -> tuple[float, float]:
    """Easting and northing in metres of a WGS 84 point. Raises OffTheGrid."""
    east, north = _transformer(system).transform(point.x, point.y, direction="INVERSE")
    if not system.holds(east, north):
        raise OffTheGrid(f"Longitude {point.x:.10g}, latitude {point.y:.10g}", system)
    return east, north


def shape_from_grid(shape: BaseGeometry, system: GridSystem) -> BaseGeometry:
    """The same shape in WGS 84. Raises what `from_grid` raises of a corner of its box."""
    west, south, east, north = shape.bounds
    from_grid(west, south, system)
    from_grid(east, north, system)
    # The stubs know only the form in which both columns come as one array.
    columnwise: Any = _transformer(system).transform
    return shapely.transform(shape, columnwise, interleaved=False)


def home_grid(point: Point) -> GridSystem | None:
    """The grid that maps of the place use; None in the Channel Islands and abroad."""
    if shapely.intersects_xy(GREAT_BRITAIN, point.x, point.y):
        return GridSystem.BRITISH
    if shapely.intersects_xy(IRELAND, point.x, point.y):
        return GridSystem.IRISH
    return None


def grid_reference(point: Point, digits: int = MOST_DIGITS) -> str | None:
    """The reference of the square that holds the point: "SO 95522 23084", in Ireland "J 339 740".

    `digits` is even, from 2 (10 km) to 10 (1 m). None where no grid is at home: see `home_grid`.
    """
    if digits not in range(2, MOST_DIGITS + 1, 2):
        raise ValueError(f"digits must be even, from 2 to {MOST_DIGITS}")
    system = home_grid(point)
    if system is None:
        return None
    # A point made from whole metres comes back a hair below them; a centimetre is well under the
    # conversion's error, and without it 95522 would read 95521.
    east, north = (int(round(metres, 2)) for metres in to_grid(point, system))
    column, row = east // SQUARE_METRES, north // SQUARE_METRES
    letters = LETTERS[(4 - row % 5) * 5 + column % 5]
    if system is GridSystem.BRITISH:
        # Letters of 500 km squares begin at A in the far north-west; S is the one at the origin.
        letters = LETTERS[(3 - row // 5) * 5 + column // 5 + 2] + letters
    half = digits // 2
    parts = (f"{metres % SQUARE_METRES:05d}"[:half] for metres in (east, north))
    return " ".join((letters, *parts))


def from_grid_reference(text: str) -> Point:
    """The WGS 84 point of a reference such as "SO 952 224", "so95222245" or "J 339 740".

    A reference names a square, not a point. The middle of the square is returned: its corner,
    which the digits spell, would put every place up to a square's side too far south-west.
    Two letters are British, one is Irish. Raises NotAGridReference or OffTheGrid.
    """
    compact = "".join(text.split()).upper()
    match = re.fullmatch(r"([A-HJ-Z]{1,2})([0-9]*)", compact)
    if not match:
        raise NotAGridReference(shown(text), "it is one or two letters (never I), then digits")
    letters, digits = match.groups()
    if len(digits) not in range(2, MOST_DIGITS + 1, 2):
        raise NotAGridReference(shown(text), f"it has {len(digits)} digits, not 2, 4, 6, 8 or 10")
    words = text.split()
    half = len(digits) // 2
    if len(words) > 1 and re.fullmatch("[0-9]+", words[-1]) and len(words[-1]) not in (
        half, 2 * half
    ):  # fmt: skip
        raise NotAGridReference(shown(text), "its easting and northing differ in length")
    side = 10 ** (5 - half)
    east = int(digits[:half]) * side + side / 2
    north = int(digits[half:]) * side + side / 2
    last = LETTERS.index(letters[-1])
    east += last % 5 * SQUARE_METRES
    north += (4 - last // 5) * SQUARE_METRES
    system = GridSystem.IRISH
    if len(letters) == 2:
        system = GridSystem.BRITISH
        first = LETTERS.index(letters[0])
        east += (first % 5 - 2) * 5 * SQUARE_METRES
        north += (3 - first // 5) * 5 * SQUARE_METRES
    if not system.holds(east, north):
        raise OffTheGrid(shown(text), system)
    return _point_at(east, north, system)


def _point_at(east: float, north: float, system: GridSystem) -> Point:
    return Point(_transformer(system).transform(east, north))


@cache
def _transformer(system: GridSystem) -> "Transformer":
    """Grid to WGS 84, longitude first. Spelt out, because a pair of EPSG codes lets PROJ choose
    between seven shifts by place, and it chooses differently there and back: 150 m at sea."""
    from pyproj import Transformer

    grid = system.grid
    return Transformer.from_pipeline(
        f"+proj=pipeline +step +inv {grid.projection} {grid.shift}"
        " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
