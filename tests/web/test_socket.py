"""graphql-transport-ws, rule by rule: what is refused, how, and what stays open."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import cache

import orjson
import pytest

from commonweal.kernel.ids import write_id
from commonweal.people.actions import create_council_token
from commonweal.people.tables import AccessToken
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.app import Service
from commonweal.web.limits import BODY_BYTES
from commonweal.web.persisted import Persisted
from commonweal.web.settings import Settings
from commonweal.web.socket import (
    ID,
    OPERATIONS,
    SOCKETS,
    SOCKETS_OF_ADDRESS,
    Close,
    Seconds,
    parsed,
)
from tests.makers import an_asset, the_council
from tests.web.sockets import Endpoint, connected, published, ready, served

TYPENAME = "{ __typename }"
CHANGES = "subscription { listingChanged { id listing { title } } }"
DEAR = """subscription { listingChanged { listing {
  areas(first: 100) { totalCount } openings(first: 1) { totalCount } } } }"""
PUBLISH = """mutation($asset: ID!) {
  publishListing(input: {assetId: $asset}) { listing { title } userErrors { __typename } } }"""


@cache
def unopened() -> Service:
    """A service whose database is not open: what is decided before it is asked needs none."""
    return Service(Settings(), None, worker=False)


@pytest.fixture
def app() -> Endpoint:
    return Endpoint(unopened(), Persisted())


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[Endpoint]:
    async with served(database_url) as app:
        yield app


async def token_of(app: Endpoint, council_id: int) -> str:
    async def make(tx: Transaction) -> str:
        return await create_council_token(tx, council_id=council_id, label="officer")

    return "Bearer " + await in_transaction(app.service.database, make)


# ---- the handshake -------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [["graphql-ws"], ["chat", "superchat"]])
async def test_another_subprotocol_is_refused_before_it_is_accepted(
    app: Endpoint, asked: list[str]
) -> None:
    """The legacy protocol's own path past the sign-in: CVE-2026-35523."""
    async with connected(app, subprotocols=asked) as client:
        assert (await client.heard())["type"] == "websocket.close"
    spoken: dict[str, dict[str, str]] = {"websocket.http.response": {}}
    async with connected(app, subprotocols=asked, extensions=spoken) as client:
        assert (await client.heard())["status"] == 400
        refusal = orjson.loads((await client.heard())["body"])
        assert refusal["errors"][0]["extensions"]["code"] == "SUBPROTOCOL"


async def test_who_asks_for_no_subprotocol_is_told_by_the_close_code(app: Endpoint) -> None:
    async with connected(app, subprotocols=[]) as client:
        assert (await client.heard())["subprotocol"] is None
        assert await client.closed() == (4406, "Subprotocol not acceptable")


async def test_ours_is_chosen_among_several(app: Endpoint) -> None:
    async with ready(app, subprotocols=["graphql-ws", "graphql-transport-ws"]):
        pass


async def test_an_address_has_so_many_connections_and_gets_them_back(app: Endpoint) -> None:
    app.open["192.0.2.1"] = SOCKETS_OF_ADDRESS.value - 1
    async with ready(app):
        async with connected(app, extensions={"websocket.http.response": {}}) as client:
            assert (await client.heard())["status"] == 429
        async with ready(app, client=("192.0.2.2", 1)):
            pass
    async with ready(app):
        pass
    assert app.open == {"192.0.2.1": SOCKETS_OF_ADDRESS.value - 1}


async def test_a_process_has_so_many_connections(app: Endpoint) -> None:
    app.open["198.51.100.7"] = SOCKETS.value
    async with connected(app, extensions={"websocket.http.response": {}}) as client:
        assert (await client.heard())["status"] == 503


# ---- beginning -----------------------------------------------------------------------------------


async def test_who_says_nothing_is_closed_after_a_while() -> None:
    app = Endpoint(unopened(), Persisted(), Seconds(init=0.05))
    async with connected(app) as client:
        await client.heard()
        assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_who_began_is_not_closed_for_having_taken_long() -> None:
    app = Endpoint(unopened(), Persisted(), Seconds(init=0.1))
    async with ready(app) as client:
        await client.nothing(0.3)


async def test_beginning_twice_is_too_often(app: Endpoint) -> None:
    async with ready(app) as client:
        client.say(type="connection_init")
        assert await client.closed() == (4429, "Too many initialisation requests")


async def test_nothing_is_answered_before_the_connection_is_acknowledged(app: Endpoint) -> None:
    async with connected(app) as client:
        await client.heard()
        client.subscribe("1", TYPENAME)
        assert await client.closed() == (4401, "Unauthorized")


async def test_a_ping_is_answered_before_and_after_with_what_it_brought(app: Endpoint) -> None:
    async with connected(app) as client:
        await client.heard()
        client.say(type="ping")
        assert await client.hears() == {"type": "pong"}
        client.say(type="ping", payload={"sent": 5})
        assert await client.hears() == {"type": "pong", "payload": {"sent": 5}}
        client.say(type="pong", payload={"back": 1})
        client.say(type="connection_init")
        assert await client.hears() == {"type": "connection_ack"}


NO_MESSAGES = [
    "",
    "not json",
    "[]",
    "{}",
    '"ping"',
    '{"type": 7}',
    '{"type": ["ping"]}',
    '{"type": "next", "id": "1"}',
    '{"type": "start", "id": "1", "payload": {"query": "{ __typename }"}}',
    '{"type": "ping", "payload": 7}',
    '{"type": "connection_init", "payload": []}',
    '{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": 7, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": "{ __typename }"}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "operationName": {}}}',
    '{"type": "complete"}',
    '{"type": "ping", "payload": {"a": NaN}}',
    '{"type": "ping", "payload": ' + '{"a": ' * 300 + "1" + "}" * 301,
    '{"type": "ping", "payload": {"a": "\\u0000"}}',
    '{"type": "subscribe", "payload": {"query": ""}, "id": "' + "x" * (ID.value + 1) + '"}',
]


@pytest.mark.parametrize("message", NO_MESSAGES)
def test_a_message_that_is_none_is_refused_with_the_reason(message: str) -> None:
    with pytest.raises(Close) as refused:
        parsed({"type": "websocket.receive", "text": message})
    assert refused.value.code == 4400
    assert refused.value.reason.startswith("Invalid message: ")
    assert len(refused.value.reason.encode()) <= 123


async def test_a_message_that_is_none_ends_the_connection_and_says_why(app: Endpoint) -> None:
    async with connected(app) as client:
        await client.heard()
        client.text('{"type": "start", "id": "1"}')
        reason = "Invalid message: its type is none that a client sends"
        assert await client.closed() == (4400, reason)


async def test_bytes_are_no_message(app: Endpoint) -> None:
    async with connected(app) as client:
        await client.heard()
        client.to_app.put_nowait({"type": "websocket.receive", "bytes": b'{"type":"ping"}'})
        assert (await client.closed())[0] == 4400


async def test_a_message_has_the_length_of_a_body_at_most(app: Endpoint) -> None:
    async with connected(app) as client:
        await client.heard()
        frame = '{"type": "ping", "payload": {"a": "%s"}}'
        room = BODY_BYTES.value - len(frame) + 2
        client.text(frame % ("x" * room))
        assert (await client.hears())["type"] == "pong"
        client.text(frame % ("x" * (room + 1)))
        assert (await client.closed())[0] == 1009


# ---- signing in ----------------------------------------------------------------------------------


async def test_a_token_is_given_with_the_beginning_or_as_a_header(live: Endpoint) -> None:
    council = await the_council(live.service.database)
    token = await token_of(live, council.id)
    header = [(b"host", b"localhost"), (b"authorization", token.encode())]
    for n, how in enumerate(({"payload": {"authorization": token}}, {"headers": header})):
        asset = await an_asset(live.service.database, council, name=f"Hall {n}")
        async with ready(live, **how) as client:  # type: ignore[arg-type]
            asked = {"asset": write_id("ast", asset.id)}
            client.subscribe("1", PUBLISH, variables=asked)
            done = (await client.hears())["payload"]["data"]["publishListing"]
            assert done == {"listing": {"title": f"Hall {n}"}, "userErrors": []}
            assert await client.hears() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("given", ["Bearer cw_made-up", "", "Basic dXNlcjpwYXNz"])
async def test_a_token_that_is_not_valid_is_forbidden_and_not_taken_for_nobody(
    live: Endpoint, given: str
) -> None:
    async with connected(live) as client:
        await client.heard()
        client.say(type="connection_init", payload={"authorization": given})
        assert await client.closed() == (4403, "Forbidden")


async def test_a_token_that_is_over_ends_the_connection_within_its_time(
    database_url: str,
) -> None:
    async with served(database_url, signed=0.05) as app:
        council = await the_council(app.service.database)
        token = await token_of(app, council.id)
        async with ready(app, {"authorization": token}) as client:
            await client.nothing(0.2)
            past = app.service.database.clock.now() - timedelta(days=400)
            await AccessToken.all().update(expires_at=past)
            assert await client.closed() == (4403, "Forbidden")


async def test_a_token_that_was_revoked_gets_no_answer_more(live: Endpoint) -> None:
    council = await the_council(live.service.database)
    token = await token_of(live, council.id)
    async with ready(live, {"authorization": token}) as client:
        client.subscribe("1", CHANGES)
        await client.nothing()
        await AccessToken.all().delete()
        await published(live)
        assert await client.closed() == (4403, "Forbidden")
    async with ready(live) as client:
        client.subscribe("1", TYPENAME)
        assert (await client.hears())["type"] == "next"


# ---- operations ----------------------------------------------------------------------------------


async def test_a_query_is_answered_once_and_completed_and_its_id_is_free_again(
    live: Endpoint,
) -> None:
    async with ready(live) as client:
        for _ in range(3):
            client.subscribe("q", "query Q { __typename }", operationName="Q")
            answer = {"id": "q", "type": "next", "payload": {"data": {"__typename": "Query"}}}
            assert await client.hears() == answer
            assert await client.hears() == {"id": "q", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ search(first: 1000) { edges { cursor } } }", "PAGE_TOO_LONG"),
        ("subscription { listingChanged { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { listingChanged(area: "nowhere") { id } }', "NOT_AN_AREA"),
        ("subscription { listingChanged(near: {}) { id } }", "NEAR_NEEDS_ONE_PLACE"),
        ("subscription { listingChanged @skip(if: true) { id } }", "NO_SUBSCRIPTION"),
        (DEAR, "TOO_COSTLY"),
    ],
)
async def test_what_is_refused_is_an_error_of_the_operation_alone(
    live: Endpoint, query: str, code: str
) -> None:
    async with ready(live) as client:
        client.subscribe("1", query)
        message = await client.hears()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == code
        client.subscribe("1", TYPENAME)
        assert (await client.hears())["type"] == "next"


async def test_an_id_in_use_cannot_be_taken_again(live: Endpoint) -> None:
    async with ready(live) as client:
        client.subscribe("abc", CHANGES)
        client.subscribe("abc", TYPENAME)
        assert await client.closed() == (4409, "Subscriber for abc already exists")


async def test_completing_ends_a_subscription_and_frees_its_id(live: Endpoint) -> None:
    async with ready(live) as client:
        client.subscribe("1", CHANGES)
        client.say(type="complete", id="1")
        client.say(type="complete", id="never-there")
        await client.nothing()
        assert live.service.relay.listeners == 0
        await published(live)
        await client.nothing()
        client.subscribe("1", TYPENAME)
        assert (await client.hears())["type"] == "next"


async def test_a_connection_has_so_many_operations_at_once(live: Endpoint) -> None:
    """CVE-2026-35526."""
    async with ready(live) as client:
        for n in range(OPERATIONS.value):
            client.subscribe(str(n), CHANGES)
        client.subscribe("one-more", TYPENAME)
        message = await client.hears()
        assert (message["id"], message["type"]) == ("one-more", "error")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        client.say(type="complete", id="0")
        client.subscribe("one-more", TYPENAME)
        assert (await client.hears())["type"] == "next"


async def test_a_client_that_leaves_leaves_nothing_behind(live: Endpoint) -> None:
    before = asyncio.all_tasks()
    async with ready(live) as client:
        for n in range(3):
            client.subscribe(str(n), CHANGES)
        await client.nothing()
        assert live.service.relay.listeners == 3
    assert live.service.relay.listeners == 0
    assert not live.open
    assert asyncio.all_tasks() <= before


async def test_a_client_that_does_not_read_is_closed_and_others_are_answered(
    database_url: str,
) -> None:
    async with served(database_url, read=0.2) as app, ready(app) as slow, ready(app) as other:
        for client in (slow, other):
            client.subscribe("1", CHANGES)
        await other.nothing()
        slow.reads.clear()
        for n in range(3):
            await published(app, name=f"Hall {n}")
        heard = [await other.hears() for _ in range(3)]
        assert {m["payload"]["data"]["listingChanged"]["listing"]["title"] for m in heard} == {
            "Hall 0",
            "Hall 1",
            "Hall 2",
        }
        await asyncio.sleep(0.4)
        slow.reads.set()
        assert await slow.closed() == (1013, "Nothing was read for too long; connect again")
        assert app.service.relay.listeners == 1
