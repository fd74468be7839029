"""Subscriptions as they are deployed: several servers on one database, and clients that stall."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect

from commonweal.assets.actions import publish_listing
from commonweal.cli import serving
from commonweal.kernel.clock import SYSTEM
from commonweal.kernel.ids import write_id
from commonweal.listings.rules import TOPIC
from commonweal.people.actions import create_council_token
from commonweal.store.announcements import CHANNEL, Relay, announce
from commonweal.store.database import Database, opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.app import application
from commonweal.web.rooms import LAYOUT
from commonweal.web.settings import Settings
from commonweal.web.socket import PROTOCOL, Seconds
from tests.makers import an_asset, an_officer, the_council

START_SECONDS = 30  # of a server, on a machine that is busy with other tests
CHANGES = "subscription { listingChanged { listing { title summary } } }"
PUBLISH = """mutation($asset: ID!) {
  publishListing(input: {assetId: $asset}) { userErrors { __typename } } }"""
EVENTS = 10_000
GROWTH_MB = 10  # what they would take, kept for one client, is some 20
LONG = "Long. " * 330


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open in this process too, by the machine's clock, as the servers have it."""
    async with opened(database_url, SYSTEM, LAYOUT) as database:
        yield database


class Server:
    """A process that serves."""

    def __init__(self, port: int, pid: int) -> None:
        self.url, self.port, self.pid = f"http://127.0.0.1:{port}", port, pid

    def socket(self, **more: Any) -> connect:
        protocols: Any = [PROTOCOL]
        return connect(f"ws://127.0.0.1:{self.port}/graphql", subprotocols=protocols, **more)

    def memory_mb(self) -> float:
        """Of its own, resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        [line] = [each for each in status.splitlines() if each.startswith("RssAnon")]
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Server]:
    """A server of its own process, without the jobs, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from commonweal.cli import main; main()"),
        *("serve", "--no-worker", "--port", str(port)),
        env=os.environ | {"COMMONWEAL_DATABASE_URL": url, "COMMONWEAL_LOG_LEVEL": "error"},
    )
    server = Server(port, started.pid)
    try:
        async with asyncio.timeout(START_SECONDS), httpx2.AsyncClient() as http:
            while True:
                assert started.returncode is None, "the server did not start"
                try:
                    await http.get(f"{server.url}/healthz")
                    break
                except httpx2.TransportError:
                    await asyncio.sleep(0.1)
        yield server
    finally:
        started.terminate()
        await started.wait()


async def begin(client: ClientConnection, query: str = CHANGES) -> None:
    """Subscribed: a query that was asked later is answered."""
    await client.send('{"type": "connection_init"}')
    await client.recv()
    for key, text in (("s", query), ("q", "{ __typename }")):
        await client.send(
            orjson.dumps({"type": "subscribe", "id": key, "payload": {"query": text}}).decode()
        )
    await client.recv()
    await client.recv()
    await asyncio.sleep(0.5)


async def title_told(client: ClientConnection, seconds: float) -> str:
    async with asyncio.timeout(seconds):
        told = orjson.loads(await client.recv())
    assert told["type"] == "next", told
    title: str = told["payload"]["data"]["listingChanged"]["listing"]["title"]
    return title


async def publish(database: Database, server: Server, name: str) -> None:
    """Publish a hall at a server."""
    council = await the_council(database)
    asset = await an_asset(database, council, name=name, description=LONG)

    async def make(tx: Transaction) -> str:
        return await create_council_token(tx, council_id=council.id, label="officer")

    headers = {"authorization": f"Bearer {await in_transaction(database, make)}"}
    async with httpx2.AsyncClient() as http:
        body = {"query": PUBLISH, "variables": {"asset": write_id("ast", asset.id)}}
        done = await http.post(f"{server.url}/graphql", json=body, headers=headers)
    assert done.json() == {"data": {"publishListing": {"userErrors": []}}}


async def published(database: Database, count: int) -> list[int]:
    """So many listings with long texts."""
    council, listings = await the_council(database), []
    for n in range(count):
        asset = await an_asset(database, council, name=f"Hall {n}", description=LONG)
        work = partial(publish_listing, viewer=an_officer(council), asset_id=asset.id)
        listings.append((await in_transaction(database, work))["listing"])
    return listings


async def test_what_is_published_at_one_server_is_told_at_another_within_two_seconds(
    database_url: str, database: Database
) -> None:
    """Also when the connection that listens is cut, and when every connection is."""
    async with (
        process(database_url) as here,
        process(database_url) as there,
        here.socket() as client,
    ):
        await begin(client)
        await publish(database, there, "The First Hall")
        assert await title_told(client, 2) == "The First Hall"
        if database.engine == "sqlite":
            return
        assert await cut(database, f"query LIKE 'LISTEN%{CHANNEL}%'") == 1
        await publish(database, there, "The Second Hall")
        assert await title_told(client, 2) == "The Second Hall"
        await asyncio.sleep(1.5)
        assert await cut(database, f"query LIKE 'LISTEN%{CHANNEL}%'") == 1  # it had another
        assert await cut(database, "pid <> pg_backend_pid()") >= 2
        await asyncio.sleep(0.2)
        await publish(database, there, "The Third Hall")
        assert await title_told(client, 5) == "The Third Hall"


async def cut(database: Database, which: str) -> int:
    """End others' connections to this database: how many."""
    _, rows = await database.client.execute_query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = current_database() AND {which}"
    )
    return len(rows)


async def test_a_subscriber_that_does_not_read_costs_no_memory(
    database_url: str, database: Database
) -> None:
    """Another one, who reads, is told everything meanwhile."""
    listings = await published(database, 100) * 5
    relay = Relay(database)  # which numbers and notifies, as in a server that did the work

    async def announced() -> None:
        await in_transaction(database, lambda tx: announce(tx, TOPIC, listings))
        await relay.look()

    async with (
        process(database_url) as server,
        server.socket(sock=narrow(server.port), max_queue=1) as stalled,
        server.socket() as reading,
    ):
        await begin(stalled)
        await begin(reading)
        await announced()
        for _ in listings:
            await title_told(reading, 5)
        before = server.memory_mb()
        for _ in range(EVENTS // len(listings)):
            await announced()
            for _ in listings:
                await title_told(reading, 5)
        growth = server.memory_mb() - before
        stalled.transport.abort()
    print(f"{EVENTS} events: {growth:.1f} MB")
    assert growth < GROWTH_MB, f"{growth:.1f} MB"


async def test_a_connection_whose_client_stalls_is_cut_by_the_system_in_the_end(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing it alone would wait for ever until all is sent."""
    url = f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'commonweal.db')}"
    settings = Settings(database_url=url, files=tmp_path / "files")
    monkeypatch.setattr(serving, "STALLED_SECONDS", 1)
    app = application(settings, worker=False)
    [graphql] = [each.app for each in app.routes if isinstance(each, WebSocketRoute)]
    graphql.seconds = Seconds(read=0.2)  # type: ignore[attr-defined]
    server = serving.server(app, settings, host="127.0.0.1", port=0)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
        database = graphql.service.database  # type: ignore[attr-defined]
        listings = await published(database, 100)
        port = server.servers[0].sockets[0].getsockname()[1]
        address = f"ws://127.0.0.1:{port}/graphql"
        protocols: Any = [PROTOCOL]
        async with connect(
            address, subprotocols=protocols, sock=narrow(port), max_queue=1
        ) as stalled:
            await begin(stalled)
            async with asyncio.timeout(20):
                while server.server_state.connections:
                    await in_transaction(database, lambda tx: announce(tx, TOPIC, listings))
                    await asyncio.sleep(0.05)
            stalled.transport.abort()
    finally:
        server.should_exit = True
        await running


def narrow(port: int) -> socket.socket:
    """A connection whose own side takes next to nothing before it is read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made
