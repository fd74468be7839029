"""What two agree on is kept aside, and moves when both have said how long it was, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import Q

from commonweal.access import Viewer
from commonweal.credits.actions_gifts import in_time
from commonweal.credits.actions_wallets import check_limits, wallet_for
from commonweal.credits.posting import moving_lots, posted, tell_wallets, unit_of
from commonweal.credits.rules import NotEnoughCredits, WalletFull
from commonweal.credits.rules_terms import SpentEnough
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import place_hold, settle_hold, void_hold
from commonweal.ledger.actions_lots import next_spent
from commonweal.ledger.rules import NotEnough, TooMuch
from commonweal.ledger.tables import Hold
from commonweal.listings import actions as listings
from commonweal.listings.rules import ListingKind
from commonweal.people.actions_households import at_home
from commonweal.people.actions_organisations import check_person, tell
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .actions import both, close_help, say_of
from .rules import (
    AT_ONCE,
    EXCHANGE,
    HELD,
    LIVE,
    SILENCE,
    WORDS,
    ConcernsYou,
    ExchangeState,
    HelpState,
    OwnAnswer,
    TheyLackCredits,
    TheyLackRoom,
    agreed_minutes,
    checked_minutes,
    checked_text,
)
from .tables import Exchange, HelpOffer

CLOCK: Final = Viewer(name="system:clock")


@contextmanager
def discreet(viewer: Viewer, row: Exchange) -> Iterator[None]:
    """What one's own wallet refuses says how much is there; another's says only that it does.

    Raises TheyLackCredits, TheyLackRoom.
    """
    try:
        yield
    except (NotEnoughCredits, SpentEnough):
        if viewer.id == row.receiver_id:
            raise
        raise TheyLackCredits from None
    except WalletFull:
        if viewer.id == row.giver_id:
            raise
        raise TheyLackRoom from None


async def agree_exchange(tx: Transaction, viewer: Viewer, *, exchange_id: int) -> dict[str, Any]:
    """Agree to what the other proposed: who receives the help keeps the credits for it aside."""
    row = await _found(exchange_id)
    if row.answered_by_id == viewer.id:
        raise OwnAnswer
    EXCHANGE.check("agree", row.state)
    until = tx.now + timedelta(days=HELD.value)
    with discreet(viewer, row):
        hold = await _kept(tx, viewer.name, row, until)
    await move(row, EXCHANGE, "agree", hold=hold.id, held_until=until)
    letter = letters.agreed(await _title(row), row.minutes)
    await tell(tx, [row.answered_by_id], letter)
    await say_of(tx, viewer.name, row, "agree_exchange", minutes=row.minutes)
    return {"exchange": row.id}


async def _kept(tx: Transaction, actor: str, row: Exchange, until: datetime) -> Hold:
    """Keep what is agreed aside. Raises NotEnoughCredits, SpentEnough."""
    wallet = await wallet_for(tx, row.scheme_id, person_id=row.receiver_id)
    await next_spent(tx, wallet.account, row.minutes)  # locks it
    await check_limits(tx, wallet, row.minutes)
    try:
        hold = await place_hold(
            tx,
            account=wallet.account,
            unit=unit_of(row.scheme_id),
            amount=row.minutes,
            cause=f"{write_id('exc', row.id)}/hold",
            actor=actor,
            expires_at=until,
        )
    except NotEnough as refused:
        raise NotEnoughCredits(refused.available, refused.needed) from None
    await tell_wallets(tx, [wallet.account])
    return hold


async def cancel_exchange(tx: Transaction, viewer: Viewer, *, exchange_id: int) -> dict[str, Any]:
    """It does not come to that: either says so, before anybody said how long it was."""
    row = await _found(exchange_id)
    if row.state is ExchangeState.AGREED and row.said_at is not None:
        EXCHANGE.check("agree", row.state)  # what was done is settled, and not called off
    await _off(tx, viewer.name, row, "cancel")
    return {"exchange": row.id}


async def confirm_minutes(
    tx: Transaction, viewer: Viewer, *, exchange_id: int, minutes: int
) -> dict[str, Any]:
    """Say how long it was. When both have, and agree, the credits move; else somebody decides."""
    checked_minutes(minutes, 0)
    row = await _found(exchange_id)
    disputed = row.state is ExchangeState.DISPUTED
    name = "given_minutes" if viewer.id == row.giver_id else "received_minutes"
    said = {name: minutes, "said_at": tx.now}
    await move(row, EXCHANGE, "amend" if disputed else "confirm", **said)
    await say_of(tx, viewer.name, row, "confirm_minutes", minutes=minutes)
    if row.given_minutes is None or row.received_minutes is None:
        return {"exchange": row.id}
    agreed = agreed_minutes(row.given_minutes, row.received_minutes)
    if agreed is not None:
        await _settled(tx, viewer, row, agreed)
    elif not disputed:
        await _disputed(tx, viewer.name, row)
    return {"exchange": row.id}


async def settle_dispute(
    tx: Transaction, viewer: Viewer, *, exchange_id: int, minutes: int, reason: str
) -> dict[str, Any]:
    """Decide how long it was, as an officer whom it does not concern, and say why."""
    await check_person(viewer)
    checked_minutes(minutes, 0)
    said = checked_text(reason, "reason", WORDS.value)
    row = await _found(exchange_id)
    EXCHANGE.check("amend", row.state)  # it is disputed
    for person in (await both(row.giver_id, row.receiver_id)).values():
        if await at_home(viewer, person):
            raise ConcernsYou
    await _settled(tx, viewer, row, minutes, settled_by_id=viewer.id, reason=said)
    return {"exchange": row.id}


async def settle_silent(tx: Transaction) -> int:
    """Go on without who says nothing, and end what came to nothing: of how many. A job's work."""
    silent = Q(said_at__lte=tx.now - timedelta(days=SILENCE.value))
    over = Q(said_at__isnull=True, held_until__lte=tx.now)
    due = Exchange.filter(silent | over, state=ExchangeState.AGREED).order_by("id")
    numbers: Any = await due.limit(AT_ONCE.value).values_list("id", flat=True)
    for number in numbers:
        row = await _found(number)
        if row.state is not ExchangeState.AGREED:
            continue
        said = row.given_minutes if row.given_minutes is not None else row.received_minutes
        if said is None:
            await _off(tx, CLOCK.name, row, "cancel")
        elif said > row.minutes:
            await _disputed(tx, CLOCK.name, row)
        else:
            try:
                await _settled(tx, CLOCK, row, said)
            except UserError:  # no room in a wallet, for one: somebody looks at it
                await _disputed(tx, CLOCK.name, row)
    return len(numbers)


async def _settled(
    tx: Transaction, viewer: Viewer, row: Exchange, minutes: int, **facts: Any
) -> None:
    """Once: a cause is posted once. Raises as `discreet` has it."""
    actor = viewer.name
    kept = row.hold is not None and row.held_until > tx.now
    held = kept and 0 < minutes <= row.minutes
    if kept and not held:
        await void_hold(tx, row.hold or 0)
    done = None
    if minutes:
        with discreet(viewer, row):
            done = await _moved(tx, actor, row, minutes, held=held)
    facts |= {"settled_minutes": minutes, "ended_at": tx.now, "journal": done}
    await move(row, EXCHANGE, "settle", **facts)
    letter = letters.settled(await _title(row), minutes)
    await tell(tx, [row.giver_id, row.receiver_id], letter)
    await say_of(tx, actor, row, "settle_exchange", minutes=minutes)


async def _moved(tx: Transaction, actor: str, row: Exchange, minutes: int, *, held: bool) -> int:
    """From wallet to wallet, each credit with the instant at which it lapses: the journal."""
    wallet = await wallet_for(tx, row.scheme_id, person_id=row.receiver_id)
    theirs = await wallet_for(tx, row.scheme_id, person_id=row.giver_id)
    cause = f"{write_id('exc', row.id)}/exchange"
    lots = await next_spent(tx, wallet.account, minutes, to=[theirs.account], held=held)
    lots = [(in_time(tx, expires_at), amount) for expires_at, amount in lots]
    orders = moving_lots(tx, actor, wallet, theirs.account, lots, cause=cause)
    if not held:
        await check_limits(tx, wallet, minutes)
        if sum(order.amount for order in orders) < minutes:
            raise NotEnoughCredits(sum(order.amount for order in orders), minutes)
        done = await posted(tx, orders)
        return done[0].journal
    try:
        done = await settle_hold(tx, row.hold or 0, orders)
    except TooMuch as refused:
        raise WalletFull(refused.room) from None
    await tell_wallets(tx, [wallet.account, theirs.account])
    return done[0].journal


async def _disputed(tx: Transaction, actor: str, row: Exchange) -> None:
    await move(row, EXCHANGE, "dispute")
    await tell(tx, [row.giver_id, row.receiver_id], letters.disputed(await _title(row)))
    await say_of(tx, actor, row, "dispute_exchange")


async def _off(tx: Transaction, actor: str, row: Exchange, name: str) -> None:
    """What was kept aside is free."""
    if row.hold is not None and row.held_until > tx.now:
        hold = await void_hold(tx, row.hold)
        await tell_wallets(tx, [hold.account])
    await move(row, EXCHANGE, name, ended_at=tx.now)
    await tell(tx, [row.giver_id, row.receiver_id], letters.cancelled(await _title(row)))
    await say_of(tx, actor, row, "cancel_exchange")


async def leave_exchanges(tx: Transaction, viewer: Viewer, person_id: int) -> None:
    """Of who is erased: nothing is offered any more, nothing waits, and no word is left."""
    offers: Any = await HelpOffer.filter(person_id=person_id, state=HelpState.OPEN).order_by("id")
    for offer in offers:
        await close_help(tx, viewer, offer_id=offer.id)
    offered: Any = await HelpOffer.filter(person_id=person_id).values_list("id", flat=True)
    await listings.forget(ListingKind.OFFER, offered)
    concerned = Q(giver_id=person_id) | Q(receiver_id=person_id)
    rows: Any = await Exchange.filter(concerned, state__in=LIVE).order_by("id")
    for found in rows:
        row = await _found(found.id)
        if row.state in LIVE:
            disputed = row.state is ExchangeState.DISPUTED
            await _off(tx, viewer.name, row, "drop" if disputed else "cancel")


async def _found(exchange_id: int) -> Exchange:
    """An exchange's row: after those of the two."""
    known = await Exchange.get(id=exchange_id)
    await both(known.giver_id, known.receiver_id)
    return await Exchange.select_for_update(no_key=True).get(id=exchange_id)


async def _title(row: Exchange) -> str:
    return (await HelpOffer.get(id=row.offer_id)).title
