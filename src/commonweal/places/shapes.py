"""GeoJSON (RFC 7946) that is read: longitude first, WGS 84, no `crs`.

`read_shape` is for strangers: small, exact and quick to refuse. `read_file_shape` is for boundary
files that an officer uploads: large, and mended where that is safe, with a word about what was
done. A shape from a client is never mended: a search area that means something else than was drawn
is worse than a refusal. Whole files of areas: area_files.py.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any, Final

import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.places.coordinates import point, shown
from commonweal.places.grids import GridSystem, shape_from_grid

MAX_CLIENT_VERTICES: Final = limit(
    "vertices of a shape", 1_000, "vertices", "a ward drawn well takes 300; a search stays cheap"
)
MAX_FILE_VERTICES: Final = 1_000_000  # the finest coastal county known has under 500,000
# Wider than any degree or grid metre, and narrow enough that geometry cannot overflow.
MOST_NUMBER: Final = 10_000_000

AREAS: Final = ("Polygon", "MultiPolygon")
_DEPTHS: Final = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}  # lists around a position
Ring = list[tuple[float, float]]


@fact
class NotAShape(UserError):
    says = "This is not a usable GeoJSON shape: {reason}."
    reason: str


@fact
class TooManyVertices(UserError):
    says = "The shape has {count} vertices; the most is {most}. Simplify it."
    count: int
    most: int


@fact
class SelfCrossing(UserError):
    says = (
        "The shape crosses or touches itself at longitude {longitude:.10g}, latitude "
        "{latitude:.10g}: redraw it there."
    )
    longitude: float
    latitude: float


@fact
class CrossesAntimeridian(UserError):
    says = (
        "An edge from longitude {start:.10g} to {end:.10g} goes more than half round the globe: "
        "split the shape in two at 180 degrees (RFC 7946, 3.1.9)."
    )
    start: float
    end: float


def read_shape(
    value: object,
    kinds: Collection[str] = AREAS,
    vertices_max: int = MAX_CLIENT_VERTICES.value,
) -> BaseGeometry:
    """The geometry of a client's GeoJSON object; `kinds` are its types that are welcome.

    Rings may run either way. Raises NotAShape, TooManyVertices, SelfCrossing,
    CrossesAntimeridian, and what `coordinates.point` raises of a corner of its box.
    """
    shape = _build(value, kinds, vertices_max, mended=None)
    _check_globe(shape)
    if not shape.is_valid:
        reason, place = _fault(shape)
        if place and "self-intersection" in reason:
            raise SelfCrossing(place.x, place.y)
        raise NotAShape(reason + _at(place))
    return shape


def read_file_shape(
    value: object, system: GridSystem | None = None
) -> tuple[MultiPolygon, str | None]:
    """The polygons of a GeoJSON object out of a boundary file, and what was mended in them, if any.

    `system` says that the coordinates are on a grid. Open rings are closed, rings of fewer than
    three corners left out, crossings undone and only what has an area kept. Raises as `read_shape`
    does, but never SelfCrossing; OffTheGrid.
    """
    mended: list[str] = []
    shape = _build(value, AREAS, MAX_FILE_VERTICES, mended)
    if system is not None:
        shape = shape_from_grid(shape, system)
    _check_globe(shape)
    if not shape.is_valid:
        reason, place = _fault(shape)
        mended.append(f"{reason}{_at(place)}, undone")
        # "structure" joins parts that overlap; GEOS's default would cut the overlap out.
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part]
    if not polygons:
        raise NotAShape("nothing of it has an area")
    return MultiPolygon(polygons), "; ".join(mended) or None


def holds(shape: BaseGeometry, places: Sequence[Point]) -> list[bool]:
    """Of each place whether it lies in the shape or on its edge; quick for thousands of them."""
    shapely.prepare(shape)
    x, y = [place.x for place in places], [place.y for place in places]
    return [bool(inside) for inside in shapely.intersects_xy(shape, x, y)] if places else []


def _build(
    value: object, kinds: Collection[str], most: int, mended: list[str] | None
) -> BaseGeometry:
    """The geometry as given, in whatever coordinates. Nothing is mended where `mended` is None."""
    if not isinstance(value, dict):
        raise NotAShape(f"a GeoJSON object is wanted, not {shown(value)}")
    kind, coordinates = value.get("type"), value.get("coordinates")
    if kind in ("Feature", "FeatureCollection"):
        raise NotAShape("it is a feature: give the geometry in it")
    if not isinstance(kind, str) or kind not in kinds or kind not in _DEPTHS:
        raise NotAShape(f"its type must be {' or '.join(sorted(kinds))}, not {shown(kind)}")
    count = _count(coordinates, _DEPTHS[kind])
    if count > most:
        raise TooManyVertices(count, most)
    if kind == "Point":
        return Point(_position(coordinates, "the point"))
    parts = [coordinates] if kind == "Polygon" else _list(coordinates, "the coordinates")
    polygons = [
        polygon
        for number, part in enumerate(parts, 1)
        if (polygon := _polygon(part, f"polygon {number}", mended))
    ]
    if not polygons:
        raise NotAShape("it is empty")
    return polygons[0] if kind == "Polygon" else MultiPolygon(polygons)


def _count(value: object, depth: int) -> int:
    """Positions in `value`, which should be lists `depth` deep; looks no deeper than that."""
    if depth == 0:
        return 1
    if not isinstance(value, list):
        return 0
    return len(value) if depth == 1 else sum(_count(inner, depth - 1) for inner in value)


def _polygon(value: object, where: str, mended: list[str] | None) -> Polygon | None:
    rings = _list(value, where)
    if not rings:
        raise NotAShape(f"{where} has no rings")
    read = [
        _ring(ring, f"ring {number} of {where}", mended) for number, ring in enumerate(rings, 1)
    ]
    if read[0] is None:  # without its outline a polygon's holes mean nothing
        return None
    return Polygon(read[0], [hole for hole in read[1:] if hole is not None])


def _ring(value: object, where: str, mended: list[str] | None) -> Ring | None:
    ring = [_position(position, where) for position in _list(value, where)]
    if ring and ring[0] != ring[-1]:
        if mended is None:
            raise NotAShape(f"{where} is not closed: its last position must repeat its first")
        mended.append(f"{where} was open, closed")
        ring.append(ring[0])
    if len(ring) < 4:
        if mended is None:
            raise NotAShape(f"{where} has {len(ring)} positions; a ring takes four or more")
        mended.append(f"{where} has no area, left out")
        return None
    return ring


def _position(value: object, where: str) -> tuple[float, float]:
    """Two numbers of a position; a height after them is let go."""
    position = _list(value, f"a position of {where}")
    if len(position) not in (2, 3):
        raise NotAShape(f"a position of {where} has {len(position)} numbers, not two or three")
    for part in position[:2]:
        # The comparison is false for NaN; a bool is an int to Python.
        if type(part) not in (int, float) or not -MOST_NUMBER < part < MOST_NUMBER:
            raise NotAShape(f"a position of {where} holds {shown(part)}, which is no coordinate")
    return float(position[0]), float(position[1])


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise NotAShape(f"{what} must be a list, not {shown(value)}")
    return value


def _check_globe(shape: BaseGeometry) -> None:
    west, south, east, north = shape.bounds
    point(west, south)  # the box's corners stand for every vertex, and name the likely fix
    point(east, north)
    if east - west > 180:
        for polygon in shapely.get_parts(shape):
            for ring in (polygon.exterior, *polygon.interiors):
                for (start, _), (end, _) in pairwise(ring.coords):
                    if abs(end - start) > 180:
                        raise CrossesAntimeridian(start, end)


def _fault(shape: BaseGeometry) -> tuple[str, Point | None]:
    """GEOS's reason why a shape is not valid, and where."""
    text = shapely.is_valid_reason(shape)
    match = re.fullmatch(r"(.*)\[(\S+) (\S+)\]", text)
    if not match:
        return text.lower(), None
    return match[1].lower(), Point(float(match[2]), float(match[3]))


def _at(place: Point | None) -> str:
    return f" at {place.x:.10g}, {place.y:.10g}" if place else ""
