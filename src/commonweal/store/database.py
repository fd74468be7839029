"""An open database, whichever engine it is.

    async with opened("sqlite:data/commonweal.db", clock, layout) as database: ...

Writing goes through `in_transaction` (transaction.py) and Tortoise's models. Reading outside a
transaction goes through `fetch`, on connections of its own: on SQLite readers then never wait for
a writer. One database is open in a process at a time, because Tortoise keeps its models global.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import aiosqlite
import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import ConnectionHandler
from tortoise.context import TortoiseContext
from tortoise.exceptions import ConfigurationError, DBConnectionError, OperationalError

from commonweal.kernel.clock import Clock

from . import migrate
from .contents import FOLDER, Contents
from .errors import DatabaseLocked, DatabaseMissing, DatabaseUnreachable, TryAgain
from .keyed import key_of
from .lease import Lease
from .pool import Pool
from .spatial import install
from .sqlite import install_clock
from .transaction import STATEMENT_SECONDS, acquired, lost, uninterrupted

Fetch = Callable[[str, Sequence[Any]], Awaitable[Sequence[Any]]]
Engine = Literal["sqlite", "postgresql"]

SQLITE_PRAGMAS: Final = {
    "busy_timeout": 5000,  # milliseconds that a writer queues for another process
    "journal_mode": "WAL",  # readers and the writer do not wait for each other
    "synchronous": "FULL",  # what was acknowledged survives a power cut
    "foreign_keys": "ON",
    "recursive_triggers": "ON",  # else REPLACE deletes rows past the triggers that refuse it
    "cache_size": -20000,  # kilobytes
}
POSTGRES_SETTINGS: Final = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",  # compiling costs more than these short statements take
    "timezone": "UTC",
}
ENGINE_ERRORS: Final = (
    OSError,
    aiosqlite.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OperationalError,
    DBConnectionError,
)
WAL_TRIES: Final = 5  # of a new file; afterwards whoever keeps it locked is reported
WAL_PAUSE_SECONDS: Final = 0.02  # ten times what it takes
KEYS: Final = Path(".data/keys")  # unless a setting says otherwise
PUBLIC_URL: Final = "http://localhost:8000"  # of a service on one's own machine
POOL_LEAST, POOL_MOST = 1, 8  # of each pool: more would only queue inside PostgreSQL


@dataclass
class Database:
    """What the rest of the service sees of an engine."""

    engine: Engine
    url: str
    clock: Clock
    context: TortoiseContext
    client: BaseDBAsyncClient
    layout: migrate.Layout
    reader: "SqliteReader | PostgresReader"
    contents: Contents
    keys: Path = KEYS  # a folder that no backup of the database has: handovers/round_keys.py
    public_url: str = PUBLIC_URL  # where people reach the service: for links, and passkeys
    key: bytes = field(default=b"", repr=False)  # of its keyed digests (keyed.py)
    lease: Lease = field(init=False)
    announced: asyncio.Event = field(default_factory=asyncio.Event)  # wakes announcements.Relay

    def __post_init__(self) -> None:
        self.lease = Lease(self)

    @property
    def connections(self) -> ConnectionHandler:
        return self.context.connections

    def new_id(self) -> int:
        assert self.lease.ids is not None, "the database was opened without a lease"
        return self.lease.ids.make()

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """Rows that can be indexed by position, outside any transaction."""
        return await self.reader.fetch(sql, values)

    def snapshot(self) -> AbstractAsyncContextManager[Fetch]:
        """Several reads that see one moment."""
        return self.reader.snapshot()

    def in_use(self) -> dict[str, int]:
        """How many connections are at work, of those that read and of those that write."""
        client: Any = self.client
        if isinstance(self.reader, PostgresReader):
            pools = {"read": self.reader.pool, "write": client._pool}
            return {name: pool.get_size() - pool.get_idle_size() for name, pool in pools.items()}
        return {"read": int(self.reader.free.locked()), "write": int(client._lock.locked())}


class SqliteReader:
    """One connection that cannot write. Its clock stands still for a statement or a snapshot."""

    def __init__(self, connection: aiosqlite.Connection, clock: Clock) -> None:
        self.connection, self.clock = connection, clock
        self.instant: datetime = clock.now()
        self.free = asyncio.Lock()

    @classmethod
    async def open(cls, path: str, clock: Clock) -> "SqliteReader":
        reader = cls(await aiosqlite.connect(path, isolation_level=None), clock)
        try:
            for pragma, value in (SQLITE_PRAGMAS | {"query_only": 1}).items():
                await reader.connection.execute_fetchall(f"PRAGMA {pragma}={value}")
            await install(reader.connection)
            await install_clock(reader.connection, lambda: reader.instant)
        except BaseException:
            await reader.close()  # its thread would keep the process from ending
            raise
        return reader

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        async with self.turn():
            return await self._rows(sql, values)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Fetch]:
        async with self.turn():
            try:
                await uninterrupted(self._rows("BEGIN", ()))
                yield self._rows
            finally:
                await uninterrupted(self.connection.rollback())

    async def _rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        try:
            return list(await self.connection.execute_fetchall(sql, values))
        except asyncio.CancelledError:
            await uninterrupted(self.connection.interrupt())  # its thread would go on otherwise
            raise

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        await acquired(self.free.acquire())
        try:
            self.instant = self.clock.now()
            yield
        finally:
            self.free.release()

    async def close(self) -> None:
        await self.connection.close()


class PostgresReader:
    """Connections that cannot write (pool.py)."""

    def __init__(self, settings: dict[str, Any], most: int) -> None:
        self.settings, self.pool = settings, Pool(self._read_only, most)
        self.fetch = self.pool.fetch

    @classmethod
    async def open(cls, settings: dict[str, Any]) -> "PostgresReader":
        own = {k: v for k, v in settings.items() if k not in ("min_size", "max_size")}
        reader = cls(own, settings["max_size"])
        await reader.pool.open(settings["min_size"])
        return reader

    async def connection(self) -> "asyncpg.Connection[Any]":
        """One of the caller's own, who closes it: to listen on."""
        made: asyncpg.Connection[Any] = await asyncpg.connect(**self.settings)
        return made

    async def _read_only(self) -> "asyncpg.Connection[Any]":
        asked = self.settings["server_settings"] | {"default_transaction_read_only": "on"}
        settings = {**self.settings, "server_settings": asked}
        made: asyncpg.Connection[Any] = await asyncpg.connect(**settings)
        return made

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Fetch]:
        async with (
            self.pool.acquire() as held,
            held.connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield held.fetch

    async def close(self) -> None:
        await self.pool.close()


@asynccontextmanager
async def opened(
    url: str,
    clock: Clock,
    layout: migrate.Layout,
    *,
    ready: bool = True,
    files: Path = FOLDER,
    keys: Path = KEYS,
    public_url: str = PUBLIC_URL,
) -> AsyncIterator[Database]:
    """Open a database for as long as the block runs; unless `ready`, only to migrate it.

    `files` is the folder of its contents and `keys` that of sealed bids' keys, each made when the
    first comes; `public_url` is where people reach the service.

    Raises DatabaseMissing, DatabaseOlder, DatabaseNewer, DatabaseLocked, DatabaseUnreachable,
    ClockBehind.
    """
    place = _place(url)
    if ready and place.missing():
        raise DatabaseMissing(place.shown)
    with usable(place.shown):
        place.make()
    EXECUTOR_CACHE.clear()  # Tortoise keeps one engine's INSERT texts for the other's
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(place, layout), _enable_global_fallback=True)
        with usable(place.shown):
            database = await _connected(place, clock, context, layout, Contents(files))
        database.keys, database.public_url = keys, public_url
        try:
            if ready:
                with usable(place.shown):
                    await migrate.check_version(database)
                    await database.lease.take()
                    database.key = await key_of(database)
                await asyncio.to_thread(database.contents.sweep)
            yield database
        finally:
            try:
                await database.lease.give_back()
            finally:
                await database.reader.close()


@contextmanager
def usable(place: str) -> Iterator[None]:
    """Say of an engine's refusal, as a fact, that the database cannot be used."""
    try:
        yield
    except TryAgain as error:
        raise DatabaseLocked(place) from error
    except ENGINE_ERRORS as error:
        if lost(error):
            raise DatabaseLocked(place) from error
        raise DatabaseUnreachable(place, _reason(error)) from error


async def _connected(
    place: "Place",
    clock: Clock,
    context: TortoiseContext,
    layout: migrate.Layout,
    contents: Contents,
) -> Database:
    client: Any = context.db("default")
    if place.engine == "sqlite":
        client.now = clock.now
        await client.create_connection(with_db=True)
        reader: Any = await SqliteReader.open(place.name, clock)
    else:
        await client.create_connection(with_db=True)
        reader = await PostgresReader.open(place.credentials)
    return Database(place.engine, place.shown, clock, context, client, layout, reader, contents)


@dataclass(frozen=True)
class Place:
    """Where a database is: a path, or what asyncpg connects with; `shown` has no password."""

    engine: Engine
    name: str
    shown: str
    credentials: dict[str, Any]

    def missing(self) -> bool:
        """Whether there is no such file; of a server only a connection can tell."""
        return self.engine == "sqlite" and not Path(self.name).exists()

    def make(self) -> None:
        """Make the file, if there is none. What is no database fails here, not in a thread.

        Processes that turn one new file to WAL at once refuse each other without any waiting.
        """
        if self.engine == "postgresql":
            return
        Path(self.name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.name, timeout=0)) as first:
            for _ in range(WAL_TRIES):
                try:
                    first.execute("PRAGMA journal_mode = WAL")
                except sqlite3.OperationalError as error:
                    if not lost(error):
                        raise
                    time.sleep(WAL_PAUSE_SECONDS)
                else:
                    return


def _place(url: str) -> Place:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        path = rest.removeprefix("//")
        if path in ("", ":memory:"):
            raise DatabaseUnreachable(url, "it must be a file, which several connections can open")
        return Place("sqlite", path, path, {"file_path": path, **SQLITE_PRAGMAS})
    if scheme not in ("postgres", "postgresql", "asyncpg"):
        raise DatabaseUnreachable(scheme, "a database URL begins with sqlite: or postgresql:")
    try:
        parts = expand_db_url(f"asyncpg:{rest}")["credentials"]
    except (ConfigurationError, ValueError) as error:
        raise DatabaseUnreachable("the given URL", _reason(error)) from error
    shown = f"postgresql://{parts['host'] or ''}:{parts['port']}/{parts['database'] or ''}"
    extra = parts.pop("server_settings", {})
    credentials = {
        **{k: v for k, v in parts.items() if k not in ("min_size", "max_size")},
        "min_size": int(parts.get("min_size", POOL_LEAST)),
        "max_size": int(parts.get("max_size", POOL_MOST)),
        "server_settings": POSTGRES_SETTINGS | extra,
    }
    return Place("postgresql", parts["database"], shown, credentials)


def tortoise_config(place: Place, layout: migrate.Layout) -> dict[str, Any]:
    engine = "commonweal.store.sqlite" if place.engine == "sqlite" else "tortoise.backends.asyncpg"
    return {
        "connections": {"default": {"engine": engine, "credentials": place.credentials}},
        "apps": layout.apps(),
    }


def _reason(error: BaseException) -> str:
    if isinstance(error, DBConnectionError):
        error = error.__cause__ or error  # PostgreSQL's own words are the better ones
    return str(error).strip().rstrip(".") or type(error).__name__
