"""Fundings: what a council puts on paper for a pot to grant, and what of it goes back.

What is minted is bounded by it: the scheme's issuance pays pots only, by a funding that was
approved, and pots pay people. Each funding is granted from in its own time, the first to end first,
and what it has left afterwards goes back, whatever else is in the pot.
"""

from datetime import date, timedelta
from typing import Any, Final

from tortoise.queryset import QuerySet

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_lots import available_in
from commonweal.ledger.rules import Order
from commonweal.people.actions_organisations import check_person, current
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.rules_organisations import OrganisationState, OwnOrganisation
from commonweal.people.tables_organisations import Membership
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_grants import refuse_all
from .actions_pots import locked_pot
from .posting import moving, posted, say, unit_of
from .rules import (
    FUNDING,
    POT,
    REFERENCE,
    SOLE_DAYS,
    ApprovalState,
    CommunityPotNotFunded,
    CommunityPotStays,
    OwnProposal,
    PotKind,
    PotState,
    check_window,
    checked_minutes,
    checked_words,
)
from .tables import Funding, Pot, Scheme
from .terms import terms_on

CLOCK: Final = Viewer(name="system:clock")


async def fund_pot(
    tx: Transaction,
    viewer: Viewer,
    *,
    pot_id: int,
    minutes: int,
    purpose: str,
    since: date,
    until: date,
    document_reference: str,
) -> dict[str, Any]:
    """Propose what a pot is given to grant.

    It is given at once as long as all that one officer gave alone in the scheme, in a month, is
    within its bound: else the next of many small ones would be.
    """
    pot = await _locked_for(viewer, pot_id)
    POT.check("fund", pot.state)
    if pot.organisation_id is not None:
        await locked_organisation(pot.organisation_id)
    today = civil_day(tx.now)
    check_window(since, until, today)
    funding = await Funding.create(
        id=tx.new_id(),
        pot_id=pot.id,
        minutes=checked_minutes(minutes),
        unspent=minutes,
        purpose=checked_words(purpose, "purpose"),
        since=since,
        until=until,
        document_reference=checked_words(document_reference, "documentReference", REFERENCE.value),
        state=ApprovalState(FUNDING.initial),
        proposed_by_id=viewer.id,
        proposed_at=tx.now,
    )
    await say(tx, viewer, pot, "fund_pot", funding=write_id("fnd", funding.id), minutes=minutes)
    scheme = await Scheme.select_for_update(no_key=True).get(id=pot.scheme_id)
    alone = await _given_alone(tx, scheme.id)
    if alone + minutes <= (await terms_on(scheme.id, today)).sole_funding_minutes:
        await _approved(tx, viewer, pot, scheme, funding)
    return {"funding": funding.id, "pot": pot.id}


async def _given_alone(tx: Transaction, scheme_id: int) -> int:
    """What was funded lately without a second person, by whomever."""
    lately = tx.now - timedelta(days=SOLE_DAYS.value)
    rows = Funding.filter(pot__scheme_id=scheme_id, alone=True, decided_at__gt=lately)
    given: Any = await rows.values_list("minutes", flat=True)
    return sum(given)


async def approve_funding(tx: Transaction, viewer: Viewer, *, funding_id: int) -> dict[str, Any]:
    """Approve what somebody else proposed: the pot has it from now on."""
    await check_person(viewer)
    pot = await _locked_for(viewer, (await Funding.get(id=funding_id)).pot_id)
    funding = await Funding.get(id=funding_id)
    if funding.proposed_by_id == viewer.id:
        raise OwnProposal
    check_window(funding.since, funding.until, civil_day(tx.now))
    await _approved(tx, viewer, pot, await Scheme.get(id=pot.scheme_id), funding)
    return {"funding": funding.id, "pot": pot.id}


async def refuse_funding(tx: Transaction, viewer: Viewer, *, funding_id: int) -> dict[str, Any]:
    """Refuse what was proposed, or take it back: nothing moves."""
    pot = await locked_pot((await Funding.get(id=funding_id)).pot_id)
    funding = await Funding.get(id=funding_id)
    await move(funding, FUNDING, "refuse", decided_by_id=viewer.id, decided_at=tx.now)
    await say(tx, viewer, pot, "refuse_funding", funding=write_id("fnd", funding.id))
    return {"funding": funding.id, "pot": pot.id}


async def _locked_for(viewer: Viewer, pot_id: int) -> Pot:
    """A pot to be funded. Raises CommunityPotNotFunded, and OwnOrganisation for its own people."""
    pot = await locked_pot(pot_id)
    if pot.kind is PotKind.COMMUNITY:
        raise CommunityPotNotFunded
    own = Membership.filter(current(), person_id=viewer.id, organisation_id=pot.organisation_id)
    if pot.organisation_id is not None and await own.exists():
        raise OwnOrganisation
    return pot


async def _approved(
    tx: Transaction, viewer: Viewer, pot: Pot, scheme: Scheme, funding: Funding
) -> None:
    POT.check("fund", pot.state)
    alone = funding.proposed_by_id == viewer.id
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "alone": alone}
    await move(funding, FUNDING, "approve", **decided)
    order = Order(
        debit=scheme.issuance,
        credit=pot.account,
        unit=unit_of(scheme.id),
        amount=funding.minutes,
        cause=f"{write_id('fnd', funding.id)}/fund",
        actor=viewer.name,
        event_at=tx.now,
    )
    [done] = await posted(tx, [order])
    await Funding.filter(id=funding.id).update(journal=done.journal)
    await say(tx, viewer, pot, "approve_funding", funding=write_id("fnd", funding.id))


# ---- what goes back ------------------------------------------------------------------------------


async def close_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Close a pot: what was not granted goes back to where it came from."""
    pot = await locked_pot(pot_id)
    if pot.kind is PotKind.COMMUNITY:
        raise CommunityPotStays
    await _closed(tx, viewer, pot)
    return {"pot": pot.id}


async def close_ended_pots(tx: Transaction) -> int:
    """Close the pot of an organisation that ended: a job's work, a pot a run."""
    ended = Pot.filter(organisation__state=OrganisationState.ENDED).exclude(state=PotState.CLOSED)
    found = await ended.order_by("id").first()
    if found is None:
        return 0
    await _closed(tx, CLOCK, await locked_pot(found.id))
    return 1


async def _closed(tx: Transaction, viewer: Viewer, pot: Pot) -> None:
    await refuse_all(tx, viewer, pot)
    await move(pot, POT, "close")
    left = await available_in(tx, pot.account)
    await _back(tx, viewer, pot, left, f"{write_id('pot', pot.id)}/close")
    kept = Funding.filter(pot_id=pot.id, state=ApprovalState.APPROVED, returned_at__isnull=True)
    await kept.update(returned_at=tx.now)
    await say(tx, viewer, pot, "close_pot", returned=left)


async def return_unspent(tx: Transaction) -> int:
    """What a funding has left when its time is over goes back: a job's work, a funding a run."""
    found = await _over(tx).order_by("id").first()
    if found is None:
        return 0
    pot = await locked_pot(found.pot_id)
    funding = await _over(tx).get_or_none(id=found.id)  # as it is, now that nobody moves it
    if funding is None:
        return 1
    if funding.unspent > await available_in(tx, pot.account):
        await refuse_all(tx, CLOCK, pot)
    left = min(funding.unspent, await available_in(tx, pot.account))
    await _back(tx, CLOCK, pot, left, f"{write_id('fnd', funding.id)}/unspent")
    await Funding.filter(id=funding.id).update(returned_at=tx.now)
    await say(tx, CLOCK, pot, "return_unspent", returned=left)
    return 1


def _over(tx: Transaction) -> QuerySet[Funding]:
    approved = Funding.filter(state=ApprovalState.APPROVED, returned_at__isnull=True)
    return approved.filter(until__lte=civil_day(tx.now))


async def _back(tx: Transaction, viewer: Viewer, pot: Pot, minutes: int, cause: str) -> None:
    scheme = await Scheme.get(id=pot.scheme_id)
    if minutes:
        await posted(tx, [moving(tx, viewer.name, pot, scheme.issuance, minutes, cause=cause)])
