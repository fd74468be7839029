"""Holds: an amount kept aside, so that who waits for the balance's row sees it.

A hold ends once: settled in whole or part, voided, or over. Its state changes only while its
account's balance is locked, and `held` on that row with it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tortoise.exceptions import IntegrityError

from commonweal.store.moves import move
from commonweal.store.sweeping import SWEPT_AT_ONCE
from commonweal.store.transaction import Transaction

from .actions import all_or_none, posted_in
from .preparing import let_go, prepared
from .rules import (
    HOLD,
    CauseReused,
    HoldOver,
    NotEnough,
    Order,
    Posted,
    SettlesTooMuch,
    UnknownHold,
    account_id,
    checked_amount,
    checked_cause,
    checked_words,
)
from .statements import locked, overtaken, posted_for, write
from .tables import Hold


async def place_hold(
    tx: Transaction,
    *,
    account: int,
    unit: str,
    amount: int,
    cause: str,
    actor: str,
    expires_at: datetime,
) -> Hold:
    """Keep an amount aside until an instant, once for its cause.

    Raises CauseLength, CauseNotPlain, CauseReserved, CauseReused, UnknownAccount, AccountClosed,
    UnitsDiffer, NotEnough, DaySealed, HoldOver where the instant has passed, and ValueError for an
    account of several shards, which has no one balance.
    """
    checked_amount(amount)
    checked_cause(cause)
    checked_words(actor, unit)
    book = await prepared(tx, {account: amount}, ())
    if before := await Hold.get_or_none(cause=cause):
        same = (before.account, before.amount) == (account, amount)
        if not same or book.accounts[account].rows[0].unit != unit:
            raise CauseReused
        await write(tx, book)  # what was overdue is done, whoever asked
        return before
    found = book.account(account, unit)
    if found.shards > 1:
        raise ValueError("an account of several shards holds nothing back")
    if expires_at <= tx.now:
        raise HoldOver(expires_at)
    [row] = found.rows
    if row.available < amount:
        raise NotEnough(account_id(account), max(row.available, 0), amount)
    row.hold(amount)
    await write(tx, book)
    try:
        return await Hold.create(
            id=tx.new_id(), account=account, amount=amount, cause=cause, actor=actor, state="held",
            created_at=tx.now, expires_at=expires_at,
        )  # fmt: skip
    except IntegrityError as error:  # another account's hold has the cause
        raise overtaken(error) from error


async def settle_hold(tx: Transaction, hold_id: int, orders: Sequence[Order]) -> list[Posted]:
    """End a hold by what it was kept for: transfers of its account, together at most its amount.

    Asked again with the same causes it answers what was posted. Raises UnknownHold, WrongState,
    HoldOver, SettlesTooMuch, CauseReused, and as `post` does; ValueError for no transfer at all.
    """
    hold = await _there(hold_id)
    if not orders:
        raise ValueError("a hold that is settled by nothing is voided")
    needed = sum(order.amount for order in orders)
    if needed > hold.amount:
        raise SettlesTooMuch(hold.amount, needed)
    if any(order.debit != hold.account for order in orders):
        raise ValueError("a hold settles transfers of its own account")
    orders = [replace(order, hold=hold.id) for order in orders]
    book = await prepared(tx, {hold.account: 0}, {order.credit for order in orders})
    there = await posted_for(tx, [order.cause for order in orders])
    if there:
        before = [there.get(each.cause) for each in orders]
        if any(each is None or each.hold != hold.id for each in before):
            raise CauseReused
        await write(tx, book)  # what was overdue is done, whoever asked
        return all_or_none(posted_in(book, there, orders))
    await hold.refresh_from_db()
    if hold.state in ("held", "expired") and hold.expires_at <= tx.now:
        raise HoldOver(hold.expires_at)
    HOLD.check("settle", hold.state)
    book.accounts[hold.account].rows[0].hold(-hold.amount)
    done = all_or_none(posted_in(book, {}, orders, tx.new_id()))
    await move(hold, HOLD, "settle", ended_at=tx.now)
    await write(tx, book)
    return done


async def void_hold(tx: Transaction, hold_id: int) -> Hold:
    """Let a hold go. Raises UnknownHold, and WrongState where it has ended."""
    hold = await _there(hold_id)
    book = await locked(tx, [hold.account], ())
    await hold.refresh_from_db()
    await move(hold, HOLD, "void", ended_at=tx.now)
    book.accounts[hold.account].rows[0].hold(-hold.amount)
    await write(tx, book)
    return hold


async def _there(hold_id: int) -> Hold:
    if hold := await Hold.get_or_none(id=hold_id):
        return hold
    raise UnknownHold


async def expire_holds(tx: Transaction) -> int:
    """End a batch of holds whose time is over: how many. For the job."""
    over = Hold.filter(state="held", expires_at__lte=tx.now).order_by("expires_at")
    accounts = {each.account for each in await over.limit(SWEPT_AT_ONCE)}
    book = await locked(tx, accounts, ())
    done = await let_go(tx, book, accounts)
    await write(tx, book)
    return done
