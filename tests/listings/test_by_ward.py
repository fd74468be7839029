"""Searching in a ward that one knows by name: two questions, of areas and of listings."""

import json
from datetime import date
from typing import Any, Final

import shapely

from commonweal.places.actions import AreaTerms, import_areas
from commonweal.places.area_files import read_areas
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import ask, data
from tests.listings.test_window import COUNCIL, put_in, shown

AREAS: Final = """query($name: String, $within: ID, $kinds: [AreaKind!]) {
  areas(name: $name, within: $within, kinds: $kinds) { edges { node { id name } } } }"""
WARDS: Final = [
    ("Upper St. John's", None, -2.1),
    ("Upper Lydd", "Llyd Uchaf", -2.0),
    ("Tŷ Coch", "Tŷ Coch", -1.9),
    ("上環", None, -1.8),
]


def file() -> bytes:
    """The wards as GeoJSON, a square each."""
    features = [
        {
            "type": "Feature",
            "properties": {"WD23NM": name, "WD23CD": f"E0500{n}", "name_cy": name_cy},
            "geometry": shapely.geometry.mapping(shapely.box(x, 51.9, x + 0.1, 52.0)),
        }
        for n, (name, name_cy, x) in enumerate(WARDS)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


async def filled(database: Database) -> None:
    await put_in(
        database,
        *(shown(f"In {name}", n, location=shapely.Point(x + 0.05, 51.95))
          for n, (name, _, x) in enumerate(WARDS)),
    )  # fmt: skip

    async def work(tx: Transaction) -> None:
        council = await Area.get(id=COUNCIL)
        terms = AreaTerms(
            kind=AreaKind.WARD, licence="none", council=council.code, valid_from=date(2020, 1, 1)
        )
        await import_areas(tx, read_areas(file()), terms)

    await in_transaction(database, work)


async def named(database: Database, **asked: Any) -> list[str]:
    found = await data(database, AREAS, asked)
    return [edge["node"]["name"] for edge in found["areas"]["edges"]]


async def test_a_ward_is_found_by_how_its_name_begins_in_either_language(
    database: Database,
) -> None:
    await filled(database)
    for name, expected in (
        ("upper", ["Upper Lydd", "Upper St. John's"]),
        ("UPPER ST JOHNS", ["Upper St. John's"]),
        ("llyd u", ["Upper Lydd"]),
        ("ty", ["Tŷ Coch"]),
        ("Tŷ coch", ["Tŷ Coch"]),
        ("上", ["上環"]),
        ("lydd", []),
        ("%", []),
    ):
        assert await named(database, name=name) == expected, name
    wards = sorted(name for name, _, _ in WARDS)
    assert await named(database, name="", kinds=["WARD"]) == wards
    assert await named(database, name="vale") == []  # the council has no key: it was not imported


async def test_the_wards_of_a_council_are_those_within_it(database: Database) -> None:
    await filled(database)
    ours, other = f"are_{COUNCIL:013}", f"are_{COUNCIL + 1:013}"
    assert len(await named(database, within=ours)) == len(WARDS)
    assert await named(database, within=ours, name="upper l") == ["Upper Lydd"]
    assert await named(database, within=other) == await named(database, within=ours, name="x") == []
    body = await ask(database, AREAS, {"within": "nonsense"})
    assert body["errors"][0]["extensions"]["code"] == "NOT_AN_AREA"


async def test_a_search_in_a_ward_finds_what_lies_in_it(database: Database) -> None:
    await filled(database)
    search = """query($area: ID, $words: String) {
      search(area: $area, words: $words) { edges { node { title } } } }"""
    found = await data(database, AREAS, {"name": "upper ly", "kinds": ["WARD"]})
    [edge] = found["areas"]["edges"]
    for words in (None, "lydd", "in"):
        asked = {"area": edge["node"]["id"], "words": words}
        titles = (await data(database, search, asked))["search"]["edges"]
        assert [each["node"]["title"] for each in titles] == ["In Upper Lydd"], words
    asked = {"area": edge["node"]["id"], "words": "coch"}
    assert (await data(database, search, asked))["search"]["edges"] == []
