"""What becomes of a request that cannot be answered: said, or masked with a reference."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets import actions
from commonweal.assets.actions_registers import READ_SECONDS
from commonweal.graph import reader as reader_module
from commonweal.graph.mutation import Command
from commonweal.graph.plan import Planner
from commonweal.graph.reader import Reader
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.store.database import Database
from commonweal.store.errors import Busy
from commonweal.web.answers import prepare
from tests.asking import ask, data, reader_on, schema
from tests.graph.both_ways import Counted
from tests.graph.town import OFFICER

SECRET = "SELECT hash FROM people WHERE file = '/etc/service/password'"


def broken(*_: object, **__: object) -> Any:
    raise RuntimeError(SECRET)


def assert_masked(error: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of the cause but a reference, under which the log tells all of it."""
    reference = error["extensions"]["reference"]
    assert error["extensions"] == {"code": "INTERNAL", "reference": reference}
    assert error["message"] == (
        f"Something went wrong on our side. Quote {reference} when you report it."
    )
    shown = orjson.dumps(error).decode()
    for word in ("SELECT", "/", "RuntimeError", "Traceback", ".py"):
        assert word not in shown
    [record] = [each for each in caplog.records if reference in each.getMessage()]
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert SECRET in str(record.exc_info[1])


async def test_a_defect_in_reading_is_masked_where_it_belongs(
    town: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(town.reader, "fetch", broken)
    body = await ask(town, '{ __typename mine: place(matching: "GL50") { place { id } } }')

    [error] = body["errors"]
    assert body["data"] == {"__typename": "Query", "mine": None}
    assert error["path"] == ["mine"]
    assert error["locations"] == [{"line": 1, "column": 14}]
    assert_masked({k: error[k] for k in ("message", "extensions")}, caplog)
    caplog.clear()


async def test_the_masked_errors_of_a_request_have_its_reference_and_the_log_tells_each(
    town: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(town.reader, "fetch", broken)
    query = '{ a: place(matching: "x") { approximate } b: place(matching: "y") { approximate } }'
    monkeypatch.setattr(Planner, "plan", broken)
    body = await ask(town, query)

    [reference] = {error["extensions"]["reference"] for error in body["errors"]}
    for path in ("['a']", "['b']"):
        assert f"error {reference} at {path}" in caplog.text
    caplog.clear()


async def test_a_defect_in_a_mutation_is_masked_and_nothing_of_it_remains(
    own_town: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(actions, "record", broken)
    publish = """mutation { publishListing(input: {assetId: "ast_00000000009rh"}) {
      listing { id } userErrors { __typename } } }"""
    body = await ask(own_town, publish, None, OFFICER)

    assert body["data"] == {"publishListing": None}
    assert_masked(body["errors"][0], caplog)
    asset = '{ asset(id: "ast_00000000009rh") { state listings { totalCount } } }'
    held = {"asset": {"state": "HELD", "listings": {"totalCount": 0}}}
    assert await data(own_town, asset) == held


async def test_a_defect_of_the_planner_alone_is_logged_and_the_executor_answers(
    town: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    query = '{ place(matching: "GL50") { place { name kind } } }'
    planned = await ask(town, query)
    monkeypatch.setattr(Planner, "plan", broken)
    reader = Reader(schema(), town.engine, prepare)
    answer = await reader.answer(GraphQLRequest(query, None, None, safe=True), ANONYMOUS, town)

    assert orjson.loads(answer.body) == planned
    assert "a planned answer failed; the executor tries" in caplog.text
    assert SECRET in caplog.text
    caplog.clear()


async def test_a_busy_database_is_said_to_be_busy_and_not_asked_again(
    town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def busy(*about: object) -> Any:
        asked.append(about)
        raise Busy(5)

    monkeypatch.setattr(town.reader, "fetch", busy)
    body = await ask(town, '{ place(matching: "GL50") { place { id } } }')

    assert len(asked) == 1
    assert body == {
        "data": None,
        "errors": [
            {
                "message": "Other changes kept the database busy for 5 seconds. Try again shortly.",
                "extensions": {"code": "BUSY", "seconds": 5},
            }
        ],
    }


Asked = Callable[..., Any]


@pytest.fixture
def answer(town: Database) -> Asked:
    reader = Reader(schema(), town.engine, prepare)

    async def answered(
        query: str, variables: Any = None, name: str | None = None, safe: bool = False
    ) -> tuple[Answer, dict[str, Any]]:
        request = GraphQLRequest(query, variables, name, safe)
        found = await reader.answer(request, ANONYMOUS, town)
        return found, orjson.loads(found.body or b"{}")

    return answered


MUTATION = 'mutation { withdrawListing(input: {listingId: "x", reason: "y"}) { __typename } }'


@pytest.mark.parametrize(
    ("query", "variables", "name", "code"),
    [
        ("{", None, None, "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", None, None, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", None, None, "NO_OPERATION"),
        ("query A { __typename } query B { __typename }", None, "C", "NO_OPERATION"),
        ("query($n: Int!) { assets(first: $n) { totalCount } }", {}, None, "NOT_COERCED"),
        ("query($n: Int!) { assets(first: $n) { totalCount } }", {"n": "x"}, None, "NOT_COERCED"),
        ("query($n: Float!) { search(near: {longitude: $n, latitude: 1}) { totalCount } }",
         {"n": 10**400}, None, "NOT_COERCED"),
        ("query($n: Date) { areas(on: $n) { totalCount } }", {"n": "x"}, None, "NOT_COERCED"),
        ("query($n: GeoJSON) { search(inside: $n) { totalCount } }", {"n": 5}, None, "NOT_COERCED"),
        ("query($n: Int!) { assets(first: $n) { edges { node { rows(first: $n) { totalCount }}}}}",
         {"n": 99}, None, "TOO_COSTLY"),
    ],
)  # fmt: skip
async def test_a_request_at_fault_is_refused_with_a_code_before_anything_is_done(
    answer: Asked, query: str, variables: Any, name: str | None, code: str
) -> None:
    found, body = await answer(query, variables, name)

    assert found.kind == "request_error"
    assert "data" not in body
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]


async def test_a_named_operation_of_several_is_run(answer: Asked) -> None:
    query = "query A { __typename } query B { b: __typename }"

    assert (await answer(query, None, "B"))[1] == {"data": {"b": "Query"}}


async def test_a_mutation_is_not_done_by_get(answer: Asked) -> None:
    found, _ = await answer(MUTATION, safe=True)

    assert found.kind == "mutation_by_get"


async def test_a_mutation_names_each_of_its_outcomes(own_town: Database) -> None:
    """Aliases of one mutation are done one after the other, each in a transaction of its own."""
    query = """mutation($id: ID!) {
      first: publishListing(input: {assetId: $id}) { asset { state } userErrors { __typename } }
      second: publishListing(input: {assetId: $id}) { asset { state } userErrors { __typename } }
      __typename
    }"""
    found = await data(own_town, query, {"id": "ast_00000000009rh"}, OFFICER)

    assert found == {
        "first": {"asset": {"state": "LISTED"}, "userErrors": []},
        "second": {"asset": None, "userErrors": [{"__typename": "WrongState"}]},
        "__typename": "Mutation",
    }


async def test_a_refused_argument_asks_no_statement_for_every_field_around_it(
    town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(town)
    monkeypatch.setattr(town, "reader", counted)
    query = """{ assets(first: 50) { edges { node { name address tenure
      distance(from: {longitude: 51.9, latitude: -2.08}) } } } }"""
    body = await ask(town, query)

    assert [error["extensions"]["code"] for error in body["errors"]] == ["LOOKS_SWAPPED"]
    assert "data" not in body
    await asyncio.sleep(0.1)  # nothing is asked after the answer either
    assert counted.asked == []


async def test_an_answer_that_takes_too_long_is_stopped_and_the_next_one_is_served(
    town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    if town.engine == "postgresql":
        slow = "SELECT pg_sleep(60)"
    fetch = town.reader.fetch
    monkeypatch.setattr(reader_module, "QUERY_SECONDS", 1)
    monkeypatch.setattr(town.reader, "fetch", lambda _sql, _values: fetch(slow, []))
    body = await ask(town, '{ place(matching: "GL50") { place { id } } }')
    monkeypatch.setattr(town.reader, "fetch", fetch)

    assert body["data"] is None
    assert body["errors"][0]["extensions"] == {"code": "TOOK_TOO_LONG", "seconds": 1}
    next_one = await data(town, '{ place(matching: "GL50") { approximate } }')
    assert next_one == {"place": {"approximate": False}}


async def test_a_mutation_with_much_to_prepare_has_that_much_more_time(
    own_town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = reader_on(own_town.engine).schema.declared["Mutation"]["publishListing"]

    async def prepare(_database: Database, _viewer: Viewer, **given: Any) -> dict[str, Any]:
        await asyncio.sleep(1.2)
        return given

    monkeypatch.setattr(reader_module, "MUTATION_SECONDS", 1)
    monkeypatch.setattr(publish, "prepare", prepare)
    query = """mutation($id: ID!) { __typename
      publishListing(input: {assetId: $id}) { userErrors { __typename } } }"""
    asked = {"id": "ast_00000000009rh"}
    [late] = (await ask(own_town, query, asked, OFFICER))["errors"]
    assert late["extensions"] == {"code": "TOOK_TOO_LONG", "seconds": 1}
    assert late["message"] == (
        "This took longer than 1 seconds and was stopped. Try again in a moment, or ask for less "
        "at once."
    )
    monkeypatch.setattr(publish, "prepare_seconds", 5)
    assert (await data(own_town, query, asked, OFFICER))["publishListing"] == {"userErrors": []}
    read = reader_on(own_town.engine).schema.declared["Mutation"]["readRegister"]
    assert isinstance(read, Command)
    assert read.prepare_seconds == READ_SECONDS.value == 60
