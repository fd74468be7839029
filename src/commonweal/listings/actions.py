"""Publishing to the shop window and taking back: called by the rooms that have the subjects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.store.announcements import announce
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .openings import Opening
from .rules import LISTING, LIVE, MAX_SUMMARY, MAX_TITLE, TOPIC, ListingKind, ListingState
from .tables import Listing, ListingOpening, Word, WordTrigram
from .words import stem, trigrams, words_of


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
    listing = Listing(
        id=tx.new_id(),
        kind=shown.kind,
        state=ListingState(LISTING.initial),
        subject_id=shown.subject_id,
        council_id=shown.council_id,
        title=shown.title[:MAX_TITLE],
        summary=shown.summary and shown.summary[: MAX_SUMMARY.value],
        category=shown.category,
        address=shown.address,
        location=shown.location,
        published_at=tx.now,
        closes_at=shown.closes_at,
    )
    await put_into_words(listing)
    await listing.save(force_create=True)
    await add_openings(tx, listing.id, shown.openings)
    await announce(tx, TOPIC, [listing.id])
    return listing


async def add_openings(tx: Transaction, listing_id: int, rules: Iterable[Opening]) -> None:
    """Say further when a listing can be visited, or joined."""
    await ListingOpening.bulk_create(
        ListingOpening(
            id=tx.new_id(),
            listing_id=listing_id,
            weekday=rule.weekday and rule.weekday.value,
            on_day=rule.on,
            opens_minute=rule.opens_minute,
            closes_minute=rule.closes_minute,
        )
        for rule in rules
    )


async def put_into_words(listing: Listing) -> None:
    """Set the words by which a listing is found from its text; whoever changes that calls this."""
    made = words_of(listing.title, listing.summary, listing.category, listing.address)
    listing.words, listing.title_words = made.words, made.title_words
    await learn(made.forms)


async def learn(forms: Iterable[str]) -> None:
    """Add words to the vocabulary that a mistyped one is set right from. Nothing is ever removed.

    In one order for all, so that of two who learn the same at once one only waits for the other.
    """
    wanted = set(forms)
    held = await Word.filter(word__in=list(wanted)).values_list("word", flat=True)
    new = sorted(wanted.difference(map(str, held)))
    words = [Word(word=word, stem=stem(word)) for word in new]
    parts = [WordTrigram(trigram=part, word=word) for word in new for part in trigrams(word)]
    await Word.bulk_create(words, ignore_conflicts=True)
    await WordTrigram.bulk_create(parts, ignore_conflicts=True)


async def withdraw(tx: Transaction, listing_id: int) -> Listing:
    """Take a listing back, in the caller's transaction. Raises WrongState unless it is live."""
    return await _moved(tx, await _locked(listing_id), "withdraw")


async def close(tx: Transaction, listing: Listing) -> None:
    """Close a listing whose day is over. Raises WrongState unless it is live."""
    await _moved(tx, listing, "close")


async def hide(tx: Transaction, listing_id: int) -> Listing:
    """Take a listing out of sight; its subject stays listed. Raises WrongState unless open."""
    return await _moved(tx, await _locked(listing_id), "hide")


async def restore(tx: Transaction, listing_id: int, *, if_hidden: bool = False) -> Listing:
    """Show a hidden listing again. Raises WrongState for any other, unless told to leave it."""
    listing = await _locked(listing_id)
    if if_hidden and listing.state is not ListingState.HIDDEN:
        return listing
    return await _moved(tx, listing, "restore")


async def _locked(listing_id: int) -> Listing:
    return await Listing.select_for_update().get(id=listing_id)


async def _moved(tx: Transaction, listing: Listing, move_name: str) -> Listing:
    """Move it, and tell those who could see it before, or can now."""
    was = listing.state
    await move(listing, LISTING, move_name)
    if ListingState.OPEN in (was, listing.state):
        await announce(tx, TOPIC, [listing.id])
    return listing


async def open_of(kind: ListingKind, subject_ids: Iterable[int]) -> list[Listing]:
    """The live listings of some subjects, locked, in id order: before the subjects themselves."""
    found = Listing.filter(kind=kind, state__in=LIVE, subject_id__in=list(subject_ids))
    return await found.order_by("id").select_for_update()


async def revise(tx: Transaction, listing: Listing, shown: Mapping[str, Any]) -> None:
    """Show some of a live listing otherwise, as named: its title and place, until when."""
    for name, value in shown.items():
        setattr(listing, name, value[:MAX_TITLE] if name == "title" else value)
    await put_into_words(listing)
    listing.version += 1
    await listing.save(update_fields=[*shown, "words", "title_words", "version"])
    if listing.state is ListingState.OPEN:
        await announce(tx, TOPIC, [listing.id])


async def forget(kind: ListingKind, subject_ids: Iterable[int]) -> None:
    """What was shown of somebody who is erased: that there was a listing stays, and no word."""
    over = Listing.filter(kind=kind, subject_id__in=list(subject_ids)).exclude(state__in=LIVE)
    said = {"title": "", "summary": None, "address": None, "location": None}
    await over.update(**said, words="", title_words="")


async def due(tx: Transaction, kind: ListingKind, most: int) -> list[Listing]:
    """Live listings of a kind whose closing instant has come, locked, in id order."""
    found = Listing.filter(kind=kind, state__in=LIVE, closes_at__lte=tx.now)
    return await found.order_by("id").limit(most).select_for_update(skip_locked=True)
