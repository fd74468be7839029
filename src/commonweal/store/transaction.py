"""The one way to change the database: `await in_transaction(database, work)`.

`work(tx)` runs inside one transaction, and again from the start if the engine gave it up for
another's sake, at most three times; so it must hold no effect outside the database, above all no
call over a network. Tortoise's own contexts are not used: a failed or cancelled BEGIN inside them
keeps the connection for ever (design note: reliability, finding 5).
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.exceptions import OperationalError

from commonweal.kernel.ids import LeaseExpired
from commonweal.kernel.timing import within

from .errors import Busy, DatabaseAway, TryAgain
from .sqlite import SqliteTransaction

if TYPE_CHECKING:
    from .database import Database

T = TypeVar("T")

ACQUIRE_SECONDS: Final = 5  # a person waits no longer for a connection than for an answer
TRIES: Final = 3  # then somebody else is told to try again: contention is not mended by insisting
STATEMENT_SECONDS: Final = 15  # a mutation's whole time: no statement outlives its asker
PAUSE_SECONDS: Final = 0.02  # between tries, times a random share: two losers must not meet again


LOST_CONNECTION: Final = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # a farewell came between two statements
)


@dataclass(slots=True)
class Transaction:
    """What an action works with. Tortoise's models use this transaction without being told."""

    database: "Database"
    client: TransactionalDBClient
    now: datetime  # the instant at which it began, before it waited for any lock; by its clock
    after_commit: list[Callable[[], None]] = field(default_factory=list)  # to wake who waits for it

    def new_id(self) -> int:
        """Raises TryAgain while the process's lease is run out, as after a database that hung."""
        try:
            return self.database.new_id()
        except LeaseExpired as error:
            raise TryAgain from error

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """Rows that can be indexed by position, this transaction's own writes among them."""
        _, rows = await self.client.execute_query(sql, list(values))
        return rows


class Overtaken(Exception):
    """Raised by work that finds another was first where no lock could be had: it is run again."""


async def in_transaction(database: "Database", work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run work in a transaction and commit it; on any error nothing of it remains.

    Raises Busy when no connection comes free, TryAgain when every try lost to another, and
    DatabaseAway.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with begun(database) as tx:
                done = await work(tx)
        except Exception as error:
            if away(error):
                raise DatabaseAway from error
            if not lost(error):
                raise
            if attempt == TRIES:
                raise TryAgain from error
        else:
            for wake in tx.after_commit:
                wake()
            return done
        share = random.random()  # noqa: S311  # no secret
        await asyncio.sleep(PAUSE_SECONDS * attempt * share)
    raise AssertionError("TRIES is at least 1")


def lost(error: BaseException) -> bool:
    """Whether a transaction was given up for another's sake, or waited too long for it."""
    error = unwrapped(error)
    if isinstance(error, sqlite3.OperationalError):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended code's details
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(
        error, asyncpg.TransactionRollbackError | asyncpg.LockNotAvailableError | Overtaken
    )


def away(error: BaseException) -> bool:
    """Whether the connection to the database was lost."""
    error = unwrapped(error)
    # so says asyncpg where the transaction's end finds that the server died in its middle
    closed = isinstance(error, asyncpg.InterfaceError) and "connection is closed" in str(error)
    return closed or isinstance(error, LOST_CONNECTION)


def unwrapped(error: BaseException) -> BaseException:
    """The engine's own error, inside of Tortoise's."""
    inner = error.args[0] if isinstance(error, OperationalError) and error.args else error
    return inner if isinstance(inner, BaseException) else error


@contextmanager
def reaching() -> Iterator[None]:
    """Around connecting to a database that was there before. Raises DatabaseAway."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseAway from error


@asynccontextmanager
async def begun(database: "Database", now: str = "commonweal_now()") -> AsyncIterator[Transaction]:
    """One transaction, once. `now` is for migrating, before that function is there."""
    current = database.connections.get("default")
    nested = isinstance(current, TransactionalDBClient)
    assert not nested, "this task is in a transaction already: hand its `tx` on"
    opened = _sqlite(database) if database.engine == "sqlite" else _postgres(database, now)
    async with opened as tx:
        token = database.connections.set("default", tx.client)
        try:
            yield tx
        finally:
            database.connections.reset(token)


@asynccontextmanager
async def _sqlite(database: "Database") -> AsyncIterator[Transaction]:
    client: Any = database.client
    now = database.clock.now()
    await acquired(client._lock.acquire())
    try:
        transaction: Any = SqliteTransaction(client)
        raw = transaction._connection
        client.instant = now
        try:
            await uninterrupted(transaction.begin())
            yield Transaction(database, transaction, now)
            await uninterrupted(raw.commit())
        finally:
            client.instant = None
            transaction._finalized = True
            if raw._conn.in_transaction:
                await uninterrupted(raw.rollback())
    finally:
        client._lock.release()


@asynccontextmanager
async def _postgres(database: "Database", clock: str) -> AsyncIterator[Transaction]:
    client: Any = database.client
    with reaching():
        connection = await acquired(client._pool.acquire())
    try:
        transaction: Any = PostgresTransaction(client)
        transaction._connection = connection
        async with connection.transaction():
            now = await connection.fetchval(f"SELECT {clock}")
            yield Transaction(database, transaction, now)
    finally:
        await client._pool.release(connection)


class PostgresTransaction(TransactionWrapper):
    """Tortoise's, but for one mend."""

    @translate_exceptions
    async def execute_many(self, query: str, values: list[Any]) -> None:
        """asyncpg waits for ever where this is cancelled while it sends: so it is not cancelled."""
        async with self.acquire_connection() as connection:
            await uninterrupted(connection.executemany(query, values, timeout=STATEMENT_SECONDS))


async def acquired(waiting: Awaitable[T]) -> T:
    return await within(ACQUIRE_SECONDS, waiting, lambda: Busy(ACQUIRE_SECONDS))


async def uninterrupted(coroutine: Coroutine[Any, Any, T]) -> T:
    """Finish even if cancelled: SQLite's thread goes on anyway, and the lock must outlast it."""
    task = asyncio.ensure_future(coroutine)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:  # it may come twice: from a time limit, then from a stop
            cancelled = True
    if cancelled:
        task.cancelled() or task.exception()  # looked at, so that asyncio does not complain
        raise asyncio.CancelledError
    return task.result()
