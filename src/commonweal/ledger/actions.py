"""The ways to move value: `post` one order, `post_all` or none, `post_many` each alone; and an
account's opening, bounds and closing. Holds, lapses and reversals stand in the modules beside it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.kernel.errors import UserError
from commonweal.store.transaction import Transaction

from .preparing import prepared
from .rules import (
    SHARDS,
    AccountClosed,
    BoundsCrossed,
    CauseReused,
    NotEmpty,
    Order,
    Posted,
    TakesLapses,
    UnitsDiffer,
    UnknownAccount,
    account_id,
    checked_bounds,
    checked_words,
)
from .rules_book import Account, Book
from .statements import at_once, locked, posted_for, write
from .tables import Account as AccountRow
from .tables import Balance as BalanceRow

NO_CEILING: Final = MOST_AMOUNT


async def open_account(
    tx: Transaction,
    *,
    kind: str,
    owner: str,
    unit: str,
    floor: int = 0,
    ceiling: int = NO_CEILING,
    lapses_to: int | None = None,
    hot: bool = False,
) -> int:
    """A new account's id. `hot` is one that everybody pays: it has no other bounds than floor 0.

    Raises BoundsCrossed where 0 is not within them; UnknownAccount, AccountClosed,
    UnitsDiffer and TakesLapses where nothing can lapse to the account that is named for it.
    """
    checked_words(kind, owner, unit)
    checked_bounds(floor, ceiling)
    if not floor <= 0 <= ceiling:  # it begins with nothing
        raise BoundsCrossed
    if hot and lapses_to is not None:
        raise ValueError("an account of several shards has no one balance that could lapse")
    if lapses_to is not None:
        row = _open(await locked(tx, [lapses_to], ()), lapses_to).rows[0]
        if row.unit != unit:
            raise UnitsDiffer(account_id(lapses_to))
        if row.ceiling < NO_CEILING:  # full, it would hold up every debit of who lapses to it
            raise TakesLapses(account_id(lapses_to))
    shards = SHARDS if hot and tx.database.engine == "postgresql" else 1
    number = tx.new_id()
    await AccountRow.create(
        id=number, kind=kind, owner=owner, unit=unit, shards=shards, lapses_to=lapses_to,
        opened_at=tx.now,
    )  # fmt: skip
    empty = {"unit": unit, "posted": 0, "held": 0, "owed": 0, "version": 0}
    bounds = {"floor": 0, "ceiling": NO_CEILING} if hot else {"floor": floor, "ceiling": ceiling}
    numbers = range(1, shards + 1) if shards > 1 else (0,)
    rows = [BalanceRow(account=number, shard=n, **empty, **bounds) for n in numbers]
    await BalanceRow.bulk_create(rows)
    return number


async def set_bounds(tx: Transaction, account: int, floor: int, ceiling: int) -> None:
    """Bound an ordinary account anew.

    Raises UnknownAccount, AccountClosed, BoundsCrossed, DaySealed where something lapses, and
    TakesLapses for a ceiling.
    """
    book, found = await _settled(tx, account)
    checked_bounds(floor, ceiling)
    if ceiling < NO_CEILING:
        await _takes_no_lapses(account)
    row = found.rows[0]
    if found.shards > 1 or row.posted - row.held + row.owed < floor or row.posted > ceiling:
        raise BoundsCrossed
    await write(tx, book)
    owed = max(floor - row.posted + row.held, 0)  # below a lower floor there is less
    await BalanceRow.filter(account=account).update(floor=floor, ceiling=ceiling, owed=owed)


async def close_account(tx: Transaction, account: int) -> None:
    """Close an account with nothing in it; its bounds leave no room for anything afterwards.

    Raises UnknownAccount, AccountClosed, NotEmpty, TakesLapses, and DaySealed where it lapses.
    """
    book, found = await _settled(tx, account)
    await _takes_no_lapses(account)
    if sum(row.posted for row in found.rows) == 0:  # what a shard owes, another may have
        book.gather(found)
    if any(row.posted or row.held or row.owed for row in found.rows):
        raise NotEmpty(account_id(account))
    await write(tx, book)
    await BalanceRow.filter(account=account).update(floor=0, ceiling=0)
    await AccountRow.filter(id=account).update(closed_at=tx.now)


async def _takes_no_lapses(number: int) -> None:
    """Its balance is locked, and who opens an account that lapses to it locks that too."""
    if await AccountRow.filter(lapses_to=number, closed_at=None).exists():
        raise TakesLapses(account_id(number))


async def _settled(tx: Transaction, number: int) -> tuple[Book, Account]:
    """An account as if all of it were needed: no hold of it is over, and nothing has expired."""
    book = await prepared(tx, {number: NO_CEILING}, ())
    return book, _open(book, number)


def _open(book: Book, number: int) -> Account:
    if number not in book.accounts:
        raise UnknownAccount(account_id(number))
    if book.accounts[number].closed:
        raise AccountClosed(account_id(number))
    return book.accounts[number]


async def post(tx: Transaction, order: Order) -> Posted:
    """Move an amount, once for its cause: asked again it answers what was posted, `replayed`.

    Raises CauseReused, SameAccount, UnknownAccount, AccountClosed, UnitsDiffer, ExpiredAlready,
    NeverLapses, NotEnough, TooMuch and DaySealed.
    """
    return await at_once(tx, order) or (await post_all(tx, [order]))[0]


async def post_all(tx: Transaction, orders: Sequence[Order]) -> list[Posted]:
    """Transfers of one journal, all or none. Raises as `post`."""
    return all_or_none(await _posted(tx, orders, together=True))


def all_or_none(done: Sequence[Posted | UserError]) -> list[Posted]:
    """What was posted. Raises the first refusal, with which the transaction ends."""
    for each in done:
        if isinstance(each, UserError):
            raise each
    return [each for each in done if isinstance(each, Posted)]


async def post_many(tx: Transaction, orders: Sequence[Order]) -> list[Posted | UserError]:
    """Independent transfers, one after another as if each came alone: what became of each.

    Raises DaySealed for all of them.
    """
    return await _posted(tx, orders, together=False)


async def _posted(
    tx: Transaction, orders: Sequence[Order], *, together: bool
) -> list[Posted | UserError]:
    needs: Counter[int] = Counter()
    for order in orders:
        if order.special:
            raise ValueError("holds are settled, and transfers reversed, by actions of their own")
        needs[order.debit] += order.amount
    book = await prepared(tx, needs, {order.credit for order in orders})
    there = await posted_for(tx, [order.cause for order in orders])  # what was committed meanwhile
    journal = tx.new_id() if together and len(orders) > 1 else None
    done = posted_in(book, there, orders, journal)
    if not (together and any(isinstance(each, UserError) for each in done)):
        await write(tx, book)
    return done


def posted_in(
    book: Book, there: Mapping[str, Posted], orders: Sequence[Order], journal: int | None = None
) -> list[Posted | UserError]:
    """Apply orders to the book, one after another; `there` is what their causes stand for."""
    known = dict(there)
    done: list[Posted | UserError] = []
    for order in orders:
        try:
            if before := known.get(order.cause):
                if not order.same_as(before):
                    raise CauseReused
                done.append(before.again())
            else:
                known[order.cause] = book.post(order, journal)
                done.append(known[order.cause])
        except UserError as refusal:
            done.append(refusal)
    return done
