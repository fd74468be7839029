"""Circles, boxes and polygons: both engines answer alike, and as a brute-force oracle does."""

import math
from typing import Any

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.asking import data
from tests.conftest import ENGINES, TODAY, done
from tests.places.scattered import Answer, Question, oracle, questions

QUESTIONS = questions()
DEGREE_METRES = 111_195  # a degree of a great circle
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
        return [await whole(database, question) for question in QUESTIONS]


@pytest.fixture(scope="module")
def sqlite_answers(sqlite_scattered: str) -> list[Answer]:
    return done(answers_of(sqlite_scattered))


@pytest.fixture(scope="module")
def postgresql_answers(postgresql_scattered: str) -> list[Answer]:
    return done(answers_of(postgresql_scattered))


@pytest.mark.parametrize("kind", ["circle", "box", "polygon"])
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


def test_the_questions_reach_the_poles_and_across_180_degrees() -> None:
    circles = [question.circle for question in QUESTIONS if question.circle]
    boxes = [question.box for question in QUESTIONS if question.box]
    high = [abs(latitude) + metres / DEGREE_METRES > 90 for _, latitude, metres in circles]
    wide = [
        metres / DEGREE_METRES / math.cos(math.radians(latitude)) > 180 - abs(longitude)
        for longitude, latitude, metres in circles
    ]
    assert sum(high) >= 10
    assert sum(wide) - sum(high) >= 9
    assert sum(west > east for west, _, east, _ in boxes) >= 20
    assert min(metres for *_, metres in circles) < 1
    assert max(metres for *_, metres in circles) > 900_000
