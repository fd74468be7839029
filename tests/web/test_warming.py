"""Before the first request a served folder's operations have their plans."""

from pathlib import Path

import pytest

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask
from commonweal.graph.reader import Operation, Reader
from commonweal.store.database import Database
from commonweal.web.answers import reader
from commonweal.web.persisted import OperationUnfit, persisted_operations
from commonweal.web.settings import Settings
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


async def test_a_subscription_has_its_plan_too(cold: Reader, tmp_path: Path) -> None:
    asked = "subscription { listingChanged { listing { id title } } }"
    (tmp_path / "changes.graphql").write_text(asked)
    assert warm(cold, tmp_path) == 2


async def test_variables_that_are_missing_or_stale_are_passed_over(
    cold: Reader, tmp_path: Path
) -> None:
    one = "query One($id: ID!) { listing(id: $id) { id title } }"
    (tmp_path / "bare.graphql").write_text(one)
    (tmp_path / "stale.graphql").write_text(one.replace("One", "Stale"))
    (tmp_path / "stale.json").write_text('[{"number": 7}, {"id": ["x"]}, {"id": null}]')
    assert warm(cold, tmp_path) == 0
    (tmp_path / "stale.json").write_text('[{"id": ["x"]}, {"id": "lst_038pvv9dg0000"}]')
    assert warm(cold, tmp_path) == 2  # the others of its list are planned


async def test_what_lies_in_a_folder_below_has_its_plans_too(cold: Reader, tmp_path: Path) -> None:
    (tmp_path / "app" / "pages").mkdir(parents=True)
    (tmp_path / "app" / "pages" / "sound.graphql").write_text("{ search { totalCount } }")
    assert warm(cold, tmp_path) == 2


@pytest.mark.parametrize(
    "variables", ["", "[", '{"id": "lst_038pvv9dg0000"}', "[7]", "null", '["id"]']
)
async def test_variables_that_are_no_list_of_variables_name_their_file(
    cold: Reader, tmp_path: Path, variables: str
) -> None:
    (tmp_path / "one.graphql").write_text("{ search { totalCount } }")
    (tmp_path / "one.json").write_text(variables)
    with pytest.raises(OperationUnfit, match=r"one\.json"):
        warm(cold, tmp_path)
    settings = Settings(operations=tmp_path)
    with pytest.raises(OperationUnfit, match=r"one\.json"):  # before anything is opened
        persisted_operations(settings, schema())


async def test_no_folder_is_no_plan(cold: Reader) -> None:
    assert warm(cold, None) == 0
