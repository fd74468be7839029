"""What other rooms ask of an account before they post: what it can give, and what would be spent.

`available_in` and `next_spent` lock the account, let go and lapse what is overdue, and write that:
so what they answer holds until the transaction ends. The others only read.
"""

from collections.abc import Collection
from datetime import datetime

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.store.transaction import Transaction

from .preparing import movements, prepared, replayed
from .rules import UnknownAccount, account_id
from .rules_lots import Lot, Lots, Movement, lots_of
from .statements import numbered, write
from .tables import Balance, Checkpoint

SPENT = """
SELECT COALESCE((
  SELECT SUM(t.amount) FROM transfer t LEFT JOIN hold h ON h.id = t.hold
  WHERE t.debit = $1 AND COALESCE(h.created_at, t.created_at) >= $2 AND t.credit <> $3
), 0) + COALESCE((
  SELECT SUM(amount) FROM hold
  WHERE account = $1 AND state = 'held' AND created_at >= $2 AND expires_at > $4
), 0)
"""


async def available_in(tx: Transaction, account: int) -> int:
    """How much can be debited now, above the floor. Raises UnknownAccount."""
    book = await prepared(tx, {account: MOST_AMOUNT}, ())  # so that no hold that is over is left
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


async def spent_since(tx: Transaction, account: int, since: datetime, *, but_to: int) -> int:
    """How much has left an account from an instant on, or is kept aside to; but to one account.

    What a hold kept left when it was placed, whenever it was settled.
    """
    sql, values = numbered(tx.database, SPENT, account, since, but_to, tx.now)
    return int((await tx.fetch(sql, values))[0][0])
