"""A search kept by its URL: as a page without scripts, and as GeoJSON for maps elsewhere."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
import shapely
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.access import Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.places.postcodes import key
from commonweal.places.rules import PlaceKind
from commonweal.places.tables import Place
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.web.views import (
    ADDRESS_CHARACTERS,
    FIELDS,
    MAP_ROWS,
    PAGE_ROWS,
    QUERY,
    NotABox,
    NotADistance,
    NotAnInstant,
    Views,
    drawn,
    variables_of,
)
from tests.asking import data, reader_on, schema
from tests.makers import an_asset, an_officer, the_council

PUBLISH = "mutation($a: ID!) { publishListing(input: {assetId: $a}) { userErrors { __typename } } }"

ILL = (
    {"order": "SIDEWAYS"}, {"open_on": "tomorrow"}, {"inside": "{"}, {"area": "x"},
    {"open_at": "tomorrow"}, {"open_at": "0001-01-01T00:00+14:00"}, {"box": "1,2,3"},
    {"box": "-2,52,-1,51"}, {"box": "51,-2.2,52,-2.0"}, {"box": "-200,51,2,52"},
)  # fmt: skip
OPENS = PUBLISH.replace(
    "assetId: $a", 'assetId: $a, openings: [{weekday: SATURDAY, opens: "10:00", closes: "12:00"}]'
)
UNTIL = PUBLISH.replace("assetId: $a", 'assetId: $a, closesOn: "2027-06-30"')


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async def answer(request: GraphQLRequest, viewer: Viewer) -> Answer:
        return await reader_on(database.engine).answer(request, viewer, database)

    views = Views(answer)
    app = Starlette(routes=[Route("/views", views.page), Route("/views.geojson", views.geojson)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as client:
        yield client


async def published(database: Database, *names: str, **more: Any) -> None:
    council = await the_council(database)
    for name in names:
        asset = await an_asset(database, council, name=name, **more)
        await data(database, PUBLISH, {"a": write_id("ast", asset.id)}, an_officer(council))


def test_blank_and_unknown_parameters_mean_nothing() -> None:
    given = {
        "near": [" "],
        "within": ["500"],
        "words": [""],
        "utm_source": ["x"],
        "kind": ["", " "],
    }
    assert variables_of(given, 7) == {"first": 7}


def test_each_parameter_becomes_its_variable() -> None:
    given = {
        "near": ["GL50"], "within": ["500"], "kind": ["ASSET", "SHOP"], "open_on": ["2026-12-05"],
        "inside": ['{"type": "Polygon"}'], "words": ["hall"], "box": ["-2.2, 51.8,-2,+52.05"],
        "open_at": ["2026-12-05T14:30"],
    }  # fmt: skip
    assert variables_of(given, 7) == {
        "first": 7, "near": {"place": "GL50", "withinMetres": 500.0}, "kinds": ["ASSET", "SHOP"],
        "openOn": "2026-12-05", "inside": {"type": "Polygon"}, "words": "hall",
        "box": {"west": -2.2, "south": 51.8, "east": -2.0, "north": 52.05},
        "openAt": "2026-12-05T14:30",
    }  # fmt: skip


def test_a_view_can_ask_whatever_search_can() -> None:
    said = {field.variable for field in FIELDS.values()} | {"near", "first"}
    query = schema().graphql_schema.query_type
    assert query
    assert said == {*query.fields["search"].args}
    named = {f"${name}" for name in said | {"counted", "placed"}}
    assert {*re.findall(r"\$\w+", QUERY.split("{")[0])} == named


@pytest.mark.parametrize(
    "box",
    ["-2.2,51.8,-2.0", "-2.2,51.8,-2.0,52.0,7", "a,b,c,d", "nan,51,inf,52", "1e2,51,2,52",
     "-2.2;51.8;-2.0;52.0", "٣,51,2,52", ",,,"],
)  # fmt: skip
def test_a_box_that_is_none_is_refused_with_one_that_is(box: str) -> None:
    with pytest.raises(NotABox, match=r"west,south,east,north: box=-2.2,51.8,-2.0,52.0"):
        variables_of({"box": [box]}, 7)


def test_a_refusal_repeats_no_more_than_a_line() -> None:
    for name in ("box", "inside", "kind", "open_at", "open_on", "order", "within"):
        with pytest.raises(UserError) as refused:
            variables_of({name: ["x" * 5_000]}, 7)
        assert len(refused.value.message) < 260


@pytest.mark.parametrize(
    "instant", ["2026-12-05T14:30", "2026-12-05T14:30:59.5Z", "2026-12-05T14:30+01:00"]
)
def test_an_instant_is_a_civil_time_or_has_its_offset(instant: str) -> None:
    for text in (instant, instant.replace("+", " ")):  # which a plus sign in a URL becomes
        assert variables_of({"open_at": [text]}, 7)["openAt"] == instant


@pytest.mark.parametrize(
    "instant",
    ["2026-12-05", "tomorrow", "2026-12-05 14:30", "2026-13-05T14:30", "2026-12-05T25:00", "now",
     "2026-12-05T14:30+99:00"],
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_one_that_is(instant: str) -> None:
    with pytest.raises(NotAnInstant, match=r"open_at=2026-12-05T14:30 for one.*open_on"):
        variables_of({"open_at": [instant]}, 7)


async def test_only_what_lies_in_the_box_is_shown_and_the_page_keeps_it(
    http: httpx2.AsyncClient, database: Database
) -> None:
    await published(database, "The Old Hall")
    await published(database, "Far House", location=shapely.Point(-2.15, 51.95))
    box = "-2.1,51.85,-2.05,51.92"
    page = await http.get("/views", params={"box": box})
    assert re.findall("<h2>(.*?)</h2>", page.text) == ["The Old Hall"]
    assert f'<input type="hidden" name="box" value="{box}">' in page.text
    assert "box=-2.1%2C51.85%2C-2.05%2C51.92" in page.text  # and so does the link to the feed
    feed = await http.get("/views.geojson", params={"box": box})
    assert [each["properties"]["title"] for each in feed.json()["features"]] == ["The Old Hall"]


async def test_only_what_can_be_visited_at_an_instant_is_shown(
    http: httpx2.AsyncClient, database: Database
) -> None:
    await published(database, "Nowhere to get in")
    council = await the_council(database)
    asset = await an_asset(database, council, name="The Old Hall")
    await data(database, OPENS, {"a": write_id("ast", asset.id)}, an_officer(council))
    for instant, shown in (
        ("2027-07-03T10:00", True),  # a Saturday, in civil time
        ("2027-07-03T09:59", False),
        ("2027-07-03T09:00Z", True),
        ("2027-07-03T10:00+01:00", True),
        ("2027-07-04T10:00", False),
    ):
        page = await http.get("/views", params={"open_at": instant})
        assert re.findall("<h2>(.*?)</h2>", page.text) == ["The Old Hall"] * shown, instant
        assert f'Open at <input name="open_at" value="{instant}">' in page.text
    assert "open_at" not in (await http.get("/views")).text


@pytest.mark.parametrize(
    ("within", "metres"),
    [("3000", 3000), ("5km", 5000), ("1.5 KM", 1500), ("500m", 500), ("1000000", 1_000_000)],
)
def test_a_distance_is_in_metres_unless_it_says_kilometres(within: str, metres: float) -> None:
    read = variables_of({"near": ["GL50"], "within": [within]}, 7)["near"]
    assert read == {"place": "GL50", "withinMetres": metres}


@pytest.mark.parametrize(
    "within", ["-1", "0", "1e9", "٣", "many", "5 miles", "1001km", "99999999999", "9" * 5_000]
)
def test_what_is_no_distance_is_refused_with_one_that_is(within: str) -> None:
    for near in ([], ["GL50"]):
        with pytest.raises(NotADistance, match=r"1,000 km: within=3000 or within=3km for one"):
            variables_of({"near": near, "within": [within]}, 7)


async def shown_in_both(http: httpx2.AsyncClient, asked: dict[str, str], status: int) -> str:
    """What the page says of it; the feed says the same."""
    page = await http.get("/views", params=asked)
    feed = await http.get("/views.geojson", params=asked)
    assert (page.status_code, feed.status_code) == (status, status)
    [said] = re.findall('role="status">([^<]*)<', page.text)
    [error] = feed.json()["errors"]
    assert unescape(said) == error["message"]
    return unescape(said)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "asset"}, "kind may be ASSET or OPPORTUNITY or SHOP or OFFER, in capitals."),
        ({"order": "SIDEWAYS"}, "order may be NEAREST or NEWEST or CLOSING_SOON or BEST_MATCH, "),
        ({"open_on": "tomorrow"}, "open_on is a day: open_on=2026-12-05 for one."),
        ({"open_on": "2026-02-30"}, "open_on is a day: open_on=2026-12-05 for one."),
        ({"inside": "[1]"}, "inside is a GeoJSON shape, an object with a type and coordinates: "),
        ({"near": "GL50", "within": "-1"}, "within is how far around the place to look, in metre"),
    ],
)
async def test_a_parameter_that_is_not_understood_is_named_with_what_it_may_be(
    http: httpx2.AsyncClient, asked: dict[str, str], says: str
) -> None:
    said = await shown_in_both(http, asked, 400)
    assert said.startswith(says)
    assert f" {[*asked.values()][-1]} was given." in said


async def test_no_refusal_speaks_of_variables(http: httpx2.AsyncClient) -> None:
    for asked in (*ILL, {"kind": "asset"}, {"after": "zzz"}, {"inside": '{"type": 1}'}):
        assert "ariable" not in await shown_in_both(http, asked, 400)


async def test_a_place_that_nobody_knows_is_told_from_one_where_nothing_is(
    http: httpx2.AsyncClient, database: Database
) -> None:
    await published(database, "The Old Hall")
    said = await shown_in_both(http, {"near": "nowhere", "within": "5km"}, 404)
    assert said.startswith("No place called nowhere is known here. Look at how it is spelt, or try")
    named: dict[str, Any] = {
        "kind": PlaceKind.OUTCODE,
        "name": "ZE2",
        "lookup": key("ZE2"),
        "qualifier": "",
    }
    where = shapely.Point(-1.2, 60.4)
    await in_transaction(
        database,
        lambda tx: Place.create(id=tx.new_id(), **named, rank=0, location=where),
    )
    far = await http.get("/views", params={"near": "ze2"})
    assert far.status_code == 200
    assert "Nothing here yet." in far.text
    feed = await http.get("/views.geojson", params={"near": "ze2"})
    assert feed.json() == {"type": "FeatureCollection", "features": []}


async def test_the_page_shows_a_list_and_a_map_whose_dots_lead_to_it(
    http: httpx2.AsyncClient, database: Database
) -> None:
    await published(database, "The Old Hall")
    await published(database, "Market House", location=shapely.Point(-2.09, 51.91))
    await published(database, "Nowhere House", location=None)
    page = await http.get("/views", params={"order": "NEWEST"})
    assert page.status_code == 200
    assert "3 found." in page.text
    assert re.findall("<h2>(.*?)</h2>", page.text) == [
        "The Old Hall", "Market House", "Nowhere House"
    ]  # fmt: skip
    svg = ET.fromstring(re.findall("<svg.*</svg>", page.text)[0])
    shown = {link.attrib["href"]: link[0][0].text for link in svg}
    assert shown == {"#l1": "The Old Hall", "#l2": "Market House"}
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script" not in page.text


async def test_the_last_day_is_told_and_not_the_instant_after_it(
    http: httpx2.AsyncClient, database: Database
) -> None:
    council = await the_council(database)
    asset = await an_asset(database, council)
    await data(database, UNTIL, {"a": write_id("ast", asset.id)}, an_officer(council))
    assert "until 30 June 2027" in (await http.get("/views")).text


async def test_what_people_wrote_cannot_become_markup(
    http: httpx2.AsyncClient, database: Database
) -> None:
    evil = '"><script>alert(1)</script><!-- list -->'
    await published(database, evil)
    for asked in (
        {},
        {"words": evil},
        {"near": evil, "kind": evil},
        {"box": evil},
        {"open_at": evil},
        {"order": evil, evil: evil},
    ):
        page = await http.get("/views", params=asked)
        assert "<script" not in page.text
        assert page.text.count("<ol>") == 1


async def test_an_address_has_its_length_and_each_value_its_place_once(
    http: httpx2.AsyncClient,
) -> None:
    many = {"kind": ["ASSET"] * 400}
    page = await http.get("/views", params=many)
    assert page.status_code == 200
    assert page.text.count('name="kind"') == 1
    for path in ("/views", "/views.geojson"):
        long = await http.get(path, params={"inside": "[" * (ADDRESS_CHARACTERS.value + 1)})
        assert long.status_code == 414
        assert len(long.content) < 4_000


async def test_what_cannot_be_answered_is_said_in_words(http: httpx2.AsyncClient) -> None:
    for asked in ILL:
        page = await http.get("/views", params=asked)
        feed = await http.get("/views.geojson", params=asked)
        assert page.status_code == feed.status_code == 400
        assert re.search('role="status">[^<]{10,}', page.text)
        assert feed.json()["errors"][0]["message"]


async def test_a_page_links_to_the_next_and_together_they_have_everything(
    http: httpx2.AsyncClient, database: Database
) -> None:
    names = [f"Hall {number:03}" for number in range(PAGE_ROWS + 2)]
    await published(database, *names)
    first = await http.get("/views", params={"kind": ["ASSET", "SHOP"], "order": "NEWEST"})
    link = re.findall('<a href="([^"]*)">More', first.text)[0].replace("&amp;", "&")
    second = await http.get("/" + link)
    found = [re.findall("<h2>(.*?)</h2>", page.text) for page in (first, second)]
    assert [len(each) for each in found] == [PAGE_ROWS, 2]
    assert sorted(found[0] + found[1]) == names
    assert ">More<" not in second.text


async def test_the_feed_is_a_feature_collection_with_null_for_what_is_not_on_the_map(
    http: httpx2.AsyncClient, database: Database
) -> None:
    await published(database, "The Old Hall")
    await published(database, "Nowhere House", location=None)
    feed = await http.get("/views.geojson", params={"order": "NEWEST"})
    assert feed.headers["content-type"] == "application/geo+json"
    assert feed.headers["access-control-allow-origin"] == "*"
    body = feed.json()
    assert "next" not in body
    assert MAP_ROWS >= len(body["features"]) == 2
    hall, nowhere = body["features"]
    assert nowhere["geometry"] is None
    assert hall["geometry"] == {"type": "Point", "coordinates": [-2.08, 51.9]}
    assert hall["properties"]["title"] == "The Old Hall"


def test_a_map_of_one_point_has_it_in_the_middle_and_of_none_there_is_no_map() -> None:
    node = {"title": "Hall", "location": {"coordinates": [-2.08, 51.9]}}
    assert 'cx="200.0" cy="200.0"' in drawn([node])
    assert drawn([{"title": "Nowhere", "location": None}]) == ""
