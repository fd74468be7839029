"""Operations by the hash of their text: as Apollo's clients ask, and as an operator allows."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.web.app import application
from commonweal.web.asgi import address_of
from commonweal.web.persisted import (
    HELD,
    HELD_BYTES,
    NothingPersisted,
    OperationsMissing,
    OperationUnfit,
    Persisted,
    hash_of,
)
from commonweal.web.settings import Settings
from tests.graph.operations import FOLDER
from tests.web.sockets import Client, Endpoint, ready, served

TYPENAME = "{ __typename }"
ANSWERED = {"data": {"__typename": "Query"}}
RESPONSE_JSON = "application/graphql-response+json"


@asynccontextmanager
async def service(url: str, **more: Any) -> AsyncIterator[httpx2.AsyncClient]:
    app = application(Settings(database_url=url, **more), worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database, whichever: nothing here depends on it."""
    return f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'commonweal.db')}"


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with service(url) as client:
        yield client


def named(text: str, **more: Any) -> dict[str, Any]:
    """What a client sends with, or instead of, a text."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)} | more}}


async def post(http: httpx2.AsyncClient, body: dict[str, Any], **headers: str) -> httpx2.Response:
    return await http.post("/graphql", json=body, headers=headers)


def code(response: httpx2.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


async def test_a_document_is_sent_once_and_then_known_by_its_hash(
    http: httpx2.AsyncClient,
) -> None:
    unknown = await post(http, named(TYPENAME))
    assert unknown.status_code == 200
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert code(unknown) == "PERSISTED_QUERY_NOT_FOUND"
    assert (await post(http, {"query": TYPENAME} | named(TYPENAME))).json() == ANSWERED
    assert (await post(http, named(TYPENAME))).json() == ANSWERED
    extensions = json.dumps(named(TYPENAME)["extensions"])
    got = await http.get("/graphql", params={"extensions": extensions})
    assert got.json() == ANSWERED


async def test_an_unknown_hash_has_the_status_of_a_request_error_in_the_newer_type(
    http: httpx2.AsyncClient,
) -> None:
    assert (await post(http, named(TYPENAME), accept=RESPONSE_JSON)).status_code == 400


async def test_a_hash_that_is_not_the_texts_is_refused_and_nothing_is_held(
    http: httpx2.AsyncClient,
) -> None:
    answer = await post(http, {"query": "{ a: __typename }"} | named(TYPENAME))
    assert answer.status_code == 400
    assert code(answer) == "PERSISTED_QUERY_HASH"
    assert code(await post(http, named(TYPENAME))) == "PERSISTED_QUERY_NOT_FOUND"


NO_EXTENSIONS: list[Any] = [
    7,
    [],
    {},
    {"version": 2, "sha256Hash": hash_of(TYPENAME)},
    {"version": 1},
    {"version": 1, "sha256Hash": 7},
]


async def test_an_extension_that_is_none_is_refused(http: httpx2.AsyncClient) -> None:
    for asked in NO_EXTENSIONS:
        for text in ({}, {"query": TYPENAME}):
            answer = await post(http, {"extensions": {"persistedQuery": asked}} | text)
            assert answer.status_code == 400
            assert code(answer) == "BAD_REQUEST"


@pytest.mark.parametrize("text", ["{", "{ nonsense }", "{" + " a: __typename" * 2000 + "}"])
async def test_what_is_refused_is_not_held(http: httpx2.AsyncClient, text: str) -> None:
    assert "errors" in (await post(http, {"query": text} | named(text))).json()
    assert code(await post(http, named(text))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_mutation_by_its_hash_goes_by_post_only(http: httpx2.AsyncClient) -> None:
    text = """mutation { publishListing(input: {assetId: "ast_0"}) { replayed } }"""
    assert "errors" not in (await post(http, {"query": text} | named(text))).json()
    extensions = json.dumps(named(text)["extensions"])
    assert (await http.get("/graphql", params={"extensions": extensions})).status_code == 405


async def test_a_socket_knows_the_same_documents(url: str) -> None:
    async with served(url) as app, ready(app) as client:
        await not_found(client)
        client.subscribe("1", TYPENAME, **named(TYPENAME))
        assert (await client.hears())["payload"] == ANSWERED
        await client.hears()
        client.say(type="subscribe", id="2", payload=named(TYPENAME))
        assert (await client.hears())["payload"] == ANSWERED
        await client.hears()
        changes = "subscription { listingChanged { id } }"
        client.subscribe("3", changes, **named(changes))
        await client.nothing()
        assert hash_of(changes) in app.persisted.held
        await only(app)


async def not_found(client: Client) -> None:
    client.say(type="subscribe", id="0", payload={"query": ""} | named(TYPENAME))
    message = await client.hears()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def only(app: Endpoint) -> None:
    """A socket is no way round what alone is to be answered."""
    app.persisted = Persisted({hash_of(TYPENAME): TYPENAME}, only=True)
    async with ready(app) as client:
        client.subscribe("1", "{ a: __typename }")
        assert (await client.hears())["payload"][0]["extensions"]["code"] == "ONLY_PERSISTED"


# ---- what is held --------------------------------------------------------------------------------


def sent(held: Persisted, text: str, sender: str = "192.0.2.1") -> None:
    request = GraphQLRequest(text, None, None, safe=False, persist=True)
    held.answered(request, Answer(b"", "data"), {"client": (sender, 1)})


def known(held: Persisted, text: str) -> bool:
    return hash_of(text) in held.held


def test_so_many_documents_are_held_and_the_longest_unused_goes_first() -> None:
    held = Persisted()
    for n in range(HELD.value):
        sent(held, f"{{ n{n} }}")
    assert held.filled(named("{ n0 }")) == named("{ n0 }") | {"query": "{ n0 }"}
    sent(held, "{ one }")
    assert known(held, "{ n0 }")
    assert not known(held, "{ n1 }")
    assert len(held.held) == HELD.value


def test_so_many_bytes_are_held() -> None:
    held = Persisted()
    for n in range(HELD_BYTES.value // 10_000 + 50):
        sent(held, f"{{ n{n} }}".ljust(10_000))
    assert held.sent_bytes.total() <= HELD_BYTES.value
    assert len(held.held) == HELD_BYTES.value // 10_000
    assert known(held, f"{{ n{n} }}".ljust(10_000))


def test_whoever_floods_the_store_pushes_out_what_they_sent_themselves() -> None:
    held = Persisted()
    apps = {f"198.51.100.{n}": f"query App{n} {{ __typename }}" for n in range(100)}
    for sender, text in apps.items():
        sent(held, text, sender)
    for n in range(3 * HELD.value):
        sent(held, f"{{ n{n} }}".ljust(n % 7_000), "192.0.2.66")
    assert all(known(held, text) for text in apps.values())
    assert len(held.sent_bytes) == 101


def test_the_networks_of_ipv6_are_one_sender_each() -> None:
    one, same, other = (
        address_of({"client": (address, 1)})
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    )
    assert one == same != other
    assert address_of({"client": ("192.0.2.1", 1)}) == "192.0.2.1"
    assert address_of({"client": None}) == address_of({}) == ""


# ---- the operator's own --------------------------------------------------------------------------


async def test_the_operations_of_a_folder_are_known_from_the_start(
    url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "operations"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "typename.graphql").write_text(TYPENAME)
    (folder / "read.me").write_text("no operation")
    async with service(url, operations=folder) as http:
        assert (await post(http, named(TYPENAME))).json() == ANSWERED
        assert (await post(http, {"query": "{ a: __typename }"})).status_code == 200
    async with service(url, operations=folder, only_persisted=True) as http:
        assert (await post(http, named(TYPENAME))).json() == ANSWERED
        assert (await post(http, {"query": TYPENAME})).json() == ANSWERED
        for other in ("{ a: __typename }", "{ __schema { types { name } } }", TYPENAME + " "):
            for body in ({"query": other}, {"query": other} | named(other)):
                answer = await post(http, body)
                assert answer.status_code == 403
                assert code(answer) == "ONLY_PERSISTED"
            assert code(await post(http, named(other))) == "PERSISTED_QUERY_NOT_FOUND"


def test_the_operations_of_the_fixtures_can_be_such_a_folder() -> None:
    application(Settings(operations=FOLDER, only_persisted=True))


def test_a_folder_that_cannot_be_served_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OperationsMissing):
        application(Settings(operations=tmp_path / "nowhere"))
    for only in ({"operations": tmp_path}, {}):
        with pytest.raises(NothingPersisted):
            application(Settings(only_persisted=True, **only))  # type: ignore[arg-type]
    for content in (b"{ nonsense }", b"{", b"\xff"):
        (tmp_path / "bad.graphql").write_bytes(content)
        with pytest.raises(OperationUnfit, match=r"bad\.graphql"):
            application(Settings(operations=tmp_path))


async def test_what_an_operator_allows_is_never_pushed_out(tmp_path: Path) -> None:
    held = Persisted({hash_of(TYPENAME): TYPENAME})
    for n in range(2 * HELD.value):
        sent(held, f"{{ n{n} }}")
    sent(held, TYPENAME)
    assert not known(held, TYPENAME)
    asked = orjson.loads(orjson.dumps(named(TYPENAME)))
    assert held.filled(asked) == asked | {"query": TYPENAME}
