"""Expenses: what a volunteer paid, and gets back. Pure. Whole pence.

What is given beyond expenses would be income (nidirect, on volunteering and benefits): so there is
a receipt or a reason, somebody else approves, and it is paid once, with the bank's reference.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.volunteering.rules import SINCE

PENCE: Final = limit("one expense", 50_000, "pence", "a coach for a day out")
WHAT: Final = limit("words of an expense", 200, "characters", "two lines")
REFERENCE: Final = limit("bank reference of a payment", 100, "characters", "a batch's name")
SPENT: Final = limit("days until an expense is claimed", 90, "days", "a quarter's receipts")
kept("expenses", None, SINCE, "an organisation accounts for what it paid, by number")


class ExpenseState(StrEnum):
    """What was said of it."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    PAID = "paid"


EXPENSE: Final = Lifecycle(
    noun="expense",
    states=tuple(state.value for state in ExpenseState),
    initial="submitted",
    moves=(
        Move("approve", "submitted", to="approved", says="it is owed to whoever paid it"),
        Move("decline", "submitted", "approved", to="declined", says="with a reason"),
        Move("withdraw", "submitted", to="withdrawn", says="by who claimed it"),
        Move("pay", "approved", to="paid", says="once, with the bank's reference"),
    ),
)


@fact
class PenceUnfit(UserError):
    says = "An expense is 1 to {most:,} pence."
    most: int


@fact
class SpentTooLongAgo(UserError):
    says = "Expenses are claimed within {days} days of the shift, once it has begun."
    days: int


@fact
class NoReceipt(UserError):
    says = "The receipt is a file that you brought yourself."


@fact
class OwnExpense(UserError):
    says = "Nobody approves their own expenses, or those of their household."


@fact
class NothingToPay(UserError):
    says = "Nothing is approved that is not paid yet."


def checked_pence(pence: int) -> int:
    """Raises PenceUnfit."""
    if not 1 <= pence <= PENCE.value:
        raise PenceUnfit(PENCE.value).at("input", "pence")
    return pence


def check_spent(starts_at: datetime, now: datetime) -> None:
    """Raises SpentTooLongAgo."""
    if not starts_at <= now <= starts_at + timedelta(days=SPENT.value):
        raise SpentTooLongAgo(SPENT.value)
