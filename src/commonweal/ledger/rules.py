"""What a transfer is, what it is asked for with, and with which facts it is refused.

What it does to balances is `rules_book.py`, and what is left of credits that expire
`rules_lots.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import id_writer
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit

CAUSE_CHARACTERS: Final = limit(
    "cause of a transfer", 96, "characters", "two ids and a word; what reverses it has more"
)
WORD_CHARACTERS: Final = 64  # of the columns of actors, owners, units
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
class CauseNotPlain(UserError):
    says = "The cause of a transfer is written in printable ASCII."


@fact
class CauseReserved(UserError):
    says = "The cause of a transfer has none of {own} in it: the ledger writes these itself."
    own: str = " ".join(OWN)


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
class ExpiredAlready(UserError):
    says = "What is given would have expired at {expires_at}, before it is there."
    expires_at: datetime


@fact
class DaySealed(UserError):
    says = (
        "Nothing can be posted now: the database's clock stands on a day that was sealed already."
        " Whoever runs the service has to set it right."
    )


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
    says = "{account} has or owes something: move it, or end its holds, before it is closed."
    account: str


@fact
class UnknownHold(UserError):
    says = "There is no such hold."


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
    is when the credited account loses what is left. Raises NotATransferAmount, CauseLength,
    CauseNotPlain and CauseReserved; ValueError for an actor that is no id, and an instant that has
    no zone.
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
        checked_words(self.actor, self.unit)
        if self.event_at.tzinfo is None or (self.expires_at and self.expires_at.tzinfo is None):
            raise ValueError("an instant without a zone")

    @property
    def special(self) -> bool:
        """Whether it settles a hold, reverses, folds or lapses: that has actions of its own."""
        return bool(self.own or self.hold or self.reverses or self.reversal)

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
    if type(floor) is not int or type(ceiling) is not int:
        raise BoundsCrossed
    if not UNBOUNDED <= floor <= ceiling <= MOST_AMOUNT or floor == ceiling == 0:
        raise BoundsCrossed


def checked_cause(cause: str) -> str:
    """Raises CauseLength, CauseNotPlain and CauseReserved."""
    if not 1 <= len(cause) <= CAUSE_CHARACTERS.value:
        raise CauseLength(CAUSE_CHARACTERS.value, len(cause))
    if not plain(cause):
        raise CauseNotPlain
    if any(word in cause for word in OWN):
        raise CauseReserved
    return cause


def checked_words(*words: str) -> None:
    """Actors, owners, kinds and units: ids, or words of ours. Raises ValueError."""
    if not all(1 <= len(word) <= WORD_CHARACTERS and plain(word) for word in words):
        raise ValueError("an actor, an owner, a kind or a unit is an id, or a word")


def plain(text: str) -> bool:
    """Whether it is the same text wherever it is kept: no NUL, no mark, no half of a character."""
    return text.isascii() and text.isprintable()


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
