"""Attendance and hours: by which code somebody is there, and what becomes of a claim. Pure.

Source: design note on credits and volunteering, f1 and f2. Minutes are whole; the clock of a
forgotten check-out stops when the shift ends.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.volunteering.rules import SINCE

CODE_DIGITS: Final = limit("digits of a check-in code", 6, "digits", "said across a hall")
CODE_SECONDS: Final = limit("life of a check-in code", 300, "seconds", "twice that when it is read")
WRONG_CODES: Final = limit("wrong check-in codes in an hour", 10, "codes", "of a million")
EARLY: Final = limit("minutes before a shift to check in", 30, "minutes", "who sets up comes early")
CLIENT_ID: Final = limit("id that a device gives what it noted", 64, "characters", "a UUID is 36")
ITEMS: Final = limit("notes of a device sent at once", 200, "notes", "a day's list, twice")
OFFLINE: Final = limit("days until a device sends its notes", 7, "days", "a week without signal")
CLAIMED_AFTER: Final = limit("days until hours are claimed", 90, "days", "a season's paper")
AUTOMATIC: Final = limit("days of silence until hours are approved", 14, "days", "two weeks")
AUTOMATIC_AT_ONCE: Final = limit("claims approved by one run of the job", 20, "claims", "short")
BULK: Final = limit("claims approved by one request", 100, "claims", "a month's rota")
DAILY: Final = limit("minutes that somebody claims of a day", 960, "minutes", "sixteen hours")
kept("hours", None, SINCE, "credits, certificates and references are held against them")


class Evidence(StrEnum):
    """By what it is known; of more there is need where it is less."""

    SELF = "SELF"  # they say so
    CODE = "CODE"  # they typed the code that was shown there
    COORDINATOR = "COORDINATOR"  # a coordinator saw them, or wrote it down for them


class ItemDecision(StrEnum):
    """What was made of a note from a device that was offline (f2)."""

    ACCEPTED = "ACCEPTED"
    CONFLICT = "CONFLICT"  # it was done already, or otherwise
    REJECTED = "REJECTED"  # it was never possible


class ClaimState(StrEnum):
    """What was said of a claim."""

    SUBMITTED = "submitted"
    QUERIED = "queried"
    APPROVED = "approved"
    DECLINED = "declined"
    APPEALED = "appealed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


CLAIM: Final = Lifecycle(
    noun="claim of hours",
    states=tuple(state.value for state in ClaimState),
    initial="submitted",
    moves=(
        Move("second", "submitted", "appealed", to="submitted", says="a second person decides"),
        Move("approve", "submitted", "appealed", to="approved", says="the credits come with it"),
        Move("query", "submitted", to="queried", says="something is asked"),
        Move("answer", "queried", to="submitted", says="it is answered"),
        Move("decline", "submitted", "queried", to="declined", says="with a reason"),
        Move("appeal", "declined", to="appealed", says="they say why it should be looked at again"),
        Move("reject", "appealed", to="rejected", says="by another than who declined it"),
        Move("withdraw", "submitted", "queried", to="withdrawn", says="by who claimed"),
        Move("reverse", "approved", to="reversed", says="a claim that is right takes its place"),
    ),
)
LIVE: Final = (
    *(ClaimState.SUBMITTED, ClaimState.QUERIED, ClaimState.APPROVED, ClaimState.APPEALED),
)  # of which no two of one person overlap


@fact
class NotNow(UserError):
    says = "Check in from {minutes} minutes before the shift until its end."
    minutes: int


@fact
class WrongCode(UserError):
    says = "This is not the code that is shown now."


@fact
class TooManyCodes(UserError):
    says = "That is {most} wrong codes. Ask the coordinator to put you on the list."
    most: int


@fact
class NotThere(UserError):
    says = "Hours are of who was there: check in, and out."


@fact
class NothingToClaim(UserError):
    says = "That is less than a minute."


@fact
class TimesWrong(UserError):
    says = "Hours are past, of the last {days} days, to the minute, and at most {most:,} minutes."
    days: int
    most: int


@fact
class HoursOverlap(UserError):
    says = "You have claimed for some of this time already."


@fact
class OwnHours(UserError):
    says = "Nobody approves their own hours, or those of their household."


@fact
class SecondPersonNeeded(UserError):
    says = "You have approved this already: it needs a second person."


@fact
class AnotherDecides(UserError):
    says = "An appeal is decided by another person than who declined."


@fact
class NotOfOurs(UserError):
    says = "Write hours down for people whom your organisation registered, or who are its members."


@fact
class TooManyItems(UserError):
    says = "At most {most} at once."
    most: int


@fact
class SameMinutes(UserError):
    says = "A correction says other minutes than were approved."


def check_open(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Whether somebody may check in. Raises NotNow."""
    if not starts_at - timedelta(minutes=EARLY.value) <= now < ends_at:
        raise NotNow(EARLY.value)


def window_of(now: datetime) -> int:
    """Which code is shown."""
    return int(now.timestamp()) // CODE_SECONDS.value


def there(
    came_at: datetime, went_at: datetime, starts_at: datetime, ends_at: datetime
) -> tuple[datetime, datetime, int]:
    """From when until when somebody was there within the shift, and how many whole minutes.

    Raises NothingToClaim.
    """
    since, until = max(came_at, starts_at), min(went_at, ends_at)
    minutes = int((until - since).total_seconds()) // 60
    if minutes < 1:
        raise NothingToClaim
    return since, until, minutes


def check_worked(starts_at: datetime, ends_at: datetime, now: datetime) -> int:
    """Whole minutes that somebody says they gave outside a shift. Raises TimesWrong."""
    whole = not (starts_at.second or starts_at.microsecond or ends_at.second or ends_at.microsecond)
    minutes = int((ends_at - starts_at).total_seconds()) // 60
    recent = now - timedelta(days=CLAIMED_AFTER.value) <= starts_at and ends_at <= now
    if not (whole and recent and 1 <= minutes <= DAILY.value):
        raise TimesWrong(CLAIMED_AFTER.value, DAILY.value).at("input", "startsAt")
    return minutes
