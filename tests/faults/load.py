"""Clients that pay until they are told to stop, their journal of acknowledgements, and the check.

A client asks under a key until it is answered; what was not acknowledged is asked for again with
the same key. The journal is here, in the test's own process, which nobody kills. Afterwards every
acknowledgement is looked for among the transfers, and every transfer among what was asked for.
"""

import asyncio
import contextlib
import os
import random
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg
import orjson

from commonweal.kernel.clock import SYSTEM
from commonweal.ledger.actions import open_account, post
from commonweal.ledger.rules import UNBOUNDED
from commonweal.ledger.verifying import rebuild, verify
from commonweal.store.database import opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT
from tests.faults.paying import UNIT, order

KILLS: Final = int(os.environ.get("COMMONWEAL_KILLS", "5"))  # 25 and more by night
BETWEEN_KILLS: Final = 1_000  # acknowledgements, at least
CLIENTS: Final = 32
PAYERS: Final = 12
FIRST: Final = 10_000_000  # minutes of each payer: nobody is refused
START_SECONDS: Final = 45  # of a service, on a machine with much else to do; a quiet one takes four
RETRY_SECONDS: Final = 0.05
IDLE_SECONDS: Final = 10  # a lease may just be renewed
AWAY: Final = 503
UNNAMED: Final = 500  # a failure that nothing here has a name for: it is counted, and retried
REAL_TIME: Final = """
CREATE OR REPLACE FUNCTION commonweal_now() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT now() $$
"""
ROOT: Final = Path(__file__).parents[2]


@dataclass(slots=True)
class Journal:
    """What was asked for, and what was acknowledged: by key."""

    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)  # the transfer's id
    retried: set[str] = field(default_factory=set)
    replayed: int = 0
    unnamed: int = 0
    kills: int = 0


class Service:
    """The process that is killed, at one port."""

    def __init__(self, url: str, files: Path) -> None:
        self.url, self.files = url, files
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.paying"),
            *(self.url, str(self.port), str(self.files)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(START_SECONDS):
            while True:
                assert self.process.returncode is None, "the service did not start"
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    await self.in_use()
                    return
                await asyncio.sleep(RETRY_SECONDS)

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def idle(self) -> None:
        """Wait until no connection is at work: one that never comes back is lost."""
        async with asyncio.timeout(IDLE_SECONDS):
            while any((await self.in_use()).values()):  # noqa: ASYNC110  # it is elsewhere
                await asyncio.sleep(RETRY_SECONDS)

    async def in_use(self) -> dict[str, int]:
        async with connected(self.port) as ask:
            _, answer = await ask("/in-use", {})
        return answer


async def on_real_time(url: str) -> None:
    """A process of its own has the time of day, and so has the database that it shares."""
    if url.startswith("postgres"):
        connection = await asyncpg.connect(url)
        await connection.execute(REAL_TIME)
        await connection.close()


@contextlib.asynccontextmanager
async def running(url: str, files: Path) -> AsyncIterator[Service]:
    service = Service(url, files)
    await service.start()
    try:
        yield service
    finally:
        if service.process and service.process.returncode is None:
            service.process.terminate()
            await service.process.wait()


Ask = Callable[[str, dict[str, Any]], Awaitable[tuple[int, dict[str, Any]]]]


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Ask]:
    """A connection: `await ask(path, given)` is its status and answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def ask(path: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = orjson.dumps(given)
        head = f"POST {path} HTTP/1.1\r\nHost: paying\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
        [length] = [line for line in lines if line.startswith("content-length:")]
        status, answer = (
            int(lines[0].split()[1]),
            await reader.readexactly(int(length.split(":")[1])),
        )
        return status, {} if status == UNNAMED else orjson.loads(answer)

    try:
        yield ask
    finally:
        writer.close()


async def under_load(
    service: Service, accounts: list[int], kill: Callable[[], Awaitable[None]]
) -> Journal:
    """`kill` (and start again) as often as is said, under load; then all is asked to its end."""
    journal, keys, stopped = Journal(), count(1), asyncio.Event()
    clients = [
        asyncio.create_task(_client(service, accounts, journal, keys, stopped))
        for _ in range(CLIENTS)
    ]
    try:
        for _ in range(KILLS):
            until = len(journal.acknowledged) + BETWEEN_KILLS
            while len(journal.acknowledged) < until:
                await asyncio.sleep(0.01)
                _look_at(clients)
            await asyncio.sleep(random.random() * 0.2)
            await kill()
            journal.kills += 1
        stopped.set()
        await asyncio.gather(*clients)
    finally:
        for each in clients:
            each.cancel()
    return journal


def _look_at(clients: "list[asyncio.Task[None]]") -> None:
    for each in clients:
        if each.done():
            each.result()


async def _client(
    service: Service,
    accounts: list[int],
    journal: Journal,
    keys: "count[int]",
    stopped: asyncio.Event,
) -> None:
    waiting: tuple[str, dict[str, Any]] | None = None
    while waiting or not stopped.is_set():
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with connected(service.port) as ask:
                while waiting or not stopped.is_set():
                    path, given = waiting = waiting or _intent(accounts, journal, keys)
                    status, answer = await ask(path, given)
                    if status in (AWAY, UNNAMED):  # it may be done or not
                        journal.unnamed += status == UNNAMED
                        break
                    assert status == 200, answer
                    journal.acknowledged[given["key"]] = answer["id"]
                    journal.replayed += answer["replayed"]
                    waiting = None
        if waiting:
            journal.retried.add(waiting[1]["key"])
            await asyncio.sleep(RETRY_SECONDS)


def _intent(
    accounts: list[int], journal: Journal, keys: "count[int]"
) -> tuple[str, dict[str, Any]]:
    """Two in three are paid to the shop, which everybody pays; the others to each other."""
    number = next(keys)
    shop, *payers = accounts
    debit, other = random.sample(payers, 2)
    credit = shop if number % 3 else other
    key = f"intent-{number}"
    given = {"key": key, "debit": debit, "credit": credit, "amount": random.randint(1, 9)}
    journal.asked[key] = given
    return ("/teller" if number % 4 else "/once"), given


async def accounts_in(url: str) -> list[int]:
    """A shop, which is hot, and payers with enough."""

    async def work(tx: Transaction) -> list[int]:
        shop = await open_account(tx, kind="shop", owner="org_shop", unit=UNIT, hot=True)
        issuer = await open_account(
            tx, kind="issuer", owner="org_council", unit=UNIT, floor=UNBOUNDED
        )
        payers = []
        for number in range(PAYERS):
            payer = await open_account(tx, kind="wallet", owner=f"per_{number}", unit=UNIT)
            first = {"key": "first", "debit": issuer, "credit": payer, "amount": FIRST}
            await post(tx, order(first, f"first/{number}"))
            payers.append(payer)
        return [shop, *payers]

    async with opened(url, SYSTEM, LAYOUT) as database:
        return await in_transaction(database, work)


async def compare(url: str, journal: Journal) -> None:
    """Every acknowledgement with the transfers, every transfer with what was asked; all is said."""
    async with opened(url, SYSTEM, LAYOUT) as database:
        rows = await database.fetch(
            "SELECT id, actor, debit, credit, amount FROM transfer WHERE actor LIKE 'intent-%'", []
        )
        faults = [*(await verify(database)).faults, *(await rebuild(database)).faults]
    there = {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}
    done = Counter(row[1] for row in rows)
    lost = [
        key for key, made in journal.acknowledged.items() if there.get(made) != _row(journal, key)
    ]
    doubled = [key for key, times in done.items() if times > 1]
    print(
        f"{journal.kills} kills, {len(journal.acknowledged)} acknowledged, "
        f"{len(journal.retried)} retried ({journal.replayed} of them were done already), "
        f"{len(lost)} lost, {len(doubled)} doubled; {journal.unnamed} answered 500"
    )
    assert (lost, doubled, faults) == ([], [], [])
    assert journal.unnamed == 0, "a failure that the service has no name for"
    assert journal.asked.keys() == journal.acknowledged.keys() == done.keys()
    assert journal.kills == KILLS
    assert len(journal.acknowledged) >= KILLS * BETWEEN_KILLS
    assert journal.retried, "no kill hit anybody: there was no load"


def _row(journal: Journal, key: str) -> tuple[str, int, int, int]:
    given = journal.asked[key]
    return key, given["debit"], given["credit"], given["amount"]
