"""What is done with organisations: founding, revising, verifying, ending."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from commonweal.access import Role, Viewer, coordinator
from commonweal.kernel.ids import read_id
from commonweal.kernel.lifecycle import WrongState
from commonweal.messages.actions import send
from commonweal.messages.rules import Letter
from commonweal.places.coordinates import point
from commonweal.places.rules import AreaKind, NotAnArea
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move, move_all
from commonweal.store.transaction import Transaction

from . import letters
from .actions import present
from .rules import DAY
from .rules_organisations import (
    AREAS,
    FOUNDED,
    INVITATION,
    ORGANISATION,
    REGISTRATIONS,
    ConsortiaAreFormed,
    CouncilsAreAppointed,
    InvitationState,
    LegalForm,
    NotACouncil,
    OrganisationEnded,
    OrganisationKind,
    OrganisationState,
    OwnOrganisation,
    PersonNeeded,
    RegistrationTaken,
    StillActsForPeople,
    StillLeads,
    TooManyAreas,
    TooManyFounded,
    TooManyRegistrations,
    checked_organisation_name,
    checked_reason,
    checked_registration,
    checked_text,
    checked_website,
    may_offer,
)
from .tables import AccessToken, Person
from .tables_households import HouseholdInvitation
from .tables_organisations import (
    Invitation,
    Membership,
    Organisation,
    OrganisationArea,
    Registration,
)
from .tables_partners import Partner
from .tries import Tries

OPERATOR: Final = "system:operator"  # who runs the service, by the command line
FOUNDINGS: Final = Tries("foundings", FOUNDED.value, DAY)


async def locked(organisation_id: int) -> Organisation:
    """The organisation, kept from others until this transaction ends. Raises OrganisationEnded.

    Whoever changes who belongs to it takes its row first, so nobody is the last owner twice.
    """
    row = await Organisation.select_for_update(no_key=True).get(id=organisation_id)
    if row.state is OrganisationState.ENDED:
        raise OrganisationEnded
    return row


def current() -> Q:
    """Of memberships and areas: those that nobody ended yet.

    Not by the transaction's instant: it began before it waited for a row, and whoever had that
    first may have begun, and so ended one, later. No end is ever set ahead of time.
    """
    return Q(until__isnull=True)


async def found_organisation(
    tx: Transaction,
    viewer: Viewer,
    *,
    kind: OrganisationKind,
    name: str,
    council_id: int,
    legal_form: LegalForm | None = None,
    description: str | None = None,
    website: str | None = None,
    home: Mapping[str, float] | None = None,
    registrations: Sequence[Mapping[str, str]] | None = None,
    areas: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Found an organisation, or bring one that there is: I am its owner. An officer verifies it."""
    await check_person(viewer)
    assert viewer.id is not None
    if kind is OrganisationKind.COUNCIL:
        raise CouncilsAreAppointed
    if kind is OrganisationKind.CONSORTIUM:
        raise ConsortiaAreFormed
    if await FOUNDINGS.count(tx, viewer.name):
        raise TooManyFounded(FOUNDED.value)
    await check_council(council_id)
    row = await Organisation.create(
        id=tx.new_id(),
        kind=kind,
        state=OrganisationState(ORGANISATION.initial),
        name=checked_organisation_name(name),
        legal_form=legal_form,
        description=checked_text(description),
        website=checked_website(website),
        home=point(**home) if home else None,
        council_id=council_id,
        created_at=tx.now,
    )
    await appoint(tx, row.id, viewer.id, Role.OWNER)
    await _register(tx, row.id, registrations or ())
    await _serve(tx, row.id, areas or ())
    await record(tx, viewer.name, [Entry("org", row.id, "found_organisation", {"kind": kind})])
    return {"organisation": row.id}


async def check_person(viewer: Viewer) -> None:
    """Raises PersonNeeded: a council's tokens are nobody, and two of them are not two people."""
    if viewer.id is None or not await Person.exists(id=viewer.id):
        raise PersonNeeded


async def holds_office(tx: Transaction, viewer: Viewer, council_id: int) -> bool:
    """Whether who asked is, still, an officer of a council, or a token of its own.

    For what is done later than it was asked for; `access` asks when it is.
    """
    areas = OrganisationArea.filter(area_id=council_id, owned=True, until__isnull=True)
    councils: Any = await areas.values_list("organisation_id", flat=True)
    posts = Membership.filter(current(), person_id=viewer.id, role=Role.OFFICER)
    if await posts.filter(organisation_id__in=list(councils)).exists():
        return True
    tokens = AccessToken.filter(id=viewer.id, council_id=council_id, expires_at__gt=tx.now)
    return await tokens.exists()


async def check_council(area_id: int) -> None:
    """Raises NotACouncil: of a ward or a parish, whose council's officers may do more with it."""
    if not await Area.exists(id=area_id, kind=AreaKind.COUNCIL):
        raise NotACouncil().at("input", "councilId")


async def appoint(tx: Transaction, organisation_id: int, person_id: int, role: Role) -> int:
    """Give somebody a role from now on: the membership's number. Raises Overtaken."""
    await present(person_id)
    number = tx.new_id()
    await Membership.create(
        id=number,
        organisation_id=organisation_id,
        person_id=person_id,
        role=role,
        since=tx.now,
    )
    return number


async def dismiss(tx: Transaction, memberships: QuerySet[Membership]) -> None:
    """End these memberships, and what was done by them: acting for others, open invitations.

    What they may still do there by another post of theirs goes on.
    """
    gone = {(post.organisation_id, post.person_id) for post in await memberships}
    await memberships.filter(until__isnull=True).update(until=tx.now)
    for number in sorted({organisation_id for organisation_id, _ in gone}):
        left: dict[int, set[Role]] = {person: set() for of, person in gone if of == number}
        there = Membership.filter(current(), organisation_id=number)
        for post in await there.filter(person_id__in=list(left)):
            left[post.person_id].add(post.role)
        idle = [person for person, roles in left.items() if not roles & set(coordinator.roles)]
        hands = AccessToken.filter(by_hand_of_id__in=idle, person__registered_by_id=number)
        await AccessToken.filter(id__in=[hand.id for hand in await hands]).delete()
        offered = Invitation.filter(organisation_id=number, state=InvitationState.OPEN)
        theirs = await offered.filter(invited_by_id__in=list(left))
        await withdraw([x for x in theirs if not may_offer(x.role, left[x.invited_by_id])])


async def withdraw(offered: Sequence[Invitation | HouseholdInvitation]) -> None:
    """Take invitations of one kind back that nobody answered; their addresses are forgotten."""
    if offered:
        numbers = [each.id for each in offered]
        forgotten = {"email": None, "email_key": None}
        await move_all(type(offered[0]), numbers, INVITATION, "withdraw", **forgotten)


async def roles_of(tx: Transaction, viewer: Viewer, organisation_id: int) -> set[Role]:
    """The viewer's roles in it, once it is locked: fewer than when they asked, perhaps."""
    asked = {role for number, role in viewer.posts if number == organisation_id}
    if viewer.name == OPERATOR:
        return asked
    held = Membership.filter(current(), organisation_id=organisation_id, person_id=viewer.id)
    return asked & {post.role for post in await held}


async def _register(
    tx: Transaction, organisation_id: int, given: Sequence[Mapping[str, str]]
) -> None:
    """Replace the register numbers."""
    numbers = dict(checked_registration(each["scheme"], each["number"]) for each in given)
    if len(given) > REGISTRATIONS.value or len(numbers) < len(given):
        raise TooManyRegistrations(REGISTRATIONS.value)
    await Registration.filter(organisation_id=organisation_id).delete()
    await Registration.bulk_create(
        Registration(id=tx.new_id(), organisation_id=organisation_id, scheme=scheme, number=number)
        for scheme, number in numbers.items()
    )


async def _serve(tx: Transaction, organisation_id: int, given: Sequence[str]) -> None:
    """Replace the areas that are served, given by their ids; those it owns stay."""
    if len(given) > AREAS.value:
        raise TooManyAreas(AREAS.value)
    numbers = {text: read_id("are", text) for text in given}
    areas = await Area.filter(id__in=[n for n in numbers.values() if n is not None])
    known = {area.id for area in areas}
    for text, number in numbers.items():
        if number not in known:
            raise NotAnArea(text[:40]).at("input", "areas")
    await OrganisationArea.filter(organisation_id=organisation_id, owned=False).delete()
    await OrganisationArea.bulk_create(
        OrganisationArea(
            id=tx.new_id(), organisation_id=organisation_id, area_id=number, since=tx.now
        )
        for number in sorted(known)
    )


async def revise_organisation(
    tx: Transaction,
    viewer: Viewer,
    *,
    organisation_id: int,
    name: str | None = None,
    legal_form: LegalForm | None = None,
    description: str | None = None,
    website: str | None = None,
    home: Mapping[str, float] | None = None,
    registrations: Sequence[Mapping[str, str]] | None = None,
    areas: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Change what an organisation says of itself; what is not given stays.

    What an officer looked at is looked at again: a verified one that changes its name, form or
    numbers is unverified until then.
    """
    row = await locked(organisation_id)
    looked_at = name is not None or legal_form is not None or registrations is not None
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = checked_organisation_name(name)
    if legal_form is not None:
        changes["legal_form"] = legal_form
    if description is not None:
        changes["description"] = checked_text(description)
    if website is not None:
        changes["website"] = checked_website(website)
    if home is not None:
        changes["home"] = point(**home)
    for attribute, value in changes.items():
        setattr(row, attribute, value)
    if changes:
        await row.save(update_fields=list(changes))
    if registrations is not None:
        await _register(tx, row.id, registrations)
    if areas is not None:
        await _serve(tx, row.id, areas)
    facts: dict[str, Any] = {"changed": sorted(changes)}
    council = row.kind is OrganisationKind.COUNCIL  # nobody else could look at it
    if looked_at and not council and row.state is not OrganisationState.UNVERIFIED:
        await move(row, ORGANISATION, "revise", reason=None, decided_at=None)
        await Registration.filter(organisation_id=row.id).update(confirmed=False)
    await record(tx, viewer.name, [Entry("org", row.id, "revise_organisation", facts)])
    return {"organisation": row.id}


async def verify_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int
) -> dict[str, Any]:
    """Say that an organisation is what it says: its register numbers are its own."""
    row = await locked(organisation_id)
    await _check_other(tx, viewer, row)
    for number in await Registration.filter(organisation_id=row.id).order_by("scheme"):
        taken = Registration.filter(scheme=number.scheme, number=number.number, confirmed=True)
        if await taken.exclude(organisation_id=row.id).exists():
            raise RegistrationTaken(number.scheme, number.number)
    try:
        await Registration.filter(organisation_id=row.id).update(confirmed=True)
    except IntegrityError as error:  # by another officer, at the same moment
        raise RegistrationTaken(number.scheme, number.number) from error
    await move(row, ORGANISATION, "verify", reason=None, decided_at=tx.now)
    await record(tx, viewer.name, [Entry("org", row.id, "verify_organisation", {})])
    return {"organisation": row.id}


async def decline_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, reason: str
) -> dict[str, Any]:
    """Say what is lacking before an organisation can be verified; its owners are told."""
    reason = checked_reason(reason)
    row = await locked(organisation_id)
    await _check_other(tx, viewer, row)
    await move(row, ORGANISATION, "decline", reason=reason, decided_at=tx.now)
    await Registration.filter(organisation_id=row.id).update(confirmed=False)
    await record(tx, viewer.name, [Entry("org", row.id, "decline_organisation", {})])
    await tell_owners(tx, row, letters.organisation_declined(row.name, reason))
    return {"organisation": row.id}


async def tell_owners(tx: Transaction, row: Organisation, letter: Letter) -> None:
    """Write to those who own an organisation and have an address."""
    owners = Membership.filter(current(), organisation_id=row.id, role=Role.OWNER)
    await tell(tx, [post.person_id for post in await owners], letter)


async def tell(tx: Transaction, people: Iterable[int], letter: Letter) -> None:
    """Write to these people, as far as they have an address."""
    ids = list(set(people))
    for person in await Person.filter(id__in=ids, email__not_isnull=True).order_by("id"):
        assert person.email
        await send(tx, person.email, letter, person_id=person.id)


async def _check_other(tx: Transaction, viewer: Viewer, row: Organisation) -> None:
    """Nobody looks at their own. Raises OwnOrganisation."""
    if await Membership.filter(current(), organisation_id=row.id, person_id=viewer.id).exists():
        raise OwnOrganisation


async def end_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int
) -> dict[str, Any]:
    """End an organisation: nobody belongs to it any more. What it did stays on record."""
    row = await locked(organisation_id)
    await check_end(row)
    await end(tx, viewer.name, row)
    return {"organisation": row.id}


async def check_end(row: Organisation) -> None:
    """Whether nothing would be left without it.

    Raises CouncilsAreAppointed, StillLeads, StillActsForPeople.
    """
    if row.kind is OrganisationKind.COUNCIL:
        raise CouncilsAreAppointed
    if await Partner.exists(organisation_id=row.id, leads=True, until__isnull=True):
        raise StillLeads
    if await Person.exists(registered_by_id=row.id):
        raise StillActsForPeople


async def end(tx: Transaction, actor: str, row: Organisation) -> None:
    """End an organisation whose row is locked."""
    await move(row, ORGANISATION, "end", decided_at=tx.now)
    await dismiss(tx, Membership.filter(current(), organisation_id=row.id))
    await OrganisationArea.filter(organisation_id=row.id, until__isnull=True).update(until=tx.now)
    await Registration.filter(organisation_id=row.id).update(confirmed=False)
    await withdraw(await Invitation.filter(organisation_id=row.id, state=InvitationState.OPEN))
    partnerships = Partner.filter(Q(organisation_id=row.id) | Q(consortium_id=row.id))
    await partnerships.filter(until__isnull=True).update(until=tx.now)
    await record(tx, actor, [Entry("org", row.id, "end_organisation", {})])


async def set_hidden(organisation_id: int, hidden: bool) -> Organisation:
    """Hide an organisation or show it again (room `safety`). Raises WrongState where it is so.

    One that ended stays hidden (OrganisationEnded): perhaps since its last member was erased.
    """
    rows = Organisation.filter(id=organisation_id)
    if not await rows.filter(hidden=not hidden).update(hidden=hidden):
        states = ("hidden", "shown") if hidden else ("shown", "hidden")
        raise WrongState("organisation", "hide" if hidden else "restore", states[0], states[1:])
    row = await rows.get()
    if row.state is OrganisationState.ENDED and not hidden:
        raise OrganisationEnded
    return row
