"""GraphQL over HTTP, rule by rule, on the bare ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import graphene
import httpx2
import orjson
import pytest
from graphql import ExecutionResult, OperationType, get_operation_ast, graphql_sync, parse
from starlette.types import ASGIApp, Message, Scope

from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.web.asgi import NotSignedIn, Refused
from commonweal.web.hosts import OurHosts
from commonweal.web.http import JSON, RESPONSE_JSON, GraphQLEndpoint


class Query(graphene.ObjectType):
    greeting = graphene.String(name=graphene.String(default_value="you"))
    failing = graphene.String()

    def resolve_greeting(self, info: object, name: str) -> str:
        return f"Hello {name}"

    def resolve_failing(self, info: object) -> str:
        raise ValueError("for the test")


class Mutation(graphene.ObjectType):
    greet = graphene.Boolean()


class Subscription(graphene.ObjectType):
    greetings = graphene.String()


SCHEMA = graphene.Schema(query=Query, mutation=Mutation, subscription=Subscription).graphql_schema


async def answer(request: GraphQLRequest, viewer: str) -> Answer:
    """graphql-core's answer, sorted into the four kinds."""
    operation = get_operation_ast(parse(request.query), request.operation_name)
    if operation and operation.operation is OperationType.SUBSCRIPTION:
        return Answer(b"", "subscription")
    if operation and operation.operation is OperationType.MUTATION and request.safe:
        return Answer(b"", "mutation_by_get")
    result: ExecutionResult = graphql_sync(
        SCHEMA,
        request.query,
        variable_values=dict(request.variables or {}),
        operation_name=request.operation_name,
    )
    refused = result.data is None and result.errors
    return Answer(orjson.dumps(result.formatted), "request_error" if refused else "data")


async def who(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"authorization")
    if given not in (None, b"Bearer good"):
        raise NotSignedIn
    return "somebody" if given else "anybody"


def endpoint(
    answer: Callable[[GraphQLRequest, str], Awaitable[Answer]] = answer, **options: Any
) -> ASGIApp:
    return OurHosts(GraphQLEndpoint(answer, who=who, **options), names={"localhost", "[::1]"})


def caller(app: ASGIApp) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    client = httpx2.AsyncClient(transport=transport, base_url="http://localhost/graphql")
    client.headers = httpx2.Headers()
    return client


@pytest.fixture
def client() -> httpx2.AsyncClient:
    return caller(endpoint())


class Seen:
    """An answerer that keeps what it is asked, and says nothing of interest."""

    def __init__(self) -> None:
        self.requests: list[GraphQLRequest] = []
        self.client = caller(endpoint(self.answer))

    async def answer(self, request: GraphQLRequest, viewer: str) -> Answer:
        self.requests.append(request)
        return Answer(b'{"data":{}}', "data")


@pytest.fixture
def seen() -> Seen:
    return Seen()


async def post(client: httpx2.AsyncClient, body: object, **headers: str) -> httpx2.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("", content=content, headers={"content-type": JSON} | names)


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["message"]


async def bare(app: ASGIApp, **scope: Any) -> list[Message]:
    """The answer to a request without a body, in ASGI's own words."""
    default = {"type": "http", "path": "/graphql", "query_string": b"query={greeting}"}
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("there is no body to read")

    async def send(message: Message) -> None:
        sent.append(message)

    await app({**default, "headers": [(b"host", b"localhost")], **scope}, receive, send)
    return sent


# What goes in


async def test_a_query_by_post_is_answered(client: httpx2.AsyncClient) -> None:
    response = await post(client, {"query": "{greeting}"})
    assert response.status_code == 200
    assert response.json() == {"data": {"greeting": "Hello you"}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["content-length"] == str(len(response.content))


async def test_all_parameters_of_a_post_are_handed_on(seen: Seen) -> None:
    await post(
        seen.client,
        {"query": "q", "variables": {"a": [1]}, "operationName": "B", "extensions": {}, "x": 1},
    )
    assert seen.requests == [GraphQLRequest("q", {"a": [1]}, "B", safe=False)]


async def test_all_parameters_of_a_get_are_handed_on(seen: Seen) -> None:
    parameters = {"query": "é", "variables": '{"a":"ŵ"}', "operationName": "B", "extensions": "{}"}
    response = await seen.client.get("", params=parameters)
    assert response.status_code == 200
    assert seen.requests == [GraphQLRequest("é", {"a": "ŵ"}, "B", safe=True)]


@pytest.mark.parametrize("body", [{}, {"variables": None, "operationName": None}])
async def test_parameters_left_out_or_null_are_none(seen: Seen, body: dict[str, object]) -> None:
    await post(seen.client, {"query": "q", "extensions": None, **body})
    await post(seen.client, {"query": "q", "operationName": ""})
    await seen.client.get("", params={"query": "q", "variables": "", "operationName": ""})
    assert [r.variables or r.operation_name for r in seen.requests] == [None, None, None]


async def test_a_key_given_twice_counts_as_the_last(seen: Seen) -> None:
    await post(seen.client, b'{"query":"a","query":"b"}')
    assert [request.query for request in seen.requests] == ["b"]


async def test_cve_2026_33756_an_array_of_operations_is_refused(seen: Seen) -> None:
    response = await post(seen.client, [{"query": "{greeting}"}] * 2)
    assert refusal(response) == (400, "BAD_REQUEST", "One operation a request: batches are off.")


# Content


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "Application/JSON",
        'application/json; charset="UTF-8"',
        "application/json;charset=utf8",
    ],
)
async def test_json_in_utf_8_is_taken(client: httpx2.AsyncClient, content_type: str) -> None:
    response = await post(client, {"query": "{greeting}"}, content_type=content_type)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/json",
        "application/json; charset=latin-1",
        "application/graphql",
        "multipart/mixed",
    ],
)
async def test_any_other_content_is_refused(client: httpx2.AsyncClient, content_type: str) -> None:
    response = await post(client, {"query": "{greeting}"}, content_type=content_type)
    assert response.status_code == 415
    assert response.headers["accept"] == JSON


# Methods


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "post", "QUERY"])
async def test_any_other_method_is_refused_and_told_which_are_allowed(method: str) -> None:
    start, body = await bare(endpoint(), method=method)
    assert start["status"] == 405
    assert (b"allow", b"GET, HEAD, POST, OPTIONS") in start["headers"]
    assert orjson.loads(body["body"])["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_head_answers_as_get_without_the_body() -> None:
    start, body = await bare(endpoint(), method="GET")
    head, nothing = await bare(endpoint(), method="HEAD")
    assert head == start
    assert (body["body"], nothing["body"]) == (b'{"data":{"greeting":"Hello you"}}', b"")


async def test_options_says_what_a_page_of_another_origin_may_send(
    client: httpx2.AsyncClient,
) -> None:
    asked = {"origin": "https://else.example", "access-control-request-method": "POST"}
    response = await client.options("", headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET, POST"
    allowed = response.headers["access-control-allow-headers"]
    assert allowed == "accept, authorization, content-type"
    assert "access-control-allow-credentials" not in response.headers
    assert "content-length" not in response.headers  # RFC 9110, 8.6


async def test_a_mutation_goes_by_post_only(client: httpx2.AsyncClient) -> None:
    response = await client.get("", params={"query": "mutation{greet}"})
    assert refusal(response)[:2] == (405, "MUTATION_BY_GET")
    assert response.headers["allow"] == "POST"
    assert (await post(client, {"query": "mutation{greet}"})).status_code == 200


async def test_a_subscription_is_sent_to_the_websocket(client: httpx2.AsyncClient) -> None:
    response = await post(client, {"query": "subscription{greetings}"})
    assert refusal(response)[:2] == (400, "SUBSCRIPTION_BY_HTTP")


# What comes out


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON}", RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0.5, {JSON}", JSON),
        (f"{RESPONSE_JSON}; q=0.5, */*; q=0.1", RESPONSE_JSON),
        (f"{RESPONSE_JSON}, */*", RESPONSE_JSON),
        (f"{JSON};q=0, */*", RESPONSE_JSON),
        (f"*/*, {JSON};q=0.000", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0, application/*;q=0.3", JSON),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", JSON),
        (f"TEXT/HTML, {JSON.upper()};Q=1.000", JSON),
        (f"{RESPONSE_JSON};q=nonsense, {JSON};q=0.1", JSON),
        (f"{RESPONSE_JSON};q=0.9, {RESPONSE_JSON};q=0.1, {JSON};q=0.5", RESPONSE_JSON),
        (f"{RESPONSE_JSON};charset=latin-1, {JSON}", JSON),
        (f"{JSON};profile=x", JSON),
        (f",, ;, {JSON}", JSON),
        ("text/html", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        (f"{JSON};q=2", None),
        (f"{JSON};q=-1", None),
        (f"{JSON};q=nan", None),
        (f"{JSON};q=1e0", None),
        (f"{JSON};charset=utf-16", None),
        ("application", None),
        ("json", None),
    ],
)
async def test_the_answer_is_of_the_type_that_is_wanted_most(
    client: httpx2.AsyncClient, accept: str, media_type: str | None
) -> None:
    response = await post(client, {"query": "{greeting}"}, accept=accept)
    assert response.status_code == (200 if media_type else 406)
    assert response.headers["content-type"] == f"{media_type or JSON}; charset=utf-8"


async def test_plain_json_is_the_answer_to_who_does_not_say_and_two_headers_are_one_list() -> None:
    start, _ = await bare(endpoint(), method="GET")
    assert (b"content-type", b"application/json; charset=utf-8") in start["headers"]
    accept = [(b"accept", each) for each in (b"text/html", RESPONSE_JSON.encode(), b"image/png")]
    start, _ = await bare(endpoint(), method="GET", headers=[(b"host", b"localhost"), *accept])
    assert (b"content-type", f"{RESPONSE_JSON}; charset=utf-8".encode()) in start["headers"]


@pytest.mark.parametrize(
    "query", ["{unknown}", "query($i:Int!){greeting}", "query A{greeting} query B{greeting}"]
)
async def test_a_request_error_is_400_in_the_newer_type_and_200_in_plain_json(
    client: httpx2.AsyncClient, query: str
) -> None:
    newer = await post(client, {"query": query}, accept=RESPONSE_JSON)
    plain = await post(client, {"query": query}, accept=JSON)
    assert (newer.status_code, plain.status_code) == (400, 200)
    assert newer.json()["errors"] == plain.json()["errors"]


@pytest.mark.parametrize("accept", [JSON, RESPONSE_JSON])
async def test_data_is_200_even_with_an_error_in_it(
    client: httpx2.AsyncClient, accept: str
) -> None:
    response = await post(client, {"query": "{greeting failing}"}, accept=accept)
    assert response.status_code == 200
    assert response.json()["data"] == {"greeting": "Hello you", "failing": None}


async def test_every_answer_carries_the_same_safe_headers(client: httpx2.AsyncClient) -> None:
    for response in (
        await post(client, {"query": "{greeting}"}),
        await post(client, b"{"),
        await post(client, {"query": "{greeting}"}, host="evil.example"),
        await client.get("", params={"query": "{greeting}"}),
        await client.options(""),
        await client.delete(""),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in response.headers


# Who


async def test_the_viewer_reaches_the_answerer() -> None:
    async def whose(request: GraphQLRequest, viewer: str) -> Answer:
        return Answer(orjson.dumps(viewer), "data")

    client = caller(endpoint(whose))
    assert (await post(client, {"query": "q"})).json() == "anybody"
    assert (await post(client, {"query": "q"}, authorization="Bearer good")).json() == "somebody"


async def test_a_token_that_is_not_valid_is_401_with_a_challenge(seen: Seen) -> None:
    response = await post(seen.client, {"query": "q"}, authorization="Bearer bad")
    assert refusal(response) == (401, "NOT_SIGNED_IN", NotSignedIn().message)
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert seen.requests == []


async def test_a_refusal_of_the_answerer_keeps_its_status_and_headers() -> None:
    async def busy(request: GraphQLRequest, viewer: str) -> Answer:
        raise Refused(429, "TOO_MANY_REQUESTS", "Slower, please.", retry_after="7")

    response = await post(caller(endpoint(busy)), {"query": "q"}, accept=RESPONSE_JSON)
    assert refusal(response) == (429, "TOO_MANY_REQUESTS", "Slower, please.")
    assert response.headers["retry-after"] == "7"
    assert response.headers["content-type"].startswith(RESPONSE_JSON)


async def test_cancelling_a_request_is_no_failure_of_it(caplog: pytest.LogCaptureFixture) -> None:
    async def slow(request: GraphQLRequest, viewer: str) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    asked = post(caller(endpoint(slow)), {"query": "q"})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked, 0.02)
    assert caplog.records == []
