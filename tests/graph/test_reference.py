"""Generated questions: the plans answer as graphql-core does, and both engines alike."""

from functools import cache
from typing import Any

import orjson
import pytest

from commonweal.graph.reader import Reader
from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.web.answers import prepare
from commonweal.web.rooms import LAYOUT
from tests.asking import reader_on, schema
from tests.graph.both_ways import assert_equal, both_ways
from tests.graph.generated import Question, questions
from tests.graph.town import VIEWERS

SEEDS, QUESTIONS = 10, 50  # five hundred documents, each asked twice on each engine

prepared = cache(prepare)  # a document means the same to both engines


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_generated_questions_are_answered_alike_both_ways_and_on_both_engines(
    town_urls: dict[str, str], clock: TestClock, seed: int
) -> None:
    asked = list(questions(schema().graphql_schema, seed, QUESTIONS, prepared))
    answers = {}
    for engine, url in town_urls.items():
        async with opened(url, clock, LAYOUT) as database:
            answers[engine] = await answered(database, asked)

    for question, *both in zip(asked, *answers.values(), strict=True):
        for one, other in zip(*both, strict=True):
            assert alike(one, other), (question, one, other)


def alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The same answer; where nothing is left of one, an error of it is in both.

    What stands beside a field that is refused may be cancelled, or be refused as well in time
    (GraphQL, 6.4, on errors and non-null types): which of them is told is a matter of moments.
    """
    if one.get("data") is not None or other.get("data") is not None:
        return one == other
    return any(error in other["errors"] for error in one["errors"])


def test_of_answers_of_which_nothing_is_left_one_error_is_the_same() -> None:
    first, second = {"message": "1"}, {"message": "2"}
    gone: dict[str, Any] = {"data": None, "errors": [first, second]}
    assert alike(gone, {"data": None, "errors": [second]})
    assert not alike({"data": None, "errors": [first]}, {"data": None, "errors": [second]})
    assert not alike(gone, {"data": {"a": 1}, "errors": [second]})
    assert not alike({"data": {"a": 1}}, {"data": {"a": 2}})


async def answered(database: Database, asked: list[Question]) -> list[list[Any]]:
    reader = Reader(schema(), database.engine, prepared)
    answers, planned, reused = [], 0, 0
    for question in asked:
        both = [
            await both_ways(reader, database, question.text, values, viewer)
            for values, viewer in question.askings
        ]
        for each, asking in zip(both, question.askings, strict=True):
            assert_equal(each, question.text, asking)
        planned += sum(each.planned is not None for each in both)
        reused += both[1].reused
        answers.append([without_place(orjson.loads(each.executed)) for each in both])
    assert planned >= 0.7 * 2 * len(asked), "most are answered, not refused"
    assert reused >= 0.7 * len(asked), "a second asking finds the plan of the first"
    return answers


def without_place(answer: dict[str, Any]) -> dict[str, Any]:
    """Of rows that are refused side by side, which one is named is as their statements end."""
    for error in answer.get("errors", []):
        path = error.get("path") or []
        error["path"] = [0 if isinstance(part, int) else part for part in path]
    return answer


# What the planner leaves to the executor, whole: introspection, and nothing else.
NOT_PLANNED = {
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Asset") { name fields { name } } }',
    '{ __type(name: "Asset") { name } assets(first: 1) { totalCount } }',
}
PLANNED = {
    "{ __typename }",
    "{ __typename assets(first: 1) { __typename edges { __typename node { __typename } } } }",
    'mutation { __typename publishListing(input: {assetId: "x"}) { userErrors { __typename } } }',
}


@pytest.mark.parametrize("query", sorted(NOT_PLANNED | PLANNED))
async def test_only_introspection_is_not_planned(own_town: Database, query: str) -> None:
    both = await both_ways(reader_on(own_town.engine), own_town, query)

    assert (both.plan is None) == (query in NOT_PLANNED)
    assert_equal(both, query)
    assert b"errors" not in both.executed


def test_every_field_of_the_schema_is_planned() -> None:
    """Each field of each type has its declaration: none is answered by a resolver of its own."""
    reader = reader_on("sqlite")
    core, declared = reader.schema.core, reader.schema.declared
    types: list[Any] = list(core.type_map.values())
    rows = [
        type_
        for type_ in types
        if hasattr(getattr(type_, "graphene_type", None), "source")
        or type_ in (core.query_type, core.mutation_type)
    ]

    missing = [
        f"{type_.name}.{name}"
        for type_ in rows
        for name in type_.fields
        if name not in declared[type_.name]
    ]
    assert len(rows) >= 12
    assert not missing


@pytest.mark.parametrize("viewer", VIEWERS.values(), ids=VIEWERS)
async def test_a_private_list_is_seen_by_its_own_officers_both_ways(
    town: Database, viewer: Any
) -> None:
    query = "{ assets(first: 30) { edges { node { id history { totalCount } council { id } } } } }"
    both = await both_ways(reader_on(town.engine), town, query, {}, viewer)

    assert_equal(both)
    rows = [edge["node"] for edge in orjson.loads(both.executed)["data"]["assets"]["edges"]]
    ours = [f"are_{number:013}" for number in viewer.councils]
    assert [row["history"] is not None for row in rows] == [
        row["council"]["id"] in ours for row in rows
    ]
