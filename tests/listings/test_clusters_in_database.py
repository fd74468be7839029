"""Clusters of a map: both engines gather as brute force does, to the last digit."""

import random
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.ids import write_id
from commonweal.listings.queries_clusters import (
    CELLS_A_TILE,
    MAX_CELLS,
    MAX_ZOOM,
    MIN_ZOOM,
    centre,
    grid,
)
from commonweal.listings.rules import BoxTooFine, ListingKind, ZoomOutOfRange
from commonweal.store.database import Database
from tests.asking import ask, data
from tests.graph.both_ways import Counted
from tests.listings.test_window import put_in, shown

CLUSTERS: Final = """query($box: BoxInput!, $zoom: Int!, $words: String, $kinds: [ListingKind!],
                            $near: NearInput) {
  clusters(box: $box, zoom: $zoom, words: $words, kinds: $kinds, near: $near) {
    count centre box listingId } }"""
COUNTY: Final = {"west": -2.3, "south": 51.7, "east": -1.8, "north": 52.1}
WORLD: Final = {"west": -180.0, "south": -90.0, "east": 180.0, "north": 90.0}
FIJI: Final = {"west": 179.5, "south": -17.0, "east": -179.5, "north": -16.0}
BOXES: Final = [COUNTY, WORLD, FIJI, {**COUNTY, "east": -2.0}, {**WORLD, "south": 89.9}]
BORDERS: Final = [(180, 0), (-180, 0), (0, 90), (0, -90), (180, 90), (-180, -90), (-2.25, 51.75)]
EDGES: Final = [(-2.3, 51.7), (-1.8, 52.1), (-1.8, 51.7), (-2.0, 51.9), (0, 0)]


def points() -> list[tuple[float, float]]:
    """Some on the borders of cells and boxes, some in heaps, some all over the world."""
    pick = random.Random(7)
    found = [*BORDERS, *EDGES]
    for _ in range(60):
        found.append((pick.uniform(-2.3, -1.8), pick.uniform(51.7, 52.1)))
        found.append((round(pick.gauss(-2.0755, 0.001), 6), round(pick.gauss(51.8994, 0.001), 6)))
    for _ in range(30):
        found.append((pick.uniform(-180, 180), pick.uniform(-90, 90)))
        found.append((pick.choice((1, -1)) * pick.uniform(179.5, 180), pick.uniform(-17, -16)))
    return [(float(x), float(y)) for x, y in found]


POINTS: Final = points()


def inside(x: float, y: float, box: dict[str, float]) -> bool:
    spans = [(box["west"], box["east"])]
    if box["west"] > box["east"]:
        spans = [(box["west"], 180.0), (-180.0, box["east"])]
    return box["south"] <= y <= box["north"] and any(w <= x <= e for w, e in spans)


def gathered(numbers: list[int], box: dict[str, float], zoom: int) -> list[dict[str, Any]]:
    """The clusters of a box, by exact arithmetic but for the cells' own definition."""
    cells, heaps = CELLS_A_TILE * 2**zoom, defaultdict(list)
    for number, (x, y) in zip(numbers, POINTS, strict=True):
        if inside(x, y, box):
            across = min(int((x + 180) * (cells / 360)), cells - 1)
            up = min(int((y + 90) * (cells / 360) * 2), cells - 1)
            heaps[across, up].append((number, x, y))
    return [
        {
            "count": len(heap),
            "box": [min(x for _, x, _ in heap), min(y for *_, y in heap),
                    max(x for _, x, _ in heap), max(y for *_, y in heap)],
            "listingId": write_id("lst", heap[0][0]) if len(heap) == 1 else None,
            "mean": [sum(Fraction(p[i]) for p in heap) / len(heap) for i in (1, 2)],
        }
        for _, heap in sorted(heaps.items())
    ]  # fmt: skip


async def scattered(database: Database) -> list[int]:
    return await put_in(
        database,
        *(shown(f"Point {n % 10}", n, location=shapely.Point(x, y), kind=list(ListingKind)[n % 4])
          for n, (x, y) in enumerate(POINTS)),
    )  # fmt: skip


async def test_every_box_and_zoom_is_gathered_as_brute_force_does(database: Database) -> None:
    numbers = await scattered(database)
    asked = 0
    for box, zoom in askings():
        found = (await data(database, CLUSTERS, {"box": box, "zoom": zoom}))["clusters"]
        expected = gathered(numbers, box, zoom)
        asked += len(found) > 1
        assert len(found) == len(expected) <= MAX_CELLS.value, (box, zoom)
        for one, other in zip(found, expected, strict=True):
            for got, mean in zip(one.pop("centre")["coordinates"], other.pop("mean"), strict=True):
                assert abs(Fraction(got) - mean) <= Fraction(1, 10**7), (box, zoom)
                assert Decimal(repr(got)).as_tuple().exponent >= -7  # type: ignore[operator]
            assert one == other, (box, zoom)
    assert asked > 20


def askings() -> Iterator[tuple[dict[str, float], int]]:
    """The boxes at every zoom at which they may be asked for."""
    for box in BOXES:
        for zoom in range(MIN_ZOOM, MAX_ZOOM.value + 1):
            try:
                grid(zoom, **box)
            except BoxTooFine:
                break
            yield box, zoom


async def test_one_statement_gathers_with_every_filter_of_search(database: Database) -> None:
    await scattered(database)
    near = {"longitude": -2.0755, "latitude": 51.8994, "withinMetres": 1_000.0}
    search = """query($box: BoxInput!, $words: String, $kinds: [ListingKind!], $near: NearInput) {
      search(box: $box, words: $words, kinds: $kinds, near: $near) { totalCount } }"""
    for more in (
        {}, {"words": "point 3"}, {"words": "piont"}, {"words": ""}, {"kinds": ["SHOP", "OFFER"]},
        {"near": near}, {"words": "poi", "kinds": ["ASSET"], "near": near}, {"words": "xyzzy"},
    ):  # fmt: skip
        asked: dict[str, Any] = {"box": COUNTY, "zoom": 9, **more}
        counted = Counted(database)
        found = (await data(database, CLUSTERS, asked))["clusters"]
        assert len(counted.asked) == 1
        database.reader = counted.reader
        total = (await data(database, search, {"box": COUNTY, **more}))["search"]["totalCount"]
        assert sum(each["count"] for each in found) == total, more
    assert found == []


async def test_what_is_off_the_map_or_no_longer_open_is_in_no_cluster(database: Database) -> None:
    await put_in(database, shown("Nowhere", 1))
    asked = {"box": WORLD, "zoom": 0}
    assert (await data(database, CLUSTERS, asked))["clusters"] == []


async def test_boxes_and_zooms_that_cannot_be_meant_are_refused(database: Database) -> None:
    for box, zoom, code in (
        (COUNTY, -1, "ZOOM_OUT_OF_RANGE"),
        (COUNTY, 23, "ZOOM_OUT_OF_RANGE"),
        (COUNTY, 20, "BOX_TOO_FINE"),
        (WORLD, 4, "BOX_TOO_FINE"),
        ({**COUNTY, "north": 51.0}, 9, "BOX_UPSIDE_DOWN"),
        ({**COUNTY, "east": -2.3}, 9, "BOX_WITHOUT_WIDTH"),
    ):
        [error] = (await ask(database, CLUSTERS, {"box": box, "zoom": zoom}))["errors"]
        assert error["extensions"]["code"] == code


def test_zooms_are_from_the_world_to_a_room() -> None:
    small = (-2.0, 51.0, -1.9999999, 51.0000001)
    assert grid(MIN_ZOOM, *small) == (4 / 360, 4)
    assert grid(MAX_ZOOM.value, *small)[1] == 2**24
    for zoom in (MIN_ZOOM - 1, MAX_ZOOM.value + 1):
        with pytest.raises(ZoomOutOfRange):
            grid(zoom, *small)


def test_a_box_has_at_most_so_many_cells() -> None:
    """At zoom 0 a column is 90 degrees wide and a row 45 high; at each more, half of that."""
    assert grid(3, *WORLD.values())[1] == 32  # 1,024 cells
    with pytest.raises(BoxTooFine, match="At zoom 4 this box has 4096 cells, and at most 2000"):
        grid(4, *WORLD.values())
    grid(10, **FIJI)  # and not as if it went round the world
    for zoom in range(3, MAX_ZOOM.value + 1):
        screen = 1_920 * 360 / 256 / 2**zoom, 1_080 * 360 / 256 / 2**zoom * 0.62  # at 52 north
        if screen[0] < 90:
            grid(zoom, -2.0, 52.0, -2.0 + screen[0], min(52.0 + screen[1], 89.0))


@given(st.lists(st.integers(0, 3_600_000_000), min_size=1, max_size=9))
@settings(deadline=None)
def test_the_centre_is_the_mean_rounded_once(fractions: list[int]) -> None:
    x = centre(sum(fractions), 900_000_000 * len(fractions), len(fractions))["coordinates"][0]
    exact = Decimal(sum(fractions)) / len(fractions)
    assert abs(Decimal(repr(x)) * 10**7 + 1_800_000_000 - exact) <= Decimal("0.5")
