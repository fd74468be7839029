"""Bids are opened, once and all of them, after the deadline; each reading is on record."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from . import envelopes
from .actions import to_assessment
from .actions_panel import exclude_partial
from .bidding import deadline, tell
from .cases import locked_round, timetable_of
from .round_keys import KeyFolder, from_holders
from .rules import Stage, check_over
from .rules_bidders import AlreadyOpened, BidNotReadable, BidState, BidUnopened, EntryState
from .sealing import Kind, handed_over, open_for_round
from .tables import Round
from .tables_bids import Attachment, Bid, BidEntry, SealedVersion

OFFERS_WITHDRAWN: Final = "OFFERS_WITHDRAWN"  # all that a bid was for, before it was opened


async def open_bids(
    tx: Transaction, viewer: Viewer, *, round_id: int, shares: Sequence[str] = ()
) -> dict[str, Any]:
    """Open a round's bids, once, when none is taken any more; assessment begins.

    Each data key is wrapped for the service; no contents are kept. A bid that cannot be opened is
    marked, and the others are opened. `shares` are what holders type, where the round has holders.
    """
    round_ = await locked_round(round_id)
    check_over(Stage.BUSINESS_CASE, deadline(await timetable_of(round_id)), tx.now)
    opened = Round.filter(id=round_id, bids_opened_at__isnull=True)
    if not await opened.update(bids_opened_at=tx.now):
        raise AlreadyOpened
    private = _private_key(tx, round_, shares)
    key = await envelopes.service_key(tx.database)
    await to_assessment(tx, viewer, round_)
    bids = Bid.filter(round_id=round_id, state=BidState.SUBMITTED).order_by("id")
    rows = await bids.select_for_update(no_key=True)
    entries = BidEntry.filter(bid_id__in=[bid.id for bid in rows], state=EntryState.ENTERED)
    standing: list[Any] = await entries.values_list("bid_id", flat=True)
    unopened = []
    for bid in rows:
        if bid.id not in standing:
            await Bid.filter(id=bid.id).update(unopened=OFFERS_WITHDRAWN)
            continue  # what was bid for what is offered no more is not read
        try:
            await _open(bid, private, key)
        except UserError as error:
            await Bid.filter(id=bid.id).update(unopened=error.code)
            await tell(tx, viewer, bid, "leave_unopened", why=error.code)
            unopened.append(write_id("bid", bid.id))
    await exclude_partial(tx, viewer, round_)
    facts = {"unopened": unopened}
    await record(tx, viewer.name, [Entry("rnd", round_id, "open_bids", facts)])
    return {"round": round_id}


async def read_bid(tx: Transaction, viewer: Viewer, *, bid_id: int) -> dict[str, Any]:
    """What an opened bid says. That it was read, and by whom, is on record."""
    bid = await Bid.get(id=bid_id)
    if bid.unopened:
        raise BidUnopened(bid.unopened)
    row = await envelopes.last(bid, Kind.BID)
    if row is None:
        raise BidNotReadable
    key = await envelopes.service_key(tx.database)
    document = envelopes.opened_for_service(row, bid, key)["contents"]
    await tell(tx, viewer, bid, "read_bid")
    return {"bid": bid.id, "contents": json.dumps(document)}


def _private_key(tx: Transaction, round_: Round, shares: Sequence[str]) -> X25519PrivateKey:
    """From the folder, or from the holders, of whom it is not kept."""
    public = bytes.fromhex(round_.public_key)
    if round_.holders_needed is not None:
        return from_holders(shares, public)
    return KeyFolder(tx.database.keys).private_key(round_.id, public)


async def _open(bid: Bid, private: X25519PrivateKey, key: bytes) -> None:
    """Wrap its keys for the service. The bid's seal is looked at; an attachment's, when it is read.

    Raises ReceiptDiffers, KeyDoesNotFit, SealBroken, BidNotReadable.
    """
    row = await envelopes.last(bid, Kind.BID)
    if row is None:
        raise BidNotReadable
    attachments = await Attachment.filter(bid_id=bid.id, submitted=True).order_by("id")
    wrapped, *others = await asyncio.to_thread(_wrapped, bid, row, attachments, private, key)
    await SealedVersion.filter(id=row.id).update(for_bidder=wrapped)
    for each, for_bidder in zip(attachments, others, strict=True):
        await Attachment.filter(id=each.id).update(for_bidder=for_bidder)


def _wrapped(
    bid: Bid,
    row: SealedVersion,
    attachments: Sequence[Attachment],
    private: X25519PrivateKey,
    key: bytes,
) -> list[bytes]:
    """The data keys of a bid and its attachments for the service: a millisecond each."""
    envelope, bound = envelopes.envelope_of(row), envelopes.bound_to(row, bid)
    open_for_round(envelope, bid.receipt or "", bound, private)  # only to see that it opens
    sealed = [(envelope, bound), *(envelopes.attached(bid, each) for each in attachments)]
    return [handed_over(*each, private, key) for each in sealed]
