"""Publishing to the shop window and taking back: called by the rooms that have the subjects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .openings import Opening
from .rules import LISTING, MAX_SUMMARY, MAX_TITLE, ListingKind, ListingState
from .tables import Listing, ListingOpening


@dataclass(frozen=True, slots=True)
class Publication:
    """What a room shows of its subject; long texts are cut. `location` is a WGS84 point or None."""

    kind: ListingKind
    subject_id: int
    council_id: int
    title: str
    summary: str | None
    category: str
    address: str | None
    location: Any
    closes_at: datetime | None
    openings: tuple[Opening, ...] = ()


async def publish(tx: Transaction, shown: Publication) -> Listing:
    """Put a subject in the window. That it is not there already, its own lifecycle says."""
    listing = await Listing.create(
        id=tx.new_id(),
        kind=shown.kind,
        state=ListingState(LISTING.initial),
        subject_id=shown.subject_id,
        council_id=shown.council_id,
        title=shown.title[:MAX_TITLE],
        summary=shown.summary and shown.summary[:MAX_SUMMARY],
        category=shown.category,
        address=shown.address,
        location=shown.location,
        published_at=tx.now,
        closes_at=shown.closes_at,
    )
    await ListingOpening.bulk_create(
        ListingOpening(
            id=tx.new_id(),
            listing_id=listing.id,
            weekday=rule.weekday and rule.weekday.value,
            on_day=rule.on,
            opens_minute=rule.opens_minute,
            closes_minute=rule.closes_minute,
        )
        for rule in shown.openings
    )
    return listing


async def withdraw(listing_id: int) -> Listing:
    """Take a listing back, in the caller's transaction. Raises WrongState unless it is open."""
    listing = await Listing.select_for_update().get(id=listing_id)
    await move(listing, LISTING, "withdraw")
    return listing


async def close(listing: Listing) -> None:
    """Close a listing whose day is over. Raises WrongState unless it is open."""
    await move(listing, LISTING, "close")


async def due(tx: Transaction, kind: ListingKind, most: int) -> list[Listing]:
    """Open listings of a kind whose closing instant has come, locked, in id order."""
    found = Listing.filter(kind=kind, state=ListingState.OPEN, closes_at__lte=tx.now)
    return await found.order_by("id").limit(most).select_for_update(skip_locked=True)
