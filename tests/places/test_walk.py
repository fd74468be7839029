"""Nearest first by steps: the same answers as by looking at everything, and little is looked at."""

import random
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
import shapely

from commonweal.graph.cursor import write_cursor
from commonweal.graph.walk import SHARE, SPARE, WIDER
from commonweal.kernel.ids import read_id
from commonweal.listings.rules import ListingKind
from commonweal.listings.tables import Listing
from commonweal.places.queries import FIRST_REACH_METRES, NEAREST_DEEPEST
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import ask, data, reader_on
from tests.graph.both_ways import Counted, assert_equal, both_ways
from tests.places.scattered import FIRST, POINTS, circles, council, listing

SQUARE: Final = (-2.0755, 51.8994)  # where nineteen stand
FIELDS: Final = """{ totalCount edges { cursor distance node { id kind } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"""
NEAR: Final = (
    "query($near: NearInput!, $kinds: [ListingKind!], $first: Int, $after: String) "
    f"{{ search(near: $near, kinds: $kinds, first: $first, after: $after) {FIELDS} }}"
)


def questions(count: int) -> Iterator[dict[str, Any]]:
    """Circles of all sizes everywhere, all choices of kinds, pages of any length.

    Not at a pole itself, where PostGIS's walk fails (its noise there is larger than what is to be
    told apart) and the executor answers.
    """
    pick, kinds = random.Random("walk"), [kind.name for kind in ListingKind]
    asked = (q for q in circles(pick) if abs(q.arguments["near"]["latitude"]) < 90)
    for _ in range(count):
        chosen = pick.choice([None, [], kinds, pick.choices(kinds, k=pick.randint(1, 5))])
        first = pick.choice([0, 1, 2, 3, 5, 20])
        yield {"near": next(asked).arguments["near"], "kinds": chosen, "first": first}


async def test_a_walk_answers_as_looking_at_everything_does(scattered: Database) -> None:
    """The executor asks for the nearest plainly: every row in the circle, sorted."""
    full = 0
    for variables in questions(60):
        both = await both_ways(reader_on(scattered.engine), scattered, NEAR, variables)
        assert_equal(both, variables)
        assert both.planned, variables
        page = orjson.loads(both.planned)["data"]["search"]
        full += page["pageInfo"]["hasNextPage"]
        after = page["pageInfo"]["endCursor"]
        onward = await both_ways(
            reader_on(scattered.engine), scattered, NEAR, variables | {"after": after}
        )
        assert_equal(onward, variables, after)
    assert full > 15, "else hardly any walk ends before the circle does"


async def steps(database: Database, variables: dict[str, Any]) -> list[tuple[str, Any]]:
    """The statements that one page needs, with their values."""
    counted = Counted(database)
    try:
        page = (await data(database, PLAIN, variables))["search"]
    finally:
        database.reader = counted.reader
    assert page["edges"]
    return counted.asked


PLAIN: Final = NEAR.replace("totalCount", "")


def near(metres: float) -> dict[str, Any]:
    return {"longitude": SQUARE[0], "latitude": SQUARE[1], "withinMetres": metres}


async def test_a_page_that_ends_amid_equals_takes_another_step(scattered: Database) -> None:
    assert POINTS.count(SQUARE) > 2 + SPARE + 2 // SHARE
    asked = await steps(scattered, {"near": near(100_000), "first": 1})
    if scattered.engine == "sqlite":
        assert len(asked) == 1, "the step holds all that are equal"
    else:
        assert [6 in values and 6 * WIDER not in values for _, values in asked] == [True, False]
    assert len({sql for sql, _ in asked}) == 1


async def test_what_is_nearer_on_the_sphere_alone_does_not_come_first(database: Database) -> None:
    """On the equator the sphere makes what lies north 0.56 % too far, and what lies east too near.

    So the index gives the east first, as many rows as a step takes, and their page looks complete
    to whoever takes the sphere's distances for the true ones.
    """
    page, rest = 12, SPARE
    degrees = 10_000 / 111_195  # 10 km on the sphere

    async def work(_tx: Transaction) -> None:
        east = [(degrees * (0.996 + i / 1e6), 0.0) for i in range(page + 1)]
        east += [(degrees * (1 + i / 1e6), 0.0) for i in range(rest)]
        north = [(0.0, degrees * (1.0005 + i / 1e6)) for i in range(10)]
        await council()
        await Listing.bulk_create(
            listing(number, shapely.Point(x, y)) for number, (x, y) in enumerate(east + north)
        )

    await in_transaction(database, work)
    near = {"longitude": 0.0, "latitude": 0.0, "withinMetres": 20_000}
    answer = (await data(database, PLAIN, {"near": near, "first": page}))["search"]
    found = [read_id("lst", edge["node"]["id"]) for edge in answer["edges"]]
    first_north = FIRST + page + 1 + rest
    assert found == [*range(first_north, first_north + 10), FIRST, FIRST + 1]
    assert [edge["distance"] for edge in answer["edges"]] == sorted(
        edge["distance"] for edge in answer["edges"]
    )


async def test_a_large_circle_costs_no_more_than_a_small_one(scattered: Database) -> None:
    """One statement, and on SQLite a circle of one step instead of the whole."""
    small = await steps(scattered, {"near": near(450), "first": 10})
    large = await steps(scattered, {"near": near(900_000), "first": 10})
    assert len(small) == len(large) <= 2
    if scattered.engine == "sqlite":
        assert FIRST_REACH_METRES in large[0][1]
        assert 900_000 not in large[0][1]


async def test_where_little_is_near_the_steps_go_on_to_the_end_of_the_circle(
    scattered: Database,
) -> None:
    """On the open sea, 400 km from the islands of the nearest cluster."""
    point = {"longitude": 176.0, "latitude": -16.8, "withinMetres": 460_000}
    asked = await steps(scattered, {"near": point, "first": 100})
    if scattered.engine == "sqlite":
        reached = [max(v for v in values if isinstance(v, float)) for _, values in asked]
        assert reached == [500, 2_000, 8_000, 32_000, 128_000, 460_000]
    else:
        assert len(asked) <= 2


@pytest.mark.parametrize("kind", ListingKind)
async def test_every_kind_is_walked_along_an_index_of_its_own(
    scattered: Database, kind: ListingKind
) -> None:
    asked = await steps(scattered, {"near": near(400_000), "kinds": [kind.name], "first": 3})
    sql, values = asked[-1]
    if scattered.engine == "postgresql":
        async with scattered.snapshot() as fetch:
            await fetch("SET LOCAL enable_sort = off", [])  # two thousand rows are soon sorted
            plan = "\n".join(row[0] for row in await fetch(f"EXPLAIN {sql}", values))
        assert re.search(rf"Index Scan using listing_nearest_{kind.name.lower()} ", plan), plan
        assert "Order By: " in plan


async def test_nearest_first_goes_so_deep_and_says_what_to_do_instead(scattered: Database) -> None:
    page = (await data(scattered, PLAIN, {"near": near(10_000), "first": 7}))["search"]
    deepest = NEAREST_DEEPEST.value
    too_deep = write_cursor("nearest", 0, 1, deepest)
    body = await ask(scattered, PLAIN, {"near": near(10_000), "after": too_deep})
    assert [error["extensions"]["code"] for error in body["errors"]] == ["TOO_FAR_DOWN"]
    assert body["errors"][0]["extensions"]["most"] == deepest
    assert "newest first" in body["errors"][0]["message"]
    nearly = write_cursor("nearest", 0, 1, deepest - 1)
    assert (await data(scattered, PLAIN, {"near": near(10_000), "after": nearly}))["search"]
    again = {"near": near(10_000), "first": 7, "after": page["pageInfo"]["endCursor"]}
    second = (await data(scattered, PLAIN, again))["search"]
    cursors = [found["pageInfo"]["endCursor"] for found in (page, second)]
    assert [orjson.loads(urlsafe_b64decode(cursor))[-1] for cursor in cursors] == [7, 14]
