"""Gazetteer files: made-up ones with every defect, and real ones where they are at hand."""

from collections import Counter
from pathlib import Path

import pytest
from shapely import Point

from commonweal.places.gazetteer_files import NotAPlaceFile, PlaceFile, read_places
from commonweal.places.rules import PlaceKind
from commonweal.places.uploads import MAX_FILE_BYTES, PlacesFileTooLarge

FIXTURES = Path(__file__).parents[2] / "fixtures" / "places"


def read(name: str) -> PlaceFile:
    return read_places((FIXTURES / name).read_bytes())


def codes(file: PlaceFile) -> list[tuple[int, str]]:
    return [(problem.number, problem.error.code) for problem in file.problems]


def towns(file: PlaceFile) -> dict[tuple[str, str], int]:
    return {
        (place.name, place.qualifier): place.number
        for place in file.places
        if place.kind is PlaceKind.TOWN
    }


def test_every_row_of_districts_is_a_place_or_a_problem() -> None:
    file = read("outcodes.csv")
    outcodes = [place for place in file.places if place.kind is PlaceKind.OUTCODE]

    assert len(outcodes) == 14
    assert outcodes[0].name == "ZB3"
    assert outcodes[0].key == "zb3"
    assert outcodes[0].point == Point(-2.05, 51.9)
    assert outcodes[0].qualifier == "Otterbridge, Otterdale"
    assert codes(file) == [
        (15, "GRID_NOT_SAID"),
        (16, "GRID_NOT_SAID"),
        (18, "PLACE_HAS_NO_POINT"),
        (19, "PLACE_REPEATED"),
        (20, "NOT_A_POSTCODE"),
        (21, "LOOKS_SWAPPED"),
    ]


def test_degrees_are_preferred_and_metres_are_enough() -> None:
    points = {place.name: place.point for place in read("outcodes.csv").places}

    assert points["ZB1"] == Point(-2.07, 51.9)
    assert points["ZB5"].distance(Point(-2.0161, 51.8965)) < 1e-3


def test_towns_are_derived_from_their_lowest_district() -> None:
    file = read("outcodes.csv")

    assert towns(file) == {
        ("Greatford", ""): 8,  # a blank town in the area's lowest district
        ("Otterbridge", "Otterdale"): 3,  # ZB1, though ZB3 stands first
        ("Staithe", "Isle"): 12,  # the first of a list
        ("St Otter Port", "Guernsey"): 17,
        ("Newport", "Otterdale"): 6,
        ("Newport", "Heronshire"): 7,
    }
    assert file.notes == ("6 towns were derived from postcode districts.",)


def test_postcodes_are_spelt_properly_and_their_defects_are_named() -> None:
    file = read("postcodes.csv")

    assert [(place.kind, place.name) for place in file.places] == [
        (PlaceKind.POSTCODE, "ZB1 1AA"),
        (PlaceKind.POSTCODE, "ZB1 1AB"),
        (PlaceKind.POSTCODE, "ZB10 1AD"),
    ]
    assert codes(file) == [
        (5, "NOT_A_POSTCODE"),
        (6, "LOOKS_SWAPPED"),
        (7, "ONE_COORDINATE_MISSING"),
        (8, "PLACE_REPEATED"),
    ]
    assert not file.notes, "no towns are derived from single postcodes"


def test_towns_and_villages_are_read_and_two_newports_told_apart() -> None:
    file = read("towns.csv")

    assert [(place.kind.value, place.key, place.qualifier) for place in file.places] == [
        ("TOWN", "otterbridge", "Otterdale"),
        ("VILLAGE", "herononthewater", "Otterdale"),
        ("TOWN", "saintmor", "Otterdale"),
        ("TOWN", "newport", "Otterdale"),
        ("TOWN", "newport", "Heronshire"),
    ]
    assert codes(file) == [
        (4, "NOT_A_COORDINATE"),
        (8, "PLACE_KIND_UNKNOWN"),
        (9, "PLACE_HAS_NO_NAME"),
        (10, "PLACE_HAS_NO_POINT"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_in_whatever_a_spreadsheet_wrote(encoding: str) -> None:
    text = (FIXTURES / "towns.csv").read_text(encoding="utf-8").replace("\n", "\r\n")

    assert read_places(text.encode(encoding)) == read("towns.csv")


def test_columns_are_found_by_many_names() -> None:
    for header in ("Place Name,Easting,Northing", "NAME1,GEOMETRY_X,GEOMETRY_Y", "town,x,y"):
        [place] = read_places(f"{header}\nOtterbridge,395522,223084\n".encode()).places
        assert (place.kind, place.name) == (PlaceKind.TOWN, "Otterbridge")
        assert place.point.distance(Point(-2.0665, 51.9063)) < 1e-3


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"postcode,town\nZB1,Otterbridge\n", b"latitude,longitude\n51.9,-2.07\n",
     b"postcode,latitude\nZB1,51.9\n", b"{}", b"name,lat,lon\n" + b"x" * 200_000 + b",1,1\n"],
)  # fmt: skip
def test_what_is_no_place_file_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPlaceFile):
        read_places(raw)


def test_a_short_row_is_a_problem_and_a_long_one_is_not() -> None:
    file = read_places(b"name,latitude,longitude\nA,51.9,-2.07,more,still\nB\n")

    assert [place.name for place in file.places] == ["A"]
    assert codes(file) == [(3, "PLACE_HAS_NO_POINT")]


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(PlacesFileTooLarge):
        read_places(b"," * (MAX_FILE_BYTES + 1))


def test_the_countrys_districts_are_read_and_its_towns_found(open_data: Path) -> None:
    file = read_places((open_data / "uk_outcodes.csv").read_bytes())
    found = {place.key: place for place in file.places if place.kind is PlaceKind.TOWN}

    assert Counter(place.kind.value for place in file.places)["OUTCODE"] == 2856
    assert not file.problems
    assert found["cheltenham"].point == Point(-2.07995, 51.89968)  # GL50
    assert {"birmingham", "belfast", "leeds", "southampton", "oxford", "brighton"} <= found.keys()
    newports = {place.qualifier for place in file.places if place.key == "newport"}
    assert newports == {"Essex", "Isle of Wight", "Pembrokeshire", "Telford and Wrekin"}


def test_the_postcodes_of_a_district_are_all_read(open_data: Path) -> None:
    file = read_places((open_data / "banes_postcodes.csv").read_bytes())

    assert len(file.places) == 5783
    assert not file.problems
    assert {place.kind for place in file.places} == {PlaceKind.POSTCODE}


def test_a_file_of_every_kind_names_postcodes_like_towns() -> None:
    raw = (
        b"name,kind,latitude,longitude,qualifier\n"
        b"Wernbridge,TOWN,52.18,-2.92,Welsh Marches\n"
        b"WB1,OUTCODE,52.18,-2.92,Wernbridge\n"
        b'wb1 1ab,POSTCODE,52.19,-2.93,"Market Place, Wernbridge"\n'
        b"Coldharbour,HAMLET,52.2,-2.9,Bredwell\n"
        b"Coldharbour,HAMLET,52.3,-2.8,Dunsley\n"
    )
    found = read_places(raw)
    assert found.problems == ()
    assert [(p.kind.value, p.name, p.qualifier) for p in found.places] == [
        ("TOWN", "Wernbridge", "Welsh Marches"),
        ("OUTCODE", "WB1", "Wernbridge"),
        ("POSTCODE", "WB1 1AB", "Market Place, Wernbridge"),
        ("VILLAGE", "Coldharbour", "Bredwell"),
        ("VILLAGE", "Coldharbour", "Dunsley"),
    ]


def test_a_row_without_a_postcode_is_a_problem_and_the_others_are_kept() -> None:
    found = read_places(b"postcode,latitude,longitude\n,51,-2\nGL50 1DY,51.9,-2.07\n")
    assert [p.name for p in found.places] == ["GL50 1DY"]
    assert [p.number for p in found.problems] == [2]
