"""Councils' registers over HTTP: `GET /registers/are_….csv`, and `.geojson`.

Public, since the Transparency Code demands it. A register goes out in pieces as it is read; one
that changes meanwhile is broken off, so that what came whole is of one moment: the client asks
again. Its tag changes with the register, so that whoever has it already is told so in a few bytes.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from commonweal.assets.exporting import MEDIA_TYPES, Form, Outgoing, outgoing, written
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database

from .asgi import (
    ALWAYS,
    OPEN,
    OVERLOADED,
    Headers,
    Refused,
    headers_of,
    matches,
    send_refused,
    send_whole,
    unavailable,
)
from .observing import trace_of

METHODS: Final = "GET, HEAD, OPTIONS"
PREFLIGHT: Final[Headers] = (
    (b"allow", METHODS.encode()),
    (b"access-control-allow-methods", b"GET"),
    (b"access-control-allow-headers", b"if-none-match"),
    (b"access-control-max-age", b"86400"),  # seconds: a day, none of this changes
)


class RegistersEndpoint:
    """Registers as files. `database` is asked at each request for the open one.

    That the request is for a host of ours has been seen to before (hosts.py).
    """

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._turn = asyncio.Lock()  # one page at a time is written out, however many ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        assert scope["type"] == "http"
        if scope["method"] == "OPTIONS":
            return await send_whole(send, scope, 204, b"", (*PREFLIGHT, *ALWAYS))
        try:
            register, form = await self._asked(scope["method"], scope["path_params"]["file"])
            about = headers_for(register, form)
            if matches(headers_of(scope), tag_of(register, form)):
                return await send_whole(send, scope, 304, b"", about)
        except Refused as refused:
            trace_of(scope).code = refused.code
            return await send_refused(send, scope, refused)
        await send({"type": "http.response.start", "status": 200, "headers": list(about)})
        if scope["method"] != "HEAD":
            await self._send(receive, send, register, form)
        return await send({"type": "http.response.body", "body": b""})

    async def _asked(self, method: str, file: str) -> tuple[Outgoing, Form]:
        """The register that a path names. Refuses with 404, also an ending that is no form."""
        if method not in ("GET", "HEAD"):
            raise Refused(405, "METHOD_NOT_ALLOWED", f"Use {METHODS} here.", allow=METHODS)
        given, _, ending = file.partition(".")
        number = read_id("are", given)
        if number is None or ending not in list(Form):
            raise not_found()
        try:
            register = await outgoing(self._database(), number)
        except OVERLOADED as error:
            raise unavailable(error) from error
        if register is None:
            raise not_found()
        return register, Form(ending)

    async def _send(self, receive: Receive, send: Send, register: Outgoing, form: Form) -> None:
        """The register in pieces, as fast as they are taken, until the client is gone.

        RegisterChanged closes the connection: half an answer is out, and no status can say it.
        """
        gone = asyncio.create_task(left(receive))
        try:
            async for piece in written(self._database(), register, form, turn=self._turn):
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            gone.cancel()


async def left(receive: Receive) -> None:
    """Until the client closes the connection: a send after that says nothing of it."""
    while (await receive())["type"] != "http.disconnect":
        pass


def not_found() -> Refused:
    message = "There is no such register: ask for /registers/ID.csv or .geojson, by a council's id."
    return Refused(404, "NOT_FOUND", message)


def tag_of(register: Outgoing, form: Form) -> str:
    return f"{register.version}-{form}"


def headers_for(register: Outgoing, form: Form) -> Headers:
    """How a register is sent: to be saved under its council's code."""
    name = quote(f"register-{register.code}.{form}", safe="")
    return (
        *OPEN,
        (b"content-type", MEDIA_TYPES[form].encode()),
        (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
        (b"etag", f'"{tag_of(register, form)}"'.encode()),
        (b"cache-control", b"public, no-cache"),  # it may be kept, if it is asked each time
    )
