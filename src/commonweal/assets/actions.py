"""What officers do with assets. Each verb runs in its caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.listings import actions as listings
from commonweal.listings.openings import Given, checked_openings
from commonweal.listings.rules import ListingKind, checked_reason, checked_summary, closing_instant
from commonweal.listings.tables import Listing
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .rules import ASSET, AssetState, check_listable
from .tables import Asset

CLOSED_AT_ONCE = 200  # listings that one run of the job closes: a short transaction
TICK = timedelta(microseconds=1)


async def publish_listing(
    tx: Transaction,
    viewer: Viewer,
    *,
    asset_id: int,
    summary: str | None = None,
    closes_on: date | None = None,
    openings: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, int]:
    """Offer an asset for transfer: it stands in the shop window from now on."""
    return await show(
        tx,
        viewer,
        asset_id=asset_id,
        summary=checked_summary(summary),
        closes_at=closing_instant(closes_on, tx.now),
        openings=openings,
    )


async def show(
    tx: Transaction,
    viewer: Viewer,
    *,
    asset_id: int,
    summary: str | None,
    closes_at: datetime | None,
    openings: Sequence[Mapping[str, Any]] | None,
) -> dict[str, int]:
    """Put an asset into the shop window until an instant; a long summary is cut."""
    visits = checked_openings((Given(**each) for each in openings or ()), tx.now)
    asset = await Asset.select_for_update(no_key=True).get(id=asset_id)
    check_listable(asset.name, asset.not_land_reason)
    await move(asset, ASSET, "publish")
    listing = await listings.publish(
        tx,
        listings.Publication(
            kind=ListingKind.ASSET,
            subject_id=asset.id,
            council_id=asset.council_id,
            title=asset.name,
            summary=summary or asset.reason_for_holding or asset.description,
            category=asset.category.value,
            address=asset.address,
            location=asset.location,
            closes_at=closes_at,
            openings=visits,
        ),
    )
    closes_on = closes_at and civil_day(closes_at - TICK).isoformat()
    facts = {"listing": write_id("lst", listing.id), "closes_on": closes_on}
    await record(tx, viewer.name, [Entry("ast", asset.id, "publish_listing", facts)])
    return {"listing": listing.id, "asset": asset.id}


async def withdraw_listing(
    tx: Transaction, viewer: Viewer, *, listing_id: int, reason: str
) -> dict[str, int]:
    """Take an asset's listing out of the shop window; the asset is held again."""
    reason = checked_reason(reason)
    listing = await listings.withdraw(tx, listing_id)
    asset = await Asset.select_for_update(no_key=True).get(id=listing.subject_id)
    await move(asset, ASSET, "withdraw")
    facts = {"listing": write_id("lst", listing.id), "reason": reason}
    await record(tx, viewer.name, [Entry("ast", asset.id, "withdraw_listing", facts)])
    return {"listing": listing.id, "asset": asset.id}


async def close_due_listings(tx: Transaction) -> int:
    """Close listings whose day is over; their assets are held again. How many: a job's work."""
    due: list[Listing] = await listings.due(tx, ListingKind.ASSET, CLOSED_AT_ONCE)
    for listing in due:
        await _close(tx, "system:clock", listing)
    return len(due)


async def close_listing_of(tx: Transaction, actor: str, asset_id: int) -> None:
    """Take an asset out of the shop window where it is there; it is held again."""
    for listing in await listings.open_of(ListingKind.ASSET, [asset_id]):
        await _close(tx, actor, listing)


async def hand_over(tx: Transaction, viewer: Viewer, asset_id: int, **because: str) -> None:
    """A group has it, or another part of it, from now on: it is out of the shop window."""
    await close_listing_of(tx, viewer.name, asset_id)
    asset = await Asset.select_for_update(no_key=True).get(id=asset_id)
    if asset.state is AssetState.HELD:
        await move(asset, ASSET, "hand_over")
        await record(tx, viewer.name, [Entry("ast", asset.id, "hand_over", because)])


async def take_back(tx: Transaction, viewer: Viewer, asset_id: int, **because: str) -> None:
    """No group has any part of it any more; whoever asks has seen to that."""
    asset = await Asset.select_for_update(no_key=True).get(id=asset_id)
    if asset.state is AssetState.HANDED_OVER:
        await move(asset, ASSET, "take_back")
        await record(tx, viewer.name, [Entry("ast", asset.id, "take_back", because)])


async def _close(tx: Transaction, actor: str, listing: Listing) -> None:
    await listings.close(tx, listing)
    asset = await Asset.select_for_update(no_key=True).get(id=listing.subject_id)
    await move(asset, ASSET, "close")
    facts = {"listing": write_id("lst", listing.id)}
    await record(tx, actor, [Entry("ast", asset.id, "close_listing", facts)])
