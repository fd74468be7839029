"""The operations of fixtures/operations: planned, equal both ways, within their budgets."""

import pytest

from commonweal.graph.request import GraphQLRequest
from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.asking import ask, reader_on
from tests.graph.both_ways import assert_equal, both_ways
from tests.graph.operations import FOLDER, OPERATIONS, QUERIES, Operation
from tests.graph.town import VIEWERS, build


def test_every_variables_file_belongs_to_an_operation() -> None:
    names = {each.name for each in OPERATIONS}

    assert {path.stem for path in FOLDER.glob("*.json")} <= names
    assert len(names) >= 20


@pytest.mark.parametrize("who", VIEWERS)
async def test_operations_are_planned_and_equal_both_ways(own_town: Database, who: str) -> None:
    """Mutations too: each is done once, and its payload read twice."""
    reader = reader_on(own_town.engine)
    for operation in OPERATIONS:
        for variables in operation.askings:
            both = await both_ways(reader, own_town, operation.text, variables, VIEWERS[who])

            assert both.planned, f"{operation.name} is refused, or not planned"
            assert_equal(both, operation.name, variables)


@pytest.mark.parametrize("scale", [1, 3])
async def test_each_operation_costs_its_budget_whatever_the_size_of_the_town(
    database: Database, scale: int
) -> None:
    await build(database, scale)
    used = {each.name: max(await statements(database, each)) for each in OPERATIONS}

    assert used == {each.name: each.budget for each in OPERATIONS}


async def statements(database: Database, operation: Operation) -> list[int]:
    """How many statements each asking costs; the steps of a walk are one, asked again."""
    used = []
    for variables in operation.askings:
        request = GraphQLRequest(operation.text, variables, None, safe=False)
        answer = await reader_on(database.engine).answer(request, operation.viewer, database)
        assert b'"errors":' not in answer.body, answer.body
        used.append(request.trace.statements)
    return used


async def test_both_engines_answer_every_operation_alike(
    town_urls: dict[str, str], clock: TestClock
) -> None:
    answers: dict[str, list[object]] = {}
    for engine, url in town_urls.items():
        async with opened(url, clock, LAYOUT) as database:
            answers[engine] = [
                (each.name, variables, await ask(database, each.text, variables, viewer))
                for each in QUERIES
                for variables in each.askings
                for viewer in VIEWERS.values()
            ]

    for one, other in zip(answers["sqlite"], answers["postgresql"], strict=True):
        assert one == other
