"""Two thousand made-up listings where searching is hard, questions about them, and an oracle.

Everything is seeded: clusters from Cornwall to Fiji, both poles, both sides of 180 degrees, a
lattice whose points tie, many at one point. The oracle knows neither SQL nor an index: it asks
pyproj and shapely about every point. Its rules are the service's own: a distance is the geodesic
on WGS84 to a whole millimetre (halves up), a shape covers its border, a box is of degrees.
"""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Geod

from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.places.coordinates import BRITISH_ISLES
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY

COUNT: Final = 2_000
COUNCIL: Final = 1
FIRST: Final = 1_000  # id of the first listing
CENTRES: Final = (
    (-2.0755, 51.8994), (-0.12, 51.5), (-5.54, 50.12), (-1.15, 60.15), (0.0, 0.0), (179.98, -16.8),
    (-179.98, -16.8), (180.0, 65.0), (12.0, 89.9), (-100.0, -89.95), (100.0, 13.7), (-58.4, -34.6),
)  # fmt: skip
ELLIPSOID: Final = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Question:
    """One search: its arguments in the API, and what the oracle is to make of it."""

    arguments: dict[str, Any]
    circle: tuple[float, float, float] | None = None  # longitude, latitude, metres
    box: tuple[float, float, float, float] | None = None  # west, south, east, north
    polygon: shapely.Polygon | None = None


@dataclass(frozen=True)
class Answer:
    """Listings' numbers in order, and their distances in metres where there is a point."""

    numbers: list[int]
    metres: list[float | None]


# ---- listings ------------------------------------------------------------------------------------


def points() -> list[tuple[float, float]]:
    """Longitude and latitude of each listing, in the order of their ids."""
    chance = random.Random(1)
    found = [(x, y) for x in (180.0, -180.0) for y in (-17.0, 0.0, 51.5, 90.0, -90.0)]
    found += [(-2.0755, 51.8994)] * 19
    found += [(-2.08 + i / 1024, 51.89 + j / 1024) for i in range(-10, 11) for j in range(-10, 11)]
    while len(found) < COUNT - 200:
        longitude, latitude = chance.choice(CENTRES)
        spread = chance.choice((0.001, 0.02, 0.5, 5))
        moved = longitude + chance.gauss(0, spread), latitude + chance.gauss(0, spread)
        found.append(((moved[0] + 180) % 360 - 180, max(-90.0, min(90.0, moved[1]))))
    while len(found) < COUNT:
        height = math.degrees(math.asin(chance.uniform(-1, 1)))
        found.append((chance.uniform(-180, 180), height))
    chance.shuffle(found)
    return found


POINTS: Final = points()
DATE_LINE: Final = [(x, y) for x, y in POINTS if abs(x) > 179]
POLAR: Final = [(x, y) for x, y in POINTS if abs(y) > 89]
PLACED: Final = shapely.points(POINTS)
LONGITUDES, LATITUDES = np.array(POINTS).T


def published(i: int) -> timedelta:
    """How long ago: five at a time."""
    return timedelta(minutes=(i * 7919 % COUNT) // 5)


async def build(database: Database) -> None:
    """Write them, with ids that are the same on both engines."""
    await in_transaction(database, write)


async def write(_tx: Transaction) -> None:
    await council()
    await Listing.bulk_create(listing(i, place) for i, place in enumerate(PLACED))


async def council() -> None:
    await Area.create(
        id=COUNCIL, kind=AreaKind.COUNCIL, code="E07000900", name="Everywhere",
        valid_from=date(1974, 4, 1), licence="none",
    )  # fmt: skip


def listing(i: int, place: Any) -> Listing:
    return Listing(
        id=FIRST + i,
        kind=list(ListingKind)[i % 4],
        state=ListingState.OPEN,
        subject_id=i,
        council_id=COUNCIL,
        title=f"Listing {i}",
        category="ANY",
        location=place,
        published_at=TODAY - published(i),
    )


# ---- questions -----------------------------------------------------------------------------------


def taken_for_swapped(longitude: float, latitude: float) -> bool:
    """Whether a pair would be refused, because the other way round it is in the British Isles."""
    west, south, east, north = BRITISH_ISLES
    return west <= latitude <= east and south <= longitude <= north


def somewhere(chance: random.Random) -> tuple[float, float]:
    """A point on or near a listing; every third near 180 degrees or a pole."""
    while True:
        among = chance.choices((POINTS, DATE_LINE, POLAR), (4, 1, 1))[0]
        longitude, latitude = chance.choice(among)
        nudge = chance.choice((0.0, 0.0001, 0.01, 1.0))
        longitude += chance.uniform(-nudge, nudge)
        latitude += chance.uniform(-nudge, nudge)
        within = abs(longitude) <= 180 and abs(latitude) <= 90
        if within and not taken_for_swapped(longitude, latitude):
            return longitude, latitude


def circles(chance: random.Random) -> Iterator[Question]:
    while True:
        longitude, latitude = somewhere(chance)
        metres = round(10 ** chance.uniform(-1, 6), 3)
        near = {"longitude": longitude, "latitude": latitude, "withinMetres": metres}
        yield Question({"near": near}, circle=(longitude, latitude, metres))


def boxes(chance: random.Random) -> Iterator[Question]:
    """A quarter have their west beyond their east; some have a listing on their edge."""
    while True:
        (west, south), (east, north) = somewhere(chance), somewhere(chance)
        if chance.random() < 0.6:
            wide, tall = 10 ** chance.uniform(-4, 1.5), 10 ** chance.uniform(-4, 1.5)
            east, north = (west + wide + 180) % 360 - 180, min(90.0, south + tall)
        south, north = sorted((south, north))
        odd = taken_for_swapped(west, south) or taken_for_swapped(east, north)
        if south < north and west != east and not odd:
            box = {"west": west, "south": south, "east": east, "north": north}
            yield Question({"box": box}, box=(west, south, east, north))


def stars(chance: random.Random) -> Iterator[Question]:
    """Polygons whose corners go once round a middle; some have a hole."""
    while True:
        longitude, latitude = somewhere(chance)
        reach = 10 ** chance.uniform(-4, 1.8)
        shape: Any = star(chance, longitude, latitude, reach, chance.randint(3, 60))
        if chance.random() < 0.3:
            shape = shape.difference(star(chance, longitude, latitude, reach / 8, 5))
        west, south, east, north = shape.bounds
        fits = west >= -180 and east <= 180 and south >= -90 and north <= 90
        odd = taken_for_swapped(west, south) or taken_for_swapped(east, north)
        if fits and not odd and shape.geom_type == "Polygon" and shape.is_valid:
            yield Question({"inside": json.loads(shapely.to_geojson(shape))}, polygon=shape)


def star(chance: random.Random, x: float, y: float, reach: float, corners: int) -> shapely.Polygon:
    at = [(2 * math.pi * i / corners, reach * chance.uniform(0.3, 1)) for i in range(corners)]
    return shapely.Polygon([(x + r * math.cos(a), y + r * math.sin(a)) for a, r in at])


def questions() -> list[Question]:
    """350: circles, boxes and polygons."""
    found: list[Question] = []
    for kind, count in ((circles, 130), (boxes, 110), (stars, 110)):
        asked = kind(random.Random(kind.__name__))
        found += [next(asked) for _ in range(count)]
    return found


# ---- the oracle ----------------------------------------------------------------------------------


def oracle(question: Question) -> Answer:
    if question.circle:
        return in_circle(*question.circle)
    box, polygon = question.box, question.polygon
    covered = in_box(*box) if box else shapely.covers(polygon, PLACED)
    newest_first = sorted(np.flatnonzero(covered), key=lambda i: (published(int(i)), i))
    return Answer([FIRST + int(i) for i in newest_first], [None] * len(newest_first))


def millimetres(longitude: float, latitude: float) -> tuple[Any, Any]:
    """To every listing: exact metres, and whole millimetres."""
    here = np.full(COUNT, longitude), np.full(COUNT, latitude)
    metres = ELLIPSOID.inv(*here, LONGITUDES, LATITUDES)[2]
    return metres, np.floor(np.round(metres, 8) * 1000 + 0.5).astype(int)


def in_circle(longitude: float, latitude: float, radius: float) -> Answer:
    metres, whole = millimetres(longitude, latitude)
    assert not np.any(np.abs(metres - radius) < 1e-6), "too near its edge to judge"
    ranked = sorted((int(whole[i]), int(i)) for i in np.flatnonzero(metres <= radius))
    return Answer([FIRST + i for _, i in ranked], [mm / 1000 for mm, _ in ranked])


def in_box(west: float, south: float, east: float, north: float) -> Any:
    x, y = LONGITUDES, LATITUDES
    high, after, before = (y >= south) & (y <= north), x >= west, x <= east
    if west < east:
        return high & after & before
    # what has no width holds nothing, not even a border
    return high & (after & (west < 180) | before & (east > -180))
