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

REASON: Final = limit("reason for declining hours", 500, "characters", "a paragraph")
CODE_DIGITS: Final = limit("digits of a check-in code", 6, "digits", "said across a hall")
CODE_SECONDS: Final = limit("life of a check-in code", 300, "seconds", "twice that when it is read")
WRONG_CODES: Final = limit("wrong check-in codes in an hour", 10, "codes", "of a million")
EARLY: Final = limit("minutes before a shift to check in", 30, "minutes", "who sets up comes early")
kept("hours", None, SINCE, "credits, certificates and references are held against them")


class ClaimState(StrEnum):
    """What was said of a claim."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


CLAIM: Final = Lifecycle(
    noun="claim of hours",
    states=tuple(state.value for state in ClaimState),
    initial="submitted",
    moves=(
        Move("approve", "submitted", to="approved", says="the credits are granted with it"),
        Move("decline", "submitted", to="declined", says="with a reason"),
        Move("withdraw", "submitted", to="withdrawn", says="by who claimed"),
    ),
)


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
class OwnHours(UserError):
    says = "Nobody approves their own hours, or those of their household."


@fact
class NotOurPot(UserError):
    says = "This pot is another organisation's."


def check_open(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Whether somebody may check in. Raises NotNow."""
    if not starts_at - timedelta(minutes=EARLY.value) <= now < ends_at:
        raise NotNow(EARLY.value)


def window_of(now: datetime) -> int:
    """Which code is shown."""
    return int(now.timestamp()) // CODE_SECONDS.value


def minutes_of(came_at: datetime, went_at: datetime, starts_at: datetime, ends_at: datetime) -> int:
    """Whole minutes that somebody was there within the shift. Raises NothingToClaim."""
    there = min(went_at, ends_at) - max(came_at, starts_at)
    minutes = int(there.total_seconds()) // 60
    if minutes < 1:
        raise NothingToClaim
    return minutes
