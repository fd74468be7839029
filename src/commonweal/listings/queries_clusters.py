"""Points of a map gathered into cells, so that a phone can draw a county.

The world is parted into as many columns as rows, four times as many for each two steps of zoom:
a cell is about 64 points of the screen wide and, in these islands, 50 high. Where a cell's points
lie is reckoned in whole ten-millionths of a degree, so that no order of adding changes a digit.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from commonweal.graph.ask import derive
from commonweal.graph.sql import parts
from commonweal.kernel.limits import limit
from commonweal.places.queries import box_text
from commonweal.places.spatial import latitude, longitude

from .rules import BoxTooFine, ZoomOutOfRange

MIN_ZOOM: Final = 0
MAX_ZOOM: Final = limit("zoom of a map", 22, "levels", "where maps end: a cell is two metres wide")
CELLS_A_TILE: Final = 4  # in a row of a map's tile, which is 256 points wide
MAX_CELLS: Final = limit(
    "cells of a map", 2_000, "cells", "three large screens; as many rows as an answer may have"
)
FRACTIONS: Final = 10_000_000  # of a degree: a centimetre
FRACTIONS_SQL: Final = sa.literal_column(str(FRACTIONS), sa.BigInteger())
BY: Final = ("across", "up")


class whole(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """A number from nought up without its fraction."""

    inherit_cache = True
    type = sa.BigInteger()


class cell(FunctionElement[Any]):  # noqa: N801
    """The number of a cell from nought, of so many: (where, how many). The last has its border."""

    inherit_cache = True
    type = sa.BigInteger()


def grid(zoom: int, west: float, south: float, east: float, north: float) -> tuple[float, int]:
    """How many cells a degree of longitude has, and how many cells go round the world.

    Raises ZoomOutOfRange, BoxTooFine, and what is to be said of a box that is none.
    """
    if not MIN_ZOOM <= zoom <= MAX_ZOOM.value:
        raise ZoomOutOfRange(MIN_ZOOM, MAX_ZOOM.value, zoom).at("zoom")
    box_text(west, south, east, north)
    round_the_world = CELLS_A_TILE << zoom
    a_degree = round_the_world / 360
    spans = [(west, east)] if west < east else [(west, 180.0), (-180.0, east)]

    def number(degrees: float, cells: float) -> int:
        return min(int(degrees * cells), round_the_world - 1)

    columns = sum(
        number(e + 180, a_degree) - number(w + 180, a_degree) + 1 for w, e in spans if w < e
    )
    rows = number(north + 90, a_degree * 2) - number(south + 90, a_degree * 2) + 1
    if columns * rows > MAX_CELLS.value:
        raise BoxTooFine(zoom, columns * rows, MAX_CELLS.value).at("box")
    return a_degree, round_the_world


def each(row: Any, args: Any) -> dict[str, Any]:
    """Of a listing: where it is, and in which cell."""
    box = args.box
    sides = [box.west, box.south, box.east, box.north]
    a_degree, cells = derive(grid, [args.zoom, *sides], [sa.Float(), sa.Integer()])
    x, y = longitude(row.location), latitude(row.location)
    return {
        "id": row.key,
        "x": x,
        "y": y,
        "across": cell((x + 180) * a_degree, cells),
        "up": cell((y + 90) * a_degree * 2, cells),
    }


def values(each: Any) -> dict[str, Any]:
    """Of a cluster: how many, the sums of where they are, how far they reach, and the only one."""

    def total(degrees: Any) -> Any:
        fractions = whole(degrees * FRACTIONS_SQL + sa.literal_column("0.5", sa.Float()))
        return sa.cast(sa.func.sum(fractions), sa.BigInteger())

    count = sa.func.count()
    return {
        "count": count,
        "longitudes": total(each.x + 180),
        "latitudes": total(each.y + 90),
        "west": sa.func.min(each.x),
        "south": sa.func.min(each.y),
        "east": sa.func.max(each.x),
        "north": sa.func.max(each.y),
        "only": sa.case((count == 1, sa.func.min(each.id))),
    }


def centre(longitudes: int, latitudes: int, count: int) -> dict[str, Any]:
    """The mean of so many points, as GeoJSON, from the sums of where they are."""
    means = [(2 * total + count) // (2 * count) for total in (longitudes, latitudes)]
    degrees = [
        (mean - shift * FRACTIONS) / FRACTIONS for mean, shift in zip(means, (180, 90), strict=True)
    ]
    return {"type": "Point", "coordinates": degrees}


# ---- each engine's own ---------------------------------------------------------------------------


@compiles(whole, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    return f"floor({parts(element, compiler, how)[0]})::bigint"


@compiles(whole, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    return f"CAST({parts(element, compiler, how)[0]} AS INTEGER)"


@compiles(cell, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    where, cells = parts(element, compiler, how)
    return f"least(floor({where})::bigint, {cells} - 1)"


@compiles(cell, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    where, cells = parts(element, compiler, how)
    return f"min(CAST({where} AS INTEGER), {cells} - 1)"
