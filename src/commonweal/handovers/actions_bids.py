"""Bids begin, take in cases, are withdrawn, or lose what made them eligible."""

from collections.abc import Sequence
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.tables_partners import Partner
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import envelopes
from .assessing import recompute
from .bidding import Held, check_open, deadline, held, tell
from .cases import locked, locked_round, say, timetable_of
from .reserve import reserve_next
from .rules import CaseState, NotTaken, Stage, Timetable, check_taken, end_of
from .rules_bidders import (
    BID,
    BIDS_AT_ONCE,
    ENTRY,
    AlreadyInBid,
    BidState,
    EntryState,
    InterestNotPassed,
    LastCase,
    OtherRound,
    TooManyBids,
    check_group,
    is_erased,
)
from .rules_interests import PASSED, InterestState
from .rules_texts import checked_reason
from .tables import Case
from .tables_bids import Bid, BidEntry
from .tables_interests import ExpressionOfInterest

KEPT: Final = (  # a group has the keys, or had them
    *(CaseState.COMPLETED, CaseState.MONITORING, CaseState.BREACH, CaseState.CURING),
    *(CaseState.REVERTED, CaseState.ENDED),
)


async def start_bid(
    tx: Transaction, viewer: Viewer, *, case_id: int, organisation_id: int
) -> dict[str, Any]:
    """Begin a bid for a case, which nobody but its bidders knows of."""
    case = await Case.get(id=case_id)
    if case.round_id is None:
        raise NotTaken(Stage.BUSINESS_CASE, case.state)
    await locked_round(case.round_id)
    timetable = await timetable_of(case.round_id)
    await _check_case(tx, await locked(case_id), organisation_id, timetable)
    group = await locked_organisation(organisation_id)
    check_group(group.kind, group.legal_form)
    begun = Bid.filter(round_id=case.round_id, organisation_id=organisation_id)
    if await begun.exclude(state=BidState.WITHDRAWN).count() >= BIDS_AT_ONCE.value:
        raise TooManyBids(BIDS_AT_ONCE.value)
    bid = await Bid.create(
        id=tx.new_id(),
        round_id=case.round_id,
        organisation_id=organisation_id,
        state=BidState.DRAFT,
        created_at=tx.now,
    )
    await _enter(tx, bid, case_id)
    await tell(tx, viewer, bid, "start_bid", case=write_id("cas", case_id))
    return {"bid": bid.id}


async def add_case_to_bid(
    tx: Transaction, viewer: Viewer, *, bid_id: int, case_id: int
) -> dict[str, Any]:
    """Bid for one more case of the round. Once submitted a bid is for what it was submitted for."""
    around = await held(bid_id, also=case_id)
    bid, case = around.bid, around.cases[case_id]
    BID.check("submit", bid.state)
    if case_id in {entry.case_id for entry in around.entries}:
        raise AlreadyInBid
    if case.round_id != bid.round_id:
        raise OtherRound
    await _check_case(tx, case, bid.organisation_id, around.timetable)
    await _enter(tx, bid, case_id)
    await tell(tx, viewer, bid, "add_case_to_bid", case=write_id("cas", case_id))
    return {"bid": bid.id}


async def remove_case_from_bid(
    tx: Transaction, viewer: Viewer, *, bid_id: int, case_id: int
) -> dict[str, Any]:
    """Bid for one case less; the last one is withdrawn with the bid."""
    around = await held(bid_id)
    check_open(around.bid, around.timetable, tx.now)
    if around.cases.keys() <= {case_id}:
        raise LastCase
    await BidEntry.filter(bid_id=bid_id, case_id=case_id).delete()
    await tell(tx, viewer, around.bid, "remove_case_from_bid", case=write_id("cas", case_id))
    return {"bid": bid_id}


async def withdraw_bid(
    tx: Transaction, viewer: Viewer, *, bid_id: int, reason: str
) -> dict[str, Any]:
    """Take a bid back. Until the deadline what is in it is deleted, and never read.

    After it the bid leaves the assessment, and where it was chosen the reserve comes next.
    """
    around = await held(bid_id)
    bid, reason = around.bid, checked_reason(reason)
    erased = is_erased(bid.state, tx.now, deadline(around.timetable))
    receipt = {"receipt": None} if erased else {}
    await move(bid, BID, "withdraw", reason=reason, **receipt)
    if erased:
        await envelopes.erase(tx, bid)
    await _leave(tx, viewer, around, _leaving(around.entries))
    await tell(tx, viewer, bid, "withdraw_bid", erased=erased)
    return {"bid": bid_id}


async def lose_eligibility(
    tx: Transaction, viewer: Viewer, *, bid_id: int, reason: str
) -> dict[str, Any]:
    """Say that a bidder may not be awarded anything any more, and why: nothing is deleted.

    Only once bids are opened: before, no officer is to know that there is one (invariant 7).
    """
    around = await held(bid_id)
    await move(around.bid, BID, "disqualify", reason=checked_reason(reason))
    await _leave(tx, viewer, around, _leaving(around.entries))
    await tell(tx, viewer, around.bid, "lose_eligibility")
    return {"bid": bid_id}


def _leaving(entries: Sequence[BidEntry]) -> list[BidEntry]:
    """Those that stand; one that was not chosen stays as it is."""
    return [entry for entry in entries if entry.state in ENTRY.move("leave").sources]


async def _leave(tx: Transaction, viewer: Viewer, around: Held, leaving: list[BidEntry]) -> None:
    for entry in leaving:
        case = around.cases[entry.case_id]
        if case.state in KEPT:
            continue  # what it got there has terms of its own
        if entry.state is EntryState.CHOSEN:
            await reserve_next(tx, viewer, case, entry)
        else:
            await move(entry, ENTRY, "leave")
        if around.round.bids_opened_at:
            await recompute(tx, case, "A bid has left.")
            await say(tx, viewer, case, "bid_left", bid=write_id("bid", around.bid.id))


async def _enter(tx: Transaction, bid: Bid, case_id: int) -> None:
    await BidEntry.create(id=tx.new_id(), bid_id=bid.id, case_id=case_id, state=EntryState.ENTERED)


async def _check_case(
    tx: Transaction, case: Case, organisation_id: int, timetable: Timetable
) -> None:
    """It takes bids, and this bidder's expression passed: a consortium's own, or its lead's.

    Raises StageNotHeld, DeadlinePassed, NotTaken, InterestNotPassed.
    """
    check_taken(Stage.BUSINESS_CASE, case.state, timetable, tx.now)
    await check_passed(case, organisation_id, timetable)


async def check_passed(case: Case, organisation_id: int, timetable: Timetable) -> None:
    """Also when it is sent: an interest may have been withdrawn since. Raises InterestNotPassed."""
    if end_of(timetable, Stage.EOI) is None:
        return
    leads = Partner.filter(consortium_id=organisation_id, leads=True, until__isnull=True)
    asked: list[Any] = await leads.values_list("organisation_id", flat=True)
    passed = ExpressionOfInterest.filter(
        case_id=case.id,
        organisation_id__in=[organisation_id, *asked],
        state=InterestState.JUDGED,
        verdict__in=PASSED,
    )
    if not await passed.exists():
        raise InterestNotPassed
