"""Grants: from a pot to somebody, for what they did; above a bound when a second person says so.

What is proposed is kept aside in its pot, so that what was promised is not granted to others first.
A pot grants what its fundings have left that are in their time, the first to end first; the
community's grants whatever was given to it.
"""

from datetime import timedelta
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import place_hold, void_hold
from commonweal.ledger.actions_lots import available_in
from commonweal.ledger.actions_reversals import reverse
from commonweal.people.actions import present
from commonweal.people.actions_households import at_home
from commonweal.people.actions_organisations import check_person
from commonweal.people.tables import Person
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_pots import locked_pot
from .actions_wallets import wallet_for
from .posting import moving, posted, say, tell_wallets, unit_of
from .rules import (
    GRANT_PROPOSAL,
    POT,
    RESERVED,
    SOLE_DAYS,
    ApprovalState,
    NobodyThere,
    OwnGrant,
    OwnProposal,
    PotExhausted,
    PotKind,
    PotWindowOver,
    RecipientFull,
    WalletFull,
    checked_minutes,
    checked_words,
)
from .tables import Funding, Grant, GrantProposal, GrantReversal, Pot, Wallet
from .terms import terms_on


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
    if await needs_approval(tx, pot, person_id, minutes):
        proposal = await _proposed(tx, viewer, pot, person_id, what)
        return {"proposal": proposal.id, "pot": pot.id}
    grant = await granted(tx, viewer, pot, person_id, **what)
    return {"grant": grant.id, "pot": pot.id}


async def approve_grant(tx: Transaction, viewer: Viewer, *, proposal_id: int) -> dict[str, Any]:
    """Approve what somebody else proposed to grant: it is granted now."""
    await check_person(viewer)
    pot, proposal = await _found(proposal_id)
    if proposal.proposed_by_id == viewer.id:
        raise OwnProposal
    GRANT_PROPOSAL.check("approve", proposal.state)
    POT.check("grant", pot.state)
    if not await Person.exists(id=proposal.person_id, erased_at__isnull=True):
        raise NobodyThere
    await _let_go(tx, proposal)
    what: dict[str, Any] = {"minutes": proposal.minutes, "purpose": proposal.purpose}
    what |= {"area_id": proposal.area_id, "alone": False}
    grant = await granted(tx, viewer, pot, proposal.person_id, **what)
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


async def needs_approval(tx: Transaction, pot: Pot, person_id: int, minutes: int) -> bool:
    """Whether with it somebody had more than one person grants alone, in a month from a pot.

    By whomever it was granted: else the next of many small ones would be within the bound.
    """
    lately = tx.now - timedelta(days=SOLE_DAYS.value)
    rows = Grant.filter(pot_id=pot.id, person_id=person_id, alone=True, granted_at__gt=lately)
    had: Any = await rows.values_list("minutes", flat=True)
    granted_alone: int = sum(had)
    most = (await terms_on(pot.scheme_id, civil_day(tx.now))).sole_grant_minutes
    return granted_alone + minutes > most


async def check_funds(tx: Transaction, pot: Pot, minutes: int) -> None:
    """Whether a locked pot can grant so much today. Raises PotWindowOver, PotExhausted.

    Nobody to whom it would go was looked at: so a pot with nothing in it answers all alike.
    """
    free = await available_in(tx, pot.account)
    if pot.kind is not PotKind.COMMUNITY:
        approved = Funding.filter(pot_id=pot.id, returned_at__isnull=True)
        fundings = await approved.filter(state=ApprovalState.APPROVED)
        if not (today := await _in_time(tx, pot.id)):
            raise PotWindowOver
        free -= sum(each.unspent for each in fundings) - sum(each.unspent for each in today)
    if free < minutes:
        raise PotExhausted(max(free, 0), minutes)


async def _in_time(tx: Transaction, pot_id: int) -> list[Funding]:
    """The fundings by which a pot grants today, the first to end first."""
    today = civil_day(tx.now)
    approved = Funding.filter(pot_id=pot_id, state=ApprovalState.APPROVED, returned_at__isnull=True)
    return await approved.filter(since__lte=today, until__gt=today).order_by("until", "id")


async def _draw(tx: Transaction, pot: Pot, minutes: int) -> None:
    """Take from the fundings what was granted."""
    if pot.kind is PotKind.COMMUNITY:
        return
    for funding in await _in_time(tx, pot.id):
        if not (taken := min(funding.unspent, minutes)):
            continue
        await Funding.filter(id=funding.id).update(unspent=funding.unspent - taken)
        minutes -= taken


async def granted(
    tx: Transaction,
    viewer: Viewer,
    pot: Pot,
    person_id: int,
    *,
    minutes: int,
    purpose: str,
    area_id: int | None = None,
    alone: bool = True,
) -> Grant:
    """From a locked pot. Raises PotWindowOver, PotExhausted, OwnGrant, RecipientFull."""
    await check_funds(tx, pot, minutes)
    person = await present(person_id)  # so that they open one wallet, and are not erased meanwhile
    if await at_home(viewer, person):
        raise OwnGrant
    wallet = await wallet_for(tx, pot.scheme_id, person_id=person_id)
    terms = await terms_on(pot.scheme_id, civil_day(tx.now))
    own = wallet.recognition_only
    word_only = terms.recognition_only if own is None else own
    number, journal = tx.new_id(), None
    if not word_only:
        cause, lapses = f"{write_id('grt', number)}/grant", terms.expires_at(tx.now)
        order = moving(
            tx, viewer.name, pot, wallet.account, minutes, cause=cause, expires_at=lapses
        )
        try:
            [done] = await posted(tx, [order])
        except WalletFull:
            raise RecipientFull from None
        journal = done.journal
        await _draw(tx, pot, minutes)
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
        alone=alone,
        journal=journal,
    )
    await say(tx, viewer, pot, "grant_credits", grant=write_id("grt", grant.id), minutes=minutes)
    return grant


async def taken_back(tx: Transaction, viewer: Viewer, grant: Grant) -> None:
    """Of a locked pot: what was granted comes back to it, whole, once.

    From a wallet that has spent it too, which then owes; to the fundings that are in their time, as
    far as they gave it.
    """
    assert viewer.id is not None
    back = {"id": tx.new_id(), "grant_id": grant.id, "reversed_by_id": viewer.id}
    await GrantReversal.create(**back, reversed_at=tx.now)
    pot = await Pot.get(id=grant.pot_id)
    if not grant.recognition_only:
        cause = f"{write_id('grt', grant.id)}/grant"
        await reverse(tx, cause, actor=viewer.name, event_at=tx.now, may_owe=True)
        left = grant.minutes
        for funding in await _in_time(tx, pot.id):
            given = min(funding.minutes - funding.unspent, left)
            await Funding.filter(id=funding.id).update(unspent=funding.unspent + given)
            left -= given
        wallet = await Wallet.get(id=grant.wallet_id)
        await tell_wallets(tx, {wallet.account})
    await say(tx, viewer, pot, "take_back_grant", grant=write_id("grt", grant.id))


async def _proposed(
    tx: Transaction, viewer: Viewer, pot: Pot, person_id: int, what: dict[str, Any]
) -> GrantProposal:
    """For a second person to decide on; until then it is kept aside. Raises as `granted` does."""
    await check_funds(tx, pot, what["minutes"])
    if await at_home(viewer, await present(person_id)):
        raise OwnGrant
    number, until = tx.new_id(), tx.now + timedelta(days=RESERVED.value)
    hold = await place_hold(
        tx,
        account=pot.account,
        unit=unit_of(pot.scheme_id),
        amount=what["minutes"],
        cause=f"{write_id('grp', number)}/hold",
        actor=viewer.name,
        expires_at=until,
    )
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
