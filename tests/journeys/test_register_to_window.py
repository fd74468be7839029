"""The main job, end to end: a council's register is imported, its surplus published, and found.

Everything runs as its users run it: files through the command line, questions over HTTP.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from commonweal.web.app import application
from commonweal.web.settings import Settings

FIXTURES = Path(__file__).parents[2] / "fixtures"
SURPLUS = "{ assets(declaredSurplus: true, first: 100) { edges { node { id name } } } }"
PUBLISH = """mutation($asset: ID!) { publishListing(input: {assetId: $asset}) {
  listing { id state } asset { state } userErrors { ... on UserError { code message } } } }"""
NEAR = """query($place: String!, $metres: Float!, $first: Int, $after: String) {
  search(near: {place: $place, withinMetres: $metres}, first: $first, after: $after) {
    totalCount centre { place { name } }
    edges { distance node { id title ... on AssetListing { asset { reference } } } }
    pageInfo { hasNextPage endCursor } } }"""

Run = Callable[..., str]


@pytest.fixture
def run(database_url: str) -> Run:
    """A `commonweal` command on the test's database; its output."""

    def command(*words: str) -> str:
        environment = os.environ | {"COMMONWEAL_DATABASE_URL": database_url, "COLUMNS": "160"}
        code = "from commonweal.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        print(f"$ commonweal {' '.join(words)}\n{done.stdout}")
        return done.stdout

    return command


class Client:
    """An application that asks over HTTP."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        answer = await self.http.post("/graphql", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert "errors" not in found, found
        return found["data"]

    async def publish_all(self, token: str) -> int:
        """Publish everything that is declared surplus."""
        assets = (await self.ask(SURPLUS))["assets"]["edges"]
        for edge in assets:
            done = (await self.ask(PUBLISH, {"asset": edge["node"]["id"]}, token))["publishListing"]
            assert done["userErrors"] == []
            assert done["asset"]["state"] == "LISTED"
        return len(assets)

    async def near(self, place: str, metres: float, first: int = 100) -> list[Any]:
        """Every listing within the distance, read page by page."""
        edges: list[Any] = []
        after = None
        while True:
            asked = {"place": place, "metres": metres, "first": first, "after": after}
            page = (await self.ask(NEAR, asked))["search"]
            edges += page["edges"]
            if not page["pageInfo"]["hasNextPage"]:
                assert len(edges) == page["totalCount"]
                return edges
            assert len(page["edges"]) == first
            after = page["pageInfo"]["endCursor"]


@pytest.fixture
def app(database_url: str) -> Starlette:
    """The service on the test's database, not started yet."""
    return application(Settings(database_url=database_url, allowed_hosts="town.test"))


async def serving(app: Starlette, story: Callable[[Client], Any]) -> None:
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as http:
            await story(Client(http))


async def test_a_made_up_register_is_imported_published_found_and_paged(
    run: Run, app: Starlette
) -> None:
    demo = FIXTURES / "demo"

    def prepare() -> str:
        run(
            "import",
            "areas",
            f"{demo / 'areas.geojson'}",
            "--kind",
            "ward",
            "--council",
            "E07000999",
        )
        run("import", "places", f"{demo / 'places.csv'}")
        shown = run(
            "import", "assets", f"{demo / 'register.csv'}", "--council", "E07000999", "--dry-run"
        )
        assert "Nothing was changed" in shown
        done = run("import", "assets", f"{demo / 'register.csv'}", "--council", "E07000999")
        assert "60 rows kept: 60 assets added" in done
        return run("token", "create", "--council", "E07000999").splitlines()[-1]

    token = await asyncio.to_thread(prepare)

    async def story(client: Client) -> None:
        assert await client.publish_all(token) == 7
        whole = await client.near("Wernbridge", 50_000)
        by_twos = await client.near("wernbridge", 50_000, first=2)
        assert by_twos == whole
        distances = [edge["distance"] for edge in whole]
        assert distances == sorted(distances)
        assert whole

    await serving(app, story)


async def test_a_real_register_is_imported_published_and_found_near_gl50(
    run: Run, app: Starlette, open_data: Path
) -> None:
    register = f"{open_data / 'cheltenham_land_assets_2023.csv'}"

    def prepare() -> str:
        wards = f"{open_data / 'cheltenham_wards_2013.geojson'}"
        council = ("--council", "E07000078")
        run("import", "areas", wards, "--kind", "ward", *council, "--council-name", "Cheltenham")
        run("import", "places", f"{open_data / 'uk_outcodes.csv'}")
        done = run("import", "assets", register, *council)
        assert "2 blank rows skipped" in done
        assert "459 rows kept: 459 assets added" in done
        assert "12 can never be listed, 6 are declared surplus" in done
        return run("token", "create", *council).splitlines()[-1]

    token = await asyncio.to_thread(prepare)

    async def story(client: Client) -> None:
        assert await client.publish_all(token) == 6
        found = await client.near("GL50", 2_000)
        print([(edge["distance"], edge["node"]["title"]) for edge in found])
        expected = [345, 518, 1_512, 1_547, 1_575]
        assert [edge["distance"] for edge in found] == [pytest.approx(d, abs=5) for d in expected]
        assert len(await client.near("gl50", 3_000)) == 6
        await nineteen_at_one_point(client, token)

    await serving(app, story)


async def nineteen_at_one_point(client: Client, token: str) -> None:
    """The assets that share a point, once published, page through completely by sevens."""
    query = """query($after: String) { assets(first: 100, after: $after) {
      edges { node { id listable state location } } pageInfo { hasNextPage endCursor } } }"""
    by_point: dict[Any, list[Any]] = {}
    after, more = None, True
    while more:
        page = (await client.ask(query, {"after": after}))["assets"]
        for edge in page["edges"]:
            if edge["node"]["location"]:
                point = tuple(edge["node"]["location"]["coordinates"])
                by_point.setdefault(point, []).append(edge["node"])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    (longitude, latitude), nodes = max(by_point.items(), key=lambda item: len(item[1]))
    assert len(nodes) == 19
    listed = [node for node in nodes if node["listable"]]
    for node in listed:
        if node["state"] == "HELD":
            await client.ask(PUBLISH, {"asset": node["id"]}, token)
    search = """query($x: Float!, $y: Float!, $after: String) {
      search(near: {longitude: $x, latitude: $y, withinMetres: 1}, first: 7, after: $after) {
        edges { node { ... on AssetListing { asset { id } } } }
        pageInfo { hasNextPage endCursor } } }"""
    seen: list[str] = []
    after, more = None, True
    while more:
        asked = {"x": longitude, "y": latitude, "after": after}
        page = (await client.ask(search, asked))["search"]
        seen += [edge["node"]["asset"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    print(f"{len(listed)} of the 19 at one point are listable, found by sevens: {len(seen)}")
    assert sorted(seen) == sorted(node["id"] for node in listed)
