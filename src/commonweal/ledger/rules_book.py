"""What transfers do to the balances of their accounts, and when they are refused for it. Pure.

Rows that are locked go in, orders are applied one after another as if each were alone, and what is
to be written comes out: the same for both engines. What one plain order does stands once more in
each engine's SQL (statements.py), for speed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commonweal.ledger.rules import (
    SERVICE,
    AccountClosed,
    ExpiredAlready,
    NeverLapses,
    NotEnough,
    Order,
    Posted,
    SameAccount,
    TooMuch,
    UnitsDiffer,
    UnknownAccount,
    account_id,
)


@dataclass(slots=True)
class Row:
    """One balance in hand, locked: what its account, or one shard of it, has."""

    account: int
    shard: int
    unit: str
    posted: int
    held: int
    owed: int
    version: int
    floor: int
    ceiling: int
    next_expiry: datetime | None
    read: tuple[int, int] | None = None  # its version and what it held, once it is changed

    @property
    def available(self) -> int:
        """What may be debited; below 0 where it owes."""
        return self.posted - self.held - self.floor

    @property
    def room(self) -> int:
        """What may be credited."""
        return self.ceiling - self.posted

    def changing(self) -> None:
        """Keep it as it was read: the write compares."""
        if self.read is None:
            self.read = (self.version, self.held)

    def add(self, amount: int) -> None:
        """Credit, the next movement of the row's sequence: what is owed is paid first."""
        self.changing()
        self.posted += amount
        self.owed = max(self.owed - amount, 0)
        self.version += 1

    def take(self, amount: int) -> None:
        """Debit, the next movement too; what is below the floor is owed."""
        self.changing()
        self.posted -= amount
        self.owed = max(self.owed, -self.available)
        self.version += 1

    def hold(self, amount: int) -> None:
        """Keep an amount aside, or with a negative one let it go."""
        self.changing()
        self.held += amount
        self.owed = max(self.owed + min(amount, 0), 0)


@dataclass(slots=True)
class Account:
    """An account in hand, with those of its rows that are locked: the first is paid into."""

    id: int
    closed: bool
    shards: int
    lapses_to: int | None
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """Locked accounts, what is posted to them, and what is to be written in the end."""

    now: datetime
    new_id: Callable[[], int]
    accounts: dict[int, Account]
    written: list[Posted] = field(default_factory=list)
    over: list[int] = field(default_factory=list)  # holds
    checkpoints: dict[int, tuple[int, Any]] = field(default_factory=dict)  # version, and lots

    @property
    def changed(self) -> list[Row]:
        """The rows to be written, each once."""
        rows = (row for account in self.accounts.values() for row in account.rows)
        return [row for row in rows if row.read is not None]

    def account(self, number: int, unit: str) -> Account:
        """An account that takes part. Raises UnknownAccount, AccountClosed, UnitsDiffer."""
        found = self.accounts.get(number)
        if found is None:
            raise UnknownAccount(account_id(number))
        if found.closed:
            raise AccountClosed(account_id(number))
        if found.rows[0].unit != unit:
            raise UnitsDiffer(account_id(number))
        return found

    def post(self, order: Order, journal: int | None = None) -> Posted:
        """Apply an order to what is in hand, or refuse it and leave all as it was.

        Raises SameAccount, UnknownAccount, AccountClosed, UnitsDiffer, ExpiredAlready, NeverLapses,
        NotEnough and TooMuch.
        """
        if order.debit == order.credit:
            raise SameAccount(account_id(order.debit))
        payer = self.account(order.debit, order.unit)
        payee = self.account(order.credit, order.unit)
        if order.expires_at and order.expires_at <= self.now and not order.own:
            raise ExpiredAlready(order.expires_at)
        if order.expires_at and payee.lapses_to is None:
            raise NeverLapses(account_id(payee.id))
        available = sum(row.available for row in payer.rows)
        if available < order.amount and not order.may_owe:
            raise NotEnough(account_id(payer.id), max(available, 0), order.amount)
        into = payee.rows[0]
        if into.room < order.amount:
            raise TooMuch(account_id(payee.id), max(into.room, 0), order.amount)
        number = self.new_id()
        self._fold(payer, order, journal or number)
        if order.expires_at and (into.next_expiry is None or order.expires_at < into.next_expiry):
            into.changing()
            into.next_expiry = order.expires_at
        return self._write(number, journal or number, order, payer.rows[0], into)

    def _fold(self, payer: Account, order: Order, journal: int) -> None:
        """Bring together in the first shard what is to be paid from it."""
        first, *others = payer.rows
        for row in others:
            missing = order.amount - first.available
            if missing <= 0:
                return
            if (amount := min(row.available, missing)) > 0:
                self._move(row, first, amount, order.event_at, journal)

    def gather(self, account: Account) -> None:
        """Leave nothing in any shard but the first: what some have pays what others owe."""
        first, *others = account.rows
        journal = self.new_id() if others else 0
        for row in sorted(others, key=lambda each: -each.posted):
            if row.posted > 0:
                self._move(row, first, row.posted, self.now, journal)
            elif row.posted < 0:
                self._move(first, row, -row.posted, self.now, journal)

    def _move(self, out: Row, into: Row, amount: int, event_at: datetime, journal: int) -> None:
        """Between two shards of an account: a transfer, so that each has a sequence of its own."""
        cause = f"{account_id(out.account)}/fold/{out.shard}/{out.version + 1}"
        order = Order(
            out.account, into.account, out.unit, amount, cause, SERVICE, event_at, own=True
        )
        self._write(self.new_id(), journal, order, out, into)

    def _write(self, number: int, journal: int, order: Order, out: Row, into: Row) -> Posted:
        out.take(order.amount)
        into.add(order.amount)
        posted = Posted(
            number, journal, order.cause, order.unit, order.amount, order.event_at, self.now,
            order.actor, order.expires_at, order.hold, order.reverses, order.reversal,
            out.account, out.shard, out.version, out.posted,
            into.account, into.shard, into.version, into.posted,
        )  # fmt: skip
        self.written.append(posted)
        return posted
