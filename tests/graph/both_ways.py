"""One question answered both ways: by its plan, and by graphql-core over the same declarations.

The second is slow and plain: every field asks a statement of its own about one row. What the two
share is what a type declares (a column, an expression, a condition), so their equality shows that
planning, batching, paging and assembling lose nothing and let nothing through.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.ask import Ask
from commonweal.graph.plan import Plan
from commonweal.graph.reader import Operation, Reader, run
from commonweal.kernel.errors import UserError
from commonweal.store.database import Database, Fetch


class Counted:
    """A database's reader that remembers the statements it was asked, with their values."""

    def __init__(self, database: Database) -> None:
        self.reader, self.asked = database.reader, list[tuple[str, Sequence[Any]]]()
        database.reader = self  # type: ignore[assignment]

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        self.asked.append((sql, values))
        return await self.reader.fetch(sql, values)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Fetch]:
        async with self.reader.snapshot() as fetch:

            async def counted(sql: str, values: Sequence[Any]) -> Sequence[Any]:
                self.asked.append((sql, values))
                return await fetch(sql, values)

            yield counted

    async def close(self) -> None:
        await self.reader.close()


@dataclass(frozen=True)
class Both:
    """`planned` is None where there is no plan, or an argument was refused."""

    plan: Plan | None
    planned: bytes | None
    executed: bytes
    reused: bool  # the plan of an earlier asking


def operation_of(reader: Reader, query: str) -> Operation:
    operation = reader.operation(query, None)
    assert isinstance(operation, Operation), (query, [error.message for error in operation])
    return operation


async def both_ways(
    reader: Reader,
    database: Database,
    query: str,
    variables: dict[str, Any] | None = None,
    viewer: Viewer = ANONYMOUS,
) -> Both:
    """Both answers. A mutation is done once, and its payload read twice."""
    operation, given = operation_of(reader, query), variables or {}
    operation.price(None, given)
    ask = Ask(operation.variables.values(given), viewer)
    if operation.is_mutation:
        ask.outcomes = await operation.do(ask, database)
    known, plan, planned = len(operation.plans), None, None
    try:
        plan = operation.plan(ask)
        if plan:
            planned = orjson.dumps({"data": await run(plan, ask, database)})
    except UserError:
        pass  # refused, as the executor will
    executed = await reader.executed(operation, ask, given, database)
    return Both(plan, planned, executed.body, len(operation.plans) == known)


def assert_equal(both: Both, *about: object) -> None:
    """Equal to the byte, unless an argument was refused; and no defect of ours in it.

    Of several that are to be refused, each way may meet another first, or none: the executor does
    not reach the page of a kind that no row is of.
    """
    assert b"INTERNAL" not in both.executed, (*about, both.executed)
    if both.planned is not None:
        assert both.planned == both.executed, about
