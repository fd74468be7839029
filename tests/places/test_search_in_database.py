"""Circles, boxes and polygons: both engines answer alike, and as a brute-force oracle does."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database, opened
from commonweal.store.transaction import in_transaction
from commonweal.web.rooms import LAYOUT
from tests.asking import data
from tests.conftest import ENGINES, TODAY, done
from tests.places.scattered import Answer, Question, build, oracle, questions
from tests.postgres import Cluster

QUESTIONS = questions()
KINDS = ("circle", "box", "polygon")
SEARCH = """query($near: NearInput, $box: BoxInput, $inside: GeoJSON, $after: String) {
  search(near: $near, box: $box, inside: $inside, first: 100, after: $after) {
    edges { distance node { id } } pageInfo { hasNextPage endCursor } } }"""


async def whole(database: Database, question: Question) -> Answer:
    """A search's answer on all its pages."""
    edges: list[Any] = []
    after, more = None, True
    while more:
        found = (await data(database, SEARCH, question.arguments | {"after": after}))["search"]
        edges += found["edges"]
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    numbers = [read_id("lst", edge["node"]["id"]) for edge in edges]
    return Answer([n for n in numbers if n], [edge["distance"] for edge in edges])


async def answers_of(url: str) -> list[Answer]:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        await in_transaction(database, build)
        return [await whole(database, question) for question in QUESTIONS]


@pytest.fixture(scope="module")
def sqlite_answers(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    path = tmp_path_factory.mktemp("scattered") / "scattered.db"
    shutil.copy(sqlite_template, path)
    return done(answers_of(f"sqlite:{path}"))


@pytest.fixture(scope="module")
def postgresql_answers(postgres: Cluster, postgres_template: str) -> list[Answer]:
    name = f"commonweal_scattered_{uuid4().hex[:8]}"
    try:
        return done(answers_of(done(postgres.create_database(name, postgres_template))))
    finally:
        done(postgres.drop_database(name))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_shape_finds_what_brute_force_finds_in_its_order(
    engine: str, kind: str, request: pytest.FixtureRequest
) -> None:
    answers: list[Answer] = request.getfixturevalue(f"{engine}_answers")
    asked = [n for n, question in enumerate(QUESTIONS) if getattr(question, kind)]
    wrong = [n for n in asked if answers[n] != oracle(QUESTIONS[n])]
    assert not wrong, (QUESTIONS[wrong[0]], answers[wrong[0]], oracle(QUESTIONS[wrong[0]]))
    assert sum(bool(answers[n].numbers) for n in asked) > len(asked) / 2


def test_both_engines_give_the_same_listings_in_the_same_order(
    sqlite_answers: list[Answer], postgresql_answers: list[Answer]
) -> None:
    assert len(sqlite_answers) == len(QUESTIONS) == 350
    assert sqlite_answers == postgresql_answers
