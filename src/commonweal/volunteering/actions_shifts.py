"""Shifts: added, moved and called off. Those of a series together are `actions_series`.

Each verb takes the pot's row where it keeps something aside, then the listing's, the opportunity's,
and its shifts' in id order; whoever has a place in one is told.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.queryset import QuerySet

from commonweal.access import Viewer
from commonweal.credits.actions_grants import check_funds
from commonweal.credits.posting import unit_of
from commonweal.credits.rules import POT
from commonweal.credits.tables import Pot
from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import place_hold, void_hold
from commonweal.listings import actions as listings
from commonweal.listings.openings import DAY_MINUTES, Opening
from commonweal.listings.rules import ListingKind
from commonweal.listings.tables import Listing, ListingOpening
from commonweal.messages.rules import Letter
from commonweal.people.actions_organisations import tell
from commonweal.people.rules_checks import CheckLevel
from commonweal.people.tables import Person
from commonweal.store.moves import move_all
from commonweal.store.transaction import Transaction

from . import letters
from .actions import locked, say, term_of
from .rules import (
    OPPORTUNITY,
    SHIFTS,
    TITLE,
    AgeUnfit,
    OpportunityState,
    Timing,
    TooManyShifts,
    check_names,
    check_times,
    check_to_come,
    checked_places,
    checked_text,
    credited,
    minutes_between,
)
from .rules_hours import CLAIMED_AFTER
from .rules_signups import COMING, SIGN_UP, TRAVEL, SignUpState
from .rules_terms import Taxonomy, part_of_week
from .tables import Opportunity, Series, Shift, ShiftRole
from .tables_signups import SignUp

AGES: Final = (13, 16, 18)  # between the bands in which a child's age is known
Roles = Sequence[Mapping[str, Any]]


async def add_shift(
    tx: Transaction,
    viewer: Viewer,
    *,
    opportunity_id: int,
    starts_at: datetime,
    ends_at: datetime,
    roles: Roles,
) -> dict[str, Any]:
    """Add a time at which it is done, with a role or more; while it is open people join at once."""
    opened = await opened_for(opportunity_id)
    check_times(starts_at, ends_at, tx.now)
    wanted = await checked_roles(roles)
    [shift] = await added(tx, opened, [(None, None, starts_at, ends_at)], wanted)
    await refresh(tx, opened)
    await say(tx, viewer, opened.opportunity, "add_shift", shift=write_id("shf", shift.id))
    return {"shift": shift.id, "opportunity": opportunity_id}


class Opened:
    """An opportunity to which shifts are added: its rows, in the order in which they are taken."""

    def __init__(self, pot: Pot | None, live: list[Listing], opportunity: Opportunity) -> None:
        self.pot, self.live, self.opportunity = pot, live, opportunity


async def opened_for(opportunity_id: int) -> Opened:
    """Raises WrongState for one that nothing is added to."""
    known = await Opportunity.get(id=opportunity_id)
    pot = None
    if known.promised:
        pot = await Pot.select_for_update(no_key=True).get(id=known.pot_id)
    live = await listings.open_of(ListingKind.OPPORTUNITY, [opportunity_id])
    opportunity = await locked(opportunity_id)
    opened = opportunity.state is OpportunityState.OPEN
    OPPORTUNITY.check("schedule" if opened else "plan", opportunity.state)
    return Opened(pot, live, opportunity)


def checked_minutes(minutes: int) -> int:
    """Raises TimesUnfit."""
    noon = datetime(2026, 1, 1, 12, tzinfo=CIVIL_ZONE)
    check_times(noon, noon + timedelta(minutes=max(minutes, -1)), noon - timedelta(days=1))
    return minutes


async def checked_roles(roles: Roles) -> list[dict[str, Any]]:
    """As they are written down.

    Raises TextUnfit, RolesUnfit, PlacesUnfit, AgeUnfit, UnknownTerm.
    """
    found: list[dict[str, Any]] = []
    for role in roles:
        level, age = role.get("check_level"), role.get("minimum_age")
        if age is not None and age not in AGES:
            raise AgeUnfit().at("input", "roles")
        made = {
            "name": checked_text(role["name"], "roles", TITLE.value),
            "places": checked_places(role["places"]),
            "minimum_age": age,
            "check_level": level and CheckLevel(level).value,
        }
        for name, taxonomy in (("skill", Taxonomy.SKILL), ("training", Taxonomy.TRAINING)):
            code = role.get(name)
            made[f"{name}_id"] = code and (await term_of(code, taxonomy, "roles")).id
        found.append(made)
    check_names([role["name"] for role in found])
    return found


async def added(
    tx: Transaction, opened: Opened, times: Sequence[tuple[Any, ...]], roles: Roles
) -> list[Shift]:
    """Raises TooManyShifts, and as `promise` does."""
    opportunity = opened.opportunity
    there = await Shift.filter(opportunity_id=opportunity.id, starts_at__gt=tx.now).count()
    if there + len(times) > SHIFTS.value:
        raise TooManyShifts(SHIFTS.value)
    places = sum(role["places"] for role in roles)
    amounts = [_most(opportunity, places, starts, ends) for *_, starts, ends in times]
    await check_promise(tx, opened, sum(amounts))
    made = []
    for series_id, day, starts_at, ends_at in times:
        shift = await Shift.create(
            id=tx.new_id(),
            opportunity_id=opportunity.id,
            series_id=series_id,
            on_day=day,
            **times_of(starts_at, ends_at),
        )
        for role in roles:
            await ShiftRole.create(id=tx.new_id(), shift_id=shift.id, **role)
        if opportunity.state is OpportunityState.OPEN:
            await promise(tx, opportunity, shift, opened.pot)
        made.append(shift)
    return made


def times_of(starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    """What a shift's row says of when it is."""
    free_at = ends_at + timedelta(minutes=TRAVEL.value)
    part = part_of_week(starts_at)
    return {"starts_at": starts_at, "ends_at": ends_at, "free_at": free_at, "part": part}


# ---- what is kept aside ------------------------------------------------------------------------


async def promise(tx: Transaction, opportunity: Opportunity, shift: Shift, pot: Pot | None) -> None:
    """Keep aside in a locked pot what a shift may take, where that is promised.

    Raises WrongState for a pot that is frozen or closed, PotWindowOver, PotExhausted.
    """
    if not opportunity.promised or pot is None:
        return
    POT.check("grant", pot.state)
    places: Any = await ShiftRole.filter(shift_id=shift.id).values_list("places", flat=True)
    amount = _most(opportunity, sum(places), shift.starts_at, shift.ends_at)
    await check_funds(tx, pot, amount)
    await keep(tx, pot, shift, amount)


async def check_promise(tx: Transaction, opened: Opened, amount: int) -> None:
    """Whether so much can be kept aside: asked of several shifts before the first is written.

    Raises as `promise` does.
    """
    opportunity, pot = opened.opportunity, opened.pot
    if opportunity.promised and pot and opportunity.state is OpportunityState.OPEN:
        POT.check("grant", pot.state)
        await check_funds(tx, pot, amount)


def _most(opportunity: Opportunity, places: int, starts_at: datetime, ends_at: datetime) -> int:
    """Minutes that a shift may take."""
    return places * credited(minutes_between(starts_at, ends_at), opportunity.multiplier)


async def keep(tx: Transaction, pot: Pot, shift: Shift, amount: int) -> None:
    """Until hours of it are claimed no more."""
    hold = await place_hold(
        tx,
        account=pot.account,
        unit=unit_of(pot.scheme_id),
        amount=amount,
        cause=f"{write_id('shf', shift.id)}/promise/{shift.version}",
        actor="system:clock",
        expires_at=shift.ends_at + timedelta(days=CLAIMED_AFTER.value),
    )
    await Shift.filter(id=shift.id).update(hold=hold.id, version=shift.version + 1)
    shift.hold, shift.version = hold.id, shift.version + 1


async def let_go(tx: Transaction, shift: Shift) -> int:
    """What was kept aside for a shift is free again: how much that was."""
    if shift.hold is None:
        return 0
    number, shift.hold = shift.hold, None
    await Shift.filter(id=shift.id).update(hold=None)
    if shift.ends_at + timedelta(days=CLAIMED_AFTER.value) <= tx.now:
        return 0
    amount: int = (await void_hold(tx, number)).amount
    return amount


# ---- moved and called off ----------------------------------------------------------------------


async def move_shift(
    tx: Transaction,
    viewer: Viewer,
    *,
    shift_id: int,
    starts_at: datetime,
    ends_at: datetime,
) -> dict[str, Any]:
    """Move one shift. Who has a place keeps it, and is told."""
    opened = await opened_for((await Shift.get(id=shift_id)).opportunity_id)
    shift = await locked_shift(shift_id)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    check_times(starts_at, ends_at, tx.now)
    await moved(tx, opened, shift, starts_at, ends_at)
    await refresh(tx, opened)
    await say(tx, viewer, opened.opportunity, "move_shift", shift=write_id("shf", shift.id))
    return {"shift": shift.id, "opportunity": shift.opportunity_id}


async def moved(
    tx: Transaction, opened: Opened, shift: Shift, starts_at: datetime, ends_at: datetime
) -> None:
    was = shift.starts_at
    await let_go(tx, shift)
    times = times_of(starts_at, ends_at)
    await Shift.filter(id=shift.id).update(version=shift.version + 1, **times)
    await shift.refresh_from_db()
    if opened.opportunity.state is OpportunityState.OPEN:
        await promise(tx, opened.opportunity, shift, opened.pot)
    offered = SignUp.filter(shift_id=shift.id, state=SignUpState.OFFERED)
    await offered.filter(offered_until__gt=starts_at).update(offered_until=starts_at)
    letter = letters.shift_moved(opened.opportunity.title, was, starts_at)
    for row in await _coming(shift.id):
        await tell_of(tx, row, letter)


async def cancel_shift(tx: Transaction, viewer: Viewer, *, shift_id: int) -> dict[str, Any]:
    """Call one shift off. Who had a place, or waited for one, is told."""
    opened = await opened_for((await Shift.get(id=shift_id)).opportunity_id)
    shift = await locked_shift(shift_id)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    await call_off(tx, opened.opportunity, [shift])
    await refresh(tx, opened)
    await say(tx, viewer, opened.opportunity, "cancel_shift", shift=write_id("shf", shift.id))
    return {"shift": shift.id, "opportunity": shift.opportunity_id}


async def call_off(tx: Transaction, opportunity: Opportunity, shifts: Sequence[Shift]) -> None:
    """Locked shifts that do not take place; what was kept aside for them is free."""
    for shift in shifts:
        theirs = await _coming(shift.id)
        ids: Any = await SignUp.filter(shift_id=shift.id).values_list("id", flat=True)
        await move_all(SignUp, ids, SIGN_UP, "cancel", ended_at=tx.now, place=None)
        await let_go(tx, shift)
        rows = Shift.filter(id=shift.id)
        await rows.update(cancelled_at=tx.now, version=shift.version + 1)
        for row in theirs:
            await tell_of(tx, row, letters.shift_off(opportunity.title, shift.starts_at))


async def _coming(shift_id: int) -> list[SignUp]:
    """Of who has a place in a shift, is offered one, or waits."""
    return await SignUp.filter(shift_id=shift_id, state__in=COMING).order_by("id")


async def tell_of(tx: Transaction, row: SignUp, letter: Letter) -> None:
    """Write to whose sign-up it is, and of a child's to the adults who care for them."""
    if row.person_id is None:
        return
    who = await Person.get(id=row.person_id)
    people = [who.id]
    if who.age_band is not None and who.household_id is not None:
        adults = Person.filter(household_id=who.household_id, age_band__isnull=True)
        people += [each.id for each in await adults]
    await tell(tx, people, letter)


async def locked_shift(shift_id: int) -> Shift:
    """A shift's row."""
    return await Shift.select_for_update(no_key=True).get(id=shift_id)


# ---- in the shop window ------------------------------------------------------------------------


async def to_come(tx: Transaction, opportunity_id: int) -> list[Shift]:
    """The shifts that have not begun, the soonest first, locked in id order."""
    rows: QuerySet[Shift] = Shift.filter(opportunity_id=opportunity_id, starts_at__gt=tx.now)
    there = rows.filter(cancelled_at__isnull=True).order_by("id")
    return sorted(await there.select_for_update(no_key=True), key=lambda each: each.starts_at)


async def refresh(tx: Transaction, opened: Opened) -> None:
    """Say in the window when it is now; it is there until its last shift begins."""
    await Opportunity.filter(id=opened.opportunity.id).update(modified_at=tx.now)
    rows = Shift.filter(opportunity_id=opened.opportunity.id, starts_at__gt=tx.now)
    shifts = await rows.filter(cancelled_at__isnull=True).order_by("starts_at")
    ends_at = await window_end(tx, opened.opportunity, shifts)
    for listing in opened.live:
        await ListingOpening.filter(listing_id=listing.id).delete()
        await listings.add_openings(tx, listing.id, openings_of(shifts))
        if listing.closes_at != ends_at:
            await listings.revise(tx, listing, {"closes_at": ends_at})


async def window_end(
    tx: Transaction, opportunity: Opportunity, shifts: Sequence[Shift]
) -> datetime | None:
    """Until when it is in the window; None while it is done at any time, or a series goes on."""
    going = Series.filter(opportunity_id=opportunity.id, ended_at__isnull=True)
    more = await going.filter(planned_until__not_isnull=True).exists()
    if more or opportunity.timing is not Timing.SHIFTS:
        return None
    return shifts[-1].starts_at if shifts else tx.now


def openings_of(shifts: Sequence[Shift]) -> tuple[Opening, ...]:
    """Shifts as the shop window has them."""
    return tuple(each for shift in shifts for each in hours_of(shift.starts_at, shift.ends_at))


def hours_of(starts_at: datetime, ends_at: datetime) -> list[Opening]:
    """A shift as the shop window has it: on which days it is, by the clock there; two for a night.

    So that search finds what is done on Saturday, and at an instant.
    """
    first, last = (each.astimezone(CIVIL_ZONE) for each in (starts_at, ends_at))
    begins, ends = (each.hour * 60 + each.minute for each in (first, last))
    if first.date() == last.date():
        return [Opening(None, first.date(), begins, ends)]
    night = [Opening(None, first.date(), begins, DAY_MINUTES)]
    return night + ([Opening(None, last.date(), 0, ends)] if ends else [])
