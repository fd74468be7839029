"""`/session`: a token as a cookie, for pages in a browser.

    POST /session    Authorization: Bearer …    the token as a cookie from now on
    DELETE /session                             it ends, in the browser and here

The cookie is for one host alone, over TLS, out of reach of scripts, and not sent along from other
sites. `POST` takes a token only from the header, which no other site can make a browser send: so
nobody can be signed in as somebody else. The socket never looks at a cookie (socket.py).
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.people.actions import sign_out
from commonweal.people.rules import SESSION_DAYS
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction

from .asgi import ALWAYS, Headers, Refused, authorization_of, bearer, send_refused, send_whole

COOKIE: Final = "__Host-session"  # a browser takes this name only as it is set below
GUARDED: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"
SECONDS: Final = SESSION_DAYS.value * 86_400


def cookie_of(scope: Scope) -> str | None:
    """The token in a request's cookie, if there is one.

    Not by http.cookies, which gives up at the first cookie of others that it cannot read.
    """
    for name, value in scope["headers"]:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, secret = pair.strip().partition("=")
                if key == COOKIE:
                    return str(secret)
    return None


class SessionEndpoint:
    """Trading a token for a cookie, and ending it."""

    def __init__(
        self, database: Callable[[], Database], *, who: Callable[[Scope], Awaitable[Viewer]]
    ) -> None:
        self._database, self._who = database, who

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            headers = await self._answer(scope)
        except Refused as refused:
            return await send_refused(send, scope, refused)
        return await send_whole(send, scope, 204, b"", (*headers, *ALWAYS))

    async def _answer(self, scope: Scope) -> Headers:
        viewer = await bearer(self._who, scope)
        if scope["method"] == "DELETE":
            await in_transaction(self._database(), lambda tx: sign_out(tx, viewer))
            return (_cookie("", 0),)
        if scope["method"] != "POST":
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use POST or DELETE.", allow="POST, DELETE")
        _, _, secret = (authorization_of(scope) or "").partition(" ")
        if not viewer.signed_in or not secret:
            message = "Send the token in the header `Authorization: Bearer …`."
            raise Refused(401, "SIGN_IN_NEEDED", message, www_authenticate="Bearer")
        return (_cookie(secret.strip(), SECONDS),)


def _cookie(secret: str, seconds: int) -> tuple[bytes, bytes]:
    return b"set-cookie", f"{COOKIE}={secret}; Max-Age={seconds}; {GUARDED}".encode()
