"""Saved searches: kept as they were asked, looked at each morning, off with one click."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commonweal.kernel.ids import write_id
from commonweal.listings.actions import hide
from commonweal.listings.actions_searches import send_digests
from commonweal.listings.rules_searches import FOUND, SEARCH_CHARACTERS, SEARCHES
from commonweal.listings.tables_searches import SavedSearch
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.web.digests import newest_found
from tests.asking import data
from tests.conftest import Advance
from tests.listings.test_window import put_in, shown
from tests.makers import CENTRE
from tests.people.signing import Somebody, signed_in

MINE = """{ me { savedSearches { edges { node { id name arguments alert } } } } }"""
AFTER_DAWN = timedelta(hours=20)  # from noon: eight in the morning


async def saved(whom: Somebody, name: str = "Food", **asked: Any) -> dict[str, Any]:
    return await whom.does("saveSearch", "search { id }", name=name, **asked)


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def mine(whom: Somebody) -> list[dict[str, Any]]:
    found = (await whom.asks(MINE))["me"]["savedSearches"]["edges"]
    return [edge["node"] for edge in found]


async def morning(database: Database) -> list[Message]:
    """The job, and the letters that there are by then."""
    await send_digests(newest_found, database, {})
    return await Message.filter(kind="digest").order_by("id")


async def test_a_search_is_kept_as_it_was_asked_and_asks_the_same_again(
    database: Database,
) -> None:
    await put_in(database, shown("Bakery", 1, location=CENTRE))
    ada = await signed_in(database, "ada@example.org")
    asked: dict[str, Any] = {
        "words": "bakery",
        "near": {"longitude": -2.08, "latitude": 51.9, "withinMetres": 300.0},
        "kinds": ["SHOP"],
        "categories": ["FOOD"],
    }
    assert codes(await saved(ada, **asked)) == []
    [row] = await mine(ada)
    assert (row["name"], row["arguments"], row["alert"]) == ("Food", asked, True)
    query = """query($words: String, $near: NearInput, $kinds: [ListingKind!],
      $categories: [String!]) { search(words: $words, near: $near, kinds: $kinds,
      categories: $categories) { totalCount } }"""
    assert (await data(database, query, row["arguments"]))["search"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"words": "!"}, "NO_WORDS_ASKED"),
        ({"words": "a b c d e f g h i"}, "TOO_MANY_WORDS_ASKED"),
        ({"words": "a" * 201}, "WORDS_ASKED_TOO_LONG"),
        ({"near": {"withinMetres": 5.0}}, "NEAR_NEEDS_ONE_PLACE"),
        ({"near": {"longitude": 1.0}}, "NEAR_NEEDS_ONE_PLACE"),
        ({"near": {"longitude": 1.0, "latitude": 1.0, "place": "x"}}, "NEAR_NEEDS_ONE_PLACE"),
        ({"near": {"longitude": 51.9, "latitude": -2.08}}, "LOOKS_SWAPPED"),
        ({"near": {"place": "x", "withinMetres": 0.0}}, "RADIUS_OUT_OF_RANGE"),
        ({"area": "lst_0000000000000"}, "NOT_AN_AREA"),
        ({"name": " "}, "SEARCH_NAME_LENGTH"),
        ({"name": "x" * 101}, "SEARCH_NAME_LENGTH"),
        ({"categories": ["x" * SEARCH_CHARACTERS.value]}, "SEARCH_TOO_LONG"),
    ],
)
async def test_what_search_would_refuse_is_not_kept(
    database: Database, asked: dict[str, Any], code: str
) -> None:
    ada = await signed_in(database, "ada@example.org")
    assert codes(await saved(ada, **asked)) == [code]
    assert await SavedSearch.all().count() == 0


async def test_a_person_has_so_many_and_of_several_at_once_none_is_too_many(
    database: Database,
) -> None:
    ada = await signed_in(database, "ada@example.org")
    await asyncio.gather(*(saved(ada, str(n)) for n in range(SEARCHES.value - 1)))
    outcomes = await asyncio.gather(*(saved(ada, "Last") for _ in range(6)))
    assert sorted(map(codes, outcomes)) == [[], *[["TOO_MANY_SEARCHES"]] * 5]
    assert len(await mine(ada)) == SEARCHES.value


async def test_mine_are_mine_to_rename_to_switch_and_to_delete(database: Database) -> None:
    ada, bob = [await signed_in(database, f"{n}@example.org") for n in ("ada", "bob")]
    number = (await saved(ada))["search"]["id"]
    for name, more in (
        ("renameSearch", {"name": "Bread"}),
        ("setAlert", {"on": False}),
        ("deleteSearch", {}),
    ):
        for unseen in (number, write_id("sse", 5)):
            assert codes(await bob.does(name, searchId=unseen, **more)) == ["NOT_FOUND"]
    assert await mine(bob) == []
    await ada.does("renameSearch", searchId=number, name="Bread")
    await ada.does("setAlert", searchId=number, on=False)
    [row] = await mine(ada)
    assert (row["name"], row["alert"]) == ("Bread", False)
    await ada.does("deleteSearch", searchId=number)
    assert await mine(ada) == []


async def test_one_letter_in_the_morning_tells_what_is_new_in_all_searches(
    database: Database, advance: Advance
) -> None:
    await put_in(database, shown("Old bakery", 1))
    await advance(timedelta(seconds=1))
    ada = await signed_in(database, "ada@example.org")
    await saved(ada, "Food", categories=["FOOD"])
    await saved(ada, "Mills", words="mill")
    await advance(timedelta(minutes=1))
    await put_in(database, shown("New bakery", 2, address="1 High Street"), shown("The mill", 3))
    assert await morning(database) == []  # it is noon, and today was seen to
    await advance(timedelta(hours=18))
    assert await morning(database) == []  # it is six
    await advance(timedelta(hours=2))
    [letter] = await morning(database)
    assert letter.to_address == "ada@example.org"
    assert "Food:\n- New bakery, 1 High Street\n- The mill\n" in letter.body
    assert "Mills:\n- The mill\n" in letter.body
    assert "Old bakery" not in letter.body
    assert len(await morning(database)) == 1  # once a day
    await advance(timedelta(days=1))
    assert len(await morning(database)) == 1  # nothing new: no letter
    await put_in(database, shown("Tea room", 4))
    await advance(timedelta(days=1))
    assert "- Tea room" in (await morning(database))[-1].body


async def test_of_two_workers_at_once_one_writes(database: Database, advance: Advance) -> None:
    ada = await signed_in(database, "ada@example.org")
    await saved(ada)
    await put_in(database, shown("Bakery", 1))
    await advance(AFTER_DAWN)
    await asyncio.gather(*(send_digests(newest_found, database, {}) for _ in range(3)))
    assert await Message.filter(kind="digest").count() == 1


async def test_what_is_published_while_it_is_looked_is_in_the_next_letter(
    database: Database, advance: Advance
) -> None:
    ada = await signed_in(database, "ada@example.org")
    await saved(ada)
    await advance(AFTER_DAWN)
    await put_in(database, shown("This very moment", 1))
    assert await morning(database) == []
    await advance(timedelta(days=1))
    [letter] = await morning(database)
    assert "This very moment" in letter.body


async def test_what_is_hidden_or_closed_by_then_is_not_in_it(
    database: Database, advance: Advance
) -> None:
    ada = await signed_in(database, "ada@example.org")
    await saved(ada)
    soon = database.clock.now() + timedelta(hours=1)
    [number, _, _] = await put_in(
        database, shown("Hidden", 1), shown("Closed", 2, closes_at=soon), shown("Open", 3)
    )
    await in_transaction(database, lambda tx: hide(tx, number))
    await advance(AFTER_DAWN)
    [letter] = await morning(database)
    assert letter.body.count("\n- ") == 1
    assert "Hidden" not in letter.body
    assert "Closed" not in letter.body


async def test_near_is_the_circle_that_was_given(database: Database, advance: Advance) -> None:
    ada = await signed_in(database, "ada@example.org")
    near = {"longitude": -2.08, "latitude": 51.9, "withinMetres": 500.0}
    await saved(ada, near=near)
    here = type(CENTRE)(-2.081, 51.9)
    away = type(CENTRE)(-2.09, 51.9)  # seven hundred metres
    await put_in(database, shown("Near", 1, location=here), shown("Far", 2, location=away))
    await advance(AFTER_DAWN)
    [letter] = await morning(database)
    assert "Near" in letter.body
    assert "Far" not in letter.body


async def test_a_long_letter_is_cut_and_says_so(database: Database, advance: Advance) -> None:
    ada = await signed_in(database, "ada@example.org")
    await saved(ada)
    many = [shown("x" * 200, n, address="y" * 500) for n in range(1, FOUND.value + 3)]
    await put_in(database, *many)
    await advance(AFTER_DAWN)
    [letter] = await morning(database)
    assert letter.body.count("- x") == FOUND.value
    assert "And 2 or more" in letter.body
    assert str(letter.unsubscribe_url) in letter.body


async def test_an_alert_that_is_turned_on_again_begins_anew(
    database: Database, advance: Advance
) -> None:
    ada = await signed_in(database, "ada@example.org")
    number = (await saved(ada))["search"]["id"]
    await ada.does("setAlert", searchId=number, on=False)
    await put_in(database, shown("Meanwhile", 1))
    await advance(AFTER_DAWN)
    assert await morning(database) == []
    await ada.does("setAlert", searchId=number, on=True)
    assert await morning(database) == []


async def test_a_search_that_is_refused_by_now_does_not_stop_the_others(
    database: Database, advance: Advance
) -> None:
    ada = await signed_in(database, "ada@example.org")
    await saved(ada, "Broken")
    await SavedSearch.all().update(arguments={"near": {"withinMetres": -1}})
    await saved(ada)
    await put_in(database, shown("Bakery", 1))
    await advance(AFTER_DAWN)
    [letter] = await morning(database)
    assert "- Bakery" in letter.body
