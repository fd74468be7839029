"""An asset's way as a page: public, escaped, without scripts, page by page."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.access import Viewer
from commonweal.assets.tables import Asset
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.handovers.tables import Case
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.web.timelines import ENTRIES, Timelines
from tests.asking import reader_on
from tests.handovers.interested import a_listed_case
from tests.handovers.test_timeline import happens


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async def answer(request: GraphQLRequest, viewer: Viewer) -> Answer:
        return await reader_on(database.engine).answer(request, viewer, database)

    app = Starlette(routes=[Route("/timelines/{asset}", Timelines(answer).page)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def path(case: Case) -> str:
    return f"/timelines/{write_id('ast', case.asset_id or 0)}"


async def test_a_page_tells_what_is_public_escaped_and_runs_nothing(
    http: httpx2.AsyncClient, database: Database
) -> None:
    title = "<script>alert(1)</script> & Hall"
    case = await a_listed_case(database, title=title)
    await Asset.filter(id=case.asset_id).update(address='"><img src=x>')
    await happens(database, case, "import", "list_case", "express_interest", "submit_bid")
    page = await http.get(path(case))
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Hall" in page.text
    assert re.findall(r"</time><p>(.*?)</p>", page.text) == [
        "It is offered: groups may say that they are interested.",
        "It came into the council&#x27;s register.",
    ]
    assert "22 November 2026" in page.text
    assert "somebody" not in page.text


@pytest.mark.parametrize("asset", ["ast_0000000000005", "x", "cas_0000000000005", "%00", "é"])
async def test_what_names_no_asset_has_no_page(http: httpx2.AsyncClient, asset: str) -> None:
    page = await http.get(f"/timelines/{asset}")
    assert page.status_code == 404
    assert "role=" in page.text


async def test_a_long_way_goes_on_page_by_page(
    http: httpx2.AsyncClient, database: Database
) -> None:
    case = await a_listed_case(database)
    await happens(database, case, "import", *["answer_question"] * ENTRIES)
    first = await http.get(path(case))
    [link] = re.findall(r'href="([^"]+)"', first.text)
    second = await http.get(f"/timelines/{link}")
    assert [page.text.count("<li>") for page in (first, second)] == [ENTRIES, 1]
    assert "register" in second.text
    assert "href" not in second.text
    assert (await http.get(path(case) + "?after=nonsense")).status_code == 404
    empty = await a_listed_case(database)
    assert "Nothing is known" in (await http.get(path(empty))).text
