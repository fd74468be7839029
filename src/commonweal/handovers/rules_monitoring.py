"""After the keys: a breach, its notice, the time to cure it, and the way back. Pure.

The states are rules's (breach, curing, reverted); here are its days (design note: assets,
invariant 23). Who comes back to the register, and that the history stays, is the actions' to do.
"""

from dataclasses import dataclass
from datetime import date

from commonweal.handovers.rules import CASE
from commonweal.handovers.rules_defaults import Rules
from commonweal.kernel.calendar import days_of
from commonweal.kernel.errors import UserError, fact


@fact
class NoticeBeforeBreach(UserError):
    says = "The breach was found on {found_on}: no notice of it was served before, on {noticed_on}."
    found_on: str
    noticed_on: str


@fact
class NoticeAhead(UserError):
    says = "A notice has been served or has not: {noticed_on} lies ahead."
    noticed_on: str


@fact
class StillCuring(UserError):
    says = "The group has until {last_day} to put it right, that day included."
    last_day: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Of a breach, with the last day on which it can be put right: kept as it was served."""

    found_on: date
    noticed_on: date
    last_day: date


def served(
    found_on: date, noticed_on: date, today: date, rules: Rules, cure_days: int | None = None
) -> Notice:
    """A notice; `cure_days` are the instrument's own, where it says so. The day does not count.

    Raises NoticeBeforeBreach, NoticeAhead.
    """
    if noticed_on < found_on:
        raise NoticeBeforeBreach(found_on.isoformat(), noticed_on.isoformat())
    if noticed_on > today:
        raise NoticeAhead(noticed_on.isoformat())
    days = rules.cure_days if cure_days is None else cure_days
    return Notice(found_on, noticed_on, days_of(noticed_on, days))


def check_revert(state: str, notice: Notice, today: date) -> str:
    """Where a reversion leads. Raises WrongState before a notice was served, StillCuring."""
    to = CASE.check("revert", state)
    if today <= notice.last_day:
        raise StillCuring(notice.last_day.isoformat())
    return to
