"""Opportunities: written, given shifts, shown and closed. Sign-ups are `actions_signups`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.credits.tables import Pot
from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.ids import write_id
from commonweal.listings import actions as listings
from commonweal.listings.openings import DAY_MINUTES, Opening
from commonweal.listings.rules import ListingKind
from commonweal.listings.tables import Listing
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.actions_organisations import tell
from commonweal.places.coordinates import point
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move, move_all
from commonweal.store.transaction import Transaction

from . import letters
from .rules import (
    COMING,
    DESCRIPTION,
    OPPORTUNITY,
    SIGN_UP,
    TITLE,
    Cause,
    NoShifts,
    OpportunityState,
    check_names,
    check_times,
    checked_places,
    checked_text,
)
from .rules_hours import NotOurPot
from .tables import Opportunity, Shift, ShiftRole, SignUp

ADDRESS: Final = 200
CLOSED_AT_ONCE: Final = 50  # opportunities that one run of the job closes


async def create_opportunity(
    tx: Transaction,
    viewer: Viewer,
    *,
    organisation_id: int,
    title: str,
    description: str,
    cause: Cause,
    address: str | None = None,
    location: Mapping[str, float] | None = None,
    pot_id: int | None = None,
) -> dict[str, Any]:
    """Write down something to do; nobody sees it before it is published."""
    organisation = await locked_organisation(organisation_id)
    if pot_id is not None and (await Pot.get(id=pot_id)).organisation_id != organisation.id:
        raise NotOurPot
    opportunity = await Opportunity.create(
        id=tx.new_id(),
        organisation_id=organisation.id,
        pot_id=pot_id,
        council_id=organisation.council_id,
        title=checked_text(title, "title", TITLE.value),
        description=checked_text(description, "description", DESCRIPTION.value, lines=True),
        cause=cause,
        address=address and checked_text(address, "address", ADDRESS),
        location=point(**location) if location else None,
        state=OpportunityState(OPPORTUNITY.initial),
        created_at=tx.now,
    )
    await _say(tx, viewer, opportunity, "create_opportunity")
    return {"opportunity": opportunity.id}


async def add_shift(
    tx: Transaction,
    viewer: Viewer,
    *,
    opportunity_id: int,
    starts_at: datetime,
    ends_at: datetime,
    roles: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Add a time at which it is done, with a role or more; while it is open people join at once."""
    live = await listings.open_of(ListingKind.OPPORTUNITY, [opportunity_id])
    opportunity = await _locked(opportunity_id)
    opened = opportunity.state is OpportunityState.OPEN
    OPPORTUNITY.check("schedule" if opened else "plan", opportunity.state)
    check_times(starts_at, ends_at, tx.now)
    names = [checked_text(role["name"], "roles", TITLE.value) for role in roles]
    check_names(names)
    shift = await Shift.create(
        id=tx.new_id(), opportunity_id=opportunity.id, starts_at=starts_at, ends_at=ends_at
    )
    for name, role in zip(names, roles, strict=True):
        places = checked_places(role["places"])
        await ShiftRole.create(id=tx.new_id(), shift_id=shift.id, name=name, places=places)
    for listing in live:
        await listings.add_openings(tx, listing.id, hours_of(shift.starts_at, shift.ends_at))
        if listing.closes_at is None or listing.closes_at < starts_at:
            await listings.revise(tx, listing, {"closes_at": starts_at})
    await _say(tx, viewer, opportunity, "add_shift", shift=write_id("shf", shift.id))
    return {"shift": shift.id, "opportunity": opportunity.id}


async def publish_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int
) -> dict[str, Any]:
    """Show it in the shop window until its last shift begins."""
    opportunity = await _locked(opportunity_id)
    OPPORTUNITY.check("publish", opportunity.state)
    to_come = Shift.filter(opportunity_id=opportunity.id, starts_at__gt=tx.now)
    shifts = await to_come.order_by("starts_at")
    if not shifts:
        raise NoShifts
    await move(opportunity, OPPORTUNITY, "publish")
    listing = await listings.publish(
        tx,
        listings.Publication(
            kind=ListingKind.OPPORTUNITY,
            subject_id=opportunity.id,
            council_id=opportunity.council_id,
            title=opportunity.title,
            summary=opportunity.description,
            category=opportunity.cause.value,
            address=opportunity.address,
            location=opportunity.location,
            closes_at=shifts[-1].starts_at,
            openings=tuple(
                hours for each in shifts for hours in hours_of(each.starts_at, each.ends_at)
            ),
        ),
    )
    await _say(tx, viewer, opportunity, "publish_opportunity", listing=write_id("lst", listing.id))
    return {"opportunity": opportunity.id, "listing": listing.id}


async def close_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int
) -> dict[str, Any]:
    """Nobody joins any more; who had a place in a shift to come is told that it is off."""
    for listing in await listings.open_of(ListingKind.OPPORTUNITY, [opportunity_id]):
        await listings.withdraw(tx, listing.id)
    opportunity = await _locked(opportunity_id)
    await move(opportunity, OPPORTUNITY, "close")
    to_come = Shift.filter(opportunity_id=opportunity.id, starts_at__gt=tx.now).order_by("id")
    for shift in await to_come.select_for_update(no_key=True):
        theirs = await SignUp.filter(shift_id=shift.id, state__in=COMING).order_by("id")
        ids = [each.id for each in theirs]
        await move_all(SignUp, ids, SIGN_UP, "cancel", ended_at=tx.now, place=None)
        letter = letters.shift_off(opportunity.title, shift.starts_at)
        await tell(tx, [each.person_id for each in theirs], letter)
    await _say(tx, viewer, opportunity, "close_opportunity")
    return {"opportunity": opportunity.id}


async def close_due_opportunities(tx: Transaction) -> int:
    """Close those whose last shift has begun: how many. A job's work."""
    due: list[Listing] = await listings.due(tx, ListingKind.OPPORTUNITY, CLOSED_AT_ONCE)
    for listing in due:
        await listings.close(tx, listing)
        opportunity = await _locked(listing.subject_id)
        await move(opportunity, OPPORTUNITY, "close")
        await _say(tx, Viewer(name="system:clock"), opportunity, "close_opportunity")
    return len(due)


async def _locked(opportunity_id: int) -> Opportunity:
    return await Opportunity.select_for_update(no_key=True).get(id=opportunity_id)


async def _say(
    tx: Transaction, viewer: Viewer, opportunity: Opportunity, action: str, **facts: Any
) -> None:
    await record(tx, viewer.name, [Entry("opp", opportunity.id, action, facts)])


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
