"""Consortia: organisations that act together, one of them in the lead.

A consortium is an organisation with members of its own, whom its owners invite; its partners are
organisations. Each verb takes the consortium's row first.
"""

from typing import Any

from commonweal.access import Role, Viewer
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .actions_organisations import FOUNDINGS, appoint, locked
from .rules_organisations import (
    FOUNDED,
    ORGANISATION,
    OrganisationKind,
    OrganisationState,
    TooManyFounded,
    checked_organisation_name,
)
from .rules_partners import (
    PARTNERS,
    AlreadyPartner,
    LeadStays,
    NotAConsortium,
    NotAPartner,
    NotInvited,
    TooManyPartners,
    check_partner,
)
from .tables_organisations import Organisation
from .tables_partners import Partner


async def form_consortium(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, name: str
) -> dict[str, Any]:
    """Form a consortium that this organisation leads; I am its owner."""
    assert viewer.id is not None
    lead = await locked(organisation_id)
    check_partner(lead.kind)
    if await FOUNDINGS.count(tx, viewer.name):
        raise TooManyFounded(FOUNDED.value)
    row = await Organisation.create(
        id=tx.new_id(),
        kind=OrganisationKind.CONSORTIUM,
        state=OrganisationState(ORGANISATION.initial),
        name=checked_organisation_name(name),
        council_id=lead.council_id,
        created_at=tx.now,
    )
    await appoint(tx, row.id, viewer.id, Role.OWNER)
    await Partner.create(
        id=tx.new_id(),
        consortium_id=row.id,
        organisation_id=lead.id,
        leads=True,
        invited_at=tx.now,
        since=tx.now,
    )
    await _say(tx, viewer, row.id, "form_consortium", lead.id)
    return {"organisation": row.id}


async def invite_partner(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, partner_id: int
) -> dict[str, Any]:
    """Invite an organisation into a consortium; its owner decides."""
    row = await _consortium(organisation_id)
    partner = await Organisation.get(id=partner_id)
    check_partner(partner.kind)
    there = Partner.filter(consortium_id=row.id, until__isnull=True)
    if await there.filter(organisation_id=partner.id).exists():
        raise AlreadyPartner
    if await there.count() >= PARTNERS.value:
        raise TooManyPartners(PARTNERS.value)
    await Partner.create(
        id=tx.new_id(), consortium_id=row.id, organisation_id=partner.id, invited_at=tx.now
    )
    await _say(tx, viewer, row.id, "invite_partner", partner.id)
    return {"organisation": row.id}


async def join_consortium(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, consortium_id: int
) -> dict[str, Any]:
    """Join a consortium that invited us."""
    open_ones = Partner.filter(until__isnull=True, since__isnull=True)
    invited = open_ones.filter(consortium_id=consortium_id, organisation_id=organisation_id)
    if not await invited.exists():  # whatever it is, if it is there at all
        raise NotInvited
    row = await locked(consortium_id)
    if not await invited.update(since=tx.now):
        raise NotInvited
    await _say(tx, viewer, row.id, "join_consortium", organisation_id)
    return {"organisation": row.id}


async def leave_consortium(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, consortium_id: int
) -> dict[str, Any]:
    """Leave a consortium, or decline to join it. Its lead cannot."""
    await _partner(consortium_id, organisation_id)  # whatever it is, if it is there at all
    row = await locked(consortium_id)
    theirs = await _partner(row.id, organisation_id)
    if theirs.leads:
        raise LeadStays
    await Partner.filter(id=theirs.id).update(until=tx.now)
    await _say(tx, viewer, row.id, "leave_consortium", organisation_id)
    return {"organisation": row.id}


async def hand_over_lead(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, partner_id: int
) -> dict[str, Any]:
    """Let another partner lead the consortium."""
    row = await _consortium(organisation_id)
    chosen = await _partner(row.id, partner_id)
    if chosen.since is None:
        raise NotAPartner
    await Partner.filter(consortium_id=row.id, leads=True).update(leads=False)
    await Partner.filter(id=chosen.id).update(leads=True)
    await _say(tx, viewer, row.id, "hand_over_lead", partner_id)
    return {"organisation": row.id}


async def _consortium(organisation_id: int) -> Organisation:
    row = await locked(organisation_id)
    if row.kind is not OrganisationKind.CONSORTIUM:
        raise NotAConsortium
    return row


async def _partner(consortium_id: int, organisation_id: int) -> Partner:
    theirs = Partner.filter(consortium_id=consortium_id, organisation_id=organisation_id)
    found = await theirs.get_or_none(until__isnull=True)
    if found is None:
        raise NotAPartner
    return found


async def _say(
    tx: Transaction, viewer: Viewer, consortium_id: int, action: str, partner_id: int
) -> None:
    facts = {"organisation": write_id("org", partner_id)}
    await record(tx, viewer.name, [Entry("org", consortium_id, action, facts)])
