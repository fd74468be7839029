"""Opportunities are shown, looked at where the scheme asks, kept and closed."""

from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Q, Subquery

from commonweal.access import Viewer
from commonweal.credits.tables import Pot
from commonweal.credits.terms import terms_on
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.listings import actions as listings
from commonweal.listings.rules import ListingKind
from commonweal.listings.tables import Listing
from commonweal.people.actions_organisations import tell_owners
from commonweal.people.tables_organisations import Organisation
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .actions import CLOCK, locked, say
from .actions_shifts import call_off, openings_of, promise, to_come, window_end
from .rules import (
    OPPORTUNITY,
    REASON,
    STALE,
    STALE_NOTICE,
    NoShifts,
    OpportunityState,
    Timing,
    checked_text,
)
from .tables import Opportunity, Series
from .tables_signups import SignUp

CLOSED_AT_ONCE: Final = 50  # opportunities that one run of a job closes


async def publish_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int
) -> dict[str, Any]:
    """Show it in the shop window: until its last shift begins, or for as long as it is kept.

    Where the scheme whose credits it offers asks for that, an officer looks at it first.
    """
    pot = await _pot_of(opportunity_id)
    opportunity = await locked(opportunity_id)
    if pot and (await terms_on(pot.scheme_id, civil_day(tx.now))).opportunities_approved:
        await move(opportunity, OPPORTUNITY, "propose", reason=None)
        await say(tx, viewer, opportunity, "propose_opportunity")
        return {"opportunity": opportunity.id}
    OPPORTUNITY.check("publish", opportunity.state)
    listing = await _published(tx, opportunity, pot)
    await say(tx, viewer, opportunity, "publish_opportunity", listing=write_id("lst", listing.id))
    return {"opportunity": opportunity.id, "listing": listing.id}


async def approve_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int
) -> dict[str, Any]:
    """Show what an organisation would like to show, as an officer who looked at it."""
    pot = await _pot_of(opportunity_id)
    opportunity = await locked(opportunity_id)
    OPPORTUNITY.check("return", opportunity.state)  # it is proposed, and no draft
    listing = await _published(tx, opportunity, pot)
    await say(tx, viewer, opportunity, "approve_opportunity", listing=write_id("lst", listing.id))
    return {"opportunity": opportunity.id, "listing": listing.id}


async def return_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int, reason: str
) -> dict[str, Any]:
    """Say what is wrong with it: it is a draft again."""
    opportunity = await locked(opportunity_id)
    said = checked_text(reason, "reason", REASON.value, lines=True)
    await move(opportunity, OPPORTUNITY, "return", reason=said)
    organisation = await Organisation.get(id=opportunity.organisation_id)
    await tell_owners(tx, organisation, letters.returned(opportunity.title, said))
    await say(tx, viewer, opportunity, "return_opportunity")
    return {"opportunity": opportunity.id}


async def _pot_of(opportunity_id: int) -> Pot | None:
    """Its row first, as whoever grants takes it."""
    number = (await Opportunity.get(id=opportunity_id)).pot_id
    return await Pot.select_for_update(no_key=True).get(id=number) if number else None


async def _published(tx: Transaction, opportunity: Opportunity, pot: Pot | None) -> Listing:
    shifts = await to_come(tx, opportunity.id)
    if not shifts and opportunity.timing is Timing.SHIFTS:
        raise NoShifts
    for shift in shifts:
        await promise(tx, opportunity, shift, pot)
    dated = {"modified_at": tx.now, "touched_at": tx.now, "published_at": tx.now}
    await move(opportunity, OPPORTUNITY, "publish", reason=None, **dated)
    return await listings.publish(
        tx,
        listings.Publication(
            kind=ListingKind.OPPORTUNITY,
            subject_id=opportunity.id,
            council_id=opportunity.council_id,
            title=opportunity.title,
            summary=opportunity.description,
            category=opportunity.cause,
            address=None if opportunity.hidden_place else opportunity.address,
            location=opportunity.shown_location,
            closes_at=await window_end(tx, opportunity, shifts),
            openings=openings_of(shifts),
        ),
    )


async def keep_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int
) -> dict[str, Any]:
    """Say that it still holds: it stays in the window for another season."""
    opportunity = await locked(opportunity_id)
    dated = {"touched_at": tx.now, "warned_at": None, "modified_at": tx.now}
    await move(opportunity, OPPORTUNITY, "keep", **dated)
    await say(tx, viewer, opportunity, "keep_opportunity")
    return {"opportunity": opportunity.id}


async def close_opportunity(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int
) -> dict[str, Any]:
    """Nobody joins any more; who had a place in a shift to come is told that it is off."""
    await _pot_of(opportunity_id)
    for listing in await listings.open_of(ListingKind.OPPORTUNITY, [opportunity_id]):
        await listings.withdraw(tx, listing.id)
    opportunity = await locked(opportunity_id)
    await move(opportunity, OPPORTUNITY, "close", modified_at=tx.now)
    await call_off(tx, opportunity, await to_come(tx, opportunity.id))
    await say(tx, viewer, opportunity, "close_opportunity")
    return {"opportunity": opportunity.id}


async def close_due_opportunities(tx: Transaction) -> int:
    """Close those whose last shift has begun: how many. A job's work."""
    due: list[Listing] = await listings.due(tx, ListingKind.OPPORTUNITY, CLOSED_AT_ONCE)
    for listing in due:
        await listings.close(tx, listing)
        opportunity = await locked(listing.subject_id)
        await move(opportunity, OPPORTUNITY, "close", modified_at=tx.now)
        await say(tx, CLOCK, opportunity, "close_opportunity")
    return len(due)


async def close_stale_opportunities(tx: Transaction) -> int:
    """Ask whether what has no end still holds, and take down what nobody kept. A job's work."""
    going = Series.filter(ended_at__isnull=True, planned_until__not_isnull=True)
    endless = ~Q(timing=Timing.SHIFTS) | Q(id__in=Subquery(going.values("opportunity_id")))
    opened = Opportunity.filter(endless, state=OpportunityState.OPEN)
    noticed = tx.now - timedelta(days=STALE_NOTICE.value)
    warn_from = tx.now - timedelta(days=STALE.value - STALE_NOTICE.value)
    asked = Q(warned_at__isnull=True, touched_at__lte=warn_from)
    found = opened.filter(asked | Q(warned_at__lte=noticed)).order_by("id")
    numbers: Any = await found.limit(CLOSED_AT_ONCE).values_list("id", flat=True)
    for number in numbers:
        await _pot_of(number)
        theirs = await listings.open_of(ListingKind.OPPORTUNITY, [number])
        opportunity = await locked(number)
        if opportunity.state is not OpportunityState.OPEN:
            continue
        if await SignUp.exists(shift__opportunity_id=number, came_at__gt=warn_from):
            said = {"touched_at": tx.now, "warned_at": None}  # by who comes there
            await Opportunity.filter(id=number).update(**said)
            continue
        if opportunity.warned_at is None:
            await Opportunity.filter(id=number).update(warned_at=tx.now)
            ends = civil_day(tx.now + timedelta(days=STALE_NOTICE.value))
            organisation = await Organisation.get(id=opportunity.organisation_id)
            await tell_owners(tx, organisation, letters.stale(opportunity.title, ends))
            continue
        for listing in theirs:
            await listings.close(tx, listing)
        await move(opportunity, OPPORTUNITY, "close", modified_at=tx.now)
        await call_off(tx, opportunity, await to_come(tx, opportunity.id))
        await say(tx, CLOCK, opportunity, "expire_opportunity")
    return len(numbers)
