"""Signing up: a place where there is one, a place in line where there is none.

Each verb takes the person's row and then the shift's, so nobody is in two places and no place is
given twice; the database refuses both besides (migration 0028). A place that is freed is offered at
once to who waited longest, and what is not taken in time is offered to the next.
"""

from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.actions_households import consented
from commonweal.people.actions_organisations import tell
from commonweal.people.rules_households import ConsentPurpose
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .rules import (
    COMING,
    OFFERED_AT_ONCE,
    OPPORTUNITY,
    SIGN_UP,
    STANDING,
    THERE,
    ConsentNeeded,
    OfferOver,
    ShiftsClash,
    SignedUpAlready,
    SignUpState,
    check_to_come,
    offered_until,
)
from .tables import Opportunity, Shift, ShiftRole, SignUp


async def sign_up(tx: Transaction, viewer: Viewer, *, role_id: int) -> dict[str, Any]:
    """Join a shift in a role, or wait for a place in it."""
    me = await present(viewer.id)
    if not await consented(tx, me.id, ConsentPurpose.VOLUNTEERING):
        raise ConsentNeeded
    role = await ShiftRole.get(id=role_id)
    shift = await locked_shift(role.shift_id)
    opportunity = await Opportunity.get(id=shift.opportunity_id)
    OPPORTUNITY.check("schedule", opportunity.state)
    check_to_come(shift.starts_at, tx.now)
    mine = SignUp.filter(shift_id=shift.id, person_id=me.id, state__in=STANDING)
    if await mine.exists():
        raise SignedUpAlready
    await _pass_on(tx, shift)
    row = await SignUp.create(
        id=tx.new_id(),
        role_id=role.id,
        shift_id=shift.id,
        person_id=me.id,
        state=SignUpState(SIGN_UP.initial),
        at=tx.now,
    )
    if free := await _free(role):
        await _check_clash(me.id, shift)
        await move(row, SIGN_UP, "take", place=free[0])
    await say(tx, viewer.name, row, "sign_up")
    return {"sign_up": row.id, "shift": shift.id}


async def accept_place(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Take the place that was offered to me."""
    me = await present(viewer.id)
    row, shift = await found(sign_up_id)
    SIGN_UP.check("accept", row.state)
    if row.offered_until <= tx.now:
        raise OfferOver(row.offered_until.isoformat())
    await _check_clash(me.id, shift)
    await move(row, SIGN_UP, "accept")
    await say(tx, viewer.name, row, "accept_place")
    return {"sign_up": row.id, "shift": shift.id}


async def cancel_sign_up(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Not come after all: the place goes to who waited longest."""
    await present(viewer.id)
    row, shift = await found(sign_up_id)
    check_to_come(shift.starts_at, tx.now)
    await move(row, SIGN_UP, "cancel", ended_at=tx.now, place=None)
    await say(tx, viewer.name, row, "cancel_sign_up")
    await _pass_on(tx, shift)
    return {"sign_up": row.id, "shift": shift.id}


async def leave_shifts(tx: Transaction, actor: str, person_id: int) -> None:
    """Who is erased comes to nothing that is still to come; their places go on."""
    theirs = SignUp.filter(person_id=person_id, state__in=COMING, shift__starts_at__gt=tx.now)
    for number in sorted([row.shift_id for row in await theirs]):
        shift = await locked_shift(number)
        for row in await theirs.filter(shift_id=number):
            await move(row, SIGN_UP, "cancel", ended_at=tx.now, place=None)
            await say(tx, actor, row, "cancel_sign_up")
        await _pass_on(tx, shift)


async def pass_on_places(tx: Transaction) -> int:
    """Offer to the next what was not taken in time: of how many shifts. A job's work."""
    over = SignUp.filter(state=SignUpState.OFFERED, offered_until__lte=tx.now).order_by("shift_id")
    found: list[Any] = await over.limit(OFFERED_AT_ONCE.value).values_list("shift_id", flat=True)
    for number in sorted(set(found)):
        await _pass_on(tx, await locked_shift(number))
    return len(set(found))


async def _pass_on(tx: Transaction, shift: Shift) -> None:
    """Of a locked shift: end the offers that are over, and offer what is free to who waits."""
    over = SignUp.filter(shift_id=shift.id, state=SignUpState.OFFERED, offered_until__lte=tx.now)
    for row in await over.order_by("id"):
        await move(row, SIGN_UP, "lapse", ended_at=tx.now, place=None)
        await say(tx, "system:clock", row, "lapse_offer")
    if shift.starts_at <= tx.now:
        return
    for role in await ShiftRole.filter(shift_id=shift.id).order_by("id"):
        waiting = SignUp.filter(role_id=role.id, state=SignUpState.WAITING).order_by("id")
        if not (free := await _free(role)):
            continue
        for row, place in zip(await waiting.limit(len(free)), free, strict=False):
            await _offer(tx, shift, row, place)


async def _offer(tx: Transaction, shift: Shift, row: SignUp, place: int) -> None:
    until = offered_until(tx.now, shift.starts_at)
    await move(row, SIGN_UP, "offer", place=place, offered_until=until)
    title = (await Opportunity.get(id=shift.opportunity_id)).title
    await tell(tx, [row.person_id], letters.place_offered(title, shift.starts_at, until))
    await say(tx, "system:clock", row, "offer_place")


async def _free(role: ShiftRole) -> list[int]:
    """The places of a role that nobody has and that are offered to nobody."""
    held: Any = await SignUp.filter(role_id=role.id, place__isnull=False).values_list("place")
    taken = {place for (place,) in held}
    return [place for place in range(1, role.places + 1) if place not in taken]


async def _check_clash(person_id: int, shift: Shift) -> None:
    """Raises ShiftsClash: their row is locked, so nothing else of theirs comes meanwhile."""
    theirs = SignUp.filter(person_id=person_id, state__in=(SignUpState.SIGNED_UP, *THERE))
    both = theirs.filter(shift__starts_at__lt=shift.ends_at, shift__ends_at__gt=shift.starts_at)
    other = await both.exclude(shift_id=shift.id).select_related("shift").first()
    if other:
        starts, ends = other.shift.starts_at, other.shift.ends_at
        raise ShiftsClash(starts.isoformat(), ends.isoformat())


async def locked_shift(shift_id: int) -> Shift:
    """A shift's row."""
    return await Shift.select_for_update(no_key=True).get(id=shift_id)


async def found(sign_up_id: int) -> tuple[SignUp, Shift]:
    """A sign-up, its shift's row taken."""
    shift = await locked_shift((await SignUp.get(id=sign_up_id)).shift_id)
    return await SignUp.get(id=sign_up_id), shift


async def say(tx: Transaction, actor: str, row: SignUp, action: str) -> None:
    """Record what was done to a sign-up."""
    facts = {"shift": write_id("shf", row.shift_id)}
    await record(tx, actor, [Entry("sgn", row.id, action, facts)])
