"""What is done with what a bid says: saved, read again, sealed. No contents in any fact."""

import json
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import envelopes
from .actions_bids import check_passed
from .bidding import check_open, deadline, held, locked_bid, sending, still_needed, tell
from .cases import timetable_of
from .rules import CaseState, Stage, check_taken
from .rules_bidders import BID, BidNotReadable, DraftChanged, NothingToSubmit, OfferEnded
from .rules_contents import Contents, check_complete, contents_of
from .sealing import Kind
from .tables_bids import Attachment, Bid, SealedVersion


async def save_draft(
    tx: Transaction, viewer: Viewer, *, bid_id: int, version: int, contents: Any
) -> dict[str, Any]:
    """Keep what the bid says so far, as one envelope that only its bidders can open.

    `version` is that of the bid as it was read: of two who save at once the second is told.
    """
    said = contents_of(contents)
    bid = await locked_bid(bid_id)
    timetable = await timetable_of(bid.round_id)
    check_open(bid, timetable, tx.now)
    _check_version(bid, version)
    key = await envelopes.service_key(tx.database)
    document = envelopes.as_sealed(contents, {})
    kept = await envelopes.keep(tx, bid, Kind.DRAFT, document, service_key=key, round_key=None)
    await SealedVersion.filter(bid_id=bid.id, kind=Kind.DRAFT).exclude(id=kept.id).delete()
    await Bid.filter(id=bid.id, version=version).update(version=kept.number)
    return {"bid": bid.id, "checklist": await _checklist(bid, said)}


async def read_draft(tx: Transaction, viewer: Viewer, *, bid_id: int) -> dict[str, Any]:
    """What the bid says, its last draft or else what was submitted, and what it still needs."""
    bid = await Bid.get(id=bid_id)
    sent, draft = await envelopes.last(bid, Kind.BID), await envelopes.last(bid, Kind.DRAFT)
    over = tx.now > deadline(await timetable_of(bid.round_id))
    row = (sent or draft) if over else (draft or sent)  # afterwards what counts is what was sent
    if row is None or row.for_bidder is None:
        raise BidNotReadable
    key = await envelopes.service_key(tx.database)
    document = envelopes.opened_for_service(row, bid, key)["contents"]
    shown = {"contents": json.dumps(document)}
    return {"bid": bid.id, **shown, "checklist": await _checklist(bid, contents_of(document))}


async def submit_bid(
    tx: Transaction, viewer: Viewer, *, bid_id: int, version: int
) -> dict[str, Any]:
    """Seal the draft for the round. Its receipt is the bid's; again, until the deadline, replaces.

    In time is who began in time, whatever they had to wait for (invariant 8).
    """
    around = await held(bid_id)
    bid, name = around.bid, sending(around.bid)
    for case in around.cases.values():
        if case.state is CaseState.WITHDRAWN:
            raise OfferEnded(case.title)
        check_taken(Stage.BUSINESS_CASE, case.state, around.timetable, tx.now)
        await check_passed(case, bid.organisation_id, around.timetable)
    _check_version(bid, version)
    draft = await envelopes.last(bid, Kind.DRAFT)
    if draft is None:
        raise NothingToSubmit
    key = await envelopes.service_key(tx.database)
    document = envelopes.opened_for_service(draft, bid, key)["contents"]
    said = contents_of(document)
    check_complete(await still_needed(bid, said, around.timetable))
    listed, others = await _attachments(bid, said)
    with_holders = around.round.holders_needed is not None
    kept = await envelopes.keep(
        tx,
        bid,
        Kind.BID,
        envelopes.as_sealed(document, {row.id: row.sha256 for row in listed}),
        service_key=None if with_holders else key,
        round_key=bytes.fromhex(around.round.public_key),
    )
    await move(bid, BID, name, receipt=kept.receipt, submitted_at=tx.now)
    await SealedVersion.filter(bid_id=bid.id, kind=Kind.DRAFT).delete()
    await Attachment.filter(id__in=[row.id for row in listed]).update(submitted=True)
    await envelopes.delete_attachments(tx, others)
    cases = [write_id("cas", each) for each in around.cases]
    await tell(tx, viewer, bid, "submit_bid", receipt=kept.receipt, cases=cases)
    return {"bid": bid.id}


async def _attachments(bid: Bid, said: Contents) -> tuple[list[Attachment], list[Attachment]]:
    """Those that the bid lists, and the others."""
    rows = await Attachment.filter(bid_id=bid.id).order_by("id")
    listed = [row for row in rows if row.id in said.attachments]
    return listed, [row for row in rows if row.id not in said.attachments]


async def _checklist(bid: Bid, said: Contents) -> str:
    needed = await still_needed(bid, said, await timetable_of(bid.round_id))
    return json.dumps([each.shown() for each in needed])


def _check_version(bid: Bid, version: int) -> None:
    if bid.version != version:
        raise DraftChanged(bid.version).at("input", "version")
