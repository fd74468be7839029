"""The few spatial SQL functions the service uses, for a SQLite that has none.

Names and meanings are PostGIS's, so that one statement serves both engines. GeoAlchemy2 writes
SpatiaLite's names for four of them on SQLite: both names are registered. A third argument to
ST_Distance, or a fourth to ST_DWithin, asks for metres on the ellipsoid, as in SpatiaLite.
Geometries are EWKB blobs with SRID 4326; a point's 25 bytes are read without building a geometry.

Answers are PostGIS's, with two small exceptions: see `metres`, and a point within rounding (a
nanometre) of a border that runs askew may fall on either side.
"""

import math
import struct
import threading
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import aiosqlite
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

Blob = bytes | str

ELLIPSOID: Final = Geod(ellps="WGS84")
SRID: Final = 4326
POINT: Final = struct.Struct("<BIIdd")  # byte order, type with SRID flag, SRID, x, y
POINT_BYTES: Final = POINT.size
HAS_SRID: Final = 0x20000000
DEGREE_METRES: Final = 110_574.0  # a degree of latitude where it is shortest
HAIR_DEGREES: Final = 1e-9  # a tenth of a millimetre: rounding must not lose a point on the rim
Box = tuple[float, float, float, float]  # west, south, east, north
NOWHERE: Final[Box] = (1.0, 1.0, 0.0, 0.0)
LOADED_SHAPES: Final = 1024  # parsed and prepared shapes kept: more than a county has wards


class Shapes(threading.local):
    """Parsed shapes, for each thread its own: two that ask one prepared shape crash the process.

    SQLite's connections have a thread each (GEOS's issue 825).
    """

    def __init__(self) -> None:
        self.load = lru_cache(LOADED_SHAPES)(parse)


def load(blob: Blob) -> BaseGeometry:
    """The geometry in EWKB, hex EWKB or EWKT."""
    return SHAPES.load(blob)


def parse(blob: Blob) -> BaseGeometry:
    """A prepared geometry, because areas are asked again and again."""
    if isinstance(blob, str) and blob[:2] not in ("00", "01"):
        _, _, text = blob.rpartition(";")
        shape = shapely.set_srid(shapely.from_wkt(text), SRID)
    else:
        shape = shapely.from_wkb(blob)
    shapely.prepare(shape)
    return shape


SHAPES: Final = Shapes()


def dump(shape: BaseGeometry) -> bytes:
    """EWKB as it is stored: little-endian, with its SRID."""
    return shapely.to_wkb(shapely.set_srid(shape, SRID), include_srid=True, byte_order=1)


def make_point(x: float, y: float) -> bytes:
    return POINT.pack(1, 1 | HAS_SRID, SRID, x, y)


def point_of(blob: Blob) -> tuple[float, float] | None:
    """Longitude and latitude where the blob is a plain point."""
    if type(blob) is bytes and len(blob) == POINT_BYTES and blob[0] == 1:
        _, _, _, x, y = POINT.unpack(blob)
        return x, y
    return None


def x_or_y(blob: Blob, which: int) -> float:
    plain = point_of(blob)
    if plain is None:
        centre = load(blob).centroid
        plain = (centre.x, centre.y)
    return plain[which]


def bound(blob: Blob, which: int) -> float:
    """West, south, east or north of the geometry."""
    plain = point_of(blob)
    return plain[which % 2] if plain else float(load(blob).bounds[which])


def metres(a: Blob, b: Blob) -> float:
    """Shortest distance on the WGS84 ellipsoid, as PostGIS measures geography.

    Between points it is rounded to 1e-8 m, as there; to a polygon it is within 0.2 m over 50 km,
    because edges are straight in degrees here and geodesics there.
    """
    p, q = point_of(a), point_of(b)
    if p and q:
        return round(float(ELLIPSOID.inv(*p, *q)[2]), 8)
    one, other = load(a), load(b)
    narrow = math.cos(math.radians(one.centroid.y))  # a degree east made as long as one north
    scaled = [shapely.transform(s, lambda c: c * (narrow, 1)) for s in (one, other)]
    (x1, y1), (x2, y2) = shapely.get_coordinates(shapely.shortest_line(*scaled))
    return float(ELLIPSOID.inv(x1 / narrow, y1, x2 / narrow, y2)[2])


def circle_boxes(longitude: float, latitude: float, metres: float) -> tuple[float, ...]:
    """Two boxes that surely hold the circle; the second is empty unless it crosses 180 degrees."""
    high = metres / DEGREE_METRES + HAIR_DEGREES
    south, north = max(latitude - high, -90.0), min(latitude + high, 90.0)
    reach = math.sin(math.radians(min(high, 90.0))) / max(math.cos(math.radians(latitude)), 1e-12)
    if south == -90.0 or north == 90.0 or reach >= 1:
        return (-180.0, south, 180.0, north, *NOWHERE)
    wide = math.degrees(math.asin(reach))
    west, east = longitude - wide, longitude + wide
    if west < -180:
        return (-180.0, south, east, north, west + 360, south, 180.0, north)
    if east > 180:
        return (west, south, 180.0, north, -180.0, south, east - 360, north)
    return (west, south, east, north, *NOWHERE)


@lru_cache(64)  # a statement asks for each of the eight bounds by itself
def boxes_around(point: bytes, metres: float) -> tuple[float, ...]:
    return circle_boxes(x_or_y(point, 0), x_or_y(point, 1), metres)


def as_geojson(blob: Blob) -> str:
    """Compact GeoJSON, to the letter as PostGIS writes it."""
    plain = point_of(blob)
    if plain and not math.isnan(plain[0]):
        return f'{{"type":"Point","coordinates":[{shorter(plain[0])},{shorter(plain[1])}]}}'
    return written(shapely.geometry.mapping(load(blob)))


def shorter(number: float) -> str:
    """A coordinate to nine decimals as PostGIS rounds: its shortest text, a half to the even."""
    if 1e-8 < abs(number) < 1e15:
        text = repr(number)
        if "e" in text or len(text) - text.index(".") > 10:
            text = f"{Decimal(text):.9f}"
        return text.rstrip("0").rstrip(".")
    if number == 0:
        return "0"
    digits, exponent = f"{Decimal(repr(number)):.9e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{exponent}"


def written(value: Any) -> str:
    """A GeoJSON mapping as text."""
    match value:
        case dict():
            return "{" + ",".join(f'"{k}":{written(v)}' for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(written, value)) + "]"
        case str():
            return f'"{value}"'
    return shorter(value)


def null_if_any_null(function: Callable[..., Any]) -> Callable[..., Any]:
    """As SQL has it: nothing is known of a distance to nowhere."""
    return lambda *values: None if None in values else function(*values)


FUNCTIONS: Final[dict[tuple[str, int], Callable[..., Any]]] = {
    ("ST_GeomFromEWKT", 1): lambda text: dump(load(text)),
    ("ST_GeomFromEWKB", 1): lambda blob: dump(load(blob)),
    ("ST_AsEWKB", 1): lambda blob: blob,
    ("ST_AsGeoJSON", 1): as_geojson,
    ("ST_MakePoint", 2): make_point,
    ("ST_SetSRID", 2): lambda blob, _: blob,
    ("ST_MakeEnvelope", 5): lambda w, s, e, n, _: dump(shapely.box(w, s, e, n, ccw=False)),
    ("ST_X", 1): lambda blob: x_or_y(blob, 0),
    ("ST_Y", 1): lambda blob: x_or_y(blob, 1),
    ("ST_XMin", 1): lambda blob: bound(blob, 0),
    ("ST_YMin", 1): lambda blob: bound(blob, 1),
    ("ST_XMax", 1): lambda blob: bound(blob, 2),
    ("ST_YMax", 1): lambda blob: bound(blob, 3),
    ("ST_Covers", 2): lambda a, b: int(shapely.covers(load(a), load(b))),
    ("ST_Intersects", 2): lambda a, b: int(shapely.intersects(load(a), load(b))),
    ("ST_Distance", 3): lambda a, b, _: metres(a, b),
    ("ST_DWithin", 4): lambda a, b, most, _: int(metres(a, b) <= most),
    # not PostGIS's: what a circle's search asks the R*Tree for
    ("circle_bound", 3): lambda point, most, which: boxes_around(point, most)[which],
}
GEOALCHEMY_NAMES: Final = {
    "ST_GeomFromEWKT": "GeomFromEWKT",
    "ST_GeomFromEWKB": "GeomFromEWKB",
    "ST_AsEWKB": "AsEWKB",
    "ST_AsGeoJSON": "AsGeoJSON",
}


async def install(connection: aiosqlite.Connection) -> None:
    """Give a connection the functions. Deterministic: with constant arguments, once a statement."""
    for (name, count), function in FUNCTIONS.items():
        for alias in {name, GEOALCHEMY_NAMES.get(name, name)}:
            await connection.create_function(
                alias, count, null_if_any_null(function), deterministic=True
            )
