"""The book as every posting begins with it: all who take part locked, and nothing overdue in it.

A job ends holds and lapses what has expired; but nothing depends on its having run. Whoever debits
an account first lets go what held too long, where it is needed, and first lapses what has expired.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from commonweal.store.core_tables import sqlite_value
from commonweal.store.database import Database
from commonweal.store.transaction import Overtaken, Transaction

from .rules import SERVICE, Order, account_id
from .rules_book import Account, Book, Row
from .rules_lots import Lots, Movement, lots_of
from .statements import instant, locked, numbered
from .tables import Checkpoint, Hold

LAPSING: Final = {
    "postgresql": "SELECT a.lapses_to FROM account a JOIN balance b ON b.account = a.id"
    " WHERE a.id = ANY($1::bigint[]) AND b.next_expiry <= $2",
    "sqlite": "SELECT a.lapses_to FROM account a JOIN balance b ON b.account = a.id"
    " WHERE a.id IN (SELECT value FROM json_each(?)) AND b.next_expiry <= ?",
}
MOVEMENTS: Final = """
    SELECT debit_version, -amount, created_at, expires_at, hold IS NOT NULL, cause FROM transfer
    WHERE debit = $1 AND debit_shard = 0 AND debit_version > $2 AND debit_version <= $3
    UNION ALL
    SELECT credit_version, amount, created_at, expires_at, FALSE, '' FROM transfer
    WHERE credit = $1 AND credit_shard = 0 AND credit_version > $2 AND credit_version <= $3
    ORDER BY 1
"""


class Reading(Protocol):
    """A transaction, or a snapshot."""

    @property
    def database(self) -> Database: ...

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]: ...


async def prepared(tx: Transaction, needs: Mapping[int, int], paid: Collection[int]) -> Book:
    """The book of who pays, and how much of it each needs, and of who is paid. Raises Overtaken."""
    book = await locked(tx, needs, {*paid, *await _lapsing(tx, needs)})
    payers = [book.accounts[number] for number in needs if number in book.accounts]
    holding = [each for each in payers if any(row.held for row in each.rows)]
    short = [each for each in holding if _available(each) < needs[each.id] or due(tx, each)]
    await let_go(tx, book, [each.id for each in short])  # first: what they kept may have expired
    for account in payers:
        await lapse(tx, book, account)
    return book


async def _lapsing(tx: Transaction, needs: Mapping[int, int]) -> set[int]:
    """Where what has expired goes: these accounts are locked with the others, in the one order."""
    sqlite = tx.database.engine == "sqlite"
    values = [str(sorted(needs)), sqlite_value(tx.now)] if sqlite else [sorted(needs), tx.now]
    return {row[0] for row in await tx.fetch(LAPSING[tx.database.engine], values)}


def due(tx: Transaction, account: Account) -> bool:
    """Whether something may have expired in it."""
    at = account.rows[0].next_expiry
    return at is not None and at <= tx.now


def _available(account: Account) -> int:
    return sum(row.available for row in account.rows)


async def let_go(tx: Transaction, book: Book, accounts: Collection[int]) -> int:
    """End the holds of these accounts that are over: how many. Their balances are locked."""
    if not accounts:
        return 0
    over = Hold.filter(account__in=list(accounts), state="held", expires_at__lte=tx.now)
    found = await over.order_by("id")
    book.over += [each.id for each in found]
    for each in found:
        book.accounts[each.account].rows[0].hold(-each.amount)
    return len(found)


async def lapse(tx: Transaction, book: Book, account: Account) -> None:
    """Move what has expired to where it lapses; what live holds keep stays until they end.

    Raises Overtaken where that account is not locked: something began to expire meanwhile.
    """
    if not due(tx, account):
        return
    [row] = account.rows  # one that says where its value lapses has no shards
    if account.lapses_to not in book.accounts:
        raise Overtaken
    lots = await replayed(tx, row, until=row.read[0] if row.read else None)
    lots.replay(  # and what other accounts' lapses brought it, which is only in the book
        Movement(each.credit_version, each.amount, each.created_at, each.expires_at, False)
        for each in book.written
        if each.credit == account.id
    )
    amount = min(lots.expired(tx.now) - row.held, row.available)
    if amount > 0:
        cause = f"{account_id(account.id)}/lapse/{row.version + 1}"
        assert account.lapses_to is not None
        order = Order(
            account.id, account.lapses_to, row.unit, amount, cause, SERVICE, tx.now, own=True
        )
        posted = book.post(order)
        lots.replay([Movement(row.version, -amount, tx.now, None, expired_too=True)])
        book.checkpoints[account.id] = (posted.debit_version, lots.kept())
    row.changing()
    row.next_expiry = lots.next_expiry()


async def replayed(tx: Transaction, row: Row, until: int | None = None) -> Lots:
    """What is left of a locked balance's credits; or what was, after its `until`-th movement."""
    last = row.version if until is None else until
    kept = await Checkpoint.get_or_none(account=row.account, version__lte=last)
    lots = lots_of(kept.lots) if kept else Lots()
    lots.replay(await movements(tx, row.account, kept.version if kept else 0, last))
    return lots


async def movements(tx: Reading, account: int, after: int, last: int) -> list[Movement]:
    """An ordinary account's movements with versions in (after, last], in order."""
    sql, values = numbered(tx.database, MOVEMENTS, account, after, last)
    lapses = f"{account_id(account)}/lapse/"
    return [
        Movement(version, amount, _at(at), instant(expires), bool(held) or cause.startswith(lapses))
        for version, amount, at, expires, held, cause in await tx.fetch(sql, values)
    ]


def _at(value: Any) -> datetime:
    found = instant(value)
    assert found is not None
    return found
