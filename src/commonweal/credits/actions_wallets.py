"""Wallets: opened, moved between by those who share them, and whether they take credits at all."""

from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_lots import next_spent
from commonweal.ledger.rules import Order
from commonweal.people.actions import present
from commonweal.people.tables_households import Household
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules import NotInHousehold, SameWallet, SchemesDiffer, checked_minutes
from .tables import Wallet
from .terms import check_limits, posted, unit_of, wallet_for


async def open_wallet(tx: Transaction, viewer: Viewer, *, scheme_id: int) -> dict[str, Any]:
    """Open my wallet in a scheme, or find it open."""
    me = await present(viewer.id)
    return {"wallet": (await wallet_for(tx, scheme_id, person_id=me.id)).id}


async def open_household_wallet(
    tx: Transaction, viewer: Viewer, *, scheme_id: int
) -> dict[str, Any]:
    """Open a wallet that the adults of my household share, or find it open."""
    me = await present(viewer.id)
    if me.household_id is None or me.look_again_on is not None:
        raise NotInHousehold
    await Household.select_for_update(no_key=True).get(id=me.household_id)
    return {"wallet": (await wallet_for(tx, scheme_id, household_id=me.household_id)).id}


async def take_credits(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, takes: bool
) -> dict[str, Any]:
    """Say whether this wallet takes credits, or only the word of thanks: benefits may be cut."""
    await Wallet.filter(id=wallet_id).update(recognition_only=not takes)
    return {"wallet": wallet_id}


async def move_credits(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, to_wallet_id: int, minutes: int
) -> dict[str, Any]:
    """Move credits between my wallet and my household's, at once; each keeps its last day."""
    checked_minutes(minutes)
    wallet, other = await Wallet.get(id=wallet_id), await Wallet.get(id=to_wallet_id)
    if wallet.id == other.id:
        raise SameWallet
    if wallet.scheme_id != other.scheme_id:
        raise SchemesDiffer
    cause = f"{write_id('wal', wallet.id)}/move/{tx.new_id()}"
    await passed_on(tx, viewer, wallet, other.account, minutes, cause=cause)
    facts = {"to": write_id("wal", other.id), "minutes": minutes}
    await record(tx, viewer.name, [Entry("wal", wallet.id, "move_credits", facts)])
    return {"wallet": wallet.id}


async def passed_on(
    tx: Transaction, viewer: Viewer, wallet: Wallet, to: int, minutes: int, *, cause: str
) -> None:
    """From a wallet to another's account, each credit with the day on which it lapses.

    So nothing lives longer for being given away. Raises SpentEnough, NotEnoughCredits, WalletFull.
    """
    spent = await next_spent(tx, wallet.account, minutes, to=[to])
    await check_limits(tx, wallet, minutes)
    short = minutes - sum(amount for _, amount in spent)
    lots = spent if short <= 0 else [*spent, (None, short)]  # which the ledger refuses
    orders = [
        Order(
            debit=wallet.account,
            credit=to,
            unit=unit_of(wallet.scheme_id),
            amount=amount,
            cause=f"{cause}/{number}",
            actor=viewer.name,
            event_at=tx.now,
            expires_at=expires_at,
        )
        for number, (expires_at, amount) in enumerate(lots, start=1)
    ]
    await posted(tx, orders)
