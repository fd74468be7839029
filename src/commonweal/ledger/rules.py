"""What a transfer is, when it is refused, and what it does to the balances of its two accounts.

`Book` is the arithmetic: rows that are locked go in, orders are applied one after another as if
each were alone, and what is to be written comes out. Pure, and the same for both engines. What one
plain order does stands once more in each engine's SQL (statements.py), for speed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import id_writer
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit

CAUSE_CHARACTERS: Final = limit(
    "cause of a transfer", 96, "characters", "two ids and a word; what reverses it has more"
)
UNBOUNDED: Final = -MOST_AMOUNT  # the floor of what issues value
SHARDS: Final = 32  # of an account that everybody pays: more payers at once than connections
OWN: Final = ("/fold/", "/lapse/", "/reversal/")  # in the causes that the ledger makes itself
SERVICE: Final = "service"  # who acts where a date does, and nobody

account_id: Final = id_writer("acc")


@fact
class NotATransferAmount(UserError):
    says = "A transfer moves a whole number from 1 to {most}; it was {given}."
    given: str
    most: int = MOST_AMOUNT


@fact
class CauseLength(UserError):
    says = "The cause of a transfer has 1 to {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class CauseReserved(UserError):
    says = "The cause of a transfer has none of {own} in it: the ledger writes these itself."
    own: list[str]


@fact
class SameAccount(UserError):
    says = "A transfer is from one account to another; {account} stands on both sides."
    account: str


@fact
class UnknownAccount(UserError):
    says = "There is no account {account}."
    account: str


@fact
class AccountClosed(UserError):
    says = "The account {account} is closed."
    account: str


@fact
class UnitsDiffer(UserError):
    says = "{account} holds another unit than the transfer's."
    account: str


@fact
class NotEnough(UserError):
    says = "There is {available} available in {account}, and {needed} is needed."
    account: str
    available: int
    needed: int


@fact
class TooMuch(UserError):
    says = "{account} has room for {room} more, and {given} was to be added."
    account: str
    room: int
    given: int


@fact
class CauseReused(UserError):
    says = "This was done already, and with another amount or other accounts."


@fact
class NeverLapses(UserError):
    says = "{account} says nowhere to lapse to: what it is given may not expire."
    account: str


@fact
class TakesLapses(UserError):
    says = "What expires elsewhere lapses to {account}: it has no ceiling, and stays open for it."
    account: str


@fact
class BoundsCrossed(UserError):
    says = (
        "An account's floor is not above its ceiling, they are not both 0, and what it has lies"
        " between them."
    )


@fact
class NotEmpty(UserError):
    says = "There is something in {account}: move it out, or end its holds, before it is closed."
    account: str


@fact
class HoldOver(UserError):
    says = "The hold is over since {since}."
    since: datetime


@fact
class SettlesTooMuch(UserError):
    says = "The hold keeps {held}, and {needed} was to be settled by it."
    held: int
    needed: int


@fact
class NothingToReverse(UserError):
    says = "Nothing was posted for that cause."


@fact
class ReversalReversed(UserError):
    says = "This takes a transfer back. What takes back is not taken back: post a new transfer."


@fact
class MoreThanLeft(UserError):
    says = "There is {left} left of the transfer to take back, and {given} was asked for."
    left: int
    given: int


HOLD: Final = Lifecycle(
    noun="hold",
    states=("held", "settled", "voided", "expired"),
    initial="held",
    moves=(
        Move("settle", "held", to="settled", says="part or all of it is posted, the rest let go"),
        Move("void", "held", to="voided", says="whoever placed it lets it go"),
        Move("expire", "held", to="expired", says="its time is over"),
    ),
)


@dataclass(frozen=True, slots=True)
class Order:
    """A transfer that is asked for: `amount` of `unit` from the account `debit` to `credit`.

    `cause` is what in the world it records: it happens once, whoever asks how often. `expires_at`
    is when the credited account loses what is left. Raises NotATransferAmount, CauseLength and
    CauseReserved.
    """

    debit: int
    credit: int
    unit: str
    amount: int
    cause: str
    actor: str
    event_at: datetime
    expires_at: datetime | None = None
    hold: int | None = None  # which it settles
    reverses: int | None = None  # the transfer that it takes back, as the `reversal`-th to do so
    reversal: int | None = None
    may_owe: bool = False  # the debited account may end below its floor, and then owes the rest
    own: bool = False  # the ledger's: a fold, a lapse or a reversal

    def __post_init__(self) -> None:
        checked_amount(self.amount)
        if not self.own:
            checked_cause(self.cause)

    def same_as(self, posted: "Posted") -> bool:
        """Whether that is what this asks for: a cause stands for accounts, unit and amount."""
        mine = (self.debit, self.credit, self.unit, self.amount)
        return mine == (posted.debit, posted.credit, posted.unit, posted.amount)


def checked_amount(amount: object) -> int:
    """The amount of a transfer or a hold. Raises NotATransferAmount."""
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise NotATransferAmount(f"a {type(amount).__name__}")
    if not 1 <= amount <= MOST_AMOUNT:
        raise NotATransferAmount("less than 1" if amount < 1 else "more than that")
    return amount


def checked_bounds(floor: int, ceiling: int) -> None:
    """Raises BoundsCrossed, also for 0 and 0, which are a closed account's."""
    if not UNBOUNDED <= floor <= ceiling <= MOST_AMOUNT or floor == ceiling == 0:
        raise BoundsCrossed


def checked_cause(cause: str) -> str:
    """Raises CauseLength and CauseReserved."""
    if not 1 <= len(cause) <= CAUSE_CHARACTERS.value:
        raise CauseLength(CAUSE_CHARACTERS.value, len(cause))
    if any(word in cause for word in OWN):
        raise CauseReserved(list(OWN))
    return cause


@dataclass(frozen=True, slots=True)
class Posted:
    """A transfer as it is kept; `replayed` if it was there before it was asked for."""

    id: int
    journal: int
    cause: str
    unit: str
    amount: int
    event_at: datetime
    created_at: datetime
    actor: str
    expires_at: datetime | None
    hold: int | None
    reverses: int | None
    reversal: int | None
    debit: int
    debit_shard: int
    debit_version: int
    debit_after: int
    credit: int
    credit_shard: int
    credit_version: int
    credit_after: int
    replayed: bool = False

    def again(self) -> "Posted":
        """As it is answered to who asks for it once more."""
        return replace(self, replayed=True)


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
    before: "Row | None" = None  # as it was read, once it is changed

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
        if self.before is None:
            self.before = replace(self)

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
        return [row for row in rows if row.before is not None]

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

        Raises SameAccount, UnknownAccount, AccountClosed, UnitsDiffer, NeverLapses, NotEnough and
        TooMuch.
        """
        if order.debit == order.credit:
            raise SameAccount(account_id(order.debit))
        payer = self.account(order.debit, order.unit)
        payee = self.account(order.credit, order.unit)
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
                cause = f"{account_id(payer.id)}/fold/{row.shard}/{row.version + 1}"
                part = replace(
                    order, credit=payer.id, cause=cause, amount=amount, actor=SERVICE,
                    expires_at=None, hold=None, reverses=None, reversal=None, own=True,
                )  # fmt: skip
                self._write(self.new_id(), journal, part, row, first)

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


def in_lock_order(accounts: Iterable[Account]) -> Sequence[Account]:
    """Ordinary accounts by id, then sharded ones: everywhere, before the first change."""
    return sorted(accounts, key=lambda each: (each.shards > 1, each.id))
