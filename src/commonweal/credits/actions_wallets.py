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
from .rules_terms import checked_week
from .tables import Wallet
from .terms import check_limits, own_wallet, posted, unit_of, wallet_for


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
    """Say whether this wallet takes credits, or only the word of thanks: benefits may be cut.

    Who left the scheme comes back by it.
    """
    await Wallet.filter(id=wallet_id).update(recognition_only=not takes, left_at=None)
    return {"wallet": wallet_id}


async def limit_wallet(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, week_minutes: int | None = None
) -> dict[str, Any]:
    """Bound what a child, or the household, gives in a week; without a number: as the scheme."""
    most = checked_week(week_minutes)
    await Wallet.filter(id=wallet_id).update(week_minutes=most)
    facts = {"week_minutes": most}
    await record(tx, viewer.name, [Entry("wal", wallet_id, "limit_wallet", facts)])
    return {"wallet": wallet_id}


async def move_credits(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, to_wallet_id: int, minutes: int
) -> dict[str, Any]:
    """Move credits between my wallet and my household's, at once; each keeps its last day."""
    checked_minutes(minutes)
    if wallet_id == to_wallet_id:
        raise SameWallet
    wallet, other = [await own_wallet(viewer, each) for each in (wallet_id, to_wallet_id)]
    if wallet.scheme_id != other.scheme_id:
        raise SchemesDiffer
    cause = f"{write_id('wal', wallet.id)}/move/{tx.new_id()}"
    await next_spent(tx, wallet.account, minutes, to=[other.account])  # locks both
    await check_limits(tx, wallet, minutes)
    await handed_on(tx, viewer.name, wallet, other.account, minutes, cause=cause)
    facts = {"to": write_id("wal", other.id), "minutes": minutes}
    await record(tx, viewer.name, [Entry("wal", wallet.id, "move_credits", facts)])
    return {"wallet": wallet.id}


async def handed_on(
    tx: Transaction, actor: str, wallet: Wallet, to: int, minutes: int, *, cause: str
) -> None:
    """From a wallet to another account, each credit with the day on which it lapses.

    So nothing lives longer for being given away. Raises NotEnoughCredits, WalletFull.
    """
    spent = await next_spent(tx, wallet.account, minutes, to=[to])
    short = minutes - sum(amount for _, amount in spent)
    lots = spent if short <= 0 else [*spent, (None, short)]  # which the ledger refuses
    orders = [
        Order(
            debit=wallet.account,
            credit=to,
            unit=unit_of(wallet.scheme_id),
            amount=amount,
            cause=f"{cause}/{number}",
            actor=actor,
            event_at=tx.now,
            expires_at=expires_at,
        )
        for number, (expires_at, amount) in enumerate(lots, start=1)
    ]
    await posted(tx, orders)
