"""Recurring shifts: which days a rule means, and at which instants they begin there. Pure.

A rule is an RRULE (RFC 5545, 3.3.10) of days, without a time; the time is the clock's on the wall,
in summer and in winter. What the clock leaves out in spring begins when it goes on; of what it
shows twice in autumn the first is meant (as RFC 5545, 3.3.5, has it).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

RULE: Final = limit("rule of a series", 200, "characters", "RFC 5545 in practice: 60")
PLANNED: Final = limit("days for which a series has shifts", 91, "days", "a quarter's rota")
READ: Final = limit("days that a rule is read for", 4_000, "days", "a daily one for ten years")
KEYS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST")
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


@fact
class RecurrenceUnfit(UserError):
    says = (
        "This is no rule of days as RFC 5545 has it: FREQ=WEEKLY;BYDAY=SA for one, with {keys}, "
        "and UNTIL as a day, 20270331."
    )
    keys: str


@fact
class RecurrenceEmpty(UserError):
    says = "This rule means no day from {day} on, within {days} days."
    day: str
    days: int


@fact
class NotInSeries(UserError):
    says = "This shift is not one of a series: change it alone."


def ends_of(rule: str) -> bool:
    """Whether it comes to an end by itself."""
    return "COUNT=" in rule or "UNTIL=" in rule


def instants(day: date, starts_minute: int, minutes: int) -> tuple[datetime, datetime]:
    """When a shift of a day begins and ends, in UTC: it is as long as it is on every other day."""
    hour, minute = divmod(starts_minute, 60)
    there = datetime(day.year, day.month, day.day, hour, minute, tzinfo=CIVIL_ZONE)
    starts_at = there.astimezone(UTC)
    return starts_at, starts_at + timedelta(minutes=minutes)
