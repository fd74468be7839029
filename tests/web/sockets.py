"""A WebSocket client on the bare ASGI messages, as slow and as rude as a test wants it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Scope

from commonweal.assets.actions import publish_listing
from commonweal.listings.tables import Listing
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.app import Service
from commonweal.web.persisted import Persisted
from commonweal.web.settings import Settings
from commonweal.web.socket import PROTOCOL, GraphQLSocket, Seconds
from tests.makers import an_asset, an_officer, the_council

SECONDS = 5  # that a test waits for what takes milliseconds


class Client:
    """What is sent to the application, and what it says. `reads` is cleared to stop reading."""

    def __init__(self, app: ASGIApp, **scope: Any) -> None:
        self.app, self.reads = app, asyncio.Event()
        self.reads.set()
        self.to_app, self.told = asyncio.Queue[Message](), asyncio.Queue[Message]()
        self.scope: Scope = {
            "type": "websocket",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "subprotocols": [PROTOCOL],
            "client": ("192.0.2.1", 50_000),
        } | scope

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        self.told.put_nowait(message)

    async def run(self) -> None:
        self.to_app.put_nowait({"type": "websocket.connect"})
        await self.app(self.scope, self.to_app.get, self._send)

    def text(self, text: str) -> None:
        self.to_app.put_nowait({"type": "websocket.receive", "text": text})

    def say(self, **message: Any) -> None:
        self.text(orjson.dumps(message).decode())

    def subscribe(self, key: str, query: str, **payload: Any) -> None:
        self.say(type="subscribe", id=key, payload={"query": query} | payload)

    async def heard(self) -> Message:
        """The application's next message, as ASGI has it."""
        async with asyncio.timeout(SECONDS):
            return await self.told.get()

    async def hears(self) -> dict[str, Any]:
        """The next message of the protocol."""
        message = await self.heard()
        assert message["type"] == "websocket.send", message
        content: dict[str, Any] = orjson.loads(message["text"])
        return content

    async def closed(self) -> tuple[int, str]:
        """The code and the reason with which the application ends it; nothing else comes first."""
        message = await self.heard()
        assert message["type"] == "websocket.close", message
        return message["code"], message["reason"]

    async def nothing(self, seconds: float = 0.3) -> None:
        """Nothing is heard for so long."""
        await asyncio.sleep(seconds)
        assert self.told.empty(), self.told.get_nowait()


@asynccontextmanager
async def connected(app: ASGIApp, **scope: Any) -> AsyncIterator[Client]:
    """A client whose connection was asked for; it leaves at the end of the block."""
    client = Client(app, **scope)
    task = asyncio.create_task(client.run())
    try:
        yield client
    finally:
        client.reads.set()
        client.to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(SECONDS):
            await task


@asynccontextmanager
async def ready(
    app: ASGIApp, payload: dict[str, Any] | None = None, **scope: Any
) -> AsyncIterator[Client]:
    """A client that may subscribe."""
    async with connected(app, **scope) as client:
        assert await client.heard() == {"type": "websocket.accept", "subprotocol": PROTOCOL}
        client.say(type="connection_init", payload=payload)
        assert await client.hears() == {"type": "connection_ack"}
        yield client


class Endpoint(GraphQLSocket):
    """The endpoint, with the service behind it."""

    service: Service


@asynccontextmanager
async def served(url: str, **seconds: float) -> AsyncIterator[Endpoint]:
    """An endpoint over an open database, and its relay."""
    service = Service(Settings(database_url=url), None, worker=False)
    async with service.running(Starlette()):
        yield Endpoint(service, Persisted(), Seconds(**seconds))


async def published(app: Endpoint, **more: Any) -> Listing:
    """A hall of its own, published in the process that serves."""
    database = app.service.database
    council = await the_council(database)
    asset = await an_asset(database, council, **more)

    async def publish(tx: Transaction) -> int:
        facts = await publish_listing(tx, an_officer(council), asset_id=asset.id)
        return facts["listing"]

    return await Listing.get(id=await in_transaction(database, publish))
