"""`GET /me.json`: everything that is held about whoever asks (GDPR, articles 15 and 20)."""

from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from starlette.types import Receive, Scope, Send

from commonweal.access import Scope as TokenScope
from commonweal.access import Viewer
from commonweal.privacy.actions import held_about
from commonweal.store.database import Database

from .asgi import ALWAYS, JSON, OVERLOADED, Refused, bearer, send_refused, send_whole, unavailable

SAVED_AS: Final = (b"content-disposition", b'attachment; filename="me.json"')


class MeEndpoint:
    """One's own data as a file; for who signed in themselves, and no token less."""

    def __init__(
        self, database: Callable[[], Database], *, who: Callable[[Scope], Awaitable[Viewer]]
    ) -> None:
        self._database, self._who = database, who

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            body = await self._body(scope)
        except Refused as refused:
            return await send_refused(send, scope, refused)
        return await send_whole(send, scope, 200, body, (JSON, SAVED_AS, *ALWAYS))

    async def _body(self, scope: Scope) -> bytes:
        if scope["method"] not in ("GET", "HEAD"):
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET.", allow="GET, HEAD")
        viewer = await bearer(self._who, scope)
        if viewer.id is None or not viewer.good_for(TokenScope.ACCOUNT):
            message = "Sign in yourself: this is for nobody else, and no token."
            raise Refused(401, "SIGN_IN_NEEDED", message, www_authenticate="Bearer")
        try:
            return orjson.dumps(
                await held_about(self._database(), viewer.id), option=orjson.OPT_INDENT_2
            )
        except OVERLOADED as error:
            raise unavailable(error) from error
