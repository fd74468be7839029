"""The demo town holds together: its areas tile, its places and assets lie where they should.

Only the files in `fixtures/demo/` are read here, with no code of the package, so that a fault of
the importer cannot hide a fault of the data. What is awkward on purpose is named in its README.
"""

import csv
import datetime as dt
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest
import shapely
from pyproj import Geod, Transformer
from shapely.geometry import LinearRing, Point, Polygon, shape

TOWN = Path(__file__).parents[2] / "fixtures" / "demo"
REDRAWN = dt.date(2025, 5, 1)
DAYS = [REDRAWN - dt.timedelta(days=1), REDRAWN, dt.date(2026, 5, 1)]
EARTH = Geod(ellps="WGS84")
FROM_GRID = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
TO_GRID = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
TOLL_HOUSE, LANDFILL = "WDC/042/BLDG", "WDC/059/LAND"
# Square degrees, about eight square millimetres here: what floating point makes of no area.
NOTHING = 1e-15


@dataclass(frozen=True)
class Area:
    kind: str
    code: str
    name: str
    name_cy: str | None
    valid_from: dt.date
    valid_until: dt.date | None
    polygon: Polygon

    def valid_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


def read_areas() -> list[Area]:
    found = []
    for feature in json.loads((TOWN / "areas.geojson").read_text(encoding="utf-8"))["features"]:
        facts, polygon = dict(feature["properties"]), shape(feature["geometry"])
        assert isinstance(polygon, Polygon)
        for key in ("valid_from", "valid_until"):
            facts[key] = facts[key] and dt.date.fromisoformat(facts[key])
        found.append(Area(**facts, polygon=polygon))
    return found


def read_rows(name: str) -> list[dict[str, str]]:
    with (TOWN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


AREAS = read_areas()
PLACES = read_rows("places.csv")
ASSETS = read_rows("register.csv")
POSTCODES = {row["name"]: row for row in PLACES if row["kind"] == "POSTCODE"}
(COUNCIL,) = (area for area in AREAS if area.kind == "council")
LOCATED = {
    row["Asset Reference"]: Point(
        [round(v, 6) for v in FROM_GRID.transform(float(row["Easting"]), float(row["Northing"]))]
    )
    for row in ASSETS
    if row["Easting"]
}


def areas_on(day: dt.date, kind: str) -> list[Area]:
    return [area for area in AREAS if area.kind == kind and area.valid_on(day)]


def names_at(point: Point, kind: str) -> list[str]:
    return [area.name for area in areas_on(DAYS[-1], kind) if area.polygon.covers(point)]


def in_metres(ring: LinearRing) -> LinearRing:
    return LinearRing([TO_GRID.transform(x, y) for x, y in ring.coords])


def point_of(place: dict[str, str]) -> Point:
    return Point(float(place["longitude"]), float(place["latitude"]))


def metres_between(a: Point, b: Point) -> float:
    return float(EARTH.inv(a.x, a.y, b.x, b.y)[2])


def holding(**wanted: str) -> list[dict[str, str]]:
    return [r for r in ASSETS if all(r[k.replace("_", " ")] == v for k, v in wanted.items())]


@pytest.mark.parametrize("kind", ["ward", "parish"])
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_areas_of_a_day_tile_the_council_exactly(kind: str, day: dt.date) -> None:
    polygons = [area.polygon for area in areas_on(day, kind)]
    assert len(polygons) == {"ward": 8, "parish": 10}[kind]
    assert shapely.union_all(polygons).symmetric_difference(COUNCIL.polygon).area < NOTHING
    for one, other in combinations(polygons, 2):
        assert one.intersection(other).area < NOTHING
    corners = set(COUNCIL.polygon.exterior.coords)
    for one in polygons:
        rest = [p for p in polygons if p is not one]
        known = corners.union(*(p.exterior.coords for p in rest))
        assert set(one.exterior.coords) <= known, "a vertex that no neighbour shares leaves a gap"


def test_two_wards_were_redrawn_on_the_first_of_may_2025() -> None:
    ended = [area for area in AREAS if area.valid_until == REDRAWN]
    began = [area for area in AREAS if area.valid_from == REDRAWN]
    assert [area.name for area in ended] == ["Wernbridge North", "Wernbridge Central"]
    assert [area.name for area in began] == ["Wernbridge Castle", "Wernbridge Priory"]
    before, after = ([area.polygon for area in pair] for pair in (ended, began))
    change = shapely.union_all(before).symmetric_difference(shapely.union_all(after))
    assert change.area < NOTHING
    assert all(old.intersection(new).area > 1e-5 for old in before for new in after)


def test_every_border_is_a_valid_natural_polygon_by_the_right_hand_rule() -> None:
    for area in AREAS:
        ring = area.polygon.exterior
        assert area.polygon.is_valid
        assert ring.is_ccw
        assert not area.polygon.interiors
        assert 20 <= len(ring.coords) - 1 <= 80
        assert len(set(ring.coords)) == len(ring.coords) - 1
        assert all(round(v, 6) == v for pair in ring.coords for v in pair)
    assert len({area.code for area in AREAS}) == len(AREAS)


def test_each_located_asset_lies_in_one_ward_and_one_parish_with_two_known_exceptions() -> None:
    for reference, point in LOCATED.items():
        found = len(names_at(point, "ward")), len(names_at(point, "parish"))
        assert found == {TOLL_HOUSE: (4, 1), LANDFILL: (0, 0)}.get(reference, (1, 1)), reference


def test_no_other_asset_is_so_near_a_border_that_a_grid_conversion_could_move_it_across() -> None:
    # A plain Helmert transform is wrong by 4 m at worst.
    borders = shapely.union_all([in_metres(area.polygon.exterior) for area in AREAS])
    for row in ASSETS:
        if row["Easting"] and row["Asset Reference"] != TOLL_HOUSE:
            assert borders.distance(Point(float(row["Easting"]), float(row["Northing"]))) > 20


def test_the_toll_house_stands_exactly_on_a_vertex_of_four_wards() -> None:
    here = LOCATED[TOLL_HOUSE].coords[0]
    wards = [area for area in areas_on(DAYS[-1], "ward") if here in area.polygon.exterior.coords]
    assert sorted(ward.name.removeprefix("Wernbridge ") for ward in wards) == [
        "Bridge End",
        "Castle",
        "Meadow",
        "Priory",
    ]


def test_the_landfill_lies_200_metres_outside_the_district() -> None:
    (row,) = (row for row in ASSETS if row["Asset Reference"] == LANDFILL)
    border = in_metres(COUNCIL.polygon.exterior)
    away_metres = border.distance(Point(float(row["Easting"]), float(row["Northing"])))
    assert away_metres == pytest.approx(200, abs=2)


def test_every_place_and_postcode_lies_in_one_ward_and_one_parish() -> None:
    assert Counter(row["kind"] for row in PLACES) == {
        "TOWN": 1,
        "VILLAGE": 9,
        "HAMLET": 5,
        "OUTCODE": 3,
        "POSTCODE": 120,
    }
    for row in PLACES:
        point = point_of(row)
        assert len(names_at(point, "ward")) == 1, row["name"]
        assert len(names_at(point, "parish")) == 1, row["name"]
        if row["kind"] in {"TOWN", "VILLAGE"}:
            assert names_at(point, "parish") == [row["name"]]
            (ward,) = names_at(point, "ward")
            assert set(ward.split()) & set(row["name"].split()), "a ward is named after its places"
        if row["kind"] == "HAMLET":
            assert names_at(point, "parish") == [row["qualifier"].removesuffix(", Wernbridge")]


def test_places_of_one_name_are_told_apart_by_their_qualifier() -> None:
    assert len({(row["name"], row["qualifier"]) for row in PLACES}) == len(PLACES)
    assert [r["qualifier"] for r in PLACES if r["name"] == "Coldharbour"] == [
        "Bredwell, Wernbridge",
        "Dunsley, Wernbridge",
    ]


def test_every_postcode_is_well_formed_and_near_its_street_and_settlement() -> None:
    settlements = [row for row in PLACES if row["kind"] in {"TOWN", "VILLAGE", "HAMLET"}]
    for code, row in POSTCODES.items():
        assert re.fullmatch(r"WB[123] [1-5][ABD-HJLNP-UW-Z]{2}", code)
        name = row["qualifier"].rpartition(", ")[2]
        away_metres = min(
            metres_between(point_of(row), point_of(place))
            for place in settlements
            if place["name"] == name
        )
        assert away_metres < (1_900 if name == "Wernbridge" else 900), code


def test_every_asset_lies_near_its_postcode_and_on_the_street_the_postcode_names() -> None:
    for row in ASSETS:
        written = row["Postcode"].upper().replace(" ", "")
        code = f"{written[:-3]} {written[-3:]}"
        if len(written) < 6:
            continue
        assert POSTCODES[code]["qualifier"].startswith(row["Street"]), row["Property Name"]
        if point := LOCATED.get(row["Asset Reference"]):
            assert metres_between(point, point_of(POSTCODES[code])) < 300, row["Property Name"]


def test_the_register_holds_exactly_sixty_assets_in_every_tenure() -> None:
    assert len(ASSETS) == 60
    assert len({row["Asset Reference"] for row in ASSETS}) == 60
    assert {row["Organisation Code"] for row in ASSETS} == {COUNCIL.code}
    assert {row["Organisation"] for row in ASSETS} == {COUNCIL.name}
    details = {(row["Tenure"], row["Tenure Detail"]) for row in ASSETS}
    occupied = "Occupied by local authority"
    freehold = {occupied, "Ground leasehold", "Leasehold", "Licence", "Vacant"}
    leasehold = {occupied, "Ground leasehold", "Sub leasehold", "Licence"}
    assert {detail for tenure, detail in details if tenure == "Freehold"} == freehold
    assert {detail for tenure, detail in details if tenure == "Leasehold"} == leasehold
    assert {tenure for tenure, _ in details} == {"Freehold", "Leasehold", "Other", "Chattel", ""}
    assert None not in {value for row in ASSETS for value in row.values()}, "a short row"


def test_seven_assets_are_declared_surplus_and_each_tells_its_story() -> None:
    surplus = holding(Status="Declared Surplus")
    assert len(surplus) == 7
    assert len({row["Purpose"] for row in surplus}) == 7
    assert all("Declared surplus on" in row["Reason for Holding"] for row in surplus)
    assert all(row["Asset Reference"] in LOCATED for row in surplus)


def test_four_things_in_the_register_are_not_land_at_all() -> None:
    assert len(holding(Purpose="Civic Regalia")) == 2
    assert len(holding(Purpose="Art")) == 1
    things = [row for row in ASSETS if row["Asset Reference"].endswith("/ITEM")]
    assert len(things) == 4
    (engine,) = (r for r in things if r["Purpose"] not in {"Civic Regalia", "Art"})
    assert engine["Tenure"] == "Chattel", "only its tenure says that it is no land"


def test_four_assets_share_the_town_halls_point_and_four_have_none() -> None:
    (hall,) = holding(Property_Name="Town Hall")
    assert len(holding(Easting=hall["Easting"], Northing=hall["Northing"])) == 4
    assert len(holding(Easting="", Northing="")) == 4
    assert len(LOCATED) == 56


def test_uprns_are_twelve_digits_and_some_are_shared_or_blank() -> None:
    counted = Counter(row["UPRN"] for row in ASSETS)
    assert counted.pop("") == 7
    assert all(re.fullmatch(r"\d{12}", uprn) for uprn in counted)
    assert sum(1 for times in counted.values() if times > 1) == 6


def test_the_councils_and_the_postcodes_codes_are_no_real_ones() -> None:
    folder = os.environ.get("COMMONWEAL_OPEN_DATA")
    if not folder:
        pytest.skip("COMMONWEAL_OPEN_DATA names no folder of open data")
    real = {}
    for name, column in [
        ("uk_local_authorities.csv", "statistical-geography"),
        ("uk_outcodes.csv", "postcode"),
    ]:
        with (Path(folder) / name).open(encoding="utf-8-sig", newline="") as file:
            real[name] = {row[column] for row in csv.DictReader(file)}
    assert COUNCIL.code not in real["uk_local_authorities.csv"]
    outcodes = {row["name"] for row in PLACES if row["kind"] == "OUTCODE"}
    assert outcodes == {code.partition(" ")[0] for code in POSTCODES}
    assert not outcodes & real["uk_outcodes.csv"]
