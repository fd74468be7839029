"""Nearest first: to the millimetre, ties complete, whatever the length of a page."""

from typing import Any

import pytest

from commonweal.store.database import Database
from tests.asking import ask, data
from tests.places.scattered import POINTS, in_circle

SQUARE = (-2.0755, 51.8994)  # where nineteen stand, in the midst of a lattice of others
NEAR = """query($near: NearInput!, $first: Int, $after: String) {
  search(near: $near, first: $first, after: $after) { totalCount
    edges { distance node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
TITLES = "query($order: ListingOrder) { search(order: $order) { edges { node { title } } } }"


def around(point: tuple[float, float], metres: float) -> dict[str, Any]:
    return {"longitude": point[0], "latitude": point[1], "withinMetres": metres}


async def pages(database: Database, near: dict[str, Any], first: int) -> list[list[Any]]:
    """Pages of (id, distance), until there is no next one."""
    found: list[list[Any]] = []
    after, more = None, True
    while more:
        asked = {"near": near, "first": first, "after": after}
        page = (await data(database, NEAR, asked))["search"]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        found.append([(edge["node"]["id"], edge["distance"]) for edge in page["edges"]])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


@pytest.mark.parametrize("first", [1, 2, 7])
async def test_ties_are_complete_and_in_order_over_pages_of_any_length(
    scattered: Database, first: int
) -> None:
    near = around((-2.08 + 3 / 1024, 51.89 + 4 / 1024), 400)  # a point of the lattice
    [whole] = await pages(scattered, near, 100)
    distances = [metres for _, metres in whole]
    assert 40 < len(whole) < 100
    assert len(set(distances)) < len(distances)
    assert whole == sorted(whole, key=lambda edge: (edge[1], edge[0]))
    by_pages = await pages(scattered, near, first)
    assert [edge for page in by_pages for edge in page] == whole
    assert {len(page) for page in by_pages[:-1]} == {first}


async def test_nineteen_at_one_point_page_completely_by_sevens(scattered: Database) -> None:
    assert POINTS.count(SQUARE) == 19
    by_sevens = await pages(scattered, around(SQUARE, 1), 7)
    assert [len(page) for page in by_sevens] == [7, 7, 5]
    edges = [edge for page in by_sevens for edge in page]
    assert {metres for _, metres in edges} == {0.0}
    assert len({number for number, _ in edges}) == 19
    assert edges == sorted(edges)


async def test_a_page_that_ends_with_the_last_row_has_no_next_page(scattered: Database) -> None:
    asked = {"near": around(SQUARE, 1), "first": 19}
    page = (await data(scattered, NEAR, asked))["search"]
    assert page["totalCount"] == 19
    assert page["pageInfo"]["hasNextPage"] is False
    assert (await data(scattered, NEAR, asked | {"first": 18}))["search"]["pageInfo"]["hasNextPage"]
    assert (await data(scattered, NEAR, asked | {"first": 0}))["search"]["edges"] == []


async def test_the_edge_of_a_circle_is_exact_to_the_millimetre(scattered: Database) -> None:
    here = (-2.06, 51.9)
    all_of_them = in_circle(*here, 3_000)
    [last] = [metres for metres in all_of_them.metres[50:51] if metres]
    for metres in (last - 0.001, last + 0.001):
        expected = in_circle(*here, metres)
        [*found] = [
            edge for page in await pages(scattered, around(here, metres), 100) for edge in page
        ]
        assert [metres for _, metres in found] == expected.metres
    assert len(in_circle(*here, last - 0.001).numbers) < len(in_circle(*here, last + 0.001).numbers)


async def test_what_has_no_point_is_listed_by_newest_but_never_near(town: Database) -> None:
    async def titles(query: str, **variables: Any) -> set[str]:
        found = (await data(town, query, variables))["search"]["edges"]
        return {edge["node"]["title"] for edge in found}

    assert await titles(TITLES) == {"At the market", "Out at sea", "Nowhere"}
    assert await titles(TITLES, order="CLOSING_SOON") == {"At the market", "Out at sea", "Nowhere"}
    near = """{ search(near: {place: "Wernbridge", withinMetres: 1000000}) {
      edges { node { title } } } }"""
    assert await titles(near) == {"At the market", "Out at sea"}
    box = """{ search(box: {west: -180, south: -90, east: 180, north: 90}) {
      edges { node { title } } } }"""
    assert await titles(box) == {"At the market", "Out at sea"}


async def test_near_can_be_ordered_by_newest_and_still_tells_distances(scattered: Database) -> None:
    query = """query($near: NearInput!) { search(near: $near, order: NEWEST, first: 100) {
      edges { distance node { publishedAt } } } }"""
    edges = (await data(scattered, query, {"near": around(SQUARE, 200)}))["search"]["edges"]
    instants = [edge["node"]["publishedAt"] for edge in edges]
    assert instants == sorted(instants, reverse=True)
    assert sorted(edge["distance"] for edge in edges) == in_circle(*SQUARE, 200).metres


async def test_a_distance_is_null_where_there_is_no_point_to_measure_from(town: Database) -> None:
    found = await data(town, "{ search { edges { distance node { title } } } }")
    assert {edge["distance"] for edge in found["search"]["edges"]} == {None}
    query = """{ search { edges { node { title
      distance(from: {longitude: -2.925082, latitude: 52.184665}) } } } }"""
    nodes = [edge["node"] for edge in (await data(town, query))["search"]["edges"]]
    far = next(node["distance"] for node in nodes if node["title"] == "Out at sea")
    assert {node["title"]: node["distance"] for node in nodes} == {
        "At the market": 0.0,
        "Out at sea": far,
        "Nowhere": None,
    }
    assert round(far, 3) == far > 300_000


async def test_nearest_without_near_is_refused_with_what_to_give(town: Database) -> None:
    body = await ask(town, TITLES, {"order": "NEAREST"})
    assert [error["extensions"]["code"] for error in body["errors"]] == ["NEAREST_NEEDS_NEAR"]
    assert "give `near`" in body["errors"][0]["message"]
