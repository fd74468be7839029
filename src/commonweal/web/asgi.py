"""What our endpoints share on the bare ASGI messages: headers, refusals and the answer.

web/http.py, web/files.py and web/registers.py are such endpoints. Nothing may be decided here from
a URL, whose authority the caller writes (CVE-2026-48710).
"""

from collections.abc import Awaitable, Callable, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, TypeVar

import orjson
from starlette.types import Scope, Send

from commonweal.kernel.errors import UserError, fact
from commonweal.store.errors import Busy, DatabaseAway, TryAgain

Viewer = TypeVar("Viewer")  # who is asking: passed on, never looked at
Headers = tuple[tuple[bytes, bytes], ...]

# The public API may be called from any page: a foreign one has nothing of the reader's to act with.
# A token is only sent by the script that holds it; the cookie (sessions.py) is not sent along from
# other sites, and to "*" a browser shows no answer that it got with one.
OPEN: Final[Headers] = (
    (b"access-control-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
)
JSON: Final = (b"content-type", b"application/json; charset=utf-8")
OVERLOADED: Final = (Busy, TryAgain, DatabaseAway)
RETRY_SECONDS: Final = "5"  # as long as this one waited for a connection
NOT_KEPT: Final = (b"cache-control", b"no-store")
ALWAYS: Final[Headers] = (*OPEN, NOT_KEPT)

NO_FACTS: Final[Mapping[str, Any]] = {}
NETWORK_BITS: Final = 64  # of an IPv6 address: whoever has one has all of its network
# A second one of these would let a proxy in front and us read different requests.
SINGLE: Final = frozenset({b"host", b"content-type", b"content-length", b"content-encoding"})
LISTS: Final = frozenset({b"accept", b"if-none-match"})  # several are one list


@fact
class NotSignedIn(UserError):
    """A bearer token that is unknown, expired or revoked; sending none at all is no error."""

    says = "This token is not valid, or no longer: sign in again."


class Refused(Exception):
    """A request that is answered by HTTP alone: `who` and `answer` may raise it too."""

    in_band = False  # whether it is part of a client's dialogue, as the answerer's errors are

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        facts: Mapping[str, Any] = NO_FACTS,
        **headers: str,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.facts = status, code, message, facts
        self.headers: Headers = tuple(
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        )

    @property
    def body(self) -> bytes:
        """What it says, in the words of a GraphQL response."""
        return error_body(self.message, code=self.code, **self.facts)


class ClientGone(Exception):
    """The connection closed before the request was whole: nobody is left to answer."""


def unavailable(error: UserError) -> Refused:
    """That the database has no time for this, or is away."""
    return Refused(503, error.code, error.message, retry_after=RETRY_SECONDS)


def bad(message: str) -> Refused:
    """A request that is not well formed."""
    return Refused(400, "BAD_REQUEST", message)


def headers_of(scope: Scope) -> dict[bytes, str]:
    """The few headers that are looked at."""
    headers: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in SINGLE:
            if name in headers:
                raise bad(f"The header {name.decode()} may be given once only.")
            headers[name] = value.decode("latin-1")
        elif name in LISTS:
            headers[name] = f"{headers.get(name, '')},{value.decode('latin-1')}".lstrip(",")
    return headers


def matches(headers: Mapping[bytes, str], tag: str) -> bool:
    """Whether the caller has what this tag names already (RFC 9110, 13.1.2)."""
    given = headers.get(b"if-none-match", "").split(",")
    return bool({each.strip().removeprefix("W/") for each in given} & {"*", f'"{tag}"'})


def address_of(scope: Scope) -> str:
    """From where a request comes: an IPv4 address, or the network of an IPv6 one."""
    name = (scope.get("client") or ("",))[0]
    try:
        address = ip_address(name)
    except ValueError:
        return str(name)
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped  # as a listener for both kinds names the older ones
        return str(mapped or int(address) >> (128 - NETWORK_BITS))
    return str(name)


def authorization_of(scope: Scope) -> str | None:
    """The header by which somebody says who they are."""
    given = next((v for k, v in scope["headers"] if k == b"authorization"), None)
    return None if given is None else given.decode("latin-1")


async def bearer(who: Callable[[Scope], Awaitable[Viewer]], scope: Scope) -> Viewer:
    """Who asks. Refuses with 401 a token that is not valid, with 503 where nobody can say."""
    try:
        return await who(scope)
    except OVERLOADED as error:
        raise unavailable(error) from error
    except NotSignedIn as error:
        challenge = 'Bearer error="invalid_token"'
        raise Refused(401, error.code, error.message, www_authenticate=challenge) from error


def length_of(headers: Mapping[bytes, str]) -> int:
    """What the caller says that the body will have, in bytes; 0 where nothing is said."""
    length = headers.get(b"content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise bad("Content-Length must be a number.")
    return int(length) if len(length) <= 18 else 10**18  # thousands of digits are refused


def check_plain(headers: Mapping[bytes, str]) -> None:
    """Refuse a compressed body: a few bytes of gzip can hold gigabytes."""
    if headers.get(b"content-encoding", "identity").strip().lower() != "identity":
        message = "Send the body as it is, not compressed."
        raise Refused(415, "COMPRESSED", message, accept_encoding="identity")


async def send_whole(send: Send, scope: Scope, status: int, body: bytes, headers: Headers) -> None:
    """An answer in one piece; of a HEAD only what it would be like."""
    bare = status in (204, 304)
    length: Headers = () if bare else ((b"content-length", b"%d" % len(body)),)
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*headers, *length]})
    shown = b"" if bare or scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


async def send_refused(send: Send, scope: Scope, refused: Refused) -> None:
    """A refusal as the whole answer."""
    await send_whole(send, scope, refused.status, refused.body, (JSON, *refused.headers, *ALWAYS))


def error_body(message: str, **extensions: Any) -> bytes:
    """A refusal in the words of a GraphQL response."""
    return orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
