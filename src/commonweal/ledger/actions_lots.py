"""What other rooms ask of an account before they post: what it can give, and what would be spent.

Both lock the account, let go and lapse what is overdue, and write that: so what they answer holds
until the transaction ends.
"""

from collections.abc import Collection
from datetime import datetime

from commonweal.store.transaction import Transaction

from .preparing import movements, prepared, replayed
from .rules import SERVICE, UnknownAccount, account_id
from .rules_lots import Lot, Lots, Movement, lots_of
from .statements import numbered, write
from .tables import Balance, Checkpoint

SPENT = (
    "SELECT COALESCE(SUM(amount), 0) FROM transfer"
    " WHERE debit = $1 AND created_at >= $2 AND actor <> $3"
)


async def available_in(tx: Transaction, account: int) -> int:
    """How much can be debited now, above the floor. Raises UnknownAccount."""
    book = await prepared(tx, {account: 1}, ())
    if account not in book.accounts:
        raise UnknownAccount(account_id(account))
    await write(tx, book)
    return max(sum(row.available for row in book.accounts[account].rows), 0)


async def next_spent(
    tx: Transaction, account: int, amount: int, *, to: Collection[int] = (), held: bool = False
) -> list[Lot]:
    """Of which credits the next debit would be, the soonest to expire first.

    `to` are the accounts that will be credited: locked with it, in the one order. `held`: of what a
    hold kept, which may have expired meanwhile. Raises UnknownAccount.
    """
    book = await prepared(tx, {account: 0 if held else amount}, to)
    if account not in book.accounts:
        raise UnknownAccount(account_id(account))
    await write(tx, book)
    [row] = book.accounts[account].rows
    lots = await replayed(tx, row)
    return lots.replay([Movement(row.version + 1, -amount, tx.now, None, expired_too=held)])


async def lots_in(tx: Transaction, account: int) -> list[Lot]:
    """What is left of each credit, the soonest to expire first: read as it is, and nothing locked.

    Raises UnknownAccount.
    """
    kept = await Checkpoint.get_or_none(account=account)
    balance = await Balance.get_or_none(account=account, shard=0)
    if balance is None:
        raise UnknownAccount(account_id(account))
    lots = lots_of(kept.lots) if kept else Lots()
    lots.replay(await movements(tx, account, kept.version if kept else 0, balance.version))
    return lots.lots


async def spent_since(tx: Transaction, account: int, since: datetime) -> int:
    """How much has left an account from an instant on, what lapsed not counted."""
    sql, values = numbered(tx.database, SPENT, account, since, SERVICE)
    return int((await tx.fetch(sql, values))[0][0])
