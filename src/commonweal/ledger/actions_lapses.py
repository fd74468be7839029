"""Lapsing what has expired, for a job. Nothing depends on it: whoever debits looks first."""

from typing import Final

from commonweal.store.sweeping import SWEPT_AT_ONCE
from commonweal.store.transaction import Transaction

from .preparing import lapse
from .statements import locked, numbered, write

DUE: Final = (  # what a hold or the floor keeps waits until it does no more
    "SELECT b.account, a.lapses_to FROM balance b JOIN account a ON a.id = b.account"
    " WHERE b.next_expiry <= $1 AND b.held = 0 AND b.posted > b.floor"
    " ORDER BY b.next_expiry LIMIT $2"
)


async def lapse_expired(tx: Transaction) -> list[int]:
    """Lapse what has expired in a batch of accounts: in which."""
    sql, values = numbered(tx.database, DUE, tx.now, SWEPT_AT_ONCE)
    due = await tx.fetch(sql, values)
    if not due:
        return []
    book = await locked(tx, [account for account, _ in due], {pot for _, pot in due})
    done: list[int] = []
    for number, _ in due:
        account = book.accounts[number]
        if account.rows[0].held == 0:
            await lapse(tx, book, account)
            done.append(number)
    await write(tx, book)
    return done
