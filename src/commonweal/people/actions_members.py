"""Who belongs to an organisation: inviting, accepting, leaving, handing over.

Each takes the organisation's row first (`locked`), so that two owners who leave at once cannot
both be let go.
"""

from datetime import timedelta
from typing import Any, Final

from tortoise.queryset import QuerySet

from commonweal.access import Role, Viewer
from commonweal.graph.refusals import NotAllowed
from commonweal.kernel.ids import write_id
from commonweal.kernel.limits import limit
from commonweal.messages.actions import send
from commonweal.messages.rules import address_key, checked_address
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.sweeping import SWEPT_AT_ONCE
from commonweal.store.transaction import Overtaken, Transaction

from . import letters
from .actions_blocks import TO_ADDRESS, blocks, nowhere
from .actions_organisations import appoint, current, dismiss, locked, roles_of, withdraw
from .rules import DAY, INVITATIONS_KEPT
from .rules_organisations import (
    INVITATION,
    INVITATION_DAYS,
    INVITATIONS,
    AlreadyMember,
    InvitationOver,
    InvitationState,
    LastOwner,
    NotAMember,
    OrganisationHidden,
    TooManyInvitations,
    check_role,
)
from .tables import Person
from .tables_households import HouseholdInvitation
from .tables_organisations import Invitation, Membership
from .tries import Tries

INVITING: Final = Tries(
    "invited into organisations",
    limit(
        "invitations into organisations by a person in a day",
        30,
        "invitations",
        "a group's volunteers at its first meeting; no mailing list",
    ).value,
    DAY,
)


async def invite_member(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, email: str, role: Role
) -> dict[str, Any]:
    """Offer somebody a role by mail: only who signs in with that address can take it.

    Whom they blocked sees the same, but it goes nowhere: no mail, and a key that is no address.
    """
    address = checked_address(email)
    key = address_key(address)
    row = await locked(organisation_id)
    if row.hidden:
        raise OrganisationHidden
    mine = await roles_of(tx, viewer, row.id)
    if not mine & {Role.OWNER, Role.COORDINATOR}:  # until this moment they were
        raise NotAllowed("an owner or coordinator of its organisation")
    check_role(role, row.kind, mine)
    await _count(tx, viewer, row.id, key)
    other_key = nowhere(tx, key)
    open_ones = Invitation.filter(organisation_id=row.id, state=InvitationState.OPEN)
    await open_ones.filter(email_key__in=[key, other_key]).delete()  # asked again: one counts
    if await open_ones.count() >= INVITATIONS.value:
        raise TooManyInvitations(INVITATIONS.value)
    held = Membership.filter(current(), organisation_id=row.id, role=role)
    if await held.filter(person__email_key=key).exists():
        raise AlreadyMember
    withheld = await blocks(key, viewer.id)
    invitation = await Invitation.create(
        id=tx.new_id(),
        organisation_id=row.id,
        email=address,
        email_key=other_key if withheld else key,
        role=role,
        invited_by_id=viewer.id,
        state=InvitationState(INVITATION.initial),
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=INVITATION_DAYS.value),
    )
    if not withheld:
        await send(tx, address, letters.invitation(row.name, role))
    facts = {"invitation": write_id("inv", invitation.id), "role": role}
    await record(tx, viewer.name, [Entry("org", row.id, "invite_member", facts)])
    return {"invitation": invitation.id, "organisation": row.id}


async def _count(tx: Transaction, viewer: Viewer, organisation_id: int, email_key: str) -> None:
    """Asking again sends mail again, though only one is open. Raises TooManyTries."""
    refused = await TO_ADDRESS.count(tx, f"{write_id('org', organisation_id)}:{email_key}")
    if viewer.id:  # an operator has none, and sets many councils up in a day
        refused = refused or await INVITING.count(tx, str(viewer.id))
    if refused:
        raise refused


async def lapse_invitations(tx: Transaction) -> int:
    """Forget the addresses of a batch of invitations that nobody answered: how many.

    Those into households too. They are withdrawn, by nobody.
    """
    done = 0
    for model in (Invitation, HouseholdInvitation):
        open_ones = model.filter(state=InvitationState.OPEN)
        over = open_ones.filter(expires_at__lt=INVITATIONS_KEPT.oldest(tx.now)).order_by("id")
        offered = await over.limit(SWEPT_AT_ONCE)
        await withdraw(offered)
        done += len(offered)
    return done


async def accept_invitation(
    tx: Transaction, viewer: Viewer, *, invitation_id: int
) -> dict[str, Any]:
    """Take the role that I was offered."""
    assert viewer.id is not None
    offered = await _still_there(Invitation.filter(id=invitation_id))
    row = await locked(offered.organisation_id)
    offered = await _still_there(Invitation.filter(id=offered.id))
    if offered.expires_at <= tx.now:
        raise InvitationOver(INVITATION_DAYS.value)
    await move(offered, INVITATION, "accept", email=None, email_key=None)
    held = Membership.filter(current(), organisation_id=row.id, person_id=viewer.id)
    if await held.filter(role=offered.role).exists():
        raise AlreadyMember
    membership = await appoint(tx, row.id, viewer.id, offered.role)
    facts = {"invitation": write_id("inv", offered.id), "role": offered.role}
    await record(tx, viewer.name, [Entry("org", row.id, "accept_invitation", facts)])
    return {"membership": membership, "organisation": row.id}


async def decline_invitation(
    tx: Transaction, viewer: Viewer, *, invitation_id: int
) -> dict[str, Any]:
    """Leave the role to others; the address is forgotten."""
    return await _close(tx, viewer, invitation_id, "refuse", "decline_invitation")


async def withdraw_invitation(
    tx: Transaction, viewer: Viewer, *, invitation_id: int
) -> dict[str, Any]:
    """Take an invitation back that nobody answered yet."""
    return await _close(tx, viewer, invitation_id, "withdraw", "withdraw_invitation")


async def _still_there(found: QuerySet[Invitation]) -> Invitation:
    """The invitation; Overtaken where another to the same address replaced it meanwhile."""
    offered = await found.first()
    if offered is None:
        raise Overtaken
    return offered


async def _close(
    tx: Transaction, viewer: Viewer, invitation_id: int, name: str, action: str
) -> dict[str, Any]:
    kept = Invitation.filter(id=invitation_id).select_for_update(no_key=True)
    offered = await _still_there(kept)
    await move(offered, INVITATION, name, email=None, email_key=None)
    facts = {"invitation": write_id("inv", offered.id)}
    await record(tx, viewer.name, [Entry("org", offered.organisation_id, action, facts)])
    return {"organisation": offered.organisation_id}


async def leave_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int
) -> dict[str, Any]:
    """Leave an organisation, with all the roles that I have there. Its last owner cannot."""
    row = await locked(organisation_id)
    mine = Membership.filter(current(), organisation_id=row.id, person_id=viewer.id)
    await _check_owners(tx, row.id, [m.id for m in await mine])
    await dismiss(tx, mine)
    await record(tx, viewer.name, [Entry("org", row.id, "leave_organisation", {})])
    return {"organisation": row.id}


async def remove_member(tx: Transaction, viewer: Viewer, *, membership_id: int) -> dict[str, Any]:
    """Take a role from somebody. The last owner's stays."""
    found = await Membership.get(id=membership_id)
    row = await locked(found.organisation_id)
    await _check_owners(tx, row.id, [found.id])
    await dismiss(tx, Membership.filter(current(), id=found.id))
    facts = {"person": write_id("per", found.person_id), "role": found.role}
    await record(tx, viewer.name, [Entry("org", row.id, "remove_member", facts)])
    return {"organisation": row.id}


async def _check_owners(tx: Transaction, organisation_id: int, going: list[int]) -> None:
    """Whether an owner is left without these memberships. Raises LastOwner."""
    owners = Membership.filter(current(), organisation_id=organisation_id, role=Role.OWNER)
    held = await owners.values_list("id", flat=True)
    if set(held) and not set(held) - set(going):
        raise LastOwner


async def hand_over_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, membership_id: int
) -> dict[str, Any]:
    """Make another member the owner in my place; I stay as a member."""
    assert viewer.id is not None
    row = await locked(organisation_id)
    now_held = Membership.filter(current(), organisation_id=row.id)
    chosen = await now_held.get_or_none(id=membership_id)
    if chosen is None or chosen.person_id == viewer.id:
        raise NotAMember().at("input", "membershipId")
    if await Person.exists(id=chosen.person_id, email_key__isnull=True):
        raise NotAMember().at("input", "membershipId")  # a coordinator's hand would own it
    theirs = now_held.filter(person_id=chosen.person_id, role=Role.OWNER)
    if not await theirs.exists():
        await appoint(tx, row.id, chosen.person_id, Role.OWNER)
    await dismiss(tx, now_held.filter(person_id=viewer.id, role=Role.OWNER))
    if not await now_held.filter(person_id=viewer.id).exists():
        await appoint(tx, row.id, viewer.id, Role.MEMBER)
    facts = {"to": write_id("per", chosen.person_id)}
    await record(tx, viewer.name, [Entry("org", row.id, "hand_over_organisation", facts)])
    return {"organisation": row.id}
