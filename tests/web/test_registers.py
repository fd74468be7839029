"""Registers over HTTP: public, kept by whoever has them, and never half a one for a whole."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.assets.exporting import PAGE
from commonweal.kernel.ids import write_id
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.web.app import application
from commonweal.web.registers import RegistersEndpoint
from commonweal.web.settings import Settings
from tests.assets.estate import HILLS, VALE, brought_in, councils, estate
from tests.assets.estate import csv as register
from tests.makers import an_asset
from tests.serving import serving

PATH = f"/registers/{write_id('are', VALE)}"


@asynccontextmanager
async def served(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """The endpoint alone, on a port, over the test's own database."""
    endpoint: Any = RegistersEndpoint(lambda: database)
    app = Starlette(routes=[Route("/registers/{file}", endpoint)])
    async with serving(app) as port:
        base = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=base, timeout=30) as http:
            yield http


def refusal(response: httpx2.Response) -> tuple[int, str]:
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"]


async def test_a_register_is_there_for_everybody_as_csv_and_as_geojson(database: Database) -> None:
    await estate(database)
    async with served(database) as http:
        table = await http.get(f"{PATH}.csv")
        assert table.status_code == 200
        assert table.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert table.headers["content-disposition"].endswith("register-E07000991.csv")
        assert table.headers["access-control-allow-origin"] == "*"
        assert table.content.startswith(b"\xef\xbb\xbfUnique Property Reference Number,")
        rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
        assert len(rows) == 6
        shapes = await http.get(f"{PATH}.geojson")
        assert shapes.headers["content-type"] == "application/geo+json"
        assert len(shapes.json()["features"]) == 5
        assert shapes.json()["licences"] == ["Open Government Licence v3.0"]


async def test_who_has_it_already_is_told_so_until_it_changes(database: Database) -> None:
    numbers = await estate(database)
    assert numbers
    async with served(database) as http:
        tag = (await http.get(f"{PATH}.csv")).headers["etag"]
        have = {"if-none-match": f'"other", W/{tag}'}
        again = await http.get(f"{PATH}.csv", headers=have)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await http.get(f"{PATH}.geojson", headers=have)).status_code == 200
        await an_asset(database, await Area.get(id=VALE))
        changed = await http.get(f"{PATH}.csv", headers=have)
        assert changed.status_code == 200
        assert changed.headers["etag"] != tag


async def test_a_head_says_what_a_get_would_be_like(database: Database) -> None:
    await estate(database)
    async with served(database) as http:
        head, whole = await http.head(f"{PATH}.csv"), await http.get(f"{PATH}.csv")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == whole.headers["etag"]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    endpoint: Any = RegistersEndpoint(lambda: database)
    asked = {"file": PATH.removeprefix("/registers/") + ".csv"}
    scope = {"type": "http", "method": "HEAD", "headers": [], "path_params": asked}
    await endpoint(scope, None, send)
    assert [message.get("body") for message in sent] == [None, b""]  # nothing is written for it


@pytest.mark.parametrize(
    "path",
    [
        f"/registers/{write_id('are', 4711)}.csv",
        f"/registers/{write_id('ast', VALE)}.csv",
        f"{PATH}.xlsx",
        f"{PATH}.csv.csv",
        PATH,
        "/registers/.csv",
        "/registers/E07000991.csv",
    ],
)
async def test_what_is_no_register_is_not_found(database: Database, path: str) -> None:
    await councils(database)
    async with served(database) as http:
        assert refusal(await http.get(path)) == (404, "NOT_FOUND")


async def test_a_register_is_only_read(database: Database) -> None:
    await councils(database)
    async with served(database) as http:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            refused = await http.request(method, f"{PATH}.csv")
            assert refusal(refused) == (405, "METHOD_NOT_ALLOWED")
            assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
        asked = await http.options(f"{PATH}.csv")
        assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "GET")


async def test_a_register_that_changes_meanwhile_is_broken_off(database: Database) -> None:
    await councils(database)
    far = [f"M/{n:05},{'Depot' * 40},,,,,Freehold,Depots," for n in range(4 * PAGE)]
    await brought_in(database, register(far))
    council = await Area.get(id=VALE)
    async with served(database) as http, http.stream("GET", f"{PATH}.csv") as answer:
        pieces = answer.aiter_raw()
        assert await anext(pieces)
        await an_asset(database, council, name="Added meanwhile")
        with pytest.raises(httpx2.RemoteProtocolError):
            assert [piece async for piece in pieces]


async def test_for_a_client_that_is_gone_nothing_more_is_written(database: Database) -> None:
    await councils(database)
    far = [f"M/{n:05},Depot {n},,,,,Freehold,Depots," for n in range(4 * PAGE)]
    await brought_in(database, register(far))
    sent: list[Any] = []
    closed = asyncio.Event()

    async def receive() -> Any:
        if not sent:
            return {"type": "http.request", "body": b""}
        await closed.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:  # the head, the column names, a page
            closed.set()

    endpoint: Any = RegistersEndpoint(lambda: database)
    asked = {"file": PATH.removeprefix("/registers/") + ".csv"}
    scope = {"type": "http", "method": "GET", "headers": [], "path_params": asked}
    await endpoint(scope, receive, send)
    assert len(sent) == 4  # and the end


async def test_several_at_once_each_get_it_whole(database: Database) -> None:
    await estate(database)
    async with served(database) as http:
        answers = await asyncio.gather(*(http.get(f"{PATH}.csv") for _ in range(8)))
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].content.count(b"\r\n") == 6


async def test_the_service_has_the_route_and_answers_its_own_hosts_only(
    database_url: str,
) -> None:
    app = application(Settings(database_url=database_url, allowed_hosts="town.test"), worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as http:
            assert refusal(await http.get(f"/registers/{write_id('are', HILLS)}.csv")) == (
                404,
                "NOT_FOUND",
            )
            rebound = await http.get(f"{PATH}.csv", headers={"host": "evil.test"})
            assert refusal(rebound) == (400, "BAD_HOST")
