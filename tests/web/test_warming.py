"""Before the first request a served folder's operations have their plans."""

from pathlib import Path

import pytest

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask
from commonweal.graph.reader import Operation, Reader
from commonweal.store.database import Database
from commonweal.web.answers import reader
from commonweal.web.warming import warm
from tests.asking import schema
from tests.graph.operations import FOLDER, QUERIES


@pytest.fixture
def cold(database: Database) -> Reader:
    return reader(schema(), database.engine)


async def test_the_plans_of_a_folder_s_operations_are_made(cold: Reader) -> None:
    assert warm(cold, FOLDER) >= 2 * len(QUERIES)  # for who is signed in, and for who is not
    for each in QUERIES:
        operation = cold.operation(each.text, None)
        assert isinstance(operation, Operation)
        known = len(operation.plans)
        for variables in each.askings:
            operation.plan(Ask(operation.variables.values(variables), ANONYMOUS))
        assert len(operation.plans) == known


async def test_what_cannot_be_planned_is_passed_over(cold: Reader, tmp_path: Path) -> None:
    (tmp_path / "unknown.graphql").write_text("{ unknown }")
    (tmp_path / "refused.graphql").write_text("{ search(order: NEAREST) { totalCount } }")
    (tmp_path / "sound.graphql").write_text("{ search { totalCount } }")
    assert warm(cold, tmp_path) == 2


async def test_no_folder_is_no_plan(cold: Reader) -> None:
    assert warm(cold, None) == 0
