"""Hours: claimed from attendance, and approved with their credits in one transaction, once."""

from typing import Any

from commonweal.access import Viewer
from commonweal.credits.actions_grants import granted, needs_approval
from commonweal.credits.actions_pots import locked_pot
from commonweal.credits.rules import POT, NeedsApproval, NobodyThere
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.actions_households import at_home
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_signups import found
from .rules import SignUpState, checked_text
from .rules_hours import CLAIM, REASON, ClaimState, NotThere, OwnHours, minutes_of
from .tables import HoursClaim, Opportunity, Shift


async def claim_hours(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Claim the time that I was there; asked again it is the same claim."""
    row, shift = await found(sign_up_id)
    if known := await HoursClaim.get_or_none(sign_up_id=row.id):
        return {"claim": known.id}
    if row.state is not SignUpState.CHECKED_OUT:
        raise NotThere
    claim = await HoursClaim.create(
        id=tx.new_id(),
        sign_up_id=row.id,
        shift_id=shift.id,
        person_id=row.person_id,
        minutes=minutes_of(row.came_at, row.went_at, shift.starts_at, shift.ends_at),
        state=ClaimState(CLAIM.initial),
        submitted_at=tx.now,
    )
    await _say(tx, viewer, claim, "claim_hours", minutes=claim.minutes)
    return {"claim": claim.id}


async def approve_hours(tx: Transaction, viewer: Viewer, *, claim_id: int) -> dict[str, Any]:
    """Approve a claim: what it is worth is granted from the opportunity's pot with it.

    The pot's row first, as whoever grants takes it.
    """
    claim = await HoursClaim.get(id=claim_id)
    shift = await Shift.get(id=claim.shift_id)
    opportunity = await Opportunity.get(id=shift.opportunity_id)
    pot = opportunity.pot_id and await locked_pot(opportunity.pot_id)
    claim = await _locked(claim_id)
    CLAIM.check("approve", claim.state)
    if not await Person.exists(id=claim.person_id, erased_at__isnull=True):
        raise NobodyThere
    if await at_home(viewer, await present(claim.person_id)):
        raise OwnHours
    grant_id = None
    if pot:
        POT.check("grant", pot.state)
        if await needs_approval(tx, pot, claim.person_id, claim.minutes):
            raise NeedsApproval
        what: dict[str, Any] = {"minutes": claim.minutes, "purpose": opportunity.title}
        grant_id = (await granted(tx, viewer, pot, claim.person_id, **what)).id
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "grant_id": grant_id}
    await move(claim, CLAIM, "approve", **decided)
    await _say(tx, viewer, claim, "approve_hours", minutes=claim.minutes)
    return {"claim": claim.id}


async def decline_hours(
    tx: Transaction, viewer: Viewer, *, claim_id: int, reason: str
) -> dict[str, Any]:
    """Decline a claim, and say why."""
    said = checked_text(reason, "reason", REASON.value, lines=True)
    claim = await _locked(claim_id)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "reason": said}
    await move(claim, CLAIM, "decline", **decided)
    await _say(tx, viewer, claim, "decline_hours")
    return {"claim": claim.id}


async def withdraw_hours(tx: Transaction, viewer: Viewer, *, claim_id: int) -> dict[str, Any]:
    """Take back a claim that nobody decided on."""
    claim = await _locked(claim_id)
    await move(claim, CLAIM, "withdraw")
    await _say(tx, viewer, claim, "withdraw_hours")
    return {"claim": claim.id}


async def _locked(claim_id: int) -> HoursClaim:
    return await HoursClaim.select_for_update(no_key=True).get(id=claim_id)


async def _say(
    tx: Transaction, viewer: Viewer, claim: HoursClaim, action: str, **facts: Any
) -> None:
    said = {"sign_up": write_id("sgn", claim.sign_up_id), **facts}
    await record(tx, viewer.name, [Entry("hrs", claim.id, action, said)])
