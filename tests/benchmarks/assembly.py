"""S4: what becomes of rows. Our assembly against graphql-core's executor on the same answer, and
what a question costs that was never asked before against parsing and validating it alone.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from graphql import build_schema, execute, parse, print_schema, validate

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask
from commonweal.graph.plan import Plan, Planner
from commonweal.graph.reader import Operation, run
from commonweal.kernel.clock import SYSTEM
from commonweal.store.database import opened
from commonweal.web.answers import reader
from commonweal.web.rooms import LAYOUT
from commonweal.web.schema import build

from .asking import OPERATIONS, SEARCH, questions
from .listings import COMMON, towns
from .measuring import median, rounds, say, table, timed_us

TIMES = 200  # calls that one figure of a round is an average of
COLD_TIMES = 20


def measure(url: str, count: int) -> dict[str, float]:
    """The ratios of the medians of so many rounds."""
    schema = build().graphql_schema
    operation, plan, ask, rows, data, variables = asyncio.run(_answered(url))
    plain = build_schema(print_schema(schema))  # no resolver: values are looked up in ready dicts
    for type_ in plain.type_map.values():
        if type_.name in ("Listing", "Node"):
            type_.resolve_type = lambda *_: "OpportunityListing"  # type: ignore[attr-defined]
    # GeoJSON stands in the answer as bytes that are ready: the executor is spared it as well
    same: Any = execute(plain, operation.document, data, variable_values=variables)
    assert same.errors is None, same.errors
    assert orjson.dumps(same.data) == orjson.dumps(data)

    def cold() -> list[Any]:
        planner = Planner(operation.schema, operation.node, operation.fragments, ask)
        return [level.statement for level in planner.plan().levels]

    works = {
        "our assembly": (lambda: plan.assemble(rows, ask), TIMES),
        "graphql-core's executor": (
            lambda: execute(plain, operation.document, data, variable_values=variables),
            COLD_TIMES,
        ),
        "parse": (lambda: parse(SEARCH), COLD_TIMES),
        "validate": (lambda: validate(schema, operation.document), COLD_TIMES),
        "plan, SQL and code": (cold, COLD_TIMES),
    }
    took: dict[str, list[float]] = {name: [] for name in works}
    for names in rounds(list(works), count):
        for name in names:
            work, times = works[name]
            took[name].append(timed_us(work, times=times))
    us = {name: median(each) for name, each in took.items()}
    say(table(("S4: 20 listings", "µs"), us.items()))
    say("")
    known = us["parse"] + us["validate"]
    return {
        "executor_to_assembly": us["graphql-core's executor"] / us["our assembly"],
        "cold_to_parse_and_validate": (known + us["plan, SQL and code"]) / known,
    }


async def _answered(
    url: str,
) -> tuple[Operation, Plan, Ask, list[Any], dict[str, Any], dict[str, Any]]:
    """The question, its plan, the rows that one asking found, the answer, and the variables."""
    where, nearest = await towns(url), OPERATIONS["nearest"]
    asked = questions(where, nearest.metres, nearest.first)
    given = next(each.variables for each in asked if each.kind == COMMON)
    async with opened(url, SYSTEM, LAYOUT) as database:
        operation = reader(build(), database.engine).operation(SEARCH, None)
        assert isinstance(operation, Operation)
        ask = Ask(operation.variables.values(given), ANONYMOUS)
        plan = operation.plan(ask)
        assert plan
        kept: list[Any] = []
        fetch = database.reader.fetch

        class Kept:
            async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
                kept.append(await fetch(sql, values))
                return kept[-1]  # type: ignore[no-any-return]

        whole = database.reader
        database.reader = Kept()  # type: ignore[assignment]
        data = await run(plan, ask, database)
        database.reader = whole
    return operation, plan, ask, kept[-1:], data, given
