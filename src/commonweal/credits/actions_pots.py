"""Pots: opened, funded on paper, granted from, frozen and closed.

What is minted is bounded by what a council put on paper: the scheme's issuance pays pots only, by a
funding that was approved, and pots pay people. A pot's row is locked by whoever moves its credits.
"""

from datetime import date
from typing import Any, Final

from tortoise.queryset import QuerySet

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import open_account
from commonweal.ledger.actions_lots import available_in
from commonweal.ledger.rules import Order
from commonweal.people.actions import present
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .rules import (
    FUNDING,
    POT,
    REFERENCE,
    CommunityPotStays,
    FundingState,
    OwnFunding,
    OwnGrant,
    PotExhausted,
    PotKind,
    PotState,
    PotWindowOver,
    check_window,
    checked_minutes,
    checked_name,
    checked_words,
)
from .tables import Funding, Grant, Pot, Scheme
from .terms import posted, terms_on, unit_of, wallet_for

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
    await _say(tx, viewer, pot, "open_pot", **facts)
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
        state=FundingState(FUNDING.initial),
        proposed_by_id=viewer.id,
        proposed_at=tx.now,
    )
    await _say(tx, viewer, pot, "fund_pot", funding=write_id("fnd", funding.id), minutes=minutes)
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
    await _say(tx, viewer, pot, "refuse_funding", funding=write_id("fnd", funding.id))
    return {"funding": funding.id, "pot": pot.id}


async def grant_credits(
    tx: Transaction, viewer: Viewer, *, pot_id: int, person_id: int, minutes: int, purpose: str
) -> dict[str, Any]:
    """Give somebody credits from a pot, for what they did. To who wants none, only the word.

    Of several who grant at once from a pot that has too little, those that came first are served.
    """
    pot = await locked_pot(pot_id)
    POT.check("grant", pot.state)
    grant = await granted(
        tx, viewer, pot, person_id, minutes=minutes, purpose=checked_words(purpose, "purpose")
    )
    return {"grant": grant.id, "pot": pot.id}


async def granted(
    tx: Transaction, viewer: Viewer, pot: Pot, person_id: int, *, minutes: int, purpose: str
) -> Grant:
    """From a locked pot. Raises MinutesUnfit, OwnGrant, PotWindowOver, PotExhausted, WalletFull."""
    checked_minutes(minutes)
    person = await present(person_id)  # so that they open one wallet, and are not erased meanwhile
    await _check_granting(tx, viewer, pot, person)
    wallet = await wallet_for(tx, pot.scheme_id, person_id=person_id)
    terms = await terms_on(pot.scheme_id, civil_day(tx.now))
    own = wallet.recognition_only
    word_only = terms.recognition_only if own is None else own
    assert viewer.id is not None
    number = tx.new_id()
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
        await posted(tx, [order], PotExhausted)
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
    )
    await _say(tx, viewer, pot, "grant_credits", grant=write_id("grt", grant.id), minutes=minutes)
    return grant


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
    approved = Funding.filter(pot_id=pot_id, state=FundingState.APPROVED)
    return approved.filter(since__lte=today, until__gt=today)


async def return_unspent(tx: Transaction) -> int:
    """What was not granted in its time goes back to where it came from: a job's work, a pot a run.

    A pot of which another funding is still to begin keeps what is in it.
    """
    today = civil_day(tx.now)
    lasting = Funding.filter(state=FundingState.APPROVED, until__gt=today)
    over = Funding.filter(state=FundingState.APPROVED, until__lte=today, returned_at__isnull=True)
    ids: list[Any] = await lasting.values_list("pot_id", flat=True)
    found = await over.exclude(pot_id__in=ids).order_by("id").first()
    if found is None:
        return 0
    pot = await locked_pot(found.pot_id)
    left = await _emptied(tx, CLOCK, pot, f"{write_id('fnd', found.id)}/unspent")
    await over.filter(pot_id=pot.id).update(returned_at=tx.now)
    await _say(tx, CLOCK, pot, "return_unspent", returned=left)
    return 1


async def freeze_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Let nothing leave a pot until it is thawed."""
    pot = await locked_pot(pot_id)
    await move(pot, POT, "freeze")
    await _say(tx, viewer, pot, "freeze_pot")
    return {"pot": pot.id}


async def thaw_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Let it grant again."""
    pot = await locked_pot(pot_id)
    await move(pot, POT, "thaw")
    await _say(tx, viewer, pot, "thaw_pot")
    return {"pot": pot.id}


async def close_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Close a pot: what was not granted goes back to where it came from."""
    pot = await locked_pot(pot_id)
    if pot.kind is PotKind.COMMUNITY:
        raise CommunityPotStays
    await move(pot, POT, "close")
    left = await _emptied(tx, viewer, pot, f"{write_id('pot', pot.id)}/close")
    await _say(tx, viewer, pot, "close_pot", returned=left)
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
    await posted(tx, [order])
    await _say(tx, viewer, pot, "approve_funding", funding=write_id("fnd", funding.id))


async def locked_pot(pot_id: int) -> Pot:
    """A pot's row."""
    return await Pot.select_for_update(no_key=True).get(id=pot_id)


async def _found(funding_id: int) -> tuple[Pot, Funding]:
    """Its pot first."""
    found = await Funding.get(id=funding_id)
    pot = await locked_pot(found.pot_id)
    return pot, await Funding.get(id=funding_id)


async def _say(tx: Transaction, viewer: Viewer, pot: Pot, action: str, **facts: Any) -> None:
    await record(tx, viewer.name, [Entry("pot", pot.id, action, facts)])
