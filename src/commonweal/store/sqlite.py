"""SQLite as a Tortoise back end: writers queue at BEGIN, counts are true, shapes are understood.

Four mends of Tortoise 1.1.9's own client (docs/decisions/0002-engines.md):
- `BEGIN IMMEDIATE` takes the write lock at once and waits for it; a deferred BEGIN fails at the
  first write with "database is locked", whatever the busy timeout;
- `execute_query` counts the rows that the statement itself changed, not those of its triggers,
  so that a compare-and-swap can trust the count;
- a script runs statement by statement inside its transaction; sqlite3's own would commit first;
- a transaction that is over takes no more statements: a task that it started would else write into
  whatever transaction came next.
The migration executor knows a SQLite client by "sqlite" in its module's name.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.exceptions import TransactionManagementError

from commonweal.kernel.calendar import civil_day

from .spatial import install


class TrueCounts(SqliteClient):
    """Statements answered with (rows changed or read, rows)."""

    @translate_exceptions
    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[Any]]:
        async with self.acquire_connection() as connection:

            def run() -> tuple[int, Sequence[Any]]:
                cursor = connection._conn.execute(query, values or ())
                rows: Sequence[Any] = cursor.fetchall()
                return (cursor.rowcount if cursor.rowcount >= 0 else len(rows)), rows

            answer: tuple[int, Sequence[Any]] = await connection._execute(run)
            return answer


class SqliteTransaction(TrueCounts, SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first moment."""

    async def begin(self) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")

    def acquire_connection(self) -> Any:
        if self._finalized:
            raise TransactionManagementError("the transaction is over; who still writes in it?")
        return super().acquire_connection()

    async def execute_script(self, query: str) -> None:
        for statement in statements_of(query):
            await self.execute_query(statement)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(SqliteTransaction(self))


class CommonwealSqlite(TrueCounts):
    """The one writing connection. `instant` is what its SQL takes for now, while set."""

    instant: datetime | None = None
    now: Callable[[], datetime]

    async def create_connection(self, with_db: bool) -> None:
        fresh = not self._connection
        await super().create_connection(with_db)
        if fresh and self._connection:
            await install(self._connection)
            await install_clock(self._connection, lambda: self.instant or self.now())


async def install_clock(connection: aiosqlite.Connection, now: Callable[[], datetime]) -> None:
    """Give a connection the service's clock, in the form in which Tortoise keeps instants."""
    await connection.create_function("commonweal_now", 0, lambda: now().isoformat(" "))
    await connection.create_function("commonweal_today", 0, lambda: civil_day(now()).isoformat())


def statements_of(script: str) -> Iterator[str]:
    """Whole statements: a trigger's body holds semicolons of its own."""
    gathered = ""
    for piece in script.split(";"):
        gathered += piece + ";"
        if sqlite3.complete_statement(gathered):
            if gathered.strip(" \n\t;"):
                yield gathered.strip()
            gathered = ""
    if gathered.strip(" \n\t;"):
        yield gathered.strip()


client_class = CommonwealSqlite
