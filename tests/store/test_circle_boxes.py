"""What SQLite's R*Tree is asked for, and shapes in threads: without any database."""

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonweal.store.spatial import DEGREE_METRES, ELLIPSOID, as_geojson, circle_boxes, make_point


def inside(boxes: tuple[float, ...], longitude: float, latitude: float) -> bool:
    return any(
        west <= longitude <= east and south <= latitude <= north
        for west, south, east, north in (boxes[:4], boxes[4:])
    )


@settings(deadline=None)  # the machine may be busy
@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-90, 90) | st.sampled_from([-90.0, -89.999, 0.0, 51.9, 89.9999, 90.0]),
    metres=st.floats(0, 200_000) | st.floats(0, 20_100_000),
    bearing=st.floats(0, 360),
    share=st.floats(0, 1) | st.just(1.0),
)
@example(longitude=180.0, latitude=0.0, metres=1.0, bearing=90.0, share=1.0)
@example(longitude=-180.0, latitude=51.0, metres=1000.0, bearing=270.0, share=1.0)
@example(longitude=0.0, latitude=0.0, metres=9_950_000.0, bearing=45.0, share=1.0)
def test_every_point_of_a_circle_is_inside_one_of_its_boxes(
    longitude: float,
    latitude: float,
    metres: float,
    bearing: float,
    share: float,
) -> None:
    boxes = circle_boxes(longitude, latitude, metres)
    x, y, _ = ELLIPSOID.fwd(longitude, latitude, bearing, metres * share)
    assert inside(boxes, x, y)
    assert abs(x) < 180 or inside(boxes, -x, y)  # the same place by its other name


def test_all_around_the_globe_circles_of_every_size_stay_inside_their_boxes() -> None:
    """Where a hair would be lacking: along the whole rim, most of all east and west of it."""
    bearings = [*range(0, 360, 5), *(90 + n / 50 for n in range(-50, 50))]
    for latitude in (0, 1e-6, 10, 45, 51.9, 66, 80, 85, 88, 89, 89.9, 90):
        for metres in (0.001, 1, 100, 5_000, 50_000, 500_000, 2_000_000, 5_000_000, 9_900_000):
            for longitude in (0.0, -179.99, 180.0):
                for way in (latitude, -latitude):
                    boxes = circle_boxes(longitude, way, metres)
                    count = len(bearings)
                    rim = ELLIPSOID.fwd(
                        [longitude] * count, [way] * count, bearings, [metres] * count
                    )
                    outside = [
                        (x, y) for x, y in zip(*rim[:2], strict=True) if not inside(boxes, x, y)
                    ]
                    assert not outside, (longitude, way, metres)


def test_boxes_are_not_much_larger_than_their_circle() -> None:
    """Or the index would be no use."""
    west, south, east, north, *second = circle_boxes(-2.0, 51.9, 10_000)
    assert second == [1.0, 1.0, 0.0, 0.0]
    assert north - south == pytest.approx(20_000 / DEGREE_METRES, rel=1e-6)
    wide = ELLIPSOID.inv(west, 51.9, east, 51.9)[2]
    assert 20_000 < wide < 20_300
    west, _, east, _, west2, _, east2, _ = circle_boxes(179.95, 51.9, 10_000)
    assert (east, west2) == (180.0, -180.0)
    assert 180 - west + east2 + 180 < 0.3


RACE = """
import math, random, threading
import shapely
from commonweal.store import spatial

chance = random.Random(1)
for _ in range(40):
    turns = sorted(chance.uniform(0, 7) % 6.28 for _ in range(4000))
    far = lambda: chance.uniform(0.9, 1)
    ring = [(far() * math.cos(turn), far() * math.sin(turn)) for turn in turns]
    blob = spatial.dump(shapely.Polygon(ring))
    point = spatial.make_point(0.1, 0.1)
    start = threading.Barrier(4)
    def ask():
        start.wait()
        for _ in range(5):
            spatial.FUNCTIONS["ST_Covers", 2](blob, point)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


def test_threads_that_ask_about_one_shape_do_not_crash_the_process() -> None:
    """The writer's and the reader's: GEOS dies of a prepared shape that two use first at once."""
    done = subprocess.run([sys.executable, "-c", RACE], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_point_is_written_without_building_a_geometry() -> None:
    assert as_geojson(make_point(-2.0, 51.9)) == '{"type":"Point","coordinates":[-2,51.9]}'
