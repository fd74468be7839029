"""Appeals: all of a case stands still until the last one is decided (invariant 24).

One that is upheld goes back to the stage that it names. What was decided is set aside, the award
ended, the bids that stood are looked at anew; nothing is erased.
"""

from datetime import UTC, datetime
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.store.moves import move
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction

from .cases import locked, say
from .impartial import check_impartial
from .reserve import undo
from .rules import CASE, ON_OFFER, REOPENABLE, CaseState, resumes
from .rules_bidders import ENTRY, EntryState
from .rules_facts import (
    AppealDecided,
    AppealDismissed,
    AppealOpen,
    NotABidder,
    OwnDecision,
)
from .rules_offers import AssetOnOffer
from .rules_texts import TEXT, checked_lines
from .tables import Case
from .tables_bids import Bid, BidEntry
from .tables_decisions import CaseAppeal, Decision

DECIDING: Final = ("decide", "confirm_decision", "award_none")  # as the audit calls them
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
RECONSIDERED = {  # by where it goes back to: whose bids are looked at anew
    CaseState.DUE_DILIGENCE: (EntryState.NOT_CHOSEN,),
    CaseState.ASSESSMENT: (EntryState.NOT_CHOSEN, EntryState.CHOSEN, EntryState.RESERVE),
    CaseState.EOI_CLOSED: (EntryState.NOT_CHOSEN, EntryState.CHOSEN, EntryState.RESERVE),
}


async def appeal_decision(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, case_id: int, grounds: str
) -> dict[str, Any]:
    """Appeal, as a group that bid: nothing of the case goes on until it is decided."""
    said, case = checked_lines(grounds, TEXT.value, "grounds"), await locked(case_id)
    ids: list[Any] = await BidEntry.filter(case_id=case.id).values_list("bid_id", flat=True)
    theirs = Bid.filter(id__in=ids, organisation_id=organisation_id, submitted_at__isnull=False)
    if not await theirs.exists():
        raise NotABidder
    made_already = CaseAppeal.filter(case_id=case.id, organisation_id=organisation_id)
    if await made_already.filter(decided_at__isnull=True).exists():
        raise AppealOpen
    if await made_already.filter(upheld=False, made_at__gte=await _since(case)).exists():
        raise AppealDismissed
    if case.state is not CaseState.APPEAL:
        CASE.check("appeal", case.state)
        await _check_free(case)
        await move(case, CASE, "appeal", frozen_at=case.state)
    made = await CaseAppeal.create(
        id=tx.new_id(),
        case_id=case.id,
        organisation_id=organisation_id,
        grounds=said,
        made_at=tx.now,
    )
    await say(tx, viewer, case, "appeal_decision")
    return {"appeal": made.id}


async def decide_case_appeal(
    tx: Transaction,
    viewer: Viewer,
    *,
    appeal_id: int,
    upheld: bool,
    reasons: str,
    reopens_at: CaseState | None = None,
) -> dict[str, Any]:
    """Decide an appeal, as somebody who did not decide the case.

    `reopens_at` is the stage to which an upheld one goes back; without it nothing is changed by it.
    """
    why, found = checked_lines(reasons, TEXT.value, "reasons"), await CaseAppeal.get(id=appeal_id)
    case = await locked(found.case_id)
    appeal = await CaseAppeal.select_for_update(no_key=True).get(id=appeal_id)
    if appeal.decided_at:
        raise AppealDecided
    await check_impartial(viewer, case.round_id)
    deciding = AuditRecord.filter(subject_id=case.id, action__in=DECIDING)
    if await deciding.filter(actor=viewer.name).exists():
        raise OwnDecision
    been = await _been(case)
    stage = reopens_at if upheld else None
    assert case.frozen_at, "an open appeal has frozen its case"
    resumes(case.frozen_at, [stage] if stage else [], been)  # whether it is possible at all
    await CaseAppeal.filter(id=appeal.id).update(
        decided_at=tx.now,
        upheld=upheld,
        reopens_at=stage,
        reasons=why,
        version=appeal.version + 1,
    )
    await say(tx, viewer, case, "decide_case_appeal", upheld=upheld)
    these = CaseAppeal.filter(case_id=case.id, resumed_at__isnull=True)
    if not await these.filter(decided_at__isnull=True).exists():
        stages: list[Any] = await these.filter(upheld=True).values_list("reopens_at", flat=True)
        await _resume(tx, case, resumes(case.frozen_at, [s for s in stages if s], been))
        await these.update(resumed_at=tx.now)
    return {"appeal": appeal.id}


async def _resume(tx: Transaction, case: Case, name: str) -> None:
    """Go on where it stood, or back to the earliest stage that an upheld appeal names."""
    await move(case, CASE, name, frozen_at=None)
    if case.state not in REOPENABLE:
        return
    await undo(tx, case, "An appeal was upheld.")
    entries = BidEntry.filter(case_id=case.id, state__in=RECONSIDERED[case.state])
    for entry in await entries.order_by("id").select_for_update(no_key=True):
        await move(entry, ENTRY, "reconsider")


async def _been(case: Case) -> set[CaseState]:
    """Where the case has been, as its audit says. Bids are asked for anew from `eoi_closed`, also
    where the round took no expressions of interest.
    """
    facts: Any = await AuditRecord.filter(subject_id=case.id).values_list("facts", flat=True)
    been = {CaseState(each["state"]) for each in facts}
    if not await BidEntry.exists(case_id=case.id, state=EntryState.CHOSEN):
        been.discard(CaseState.DUE_DILIGENCE)  # nobody is looked into
    return been | {CaseState.EOI_CLOSED} if CaseState.BUSINESS_CASE in been else been


async def _since(case: Case) -> datetime:
    """Since when what is appealed against stands: there is one appeal against each decision."""
    made = Decision.filter(case_id=case.id, decided_at__isnull=False).order_by("-number")
    last = await made.first()
    return (last.set_aside_at or last.decided_at) if last else LONG_AGO


async def _check_free(case: Case) -> None:
    """What nobody was awarded may be on offer again by now. Raises AssetOnOffer."""
    if case.asset_id is None or case.state in ON_OFFER:
        return
    if await Case.filter(asset_id=case.asset_id, state__in=ON_OFFER).exists():
        raise AssetOnOffer
