"""GraphQL over WebSocket: the protocol graphql-transport-ws, on the path of the HTTP endpoint.

Close codes and their reasons are those of the protocol's reference (npm's graphql-ws). Queries and
mutations are answered here as over HTTP, by the same answerer; a subscription is answered anew
whenever the relay has news (store/announcements.py), at the pace at which its client reads: between
two answers it keeps one number, so whoever reads slowly costs no memory, and whoever does not read
at all is disconnected. Any page may connect: signing in is by token, never by cookie.

It must never answer before `connection_ack`, nor with rights that a token no longer has. The Host
is checked before any route (hosts.py).
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol

import orjson
from starlette.types import Message, Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.graph.reader import failed
from commonweal.graph.request import Answer, GraphQLRequest, Trace
from commonweal.graph.subscription import EVENTS_AT_ONCE, Subscription
from commonweal.kernel.limits import limit
from commonweal.store.announcements import Relay

from .asgi import NotSignedIn, Refused, address_of, authorization_of, error_body
from .http import PARAMETERS, check_values, checked, loads
from .limits import BODY_BYTES
from .observing import noted_operation
from .persisted import Persisted
from .rates import Rates

log = logging.getLogger("commonweal.web")

PROTOCOL: Final = "graphql-transport-ws"
INIT: Final = limit("time for connection_init", 10, "seconds", "a connection that says nothing")
READ: Final = limit(
    "time in which a socket's client must read", 10, "seconds", "one that stopped keeps its place"
)
SIGNED: Final = limit(
    "time between looks at a socket's token", 30, "seconds", "it is also looked at before answers"
)
ID: Final = limit(
    "id of an operation on a socket", 128, "characters", "a UUID has 36; each message repeats it"
)
OPERATIONS: Final = limit(
    "operations at once on a socket", 20, "operations", "unlimited ones: CVE-2026-35526"
)
SOCKETS_OF_ADDRESS: Final = limit(
    "sockets of one address", 50, "sockets", "a library's readers share one"
)
SOCKETS: Final = limit("sockets of a process", 500, "sockets", "it may open some 1,000 files")

TYPES: Final = ("connection_init", "ping", "pong", "subscribe", "complete")
READING_AT_ONCE: Final = 2  # answers to news; the other connections of a pool are for requests
MOMENT_SECONDS: Final = 0.1  # between two answers: what happens meanwhile is one read
TRIES: Final = 10  # to read news while the database is away, a second apart: a restart takes less
REASON_BYTES: Final = 123  # RFC 6455, 5.5.1: what fits into a close frame


class Close(Exception):
    """Ends the connection, with a code of the protocol's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES].decode(errors="ignore")


class Gone(Exception):
    """The client has gone."""


class Service(Protocol):
    """What answers: web/app.py's."""

    @property
    def relay(self) -> Relay: ...

    @property
    def rates(self) -> Rates: ...

    async def answer(self, request: GraphQLRequest, viewer: Viewer) -> Answer: ...

    async def subscribe(self, request: GraphQLRequest, viewer: Viewer) -> Subscription | Answer: ...

    async def bearer_of(self, authorization: str | None, address: str) -> Viewer: ...


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a connection may take for what."""

    init: float = INIT.value
    read: float = READ.value
    signed: float = SIGNED.value


class GraphQLSocket:
    """The ASGI application for connections to the GraphQL endpoint."""

    def __init__(
        self, service: Service, persisted: Persisted, seconds: Seconds | None = None
    ) -> None:
        self.service, self.persisted, self.seconds = service, persisted, seconds or Seconds()
        self.open: Counter[str] = Counter()  # connections, by the address they come from
        self.reading = asyncio.Semaphore(READING_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        assert scope["type"] == "websocket"
        await receive()  # that somebody wants to connect
        address = address_of(scope)
        try:
            self._admit(scope, address)
        except Refused as refused:
            await _deny(scope, send, refused)
            return
        self.open[address] += 1
        try:
            await Connection(self, scope, receive, send).run()
        finally:
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]

    def _admit(self, scope: Scope, address: str) -> None:
        """Refuse before the connection is accepted: it has cost nothing yet."""
        asked = scope.get("subprotocols") or []
        if asked and PROTOCOL not in asked:  # the older graphql-ws among them: CVE-2026-35523
            message = f"Ask for the subprotocol {PROTOCOL}: no other is spoken here."
            raise Refused(400, "SUBPROTOCOL", message)
        if self.open[address] >= SOCKETS_OF_ADDRESS.value:
            message = f"An address may have {SOCKETS_OF_ADDRESS.value} connections at once."
            raise Refused(429, "TOO_MANY_SOCKETS", message)
        if self.open.total() >= SOCKETS.value:
            message = "This service has all the connections it can hold. Try again shortly."
            raise Refused(503, "TOO_MANY_SOCKETS", message)


async def _deny(scope: Scope, send: Send, refused: Refused) -> None:
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refused.message})
        return
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    start = {"type": "websocket.http.response.start", "status": refused.status}
    await send({**start, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": refused.body})


class Connection:
    """One client, from being accepted to the end."""

    def __init__(self, app: GraphQLSocket, scope: Scope, receive: Receive, send: Send) -> None:
        self.app, self.service, self.scope = app, app.service, scope
        self._receive, self._send = receive, send
        self.authorization = authorization_of(scope)
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.begun, self.ready = asyncio.Event(), False  # connection_init came; and was answered
        self.turn = asyncio.Lock()  # to send: a message that is stuck holds up the others

    async def run(self) -> None:
        """Serve until either side ends it."""
        spoken = PROTOCOL if PROTOCOL in (self.scope.get("subprotocols") or []) else None
        end: Close | None = None
        try:
            await self._send({"type": "websocket.accept", "subprotocol": spoken})
            async with asyncio.TaskGroup() as self.tasks:
                self.tasks.create_task(self._watch(spoken))
                await self._read()
        except* Close as closes:
            end = next(each for each in closes.exceptions if isinstance(each, Close))
        except* (Gone, OSError):
            pass
        except* Exception:
            log.exception("a connection failed, reference %s", Trace().reference)
            end = Close(4500, "Internal server error")
        if end:
            with suppress(OSError, RuntimeError):
                async with asyncio.timeout(1):  # who does not read does not read this either
                    message = {"code": end.code, "reason": end.reason}
                    await self._send({"type": "websocket.close", **message})

    async def _watch(self, spoken: str | None) -> None:
        """End what does not begin, and what has lost its rights while nothing happened."""
        if spoken is None:  # who asks for none is let in to be told
            raise Close(4406, "Subprotocol not acceptable")
        try:
            async with asyncio.timeout(self.app.seconds.init):
                await self.begun.wait()
        except TimeoutError:
            raise Close(4408, "Connection initialisation timeout") from None
        while self.authorization is not None:
            await asyncio.sleep(self.app.seconds.signed)
            try:
                await self._viewer()
            except Close:
                raise
            except Exception:  # the database is away: nothing is answered meanwhile
                log.warning("a socket's token could not be looked at", exc_info=True)

    async def _viewer(self) -> Viewer:
        """Who asks, by the rights of this moment."""
        try:
            return await self.service.bearer_of(self.authorization, address_of(self.scope))
        except NotSignedIn:
            raise Close(4403, "Forbidden") from None

    # ---- what the client says --------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            received = await self._receive()
            if received["type"] == "websocket.disconnect":
                raise Gone
            message = parsed(received)
            payload, key = message.get("payload"), message.get("id")
            match message["type"]:
                case "connection_init":
                    await self._begin(payload or {})
                case "ping":
                    await self._tell({"type": "pong"} | ({"payload": payload} if payload else {}))
                case "pong":
                    pass
                case "subscribe":
                    await self._start(message["id"], message["payload"])
                case "complete":
                    if operation := self.operations.pop(str(key), None):
                        operation.cancel()

    async def _begin(self, payload: dict[str, Any]) -> None:
        if self.begun.is_set():
            raise Close(4429, "Too many initialisation requests")
        self.begun.set()
        self.authorization = payload.get("authorization", self.authorization)
        if not isinstance(self.authorization, str | None):
            raise invalid("authorization must be a string")
        await self._viewer()
        self.ready = True
        await self._tell({"type": "connection_ack"})

    async def _start(self, key: str, payload: dict[str, Any]) -> None:
        if not self.ready:
            raise Close(4401, "Unauthorized")
        if key in self.operations:
            raise Close(4409, f"Subscriber for {key} already exists")
        if len(self.operations) >= OPERATIONS.value:
            message = f"A connection may have {OPERATIONS.value} operations at once."
            await self._refuse(key, error_body(message, code="TOO_MANY_OPERATIONS"))
        else:
            self.operations[key] = self.tasks.create_task(self._operate(key, payload))

    # ---- what it is told -------------------------------------------------------------------------

    async def _operate(self, key: str, payload: dict[str, Any]) -> None:
        """Answer one operation, to its end."""
        with noted_operation(self.scope) as trace:
            try:
                refusal = await self._answer(key, payload, trace)
            except Refused as refused:
                trace.code = refused.code
                refusal = refused.body
            except (Close, Gone):
                raise
            except Exception as error:  # noqa: BLE001  # whatever it is, the log has it whole
                refusal = failed(error, trace).body
        self.operations.pop(key, None)  # its id is free as soon as the client hears of the end
        if refusal is None:
            await self._tell({"id": key, "type": "complete"})
        else:
            await self._refuse(key, refusal)

    async def _answer(self, key: str, payload: dict[str, Any], trace: Trace) -> bytes | None:
        """Send what there is to send. The response that refuses the operation, if one does."""
        request = checked(self.app.persisted.filled(payload), safe=False, trace=trace)
        viewer = await self._viewer()
        await self.service.rates.request(viewer)
        answer = await self.service.answer(request, viewer)
        self.app.persisted.answered(request, answer, self.scope)
        if answer.kind == "subscription":
            asked = await self.service.subscribe(request, viewer)
            if isinstance(asked, Answer):
                return asked.body
            await self._stream(key, asked)
        if answer.kind == "request_error":
            return answer.body
        await self._next(key, answer.body)
        return None

    async def _stream(self, key: str, asked: Subscription) -> NoReturn:
        """Answer a subscription to each piece of news, until it is cancelled."""
        relay, failures = self.service.relay, 0
        async with relay.listening() as since:
            while True:
                until = min(await relay.beyond(since), since + EVENTS_AT_ONCE.value)
                try:
                    async with self.app.reading:
                        bodies = await asked.answers(await self._viewer(), since, until)
                except Close:
                    raise
                except Exception:
                    failures += 1
                    if failures == TRIES:
                        raise
                    await asyncio.sleep(1)
                    continue
                for body in bodies:
                    await self._next(key, body)
                since, failures = until, 0
                if since >= relay.latest:
                    await asyncio.sleep(MOMENT_SECONDS)

    async def _next(self, key: str, body: bytes) -> None:
        await self._tell({"id": key, "type": "next", "payload": orjson.Fragment(body)})

    async def _refuse(self, key: str, body: bytes) -> None:
        errors = orjson.loads(body)["errors"]
        await self._tell({"id": key, "type": "error", "payload": errors})

    async def _tell(self, message: dict[str, Any]) -> None:
        """Send a message. Raises Close where the client does not read, Gone where it has left."""
        text = orjson.dumps(message).decode()
        async with self.turn:
            try:
                async with asyncio.timeout(self.app.seconds.read):
                    await self._send({"type": "websocket.send", "text": text})
            except TimeoutError:
                raise Close(1013, "Nothing was read for too long; connect again") from None
            except OSError:
                raise Gone from None


def parsed(received: Message) -> dict[str, Any]:
    """A message as the protocol has it. Raises Close, which says what is wrong with it."""
    text = received.get("text")
    if text is None:
        raise invalid("send text, not bytes")
    content = text.encode(errors="surrogatepass")
    if len(content) > BODY_BYTES.value:
        raise Close(1009, f"A message may have {BODY_BYTES.value:,} bytes at most")
    try:
        message = loads(content, "It")
        if not isinstance(message, dict):
            raise invalid("it must be an object")
        if message.get("type") == "ping":
            check_values(message)  # what comes back must be written as it was read
    except Refused as refused:
        raise invalid(refused.message) from None
    _check(message)
    return message


def _check(message: dict[str, Any]) -> None:
    if message.get("type") not in TYPES:
        raise invalid("its type is none that a client sends")
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise invalid("payload must be an object")
    if message["type"] in ("subscribe", "complete"):
        key = message.get("id")
        if not isinstance(key, str) or not 1 <= len(key) <= ID.value:
            raise invalid(f"id must be a string of 1 to {ID.value} characters")
    if message["type"] == "subscribe":
        if payload is None:
            raise invalid("payload is missing")
        for name, (type_, called) in PARAMETERS.items():
            if payload.get(name) is not None and not isinstance(payload[name], type_):
                raise invalid(f"{name} must be {called}")


def invalid(why: str) -> Close:
    return Close(4400, f"Invalid message: {why}")
