"""Counting days as the law counts them; design note `domain/assets.md` 2.8 has the vectors.

    "six weeks beginning with D"    D is the first day        weeks_beginning_with(D, 6)
    "within eight weeks of D"       D does not count          weeks_of(D, 8)

Every function takes a civil day and answers the last day of the period, which belongs to it whole:
`end_of_day` is the instant at which it is over. A period may end on a Sunday; the working day
on or before is only a kindness to whoever must act. Which days are holidays, and where, is the
caller's to know.
"""

import calendar
from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CIVIL_ZONE = ZoneInfo("Europe/London")  # whose days are meant; migration 0000 says it in SQL
ONE_DAY = timedelta(days=1)
SATURDAY = 5  # as date.weekday() counts


def civil_day(instant: datetime) -> date:
    """The day that an instant lies in, where the service is."""
    return instant.astimezone(CIVIL_ZONE).date()


def weeks_beginning_with(start: date, weeks: int) -> date:
    """The last day of so many weeks of which `start` is the first day."""
    return weeks_of(start, _some(weeks)) - ONE_DAY


def months_beginning_with(start: date, months: int) -> date:
    """The last day of so many months of which `start` is the first day.

    It is the day before the same-numbered day, or the last day of a month that is too short to
    have that number: from 31 August six months end on 28 February, in a leap year on the 29th.
    """
    years, month = divmod(start.month - 1 + _some(months), 12)
    year, month = start.year + years, month + 1
    days = calendar.monthrange(year, month)[1]
    if start.day > days:
        return date(year, month, days)
    return date(year, month, start.day) - ONE_DAY


def years_beginning_with(start: date, years: int) -> date:
    """The last day of so many years of which `start` is the first day."""
    return months_beginning_with(start, 12 * years)


def weeks_of(start: date, weeks: int) -> date:
    """The last day "within so many weeks of", or after, `start`, which does not count."""
    return start + timedelta(weeks=weeks)


def days_of(start: date, days: int) -> date:
    """The last day "within so many days of", or after, `start`, which does not count."""
    return start + timedelta(days=days)


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Neither at the weekend nor a holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def working_days_beginning_with(start: date, days: int, holidays: Container[date]) -> date:
    """The last of so many working days; `start` is the first of them, if it is one."""
    day = start - ONE_DAY
    for _ in range(_some(days)):
        day += ONE_DAY
        while not is_working_day(day, holidays):
            day += ONE_DAY
    return day


def working_day_on_or_before(day: date, holidays: Container[date]) -> date:
    """The day to act by when a period ends on `day`."""
    while not is_working_day(day, holidays):
        day -= ONE_DAY
    return day


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the next civil day begins in `zone`; `day` ends before it."""
    return datetime.combine(day + ONE_DAY, time.min, zone).astimezone(UTC)


def last_day(until: datetime) -> date:
    """The last civil day of which any is before an instant, where the service is."""
    return civil_day(until - timedelta.resolution)


def within(instant: datetime, start: datetime, until: datetime) -> bool:
    """Whether `start` <= `instant` < `until`: of two adjoining periods, exactly one has it."""
    return start <= instant < until


def _some(count: int) -> int:
    if count < 1:
        raise ValueError(f"a period that begins with a day has at least one of its unit: {count}")
    return count
