"""Tricks with hosts and targets (A8): nobody speaks to a host that we are not."""

import asyncio

import httpx2
import pytest
from starlette.types import ASGIApp, Message

from commonweal.web.app import application
from commonweal.web.hosts import OurHosts
from commonweal.web.http import GraphQLEndpoint
from commonweal.web.settings import Settings
from tests.serving import serving

from .conftest import Answerer, anyone


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "",
        "localhost.evil.example",
        "evil.example:80@localhost",
        "localhost@evil.example",
        "localhost:80:80",
        "localhost:http",
        "localhost:",
        "localhost/",
        "localhost/graphql",
        "localhost?",
        "localhost#",
        "localhost ",
        "localhost, evil.example",
        "localhost.",
        "http://localhost",
        "127.0.0.1",
        "[::1]",
        "[::1",
        "\uff4cocalhost",
        "localhost\t",
    ],
)
async def test_cve_2026_48710_a_host_that_is_not_ours_is_refused(
    client: httpx2.AsyncClient, host: str
) -> None:
    headers = [(b"content-type", b"application/json"), (b"host", host.encode())]
    response = await client.post("/graphql", content=b'{"query":"{title}"}', headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_HOST"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:8000", "[::1]", "[::1]:80"])
async def test_a_host_of_ours_is_answered(answer: Answerer, host: str) -> None:
    ours = OurHosts(GraphQLEndpoint(answer, who=anyone), names={"LocalHost", "[::1]"})
    assert await status(ours, "/graphql", [(b"host", host.encode())]) == 200


@pytest.mark.parametrize("name", ["localhost:8000", "*", "", "https://localhost", "a b", "a@b"])
def test_an_allowed_host_that_none_can_match_is_told_at_start(endpoint: ASGIApp, name: str) -> None:
    with pytest.raises(ValueError, match="is no host name"):
        OurHosts(endpoint, names={name})


async def status(endpoint: ASGIApp, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    """The status of a query by GET, in ASGI's own words."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("a GET has no body")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"query={title}"}
    await endpoint({**scope, "root_path": "", "headers": headers}, receive, send)
    return int(sent[0]["status"])


OURS, EVIL = (b"host", b"localhost"), (b"host", b"evil.example")


@pytest.mark.parametrize("headers", [[], [OURS, OURS], [OURS, EVIL], [EVIL, OURS]])
async def test_a_request_names_its_host_exactly_once(
    endpoint: ASGIApp, headers: list[tuple[bytes, bytes]]
) -> None:
    assert await status(endpoint, "/graphql", headers) == 400
    assert await status(endpoint, "/graphql", [OURS]) == 200


@pytest.mark.parametrize("name", [b"content-type", b"content-length", b"content-encoding"])
async def test_no_header_that_says_what_a_body_is_comes_twice(
    endpoint: ASGIApp, name: bytes
) -> None:
    assert await status(endpoint, "/graphql", [OURS, (name, b"1"), (name, b"1")]) == 400


@pytest.mark.parametrize("header", [b"x-forwarded-host", b"forwarded", b"x-original-url"])
async def test_a_header_that_claims_another_host_changes_nothing(
    endpoint: ASGIApp, header: bytes
) -> None:
    assert await status(endpoint, "/graphql", [OURS, (header, b"evil.example")]) == 200
    assert await status(endpoint, "/graphql", [EVIL, (header, b"localhost")]) == 400


@pytest.mark.parametrize(
    "path", ["//graphql", "//evil.example/graphql", "http://localhost/graphql", "graphql", "*", ""]
)
async def test_a_target_that_is_no_path_is_refused(endpoint: ASGIApp, path: str) -> None:
    assert await status(endpoint, path, [OURS]) == 400


ROUTES = [route.path for route in application(Settings(), worker=False).routes]  # type: ignore[attr-defined]


async def test_no_route_answers_a_host_that_is_not_ours() -> None:
    app = application(Settings(allowed_hosts="localhost"), worker=False)
    for route in (*ROUTES, "/nowhere"):
        path = route.replace("{", "").replace("}", "")
        assert await status(app, path, [EVIL]) == 400, route
        assert await status(app, f"//evil.example{path}", [OURS]) == 400, route


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "10.1.2.3", "[fd00::1]:8000", "[fd00::1]"])
async def test_a_probe_may_ask_by_an_address_and_nobody_else(host: str) -> None:
    app = application(Settings(allowed_hosts="town.test"), worker=False)
    by_address = [(b"host", host.encode())]
    assert await status(app, "/healthz", by_address) == 200
    assert await status(app, "/healthz", [EVIL]) == 400
    assert await status(app, "/", by_address) == 400


async def test_a_websocket_to_a_host_that_is_not_ours_is_closed_before_it_opens() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    app = application(Settings(), worker=False)
    scope = {"type": "websocket", "path": "/graphql", "query_string": b"", "subprotocols": []}
    await app({**scope, "headers": [EVIL]}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("parser", ["h11", "httptools"])
async def test_the_server_lets_no_foreign_host_through(endpoint: ASGIApp, parser: str) -> None:
    path, ours, evil = "/graphql?query=%7Btitle%7D", "Host: localhost\r\n", "Host: evil.example\r\n"
    # httptools drops a target's authority before anybody can see it, and the Host header decides.
    by_host = "200" if parser == "httptools" else "400"
    expected = {
        (path, ours): "200",
        (path, evil): "400",
        (path, ours + evil): "400",
        (path, evil + ours): "400",
        (path, ""): "400",
        (f"/{path}", ours): "400",
        (f"http://localhost{path}", evil): "400",
        (f"http://evil.example{path}", ours): by_host,
        (f"http://a@localhost{path}", "Host: a@localhost\r\n"): "400",
    }
    found = {}
    async with serving(endpoint, http=parser, lifespan="off") as port:
        for target, headers in expected:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n".encode())
            found[target, headers] = (await reader.read()).decode().split(" ")[1]
            writer.close()
            await writer.wait_closed()
    assert found == expected
