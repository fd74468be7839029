"""The connections that read: the last one given back is the first one taken, its statements kept.

asyncpg's own pool costs more than such a statement itself: a task for every release, a look into
the statement cache for every call. Nothing here is ever reset, so it must not be given to anyone
who sets something. A connection whose statement was cut short comes back once that is settled.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from .errors import Busy, DatabaseAway
from .transaction import ACQUIRE_SECONDS, acquired, away, reaching

STATEMENTS: Final = 200  # prepared and kept by a connection; each is some 100 kB of the server's
MEND_SECONDS: Final = 5  # for the server to give up a statement; then the connection is closed
# The first measuring on a connection reads what the ellipsoid is: 40 ms that no asker is to wait.
WARM: Final = "SELECT ST_Distance('POINT(0 0)'::geography, 'POINT(0 1)'::geography)"
STALE: Final = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)

Connection: TypeAlias = "asyncpg.Connection[Any]"
Connect = Callable[[], Awaitable[Connection]]


class Held:
    """A connection and what was prepared on it, the least lately prepared first."""

    __slots__ = ("connection", "statements")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.statements: dict[str, PreparedStatement[Any]] = {}

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        statement = self.statements.get(sql)
        if statement is None:
            statement = await self.prepared(sql)
        try:
            return await statement.fetch(*values)
        except STALE:  # a migration went by
            self.statements.clear()
            return await (await self.prepared(sql)).fetch(*values)

    async def prepared(self, sql: str) -> "PreparedStatement[Any]":
        if len(self.statements) >= STATEMENTS:
            del self.statements[next(iter(self.statements))]
        made = self.statements[sql] = await self.connection.prepare(sql)
        return made


class Pool:
    """At most so many connections; `connect` opens one. Those who wait are served in turn."""

    def __init__(self, connect: Connect, most: int) -> None:
        self.connect, self.most, self.size = connect, most, 0
        self.free: list[Held] = []
        self.waiting: deque[asyncio.Future[Held | None]] = deque()
        self.mending: set[asyncio.Task[None]] = set()
        self.closed = False

    async def open(self, least: int) -> None:
        """Raises what connecting raises."""
        for held in [await self.opened() for _ in range(least)]:
            self.give(held)

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """Rows that can be indexed by position. Raises Busy when no connection comes free, and
        DatabaseAway.
        """
        held = self.idle() or await self.take()
        try:
            rows = await held.fetch(sql, values)
        except BaseException as error:
            (self.give if isinstance(error, asyncpg.PostgresError) else self.mend)(held)
            if away(error):
                raise DatabaseAway from error
            raise
        self.give(held)
        return rows

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Held]:
        """A connection for several statements, in a transaction or not."""
        held = self.idle() or await self.take()
        try:
            yield held
        except BaseException as error:
            self.mend(held)
            if away(error):
                raise DatabaseAway from error
            raise
        self.give(held)

    def idle(self) -> Held | None:
        """The last one given back whose server is still there."""
        while self.free:
            held = self.free.pop()
            if not held.connection.is_closed():
                return held
            held.connection.terminate()  # the server closed it: close our end too
            self.size -= 1
        return None

    async def take(self) -> Held:
        """An idle one, a new one, or in turn one that is given back. Raises Busy, DatabaseAway."""
        if self.closed:
            raise Busy(ACQUIRE_SECONDS)
        if held := self.idle():
            return held
        if self.size < self.most:
            with reaching():
                return await self.opened()
        turn: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            given = await acquired(turn)
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.pass_on(turn.result())  # it came at the moment of giving up
            raise
        return given or await self.take()  # a newcomer may have opened the one that was due

    async def opened(self) -> Held:
        self.size += 1
        try:
            connection = await self.connect()
            try:
                await connection.execute(WARM)
            except asyncpg.PostgresError:
                pass  # no PostGIS yet: whoever migrates makes it
            except BaseException:
                connection.terminate()
                raise
        except BaseException:
            self.gone()
            raise
        return Held(connection)

    def give(self, held: Held) -> None:
        if self.closed or held.connection.is_closed():
            held.connection.terminate()
            self.gone()
        else:
            self.pass_on(held)

    def gone(self) -> None:
        """One less; whoever waits may open another."""
        self.size -= 1
        self.pass_on(None)

    def pass_on(self, held: Held | None) -> None:
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(held)
                return
        if held:
            self.free.append(held)

    def mend(self, held: Held) -> None:
        """Give it back when the server has given up what was cut short."""
        task = asyncio.create_task(self.mended(held))
        self.mending.add(task)
        task.add_done_callback(self.mending.discard)

    async def mended(self, held: Held) -> None:
        try:
            await held.connection.reset(timeout=MEND_SECONDS)  # waits, and ends a transaction
        except BaseException as error:
            held.connection.terminate()
            if not isinstance(error, Exception):
                raise
        finally:
            self.give(held)

    async def close(self) -> None:
        """Close what is free now, and the others when they are given back."""
        await asyncio.gather(*self.mending, return_exceptions=True)
        self.closed = True
        while held := self.idle():
            self.size -= 1
            await held.connection.close()

    # as asyncpg's pool says it
    def get_size(self) -> int:
        return self.size

    def get_idle_size(self) -> int:
        return len(self.free)
