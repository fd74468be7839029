"""The gazetteer: forgiving of how a place is written, and the same order on both engines."""

import asyncio
from typing import Any

from commonweal.places.actions import Imported, import_places
from commonweal.places.gazetteer_files import PlaceFile, read_places
from commonweal.places.postcodes import key
from commonweal.places.tables import Place
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.asking import data
from tests.places.wernbridge import awkward_names, places, postcodes

PLACE = (
    "query($text: String!) { place(matching: $text) { approximate place { name kind qualifier } } }"
)
PLACES = """query($text: String, $kinds: [PlaceKind!], $after: String) {
  places(matching: $text, kinds: $kinds, first: 50, after: $after) {
    edges { node { name qualifier } } pageInfo { hasNextPage endCursor } } }"""
NEAR = """query($place: String!) { search(near: {place: $place, withinMetres: 2000}) {
  totalCount centre { approximate place { name } } edges { distance node { title } } } }"""


PREFIXES = (
    "y", "ynys", "Ynys M", "YNYS-", "St M", "Saint", "ash", "Ash-b", "å", "æ", "ŵ", "w", "zeal",
    "gl5", "GL51", "gl51 7", "wb", "WB1 1", "\u6771", "b'", "strass", "straß", "", " ",
)  # fmt: skip
# of one key, as "Wyr" and "ŵyr", the first of a file is kept
NAMES_IN_ORDER = [
    "Åsgarth", "Ash", "Ashby", "Ash-by-Sea", "Bourton-on-the-Water", "Llanfairpwll", "Saint Mary's",
    "St Mary's", "Straße", "Westward Ho!", "ŵyr", "😀x", "Yazor", "Y Bala", "Y-Felin", "Ynys Môn",
    "Ynysybwl", "zeal", "Zeal Monachorum", "Æthelstow", "\u6771\u4eac",
]  # fmt: skip


async def meant(database: Database, text: str) -> Any:
    """The name of the place that a text means, and whether it is only near."""
    found = (await data(database, PLACE, {"text": text}))["place"]
    return found and (found["place"]["name"], found["approximate"])


async def beginning(database: Database, text: str | None, *kinds: str) -> list[tuple[str, str]]:
    """All places whose name begins so, page by page."""
    found: list[tuple[str, str]] = []
    after, more = None, True
    while more:
        asked = {"text": text, "kinds": list(kinds) or None, "after": after}
        page = (await data(database, PLACES, asked))["places"]
        found += [(edge["node"]["name"], edge["node"]["qualifier"]) for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


async def brought_in(database: Database, file: PlaceFile) -> Imported:
    return await in_transaction(database, lambda tx: import_places(tx, file))


async def test_a_place_is_found_however_its_name_is_typed(town: Database) -> None:
    spellings = {
        ("GL50", False): ["GL50", "gl50", " Gl50\t", "GL 50", "GL5O", "gl50."],
        ("GL51 7AA", False): ["GL51 7AA", "gl517aa", "GL51  7AA", "gl51\u00a07aa", "GL5I 7AA"],
        ("Cheltenham", False): ["Cheltenham", "CHELTENHAM ", "chel\u00adtenham", "cheltenham\n"],
        ("Ynys Môn", False): ["Ynys Môn", "ynys mon", "YNYS-MÔN", "Ynys Mo\u0302n"],
        ("Bishop's Marle", False): ["Bishop's Marle", "bishops marle", "Bishop\u2019s  Marle"],
        ("Bourton-on-the-Water", False): ["bourton on the water", "Bourton-On-The-Water"],
        ("Straße", False): ["STRASSE", "straße", "Strasse"],
    }
    for expected, typed in spellings.items():
        for text in typed:
            assert await meant(town, text) == expected, text


async def test_a_postcode_that_is_not_held_answers_with_its_district_and_says_approximate(
    town: Database,
) -> None:
    for text in ("gl501dy", "GL50 1DY", "gl50  1dy", "GL50\u00a01DY", "GL50 1", "GL50 1D"):
        assert await meant(town, text) == ("GL50", True), text
    assert await meant(town, "GL51 7AB") == ("GL51", True)
    assert await meant(town, "GL51 7AA") == ("GL51 7AA", False)
    near = (await data(town, NEAR, {"place": "gl501dy"}))["search"]
    assert near["centre"] == {"approximate": True, "place": {"name": "GL50"}}


async def test_what_nobody_knows_is_no_place_and_nothing_is_near_it(town: Database) -> None:
    for text in ("Atlantis", "ZZ99 9ZZ", "", " ", "?", "GL", "Cheltenha", "x" * 5000, "😀"):
        assert await meant(town, text) is None, text
        near = (await data(town, NEAR, {"place": text}))["search"]
        assert near == {"totalCount": 0, "centre": None, "edges": []}, text


async def test_near_a_name_is_measured_from_the_place_that_it_tells(town: Database) -> None:
    found = (await data(town, NEAR, {"place": " wernbridge"}))["search"]
    assert found["centre"] == {"approximate": False, "place": {"name": "Wernbridge"}}
    assert found["edges"] == [{"distance": 0.0, "node": {"title": "At the market"}}]


async def test_of_two_towns_of_one_name_the_same_one_answers_and_the_list_has_both(
    town: Database,
) -> None:
    answer = (await data(town, PLACE, {"text": "newport"}))["place"]["place"]
    assert (answer["kind"], answer["qualifier"]) == ("TOWN", "Isle of Wight")
    assert await beginning(town, "newport") == [
        ("Newport", "Isle of Wight"),
        ("Newport", "Newport"),
    ]
    coldharbours = await beginning(town, "Coldharbour")
    assert len(coldharbours) == 2
    assert coldharbours == sorted(coldharbours)


def in_order(found: list[Place]) -> list[tuple[str, str]]:
    """By rank, then byte by byte by key and by qualifier."""
    found.sort(key=lambda of: (of.rank, of.lookup.encode(), of.qualifier.encode()))
    return [(of.name, of.qualifier) for of in found]


async def test_names_stand_in_one_order_whatever_the_engine_and_its_locale(town: Database) -> None:
    everything = await beginning(town, None)
    assert everything == in_order(await Place.all())
    assert [name for name, qualifier in everything if qualifier == "Sorting"] == NAMES_IN_ORDER


async def test_a_prefix_finds_the_names_whose_key_begins_with_its_own(town: Database) -> None:
    for prefix in PREFIXES:
        expected = in_order([of for of in await Place.all() if of.lookup.startswith(key(prefix))])
        assert expected, prefix
        assert await beginning(town, prefix) == expected, prefix
    for nothing in ("?", "--", "\U0010ffff", "xyz"):
        assert await beginning(town, nothing) == [], nothing


async def test_a_list_can_be_of_some_kinds_only(town: Database) -> None:
    assert await beginning(town, "newport", "VILLAGE") == []
    assert await beginning(town, "gl5", "OUTCODE") == [
        ("GL50", "Cheltenham, Gloucestershire"),
        ("GL51", "Cheltenham, Gloucestershire"),
    ]


async def test_the_same_file_again_adds_nothing(database: Database) -> None:
    for file in (places(), postcodes(), awkward_names()):
        count = len(file.places)
        assert await brought_in(database, file) == Imported(added=count, held=0)
        assert await brought_in(database, file) == Imported(added=0, held=count)
    assert await Place.all().count() == sum(
        len(file.places) for file in (places(), postcodes(), awkward_names())
    )


async def test_another_file_that_names_other_towns_for_a_postcode_does_not_double_it(
    database: Database,
) -> None:
    await brought_in(database, postcodes())
    other = read_places(b"postcode,latitude,longitude\nGL50,51.9,-2.1\nGL52,51.9,-2.05\n")
    assert await brought_in(database, other) == Imported(added=1, held=1)
    [held] = await Place.filter(lookup="gl50")
    assert (held.qualifier, held.location.x) == ("Cheltenham, Gloucestershire", -2.0783)


async def test_two_who_bring_in_the_same_places_at_once_add_them_once(database: Database) -> None:
    await asyncio.gather(*(brought_in(database, awkward_names()) for _ in range(3)))
    assert await Place.all().count() == len(awkward_names().places)


async def test_names_that_no_database_takes_are_kept_as_far_as_they_can_be(
    database: Database,
) -> None:
    rows = ("name,kind,latitude,longitude,county", "N\x00l,TOWN,51,-2,A\x00b",
            f"{'x' * 300},TOWN,52,-2,{'y' * 300}")  # fmt: skip
    file = read_places("\n".join(rows).encode())
    assert (await brought_in(database, file)).added == 2
    kept = await Place.all().order_by("id").values_list("name", "qualifier")
    assert kept == [("N\ufffdl", "A\ufffdb"), ("x" * 200, "y" * 200)]
    assert (await brought_in(database, file)).added == 0
