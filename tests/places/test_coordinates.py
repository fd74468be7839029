"""Coordinates: every way a place is written, and the fix that each refusal names."""

import csv
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from commonweal.kernel.errors import UserError
from commonweal.places.coordinates import (
    AREA_MARGIN_KM,
    TEXT_MOST_CHARACTERS,
    GridSystem,
    LooksLikeGrid,
    LooksSwapped,
    NotACoordinate,
    NotIso6709,
    OffTheGlobe,
    OutsideArea,
    UnreadableCoordinates,
    from_grid,
    from_iso6709,
    from_text,
    home_grid,
    point,
    read_pair,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "places"
AREAS: dict[str, BaseGeometry | None] = {
    "vale": box(-2.15, 51.85, -2.0, 51.95),
    "lough": box(-6.05, 54.53, -5.8, 54.66),
    "": None,
}


def rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_longitude_comes_first() -> None:
    assert point(-2.07, 51.9) == Point(-2.07, 51.9)
    assert point(-74, 40) == Point(-74, 40)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, None, "1", [[]]])
def test_what_is_no_finite_number_is_refused_on_either_axis(value: object) -> None:
    with pytest.raises(NotACoordinate, match="longitude"):
        point(value, 51.9)
    with pytest.raises(NotACoordinate, match="latitude"):
        point(-2.07, value)


def test_a_number_too_long_for_python_to_write_is_refused_in_a_short_message() -> None:
    with pytest.raises(NotACoordinate) as refused:
        point(10**5000, 51.9)

    assert len(refused.value.message) < 100


@pytest.mark.parametrize("pair", [(181, 0), (-180.1, 5), (500, 10), (1e6, 51.9), (200, 95)])
def test_what_is_nowhere_on_the_globe_is_refused(pair: tuple[float, float]) -> None:
    with pytest.raises(OffTheGlobe, match="nowhere"):
        point(*pair)


def test_the_edges_of_the_globe_are_on_it() -> None:
    for pair in [(180, 90), (-180, -90), (180, -90), (-180, 90)]:
        assert point(*pair)


def test_an_easting_taken_for_a_longitude_names_the_likely_fix() -> None:
    with pytest.raises(LooksLikeGrid, match="give them as easting and northing"):
        point(395522, 223084)


@pytest.mark.parametrize("pair", [(51.9, -2.07), (10, 120), (49.2, -2.1)])
def test_a_swapped_pair_names_the_likely_fix(pair: tuple[float, float]) -> None:
    with pytest.raises(LooksSwapped) as refused:
        point(*pair)

    assert f"give {pair[1]:g} as the longitude and {pair[0]:g}" in refused.value.message


@settings(max_examples=200)
@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_pair_on_the_globe_is_kept_exactly_or_called_swapped(east: float, north: float) -> None:
    try:
        assert point(east, north).coords[0] == (east, north)
    except LooksSwapped:
        assert point(north, east).coords[0] == (north, east)


@pytest.mark.parametrize("row", rows("written.csv"), ids=lambda row: row["text"])
def test_what_people_write_is_read_or_refused_by_name(row: dict[str, str]) -> None:
    if row["code"]:
        with pytest.raises(UserError) as refused:
            from_text(row["text"])
        assert refused.value.code == row["code"]
    else:
        read = from_text(row["text"])
        expected = (float(row["longitude"]), float(row["latitude"]))
        assert (read.x, read.y) == pytest.approx(expected, abs=1e-5)  # a metre


def test_metres_in_one_box_are_on_the_grid_that_is_said() -> None:
    read = from_text("333900 374000", GridSystem.IRISH)

    assert read == from_grid(333900, 374000, GridSystem.IRISH)


def test_the_longest_text_is_read_and_a_longer_one_is_not() -> None:
    longest = "51.9, -2.07" + "0" * (TEXT_MOST_CHARACTERS - 11)

    assert from_text(longest) == Point(-2.07, 51.9)
    for reader, error in ((from_text, UnreadableCoordinates), (from_iso6709, NotIso6709)):
        with pytest.raises(error) as refused:
            reader("1" * 1_000_000)
        assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    "text", ["+51.9-2.07/", "51.9-002.07/", "+51.9-002.07/x", "+515460-0020401/"]
)
def test_iso_6709_is_exact(text: str) -> None:
    with pytest.raises(NotIso6709):
        from_iso6709(text)


@settings(max_examples=60)
@given(st.integers(-90 * 36000, 90 * 36000), st.integers(-180 * 36000, 180 * 36000))
def test_iso_6709_in_three_forms_is_one_point(north: int, east: int) -> None:
    def written(tenths: int, wide: int, form: int) -> str:
        sign, seconds = "-" if tenths < 0 else "+", abs(tenths) / 10
        if form == 0:
            return f"{sign}{seconds / 3600:0{wide + 9}.8f}"
        degrees, rest = divmod(abs(tenths), 36000)
        if form == 1:
            return f"{sign}{degrees:0{wide}}{rest / 600:010.7f}"
        return f"{sign}{degrees:0{wide}}{rest // 600:02}{rest % 600 / 10:04.1f}"

    for form in range(3):
        text = f"{written(north, 2, form)}{written(east, 3, form)}/"
        try:
            read = from_iso6709(text)
        except LooksSwapped:
            continue
        assert (read.y, read.x) == pytest.approx((north / 36000, east / 36000), abs=1e-7)


@pytest.mark.parametrize("row", rows("columns.csv"), ids=lambda row: f"{row['x']}|{row['y']}")
def test_a_registers_two_columns_are_read_or_refused_by_name(row: dict[str, str]) -> None:
    expected = AREAS[row["expected"]]
    if row["code"]:
        with pytest.raises(UserError) as refused:
            read_pair(row["x"], row["y"], expected)
        assert refused.value.code == row["code"]
    else:
        located = read_pair(row["x"], row["y"], expected)
        assert located
        assert located.system == row["system"]
        assert expected is None or expected.contains(located.point)


def test_blanks_of_every_kind_are_no_coordinates_and_no_error() -> None:
    assert read_pair("", " \t\xa0\u200b\ufeff") is None


def test_a_note_says_in_which_system_the_pair_was_read() -> None:
    metres, degrees = read_pair("395522", "223084"), read_pair("-2.07", "51.9")

    assert metres
    assert degrees
    assert metres.note == "read as British National Grid easting and northing"
    assert degrees.note == "read as longitude and latitude"


def test_land_a_little_outside_the_area_is_kept_and_land_far_outside_is_not() -> None:
    vale = AREAS["vale"]
    degrees = AREA_MARGIN_KM / 111.2

    assert read_pair("-2.07", f"{51.95 + degrees - 0.001:.5f}", vale)
    with pytest.raises(OutsideArea, match=f"more than {AREA_MARGIN_KM} km"):
        read_pair("-2.07", f"{51.95 + degrees + 0.001:.5f}", vale)


def test_the_margin_is_as_wide_as_it_is_tall() -> None:
    degrees = AREA_MARGIN_KM / (111.2 * math.cos(math.radians(51.9)))

    assert read_pair(f"{-2 + degrees - 0.01:.5f}", "51.9", AREAS["vale"])
    with pytest.raises(OutsideArea):
        read_pair(f"{-2 + degrees + 0.01:.5f}", "51.9", AREAS["vale"])


def test_a_pair_near_the_area_that_is_in_it_when_swapped_is_kept_with_a_doubt() -> None:
    # Where eastings and northings are alike, a swap moves a place only a few miles.
    corner = from_grid(405000, 415000)
    located = read_pair("415000", "405000", corner.buffer(0.05))

    assert located
    assert "only if swapped" in located.note


def test_an_area_of_nothing_decides_nothing() -> None:
    located = read_pair("395522", "223084", Point())

    assert located
    assert located.system == "BRITISH"


def test_every_outcode_of_the_country_is_on_its_own_grid(open_data: Path) -> None:
    homes: Counter[tuple[str, str | None]] = Counter()
    with (open_data / "uk_outcodes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            grid = home_grid(point(float(row["longitude"]), float(row["latitude"])))
            homes[row["country"], grid and grid.value] += 1

    assert homes == {
        ("ENG", "BRITISH"): 2123, ("SCT", "BRITISH"): 441, ("WLS", "BRITISH"): 190,
        ("IM", "BRITISH"): 9, ("NIR", "IRISH"): 80, ("GG", None): 9, ("JE", None): 4,
    }  # fmt: skip


def test_a_real_register_is_read_and_each_pair_refused_when_swapped(open_data: Path) -> None:
    area = box(-2.143, 51.856, -2.009, 51.938)  # the borough's wards
    read = refused = 0
    with (open_data / "cheltenham_land_assets_2023.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if read_pair(row["GeoX"], row["GeoY"], area):
                read += 1
                with pytest.raises(LooksSwapped):
                    read_pair(row["GeoY"], row["GeoX"], area)
                refused += 1

    assert (read, refused) == (459, 459)
