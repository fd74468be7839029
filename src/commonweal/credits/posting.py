"""What this room has the ledger post, and who is told of it.

Rows are locked in one order by all: the pot, the person or their household, the gift, then the
ledger's own, which locks all accounts of a posting together.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import post_all
from commonweal.ledger.rules import NotEnough, Order, Posted, TooMuch
from commonweal.ledger.rules_lots import Lot
from commonweal.store.announcements import announce
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules import TOPIC, NotEnoughCredits, WalletFull
from .tables import Pot, Wallet


def unit_of(scheme_id: int) -> str:
    """What the ledger calls a scheme's credits."""
    return write_id("sch", scheme_id)


def moving(
    tx: Transaction,
    actor: str,
    of: Pot | Wallet,
    to: int,
    minutes: int,
    *,
    cause: str,
    expires_at: datetime | None = None,
) -> Order:
    """An order that moves credits from a pot or a wallet to another account of its scheme."""
    return Order(
        debit=of.account,
        credit=to,
        unit=unit_of(of.scheme_id),
        amount=minutes,
        cause=cause,
        actor=actor,
        event_at=tx.now,
        expires_at=expires_at,
    )


def moving_lots(
    tx: Transaction, actor: str, of: Wallet, to: int, lots: Sequence[Lot], *, cause: str
) -> list[Order]:
    """An order for each credit, with the instant at which it lapses: nothing lives longer for being
    given away.
    """
    return [
        moving(tx, actor, of, to, minutes, cause=f"{cause}/{number}", expires_at=expires_at)
        for number, (expires_at, minutes) in enumerate(lots, start=1)
    ]


async def posted(tx: Transaction, orders: Sequence[Order]) -> list[Posted]:
    """All or none, and told to who listens. Raises NotEnoughCredits, WalletFull."""
    try:
        done = await post_all(tx, orders)
    except NotEnough as refused:
        raise NotEnoughCredits(refused.available, refused.needed) from None
    except TooMuch as refused:
        raise WalletFull(refused.room) from None
    await tell_wallets(tx, {each for order in orders for each in (order.debit, order.credit)})
    return done


async def tell_wallets(tx: Transaction, accounts: Collection[int]) -> None:
    """Announce that something of these wallets has changed; pots are among the accounts too."""
    found: Any = await Wallet.filter(account__in=list(accounts)).values_list("id", flat=True)
    await announce(tx, TOPIC, list(found))


async def say(tx: Transaction, viewer: Viewer, pot: Pot, action: str, **facts: Any) -> None:
    """Record what was done to a pot."""
    await record(tx, viewer.name, [Entry("pot", pot.id, action, facts)])
