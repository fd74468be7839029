"""Bodies that are too long, too slow, compressed, or no request at all (A6, A11)."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2
import orjson
import pytest
from starlette.types import ASGIApp, Message

from commonweal.web.http import JSON, RESPONSE_JSON, GraphQLEndpoint
from commonweal.web.limits import BODY_BYTES, VARIABLES_DEPTH, VARIABLES_VALUES

from .conftest import Answerer, anyone

HEADERS = [(b"host", b"localhost"), (b"content-type", b"application/json")]
OPEN = {"type": "http.request", "body": b"{", "more_body": True}  # more is announced


async def post(client: httpx2.AsyncClient, body: bytes, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/graphql", content=body, headers={"content-type": JSON} | named)


def error(response: httpx2.Response) -> tuple[str, str]:
    (error,) = response.json()["errors"]
    return error["extensions"]["code"], error["message"]


async def send(
    endpoint: ASGIApp,
    *messages: Message,
    pause: float = 0,
    more_headers: tuple[tuple[bytes, bytes], ...] = (),
    **scope: object,
) -> list[Message]:
    """What is answered to the messages of a caller that then falls silent."""
    pending, answered = list(messages), []

    async def receive() -> Message:
        await asyncio.sleep(pause)
        if not pending:
            await asyncio.Event().wait()
        return pending.pop(0)

    async def keep(message: Message) -> None:
        answered.append(message)

    default = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    await endpoint({**default, "headers": [*HEADERS, *more_headers], **scope}, receive, keep)
    return answered


def padded(length: int) -> bytes:
    return b'{"query":"{title}"}'.ljust(length)


async def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(
    client: httpx2.AsyncClient,
) -> None:
    assert (await post(client, padded(BODY_BYTES.value))).status_code == 200
    response = await post(client, padded(BODY_BYTES.value + 1))
    assert response.status_code == 413
    assert error(response) == ("REQUEST_TOO_LONG", "A request may have 100,000 bytes at most.")
    assert response.headers["connection"] == "close"


async def test_a_body_longer_than_it_says_is_read_no_further_than_the_limit(
    endpoint: ASGIApp,
) -> None:
    chunk = {**OPEN, "body": b" " * 60_000}
    length = ((b"content-length", b"9"),)
    start, _ = await send(endpoint, chunk, chunk, more_headers=length)  # a third never comes
    assert start["status"] == 413


async def test_a_body_that_says_it_is_too_long_is_not_read(
    endpoint: ASGIApp,
) -> None:
    start, _ = await send(endpoint, more_headers=((b"content-length", b"100001"),))
    assert start["status"] == 413


@pytest.mark.parametrize(
    ("length", "status"), [("abc", 400), ("-1", 400), ("", 400), ("²", 400), ("9" * 5_000, 413)]
)
async def test_a_strange_content_length_is_refused(
    endpoint: ASGIApp, length: str, status: int
) -> None:
    headers = ((b"content-length", length.encode("latin-1")),)
    start, _ = await send(endpoint, more_headers=headers)
    assert start["status"] == status


async def test_a_body_that_comes_in_pieces_is_put_together(client: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in '{"query":"{title(of:\\"Siân\\")}"}'.encode():
            yield bytes([byte])

    response = await client.post("/graphql", content=pieces(), headers={"content-type": JSON})
    assert response.json() == {"data": {"title": "Siân"}}


@pytest.mark.parametrize(
    ("piece", "pieces", "pause"),
    [pytest.param(b"{", 1, 0, id="silence"), pytest.param(b" ", 1_000, 0.01, id="drops")],
)
async def test_a_body_is_waited_for_as_a_whole_and_not_for_ever(
    answer: Answerer, piece: bytes, pieces: int, pause: float
) -> None:
    hasty = GraphQLEndpoint(answer, who=anyone, body_seconds=0.04)
    async with asyncio.timeout(5):
        start, body = await send(hasty, *[{**OPEN, "body": piece}] * pieces, pause=pause)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert "0.04 seconds" in body["body"].decode()


def test_ten_seconds_are_given_unless_told_otherwise(answer: Answerer) -> None:
    assert GraphQLEndpoint(answer, who=anyone)._body_seconds == 10


async def test_a_caller_who_leaves_is_not_answered(endpoint: ASGIApp) -> None:
    assert await send(endpoint, OPEN, {"type": "http.disconnect"}) == []


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_a_compressed_body_is_refused(client: httpx2.AsyncClient, coding: str) -> None:
    response = await post(client, padded(0), content_encoding=coding)
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"
    response = await post(client, padded(0), content_encoding="identity")
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"query":"q"} {}', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"query":"\xff"}', "UTF-8"),
        (b'{"query":"q","variables":{"a":NaN}}', "not valid JSON"),
        (b'{"query":"q","variables":{"a":Infinity}}', "not valid JSON"),
        (b'{"query":"q","variables":{"a":1e999}}', "infinity"),
        (b'{"query":"q","variables":{"a":"\\ud800"}}', "surrogate"),
        (b'{"query":"q","variables":{"a":"\\udc00\\ud800"}}', "surrogate"),
        (b'{"query":"q","variables":{"a":"\xed\xa0\x80"}}', "surrogates"),
        (b'{"query":"q","variables":{"a":"\\u0000"}}', "NUL"),
        (b'{"query":"q","variables":{"a":"\\\\\\u0000"}}', "NUL"),
        (b'{"query":"q","variables":{"a":"\x00"}}', "control character"),
        (b'"query"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"7", "must be a JSON object"),
        (b"{}", "query is missing"),
        (b'{"qeury":"q"}', "query is missing"),
        (b'{"query":null}', "query is missing"),
        (b'{"query":{}}', "query must be a string"),
        (b'{"query":0}', "query must be a string"),
        (b'{"query":"q","operationName":false}', "operationName must be a string"),
        (b'{"query":"q","variables":[]}', "variables must be an object"),
        (b'{"query":"q","variables":"{}"}', "variables must be an object"),
        (b'{"query":"q","extensions":0}', "extensions must be an object"),
    ],
)
@pytest.mark.parametrize("accept", [JSON, RESPONSE_JSON])
async def test_a_body_that_is_no_request_is_refused_and_told_why(
    client: httpx2.AsyncClient, body: bytes, says: str, accept: str
) -> None:
    response = await post(client, body, accept=accept)
    assert response.status_code == 400
    assert response.headers["content-type"].startswith(accept)
    code, message = error(response)
    assert code == "BAD_REQUEST"
    assert says in message


async def test_a_backslash_before_u0000_that_is_itself_escaped_is_no_nul(
    client: httpx2.AsyncClient,
) -> None:
    variables = rb'{"t":"\\u0000 \\\\u0000"}'
    response = await post(
        client, b'{"query":"query($t:String){title(of:$t)}","variables":' + variables + b"}"
    )
    assert response.json() == {"data": {"title": r"\u0000 \\u0000"}}


@pytest.mark.parametrize("shell", [lambda value: {"a": value}, lambda value: [value]])
async def test_variables_are_nested_to_the_limit_and_not_deeper(
    client: httpx2.AsyncClient, shell: Callable[[object], object]
) -> None:
    nested: object = 1
    for _ in range(VARIABLES_DEPTH.value - 1):
        nested = shell(nested)
    for variables, status in (({"v": nested}, 200), ({"v": shell(nested)}, 400)):
        response = await post(client, orjson.dumps({"query": "{title}", "variables": variables}))
        assert response.status_code == status
    assert "20 levels" in error(response)[1]


async def test_variables_hold_so_many_values_and_no_more(client: httpx2.AsyncClient) -> None:
    most = VARIABLES_VALUES.value
    for values, status in (([1] * (most - 1), 200), ([1] * most, 400), ([[1]] * most, 400)):
        asked = {"query": "{title}", "variables": {"v": values}}
        response = await post(client, orjson.dumps(asked))
        assert response.status_code == status
    assert error(response)[1] == "variables may hold 20,000 values at most."


async def test_json_nested_beyond_any_parser_is_refused(client: httpx2.AsyncClient) -> None:
    bomb = b"[" * 40_000 + b"]" * 40_000
    response = await post(client, b'{"query":"{title}","variables":{"a":' + bomb + b"}}")
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("query_string", "says"),
    [
        (b"", "query is missing"),
        (b"query=", "query is missing"),
        (b"query=q&variables=%7B", "variables is not valid JSON"),
        (b"query=q&variables=[]", "variables must be an object"),
        (b"query=q&extensions=1", "extensions must be an object"),
        (b'query=q&variables={"a":"%5Cu0000"}', "NUL"),
        (b"query=q%00", "NUL"),
        (b"query=%ff", "URL-encoded UTF-8"),
        (b"query=%ed%a0%80", "URL-encoded UTF-8"),
        (b"query=\xff", "URL-encoded UTF-8"),
        (b"query=q" + b"&a=b" * 20, "at most 20"),
        (b"query=" + b"x" * BODY_BYTES.value, "100,000 bytes"),
    ],
)
async def test_a_url_that_is_no_request_is_refused_and_told_why(
    endpoint: ASGIApp, query_string: bytes, says: str
) -> None:
    start, body = await send(endpoint, method="GET", query_string=query_string)
    assert start["status"] == (413 if "bytes" in says else 400)
    assert says in orjson.loads(body["body"])["errors"][0]["message"]
