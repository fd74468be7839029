"""Offering an asset, taking the offer back, and the day on which it is over."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets.actions import close_due_listings
from commonweal.assets.rules import AssetState
from commonweal.assets.tables import Asset
from commonweal.kernel.ids import read_id, write_id
from commonweal.listings.rules import MAX_SUMMARY, ListingState
from commonweal.listings.tables import Listing
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.asking import ask, data
from tests.assets.estate import OFFICER, STRANGER, estate
from tests.conftest import TODAY, Advance

PUBLISH = """mutation($asset: ID!, $summary: String, $closesOn: Date) {
  publishListing(input: {assetId: $asset, summary: $summary, closesOn: $closesOn}) {
    listing { id title summary closesAt } asset { state version }
    userErrors { ... on UserError { code message path } } } }"""
WITHDRAW = """mutation($listing: ID!, $reason: String!) {
  withdrawListing(input: {listingId: $listing, reason: $reason}) {
    listing { state } asset { state } userErrors { ... on UserError { code message path } } } }"""
SEARCH = "{ search { edges { node { title ... on AssetListing { asset { reference } } } } } }"
BUSY = {"TRY_AGAIN", "BUSY"}


async def published(
    database: Database, asset: int, viewer: Viewer = OFFICER, **more: Any
) -> dict[str, Any]:
    asked = {"asset": write_id("ast", asset), **more}
    found: dict[str, Any] = (await data(database, PUBLISH, asked, viewer))["publishListing"]
    return found


async def withdrawn(
    database: Database, listing: str, viewer: Viewer = OFFICER, reason: str = "Sold"
) -> dict[str, Any]:
    asked = {"listing": listing, "reason": reason}
    found: dict[str, Any] = (await data(database, WITHDRAW, asked, viewer))["withdrawListing"]
    return found


def codes(payload: dict[str, Any]) -> list[str]:
    """Why nothing was done; and then nothing is answered about."""
    errors: Sequence[dict[str, Any]] = payload["userErrors"]
    if errors:
        assert payload["listing"] is payload["asset"] is None
    return [error["code"] for error in errors]


async def listed(database: Database) -> set[str]:
    """References of what is open."""
    edges = (await data(database, SEARCH))["search"]["edges"]
    return {edge["node"]["asset"]["reference"] for edge in edges}


async def test_an_asset_is_offered_withdrawn_and_offered_again(database: Database) -> None:
    assets = await estate(database)
    first = await published(database, assets["V/001"])
    assert codes(first) == []
    assert first["asset"] == {"state": "LISTED", "version": 2}
    assert (first["listing"]["title"], first["listing"]["closesAt"]) == ("Old Baths", None)
    assert await listed(database) == {"V/001"}
    done = await withdrawn(database, first["listing"]["id"])
    assert done == {
        "listing": {"state": "WITHDRAWN"}, "asset": {"state": "HELD"}, "userErrors": [],
    }  # fmt: skip
    assert await listed(database) == set()
    again = await published(database, assets["V/001"])
    assert again["listing"]["id"] > first["listing"]["id"]
    assert await listed(database) == {"V/001"}


async def test_an_asset_without_a_point_is_listed_too(database: Database) -> None:
    assets = await estate(database)
    assert codes(await published(database, assets["V/004"])) == []
    assert await listed(database) == {"V/004"}


async def test_every_move_is_refused_in_the_other_state_and_changes_nothing(
    database: Database,
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    listing = (await published(database, number))["listing"]["id"]
    assert codes(await published(database, number)) == ["WRONG_STATE"]
    assert await Listing.all().count() == 1
    await withdrawn(database, listing)
    assert codes(await withdrawn(database, listing)) == ["WRONG_STATE"]
    await Listing.filter(id=read_id("lst", listing)).update(state=ListingState.CLOSED)
    assert codes(await withdrawn(database, listing)) == ["WRONG_STATE"]
    assert (await Asset.get(id=number)).state == AssetState.HELD


async def test_what_is_no_land_is_never_listed(database: Database) -> None:
    assets = await estate(database)
    refused = await published(database, assets["V/003"])
    assert codes(refused) == ["NOT_LISTABLE"]
    assert "Civic Regalia" in refused["userErrors"][0]["message"]
    assert await Listing.exists() is False
    query = "query($r: String) { assets(reference: $r) { edges { node { listable } } } }"
    for reference, listable in (("V/003", False), ("v/001", True)):
        [edge] = (await data(database, query, {"r": reference}))["assets"]["edges"]
        assert edge["node"]["listable"] is listable


async def test_only_an_officer_of_its_council_offers_it_or_takes_it_back(
    database: Database,
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    for viewer, code in (
        (ANONYMOUS, "SIGN_IN_NEEDED"),
        (STRANGER, "NOT_ALLOWED"),
        (Viewer(9, "of no council"), "NOT_ALLOWED"),
    ):
        assert codes(await published(database, number, viewer)) == [code]
    listing = (await published(database, number))["listing"]["id"]
    assert codes(await withdrawn(database, listing, ANONYMOUS)) == ["SIGN_IN_NEEDED"]
    assert codes(await withdrawn(database, listing, STRANGER)) == ["NOT_ALLOWED"]
    assert await listed(database) == {"V/001"}
    await withdrawn(database, listing)
    # what is not in the window does not exist for those who may not see it
    for viewer in (ANONYMOUS, STRANGER):
        assert codes(await withdrawn(database, listing, viewer)) == ["NOT_FOUND"]


async def test_ids_of_another_kind_and_of_nothing_are_not_found(database: Database) -> None:
    assets = await estate(database)
    for given in (write_id("ast", 5), write_id("lst", assets["V/001"]), "x", "", "ast_\x00"):
        body = await ask(database, PUBLISH, {"asset": given}, OFFICER)
        assert codes(body["data"]["publishListing"])[0] in ("NOT_FOUND", "UNSTORABLE_TEXT"), given
    for given in (write_id("lst", 5), write_id("ast", assets["V/001"])):
        assert codes(await withdrawn(database, given)) == ["NOT_FOUND"]


async def test_a_closing_day_is_tomorrow_or_later_and_a_text_has_its_limit(
    database: Database,
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    for day in ("2026-11-21", "2026-11-22", "0001-01-01"):
        refused = await published(database, number, closesOn=day)
        assert codes(refused) == ["CLOSES_IN_THE_PAST"]
        assert refused["userErrors"][0]["path"] == ["input", "closesOn"]
    assert codes(await published(database, number, closesOn="9999-12-31")) == ["CLOSES_TOO_LATE"]
    too_long = await published(database, number, summary="x" * (MAX_SUMMARY.value + 1))
    assert codes(too_long) == ["SUMMARY_TOO_LONG"]
    for text in ("a\x00", "\ud800"):
        assert codes(await published(database, number, summary=text)) == ["UNSTORABLE_TEXT"]
    assert await Listing.exists() is False
    done = await published(database, number, closesOn="2026-11-23", summary="x" * MAX_SUMMARY.value)
    assert datetime.fromisoformat(done["listing"]["closesAt"]) == datetime(2026, 11, 24, tzinfo=UTC)
    for reason in ("", " \n", "x" * 2_001):
        assert codes(await withdrawn(database, done["listing"]["id"], reason=reason)) == [
            "REASON_LENGTH"
        ]


async def test_a_listing_without_a_summary_says_what_the_register_says(database: Database) -> None:
    assets = await estate(database)
    await Asset.filter(id=assets["V/001"]).update(
        reason_for_holding="r" * 5_000, description="Empty since 2019"
    )
    await Asset.filter(id=assets["V/002"]).update(description="Empty since 2019")
    one = await published(database, assets["V/001"], summary="  ")
    assert one["listing"]["summary"] == "r" * MAX_SUMMARY.value
    two = await published(database, assets["V/002"])
    assert two["listing"]["summary"] == "Empty since 2019"
    assert (await published(database, assets["V/004"]))["listing"]["summary"] is None


async def test_of_fifty_who_publish_one_asset_at_once_exactly_one_does(database: Database) -> None:
    assets = await estate(database)
    done = await asyncio.gather(*(published(database, assets["V/001"]) for _ in range(50)))
    outcomes = Counter(codes(each)[0] if codes(each) else "PUBLISHED" for each in done)
    assert outcomes["PUBLISHED"] == 1
    assert outcomes.keys() <= {"PUBLISHED", "WRONG_STATE", *BUSY}, outcomes
    assert outcomes["WRONG_STATE"] > 0
    assert await Listing.filter(state=ListingState.OPEN).count() == 1
    assert (await Asset.get(id=assets["V/001"])).version == 2


async def test_publishing_races_withdrawing_and_the_asset_and_its_listings_agree(
    database: Database,
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    listing = (await published(database, number))["listing"]["id"]
    for _ in range(5):
        done = await asyncio.gather(
            withdrawn(database, listing),
            *(published(database, number) for _ in range(4)),
            withdrawn(database, listing),
        )
        refusals = {code for each in done for code in codes(each)}
        assert refusals <= {"WRONG_STATE", *BUSY}
        state = (await Asset.get(id=number)).state
        now_open = await Listing.filter(subject_id=number, state=ListingState.OPEN)
        assert len(now_open) == (state == AssetState.LISTED)
        if now_open:
            listing = write_id("lst", now_open[0].id)
        else:
            listing = (await published(database, number))["listing"]["id"]


@pytest.mark.parametrize(
    ("closes_on", "instant"),
    [
        (date(2026, 11, 23), datetime(2026, 11, 24, 0, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 23, tzinfo=UTC)),  # a day of 23 hours
        (date(2027, 10, 31), datetime(2027, 11, 1, 0, tzinfo=UTC)),  # a day of 25 hours
    ],
)
async def test_a_closing_day_hides_the_listing_at_its_end_and_the_job_then_frees_the_asset(
    database: Database, advance: Advance, closes_on: date, instant: datetime
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    await published(database, number, closesOn=closes_on.isoformat())
    await published(database, assets["V/002"])
    await advance(instant - TODAY - timedelta(microseconds=1))
    assert await listed(database) == {"V/001", "V/002"}
    assert await in_transaction(database, close_due_listings) == 0
    await advance(timedelta(microseconds=1))
    assert await listed(database) == {"V/002"}
    assert codes(await published(database, number)) == ["WRONG_STATE"]  # until the job has run
    assert await in_transaction(database, close_due_listings) == 1
    assert await in_transaction(database, close_due_listings) == 0
    assert (await Asset.get(id=number)).state == AssetState.HELD
    assert (await Listing.get(subject_id=number)).state == ListingState.CLOSED
    assert codes(await published(database, number)) == []
    assert await listed(database) == {"V/001", "V/002"}


async def test_two_workers_at_once_close_each_listing_once(
    database: Database, advance: Advance
) -> None:
    assets = await estate(database)
    for reference in ("V/001", "V/002", "V/004"):
        await published(database, assets[reference], closesOn="2026-11-23")
    await advance(timedelta(days=2))
    done = await asyncio.gather(*(in_transaction(database, close_due_listings) for _ in range(3)))
    assert sum(done) == 3
    assert await Asset.filter(state=AssetState.HELD).count() == 5
    assert await Listing.filter(state=ListingState.CLOSED).count() == 3
