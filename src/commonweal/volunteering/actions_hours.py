"""Hours: claimed from attendance or as they were given, and approved with their credits in one
transaction, once.

The pot's row comes first, as whoever grants takes it; then the person's, the shift's, the claim's.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.credits.actions_grants import granted, needs_approval
from commonweal.credits.actions_pots import locked_pot
from commonweal.credits.rules import POT, NobodyThere
from commonweal.credits.tables import Pot
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.kernel.limits import limit
from commonweal.messages.rules import Letter
from commonweal.people.actions import present
from commonweal.people.actions_households import at_home
from commonweal.people.actions_organisations import check_person, tell
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .actions_shifts import keep, let_go, locked_shift
from .actions_signups import accepted_for, found
from .rules import OPPORTUNITY, REASON, checked_text, credited
from .rules_hours import (
    CLAIM,
    AnotherDecides,
    ClaimState,
    Evidence,
    HoursOverlap,
    NotThere,
    OwnHours,
    SecondPersonNeeded,
    check_worked,
    there,
)
from .rules_signups import SignUpState
from .tables import Opportunity
from .tables_hours import HoursClaim

Letters = Callable[[str, str], Letter]
SELF_ALONE: Final = limit(
    "minutes that one person approves on somebody's word", 480, "minutes", "a day's work"
)


async def claim_hours(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Claim the time that I was there; asked again it is the same claim."""
    row, shift = await found(sign_up_id)
    known = HoursClaim.filter(sign_up_id=row.id).exclude(state=ClaimState.REVERSED)
    if before := await known.order_by("-id").first():
        return {"claim": before.id}
    if row.state is not SignUpState.CHECKED_OUT or row.person_id is None:
        raise NotThere
    since, until, minutes = there(row.came_at, row.went_at, shift.starts_at, shift.ends_at)
    of = {"sign_up_id": row.id, "shift_id": shift.id, "evidence": row.evidence}
    opportunity = await Opportunity.get(id=shift.opportunity_id)
    claim = await claimed(tx, viewer, opportunity, row.person_id, (since, until, minutes), **of)
    return {"claim": claim.id}


async def claim_work(
    tx: Transaction,
    viewer: Viewer,
    *,
    opportunity_id: int,
    starts_at: datetime,
    ends_at: datetime,
    words: str,
) -> dict[str, Any]:
    """Claim time that I gave outside a shift, and say what I did."""
    me = await present(viewer.id)
    opportunity = await Opportunity.get(id=opportunity_id)
    OPPORTUNITY.check("schedule", opportunity.state)
    await accepted_for(opportunity, me.id, civil_day(starts_at))
    return await _worked(tx, viewer, opportunity, me.id, (starts_at, ends_at), words=words)


async def enter_hours(
    tx: Transaction,
    viewer: Viewer,
    *,
    opportunity_id: int,
    person_id: int,
    starts_at: datetime,
    ends_at: datetime,
    words: str,
) -> dict[str, Any]:
    """Write hours from paper down for somebody whom we know; another of us approves them."""
    who = await present(person_id)
    if await at_home(viewer, who):
        raise OwnHours
    opportunity = await Opportunity.get(id=opportunity_id)
    by: dict[str, Any] = {"words": words, "entered_by_id": viewer.id}
    return await _worked(tx, viewer, opportunity, who.id, (starts_at, ends_at), **by)


async def _worked(
    tx: Transaction,
    viewer: Viewer,
    opportunity: Opportunity,
    person_id: int,
    times: tuple[datetime, datetime],
    *,
    words: str,
    entered_by_id: int | None = None,
) -> dict[str, Any]:
    minutes = check_worked(*times, tx.now)
    said = checked_text(words, "words", REASON.value, lines=True)
    evidence = Evidence.COORDINATOR if entered_by_id else Evidence.SELF
    of = {"words": said, "evidence": evidence, "entered_by_id": entered_by_id}
    claim = await claimed(tx, viewer, opportunity, person_id, (*times, minutes), **of)
    return {"claim": claim.id}


async def claimed(
    tx: Transaction,
    viewer: Viewer,
    opportunity: Opportunity,
    person_id: int,
    times: tuple[datetime, datetime, int],
    **of: Any,
) -> HoursClaim:
    """Raises HoursOverlap: the database refuses two that stand and overlap."""
    starts_at, ends_at, minutes = times
    try:
        claim = await HoursClaim.create(
            id=tx.new_id(),
            opportunity_id=opportunity.id,
            person_id=person_id,
            starts_at=starts_at,
            ends_at=ends_at,
            minutes=minutes,
            multiplier=opportunity.multiplier,
            credited_minutes=credited(minutes, opportunity.multiplier),
            state=ClaimState(CLAIM.initial),
            submitted_at=tx.now,
            **of,
        )
    except IntegrityError as refused:
        raise HoursOverlap from refused
    await say(tx, viewer, claim, "claim_hours", minutes=claim.minutes)
    return claim


async def approve_hours(tx: Transaction, viewer: Viewer, *, claim_id: int) -> dict[str, Any]:
    """Approve a claim: what it is worth is granted from the opportunity's pot with it.

    What is more than one person grants alone, or is more than a day on somebody's word, a second
    person approves too.
    """
    await check_person(viewer)
    pot, opportunity, claim = await locked_claim(claim_id)
    await decided(tx, viewer, pot, opportunity, claim)
    return {"claim": claim.id}


async def decided(
    tx: Transaction, viewer: Viewer, pot: Pot | None, opportunity: Opportunity, claim: HoursClaim
) -> None:
    """Approve a locked claim, or say that a second person does. Raises as `approve_hours` does."""
    CLAIM.check("approve", claim.state)
    if viewer.id in (claim.entered_by_id, claim.person_id):
        raise OwnHours
    if claim.state is ClaimState.APPEALED and claim.decided_by_id == viewer.id:
        raise AnotherDecides
    if await at_home(viewer, await _somebody(claim.person_id)):
        raise OwnHours
    if claim.first_by_id == viewer.id:
        raise SecondPersonNeeded
    if claim.first_by_id is None and await _needs_second(tx, pot, claim):
        await move(claim, CLAIM, "second", first_by_id=viewer.id)
        await say(tx, viewer, claim, "approve_hours_first", minutes=claim.minutes)
        return
    await approved(tx, viewer, pot, opportunity, claim)


async def _somebody(person_id: int) -> Person:
    """Raises NobodyThere."""
    if not await Person.exists(id=person_id, erased_at__isnull=True):
        raise NobodyThere
    return await present(person_id)


async def _needs_second(tx: Transaction, pot: Pot | None, claim: HoursClaim) -> bool:
    if claim.evidence is Evidence.SELF and claim.minutes > SELF_ALONE.value:
        return True
    minutes = claim.credited_minutes
    return pot is not None and await needs_approval(tx, pot, claim.person_id, minutes)


async def approved(
    tx: Transaction,
    viewer: Viewer,
    pot: Pot | None,
    opportunity: Opportunity,
    claim: HoursClaim,
    **facts: Any,
) -> None:
    """With its credits. Raises WrongState of a pot that grants nothing, and as `granted` does."""
    grant_id = None
    if pot:
        POT.check("grant", pot.state)
        shift = await locked_shift(claim.shift_id) if claim.shift_id else None
        kept = await let_go(tx, shift) if shift else 0
        alone = claim.first_by_id is None
        what: dict[str, Any] = {"minutes": claim.credited_minutes, "purpose": opportunity.title}
        what |= {"area_id": opportunity.area_id, "alone": alone}
        by = viewer if viewer.id is not None else replace(viewer, id=0)  # nobody: a job's
        try:
            grant_id = (await granted(tx, by, pot, claim.person_id, **what)).id
        except UserError:
            if shift and kept:
                await keep(tx, pot, shift, kept)
            raise
        if shift and (rest := kept - claim.credited_minutes) > 0:
            await keep(tx, pot, shift, rest)
    facts |= {"decided_by_id": viewer.id, "decided_at": tx.now, "grant_id": grant_id}
    await move(claim, CLAIM, "approve", hindrance=None, **facts)
    await say(tx, viewer, claim, "approve_hours", minutes=claim.minutes)


async def query_hours(
    tx: Transaction, viewer: Viewer, *, claim_id: int, question: str
) -> dict[str, Any]:
    """Ask something before I decide; who claimed is written to."""
    said = checked_text(question, "question", REASON.value, lines=True)
    claim = await _alone(claim_id)
    await move(claim, CLAIM, "query", question=said, answer=None)
    await _write(tx, claim, letters.hours_queried, said)
    await say(tx, viewer, claim, "query_hours")
    return {"claim": claim.id}


async def answer_hours(
    tx: Transaction, viewer: Viewer, *, claim_id: int, answer: str
) -> dict[str, Any]:
    """Answer what was asked about my hours."""
    said = checked_text(answer, "answer", REASON.value, lines=True)
    claim = await _alone(claim_id)
    await move(claim, CLAIM, "answer", answer=said, submitted_at=tx.now)
    await say(tx, viewer, claim, "answer_hours")
    return {"claim": claim.id}


async def decline_hours(
    tx: Transaction, viewer: Viewer, *, claim_id: int, reason: str
) -> dict[str, Any]:
    """Decline a claim, and say why; an appeal, by another than who declined it."""
    said = checked_text(reason, "reason", REASON.value, lines=True)
    claim = await _alone(claim_id)
    final = claim.state is ClaimState.APPEALED
    if final and claim.decided_by_id == viewer.id:
        raise AnotherDecides
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "reason": said}
    await move(claim, CLAIM, "reject" if final else "decline", **decided)
    await _write(tx, claim, letters.hours_declined, said)
    await say(tx, viewer, claim, "decline_hours")
    return {"claim": claim.id}


async def appeal_hours(
    tx: Transaction, viewer: Viewer, *, claim_id: int, words: str
) -> dict[str, Any]:
    """Say why my hours should be looked at again, by somebody else."""
    said = checked_text(words, "words", REASON.value, lines=True)
    claim = await _alone(claim_id)
    try:
        await move(claim, CLAIM, "appeal", appeal=said, submitted_at=tx.now)
    except IntegrityError as refused:
        raise HoursOverlap from refused
    await say(tx, viewer, claim, "appeal_hours")
    return {"claim": claim.id}


async def withdraw_hours(tx: Transaction, viewer: Viewer, *, claim_id: int) -> dict[str, Any]:
    """Take back a claim that nobody decided on."""
    claim = await _alone(claim_id)
    await move(claim, CLAIM, "withdraw")
    await say(tx, viewer, claim, "withdraw_hours")
    return {"claim": claim.id}


async def _write(tx: Transaction, claim: HoursClaim, letter: Letters, said: str) -> None:
    """To whose hours they are."""
    title = (await Opportunity.get(id=claim.opportunity_id)).title
    await tell(tx, [claim.person_id], letter(title, said))


async def _alone(claim_id: int) -> HoursClaim:
    return await HoursClaim.select_for_update(no_key=True).get(id=claim_id)


async def locked_claim(claim_id: int) -> tuple[Pot | None, Opportunity, HoursClaim]:
    """A claim, and what it is for, the pot's row first."""
    known = await HoursClaim.get(id=claim_id)
    opportunity = await Opportunity.get(id=known.opportunity_id)
    pot = await locked_pot(opportunity.pot_id) if opportunity.pot_id else None
    return pot, opportunity, await _alone(claim_id)


async def say(
    tx: Transaction, viewer: Viewer, claim: HoursClaim, action: str, **facts: Any
) -> None:
    """Record what was done to a claim."""
    said = {"opportunity": write_id("opp", claim.opportunity_id), **facts}
    await record(tx, viewer.name, [Entry("hrs", claim.id, action, said)])
