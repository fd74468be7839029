"""Grids: against published control points, and there and back again."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Point, Polygon, box

from commonweal.places.grids import (
    GREAT_BRITAIN,
    IRELAND,
    GridSystem,
    LooksLikeDegrees,
    LooksSwapped,
    NotACoordinate,
    NotAGridReference,
    OffTheGrid,
    from_grid,
    from_grid_reference,
    grid_reference,
    home_grid,
    shape_from_grid,
    to_grid,
)

ELLIPSOID = Geod(ellps="WGS84")


def metres_between(one: Point, other: Point) -> float:
    return float(ELLIPSOID.inv(one.x, one.y, other.x, other.y)[2])


@pytest.mark.parametrize(
    ("easting", "northing", "longitude", "latitude"),
    [  # the Ordnance Survey's control points for its exact transformation, OSTN15
        (91492.146, 11318.804, -6.29977752014, 49.92226393730),  # St Mary's, Scilly
        (170370.718, 11572.405, -5.20304609998, 49.96006137820),  # the Lizard
        (651409.804, 313177.450, 1.71607397, 52.65800783),  # Caister-on-Sea
    ],
)
def test_the_british_grid_is_right_to_five_metres(
    easting: float, northing: float, longitude: float, latitude: float
) -> None:
    assert metres_between(from_grid(easting, northing), Point(longitude, latitude)) < 5


def test_one_pair_is_two_places_on_two_grids() -> None:
    belfast = from_grid(333900, 374000, GridSystem.IRISH)
    lancashire = from_grid(333900, 374000, GridSystem.BRITISH)

    assert metres_between(belfast, Point(-5.930, 54.597)) < 100
    assert metres_between(lancashire, belfast) > 200_000
    assert metres_between(belfast, from_grid(733823, 873996, GridSystem.IRISH_ITM)) < 1


@pytest.mark.parametrize(
    "pair",
    [("395522", 223084), (True, 223084), (None, 1), (math.nan, 1), (1, math.inf), (10**400, 1)],
)
def test_what_is_no_finite_number_is_refused(pair: tuple[object, object]) -> None:
    with pytest.raises(NotACoordinate):
        from_grid(*pair)


@pytest.mark.parametrize("pair", [(-2.07, 51.89), (51.89, -2.07), (-2, 51), (0.5, 51)])
def test_degrees_given_as_metres_are_known_for_what_they_are(pair: tuple[float, float]) -> None:
    with pytest.raises(LooksLikeDegrees, match="give them as a latitude and a longitude"):
        from_grid(*pair)


def test_whole_metres_near_the_origin_are_not_taken_for_degrees() -> None:
    assert from_grid(100, 150).y < 49.8


def test_a_pair_that_fits_only_the_other_way_round_is_called_swapped() -> None:
    with pytest.raises(LooksSwapped, match="give 392900 as the easting and 804900"):
        from_grid(804900, 392900)


@pytest.mark.parametrize("system", GridSystem)
def test_the_limits_of_a_grid_are_inside_it_and_a_metre_more_is_not(system: GridSystem) -> None:
    (west, south), (east, north) = system.grid.least, system.grid.most

    from_grid(east, north, system)
    from_grid(west, max(south, 1), system)
    for pair in [(east + 1, north), (east, north + 1), (west - 1, north), (east, south - 1)]:
        with pytest.raises((OffTheGrid, LooksSwapped)):
            from_grid(*pair, system)


def test_a_place_abroad_is_not_on_the_grid() -> None:
    for point in (Point(151.2, -33.9), Point(-2.1, 49.2), Point(178, 0), Point(88, 1)):
        with pytest.raises(OffTheGrid, match="outside the British National Grid"):
            to_grid(point, GridSystem.BRITISH)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(GridSystem),
    st.floats(0, 1, allow_subnormal=False),
    st.floats(0, 1, allow_subnormal=False),
)
def test_an_easting_and_a_northing_come_back_to_the_centimetre(
    system: GridSystem, right: float, up: float
) -> None:
    (west, south), (east, north) = system.grid.least, system.grid.most
    pair = (
        round(west + 500 + right * (east - west - 1000), 2),
        round(south + 500 + up * (north - south - 1000), 2),
    )

    assert to_grid(from_grid(*pair, system), system) == pytest.approx(pair, abs=0.01)


@pytest.mark.parametrize(
    ("longitude", "latitude", "reference"),
    [
        (-2.07, 51.9, "SO 95280 22386"),
        (-6.3, 49.92, "SV 91456 11067"),  # Scilly
        (-1.1, 60.8, "HP 49083 13343"),  # Shetland
        (1.75, 52.6, "TG 54040 06850"),  # the furthest east
        (-4.48, 54.15, "SC 38130 75528"),  # the Isle of Man
        (-5.8, 55.32, "NR 59011 09460"),  # the Mull of Kintyre, in sight of Antrim
        (-6.2, 55.3, "D 14373 51823"),  # Rathlin
        (-5.93, 54.6, "J 33825 74388"),
        (-6.26, 53.35, "O 15920 34694"),  # Dublin
        (-2.53, 49.45, None),  # Guernsey
        (-2.1, 49.2, None),  # Jersey
        (1.85, 50.95, None),  # Calais, within the British grid's numbers
        (151.2, -33.9, None),
    ],
)
def test_each_island_has_the_grid_its_maps_use(
    longitude: float, latitude: float, reference: str | None
) -> None:
    assert grid_reference(Point(longitude, latitude)) == reference


@pytest.mark.parametrize(
    ("land", "system"),
    [(GREAT_BRITAIN, GridSystem.BRITISH), (IRELAND, GridSystem.IRISH)],
    ids=["Great Britain", "Ireland"],
)
def test_every_place_at_home_on_a_grid_is_within_its_numbers(
    land: Polygon, system: GridSystem
) -> None:
    for longitude, latitude in land.segmentize(0.05).exterior.coords:
        to_grid(Point(longitude, latitude), system)


def test_fewer_digits_name_the_larger_square_that_holds_the_point() -> None:
    point = from_grid(395522, 223084)

    assert [grid_reference(point, digits) for digits in (2, 4, 6, 8, 10)] == [
        "SO 9 2", "SO 95 23", "SO 955 230", "SO 9552 2308", "SO 95522 23084",
    ]  # fmt: skip
    for digits in (0, 3, 12):
        with pytest.raises(ValueError, match="even"):
            grid_reference(point, digits)


def test_a_reference_is_read_as_the_middle_of_its_square() -> None:
    assert to_grid(from_grid_reference("SO 95 23"), GridSystem.BRITISH) == pytest.approx(
        (395500, 223500), abs=0.01
    )
    assert to_grid(from_grid_reference("j339740"), GridSystem.IRISH) == pytest.approx(
        (333950, 374050), abs=0.01
    )


def test_spellings_of_a_reference_agree() -> None:
    spelt = ["SO 9522 2245", "SO95222245", "so9522 2245", " so 95222245 ", "SO\xa09522\xa02245"]

    assert len({from_grid_reference(text) for text in spelt}) == 1


@pytest.mark.parametrize(
    "text",
    ["", "SO", "SO 9", "SO 952 22", "SO 95 2245", "SO 9522 45", "SO 123456 123456",
     "SI 12 34", "I 12 34", "SO 95.2 22.4", "952 224", "GL50 1DY", "SOX 12 34", "SO ٩٥ ٢٣"],
)  # fmt: skip
def test_what_is_no_grid_reference_is_refused(text: str) -> None:
    with pytest.raises(NotAGridReference, match="Write it as SO 952 224"):
        from_grid_reference(text)


@pytest.mark.parametrize("text", ["AA 12 34", "ZZ 12 34", "OS 12 34"])
def test_letters_of_no_square_of_the_grid_are_off_it(text: str) -> None:
    with pytest.raises(OffTheGrid):
        from_grid_reference(text)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([(GridSystem.BRITISH, box(-5, 50.9, 0.5, 58.5)),
                     (GridSystem.IRISH, box(-9.5, 51.6, -6.2, 55.1))]),
    st.floats(0, 1), st.floats(0, 1), st.sampled_from([2, 4, 6, 8, 10]),
)  # fmt: skip
def test_a_reference_comes_back_as_itself_and_near_its_point(
    where: tuple[GridSystem, Polygon], right: float, up: float, digits: int
) -> None:
    system, area = where
    west, south, east, north = area.bounds
    point = Point(west + right * (east - west), south + up * (north - south))
    reference = grid_reference(point, digits)
    assert reference
    middle = from_grid_reference(reference)

    assert home_grid(point) is system
    assert metres_between(point, middle) < 10 ** (5 - digits // 2) * 0.72
    if home_grid(middle) is system:  # a 10 km square may have its middle at sea
        assert grid_reference(middle, digits) == reference


def test_a_shape_on_a_grid_is_converted_corner_by_corner() -> None:
    shape = shape_from_grid(box(395000, 223000, 396000, 224000), GridSystem.BRITISH)

    assert shape.bounds == pytest.approx((-2.07409, 51.90552, -2.05955, 51.91451), abs=1e-4)


def test_a_shape_in_degrees_is_not_on_a_grid() -> None:
    with pytest.raises(LooksLikeDegrees):
        shape_from_grid(box(-2.1, 51.9, -2.0, 52.0), GridSystem.BRITISH)
