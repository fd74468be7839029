"""Signing up: a place where there is one, a place in line where there is none.

Each verb takes the person's row and then the shift's, so nobody is in two places and no place is
given twice; the database refuses both besides (migration 0029). A place that is freed is offered at
once to who waited longest, and what is not taken in time is offered to the next.
"""

from datetime import date, timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.actions_households import child_of, consented
from commonweal.people.rules_checks import CheckLevel, CheckOutcome
from commonweal.people.rules_households import ConsentPurpose
from commonweal.people.tables import Person
from commonweal.people.tables_checks import Check
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .actions_shifts import locked_shift, tell_of
from .rules import OPPORTUNITY, check_to_come
from .rules_applications import ApplicationNeeded, check_accepted
from .rules_signups import (
    COMING,
    DAY_HOURS,
    OFFERED_AT_ONCE,
    SIGN_UP,
    STANDING,
    THERE,
    CheckNeeded,
    ConsentNeeded,
    OfferOver,
    SignedUpAlready,
    SignUpState,
    SkillNeeded,
    TrainingNeeded,
    check_age,
    check_load,
    is_late,
    offered_until,
)
from .tables import Opportunity, Shift, ShiftRole, Term
from .tables_signups import Application, Qualification, SignUp

GOOD: Final = (CheckOutcome.CLEAR, CheckOutcome.DISCLOSED_ACCEPTED)
LEVELS: Final = list(CheckLevel)  # each looks at what those before it do
NEAR: Final = timedelta(hours=2 * DAY_HOURS.value)  # beyond which no shift bears on another


async def sign_up(
    tx: Transaction, viewer: Viewer, *, role_id: int, child_id: int | None = None
) -> dict[str, Any]:
    """Join a shift in a role, or wait for a place in it: I, or a child in my care."""
    if child_id is not None:
        await child_of(viewer, child_id)
    who = await present(viewer.id if child_id is None else child_id)
    role = await ShiftRole.get(id=role_id)
    shift = await locked_shift(role.shift_id)
    row = await entered(tx, viewer.name, who, role, shift)
    return {"sign_up": row.id, "shift": shift.id}


async def entered(
    tx: Transaction, actor: str, who: Person, role: ShiftRole, shift: Shift
) -> SignUp:
    """Somebody's place in a locked shift, or their place in line.

    Raises ConsentNeeded, SignedUpAlready, WrongState, ShiftOff, ShiftBegun, and as `check_fit` and
    `check_load` do.
    """
    if not await consented(tx, who.id, ConsentPurpose.VOLUNTEERING):
        raise ConsentNeeded
    opportunity = await Opportunity.get(id=shift.opportunity_id)
    OPPORTUNITY.check("schedule", opportunity.state)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    if await SignUp.exists(shift_id=shift.id, person_id=who.id, state__in=STANDING):
        raise SignedUpAlready
    await check_fit(opportunity, shift, role, who)
    await pass_on(tx, shift)
    if free := await free_places(role):
        await check_others(who.id, shift)
    row = await SignUp.create(
        id=tx.new_id(),
        role_id=role.id,
        shift_id=shift.id,
        person_id=who.id,
        state=SignUpState(SIGN_UP.initial),
        at=tx.now,
    )
    if free:
        await move(row, SIGN_UP, "take", place=free[0])
    await say(tx, actor, row, "sign_up")
    return row


async def check_fit(opportunity: Opportunity, shift: Shift, role: ShiftRole, who: Person) -> None:
    """Whether somebody is who a role asks for, on the day of its shift.

    Raises TooYoung, ApplicationNeeded, TrialOver, SkillNeeded, TrainingNeeded, CheckNeeded.
    """
    day = civil_day(shift.starts_at)
    check_age(who.age_band, role.minimum_age)
    await accepted_for(opportunity, who.id, day)
    held = Qualification.filter(person_id=who.id, withdrawn_at__isnull=True)
    good: set[tuple[int, int | None]] = {
        (each.term_id, each.organisation_id)
        for each in await held
        if each.expires_on is None or each.expires_on >= day
    }
    if role.skill_id and role.skill_id not in {term for term, _ in good}:
        raise SkillNeeded((await Term.get(id=role.skill_id)).label)
    if role.training_id and (role.training_id, opportunity.organisation_id) not in good:
        raise TrainingNeeded((await Term.get(id=role.training_id)).label)
    if role.check_level:
        enough = LEVELS[LEVELS.index(role.check_level) :]
        checks = Check.filter(person_id=who.id, organisation_id=opportunity.organisation_id)
        checks = checks.filter(check_level__in=enough, outcome__in=GOOD, withdrawn_at__isnull=True)
        if not await checks.filter(expires_on__gte=day).exists():
            raise CheckNeeded(role.check_level.replace("_", " ").lower())


async def accepted_for(opportunity: Opportunity, person_id: int, day: date) -> None:
    """Whether somebody may do what one applies for. Raises ApplicationNeeded, TrialOver."""
    if opportunity.questions is None:
        return
    theirs = Application.filter(opportunity_id=opportunity.id, person_id=person_id)
    found = await theirs.order_by("-id").first()
    if found is None:
        raise ApplicationNeeded
    check_accepted(found.state, found.trial_until, day)


async def check_others(person_id: int, shift: Shift, besides: tuple[int, ...] = ()) -> None:
    """Whether somebody can be there, for all that they do else. Their row is locked.

    `besides` are shifts that they give away with it. Raises ShiftsClash, RestNeeded, DayFull.
    """
    held = (SignUpState.SIGNED_UP, *THERE)
    theirs = SignUp.filter(person_id=person_id, state__in=held).exclude(
        shift_id__in=[shift.id, *besides]
    )
    near = theirs.filter(
        shift__starts_at__lt=shift.ends_at + NEAR, shift__ends_at__gt=shift.starts_at - NEAR
    )
    others = [
        (each.shift.starts_at, each.shift.ends_at) for each in await near.select_related("shift")
    ]
    check_load((shift.starts_at, shift.ends_at), others)


async def accept_place(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Take the place that was offered to me."""
    await present((await SignUp.get(id=sign_up_id)).person_id)
    row, shift = await found(sign_up_id)
    SIGN_UP.check("accept", row.state)
    if row.offered_until <= tx.now:
        raise OfferOver(row.offered_until.isoformat())
    assert row.person_id is not None
    await check_others(row.person_id, shift)
    await move(row, SIGN_UP, "accept")
    await say(tx, viewer.name, row, "accept_place")
    return {"sign_up": row.id, "shift": shift.id}


async def cancel_sign_up(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Not come after all: the place goes to who waited longest."""
    row, shift = await found(sign_up_id)
    await cancelled(tx, viewer.name, row, shift)
    return {"sign_up": row.id, "shift": shift.id}


async def cancelled(tx: Transaction, actor: str, row: SignUp, shift: Shift) -> None:
    """Of a locked shift. Raises ShiftOff, ShiftBegun, WrongState."""
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    late = row.state is SignUpState.SIGNED_UP and is_late(tx.now, shift.starts_at)
    await move(row, SIGN_UP, "cancel", ended_at=tx.now, place=None, late=late)
    await say(tx, actor, row, "cancel_sign_up")
    await pass_on(tx, shift)


async def leave_shifts(tx: Transaction, actor: str, person_id: int) -> None:
    """Who is erased comes to nothing that is still to come; their places go on."""
    theirs = SignUp.filter(person_id=person_id, state__in=COMING, shift__starts_at__gt=tx.now)
    for number in sorted([row.shift_id for row in await theirs]):
        shift = await locked_shift(number)
        for row in await theirs.filter(shift_id=number):
            await move(row, SIGN_UP, "cancel", ended_at=tx.now, place=None)
            await say(tx, actor, row, "cancel_sign_up")
        await pass_on(tx, shift)


async def pass_on_places(tx: Transaction) -> int:
    """Offer to the next what was not taken in time: of how many shifts. A job's work."""
    over = SignUp.filter(state=SignUpState.OFFERED, offered_until__lte=tx.now).order_by("shift_id")
    found: list[Any] = await over.limit(OFFERED_AT_ONCE.value).values_list("shift_id", flat=True)
    for number in sorted(set(found)):
        await pass_on(tx, await locked_shift(number))
    return len(set(found))


async def pass_on(tx: Transaction, shift: Shift) -> None:
    """Of a locked shift: end the offers that are over, and offer what is free to who waits."""
    over = SignUp.filter(shift_id=shift.id, state=SignUpState.OFFERED, offered_until__lte=tx.now)
    for row in await over.order_by("id"):
        await move(row, SIGN_UP, "lapse", ended_at=tx.now, place=None)
        await say(tx, "system:clock", row, "lapse_offer")
    if shift.starts_at <= tx.now or shift.cancelled_at is not None:
        return
    for role in await ShiftRole.filter(shift_id=shift.id).order_by("id"):
        waiting = SignUp.filter(role_id=role.id, state=SignUpState.WAITING).order_by("id")
        if not (free := await free_places(role)):
            continue
        for row, place in zip(await waiting.limit(len(free)), free, strict=False):
            await _offer(tx, shift, row, place)


async def _offer(tx: Transaction, shift: Shift, row: SignUp, place: int) -> None:
    until = offered_until(tx.now, shift.starts_at)
    await move(row, SIGN_UP, "offer", place=place, offered_until=until)
    title = (await Opportunity.get(id=shift.opportunity_id)).title
    await tell_of(tx, row, letters.place_offered(title, shift.starts_at, until))
    await say(tx, "system:clock", row, "offer_place")


async def free_places(role: ShiftRole) -> list[int]:
    """The places of a role that nobody has and that are offered to nobody."""
    held: Any = await SignUp.filter(role_id=role.id, place__isnull=False).values_list("place")
    taken = {place for (place,) in held}
    return [place for place in range(1, role.places + 1) if place not in taken]


async def found(sign_up_id: int) -> tuple[SignUp, Shift]:
    """A sign-up, its shift's row taken."""
    shift = await locked_shift((await SignUp.get(id=sign_up_id)).shift_id)
    return await SignUp.get(id=sign_up_id), shift


async def say(tx: Transaction, actor: str, row: SignUp, action: str) -> None:
    """Record what was done to a sign-up."""
    facts = {"shift": write_id("shf", row.shift_id)}
    await record(tx, actor, [Entry("sgn", row.id, action, facts)])
