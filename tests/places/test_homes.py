"""Where homes are shown: far enough off, always alike, and no better known by asking often."""

import math
import random
from collections.abc import Iterator
from statistics import mean
from typing import Final

import numpy as np
import pytest
from pyproj import Geod
from shapely import Point

from commonweal.places.homes import (
    DECIMALS,
    LEAST_METRES,
    MOST_METRES,
    SLACK_METRES,
    displaced,
)
from commonweal.store.database import Database

EARTH: Final = Geod(ellps="WGS84")
HOME: Final = Point(-2.0755, 51.8994)
ENDS: Final = [
    Point(x, y) for x in (180.0, -180.0, 0.0, 179.9999) for y in (90.0, -90.0, 89.999, 0.0, -17.0)
]
ROUNDING_METRES: Final = 0.8  # at most, by five decimals of a degree
ONLY_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def keyed(database: Database) -> Database:
    """Of a known key, so that a test of chance falls out the same each time."""
    database.key = bytes(range(32))
    return database


def metres(one: Point, other: Point) -> float:
    return float(EARTH.inv(one.x, one.y, other.x, other.y)[2])


def moved(point: Point, degrees: float, far_metres: float) -> Point:
    return Point(EARTH.fwd(point.x, point.y, degrees, far_metres)[:2])


def homes(count: int, seed: int = 1) -> Iterator[Point]:
    """In and around Great Britain, and at the ends of the coordinates."""
    chance = random.Random(seed)
    yield from ENDS[:count]
    for _ in range(count - len(ENDS)):
        yield Point(chance.uniform(-8, 2), chance.uniform(49, 61))


async def test_a_home_is_shown_between_300_and_800_metres_off_for_everybody(
    database: Database,
) -> None:
    """10,000 of them, rounding and all, with a key of chance."""
    away = [
        metres(home, displaced(database, f"prs_{owner}", home))
        for owner in range(100)
        for home in homes(100, owner)
    ]

    assert len(away) == 10_000
    assert (LEAST_METRES, MOST_METRES) == (300, 800)
    assert LEAST_METRES < 350 - ROUNDING_METRES <= min(away) < 355
    assert 745 < max(away) <= 750 + ROUNDING_METRES < MOST_METRES


async def test_one_owner_s_home_is_always_shown_alike_and_another_s_elsewhere(
    database: Database,
) -> None:
    points = [displaced(database, f"prs_{owner}", HOME) for owner in range(100)]

    assert points == [displaced(database, f"prs_{owner}", HOME) for owner in range(100)]
    assert len(set(points)) == 100
    for point in points:
        assert (round(point.x, DECIMALS), round(point.y, DECIMALS)) == (point.x, point.y)


async def test_another_service_shows_it_elsewhere(database: Database) -> None:
    before = displaced(database, "prs_1", HOME)
    database.key = bytes(32)
    assert displaced(database, "prs_1", HOME) != before


def test_rounding_moves_a_point_by_less_than_a_metre() -> None:
    half = 10**-DECIMALS / 2
    assert metres(Point(0, 0), Point(half, half)) < ROUNDING_METRES


@ONLY_SQLITE
async def test_the_points_are_spread_evenly_over_the_ring(keyed: Database) -> None:
    """By area: of twelve parts of it in each direction and each distance none is favoured."""
    count, parts = 6_000, 12
    turns, shares = [0] * parts, [0] * parts
    least, most = LEAST_METRES + SLACK_METRES, MOST_METRES - SLACK_METRES
    for owner in range(count):
        shown = displaced(keyed, f"prs_{owner}", HOME)
        azimuth, _, far = EARTH.inv(HOME.x, HOME.y, shown.x, shown.y)
        share = (far**2 - least**2) / (most**2 - least**2)
        turns[int(azimuth % 360 / 360 * parts)] += 1
        shares[min(max(int(share * parts), 0), parts - 1)] += 1

    for counts in (turns, shares):
        assert sum((each - count / parts) ** 2 for each in counts) / (count / parts) < 31.3
        # chi squared of eleven degrees: one in a thousand is above


@ONLY_SQLITE
@pytest.mark.parametrize("spread_metres", [200, 5_000, 100_000])
async def test_a_hundred_distances_lead_to_the_point_that_is_shown_and_not_to_the_home(
    keyed: Database, spread_metres: int
) -> None:
    """Triangulation: what the API says of distances, to the millimetre, from wherever one asks."""
    chance = random.Random(spread_metres)
    for home in [HOME, *homes(8 + len(ENDS))][-8:]:
        shown = displaced(keyed, "prs_1", home)
        asked = [
            moved(home, chance.uniform(0, 360), spread_metres * math.sqrt(chance.random()))
            for _ in range(100)
        ]
        answers = [round(metres(each, shown), 3) for each in asked]
        found = triangulated(asked, answers)

        assert metres(found, shown) < 0.01
        assert metres(found, home) >= LEAST_METRES


def triangulated(asked: list[Point], answers: list[float]) -> Point:
    """The least squares of the distances' errors, by Gauss and Newton."""
    xs, ys = (np.array([getattr(each, axis) for each in asked]) for axis in "xy")
    at = Point(float(xs.mean()), float(ys.mean()))
    for _ in range(30):
        azimuths, _, far = EARTH.inv(np.full(100, at.x), np.full(100, at.y), xs, ys)
        east, north = -np.sin(np.radians(azimuths)), -np.cos(np.radians(azimuths))
        step, *_ = np.linalg.lstsq(np.column_stack([east, north]), np.array(answers) - far)
        at = moved(at, math.degrees(math.atan2(step[0], step[1])), float(np.hypot(*step)))
    return at


@ONLY_SQLITE
@pytest.mark.parametrize("spread_metres", [SLACK_METRES // 2, 2 * SLACK_METRES])
async def test_a_home_set_anew_again_and_again_is_not_found_as_the_middle(
    keyed: Database, spread_metres: int
) -> None:
    """A hundred owners, a hundred times each, and the former point is given."""
    chance = random.Random(4)
    changed = 0
    for owner in range(100):
        home = Point(chance.uniform(-8, 2), chance.uniform(49, 61))
        former, seen = None, set()
        for _ in range(100):
            other = moved(home, chance.uniform(0, 360), chance.uniform(0, spread_metres))
            former = displaced(keyed, f"prs_{owner}", other, former)
            assert LEAST_METRES <= metres(other, former) <= MOST_METRES
            seen.add((former.x, former.y))
        middle = Point(mean(x for x, _ in seen), mean(y for _, y in seen))
        assert metres(home, middle) >= LEAST_METRES - spread_metres
        changed += len(seen) > 1
    assert (changed > 0) is (spread_metres > SLACK_METRES)  # else the test would show nothing


@ONLY_SQLITE
async def test_whoever_comes_back_is_shown_by_the_same_offset(keyed: Database) -> None:
    """Without the former point: around a home there are at most four squares, mostly one."""
    chance = random.Random(5)
    alone = 0
    for owner in range(100):
        home = Point(chance.uniform(-8, 2), chance.uniform(49, 61))
        offsets: list[Point] = []  # as they would move the home
        for _ in range(50):
            other = moved(home, chance.uniform(0, 360), chance.uniform(0, 20))
            shown = displaced(keyed, f"prs_{owner}", other)
            azimuth, _, far = EARTH.inv(other.x, other.y, shown.x, shown.y)
            offset = moved(home, azimuth, far)
            if all(metres(offset, known) > 3 for known in offsets):
                offsets.append(offset)
        assert len(offsets) <= 4
        alone += len(offsets) == 1
    assert alone >= 85


@ONLY_SQLITE
async def test_who_knows_the_offset_at_one_home_does_not_know_it_at_the_next(
    keyed: Database,
) -> None:
    near = 0
    for owner in range(500):
        old, new = HOME, moved(HOME, owner, 3_000)
        shown_old, shown_new = (displaced(keyed, f"prs_{owner}", home) for home in (old, new))
        azimuth, _, far = EARTH.inv(shown_old.x, shown_old.y, old.x, old.y)
        near += metres(moved(shown_new, azimuth, far), new) < LEAST_METRES
    assert near < 100  # by chance; all 500, were it the same offset


@ONLY_SQLITE
async def test_the_former_point_stays_only_while_it_is_neither_too_near_nor_too_far(
    keyed: Database,
) -> None:
    former = displaced(keyed, "prs_1", HOME)
    for far, stays in ((0, False), (299, False), (301, True), (799, True), (801, False)):
        home = moved(former, 45, far)
        assert (displaced(keyed, "prs_1", home, former) == former) is stays
