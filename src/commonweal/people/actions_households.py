"""What is done in households: founding, inviting, leaving; children, and consenting for them.

Each verb takes the household's row first (`our_household`), so that two adults who leave at once
cannot leave a child behind. Rooms that need a guardian's consent ask `consented`, `guardians_of`.
"""

from datetime import timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.messages.actions import send
from commonweal.messages.rules import address_key, checked_address
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Overtaken, Transaction

from . import letters
from .actions import present
from .actions_blocks import TO_ADDRESS, blocks, nowhere
from .actions_organisations import withdraw
from .rules import DAY, checked_name
from .rules_households import (
    HOUSEHOLD_INVITATIONS,
    MOST,
    AgeBand,
    AlreadyConsented,
    AlreadyInHousehold,
    AlreadyOurs,
    BandOutdated,
    CardNeeded,
    ChildrenOnly,
    ConsentEnded,
    ConsentPurpose,
    InvitedTooOften,
    LastAdult,
    OfAge,
    TooManyInHousehold,
    look_again_on,
)
from .rules_organisations import INVITATION, INVITATION_DAYS, InvitationOver, InvitationState
from .tables import Person
from .tables_households import Consent, Household, HouseholdInvitation
from .tries import Tries

INVITED: Final = Tries("invited into a household", HOUSEHOLD_INVITATIONS.value, DAY)


async def consented(tx: Transaction, person_id: int, purpose: ConsentPurpose) -> bool:
    """Whether somebody may, as far as guardians are asked: true of whoever needs no consent.

    A consent counts from when it was given until it is revoked, and only while the child's age
    band was looked at within the year: else parents would go on consenting for an adult.
    """
    person = await Person.get(id=person_id)
    if person.look_again_on is None:
        return True
    if person.look_again_on <= civil_day(tx.now):
        return False
    return await Consent.exists(child_id=person.id, purpose=purpose, until__isnull=True)


async def at_home(viewer: Viewer, person: Person) -> bool:
    """Whether somebody is who asks, or of one household with them: nobody judges their own."""
    ours = Person.filter(id=viewer.id, household_id=person.household_id)
    return person.id == viewer.id or (person.household_id is not None and await ours.exists())


async def guardians_of(person_id: int) -> list[int]:
    """The numbers of the adults in whose care a child is; of anybody else none."""
    person = await Person.get(id=person_id)
    if person.look_again_on is None:
        return []
    adults = Person.filter(household_id=person.household_id, age_band__isnull=True)
    return [adult.id for adult in await adults.order_by("id")]


async def found_household(tx: Transaction, viewer: Viewer, *, name: str) -> dict[str, Any]:
    """Found a household: I am its first adult."""
    row = await Household.create(id=tx.new_id(), name=checked_name(name), created_at=tx.now)
    await _enter(viewer, row.id)
    await _say(tx, viewer, row.id, "found_household")
    return {"household": row.id}


async def _enter(viewer: Viewer, household_id: int) -> None:
    """Into a household, by who is in none. Raises AlreadyInHousehold."""
    mine = await present(viewer.id)
    if mine.household_id is not None:
        raise AlreadyInHousehold
    await Person.filter(id=mine.id).update(household_id=household_id)


async def _locked(household_id: int) -> Household:
    return await Household.select_for_update(no_key=True).get(id=household_id)


async def our_household(viewer: Viewer, household_id: int) -> Household:
    """The household, kept from others; Overtaken by whoever left it while this waited."""
    row = await _locked(household_id)
    if not await Person.exists(id=viewer.id, household_id=row.id):
        raise Overtaken
    return row


async def _say(
    tx: Transaction, viewer: Viewer, household_id: int, action: str, **facts: str
) -> None:
    await record(tx, viewer.name, [Entry("hsh", household_id, action, facts)])


async def invite_adult(
    tx: Transaction, viewer: Viewer, *, household_id: int, email: str
) -> dict[str, Any]:
    """Invite an adult by mail: only who signs in with that address can accept.

    Whom they blocked sees the same, but it goes nowhere: no mail, and a key that is no address.
    """
    address = checked_address(email)
    key = address_key(address)
    row = await our_household(viewer, household_id)
    if await Person.exists(household_id=row.id, email_key=key):
        raise AlreadyOurs
    for tries, of in ((INVITED, viewer.name), (TO_ADDRESS, f"{write_id('hsh', row.id)}:{key}")):
        if refused := await tries.count(tx, of):
            raise InvitedTooOften(tries.most, refused.retry_after_seconds)
    before = HouseholdInvitation.filter(household_id=row.id, state=InvitationState.OPEN)
    other_key = nowhere(tx, key)
    await before.filter(email_key__in=[key, other_key]).delete()  # asked again: one counts
    withheld = await blocks(key, viewer.id)
    invitation = await HouseholdInvitation.create(
        id=tx.new_id(),
        household_id=row.id,
        email=address,
        email_key=other_key if withheld else key,
        state=InvitationState(INVITATION.initial),
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=INVITATION_DAYS.value),
    )
    if not withheld:
        await send(tx, address, letters.household_invitation(row.name or ""))
    await _say(tx, viewer, row.id, "invite_adult", invitation=write_id("hin", invitation.id))
    return {"invitation": invitation.id, "household": row.id}


async def accept_household_invitation(
    tx: Transaction, viewer: Viewer, *, household_invitation_id: int
) -> dict[str, Any]:
    """Go into a household as an adult, equal to the others."""
    offered, row = await _offered(household_invitation_id)
    if offered.expires_at <= tx.now:
        raise InvitationOver(INVITATION_DAYS.value)
    await move(offered, INVITATION, "accept", email=None, email_key=None)
    if await Person.filter(household_id=row.id, age_band__isnull=True).count() >= MOST:
        raise TooManyInHousehold(MOST)
    await _enter(viewer, row.id)
    await _say(tx, viewer, row.id, "accept_household_invitation")
    return {"household": row.id}


async def decline_household_invitation(
    tx: Transaction, viewer: Viewer, *, household_invitation_id: int
) -> dict[str, Any]:
    """Stay out of a household; the address is forgotten."""
    return await _close(tx, viewer, household_invitation_id, "refuse")


async def withdraw_household_invitation(
    tx: Transaction, viewer: Viewer, *, household_invitation_id: int
) -> dict[str, Any]:
    """Take an invitation back that nobody answered yet."""
    return await _close(tx, viewer, household_invitation_id, "withdraw")


async def _close(tx: Transaction, viewer: Viewer, number: int, name: str) -> dict[str, Any]:
    offered, row = await _offered(number)
    await move(offered, INVITATION, name, email=None, email_key=None)
    await _say(tx, viewer, row.id, f"{name}_household_invitation")
    return {"household": row.id}


async def _offered(number: int) -> tuple[HouseholdInvitation, Household]:
    """An invitation, its household's row taken; Overtaken where another replaced it meanwhile."""
    row = await _locked((await _still_there(number)).household_id)
    return await _still_there(number), row


async def _still_there(number: int) -> HouseholdInvitation:
    offered = await HouseholdInvitation.get_or_none(id=number)
    if offered is None:
        raise Overtaken
    return offered


async def leave_household(tx: Transaction, viewer: Viewer, *, household_id: int) -> dict[str, Any]:
    """Leave a household; nothing else is moved by it. Its last adult stays while children are."""
    assert viewer.id is not None
    await our_household(viewer, household_id)
    await leave(tx, viewer.name, viewer.id)
    return {}


async def leave(tx: Transaction, actor: str, person_id: int) -> None:
    """Take somebody out of the household that they are in, if any.

    Whoever came of age in it needs no guardian, but a card to claim their account with: nobody
    else can print one. Raises LastAdult, CardNeeded.
    """
    person = await Person.get(id=person_id)
    if person.household_id is None:
        return
    row = await _locked(person.household_id)
    others = Person.filter(household_id=row.id).exclude(id=person.id)
    if not await others.filter(age_band__isnull=True).exists():
        if await others.filter(look_again_on__not_isnull=True).exists():
            raise LastAdult
        if await others.filter(card_hash__isnull=True).exists():
            raise CardNeeded
        await _forget(row)
    await Person.filter(id=person.id).update(household_id=None)
    await record(tx, actor, [Entry("hsh", row.id, "leave_household", {})])


async def _forget(row: Household) -> None:
    """Of a household that no adult is in: its name, and whom it had invited."""
    await Household.filter(id=row.id).update(name=None)
    invited = HouseholdInvitation.filter(household_id=row.id, state=InvitationState.OPEN)
    await withdraw(await invited)


async def add_child(
    tx: Transaction, viewer: Viewer, *, household_id: int, name: str, age_band: AgeBand
) -> dict[str, Any]:
    """Add a child to the household: of their age only the band is kept."""
    if age_band is AgeBand.ADULT:
        raise ChildrenOnly
    row = await our_household(viewer, household_id)
    if await Person.filter(household_id=row.id, age_band__not_isnull=True).count() >= MOST:
        raise TooManyInHousehold(MOST)
    child = await Person.create(
        id=tx.new_id(),
        name=checked_name(name),
        household_id=row.id,
        age_band=age_band,
        look_again_on=look_again_on(age_band, civil_day(tx.now)),
        created_at=tx.now,
    )
    await _say(tx, viewer, row.id, "add_child", child=write_id("per", child.id))
    return {"child": child.id, "household": row.id}


async def review_child(
    tx: Transaction, viewer: Viewer, *, child_id: int, age_band: AgeBand
) -> dict[str, Any]:
    """Say how old a child is now. Who came of age needs no consent any more: all of them end."""
    child = await child_of(viewer, child_id)
    if child.age_band is AgeBand.ADULT:
        raise OfAge
    child.age_band = age_band
    child.look_again_on = look_again_on(age_band, civil_day(tx.now))
    await child.save(update_fields=["age_band", "look_again_on"])
    if age_band is AgeBand.ADULT:
        given = Consent.filter(child_id=child.id, until__isnull=True)
        await given.update(until=tx.now, ended_by_id=viewer.id)
    assert child.household_id is not None
    await _say(tx, viewer, child.household_id, "review_child", child=write_id("per", child.id))
    return {"child": child.id}


async def child_of(viewer: Viewer, child_id: int) -> Person:
    """Somebody in our care, their household's row taken; Overtaken where they left it meanwhile."""
    child = await Person.get(id=child_id)
    if child.household_id is not None:
        await our_household(viewer, child.household_id)
        await child.refresh_from_db()
    if child.household_id is None:
        raise Overtaken
    return child


async def give_consent(
    tx: Transaction, viewer: Viewer, *, child_id: int, purpose: ConsentPurpose
) -> dict[str, Any]:
    """Consent to something for a child in my care, until one of its adults revokes it."""
    child = await child_of(viewer, child_id)
    if child.look_again_on is None:
        raise OfAge
    if child.look_again_on <= civil_day(tx.now):
        raise BandOutdated(child.look_again_on.isoformat())
    if await Consent.exists(child_id=child.id, purpose=purpose, until__isnull=True):
        raise AlreadyConsented
    consent = await Consent.create(
        id=tx.new_id(), child_id=child.id, purpose=purpose, given_by_id=viewer.id, since=tx.now
    )
    facts = {"child": write_id("per", child.id), "purpose": purpose}
    assert child.household_id is not None
    await _say(tx, viewer, child.household_id, "give_consent", **facts)
    return {"consent": consent.id, "child": child.id}


async def revoke_consent(tx: Transaction, viewer: Viewer, *, consent_id: int) -> dict[str, Any]:
    """Take back what I, or another adult of the household, consented to: at once."""
    consent = await Consent.get(id=consent_id)
    child = await child_of(viewer, consent.child_id)
    live = Consent.filter(id=consent.id, until__isnull=True)
    if not await live.update(until=tx.now, ended_by_id=viewer.id):
        raise ConsentEnded
    facts = {"child": write_id("per", child.id), "purpose": consent.purpose}
    assert child.household_id is not None
    await _say(tx, viewer, child.household_id, "revoke_consent", **facts)
    return {"consent": consent.id, "child": child.id}
