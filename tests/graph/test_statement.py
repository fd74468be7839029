"""Pages: how many rows, each once, in every order, whatever happens in between."""

import json
from itertools import product
from typing import Any, Final

import pytest

from commonweal.graph.declare import PAGE, PAGE_MOST
from commonweal.kernel.ids import read_id
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import ask, data
from tests.conftest import TODAY
from tests.graph.town import COUNCIL, LISTINGS, OFFICER, OTHER_SUBJECTS, SQUARE

NEAR: Final = 'near: {place: "gl50 1dy", withinMetres: 900000}'
EVERYWHERE: Final = "box: {west: -180, south: -90, east: 180, north: 90}"
ORDERS: Final = {  # every list at the root, in every order
    "newest": "search(%s)",
    "newest on the map": f"search({EVERYWHERE}, order: NEWEST, %s)",
    "nearest": f"search({NEAR}, %s)",
    "nearest of some kinds": f"search({NEAR}, kinds: [SHOP, ASSET], %s)",
    "closing soon": "search(order: CLOSING_SOON, %s)",
    "closing soon and near": f"search({NEAR}, order: CLOSING_SOON, %s)",
    "assets": "assets(%s)",
    "areas": "areas(%s)",
    "places": "places(%s)",
}
NESTED: Final = ("listings", "values", "rows", "areas", "history")


async def pages(database: Database, field: str, size: int) -> list[list[str]]:
    """The ids of each page in turn."""
    found: list[list[str]] = []
    after = None
    while True:
        text = field % "first: $size, after: $after"
        query = f"""query($size: Int, $after: String) {{ list: {text} {{
          edges {{ cursor node {{ id }} }}
          pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
        page = (await data(database, query, {"size": size, "after": after}))["list"]
        found.append([edge["node"]["id"] for edge in page["edges"]])
        cursors, info = [edge["cursor"] for edge in page["edges"]], page["pageInfo"]
        assert [info["startCursor"], info["endCursor"]] == [cursors[0], cursors[-1]]
        assert info["hasPreviousPage"] is (len(found) > 1)
        if not info["hasNextPage"]:
            return found
        after = info["endCursor"]


@pytest.mark.parametrize("order", ORDERS)
async def test_pages_of_any_size_hold_every_row_once_in_one_order(
    town: Database, order: str
) -> None:
    whole = [id_ for page in await pages(town, ORDERS[order], 100) for id_ in page]
    total = (await data(town, f"{{ list: {ORDERS[order] % 'first: 0'} {{ totalCount }} }}"))["list"]

    assert len(whole) == len(set(whole)) == total["totalCount"] > 5
    for size in (1, 7):
        walked = await pages(town, ORDERS[order], size)
        assert [id_ for page in walked for id_ in page] == whole
        assert {len(page) for page in walked[:-1]} <= {size}


async def test_rows_that_are_alike_are_in_the_order_of_their_ids(town: Database) -> None:
    """Many stand on one spot, were published in one hour, or never close."""
    for name in ("nearest", "newest", "closing soon"):
        text = ORDERS[name] % "first: 100"
        fields = "node { id publishedAt closesAt } distance"
        found = (await data(town, f"{{ list: {text} {{ edges {{ {fields} }} }} }}"))["list"][
            "edges"
        ]
        key: Any = {
            "nearest": lambda edge: edge["distance"],
            "newest": lambda edge: [-ord(c) for c in edge["node"]["publishedAt"]],
            "closing soon": lambda edge: edge["node"]["closesAt"] or "9999",
        }[name]
        keys = [(key(edge), read_id("lst", edge["node"]["id"])) for edge in found]

        assert keys == sorted(keys)
        assert len({str(first) for first, _ in keys}) < len(keys), "there are ties"


@pytest.mark.parametrize("field", NESTED)
async def test_lists_in_a_list_are_paged_for_each_row_by_itself(town: Database, field: str) -> None:
    """What the pages of all rows hold together is what each row's list holds alone."""
    query = f"""query($first: Int, $after: String) {{ assets(first: 12) {{ edges {{ node {{ id
      list: {field}(first: $first, after: $after) {{ totalCount edges {{ cursor node {{ id }} }}
        pageInfo {{ hasNextPage endCursor }} }} }} }} }} }}"""

    async def lists(**values: Any) -> dict[str, Any]:
        found = await data(town, query, values, OFFICER)
        nodes = [edge["node"] for edge in found["assets"]["edges"]]
        return {node["id"]: node["list"] for node in nodes if node["list"]}

    whole = await lists(first=100)
    assert any(len(page["edges"]) > 1 for page in whole.values())
    for page in whole.values():
        assert page["totalCount"] == len(page["edges"])
    for size in (0, 1, 2):
        for id_, page in (await lists(first=size)).items():
            assert page["edges"] == whole[id_]["edges"][:size]
            assert page["totalCount"] == whole[id_]["totalCount"]
            assert page["pageInfo"]["hasNextPage"] is (len(whole[id_]["edges"]) > size)
    start = next(page for page in whole.values() if len(page["edges"]) > 1)["edges"][0]["cursor"]
    for id_, page in (await lists(first=100, after=start)).items():
        beyond = [edge for edge in page["edges"] if edge in whole[id_]["edges"]]
        assert page["edges"] == beyond
        assert start not in [edge["cursor"] for edge in page["edges"]]


async def publish(database: Database, number: int) -> None:
    """One more listing on the square, as new as any."""

    async def work(tx: Transaction) -> None:
        await Listing.create(
            id=number,
            kind=ListingKind.SHOP,
            state=ListingState.OPEN,
            subject_id=OTHER_SUBJECTS + number,
            council_id=COUNCIL,
            title=f"Shop {number}",
            category="FOOD",
            location=SQUARE,
            published_at=TODAY,
        )

    await in_transaction(database, work)


@pytest.mark.parametrize("order", ["newest", "nearest", "closing soon"])
async def test_what_is_published_between_pages_moves_no_other_row(
    own_town: Database, order: str
) -> None:
    """Every row that was there is met once, in its order; offsets would repeat or miss some."""
    before = [id_ for page in await pages(own_town, ORDERS[order], 100) for id_ in page]
    seen: list[str] = []
    after = None
    for step in range(100):
        await publish(own_town, LISTINGS - 1 - step if step % 2 else LISTINGS + 500 + step)
        query = f"""query($after: String) {{ list: {ORDERS[order] % "first: 2, after: $after"} {{
          edges {{ node {{ id }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        page = (await data(own_town, query, {"after": after}))["list"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert not page["pageInfo"]["hasNextPage"]
    assert len(seen) == len(set(seen))
    assert [id_ for id_ in seen if id_ in before] == before


async def test_a_page_is_of_0_to_100_rows(town: Database) -> None:
    for field, first in product(
        ("search", "assets", "areas", "places"), (-1, -(2**31), 101, 2**31 - 1, None)
    ):
        shown = "null" if first is None else first
        by_variable = f"query($n: Int) {{ {field}(first: $n) {{ edges {{ cursor }} }} }}"
        by_literal = f"{{ {field}(first: {shown}) {{ edges {{ cursor }} }} }}"
        for query in (by_variable, by_literal):
            [error] = (await ask(town, query, {"n": first}))["errors"]

            assert error["extensions"]["code"] == "PAGE_TOO_LONG"
            assert error["extensions"]["argument"] == "first"


async def test_a_page_is_of_a_whole_number_of_rows(town: Database) -> None:
    for first in ("2147483648", "1000000000000", "1.5", '"5"', "true", "[1]"):
        literal = await ask(town, f"{{ assets(first: {first}) {{ totalCount }} }}")
        value = {"n": json.loads(first)}
        variable = await ask(town, "query($n: Int) { assets(first: $n) { totalCount } }", value)

        for body in (literal, variable):
            assert "data" not in body
            assert len(body["errors"]) == 1


async def test_a_page_is_of_twenty_rows_unless_said_otherwise(town: Database) -> None:
    for given in ("", "(first: $n)"):
        query = (
            f"query($n: Int) {{ assets{given} {{ edges {{ cursor }} }} }}"
            if given
            else ("{ assets { edges { cursor } } }")
        )
        assert len((await data(town, query))["assets"]["edges"]) == PAGE
    for size in (0, 1, PAGE_MOST):
        found = await data(town, f"{{ assets(first: {size}) {{ edges {{ cursor }} }} }}")
        assert len(found["assets"]["edges"]) == min(size, 60)
