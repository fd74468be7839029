"""Where a row says that its asset is, and what is said where it cannot be."""

import pytest
import shapely

from commonweal.assets.registers.placing import place

TOWN_HALL = (-2.05779, 51.89060)  # at easting 396120, northing 221340


def at(values: dict[str, str], area: shapely.Polygon | None) -> tuple[float, float] | None:
    located, _ = place(values, area)
    return None if located is None else (round(located.point.x, 5), round(located.point.y, 5))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("396120", "221340"),
        ("396120.00", "221340.0"),
        ("396,120", "221,340"),
        ("E396120", "N221340"),
        ("E: 396120", "N: 221340"),
        ("396120 mE", "221340 mN"),
        (" 396120\u00a0", "221340"),
    ],
)
def test_a_pair_is_read_through_what_people_write_around_it(
    x: str, y: str, eastmere: shapely.Polygon
) -> None:
    assert at({"easting": x, "northing": y}, eastmere) == TOWN_HALL


@pytest.mark.parametrize(
    "text",
    ["396120,221340", "396120 221340", "E396120 N221340", "Easting: 396120 Northing: 221340",
     "396120 / 221340", "(396120, 221340)", "SO 96120 21340",
     "396120221340"],
)  # fmt: skip
def test_a_pair_in_one_cell_is_read(text: str, eastmere: shapely.Polygon) -> None:
    found = at({"map_reference": text}, eastmere)
    assert found == pytest.approx(TOWN_HALL, abs=0.0001)


@pytest.mark.parametrize(
    "text", ["51.8906, -2.05779", "POINT (-2.05779 51.8906)", "+51.8906-002.05779/"]
)
def test_degrees_in_one_cell_are_read(text: str, eastmere: shapely.Polygon) -> None:
    assert at({"map_reference": text}, eastmere) == TOWN_HALL


def test_the_system_that_the_register_used_is_told() -> None:
    systems = [
        ({"x": "396120", "y": "221340"}, "BRITISH"),
        ({"x": "-2.05", "y": "51.89"}, "WGS84"),
        ({"map_reference": "SO 961 213"}, "BRITISH"),
        ({"map_reference": "51.89, -2.05"}, "WGS84"),
    ]
    for values, system in systems:
        located, refused = place(values, None)
        assert located is not None
        assert (located.system, refused) == (system, [])


@pytest.mark.parametrize("blank", ["", "N/A", "unknown"])
def test_nothing_given_is_no_problem(blank: str) -> None:
    assert place({"x": blank, "y": blank, "map_reference": blank}, None) == (None, [])
    assert place({}, None) == (None, [])


@pytest.mark.parametrize(
    ("x", "y", "code", "fix"),
    [
        ("221340", "396120", "LOOKS_SWAPPED", "exchange the two"),
        ("51.89", "-2.05", "LOOKS_SWAPPED", "exchange the two"),
        ("2.05", "51.89", "OUTSIDE_AREA", "give the longitude its minus sign"),
        ("530034", "180381", "OUTSIDE_AREA", "check them against the address"),
        ("0", "0", "NO_PLACE_AT_ZERO", "leave both blank where the place is not known"),
        ("396120", "", "ONE_COORDINATE_MISSING", "fill in the other, or leave both blank"),
        ("396120", "51.89", "MIXED_SYSTEMS", "give both in one system"),
        ("plan", "plan", "NOT_A_COORDINATE", "write one number in each of the two cells"),
    ],
)
def test_a_bad_pair_is_refused_with_the_likely_fix(
    x: str, y: str, code: str, fix: str, eastmere: shapely.Polygon
) -> None:
    located, (refused,) = place({"x": x, "y": y}, eastmere)
    assert located is None
    assert (refused.code, refused.likely_fix) == (code, fix)


def test_a_place_that_another_column_gives_is_taken_and_the_bad_one_still_told(
    eastmere: shapely.Polygon,
) -> None:
    values = {"easting": "0", "northing": "0", "map_reference": "SO 961 213"}
    located, refused = place(values, eastmere)
    assert located is not None
    assert [refusal.code for refusal in refused] == ["NO_PLACE_AT_ZERO"]


def test_a_reference_outside_the_area_is_refused(eastmere: shapely.Polygon) -> None:
    located, (refused,) = place({"map_reference": "TQ 300 803"}, eastmere)
    assert located is None
    assert refused.code == "OUTSIDE_AREA"
