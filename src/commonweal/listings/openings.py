"""When something can be visited: rules in civil time, weekly or for one day. Pure.

A rule for a day stands before the weekly ones on that day, and one without times says that it is
closed then. Search asks the rules themselves about a civil day or minute (`queries.visitable`), so
that the answer is right for any day, and no clock change moves a door. Imports the kernel only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE, civil_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

MAX_AHEAD_DAYS: Final = limit(
    "days ahead of an opening", 366, "days", "a year, as far as anyone opens a diary"
)
MAX_OPENINGS: Final = limit(
    "openings of a listing", 50, "rules", "seven days, three times over, and a month of days"
)
DAY_MINUTES: Final = 24 * 60


class Weekday(Enum):
    """As `date.weekday()` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@fact
class WeekdayOrDay(UserError):
    says = "An opening is on a weekday or on one day: give `weekday` or `on`, and not both."


@fact
class OpensAndCloses(UserError):
    says = (
        "Give both when it opens and when it closes. Only a rule for one day may have neither: it "
        "is closed then."
    )


@fact
class OpeningTimeWithOffset(UserError):
    says = "An opening is in the place's own time: write {likely}, not {given}."
    likely: str
    given: str


@fact
class ClosesBeforeItOpens(UserError):
    says = (
        "It cannot close at {closes}, having opened at {opens}. For a night give two openings, one "
        "for each day; 00:00 closes at midnight."
    )
    opens: str
    closes: str


@fact
class TooManyOpenings(UserError):
    says = "A listing has at most {most} openings; {given} were given."
    most: int
    given: int


@fact
class OpeningOutOfReach(UserError):
    says = "An opening lies between {earliest} and {latest}; {on} was given."
    earliest: str
    latest: str
    on: str


@fact
class InstantOutOfReach(UserError):
    says = "The calendar does not reach {instant} in the place's own time."
    instant: str


OPENING_REFUSALS: Final = (
    WeekdayOrDay,
    OpensAndCloses,
    OpeningTimeWithOffset,
    ClosesBeforeItOpens,
    TooManyOpenings,
    OpeningOutOfReach,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule, in minutes from midnight; neither minute where it is closed that day."""

    weekday: Weekday | None
    on: date | None
    opens_minute: int | None
    closes_minute: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """A rule as a person gives it."""

    weekday: Weekday | None = None
    on: date | None = None
    opens: time | None = None
    closes: time | None = None


def checked_openings(given: Iterable[Given], now: datetime) -> tuple[Opening, ...]:
    """The rules, each once.

    Raises the OPENING_REFUSALS.
    """
    rules = list(given)
    if len(rules) > MAX_OPENINGS.value:
        raise TooManyOpenings(MAX_OPENINGS.value, len(rules)).at("input", "openings")
    return tuple(dict.fromkeys(_checked(rule, civil_day(now)) for rule in rules))


def _checked(rule: Given, today: date) -> Opening:
    where = ("input", "openings")
    if (rule.weekday is None) == (rule.on is None):
        raise WeekdayOrDay().at(*where)
    if rule.on is not None:
        latest = today + timedelta(days=MAX_AHEAD_DAYS.value)
        if not today <= rule.on <= latest:
            days = (each.isoformat() for each in (today, latest, rule.on))
            raise OpeningOutOfReach(*days).at(*where)
    if rule.opens is None or rule.closes is None:
        if rule.weekday or rule.opens or rule.closes:
            raise OpensAndCloses().at(*where)
        return Opening(None, rule.on, None, None)
    for given in (rule.opens, rule.closes):
        if given.tzinfo is not None:
            likely = given.replace(tzinfo=None).isoformat("minutes")
            raise OpeningTimeWithOffset(likely, given.isoformat("minutes")).at(*where)
    opens, closes = minute(rule.opens), minute(rule.closes) or DAY_MINUTES
    if closes <= opens:
        texts = (each.isoformat("minutes") for each in (rule.opens, rule.closes))
        raise ClosesBeforeItOpens(*texts).at(*where)
    return Opening(rule.weekday, rule.on, opens, closes)


def minute(at: time) -> int:
    """Whole minutes from midnight."""
    return 60 * at.hour + at.minute


def of_number(number: int | None) -> Weekday | None:
    """The weekday that is kept by its number."""
    return None if number is None else Weekday(number)


def of_minute(number: int | None) -> time | None:
    """The time of day; midnight at the end of the day is 00:00 too."""
    return None if number is None else time(number // 60 % 24, number % 60)


def civil_minute(at: datetime) -> tuple[date, int, int]:
    """The civil day, its weekday and its minute, of an instant; without a zone it is civil time."""
    try:
        there = at.astimezone(CIVIL_ZONE) if at.tzinfo else at
    except OverflowError:  # at the ends of time another zone's day has no number
        raise InstantOutOfReach(at.isoformat()).at("openAt") from None
    return there.date(), there.weekday(), minute(there.time())
