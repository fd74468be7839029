"""After the keys: a breach, its notice, the time to cure it, and the way back. Pure.

The states are rules's (breach, curing, reverted); here are its days (design note: assets,
invariant 23). Who comes back to the register, and that the history stays, is the actions' to do.
"""

from datetime import date

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


def last_day_to_cure(
    found_on: date, noticed_on: date, today: date, rules: Rules, cure_days: int | None = None
) -> date:
    """By which a breach of which notice is served is put right; the notice's day does not count.

    `cure_days` are the instrument's own, where it says so. Raises NoticeBeforeBreach, NoticeAhead.
    """
    if noticed_on < found_on:
        raise NoticeBeforeBreach(found_on.isoformat(), noticed_on.isoformat())
    if noticed_on > today:
        raise NoticeAhead(noticed_on.isoformat())
    return days_of(noticed_on, rules.cure_days if cure_days is None else cure_days)


def check_uncured(last_day: date, today: date) -> None:
    """Nothing comes back while it can still be put right. Raises StillCuring."""
    if today <= last_day:
        raise StillCuring(last_day.isoformat())
