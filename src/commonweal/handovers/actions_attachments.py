"""Attachments of a bid: sealed before they touch the disk, with their name and type inside.

An attachment is whole in memory while it is sealed or opened, since a cipher says only at the end
whether it was one; so few are at once. With holders of the key it is not wrapped for its bidder:
they have the file, and nobody else is to.
"""

import asyncio
import json
import struct
from collections.abc import AsyncIterable, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from commonweal.access import Scope, Viewer
from commonweal.files.rules import DAY_SECONDS, FILE_BYTES, check_size, cleaned_name, named_for
from commonweal.files.sniffing import media_type_of
from commonweal.graph.refusals import NotFound, ScopeLacking
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import write_id
from commonweal.kernel.limits import limit
from commonweal.store.contents import HEAD_BYTES, ContentTooLarge, Received
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction

from . import envelopes
from .bidding import check_open, locked_bid, tell
from .cases import timetable_of
from .queries_attachments import is_there
from .rules_bidders import BidNotReadable
from .rules_contents import ATTACHMENTS
from .sealing import Kind, ReceiptDiffers, Sealed, open_for_bidder, seal
from .tables import Round
from .tables_bids import Attachment, Bid

T = TypeVar("T")

DAILY: Final = limit(
    "attachments brought to a bid in a day",
    60,
    "files",
    "all of them three times; a disk is finite",
)
LENGTH: Final = struct.Struct(">H")  # before the name and type, inside
SEALING: Final = ThreadPoolExecutor(2, "sealing")  # each takes 200 MB of memory at the most


@fact
class TooManyAttachments(UserError):
    says = "A bid has at most {most} attachments. Submit it without those that it is not to have."
    most: int


@fact
class DailyAttachmentsReached(UserError):
    says = "Within a day a bid may be brought {most} attachments. Try again tomorrow."
    most: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was sealed."""

    name: str
    media_type: str
    content: bytes


async def attach(
    database: Database, viewer: Viewer, bid_id: int | None, name: str, chunks: AsyncIterable[bytes]
) -> Attachment:
    """Seal what a bidder sends.

    Raises NotFound, FileNameNeeded, FileEmpty, FileTypeUnknown, FileCouldRun, ContentTooLarge,
    TooManyAttachments, DailyAttachmentsReached, WrongState, DeadlinePassed, StorageFull, what
    KEY_REFUSALS names, and what `chunks` raises; nothing remains then.
    """
    name = cleaned_name(name)
    if bid_id is None or not await is_there(database, viewer, "their bid", bid_id):
        raise NotFound("bid")
    if not viewer.good_for(Scope.ORGANISATIONS):  # as submitBid
        raise ScopeLacking(Scope.ORGANISATIONS)
    # asked before as well, so that who may bring no more sends no more
    bid = await in_transaction(database, lambda tx: _open_bid(tx, bid_id))
    content = await _whole(chunks)
    media_type = await asyncio.to_thread(media_type_of, content[:HEAD_BYTES], content)
    header = json.dumps({"name": named_for(name, media_type), "mediaType": media_type}).encode()
    round_ = await in_transaction(database, lambda _: Round.get(id=bid.round_id))
    with_holders = round_.holders_needed is not None
    key = None if with_holders else await envelopes.service_key(database)
    sealed = Sealed(bid.round_id, bid.id, database.new_id(), Kind.ATTACHMENT)
    public = bytes.fromhex(round_.public_key)
    envelope = await _in_turn(
        lambda: seal(
            LENGTH.pack(len(header)) + header + content, sealed, service_key=key, round_key=public
        )
    )
    row = Attachment(
        id=sealed.version,
        bid_id=bid.id,
        sha256=envelope.receipt,
        size_bytes=len(envelope.ciphertext),
        for_bidder=envelope.for_bidder,
        for_round=envelope.for_round,
    )
    size, blocks = len(envelope.ciphertext), _once(envelope.ciphertext)
    async with database.contents.receiving(blocks, size) as received:
        return await in_transaction(database, lambda tx: _keep(tx, viewer, received, row))


async def opened(
    database: Database, viewer: Viewer, attachment_id: int | None
) -> tuple[Attachment, Opened]:
    """A file, for who may see it now; that anybody but a bidder read it is on record.

    Raises NotFound, BidNotReadable, ContentMissing, and what OPENING_REFUSALS names.
    """
    if attachment_id is None or not await is_there(database, viewer, "attachment", attachment_id):
        raise NotFound("attachment")
    await _check_reading(database, viewer, attachment_id)
    key = await envelopes.service_key(database)
    row, bid = await in_transaction(database, lambda _: _checked(attachment_id, key))
    ciphertext = await database.contents.read(row.sha256)
    envelope, bound = envelopes.attached(bid, row, ciphertext)
    raw = await _in_turn(lambda: open_for_bidder(envelope, row.sha256, bound, key))
    (length,) = LENGTH.unpack_from(raw)
    header = json.loads(raw[LENGTH.size : LENGTH.size + length])
    if not await is_there(database, viewer, "their bid", bid.id):
        read = {"attachment": write_id("att", row.id)}
        await in_transaction(database, lambda tx: tell(tx, viewer, bid, "read_attachment", **read))
    return row, Opened(header["name"], header["mediaType"], raw[LENGTH.size + length :])


async def _check_reading(database: Database, viewer: Viewer, attachment_id: int) -> None:
    """As `readDraft` for who bids, and as `readBid` for others.

    Raises ScopeLacking, BidNotReadable.
    """

    async def bid_of(_: Transaction) -> Bid:
        return await Bid.get(id=(await Attachment.get(id=attachment_id)).bid_id)

    bid = await in_transaction(database, bid_of)
    theirs = await is_there(database, viewer, "their bid", bid.id)
    scope = Scope.ORGANISATIONS if theirs else Scope.ASSETS
    if not viewer.good_for(scope):
        raise ScopeLacking(scope)
    if not theirs and bid.unopened:
        raise BidNotReadable


async def _checked(attachment_id: int, key: bytes) -> tuple[Attachment, Bid]:
    """The row, where it is still what the bid was submitted with."""
    row = await Attachment.get(id=attachment_id)
    bid = await Bid.get(id=row.bid_id)
    if row.for_bidder is None:
        raise BidNotReadable
    sent = await envelopes.last(bid, Kind.BID)
    if row.submitted and sent:
        receipts = envelopes.opened_for_service(sent, bid, key)["receipts"]
        if receipts.get(str(row.id)) != row.sha256:
            raise ReceiptDiffers
    return row, bid


async def _open_bid(tx: Transaction, bid_id: int) -> Bid:
    """A bid that takes one more. Raises what `attach` says."""
    bid = await locked_bid(bid_id)
    check_open(bid, await timetable_of(bid.round_id), tx.now)
    if await Attachment.filter(bid_id=bid_id).count() >= ATTACHMENTS.value:
        raise TooManyAttachments(ATTACHMENTS.value)
    since = tx.now - timedelta(seconds=DAY_SECONDS)
    brought = AuditRecord.filter(subject_id=bid_id, action="attach", at__gt=since)
    if await brought.count() >= DAILY.value:
        raise DailyAttachmentsReached(DAILY.value)
    return bid


async def _keep(tx: Transaction, viewer: Viewer, received: Received, row: Attachment) -> Attachment:
    """The content first: should the commit fail, a content without a row does no harm."""
    bid = await _open_bid(tx, row.bid_id)
    await received.keep()
    row.sealed_at = tx.now
    await Attachment.bulk_create([row])
    await tell(tx, viewer, bid, "attach", attachment=write_id("att", row.id))
    return row


async def _whole(chunks: AsyncIterable[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > FILE_BYTES.value:
            raise ContentTooLarge(FILE_BYTES.value)
    check_size(len(content))
    return bytes(content)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _in_turn(function: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(SEALING, function)
