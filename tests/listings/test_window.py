"""The shop window: what goes in and out, what search shows of it and in which order."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from commonweal.access import ANONYMOUS, Viewer
from commonweal.kernel.ids import write_id
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.actions import Publication, close, due, publish, withdraw
from commonweal.listings.rules import MAX_SUMMARY, MAX_TITLE, ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.conftest import TODAY, Advance

COUNCIL = 1
OFFICER = Viewer(11, "officer", (COUNCIL,))
SEARCH = """query($order: ListingOrder, $kinds: [ListingKind!], $categories: [String!],
                  $first: Int, $after: String) {
  search(order: $order, kinds: $kinds, categories: $categories, first: $first, after: $after) {
    totalCount edges { node { title } } pageInfo { hasNextPage endCursor } } }"""


def shown(title: str, subject: int, **more: Any) -> Publication:
    facts: dict[str, Any] = {
        "kind": ListingKind.SHOP, "summary": None, "category": "FOOD", "address": None,
        "location": None, "closes_at": None,
    }  # fmt: skip
    return Publication(title=title, subject_id=subject, council_id=COUNCIL, **facts | more)


async def put_in(database: Database, *publications: Publication) -> list[int]:
    """Publish each; their numbers."""

    async def work(tx: Transaction) -> list[int]:
        await Area.get_or_create(
            id=COUNCIL,
            defaults={
                "kind": AreaKind.COUNCIL, "code": "E07000991", "name": "Vale",
                "valid_from": date(1974, 4, 1), "licence": "none",
            },
        )  # fmt: skip
        return [(await publish(tx, each)).id for each in publications]

    return await in_transaction(database, work)


async def titles(database: Database, **asked: Any) -> list[str]:
    found = (await data(database, SEARCH, asked))["search"]
    return [edge["node"]["title"] for edge in found["edges"]]


async def test_what_is_published_is_shown_and_what_is_withdrawn_or_closed_is_not(
    database: Database,
) -> None:
    one, two, three = await put_in(database, shown("One", 1), shown("Two", 2), shown("Three", 3))
    assert await titles(database) == ["One", "Two", "Three"]
    await in_transaction(database, lambda tx: withdraw(tx, one))

    async def shut(tx: Transaction) -> None:
        await close(tx, await Listing.get(id=two))

    await in_transaction(database, shut)
    assert await titles(database) == ["Three"]
    states = {row.id: row.state for row in await Listing.all()}
    assert states == {one: "withdrawn", two: "closed", three: "open"}


async def test_each_move_is_refused_from_every_other_state_and_changes_nothing(
    database: Database,
) -> None:
    [number] = await put_in(database, shown("One", 1))

    async def shut(tx: Transaction) -> None:
        await close(tx, await Listing.get(id=number))

    for state in (ListingState.CLOSED, ListingState.WITHDRAWN):
        await Listing.filter(id=number).update(state=state)
        for work in (shut, lambda tx: withdraw(tx, number)):
            with pytest.raises(WrongState) as refused:
                await in_transaction(database, work)
            assert refused.value.state == state
        assert (await Listing.get(id=number)).state == state


async def test_a_subject_has_at_most_one_open_listing_and_any_number_of_past_ones(
    database: Database,
) -> None:
    [first] = await put_in(database, shown("First", 7))
    with pytest.raises(IntegrityError):
        await put_in(database, shown("Second", 7))
    await put_in(database, shown("An offer of the same number", 7, kind=ListingKind.OFFER))
    await in_transaction(database, lambda tx: withdraw(tx, first))
    [again] = await put_in(database, shown("Again", 7))
    assert again > first
    assert await Listing.filter(subject_id=7, kind=ListingKind.SHOP).count() == 2


async def test_a_title_and_a_summary_are_cut_to_what_the_window_holds(database: Database) -> None:
    await put_in(database, shown("x" * 500, 1, summary="y" * 5_000))
    listing = await Listing.get()
    assert (len(listing.title), len(listing.summary)) == (MAX_TITLE, MAX_SUMMARY.value)


async def test_a_listing_leaves_search_at_its_closing_instant_although_no_job_ran(
    database: Database, advance: Advance
) -> None:
    closing = TODAY + timedelta(hours=1)
    [number] = await put_in(database, shown("Brief", 1, closes_at=closing))
    by_id = "query($id: ID!) { listing(id: $id) { state closesAt } node(id: $id) { __typename } }"
    asked = {"id": write_id("lst", number)}
    await advance(timedelta(hours=1) - timedelta(microseconds=1))
    assert await titles(database) == ["Brief"]
    assert (await data(database, by_id, asked))["listing"]["state"] == "OPEN"
    assert await in_transaction(database, lambda tx: due(tx, ListingKind.SHOP, 9)) == []
    await advance(timedelta(microseconds=1))
    assert await titles(database) == []
    assert await data(database, by_id, asked) == {"listing": None, "node": None}
    seen = await data(database, by_id, asked, OFFICER)
    assert datetime.fromisoformat(seen["listing"]["closesAt"]) == closing
    [over] = await in_transaction(database, lambda tx: due(tx, ListingKind.SHOP, 9))
    assert over.id == number
    assert await in_transaction(database, lambda tx: due(tx, ListingKind.OFFER, 9)) == []


async def test_only_its_councils_officers_see_what_is_no_longer_open(database: Database) -> None:
    [number] = await put_in(database, shown("One", 1))
    query = "query($id: ID!) { listing(id: $id) { title state } }"
    asked = {"id": write_id("lst", number)}
    await in_transaction(database, lambda tx: withdraw(tx, number))
    assert (await data(database, query, asked, OFFICER))["listing"]["state"] == "WITHDRAWN"
    for viewer in (ANONYMOUS, Viewer(12, "another", (2,)), Viewer(13, "none", ())):
        assert (await data(database, query, asked, viewer))["listing"] is None
    assert (await data(database, SEARCH, {}, OFFICER))["search"]["totalCount"] == 0


async def test_newest_come_first_and_of_one_instant_in_the_order_of_their_ids(
    database: Database, advance: Advance
) -> None:
    await put_in(database, shown("Old A", 1), shown("Old B", 2))
    await advance(timedelta(microseconds=1))
    await put_in(database, shown("New A", 3), shown("New B", 4))
    expected = ["New A", "New B", "Old A", "Old B"]
    assert await titles(database) == await titles(database, order="NEWEST") == expected


async def test_what_closes_soonest_comes_first_and_what_never_closes_last(
    database: Database,
) -> None:
    await put_in(
        database,
        shown("Never A", 1),
        shown("Late", 2, closes_at=TODAY + timedelta(days=9)),
        shown("Soon A", 3, closes_at=TODAY + timedelta(seconds=1, microseconds=1)),
        shown("Soon B", 4, closes_at=TODAY + timedelta(seconds=1, microseconds=1)),
        shown("Sooner", 5, closes_at=TODAY + timedelta(seconds=1)),
        shown("Never B", 6),
    )
    expected = ["Sooner", "Soon A", "Soon B", "Late", "Never A", "Never B"]
    assert await titles(database, order="CLOSING_SOON") == expected
    seen: list[str] = []
    after, more = None, True
    while more:
        asked = {"order": "CLOSING_SOON", "first": 1, "after": after}
        page = (await data(database, SEARCH, asked))["search"]
        seen += [edge["node"]["title"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == expected


async def test_a_search_can_be_of_some_kinds_and_categories(database: Database) -> None:
    await put_in(
        database,
        *(shown(f"{kind} {c}", 1 + n, kind=kind, category=c)
          for kind in ListingKind for n, c in enumerate(("FOOD", "TOOLS"))),
    )  # fmt: skip
    assert len(await titles(database)) == 8
    assert sorted(await titles(database, kinds=["SHOP", "OFFER"], categories=["TOOLS"])) == [
        "OFFER TOOLS",
        "SHOP TOOLS",
    ]
    assert await titles(database, categories=["tools"]) == []
    assert await titles(database, kinds=[]) == await titles(database, categories=[]) == []


async def test_pages_stay_complete_while_listings_come_and_go(
    database: Database, advance: Advance
) -> None:
    numbers = await put_in(database, *(shown(f"{n}", n) for n in range(6)))
    first = (await data(database, SEARCH, {"first": 2}))["search"]
    await advance(timedelta(seconds=1))
    await put_in(database, shown("Newer than all", 9))
    last_of_first_page = numbers[1]
    await in_transaction(database, lambda tx: withdraw(tx, last_of_first_page))
    rest = await titles(database, first=10, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["title"] for edge in first["edges"]] == ["0", "1"]
    assert rest == ["2", "3", "4", "5"]
