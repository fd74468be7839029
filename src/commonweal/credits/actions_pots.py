"""Pots: opened, funded on paper, frozen and closed.

What is minted is bounded by what a council put on paper: the scheme's issuance pays pots only, by a
funding that was approved, and pots pay people. A pot's row is locked by whoever moves its credits.
"""

from datetime import date
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import open_account
from commonweal.ledger.actions_lots import available_in
from commonweal.ledger.rules import Order
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_grants import refuse_all
from .rules import (
    FUNDING,
    POT,
    REFERENCE,
    ApprovalState,
    CommunityPotStays,
    OwnFunding,
    PotExhausted,
    PotKind,
    PotState,
    check_window,
    checked_minutes,
    checked_name,
    checked_words,
)
from .tables import Funding, Pot, Scheme
from .terms import locked_pot, posted, say, terms_on, unit_of

CLOCK: Final = Viewer(name="system:clock")


async def open_pot(
    tx: Transaction,
    viewer: Viewer,
    *,
    scheme_id: int,
    name: str,
    organisation_id: int | None = None,
) -> dict[str, Any]:
    """Open a pot of the council's own, or one that an organisation grants from."""
    scheme = await Scheme.get(id=scheme_id)
    kind = PotKind.COUNCIL if organisation_id is None else PotKind.ORGANISATION
    if organisation_id is not None:
        await locked_organisation(organisation_id)
    pot = await begun_pot(tx, scheme, kind, checked_name(name), organisation_id)
    facts = {"scheme": write_id("sch", scheme.id)}
    await say(tx, viewer, pot, "open_pot", **facts)
    return {"pot": pot.id}


async def begun_pot(
    tx: Transaction, scheme: Scheme, kind: PotKind, name: str, organisation_id: int | None = None
) -> Pot:
    """A pot with nothing in it."""
    number = tx.new_id()
    owner, unit = write_id("pot", number), unit_of(scheme.id)
    return await Pot.create(
        id=number,
        scheme_id=scheme.id,
        kind=kind,
        organisation_id=organisation_id,
        name=name,
        state=PotState(POT.initial),
        account=await open_account(tx, kind="pot", owner=owner, unit=unit),
        opened_at=tx.now,
    )


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
    """Propose what a pot is given to grant; within what one officer may do alone, it is given."""
    pot = await locked_pot(pot_id)
    POT.check("fund", pot.state)
    today = civil_day(tx.now)
    check_window(since, until, today)
    assert viewer.id is not None
    funding = await Funding.create(
        id=tx.new_id(),
        pot_id=pot.id,
        minutes=checked_minutes(minutes),
        purpose=checked_words(purpose, "purpose"),
        since=since,
        until=until,
        document_reference=checked_words(document_reference, "documentReference", REFERENCE.value),
        state=ApprovalState(FUNDING.initial),
        proposed_by_id=viewer.id,
        proposed_at=tx.now,
    )
    await say(tx, viewer, pot, "fund_pot", funding=write_id("fnd", funding.id), minutes=minutes)
    if minutes <= (await terms_on(pot.scheme_id, today)).alone_minutes:
        await _approved(tx, viewer, pot, funding)
    return {"funding": funding.id, "pot": pot.id}


async def approve_funding(tx: Transaction, viewer: Viewer, *, funding_id: int) -> dict[str, Any]:
    """Approve what somebody else proposed: the pot has it from now on."""
    pot, funding = await _found(funding_id)
    terms = await terms_on(pot.scheme_id, civil_day(tx.now))
    if funding.proposed_by_id == viewer.id and funding.minutes > terms.alone_minutes:
        raise OwnFunding(terms.alone_minutes)
    await _approved(tx, viewer, pot, funding)
    return {"funding": funding.id, "pot": pot.id}


async def refuse_funding(tx: Transaction, viewer: Viewer, *, funding_id: int) -> dict[str, Any]:
    """Refuse what was proposed: nothing moves."""
    pot, funding = await _found(funding_id)
    await move(funding, FUNDING, "refuse", decided_by_id=viewer.id, decided_at=tx.now)
    await say(tx, viewer, pot, "refuse_funding", funding=write_id("fnd", funding.id))
    return {"funding": funding.id, "pot": pot.id}


async def return_unspent(tx: Transaction) -> int:
    """What was not granted in its time goes back to where it came from: a job's work, a pot a run.

    A pot of which another funding is still to begin keeps what is in it.
    """
    today = civil_day(tx.now)
    lasting = Funding.filter(state=ApprovalState.APPROVED, until__gt=today)
    over = Funding.filter(state=ApprovalState.APPROVED, until__lte=today, returned_at__isnull=True)
    ids: list[Any] = await lasting.values_list("pot_id", flat=True)
    found = await over.exclude(pot_id__in=ids).order_by("id").first()
    if found is None:
        return 0
    pot = await locked_pot(found.pot_id)
    await refuse_all(tx, CLOCK, pot)
    left = await _emptied(tx, CLOCK, pot, f"{write_id('fnd', found.id)}/unspent")
    await over.filter(pot_id=pot.id).update(returned_at=tx.now)
    await say(tx, CLOCK, pot, "return_unspent", returned=left)
    return 1


async def freeze_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Let nothing leave a pot until it is thawed."""
    pot = await locked_pot(pot_id)
    await move(pot, POT, "freeze")
    await say(tx, viewer, pot, "freeze_pot")
    return {"pot": pot.id}


async def thaw_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Let it grant again."""
    pot = await locked_pot(pot_id)
    await move(pot, POT, "thaw")
    await say(tx, viewer, pot, "thaw_pot")
    return {"pot": pot.id}


async def close_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Close a pot: what was not granted goes back to where it came from."""
    pot = await locked_pot(pot_id)
    if pot.kind is PotKind.COMMUNITY:
        raise CommunityPotStays
    await refuse_all(tx, viewer, pot)
    await move(pot, POT, "close")
    left = await _emptied(tx, viewer, pot, f"{write_id('pot', pot.id)}/close")
    await say(tx, viewer, pot, "close_pot", returned=left)
    return {"pot": pot.id}


async def _emptied(tx: Transaction, viewer: Viewer, pot: Pot, cause: str) -> int:
    """All that is in a locked pot goes back: how much it was."""
    scheme = await Scheme.get(id=pot.scheme_id)
    left = await available_in(tx, pot.account)
    if left:
        order = Order(
            debit=pot.account,
            credit=scheme.issuance,
            unit=unit_of(scheme.id),
            amount=left,
            cause=cause,
            actor=viewer.name,
            event_at=tx.now,
        )
        await posted(tx, [order], PotExhausted)
    return left


async def _approved(tx: Transaction, viewer: Viewer, pot: Pot, funding: Funding) -> None:
    scheme = await Scheme.get(id=pot.scheme_id)
    POT.check("fund", pot.state)
    await move(funding, FUNDING, "approve", decided_by_id=viewer.id, decided_at=tx.now)
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


async def _found(funding_id: int) -> tuple[Pot, Funding]:
    """Its pot first."""
    found = await Funding.get(id=funding_id)
    pot = await locked_pot(found.pot_id)
    return pot, await Funding.get(id=funding_id)
