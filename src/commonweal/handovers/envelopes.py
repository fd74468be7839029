"""Rows in which envelopes are kept: between `tables_bids` and `sealing`, with the service's key.

    row = await keep(tx, bid, Kind.DRAFT, document, service_key=…, round_key=None)
    document = opened_for_service(row, bid, key)

What is sealed is a document's JSON, as `as_sealed` writes it: what was given, and the receipt of
each attachment, so that no other is put in its place later. Nobody but who opens one learns more
than its size class; what is opened here is handed to who asked, and kept nowhere.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from commonweal.files.actions import JOB as FORGET_CONTENT
from commonweal.store.database import Database
from commonweal.store.jobs import enqueue
from commonweal.store.transaction import Transaction

from . import round_keys, sealing
from .round_keys import KeyFolder
from .sealing import Envelope, Kind, Sealed, open_for_bidder, seal
from .tables_bids import Attachment, Bid, SealedVersion

# What the folder of keys may lack, and what may be wrong with what is kept.
KEY_REFUSALS: Final = (
    round_keys.KeyMissing,
    round_keys.KeyUnreadable,
    round_keys.KeyNotOurs,
    round_keys.KeyExposed,
    round_keys.KeyNotKept,
)
OPENING_REFUSALS: Final = (
    *KEY_REFUSALS,
    sealing.ReceiptDiffers,
    sealing.KeyDoesNotFit,
    sealing.SealBroken,
)


def as_sealed(document: Any, receipts: Mapping[int, str]) -> bytes:
    """What a draft or a bid is sealed as; `receipts` are of the attachments that it lists."""
    return json.dumps({"contents": document, "receipts": receipts}).encode()


async def service_key(database: Database) -> bytes:
    """Raises what KEY_REFUSALS names."""
    return await asyncio.to_thread(KeyFolder(database.keys).service_key)


async def keep(
    tx: Transaction,
    bid: Bid,
    kind: Kind,
    document: bytes,
    *,
    service_key: bytes | None,
    round_key: bytes | None,
) -> SealedVersion:
    """Seal the bid's next version; its row is the caller's to move. Raises ContentsTooLong."""
    sealed = Sealed(bid.round_id, bid.id, bid.version + 1, kind)
    envelope = seal(document, sealed, service_key=service_key, round_key=round_key)
    return await SealedVersion.create(
        id=tx.new_id(),
        bid_id=bid.id,
        number=sealed.version,
        kind=kind,
        ciphertext=envelope.ciphertext,
        for_bidder=envelope.for_bidder,
        for_round=envelope.for_round,
        receipt=envelope.receipt,
        sealed_at=tx.now,
    )


async def last(bid: Bid, *kinds: Kind) -> SealedVersion | None:
    """The version that counts."""
    return await SealedVersion.filter(bid_id=bid.id, kind__in=kinds).order_by("-number").first()


def bound_to(row: SealedVersion, bid: Bid) -> Sealed:
    """Where an envelope stands."""
    return Sealed(bid.round_id, bid.id, row.number, row.kind)


def envelope_of(row: SealedVersion) -> Envelope:
    """As it was sealed."""
    return Envelope(row.ciphertext, row.for_bidder, row.for_round)


def attached(bid: Bid, row: Attachment, ciphertext: bytes = b"") -> tuple[Envelope, Sealed]:
    """An attachment's envelope, without its ciphertext unless it was read, and where it stands."""
    bound = Sealed(bid.round_id, bid.id, row.id, Kind.ATTACHMENT)
    return Envelope(ciphertext, row.for_bidder, row.for_round), bound


def opened_for_service(row: SealedVersion, bid: Bid, key: bytes) -> dict[str, Any]:
    """`as_sealed`'s names. Raises ReceiptDiffers, KeyDoesNotFit, SealBroken."""
    receipt = row.receipt if row.kind is Kind.DRAFT else bid.receipt or row.receipt
    raw = open_for_bidder(envelope_of(row), receipt, bound_to(row, bid), key)
    document: dict[str, Any] = json.loads(raw)
    return document


async def delete_attachments(tx: Transaction, rows: Iterable[Attachment]) -> None:
    """Delete them; their ciphertexts, of which there are no two alike, go after the commit."""
    for row in rows:
        await row.delete()
        await enqueue(tx, FORGET_CONTENT, {"sha256": row.sha256})


async def erase(tx: Transaction, bid: Bid) -> None:
    """Nothing of it is ever read any more."""
    await SealedVersion.filter(bid_id=bid.id).delete()
    await delete_attachments(tx, await Attachment.filter(bid_id=bid.id).order_by("id"))
