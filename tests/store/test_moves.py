"""Changing a state: of many who try at once exactly one does."""

import asyncio
from typing import Any

import pytest

from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.rules import LISTING, ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.moves import move, move_all
from commonweal.store.transaction import Transaction, in_transaction
from tests.store.rows import add_area


async def listed(database: Database, subject_id: int = 1, code: str = "E1") -> int:
    """The id of an open listing."""

    async def work(tx: Transaction) -> int:
        listing = await Listing.create(
            id=tx.new_id(),
            kind=ListingKind.ASSET,
            state=ListingState.OPEN,
            subject_id=subject_id,
            council_id=(await add_area(tx, code)).id,
            title="Hall",
            category="OTHER",
            published_at=tx.now,
        )
        key: int = listing.id
        return key

    return await in_transaction(database, work)


async def withdraw(tx: Transaction, key: int, **changes: Any) -> Listing:
    listing = await Listing.get(id=key)
    await move(listing, LISTING, "withdraw", **changes)
    return listing


async def test_a_move_changes_the_state_the_version_and_what_goes_with_it(
    database: Database,
) -> None:
    key = await listed(database)
    moved = await in_transaction(database, lambda tx: withdraw(tx, key, summary="gone"))
    kept = await Listing.get(id=key)
    for listing in (moved, kept):
        assert (listing.state, listing.version) == (ListingState.WITHDRAWN, 2)
        assert listing.summary == "gone"


async def test_a_move_that_the_lifecycle_forbids_changes_nothing(database: Database) -> None:
    key = await listed(database)
    await in_transaction(database, lambda tx: withdraw(tx, key))
    with pytest.raises(WrongState, match='The listing is withdrawn; "withdraw" is possible only'):
        await in_transaction(database, lambda tx: withdraw(tx, key, summary="again"))
    kept = await Listing.get(id=key)
    assert kept.version == 2
    assert kept.summary is None


async def test_a_row_that_was_changed_since_it_was_read_is_not_moved(database: Database) -> None:
    key = await listed(database)

    async def work(tx: Transaction) -> None:
        listing = await Listing.get(id=key)
        await Listing.filter(id=key).update(version=7)
        await move(listing, LISTING, "withdraw")

    with pytest.raises(TryAgain):
        await in_transaction(database, work)
    kept = await Listing.get(id=key)
    assert (kept.state, kept.version) == (ListingState.OPEN, 1)


async def test_of_fifty_moves_of_one_row_at_once_exactly_one_wins(database: Database) -> None:
    key = await listed(database)
    outcomes = await asyncio.gather(
        *(in_transaction(database, lambda tx: withdraw(tx, key)) for _ in range(50)),
        return_exceptions=True,
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, Listing)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, WrongState | TryAgain)]
    assert (len(won), len(refused)) == (1, 49)
    assert (await Listing.get(id=key)).version == 2


async def test_many_are_moved_at_once_and_those_that_may_not_are_left(database: Database) -> None:
    first, second = await listed(database), await listed(database, 2, "E2")
    await in_transaction(database, lambda tx: withdraw(tx, first, summary="before"))

    async def both(_tx: Transaction) -> None:
        await move_all(Listing, [second, first, 5], LISTING, "withdraw", summary="together")

    await in_transaction(database, both)
    kept = {listing.id: listing for listing in await Listing.all()}
    assert {row.state for row in kept.values()} == {ListingState.WITHDRAWN}
    assert {key: (row.version, row.summary) for key, row in kept.items()} == {
        first: (2, "before"),
        second: (2, "together"),
    }
