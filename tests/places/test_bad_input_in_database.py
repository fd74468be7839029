"""What cannot be meant is refused by name, with what helps, and alike on both engines."""

from typing import Any

import pytest

from commonweal.kernel.errors import ERRORS
from commonweal.kernel.ids import write_id
from commonweal.places.queries import box_text
from commonweal.places.rules import (
    DEFAULT_RADIUS_METRES,
    MAX_RADIUS_METRES,
    BoxWithoutWidth,
    RadiusOutOfRange,
    checked_radius,
)
from commonweal.places.shapes import MAX_CLIENT_VERTICES
from commonweal.store.database import Database
from tests.asking import ask, data

HUGE = 10**400  # as long a number as JSON can write
NEAR = "query($near: NearInput!) { search(near: $near) { totalCount edges { distance } } }"
BOX = "query($box: BoxInput!) { search(box: $box) { totalCount edges { cursor } } }"
INSIDE = "query($shape: GeoJSON!) { search(inside: $shape) { totalCount } }"
AREA = "query($id: ID!) { search(area: $id) { totalCount } }"
AT = "query($at: PointInput!) { areas(at: $at) { totalCount } }"
FROM = "query($at: PointInput!) { search(first: 1) { edges { node { distance(from: $at) } } } }"
OF_COUNCIL = "query($id: ID!) { assets(council: $id) { totalCount } }"
TEXTS = (
    "query($text: String!) { search(near: {place: $text}) { totalCount centre { approximate } } }",
    "query($text: String!) { place(matching: $text) { approximate } }",
    "query($text: String!) { places(matching: $text) { totalCount } }",
    "query($text: String!) { search(categories: [$text]) { totalCount } }",
    "query($text: String!) { areas(code: $text) { totalCount } }",
    "query($text: String!) { assets(reference: $text) { totalCount } }",
)


async def refusal(database: Database, query: str, **variables: Any) -> dict[str, Any]:
    """The one error of an answer, with a code that is one of ours."""
    body = await ask(database, query, variables)
    [error] = body.get("errors") or [{"message": f"answered: {body}"}]
    code = error.get("extensions", {}).get("code")
    assert code in ERRORS, (variables, error)
    assert error["message"][-1] in ".:", error
    return {"code": code, "message": error["message"]}


def polygon(*rings: list[tuple[float, float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(at) for at in ring] for ring in rings]}


POINTS = {
    "on the other way round": ((51.9, -2.07), "LOOKS_SWAPPED", "give -2.07 as the longitude"),
    "an easting and a northing": ((394720, 222190), "LOOKS_LIKE_GRID", "easting and northing"),
    "beyond 180": ((180.5, 51.9), "OFF_THE_GLOBE", "-180 to 180"),
    "beyond the pole": ((-120, 90.5), "OFF_THE_GLOBE", "-90 to 90"),
    "huge": ((1e308, -1e308), "OFF_THE_GLOBE", "nowhere"),
}


@pytest.mark.parametrize("query", [NEAR, AT, FROM], ids=["near", "at", "from"])
async def test_an_impossible_point_is_refused_with_the_likely_fix(
    town: Database, query: str
) -> None:
    for (longitude, latitude), code, helps in POINTS.values():
        given = {"longitude": longitude, "latitude": latitude}
        found = await refusal(town, query, **{"near" if query == NEAR else "at": given})
        assert (found["code"], helps in found["message"]) == (code, True), found


async def test_a_radius_is_more_than_nothing_and_no_longer_than_great_britain(
    town: Database,
) -> None:
    here = {"longitude": -2.07, "latitude": 51.9}
    for metres in (0, -0.0, -1, 1e9, MAX_RADIUS_METRES + 0.001, 1e308):
        found = await refusal(town, NEAR, near=here | {"withinMetres": metres})
        assert found["code"] == "RADIUS_OUT_OF_RANGE"
        assert "1000000" in found["message"]
    for metres in (5e-324, 0.001, MAX_RADIUS_METRES):
        await data(town, NEAR, {"near": here | {"withinMetres": metres}})
    with pytest.raises(RadiusOutOfRange):
        checked_radius(float("nan"))


async def test_a_radius_that_is_null_or_not_given_is_the_usual_one(town: Database) -> None:
    assert DEFAULT_RADIUS_METRES == 10_000
    for metres, count in ((9_000, 0), (11_000, 1), (None, 1), (..., 1)):
        near = {"longitude": -2.925082, "latitude": 52.184665 + 9_500 / 111_250}
        near |= {} if metres is ... else {"withinMetres": metres}  # type: ignore[dict-item]
        assert (await data(town, NEAR, {"near": near}))["search"]["totalCount"] == count, metres


async def test_near_takes_one_place_and_not_half_of_one(town: Database) -> None:
    for near in (
        {},
        {"withinMetres": 5.0},
        {"longitude": -2.0},
        {"latitude": 52.0},
        {"place": "GL50", "latitude": 52.0},
        {"place": "GL50", "longitude": -2.0, "latitude": 52.0},
        {"place": None},
    ):
        found = await refusal(town, NEAR, near=near)
        assert found["code"] == "NEAR_NEEDS_ONE_PLACE", near


async def test_a_box_has_a_height_and_a_width(town: Database) -> None:
    for west, south, east, north, code in (
        (-3, 52, -2, 51, "BOX_UPSIDE_DOWN"),
        (-3, 52, -2, 52, "BOX_UPSIDE_DOWN"),
        (-2, 51, -2, 52, "BOX_WITHOUT_WIDTH"),
        (180, 51, -180, 52, "BOX_WITHOUT_WIDTH"),
        (-3, 51, 200, 53, "OFF_THE_GLOBE"),
        (51, -3, 52, -2, "LOOKS_SWAPPED"),
        (394720, 222190, 394730, 222200, "LOOKS_LIKE_GRID"),
    ):
        box = {"west": west, "south": south, "east": east, "north": north}
        assert (await refusal(town, BOX, box=box))["code"] == code, box


def test_a_box_that_touches_180_degrees_is_one_polygon_and_one_across_it_two() -> None:
    one = "SRID=4326;MULTIPOLYGON (((170 0, 180 0, 180 1, 170 1, 170 0)))"
    assert box_text(170, 0, 180, 1) == one
    assert box_text(170, 0, -180, 1).replace(".0", "") == one
    assert box_text(170, 0, -170, 1).count("((") == 2
    with pytest.raises(BoxWithoutWidth):
        box_text(180, 0, -180, 1)


SQUARE = [(-3.0, 52.0), (-2.0, 52.0), (-2.0, 53.0), (-3.0, 53.0), (-3.0, 52.0)]
RING = [(-2 + i / 100_000, 52 + (i % 2) / 1_000) for i in range(MAX_CLIENT_VERTICES.value - 1)]
SHAPES = {
    "self-crossing": (polygon([(-3, 52), (-2, 53), (-2, 52), (-3, 53), (-3, 52)]), "SELF_CROSSING"),
    "of 1,001 vertices": (polygon([*RING, (-1.9, 51.0), RING[0]]), "TOO_MANY_VERTICES"),
    "across 180": (
        polygon([(179, 1), (-179, 1), (-179, 2), (179, 2), (179, 1)]), "CROSSES_ANTIMERIDIAN",
    ),
    "not closed": (polygon(SQUARE[:-1]), "NOT_A_SHAPE"),
    "a point": ({"type": "Point", "coordinates": [-2, 52]}, "NOT_A_SHAPE"),
    "a line": ({"type": "LineString", "coordinates": SQUARE}, "NOT_A_SHAPE"),
    "a feature": ({"type": "Feature", "geometry": polygon(SQUARE)}, "NOT_A_SHAPE"),
    "of no type": ({"coordinates": []}, "NOT_A_SHAPE"),
    "empty": ({}, "NOT_A_SHAPE"),
    "of no rings": (polygon(), "NOT_A_SHAPE"),
    "nested garbage": ({"type": "Polygon", "coordinates": {"a": [[{"b": []}]]}}, "NOT_A_SHAPE"),
    "lists in lists": ({"type": "Polygon", "coordinates": [[[[[[]]]]]]}, "NOT_A_SHAPE"),
    "of text": ({"type": "Polygon", "coordinates": [[["-3", "52"]] * 4]}, "NOT_A_SHAPE"),
    "of nulls": ({"type": "Polygon", "coordinates": [[[None, None]] * 4]}, "NOT_A_SHAPE"),
    "huge numbers": (polygon([(-3, 52), (HUGE, 52), (-2, 53), (-3, 52)]), "NOT_A_SHAPE"),
    "a number": ({"type": "Polygon", "coordinates": HUGE}, "NOT_A_SHAPE"),
    "a NUL": ({"type": "Poly\x00gon", "coordinates": []}, "NOT_A_SHAPE"),
    "a surrogate": ({"type": "\ud800", "coordinates": []}, "NOT_A_SHAPE"),
    "swapped": (polygon([(y, x) for x, y in SQUARE]), "LOOKS_SWAPPED"),
    "on the grid": (
        polygon([(394e3, 222e3), (395e3, 222e3), (395e3, 223e3), (394e3, 222e3)]),
        "LOOKS_LIKE_GRID",
    ),
    "a hole outside": (
        polygon(SQUARE, [(5, 52), (6, 52), (6, 53), (5, 52)]), "NOT_A_SHAPE",
    ),
}  # fmt: skip


async def test_a_shape_that_cannot_be_meant_is_refused_by_what_is_wrong_with_it(
    town: Database,
) -> None:
    for name, (shape, code) in SHAPES.items():
        assert (await refusal(town, INSIDE, shape=shape))["code"] == code, name


async def test_a_shape_of_1_000_vertices_is_searched(town: Database) -> None:
    shape = polygon([*RING, RING[0]])
    assert len(shape["coordinates"][0]) == MAX_CLIENT_VERTICES.value
    assert (await ask(town, INSIDE, {"shape": shape}))["errors"][0]["extensions"]["code"] != (
        "TOO_MANY_VERTICES"
    )
    slim = [(-3 + i / 500, 52.0) for i in range(499)] + [(-2 - i / 500, 53.0) for i in range(500)]
    found = await data(town, INSIDE, {"shape": polygon([*slim, slim[0]])})
    assert found["search"]["totalCount"] == 1


async def test_an_id_that_is_no_areas_is_refused_and_an_area_that_is_not_held_holds_nothing(
    town: Database,
) -> None:
    malformed = ("", "x", "are_", "are_x", write_id("ast", 5), "are_0c1n2h5xjz3q\x00", "\ud800")
    for query in (AREA, OF_COUNCIL):
        for given in malformed:
            found = await refusal(town, query, id=given)
            assert found["code"] == "NOT_AN_AREA", given
            assert "`areas`" in found["message"]
    nowhere = await data(town, AREA, {"id": write_id("are", 5)})
    assert nowhere["search"]["totalCount"] == 0
    assert (await data(town, OF_COUNCIL, {"id": write_id("are", 5)}))["assets"]["totalCount"] == 0


async def test_text_that_no_database_holds_is_refused_and_says_why(town: Database) -> None:
    for query in TEXTS:
        for text, what in (("GL50\x00", "NUL"), ("GL\ud80050", "surrogate"), ("\udfff", "surrog")):
            found = await refusal(town, query, text=text)
            assert (found["code"], what in found["message"]) == ("UNSTORABLE_TEXT", True), query
        for text in ("", " ", "'", '"; DROP TABLE place; --', "%", "_", "\\", "😀" * 500):
            assert "errors" not in await ask(town, query, {"text": text}), (query, text)


async def test_a_number_beyond_all_measure_in_a_document_is_refused(town: Database) -> None:
    for query in (
        "{ search(near: {longitude: 1e400, latitude: 51}) { totalCount } }",
        "{ search(near: {longitude: -2, latitude: 51, withinMetres: -1e400}) { totalCount } }",
        "{ search(box: {west: 1e999, south: 1, east: 2, north: 2}) { totalCount } }",
        '{ search(inside: {type: "Polygon", coordinates: [[[1e400, 1]]]}) { totalCount } }',
    ):
        body = await ask(town, query)
        assert [error["extensions"]["code"] for error in body["errors"]] == ["NUMBER_TOO_LARGE"]
