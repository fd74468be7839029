"""A search kept by its URL: as a page without scripts, and as GeoJSON for maps elsewhere."""

import re
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
import shapely
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.access import Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.web.views import ADDRESS_CHARACTERS, MAP_ROWS, PAGE_ROWS, Views, drawn, variables_of
from tests.asking import data, reader_on
from tests.makers import an_asset, an_officer, the_council

PUBLISH = "mutation($a: ID!) { publishListing(input: {assetId: $a}) { userErrors { __typename } } }"

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
        "inside": ['{"type": "Polygon"}'], "words": ["hall"],
    }  # fmt: skip
    assert variables_of(given, 7) == {
        "first": 7, "near": {"place": "GL50", "withinMetres": 500.0}, "kinds": ["ASSET", "SHOP"],
        "openOn": "2026-12-05", "inside": {"type": "Polygon"}, "words": "hall",
    }  # fmt: skip


@pytest.mark.parametrize("within", ["", "-5", "1e9", "٣", "many", "9" * 10_000])
def test_a_radius_that_is_no_number_is_left_to_the_default(within: str) -> None:
    assert variables_of({"near": ["GL50"], "within": [within]}, 7)["near"] == {"place": "GL50"}


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
    for asked in ({}, {"words": evil}, {"near": evil, "kind": evil}, {"order": evil, evil: evil}):
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
    for asked in ({"order": "SIDEWAYS"}, {"open_on": "tomorrow"}, {"inside": "{"}, {"area": "x"}):
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
