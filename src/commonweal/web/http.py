"""GraphQL over HTTP, as one ASGI application: bytes to a `GraphQLRequest`, an `Answer` to bytes.

It follows the GraphQL-over-HTTP draft (graphql.github.io/graphql-over-http) and passes its audit.
It works on the bare ASGI messages, since every request of the service comes this way.

It must never look into a document (that is `answer`'s, under web/limits.py), never decide anything
from a URL, whose authority the caller writes (CVE-2026-48710). Who somebody is, `who` knows. That
bodies must be application/json also keeps out forms of other sites (asgi.py on any origin).
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Generic
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope, Send

from commonweal.graph.request import Answer, GraphQLRequest, Trace
from commonweal.kernel.timing import within
from commonweal.web.asgi import (
    ALWAYS,
    ClientGone,
    Headers,
    Refused,
    Viewer,
    bad,
    bearer,
    check_plain,
    headers_of,
    length_of,
    send_whole,
)
from commonweal.web.limits import (
    BODY_BYTES,
    BODY_SECONDS,
    GET_PARAMETERS,
    VARIABLES_DEPTH,
    VARIABLES_VALUES,
)
from commonweal.web.observing import trace_of
from commonweal.web.persisted import Persisted

JSON: Final = "application/json"
RESPONSE_JSON: Final = "application/graphql-response+json"
CONTENT_TYPES: Final = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode())
    for media_type in (JSON, RESPONSE_JSON)
}
METHODS: Final = "GET, HEAD, POST, OPTIONS"

PREFLIGHT: Final[Headers] = (
    (b"allow", METHODS.encode()),
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"accept, authorization, content-type"),
    (b"access-control-max-age", b"86400"),  # seconds: a day, none of this changes
)

QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
# After an even number of backslashes: one that is escaped itself escapes nothing.
ESCAPED_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
PARAMETERS: Final = {
    "query": (str, "a string"),
    "operationName": (str, "a string"),
    "variables": (dict, "an object"),
    "extensions": (dict, "an object"),
}


class GraphQLEndpoint(Generic[Viewer]):
    """The GraphQL endpoint.

    `answer` runs an operation for a viewer and masks its own errors; `who` finds the viewer from
    the `authorization` header of a scope, or raises NotSignedIn. That the request is for a host of
    ours has been seen to before (hosts.py).
    """

    def __init__(
        self,
        answer: Callable[[GraphQLRequest, Viewer], Awaitable[Answer]],
        *,
        who: Callable[[Scope], Awaitable[Viewer]],
        persisted: Persisted | None = None,
        body_seconds: float = BODY_SECONDS.value,
    ) -> None:
        self._answer, self._who = answer, who
        self._persisted = persisted or Persisted()
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        assert scope["type"] == "http"
        media_type = JSON  # of what is refused before the Accept header is read
        trace = trace_of(scope)
        more: Headers = ()
        try:
            headers = headers_of(scope)
            if scope["method"] == "OPTIONS":
                return await send_whole(send, scope, 204, b"", (*PREFLIGHT, *ALWAYS))
            media_type = negotiate(headers.get(b"accept", ""))
            request = await self._request(scope, headers, receive)
            answer = await self._answer(request, await bearer(self._who, scope))
            self._persisted.answered(request, answer, scope)
            status, body = _status(answer, media_type), answer.body
        except ClientGone:
            return None
        except Refused as refused:
            status, more, trace.code = refused.status, refused.headers, refused.code
            if refused.in_band and media_type == JSON:
                status = 200
            body = refused.body
        answered = (CONTENT_TYPES[media_type], *more, *ALWAYS)
        return await send_whole(send, scope, status, body, answered)

    def _too_slow(self) -> Refused:
        message = f"The body took longer than {self._body_seconds:g} seconds."
        return Refused(408, "BODY_TOO_SLOW", message, connection="close")

    async def _request(
        self, scope: Scope, headers: Mapping[bytes, str], receive: Receive
    ) -> GraphQLRequest:
        method = scope["method"]
        if method == "POST":
            _check_content(headers)
            body = await within(self._body_seconds, _body(receive), self._too_slow)
            data = loads(body, "The body")
        elif method in ("GET", "HEAD"):
            data = _query_parameters(scope["query_string"])
        else:
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use POST or GET.", allow=METHODS)
        filled = self._persisted.filled(data)
        return checked(filled, safe=method != "POST", trace=trace_of(scope))


def _status(answer: Answer, media_type: str) -> int:
    if answer.kind == "mutation_by_get":
        raise Refused(405, "MUTATION_BY_GET", "A mutation goes by POST.", allow="POST")
    if answer.kind == "subscription":
        raise Refused(400, "SUBSCRIPTION_BY_HTTP", "A subscription goes over the WebSocket.")
    # Clients of the older type take every other status for a failure of the network.
    return 400 if answer.kind == "request_error" and media_type == RESPONSE_JSON else 200


@lru_cache(maxsize=64)  # browsers and apps send a few forms of them for ever
def _parameters(text: str) -> tuple[str, dict[str, str]]:
    """A media type or range and its parameters: `text/html; q=0.5`."""
    name, *rest = (part.strip() for part in text.lower().split(";"))
    pairs = (part.partition("=") for part in rest)
    return name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}


@lru_cache(maxsize=64)
def negotiate(accept: str) -> str:
    """The media type to answer in, by an Accept header (RFC 9110, 12.5.1). Refuses with 406.

    The most specific range that fits a type decides its quality. Where both types are as welcome,
    it is the newer one for who names it, and plain JSON for who takes anything.
    """
    quality: dict[str, dict[int, float]] = {JSON: {}, RESPONSE_JSON: {}}
    for part in (accept.strip() or "*/*").split(","):
        name, parameters = _parameters(part)
        q = parameters.get("q", "1")
        if not QUALITY.fullmatch(q) or parameters.get("charset", "utf-8") != "utf-8":
            continue
        for kind, known in quality.items():
            ranges = ("*/*", "application/*", kind)
            if name in ranges:
                specific = ranges.index(name)
                known[specific] = max(float(q), known.get(specific, 0))
    ranked = []
    for kind, known in quality.items():
        specific = max(known, default=0)
        preferred = (kind == RESPONSE_JSON) == (specific == 2)
        ranked.append((known.get(specific, 0), specific, preferred, kind))
    welcome, *_, chosen = max(ranked)
    if not welcome:
        raise Refused(406, "NOT_ACCEPTABLE", f"Answers are {RESPONSE_JSON} or {JSON}, in UTF-8.")
    return chosen


def _check_content(headers: Mapping[bytes, str]) -> None:
    """Refuse by its headers a body that is not plain JSON in UTF-8, or too long."""
    # Asking for this type also keeps out forms, which a browser sends anywhere without asking.
    name, parameters = _parameters(headers.get(b"content-type", ""))
    if name != JSON or parameters.get("charset", "utf-8") not in ("utf-8", "utf8"):
        raise Refused(415, "NOT_JSON", f"Send {JSON}, in UTF-8.", accept=JSON)
    check_plain(headers)
    if length_of(headers) > BODY_BYTES.value:
        raise _too_long()


def _too_long() -> Refused:
    # Closing spares both sides the rest of the body.
    message = f"A request may have {BODY_BYTES.value:,} bytes at most."
    return Refused(413, "REQUEST_TOO_LONG", message, connection="close")


async def _body(receive: Receive) -> bytearray:
    """The whole body, counted as it comes: Content-Length is only what the caller says."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > BODY_BYTES.value:
            raise _too_long()
        if not message.get("more_body", False):
            return body


def loads(text: bytes | bytearray, what: str) -> object:
    """Parse JSON. Refuses NaN, infinities, lone surrogates and NUL, which nobody could store."""
    if rb"\u0000" in text and ESCAPED_NUL.search(text):
        raise bad(f"{what} holds a NUL character, which no text here may.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad(f"{what} is not valid JSON: {error}.") from None


def _query_parameters(query_string: bytes) -> dict[str, object]:
    if len(query_string) > BODY_BYTES.value:
        raise _too_long()
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=GET_PARAMETERS.value,
        )
    except ValueError:
        message = f"The parameters must be URL-encoded UTF-8, at most {GET_PARAMETERS.value}."
        raise bad(message) from None
    if any("\0" in value for _, value in pairs):
        raise bad("The URL holds a NUL character, which no text here may.")
    data: dict[str, object] = {name: value for name, value in pairs if value}
    for name in ("variables", "extensions"):
        if isinstance(text := data.get(name), str):
            data[name] = loads(text.encode(), name)
    return data


def checked(data: object, *, safe: bool, trace: Trace | None = None) -> GraphQLRequest:
    """The parameters of a request, each of its type. Refuses with 400."""
    if isinstance(data, list):
        raise bad("One operation a request: batches are off.")
    if not isinstance(data, dict):
        raise bad("The request must be a JSON object.")
    for name, (kind, called) in PARAMETERS.items():
        if data.get(name) is not None and not isinstance(data[name], kind):
            raise bad(f"{name} must be {called}.")
    query: str | None = data.get("query")
    if query is None:
        raise bad("query is missing: the text of a GraphQL document.")
    variables: dict[str, Any] | None = data.get("variables")
    if variables:
        check_values(variables)
    operation: str | None = data.get("operationName") or None
    persist = "persistedQuery" in (data.get("extensions") or {})
    return GraphQLRequest(query, variables, operation, safe, trace or Trace(), persist)


def check_values(variables: dict[str, Any]) -> None:
    """Refuse what would take whoever walks it too long, or too deep."""
    level: list[Any] = [variables]
    values = 0
    for _ in range(VARIABLES_DEPTH.value):
        values += sum(map(len, level))
        if values > VARIABLES_VALUES.value:
            raise bad(f"variables may hold {VARIABLES_VALUES.value:,} values at most.")
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise bad(f"variables may be nested {VARIABLES_DEPTH.value} levels deep at most.")
