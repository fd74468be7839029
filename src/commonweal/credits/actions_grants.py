"""Grants: from a pot to somebody, for what they did; above a bound when a second person says so.

What is proposed is kept aside in its pot, so that what was promised is not granted to others first.
"""

from datetime import timedelta
from typing import Any

from tortoise.queryset import QuerySet

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import place_hold, void_hold
from commonweal.ledger.rules import NotEnough, Order
from commonweal.people.actions import present
from commonweal.people.tables import Person
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .rules import (
    GRANT_PROPOSAL,
    POT,
    RESERVED,
    ApprovalState,
    NobodyThere,
    OwnGrant,
    OwnProposal,
    PotExhausted,
    PotKind,
    PotWindowOver,
    checked_minutes,
    checked_words,
)
from .tables import Funding, Grant, GrantProposal, Pot
from .terms import locked_pot, posted, say, terms_on, unit_of, wallet_for


async def grant_credits(
    tx: Transaction,
    viewer: Viewer,
    *,
    pot_id: int,
    person_id: int,
    minutes: int,
    purpose: str,
    area_id: int | None = None,
) -> dict[str, Any]:
    """Give somebody credits from a pot, for what they did. To who wants none, only the word.

    Above what the scheme lets one person grant it is proposed. Of several who grant at once from a
    pot that has too little, those that came first are served.
    """
    checked_minutes(minutes)
    pot = await locked_pot(pot_id)
    POT.check("grant", pot.state)
    what: dict[str, Any] = {"minutes": minutes, "purpose": checked_words(purpose, "purpose")}
    what["area_id"] = area_id
    if minutes > (await terms_on(pot.scheme_id, civil_day(tx.now))).grant_minutes:
        proposal = await _proposed(tx, viewer, pot, person_id, what)
        return {"proposal": proposal.id, "pot": pot.id}
    grant = await granted(tx, viewer, pot, person_id, **what)
    return {"grant": grant.id, "pot": pot.id}


async def approve_grant(tx: Transaction, viewer: Viewer, *, proposal_id: int) -> dict[str, Any]:
    """Approve what somebody else proposed to grant: it is granted now."""
    pot, proposal = await _found(proposal_id)
    if proposal.proposed_by_id == viewer.id:
        raise OwnProposal
    GRANT_PROPOSAL.check("approve", proposal.state)
    POT.check("grant", pot.state)
    if not await Person.exists(id=proposal.person_id, erased_at__isnull=True):
        raise NobodyThere
    await _let_go(tx, proposal)
    what: dict[str, Any] = {"minutes": proposal.minutes, "purpose": proposal.purpose}
    grant = await granted(tx, viewer, pot, proposal.person_id, **what, area_id=proposal.area_id)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now}
    await move(proposal, GRANT_PROPOSAL, "approve", **decided, grant_id=grant.id)
    await say(tx, viewer, pot, "approve_grant", proposal=write_id("grp", proposal.id))
    return {"proposal": proposal.id, "grant": grant.id, "pot": pot.id}


async def refuse_grant(tx: Transaction, viewer: Viewer, *, proposal_id: int) -> dict[str, Any]:
    """Refuse what was proposed, or take it back: what was kept for it is free again."""
    pot, proposal = await _found(proposal_id)
    GRANT_PROPOSAL.check("refuse", proposal.state)
    await _refused(tx, viewer, pot, proposal)
    return {"proposal": proposal.id, "pot": pot.id}


async def refuse_all(tx: Transaction, viewer: Viewer, pot: Pot) -> None:
    """Refuse all that waits for a locked pot, which is emptied."""
    for proposal in await GrantProposal.filter(pot_id=pot.id, state=ApprovalState.PROPOSED):
        await _refused(tx, viewer, pot, proposal)


async def granted(
    tx: Transaction,
    viewer: Viewer,
    pot: Pot,
    person_id: int,
    *,
    minutes: int,
    purpose: str,
    area_id: int | None = None,
) -> Grant:
    """From a locked pot. Raises OwnGrant, PotWindowOver, PotExhausted, WalletFull."""
    person = await present(person_id)  # so that they open one wallet, and are not erased meanwhile
    await _check_granting(tx, viewer, pot, person)
    wallet = await wallet_for(tx, pot.scheme_id, person_id=person_id)
    terms = await terms_on(pot.scheme_id, civil_day(tx.now))
    own = wallet.recognition_only
    word_only = terms.recognition_only if own is None else own
    number, journal = tx.new_id(), None
    if not word_only:  # first: what it refuses leaves nothing behind
        order = Order(
            debit=pot.account,
            credit=wallet.account,
            unit=unit_of(pot.scheme_id),
            amount=minutes,
            cause=f"{write_id('grt', number)}/grant",
            actor=viewer.name,
            event_at=tx.now,
            expires_at=terms.expires_at(tx.now),
        )
        [done] = await posted(tx, [order], PotExhausted)
        journal = done.journal
    grant = await Grant.create(
        id=number,
        pot_id=pot.id,
        wallet_id=wallet.id,
        person_id=person.id,
        minutes=minutes,
        purpose=purpose,
        recognition_only=word_only,
        granted_by_id=viewer.id,
        granted_at=tx.now,
        area_id=area_id,
        journal=journal,
    )
    await say(tx, viewer, pot, "grant_credits", grant=write_id("grt", grant.id), minutes=minutes)
    return grant


async def _proposed(
    tx: Transaction, viewer: Viewer, pot: Pot, person_id: int, what: dict[str, Any]
) -> GrantProposal:
    """For a second person to decide on; until then it is kept aside. Raises as `granted` does."""
    await _check_granting(tx, viewer, pot, await present(person_id))
    number, until = tx.new_id(), tx.now + timedelta(days=RESERVED.value)
    try:
        hold = await place_hold(
            tx,
            account=pot.account,
            unit=unit_of(pot.scheme_id),
            amount=what["minutes"],
            cause=f"{write_id('grp', number)}/hold",
            actor=viewer.name,
            expires_at=until,
        )
    except NotEnough as refused:
        raise PotExhausted(refused.available, refused.needed) from None
    proposal = await GrantProposal.create(
        id=number,
        pot_id=pot.id,
        person_id=person_id,
        **what,
        state=ApprovalState(GRANT_PROPOSAL.initial),
        hold=hold.id,
        reserved_until=until,
        proposed_by_id=viewer.id,
        proposed_at=tx.now,
    )
    facts = {"proposal": write_id("grp", number), "minutes": proposal.minutes}
    await say(tx, viewer, pot, "propose_grant", **facts)
    return proposal


async def _found(proposal_id: int) -> tuple[Pot, GrantProposal]:
    """Its pot first."""
    pot = await locked_pot((await GrantProposal.get(id=proposal_id)).pot_id)
    return pot, await GrantProposal.get(id=proposal_id)


async def _refused(tx: Transaction, viewer: Viewer, pot: Pot, proposal: GrantProposal) -> None:
    await _let_go(tx, proposal)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now}
    await move(proposal, GRANT_PROPOSAL, "refuse", **decided)
    await say(tx, viewer, pot, "refuse_grant", proposal=write_id("grp", proposal.id))


async def _let_go(tx: Transaction, proposal: GrantProposal) -> None:
    """What is kept for it, unless that is over by itself."""
    if proposal.reserved_until > tx.now:
        await void_hold(tx, proposal.hold)


async def _check_granting(tx: Transaction, viewer: Viewer, pot: Pot, person: Person) -> None:
    """What was donated or has lapsed can always be granted. Raises OwnGrant, PotWindowOver."""
    ours = Person.filter(id=viewer.id, household_id=person.household_id)
    at_home = person.household_id is not None and await ours.exists()
    if person.id == viewer.id or at_home:
        raise OwnGrant
    if pot.kind is not PotKind.COMMUNITY and not await _open_fundings(tx, pot.id).exists():
        raise PotWindowOver


def _open_fundings(tx: Transaction, pot_id: int) -> QuerySet[Funding]:
    """Those by which a pot grants today."""
    today = civil_day(tx.now)
    approved = Funding.filter(pot_id=pot_id, state=ApprovalState.APPROVED)
    return approved.filter(since__lte=today, until__gt=today)
