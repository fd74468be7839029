"""Areas on the days on which they are valid, and how they come in from files."""

import asyncio
import json
from datetime import date
from typing import Any

import pytest

from commonweal.kernel.ids import write_id
from commonweal.places.actions import AreaTerms, Imported, council_of, import_areas
from commonweal.places.area_files import AreaFile, read_areas
from commonweal.places.rules import AreaKind, CouncilUnknown, LicenceTooLong
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.asking import data
from tests.places.wernbridge import MARKET_PLACE, TERMS, areas

LAST_DAY, FIRST_DAY = "2025-04-30", "2025-05-01"  # of the old wards, of the new
NAMED = """query($kinds: [AreaKind!], $on: Date, $code: String, $at: PointInput) {
  areas(kinds: $kinds, on: $on, code: $code, at: $at, first: 100) {
    edges { node { name kind validFrom validUntil council { name } } } } }"""
LISTED = """query($on: Date) { search { edges { node { title
  areas(on: $on) { edges { node { name } } } } } } }"""


async def names(database: Database, **asked: Any) -> list[str]:
    found = (await data(database, NAMED, asked))["areas"]["edges"]
    return [edge["node"]["name"] for edge in found]


def squares(**sides: tuple[float, float, float, float]) -> AreaFile:
    """A file of boxes: name -> west, south, east, north. Codes are made from the names."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "code": f"S-{name}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]],
            },
        }
        for name, (w, s, e, n) in sides.items()
    ]
    return read_areas(json.dumps({"type": "FeatureCollection", "features": features}).encode())


async def brought_in(database: Database, file: AreaFile, terms: AreaTerms) -> Imported:
    return await in_transaction(database, lambda tx: import_areas(tx, file, terms))


async def test_an_area_is_valid_from_its_first_day_until_the_day_before_its_end(
    town: Database,
) -> None:
    central, castle = "E05099902", "E05099903"
    assert await names(town, code=central, on=LAST_DAY) == ["Wernbridge Central"]
    assert await names(town, code=central, on=FIRST_DAY) == []
    assert await names(town, code=castle, on=LAST_DAY) == []
    assert await names(town, code=castle, on=FIRST_DAY) == ["Wernbridge Castle"]
    assert await names(town, code=central, on="2011-05-04") == []
    assert await names(town, code=central, on="2011-05-05") == ["Wernbridge Central"]


async def test_a_point_was_in_the_old_ward_before_and_is_in_the_new_ward_after(
    town: Database,
) -> None:
    at = {"longitude": MARKET_PLACE.x, "latitude": MARKET_PLACE.y}
    assert await names(town, kinds=["WARD"], at=at, on=LAST_DAY) == ["Wernbridge Central"]
    assert await names(town, kinds=["WARD"], at=at, on=FIRST_DAY) == ["Wernbridge Castle"]
    assert await names(town, kinds=["WARD"], at=at) == ["Wernbridge Castle"]
    assert await names(town, kinds=["PARISH", "COUNCIL"], at=at) == [
        "Wernbridge District Council",
        "Wernbridge",
    ]
    assert await names(town, at=at, on="1974-03-31") == []
    assert await names(town, at={"longitude": 1.75, "latitude": 52.6}) == []


async def test_a_listing_tells_the_areas_of_another_day_as_well_as_todays(town: Database) -> None:
    def by_title(found: Any) -> dict[str, list[str]]:
        return {
            edge["node"]["title"]: [area["node"]["name"] for area in edge["node"]["areas"]["edges"]]
            for edge in found["search"]["edges"]
        }

    council, parish = "Wernbridge District Council", "Wernbridge"
    assert by_title(await data(town, LISTED)) == {
        "At the market": [council, parish, "Wernbridge Castle"],
        "Out at sea": [],
        "Nowhere": [],
    }
    before = by_title(await data(town, LISTED, {"on": LAST_DAY}))
    assert before["At the market"] == [council, parish, "Wernbridge Central"]
    assert before["Out at sea"] == before["Nowhere"] == []


async def test_features_keep_their_own_kind_and_days_and_belong_to_their_council(
    town: Database,
) -> None:
    everything = (await data(town, NAMED, {"on": LAST_DAY}))["areas"]["edges"]
    nodes = [edge["node"] for edge in everything]
    assert [n["kind"] for n in nodes] == ["COUNCIL"] + ["PARISH"] * 10 + ["WARD"] * 8
    assert {n["council"] and n["council"]["name"] for n in nodes if n["kind"] != "COUNCIL"} == {
        "Wernbridge District Council"
    }
    [north] = [n for n in nodes if n["name"] == "Wernbridge North"]
    assert (north["validFrom"], north["validUntil"]) == ("2011-05-05", "2025-05-01")


async def test_a_search_in_an_area_finds_what_lies_in_it_and_an_area_that_is_over_still_has_ground(
    town: Database,
) -> None:
    search = "query($area: ID!) { search(area: $area) { edges { node { title } } } }"
    found = await data(
        town, '{ areas(code: "E05099902", on: "2020-01-01") { edges { node { id } } } }'
    )
    [central] = [edge["node"]["id"] for edge in found["areas"]["edges"]]
    inside = await data(town, search, {"area": central})
    assert inside["search"]["edges"] == [{"node": {"title": "At the market"}}]
    nowhere = await data(town, search, {"area": write_id("are", 7)})
    assert nowhere["search"]["edges"] == []


async def test_a_point_on_a_shared_border_is_in_both_areas_and_beyond_them_in_none(
    database: Database,
) -> None:
    file = squares(West=(-3.0, 52.0, -2.5, 52.5), East=(-2.5, 52.0, -2.0, 52.5))
    await brought_in(database, file, AreaTerms(kind=AreaKind.WARD))

    async def at(longitude: float, latitude: float) -> list[str]:
        return await names(database, at={"longitude": longitude, "latitude": latitude})

    assert await at(-2.5, 52.25) == ["East", "West"]
    assert await at(-2.5, 52.5) == ["East", "West"]
    assert await at(-3.0, 52.0) == ["West"]
    assert await at(-2.5000001, 52.25) == ["West"]
    assert await at(-2.4999999, 52.25) == ["East"]
    assert await at(-3.0000001, 52.25) == []


async def test_the_same_file_again_adds_nothing_and_another_half_adds_the_rest(
    database: Database,
) -> None:
    first = await brought_in(database, areas(), TERMS)
    assert first == Imported(added=21, held=0)
    assert await brought_in(database, areas(), TERMS) == Imported(added=0, held=21)
    assert await Area.all().count() == 21
    other = squares(New=(-3.0, 52.0, -2.5, 52.5), Newer=(-2.5, 52.0, -2.0, 52.5))
    half = AreaFile(other.areas[:1], (), (), "name", "code")
    assert await brought_in(database, half, TERMS) == Imported(added=1, held=0)
    assert await brought_in(database, other, TERMS) == Imported(added=1, held=1)


async def test_two_who_bring_in_the_same_areas_at_once_add_them_once(database: Database) -> None:
    done = await asyncio.gather(*(brought_in(database, areas(), TERMS) for _ in range(3)))
    assert sorted(each.added for each in done) == [0, 0, 21]
    assert await Area.all().count() == 21


async def test_new_wards_that_replace_the_old_end_them_on_the_day_they_begin(
    database: Database,
) -> None:
    old = squares(North=(-3.0, 52.5, -2.0, 53.0), South=(-3.0, 52.0, -2.0, 52.5))
    terms = AreaTerms(
        kind=AreaKind.WARD,
        valid_from=date(2000, 1, 1),
        council="E07000998",
        council_name="Squares District Council",
    )
    made = await brought_in(database, old, terms)
    assert made == Imported(added=2, held=0, council_made=True)
    parish = squares(Parish=(-3.0, 52.0, -2.0, 52.2))
    await brought_in(database, parish, AreaTerms(kind=AreaKind.PARISH, council="E07000998"))
    new = squares(East=(-2.5, 52.0, -2.0, 53.0), West=(-3.0, 52.0, -2.5, 53.0))
    later = AreaTerms(
        kind=AreaKind.WARD, valid_from=date(2026, 5, 7), council="E07000998", replaces=True
    )
    assert await brought_in(database, new, later) == Imported(added=2, held=0)
    for _ in range(2):
        assert await names(database, kinds=["WARD"], on="2026-05-06") == ["North", "South"]
        assert await names(database, kinds=["WARD"], on="2026-05-07") == ["East", "West"]
        assert await names(database, kinds=["PARISH", "COUNCIL"]) == [
            "Squares District Council",
            "Parish",
        ]
        assert await brought_in(database, new, later) == Imported(added=0, held=2)


async def test_a_council_made_of_its_wards_covers_them_all_and_only_them(
    database: Database,
) -> None:
    file = squares(North=(-3.0, 52.5, -2.0, 53.0), South=(-3.0, 52.0, -2.0, 52.5))
    terms = AreaTerms(kind=AreaKind.WARD, council="E07000998", council_name="Squares")
    await brought_in(database, file, terms)
    council = await council_of("E07000998", date(2026, 11, 22))
    assert council.name == "Squares"
    assert council.shape.bounds == (-3.0, 52.0, -2.0, 53.0)
    assert council.shape.area == pytest.approx(1.0)
    await in_transaction(database, lambda tx: import_areas(tx, file, terms))
    assert await Area.filter(kind=AreaKind.COUNCIL).count() == 1


async def test_an_unknown_council_is_refused_with_what_to_do_and_nothing_is_kept(
    database: Database,
) -> None:
    file = squares(North=(-3.0, 52.5, -2.0, 53.0))
    with pytest.raises(CouncilUnknown) as refused:
        await brought_in(database, file, AreaTerms(kind=AreaKind.WARD, council="E07000997"))
    assert "There is no council E07000997 here." in refused.value.message
    assert "--council-name" in refused.value.message
    assert await Area.all().count() == 0
    with pytest.raises(LicenceTooLong):
        await brought_in(database, file, AreaTerms(kind=AreaKind.WARD, licence="x" * 201))


async def test_areas_without_codes_with_long_names_or_of_one_name_are_all_kept(
    database: Database,
) -> None:
    box = {"type": "Polygon", "coordinates": [[[-3, 52], [-2, 52], [-2, 53], [-3, 53], [-3, 52]]]}
    given = ["Upper and Lower Slaughter with Naunton", "Same", "Same", "Same", "N\x00l", "x" * 300]
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": box} for name in given
    ]
    file = read_areas(json.dumps({"type": "FeatureCollection", "features": features}).encode())
    terms = AreaTerms(kind=AreaKind.PARISH)
    assert (await brought_in(database, file, terms)).added == 6
    assert (await brought_in(database, file, terms)) == Imported(added=0, held=6)
    kept = await Area.all().order_by("id").values_list("name", "code")
    assert kept == [
        ("Upper and Lower Slaughter with Naunton", "Upper and Lower Slaughter with Naunton"),
        ("Same", "Same"),
        ("Same", "Same (2)"),
        ("Same", "Same (3)"),
        ("N\ufffdl", "N\ufffdl"),
        ("x" * 200, "x" * 200),
    ]


async def test_a_council_that_is_over_is_unknown_from_its_last_day_on(database: Database) -> None:
    terms = AreaTerms(
        kind=AreaKind.COUNCIL, valid_from=date(1974, 4, 1), valid_until=date(2026, 4, 1)
    )
    await brought_in(database, squares(Old=(-3.0, 52.0, -2.0, 53.0)), terms)
    assert (await council_of("S-Old", date(2026, 3, 31))).name == "Old"
    with pytest.raises(CouncilUnknown):
        await council_of("S-Old", date(2026, 4, 1))


async def test_wards_of_one_name_in_two_councils_are_two_wards_and_replaced_apart(
    database: Database,
) -> None:
    def file(east: float) -> AreaFile:
        ring = [[0, 51], [east, 51], [east, 52], [0, 51]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        feature = {"type": "Feature", "properties": {"name": "St Pauls"}, "geometry": shape}
        return read_areas(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())

    for council, east in (("C1", 1.0), ("C2", 2.0)):
        terms = AreaTerms(AreaKind.WARD, council=council, council_name=council)
        assert (await brought_in(database, file(east), terms)).added == 1
    for council, east in (("C2", 2.1), ("C1", 1.1)):
        terms = AreaTerms(AreaKind.WARD, date(2026, 5, 1), council=council, replaces=True)
        assert (await brought_in(database, file(east), terms)).added == 1
    assert await names(database, kinds=["WARD"]) == ["St Pauls", "St Pauls"]
    assert await names(database, kinds=["WARD"], on="2026-04-30") == ["St Pauls", "St Pauls"]
