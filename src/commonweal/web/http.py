"""GraphQL over HTTP, as one ASGI application: bytes to a `GraphQLRequest`, an `Answer` to bytes.

It follows the GraphQL-over-HTTP draft (graphql.github.io/graphql-over-http) and passes its audit.
It works on the bare ASGI messages, since every request of the service comes this way.

It must never look into a document (that is `answer`'s, under web/limits.py), never decide anything
from a URL, whose authority the caller writes (CVE-2026-48710), and never read a cookie: signing in
is by bearer token only, which is why any origin may call. Who somebody is, `who` knows.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope, Send

from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.errors import UserError, fact
from commonweal.web.limits import BODY_BYTES, BODY_SECONDS, GET_PARAMETERS, VARIABLES_DEPTH

log = logging.getLogger(__name__)

Viewer = TypeVar("Viewer")  # who is asking: passed on, never looked at
Headers = tuple[tuple[bytes, bytes], ...]

JSON: Final = "application/json"
RESPONSE_JSON: Final = "application/graphql-response+json"
CONTENT_TYPES: Final = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode())
    for media_type in (JSON, RESPONSE_JSON)
}
METHODS: Final = "GET, HEAD, POST, OPTIONS"

# The public API may be called from any page: without cookies a foreign page has nothing of the
# reader's to act with, and a token is only sent by the script that holds it.
ALWAYS: Final[Headers] = (
    (b"access-control-allow-origin", b"*"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
PREFLIGHT: Final[Headers] = (
    (b"allow", METHODS.encode()),
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"accept, authorization, content-type"),
    (b"access-control-max-age", b"86400"),  # seconds: a day, none of this changes
)

# A second one of these would let a proxy in front and us read different requests.
SINGLE: Final = frozenset({b"host", b"content-type", b"content-length", b"content-encoding"})
HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?")
QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
# After an even number of backslashes: one that is escaped itself escapes nothing.
ESCAPED_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# GraphQL knows no other way to write a name, so the text tells (and a string that holds it must go
# as a variable).
INTROSPECTION: Final = re.compile(r"\b__(?:schema|type)\b", re.ASCII)
PARAMETERS: Final = {
    "query": (str, "a string"),
    "operationName": (str, "a string"),
    "variables": (dict, "an object"),
    "extensions": (dict, "an object"),
}


@fact
class NotSignedIn(UserError):
    """A bearer token that is unknown, expired or revoked; sending none at all is no error."""

    says = "This token is not valid, or no longer: sign in again."


class Refused(Exception):
    """A request that is answered by HTTP alone: `who` and `answer` may raise it too."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers: Headers = tuple(
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        )


class ClientGone(Exception):
    """The connection closed before the request was whole: nobody is left to answer."""


class GraphQLEndpoint(Generic[Viewer]):
    """The GraphQL endpoint.

    `answer` runs an operation for a viewer and masks its own errors; `who` finds the viewer from
    the `authorization` header of a scope, or raises NotSignedIn; `allowed_hosts` are the names, no
    ports, that a Host header may give. Raises ValueError for a name that none can match.
    """

    def __init__(
        self,
        answer: Callable[[GraphQLRequest, Viewer], Awaitable[Answer]],
        *,
        who: Callable[[Scope], Awaitable[Viewer]],
        allowed_hosts: Collection[str],
        introspection: bool = True,
        body_seconds: float = BODY_SECONDS.value,
    ) -> None:
        self._answer, self._who = answer, who
        self._hosts = frozenset(name.lower() for name in allowed_hosts)
        self._introspection, self._body_seconds = introspection, body_seconds
        for name in self._hosts:
            host = HOST.fullmatch(name)
            if host is None or host["name"] != name:
                raise ValueError(f"{name!r} is no host name (a name or an address, without a port)")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        assert scope["type"] == "http"
        media_type = JSON  # of what is refused before the Accept header is read
        more: Headers = ()
        try:
            headers = _headers(scope)
            self._check_host(scope, headers)
            if scope["method"] == "OPTIONS":
                return await _send(send, scope, 204, b"", PREFLIGHT)
            media_type = negotiate(headers.get(b"accept", ""))
            request = await self._request(scope, headers, receive)
            answer = await self._answer(request, await self._viewer(scope))
            status, body = _status(answer, media_type), answer.body
        except ClientGone:
            return None
        except Refused as refused:
            status, more = refused.status, refused.headers
            body = _error(refused.message, code=refused.code)
        except Exception:
            reference = secrets.token_hex(6)
            log.exception("request failed, reference %s", reference)
            message = f"Something went wrong on our side. When you ask about it, quote {reference}."
            status, body = 500, _error(message, code="INTERNAL", reference=reference)
        return await _send(send, scope, status, body, (CONTENT_TYPES[media_type], *more))

    def _check_host(self, scope: Scope, headers: Mapping[bytes, str]) -> None:
        # A target that names a host of its own (`http://other/…`, `//other/…`) is read by some as
        # a path and by others not: no rule about paths would hold for it.
        path = scope["path"]
        if not path.startswith("/") or path.startswith("//"):
            raise bad("The request's target must be a path.")
        # Only hosts that are ours, against a page that rebinds its own name to our address.
        host = HOST.fullmatch(headers.get(b"host", "").lower())
        if host is None or host["name"] not in self._hosts:
            raise Refused(400, "BAD_HOST", "The Host header names no host of this service.")

    async def _viewer(self, scope: Scope) -> Viewer:
        try:
            return await self._who(scope)
        except NotSignedIn as error:
            challenge = 'Bearer error="invalid_token"'
            raise Refused(401, error.code, error.message, www_authenticate=challenge) from error

    async def _request(
        self, scope: Scope, headers: Mapping[bytes, str], receive: Receive
    ) -> GraphQLRequest:
        method = scope["method"]
        if method == "POST":
            _check_content(headers)
            try:
                async with asyncio.timeout(self._body_seconds):
                    data = loads(await _body(receive), "The body")
            except TimeoutError:
                message = f"The body took longer than {self._body_seconds:g} seconds."
                raise Refused(408, "BODY_TOO_SLOW", message, connection="close") from None
        elif method in ("GET", "HEAD"):
            data = _query_parameters(scope["query_string"])
        else:
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use POST or GET.", allow=METHODS)
        request = checked(data, safe=method != "POST")
        if not self._introspection and INTROSPECTION.search(request.query):
            raise Refused(400, "INTROSPECTION_OFF", "Introspection is off on this service.")
        return request


async def _send(send: Send, scope: Scope, status: int, body: bytes, headers: Headers) -> None:
    length: Headers = () if status == 204 else ((b"content-length", b"%d" % len(body)),)
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*headers, *length, *ALWAYS]})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


def _error(message: str, **extensions: str) -> bytes:
    return orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})


def _status(answer: Answer, media_type: str) -> int:
    if answer.kind == "mutation_by_get":
        raise Refused(405, "MUTATION_BY_GET", "A mutation goes by POST.", allow="POST")
    if answer.kind == "subscription":
        raise Refused(400, "SUBSCRIPTION_BY_HTTP", "A subscription goes over the WebSocket.")
    # Clients of the older type take every other status for a failure of the network.
    return 400 if answer.kind == "request_error" and media_type == RESPONSE_JSON else 200


def _headers(scope: Scope) -> dict[bytes, str]:
    """The few headers that are looked at."""
    headers: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in SINGLE:
            if name in headers:
                raise bad(f"The header {name.decode()} may be given once only.")
            headers[name] = value.decode("latin-1")
        elif name == b"accept":  # several are one list
            headers[name] = f"{headers.get(name, '')},{value.decode('latin-1')}".lstrip(",")
    return headers


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
    # A few bytes of gzip can hold gigabytes, and a body of 100 kB needs none.
    if headers.get(b"content-encoding", "identity").strip().lower() != "identity":
        message = "Send the body as it is, not compressed."
        raise Refused(415, "COMPRESSED", message, accept_encoding="identity")
    length = headers.get(b"content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise bad("Content-Length must be a number.")
    # Python refuses to convert thousands of digits.
    if len(length) > 18 or int(length) > BODY_BYTES.value:
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


def bad(message: str) -> Refused:
    """A request that is not well formed."""
    return Refused(400, "BAD_REQUEST", message)


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


def checked(data: object, *, safe: bool) -> GraphQLRequest:
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
    if variables and _is_too_deep(variables):
        raise bad(f"variables may be nested {VARIABLES_DEPTH.value} levels deep at most.")
    return GraphQLRequest(query, variables, data.get("operationName") or None, safe)


def _is_too_deep(variables: dict[str, Any]) -> bool:
    level: list[Any] = [variables]
    for _ in range(VARIABLES_DEPTH.value):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
