"""Recurring shifts: which days a rule means, and at which instants they begin there. Pure.

A rule is an RRULE (RFC 5545, 3.3.10) of days, without a time; the time is the clock's on the wall,
in summer and in winter. What the clock leaves out in spring begins as long after it was put on: for
01:30 at 02:30; of what it shows twice in autumn the first is meant (as RFC 5545, 3.3.5, has it).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

RULE: Final = limit("rule of a series", 200, "characters", "RFC 5545 in practice: 60")
PLANNED: Final = limit("days for which a series has shifts", 91, "days", "a quarter's rota")
READ: Final = limit("days that a rule is read for", 4_000, "days", "a daily one for ten years")
WEEKDAY: Final = "(MO|TU|WE|TH|FR|SA|SU)"
MONTH_DAY: Final = "-?([1-9]|[12][0-9]|3[01])"
MONTH: Final = "([1-9]|1[0-2])"
# What may be said, and how. Tighter than RFC 5545: its reader would look for a day that there never
# is until the year 9999, and of an interval of none it finds the same day without end.
VALUES: Final = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": "[1-9][0-9]?",
    "COUNT": "[1-9][0-9]{0,3}",
    "UNTIL": "[0-9]{8}",
    "BYDAY": f"(-?[1-5])?{WEEKDAY}(,(-?[1-5])?{WEEKDAY})*",
    "BYMONTHDAY": f"{MONTH_DAY}(,{MONTH_DAY})*",
    "BYMONTH": f"{MONTH}(,{MONTH})*",
    "WKST": WEEKDAY,
}
LEAP: Final = 2028  # has every day that there is


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
