"""Files over HTTP, as one bare ASGI application: `PUT /files?name=…` and `GET /files/fil_…`.

Bytes stream in and out and are never whole in memory. What was sent by somebody must never act in
the name of this service: it goes out as the type its bytes have, to be saved and not shown, with
no right to run anything. Ranges are not answered (CVE-2025-62727). What may be taken, and from
whom how much, `commonweal.files` decides; what the endpoints share is in asgi.py.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Final
from urllib.parse import parse_qsl, quote

import orjson
from starlette.types import Message, Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.files import actions, queries, rules
from commonweal.files.queries import Found
from commonweal.graph.refusals import SignInNeeded
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import read_id, write_id
from commonweal.kernel.limits import limit
from commonweal.store.contents import BLOCK_BYTES, ContentMissing, ContentTooLarge, StorageFull
from commonweal.store.database import Database
from commonweal.store.transaction import uninterrupted

from .asgi import (
    ALWAYS,
    JSON,
    OPEN,
    OVERLOADED,
    ClientGone,
    Headers,
    Refused,
    bad,
    bearer,
    check_plain,
    headers_of,
    length_of,
    matches,
    send_refused,
    send_whole,
    unavailable,
)
from .observing import trace_of

PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"GET, PUT"),
    (b"access-control-allow-headers", b"authorization, content-type, if-none-match"),
    (b"access-control-max-age", b"86400"),  # seconds: a day, none of this changes
)
STATUSES: Final[dict[type[UserError], int]] = {
    SignInNeeded: 401,
    rules.FileNameNeeded: 400,
    rules.FileEmpty: 400,
    rules.FileTypeUnknown: 415,
    rules.FileCouldRun: 415,
    ContentTooLarge: 413,
    rules.DailyUploadsReached: 429,
    rules.TooManyUploadsAtOnce: 429,
    StorageFull: 507,
}
# Whatever it is, it runs nothing, loads nothing and has no origin.
HARMLESS: Final = (b"content-security-policy", b"default-src 'none'; sandbox")
FOR_EVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")  # a year
ASK_AGAIN: Final = (b"cache-control", b"private, no-cache")  # who may see it may change
LINGER: Final = limit(
    "time for which a refused upload is read on", 30, "seconds", "many read only when all is sent"
)


class FilesEndpoint:
    """Uploads and downloads; attachments.py has its own of `_take` and `_download`.

    `database` is asked at each request for the open one; `who` is that of `GraphQLEndpoint`. That
    the request is for a host of ours has been seen to before (hosts.py).
    """

    statuses: ClassVar[Mapping[type[UserError], int]] = STATUSES

    def __init__(
        self,
        database: Callable[[], Database],
        *,
        who: Callable[[Scope], Awaitable[Viewer]],
        upload_seconds: float = rules.UPLOAD_SECONDS.value,
        linger_seconds: float = LINGER.value,
    ) -> None:
        self._database, self._who = database, who
        self._upload_seconds, self._linger_seconds = upload_seconds, linger_seconds
        self._running: Counter[int | None] = Counter()  # uploads, by whose they are

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        assert scope["type"] == "http"
        body = Body(scope, receive)
        try:
            headers = headers_of(scope)
            reply = await self._reply(scope, headers, body)
        except ClientGone:
            return None
        except Refused as refused:
            trace_of(scope).code = refused.code
            if refused.status != 408:  # who was too slow is not waited for again
                send = body.read_on(send, self._linger_seconds)
            return await send_refused(send, scope, refused)
        if isinstance(reply.body, bytes):
            return await send_whole(send, scope, reply.status, reply.body, reply.headers)
        return await send_blocks(send, scope, reply.body, reply.headers)

    async def _reply(self, scope: Scope, headers: Mapping[bytes, str], receive: Receive) -> "Reply":
        given = scope.get("path_params", {}).get("file_id")
        takes = "PUT, OPTIONS" if given is None else "GET, HEAD, OPTIONS"
        if scope["method"] not in takes.split(", "):
            raise Refused(405, "METHOD_NOT_ALLOWED", f"Use {takes} here.", allow=takes)
        if scope["method"] == "OPTIONS":
            return Reply(204, b"", ((b"allow", takes.encode()), *PREFLIGHT, *ALWAYS))
        viewer = await bearer(self._who, scope)
        trace_of(scope).viewer = viewer.id
        try:
            if given is None:
                return await self._upload(scope, headers, receive, viewer)
            return await self._download(headers, viewer, given)
        except OVERLOADED as error:
            raise unavailable(error) from error
        except tuple(self.statuses) as error:
            raise refused(error, self.statuses[type(error)]) from error

    async def _upload(
        self, scope: Scope, headers: Mapping[bytes, str], receive: Receive, viewer: Viewer
    ) -> "Reply":
        if not viewer.signed_in:
            raise SignInNeeded
        check_plain(headers)
        if length_of(headers) > rules.FILE_BYTES.value:
            raise ContentTooLarge(rules.FILE_BYTES.value)
        if self._running[viewer.id] >= rules.OWNER_UPLOADS.value:
            raise rules.TooManyUploadsAtOnce(rules.OWNER_UPLOADS.value)
        self._running[viewer.id] += 1
        try:
            return await self._take(scope, viewer, self._chunks(receive))
        finally:
            self._running[viewer.id] -= 1
            self._running += Counter()  # forgets who has none

    async def _take(self, scope: Scope, viewer: Viewer, chunks: AsyncIterator[bytes]) -> "Reply":
        file = await actions.upload(self._database(), viewer, name_in(scope), chunks)
        number = write_id("fil", file.id)
        made = {
            "id": number,
            "sha256": file.sha256,
            "size": file.size_bytes,
            "mediaType": file.media_type,
            "name": file.name,
        }
        where = (b"location", f"/files/{number}".encode())
        return Reply(201, orjson.dumps(made), (JSON, where, *ALWAYS))

    async def _chunks(self, receive: Receive) -> AsyncIterator[bytes]:
        """The body as it comes. Refuses one that takes too long, in all."""
        until = asyncio.get_running_loop().time() + self._upload_seconds
        more = True
        while more:
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                text = f"The upload took longer than {self._upload_seconds:g} seconds."
                raise Refused(408, "UPLOAD_TOO_SLOW", text, connection="close") from None
            if message["type"] == "http.disconnect":
                raise ClientGone
            more = message.get("more_body", False)
            yield message.get("body", b"")

    async def _download(self, headers: Mapping[bytes, str], viewer: Viewer, given: str) -> "Reply":
        database, number = self._database(), read_id("fil", given)
        file = None if number is None else await queries.found(database, viewer, number)
        if file is None:
            raise Refused(404, "NOT_FOUND", "There is no file with this id.")
        about = headers_for(file)
        if matches(headers, file.sha256):
            return Reply(304, b"", about)
        try:
            content = await asyncio.to_thread(database.contents.path(file.sha256).open, "rb")
        except FileNotFoundError as error:
            raise ContentMissing(file.sha256) from error
        return Reply(200, content, (*about, (b"content-length", b"%d" % file.size_bytes)))


class Body:
    """What is received, and whether more of it is on its way."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        # who expects "100 Continue" sends nothing before they are told to: by asking for it
        self.coming = not any(name == b"expect" for name, _ in scope["headers"])

    async def __call__(self) -> Message:
        message = await self._receive()
        self.coming = message.get("more_body", False)
        return message

    def read_on(self, send: Send, seconds: float) -> Send:
        """Send an answer at once, but end it only when all has come that is being sent.

        Where the client asks for it (`connection: close`, as Python's urllib does) the server
        closes at the answer's end; closed on somebody who still sends, a connection is reset, and
        they are told of that and not of the answer.
        """

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.body" and self.coming:
                await send({**message, "more_body": True})
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        while self.coming:
                            await self()
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        return sent


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole or still on the disk."""

    status: int
    body: bytes | BinaryIO
    headers: Headers


async def send_blocks(send: Send, scope: Scope, content: BinaryIO, headers: Headers) -> None:
    """A content, block by block, as fast as it is taken."""
    body = {"type": "http.response.body"}
    with content:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        while scope["method"] != "HEAD":
            block = await uninterrupted(asyncio.to_thread(content.read, BLOCK_BYTES))
            if not block:
                break
            await send({**body, "body": block, "more_body": True})
        await send({**body, "body": b""})


def refused(error: UserError, status: int) -> Refused:
    """A refusal of the rooms below, as HTTP says it."""
    says = error.message
    if isinstance(error, SignInNeeded):
        return Refused(status, error.code, says, www_authenticate="Bearer")
    return Refused(status, error.code, says)


def name_in(scope: Scope) -> str:
    """The name that the URL gives; blank where it gives none."""
    try:
        query = scope["query_string"].decode("ascii")
        pairs: dict[str, str] = dict(parse_qsl(query, errors="strict", max_num_fields=1))
    except ValueError:
        raise bad("The only parameter is name, in URL-encoded UTF-8.") from None
    return pairs.get("name", "")


def headers_for(file: Found) -> Headers:
    """How a file is sent: whole, as what it is, to be saved and not to be shown."""
    name = quote(file.name, safe="", errors="replace")
    return (
        *OPEN,
        (b"content-type", file.media_type.encode()),
        (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
        HARMLESS,
        (b"etag", f'"{file.sha256}"'.encode()),
        FOR_EVER if file.is_public else ASK_AGAIN,
    )
