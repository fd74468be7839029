"""Taking a transfer back, in whole or part: transfers the other way, bounded by what is left.

What was spent comes back with the expiries that it had. A reversal is not reversed.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from commonweal.store.transaction import Transaction

from .actions import all_or_none, posted_in
from .preparing import movements, prepared, replayed
from .rules import (
    CauseReused,
    MoreThanLeft,
    NothingToReverse,
    Order,
    Posted,
    ReversalReversed,
    checked_amount,
    plain,
)
from .rules_book import Book
from .rules_lots import Lot, Lots
from .statements import posted_for, reversals_of, write


async def reverse(
    tx: Transaction,
    cause: str,
    *,
    actor: str,
    event_at: datetime,
    amount: int | None = None,
    number: int | None = None,
    grace: timedelta = timedelta(0),
    may_owe: bool = False,
) -> list[Posted]:
    """Take back what was posted for a cause: all that is left of it, or an amount.

    It is one transfer for each expiry that was spent, under one journal; what has expired since
    comes back for the `grace` from now. `number` makes it happen once: as the how-manieth to take
    it back. With `may_owe` the account that loses it may end below its floor.

    Raises NothingToReverse, ReversalReversed, MoreThanLeft, CauseReused, and as `post` does.
    """
    there = await posted_for(tx, [cause]) if plain(cause) else {}
    if cause not in there:
        raise NothingToReverse
    whole = there[cause]
    if whole.reverses is not None:
        raise ReversalReversed
    wanted = whole.amount if amount is None else checked_amount(amount)
    # both its accounts are locked, and so nobody else takes it back meanwhile
    book = await prepared(tx, {whole.credit: wanted, whole.debit: 0}, ())
    before = await reversals_of(tx, whole.id)
    if number is not None and (again := _same(before, number)):
        if amount is not None and sum(each.amount for each in again) != amount:
            raise CauseReused
        await write(tx, book)  # what was overdue is done, whoever asked
        return again
    done = sum(each.amount for each in before)
    left = whole.amount - done
    if amount is None:
        wanted = left
    if wanted > left or not left:
        raise MoreThanLeft(left, wanted)
    if number not in (None, len(_journals(before)) + 1):
        raise CauseReused
    first = len(before) + 1
    parts = [
        (tx.now + grace if at is not None and at <= tx.now else at, part)
        for at, part in await _parts(tx, book, whole, done, wanted)
    ]
    back = Order(
        whole.credit, whole.debit, whole.unit, wanted, cause, actor, event_at,
        reverses=whole.id, may_owe=may_owe, own=True,
    )  # fmt: skip
    orders = [
        replace(back, cause=f"{cause}/reversal/{n}", amount=part, expires_at=at, reversal=n)
        for n, (at, part) in enumerate(parts, first)
    ]
    posted = all_or_none(posted_in(book, {}, orders, tx.new_id() if len(orders) > 1 else None))
    await write(tx, book)
    return posted


def _same(before: list[Posted], number: int) -> list[Posted]:
    """The transfers of the `number`-th reversal, where it was made already."""
    journal = _journals(before)[number - 1 : number] if number > 0 else []
    return [each for each in before if each.journal in journal]


def _journals(before: list[Posted]) -> list[int]:
    """A reversal is a journal, whatever number of transfers it is."""
    return list(dict.fromkeys(each.journal for each in before))


async def _parts(tx: Transaction, book: Book, whole: Posted, done: int, wanted: int) -> list[Lot]:
    """With which expiries it comes back: what lasted longest first, after what came back before."""
    payer = book.accounts[whole.debit]
    if payer.lapses_to is None:
        return [(None, wanted)]
    spent = await _spent(tx, book, whole)
    parts: list[Lot] = []
    for expires_at, there in reversed(spent):
        skipped = min(done, there)
        done -= skipped
        part = min(there - skipped, wanted)
        wanted -= part
        if part:
            parts.append((expires_at, part))
    if wanted:  # it was spent beyond what there was: an overdraft has no expiry
        parts.append((None, wanted))
    return parts


async def _spent(tx: Transaction, book: Book, whole: Posted) -> list[Lot]:
    """What a transfer took from its payer: an expiry and an amount each, the soonest first."""
    [row] = book.accounts[whole.debit].rows
    lots: Lots = await replayed(tx, row, until=whole.debit_version - 1)
    steps = await movements(tx, whole.debit, whole.debit_version - 1, whole.debit_version)
    return lots.replay(steps)
