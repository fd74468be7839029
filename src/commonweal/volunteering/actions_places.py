"""Places that change hands: reserved for a group, taken over by a stand-in, exchanged; and how many
there are.
"""

from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.actions_households import consented
from commonweal.people.actions_organisations import current
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.rules_households import ConsentPurpose
from commonweal.people.tables import Person
from commonweal.people.tables_organisations import Membership
from commonweal.store.moves import move
from commonweal.store.transaction import Overtaken, Transaction

from . import letters
from .actions import say as say_of
from .actions_shifts import let_go, locked_shift, opened_for, promise, tell_of
from .actions_signups import check_fit, check_others, found, free_places, pass_on, say
from .rules import OPPORTUNITY, OpportunityState, PlacesHeld, check_to_come, checked_places
from .rules_signups import (
    RESERVED,
    SIGN_UP,
    STANDING,
    ConsentNeeded,
    NobodyReserved,
    NotEnoughPlaces,
    NotWanted,
    ReservesTooMany,
    SignedUpAlready,
    SignUpState,
    SwapUnfit,
)
from .tables import Opportunity, Shift, ShiftRole
from .tables_signups import SignUp


async def reserve_places(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, role_id: int, places: int
) -> dict[str, Any]:
    """Reserve places of a role for my group or company; its members take them, all or none."""
    organisation = await locked_organisation(organisation_id)
    if not 1 <= places <= RESERVED.value:
        raise ReservesTooMany(RESERVED.value).at("input", "places")
    role = await ShiftRole.get(id=role_id)
    shift = await locked_shift(role.shift_id)
    opportunity = await Opportunity.get(id=shift.opportunity_id)
    OPPORTUNITY.check("schedule", opportunity.state)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    await pass_on(tx, shift)
    free = await free_places(role)
    if len(free) < places:
        raise NotEnoughPlaces(len(free))
    for place in free[:places]:
        row = await SignUp.create(
            id=tx.new_id(),
            role_id=role.id,
            shift_id=shift.id,
            reserved_for_id=organisation.id,
            state=SignUpState.SIGNED_UP,
            place=place,
            at=tx.now,
        )
        await say(tx, viewer.name, row, "reserve_place")
    return {"role": role.id, "shift": shift.id}


async def take_reserved_place(tx: Transaction, viewer: Viewer, *, role_id: int) -> dict[str, Any]:
    """Take a place that an organisation of mine reserved."""
    me, role, shift = await _comer(viewer, role_id)
    mine: Any = await Membership.filter(current(), person_id=me.id).values_list(
        "organisation_id", flat=True
    )
    free = SignUp.filter(role_id=role.id, person_id__isnull=True, state=SignUpState.SIGNED_UP)
    row = await free.filter(reserved_for_id__in=list(mine)).order_by("id").first()
    if row is None:
        raise NobodyReserved
    await _check(tx, me, role, shift)
    await move(row, SIGN_UP, "fill", person_id=me.id)
    await say(tx, viewer.name, row, "take_reserved_place")
    return {"sign_up": row.id, "shift": shift.id}


async def ask_stand_in(
    tx: Transaction,
    viewer: Viewer,
    *,
    sign_up_id: int,
    wanted: bool,
    in_exchange_for_id: int | None = None,
) -> dict[str, Any]:
    """Look for somebody who comes in my place; or for who gives theirs in another role for it."""
    row, shift = await found(sign_up_id)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    swap = in_exchange_for_id if wanted else None
    if swap is not None:
        role = await ShiftRole.get(id=swap)
        theirs = await Shift.get(id=role.shift_id)
        if theirs.id == shift.id or theirs.starts_at <= tx.now:
            raise SwapUnfit
        title = (await Opportunity.get(id=shift.opportunity_id)).title
        letter = letters.swap_offered(title, shift.starts_at, theirs.starts_at)
        for other in await SignUp.filter(role_id=swap, state=SignUpState.SIGNED_UP):
            await tell_of(tx, other, letter)
    await move(row, SIGN_UP, "look", stand_in_wanted=wanted, swap_role_id=swap)
    await say(tx, viewer.name, row, "ask_stand_in")
    return {"sign_up": row.id, "shift": shift.id}


async def stand_in(tx: Transaction, viewer: Viewer, *, role_id: int) -> dict[str, Any]:
    """Come in the place of somebody who looks for a stand-in."""
    me, role, shift = await _comer(viewer, role_id)
    wanted = SignUp.filter(role_id=role.id, state=SignUpState.SIGNED_UP, stand_in_wanted=True)
    row = await wanted.filter(swap_role_id__isnull=True).order_by("id").first()
    if row is None:
        raise NotWanted
    await _check(tx, me, role, shift)
    mine = await _handed_over(tx, viewer, row, shift, me)
    return {"sign_up": mine.id, "shift": shift.id}


async def exchange_places(
    tx: Transaction, viewer: Viewer, *, sign_up_id: int, shift_id: int
) -> dict[str, Any]:
    """Give my place for one in another shift, whose holder looks for just that."""
    known = await SignUp.get(id=sign_up_id)
    offered = SignUp.filter(
        shift_id=shift_id, swap_role_id=known.role_id, state=SignUpState.SIGNED_UP
    )
    row = await offered.order_by("id").first()
    if row is None or row.person_id is None:
        raise NotWanted
    people = {n: await present(n) for n in sorted({row.person_id, known.person_id or 0})}
    shifts = {n: await locked_shift(n) for n in sorted({row.shift_id, known.shift_id})}
    row, known = await SignUp.get(id=row.id), await SignUp.get(id=known.id)
    SIGN_UP.check("look", known.state)
    if row.person_id is None or known.person_id is None:
        raise Overtaken
    if row.state is not SignUpState.SIGNED_UP or row.swap_role_id != known.role_id:
        raise Overtaken  # somebody else was first: there may be another such offer
    for shift in shifts.values():
        check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    theirs, ours = shifts[row.shift_id], shifts[known.shift_id]
    for who, gets, gives in ((known, row, ours), (row, known, theirs)):
        assert who.person_id is not None
        there = SignUp.filter(shift_id=gets.shift_id, person_id=who.person_id, state__in=STANDING)
        if await there.exists():
            raise SignedUpAlready
        shift, role = shifts[gets.shift_id], await ShiftRole.get(id=gets.role_id)
        opportunity = await Opportunity.get(id=shift.opportunity_id)
        await check_fit(opportunity, shift, role, people[who.person_id])
        await check_others(who.person_id, shift, (gives.id,))
    mine = await _handed_over(tx, viewer, row, theirs, people[known.person_id])
    await _handed_over(tx, viewer, known, ours, people[row.person_id])
    return {"sign_up": mine.id, "shift": theirs.id}


async def _comer(viewer: Viewer, role_id: int) -> tuple[Person, ShiftRole, Shift]:
    """Who asks, and what they would come to: their row first, then the shift's."""
    me = await present(viewer.id)
    role = await ShiftRole.get(id=role_id)
    return me, role, await locked_shift(role.shift_id)


async def _check(tx: Transaction, me: Person, role: ShiftRole, shift: Shift) -> None:
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    if await SignUp.exists(shift_id=shift.id, person_id=me.id, state__in=STANDING):
        raise SignedUpAlready
    if not await consented(tx, me.id, ConsentPurpose.VOLUNTEERING):
        raise ConsentNeeded
    await check_fit(await Opportunity.get(id=shift.opportunity_id), shift, role, me)
    await check_others(me.id, shift)


async def _handed_over(
    tx: Transaction, viewer: Viewer, row: SignUp, shift: Shift, to: Person
) -> SignUp:
    """A place of a locked shift to somebody else; its former holder is told."""
    place = row.place
    await move(row, SIGN_UP, "cancel", ended_at=tx.now, place=None)
    title = (await Opportunity.get(id=shift.opportunity_id)).title
    await tell_of(tx, row, letters.stood_in(title, shift.starts_at))
    new = await SignUp.create(
        id=tx.new_id(),
        role_id=row.role_id,
        shift_id=shift.id,
        person_id=to.id,
        reserved_for_id=row.reserved_for_id,
        state=SignUpState.SIGNED_UP,
        place=place,
        at=tx.now,
    )
    await say(tx, viewer.name, new, "stand_in")
    return new


async def resize_role(
    tx: Transaction, viewer: Viewer, *, role_id: int, places: int
) -> dict[str, Any]:
    """Give a role more places, or fewer; those who wait are offered what is new."""
    role = await ShiftRole.get(id=role_id)
    opened = await opened_for((await Shift.get(id=role.shift_id)).opportunity_id)
    shift = await locked_shift(role.shift_id)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    held = SignUp.filter(role_id=role.id, place__isnull=False)
    if (count := await held.count()) > checked_places(places):
        raise PlacesHeld(count)
    above = await held.filter(place__gt=places).order_by("place")
    for row, place in zip(above, await free_places(role), strict=False):
        await SignUp.filter(id=row.id).update(place=place)  # the lowest: there are enough of them
    await ShiftRole.filter(id=role.id).update(places=places)
    if opened.opportunity.state is OpportunityState.OPEN:
        await let_go(tx, shift)
        await promise(tx, opened.opportunity, shift, opened.pot)
    await pass_on(tx, shift)
    await say_of(tx, viewer, opened.opportunity, "resize_role", role=write_id("rol", role.id))
    return {"role": role.id, "shift": shift.id}
