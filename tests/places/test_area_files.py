"""Boundary files: made-up ones with every defect, and real ones where they are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from shapely import Point, box

from commonweal.places.area_files import (
    AreaFile,
    NamePropertyUnclear,
    NotAnAreaFile,
    UnknownCrs,
    UnknownProperty,
    read_areas,
)
from commonweal.places.uploads import MAX_FILE_BYTES, PlacesFileTooLarge

FIXTURES = Path(__file__).parents[2] / "fixtures" / "places"
SQUARE = {"type": "Polygon", "coordinates": [[[-2, 52], [-1, 52], [-1, 53], [-2, 53], [-2, 52]]]}


def codes(file: AreaFile) -> list[tuple[int, str]]:
    return [(problem.number, problem.error.code) for problem in file.problems]


def collection(*rows: dict[str, Any], crs: object = None) -> bytes:
    """A file of squares side by side, with these properties."""
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": json.loads(json.dumps(SQUARE).replace("5", str(n))),
        }
        for n, row in enumerate(rows, 5)
    ]
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()


def test_every_feature_of_an_awkward_file_is_an_area_or_a_problem() -> None:
    raw = (FIXTURES / "areas.geojson").read_bytes()
    file = read_areas(raw)

    assert [(area.number, area.name, area.code) for area in file.areas] == [
        (1, "Abbey", "E05999901"),
        (2, "Brook", "E05999902"),
        (3, "Castle", "E05999903"),
        (4, "Dean", "E05999904"),
        (5, "Eastgate", "E05999905"),
        (6, "Ferry", "E05999906"),
        (15, "Môr & Mynydd", "E05999914"),
    ]
    assert codes(file) == [
        (8, "AREA_CODE_REPEATED"),
        (9, "AREA_HAS_NO_NAME"),
        (10, "NOT_A_SHAPE"),
        (11, "NOT_A_SHAPE"),
        (12, "CROSSES_ANTIMERIDIAN"),
        (13, "LOOKS_SWAPPED"),
        (14, "NOT_A_SHAPE"),
    ]
    assert all(
        area.shape.is_valid and area.shape.geom_type == "MultiPolygon" for area in file.areas
    )
    assert file.areas[-1].properties["councillors"] == 2
    assert not file.areas[1].shape.contains(Point(-2.0725, 51.8875)), "its hole"


def test_what_was_mended_or_joined_is_said_by_feature() -> None:
    file = read_areas((FIXTURES / "areas.geojson").read_bytes())

    assert (file.name_property, file.code_property) == ("WD24NM", "WD24CD")
    assert [note.split(":")[0] for note in file.notes] == [
        "Names are read from WD24NM, codes from WD24CD.",
        "Feature 3 was mended",
        "Feature 4 was mended",
        "Feature 5 was mended",
        "Feature 7 was joined to feature 6",
    ]
    assert file.areas[5].shape.area == pytest.approx(2e-4)


def test_a_byte_order_mark_changes_nothing() -> None:
    raw = (FIXTURES / "areas.geojson").read_bytes()

    assert read_areas(b"\xef\xbb\xbf" + raw) == read_areas(raw)


def test_eastings_that_the_file_does_not_mention_are_converted_and_said() -> None:
    file = read_areas((FIXTURES / "areas_easting.geojson").read_bytes())

    assert file.areas[0].shape.contains(Point(-2.0665, 51.9063))
    assert not file.problems
    assert sum("they were read on the British National Grid" in note for note in file.notes) == 1


def test_a_grid_that_the_file_names_is_converted_and_degrees_among_it_are_a_problem() -> None:
    file = read_areas((FIXTURES / "areas_grid.geojson").read_bytes())

    assert [area.name for area in file.areas] == ["Abbey", "Brook"]
    assert file.areas[0].shape.contains(Point(-2.0665, 51.9063))
    assert codes(file) == [(3, "LOOKS_LIKE_DEGREES")]


def test_eastings_in_a_file_that_says_degrees_are_problems() -> None:
    named = json.loads((FIXTURES / "areas_easting.geojson").read_bytes())
    named["crs"] = {"type": "name", "properties": {"name": "EPSG:4326"}}
    file = read_areas(json.dumps(named).encode())

    assert codes(file) == [(1, "LOOKS_LIKE_GRID"), (2, "LOOKS_LIKE_GRID")]


@pytest.mark.parametrize(
    "name",
    ["urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326",
     "urn:ogc:def:crs:EPSG:9.8.15:4326", "WGS84", "WGS 84"],
)  # fmt: skip
def test_every_name_of_wgs84_is_known(name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}

    assert read_areas(collection({"name": "Abbey"}, crs=crs)).areas


@pytest.mark.parametrize(
    "crs",
    [{"type": "name", "properties": {"name": "EPSG:3857"}}, {"type": "link"}, "CRS84", 7,
     {"type": "name", "properties": {"name": "EPSG:14326"}},
     {"type": "name", "properties": {"name": "EPSG:127700"}},
     {"type": "name", "properties": None}],
)  # fmt: skip
def test_any_other_crs_is_refused(crs: object) -> None:
    with pytest.raises(UnknownCrs, match="export it again"):
        read_areas(collection({"name": "Abbey"}, crs=crs))


@pytest.mark.parametrize(
    ("rows", "name", "code"),
    [
        ([{"WD13CD": "E05000001", "WD13NM": "A", "WD13NMW": None}], "WD13NM", "WD13CD"),
        ([{"LAD23NM": "Vale", "LAD23CD": "E07000001"}], "LAD23NM", "LAD23CD"),
        ([{"GSS_CODE": "E05000001", "NAME": "A", "OBJECTID": 4}], "NAME", "GSS_CODE"),
        ([{"id": "E05000001", "Ward": "A"}], "Ward", "id"),
        ([{"wardcode": "W1", "ward_name": "A"}], "ward_name", "wardcode"),
        ([{"area_name": "A", "reference": "x1"}], "area_name", "reference"),
        # Both name the council too, alike in every feature.
        (
            [
                {"LAD23CD": "E07000001", "LAD23NM": "Vale", "WD23CD": f"E0500000{n}", "WD23NM": n}
                for n in (1, 2, 3)
            ],
            "WD23NM",
            "WD23CD",
        ),
        (
            [{"LAD23CD": "E07000001", "LAD23NM": "Vale", "WARD_NAME": name} for name in "ABC"],
            "WARD_NAME",
            None,
        ),
    ],
)
def test_the_columns_of_each_publisher_are_guessed(
    rows: list[dict[str, Any]], name: str, code: str | None
) -> None:
    file = read_areas(collection(*rows))

    assert (file.name_property, file.code_property) == (name, code)
    assert len(file.areas) == len(rows)


def test_the_columns_may_be_said() -> None:
    raw = collection({"name": "Abbey", "old": "Minster", "gss": "E05000001", "key": "7"})
    file = read_areas(raw, name_property="old", code_property="key")

    assert [(area.name, area.code) for area in file.areas] == [("Minster", "7")]
    for wrong in ({"name_property": "nom"}, {"code_property": "nom"}):
        with pytest.raises(UnknownProperty, match="they have name, old, gss, key"):
            read_areas(raw, **wrong)


def test_a_file_whose_names_cannot_be_guessed_asks_for_them() -> None:
    with pytest.raises(NamePropertyUnclear, match="say which of street, uprn it is"):
        read_areas(collection({"street": "High Street", "uprn": "7"}))


def test_areas_of_one_name_and_no_code_are_kept_apart() -> None:
    file = read_areas(collection({"name": "St Mary's"}, {"name": "St Mary's"}))

    assert [area.number for area in file.areas] == [1, 2]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'{"type": "Polygon"}', b'{"type": "FeatureCollection"}',
     b'{"type": "FeatureCollection", "features": []}', b"[" * 100_000, b"\xff\xfe\x00",
     b'{"type": "FeatureCollection", "features": {}}'],
)  # fmt: skip
def test_what_is_no_area_file_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAnAreaFile) as refused:
        read_areas(raw)

    assert len(refused.value.message) < 300


def test_features_that_are_no_features_are_problems() -> None:
    raw = json.loads(collection({"name": "Abbey"}))
    raw["features"] += [None, 7, [], {"type": "Feature"}, {"properties": [], "geometry": {}}]
    file = read_areas(json.dumps(raw).encode())

    assert len(file.areas) == 1
    assert [number for number, _ in codes(file)] == [2, 3, 4, 5, 6]


def test_a_single_feature_is_a_file_of_one_area() -> None:
    feature = {"type": "Feature", "properties": {"name": "Abbey"}, "geometry": SQUARE}
    [area] = read_areas(json.dumps(feature).encode()).areas

    assert area.shape.equals(box(-2, 52, -1, 53))


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(PlacesFileTooLarge):
        read_areas(b"{" * (MAX_FILE_BYTES + 1))


@pytest.mark.parametrize(
    ("name", "count", "columns", "inside"),
    [
        ("cheltenham_wards_2013", 20, ("WD13NM", "WD13CD"), (-2.0783, 51.8994)),
        ("lambeth_wards_2022", 25, ("WARD_NAME", None), (-0.1160, 51.4613)),
        ("banes_wards_2018", 33, ("Ward_name", None), (-2.3590, 51.3811)),
    ],
)
def test_real_wards_are_all_read(
    open_data: Path,
    name: str,
    count: int,
    columns: tuple[str, str | None],
    inside: tuple[float, float],
) -> None:
    file = read_areas((open_data / f"{name}.geojson").read_bytes())

    assert (file.name_property, file.code_property) == columns
    assert len(file.areas) == count
    assert not file.problems
    assert sum(area.shape.contains(Point(inside)) for area in file.areas) == 1
