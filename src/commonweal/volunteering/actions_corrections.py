"""Hours that many are approved of at once, that approve themselves, and that are put right."""

from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.functions import Coalesce

from commonweal.access import Viewer
from commonweal.credits.actions_grants import needs_approval, taken_back
from commonweal.credits.rules import NeedsApproval
from commonweal.credits.tables import Grant
from commonweal.kernel.errors import UserError
from commonweal.people.actions import present
from commonweal.people.actions_households import at_home
from commonweal.people.actions_organisations import check_person
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions import CLOCK
from .actions_hours import approved, claimed, decided, locked_claim, say
from .rules import REASON, checked_text
from .rules_hours import (
    AUTOMATIC,
    AUTOMATIC_AT_ONCE,
    BULK,
    CLAIM,
    ClaimState,
    Evidence,
    OwnHours,
    SameMinutes,
)
from .tables_hours import HoursClaim

SEEN: Final = (Evidence.CODE, Evidence.COORDINATOR)  # by others than who claims
AGAIN: Final = timedelta(days=1)  # until what could not be approved is tried again


async def approve_unanswered(tx: Transaction) -> int:
    """Approve what was seen by others and nobody decided for two weeks, where one person could,
    as far as the pot has it: how many were looked at. A job's work.
    """
    waiting = HoursClaim.filter(state=ClaimState.SUBMITTED, evidence__in=SEEN)
    silent = waiting.filter(
        submitted_at__lte=tx.now - timedelta(days=AUTOMATIC.value),
        entered_by_id__isnull=True,
        first_by_id__isnull=True,
    ).filter(Q(sign_up_id__isnull=True) | Q(sign_up__clock_stopped=False))
    due = silent.filter(Q(looked_at__isnull=True) | Q(looked_at__lte=tx.now - AGAIN))
    rows = due.order_by("id").limit(AUTOMATIC_AT_ONCE.value)
    found: Any = await rows.values_list("id", flat=True)
    for number in found:
        pot, opportunity, claim = await locked_claim(number)
        await HoursClaim.filter(id=number).update(looked_at=tx.now)
        if claim.state is not ClaimState.SUBMITTED:
            continue
        try:
            if pot and await needs_approval(tx, pot, claim.person_id, claim.credited_minutes):
                raise NeedsApproval
            await approved(tx, CLOCK, pot, opportunity, claim, automatic=True)
        except UserError as refused:  # an empty pot, a full wallet: a person sees it in their list
            await HoursClaim.filter(id=number).update(hindrance=refused.code)
    return len(found)


async def approve_all_hours(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int, shift_id: int | None = None
) -> dict[str, Any]:
    """Approve all that wait, of an opportunity or of one shift; each that could not be says why.

    As many as one short transaction does: ask again for more.
    """
    await check_person(viewer)
    waiting = HoursClaim.filter(opportunity_id=opportunity_id, state=ClaimState.SUBMITTED)
    if shift_id is not None:
        waiting = waiting.filter(shift_id=shift_id)
    fresh = waiting.filter(Q(first_by_id__isnull=True) | ~Q(first_by_id=viewer.id))
    untried_first = fresh.annotate(why=Coalesce("hindrance", "")).order_by("why", "id")
    found: Any = await untried_first.limit(BULK.value).values_list("id", flat=True)
    done = 0
    for number in sorted(found):
        pot, opportunity, claim = await locked_claim(number)
        try:
            await decided(tx, viewer, pot, opportunity, claim)
        except UserError as refused:
            await HoursClaim.filter(id=number).update(hindrance=refused.code)
        else:
            done += claim.state is ClaimState.APPROVED
    left = await waiting.count()
    return {"opportunity": opportunity_id, "approved": done, "left": left}


async def correct_hours(
    tx: Transaction, viewer: Viewer, *, claim_id: int, minutes: int, reason: str
) -> dict[str, Any]:
    """Put approved hours right: their credits come back whole, and a claim for other minutes takes
    their place. More than before is for another to approve; none at all is a reversal alone.
    """
    await check_person(viewer)
    said = checked_text(reason, "reason", REASON.value, lines=True)
    pot, opportunity, claim = await locked_claim(claim_id)
    CLAIM.check("reverse", claim.state)
    if await at_home(viewer, await present(claim.person_id)):
        raise OwnHours
    most = int((claim.ends_at - claim.starts_at).total_seconds()) // 60
    if minutes == claim.minutes or not 0 <= minutes <= most:
        raise SameMinutes().at("input", "minutes")
    if claim.grant_id is not None:
        await taken_back(tx, viewer, await Grant.get(id=claim.grant_id))
    await move(claim, CLAIM, "reverse", reason=said)
    await say(tx, viewer, claim, "reverse_hours", minutes=claim.minutes)
    if not minutes:
        return {"claim": claim.id}
    of: dict[str, Any] = {
        "sign_up_id": claim.sign_up_id,
        "shift_id": claim.shift_id,
        "evidence": Evidence.COORDINATOR,
        "entered_by_id": viewer.id,
        "supersedes_id": claim.id,
        "words": claim.words,
    }
    times = (claim.starts_at, claim.starts_at + timedelta(minutes=minutes), minutes)
    right = await claimed(tx, viewer, opportunity, claim.person_id, times, **of)
    if minutes < claim.minutes:
        await approved(tx, viewer, pot, opportunity, right)
    return {"claim": right.id}
