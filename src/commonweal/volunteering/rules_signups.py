"""Who may take a place, and what becomes of it. Pure.

Source of the states: design note on credits and volunteering, f2. The bounds on a day's hours and
on rest are ours, after the Working Time Regulations 1998 (regs 10, 12), which bind no volunteer but
say what is too much.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE, civil_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.volunteering.rules import SINCE

OFFERED: Final = limit("hours for which a freed place is offered", 24, "hours", "a day to see it")
OFFERED_AT_ONCE: Final = limit("offers that one run of the job passes on", 50, "offers", "short")
LATE: Final = limit("hours before a shift from which cancelling is late", 24, "hours", "a day")
DAY_HOURS: Final = limit("hours of one person's shifts in a day", 12, "hours", "reg 10: 13 off 24")
REST_HOURS: Final = limit("hours of rest after a long shift", 8, "hours", "a night")
LONG_HOURS: Final = limit("hours from which a shift is long", 6, "hours", "reg 12: a break is due")
RESERVED: Final = limit("places that a group reserves at once", 50, "places", "a coach")
TRAVEL: Final = limit("minutes between shifts that are close", 60, "minutes", "across town by bus")
REMINDED: Final = limit("hours before a shift of its reminder", 26, "hours", "the day before")
QUIET: Final = (8, 20)  # letters of reminder go out from the one hour to the other, by the clock
ADULT: Final = 18
kept("sign-ups", None, SINCE, "who was where, which hours and references are held against")


class SignUpState(StrEnum):
    """A place, a place offered, or a place in line; and how it ended."""

    SIGNED_UP = "signed_up"
    WAITING = "waiting"
    OFFERED = "offered"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    NO_SHOW = "no_show"
    CONTESTED = "contested"
    EXCUSED = "excused"
    MISSED = "missed"


SIGN_UP: Final = Lifecycle(
    noun="sign-up",
    states=tuple(state.value for state in SignUpState),
    initial="waiting",
    moves=(
        Move("take", "waiting", to="signed_up", says="there was a place"),
        Move("offer", "waiting", to="offered", says="a place was freed, and is theirs to take"),
        Move("accept", "offered", to="signed_up", says="they took it in time"),
        Move("lapse", "offered", to="lapsed", says="they did not, and the next is asked"),
        Move("fill", "signed_up", to="signed_up", says="somebody takes a reserved place"),
        Move("look", "signed_up", to="signed_up", says="they look for a stand-in, or do no more"),
        Move("check_in", "signed_up", to="checked_in", says="they are there"),
        Move("check_out", "checked_in", to="checked_out", says="they went, or the shift is over"),
        Move("miss", "signed_up", to="no_show", says="they did not come"),
        Move("contest", "no_show", to="contested", says="they say that they were, or why not"),
        Move("excuse", "no_show", "contested", to="excused", says="there was a reason"),
        Move("uphold", "contested", to="missed", says="they did not come, for good"),
        Move("cancel", "signed_up", "waiting", "offered", to="cancelled", says="they do not come"),
    ),
)
COMING: Final = (SignUpState.SIGNED_UP, SignUpState.OFFERED, SignUpState.WAITING)
THERE: Final = (SignUpState.CHECKED_IN, SignUpState.CHECKED_OUT)
STANDING: Final = (*COMING, *THERE)  # of which one person has one in a shift
AGES: Final = {"UNDER_13": 0, "FROM_13_TO_15": 13, "FROM_16_TO_17": 16}  # at least so old


@fact
class SignedUpAlready(UserError):
    says = "You are on the list of this shift already."


@fact
class ShiftsClash(UserError):
    """A person is in one place at a time: a hard clash (f2)."""

    says = "You are signed up elsewhere from {since} to {until}."
    since: str
    until: str


@fact
class DayFull(UserError):
    says = "That would be more than {hours} hours of shifts on {day}."
    hours: int
    day: str


@fact
class RestNeeded(UserError):
    says = "Next to a shift of {long} hours or more there are {hours} hours of rest."
    long: int
    hours: int


@fact
class OfferOver(UserError):
    says = "This place was offered until {until}, and somebody else was asked."
    until: str


@fact
class ConsentNeeded(UserError):
    says = "Somebody under age joins with their guardian's consent."


@fact
class TooYoung(UserError):
    says = "This role is for people from {age} on."
    age: int


@fact
class SkillNeeded(UserError):
    says = "This role asks for: {skill}. Say that you have it, until when it is good."
    skill: str


@fact
class TrainingNeeded(UserError):
    says = "This role asks for training by the organisation: {training}."
    training: str


@fact
class CheckNeeded(UserError):
    says = "This role asks for a DBS check of the organisation's: {level}, good on that day."
    level: str


@fact
class ReservesTooMany(UserError):
    says = "A group reserves 1 to {most} places of a role at once."
    most: int


@fact
class NotEnoughPlaces(UserError):
    says = "{left} places are left."
    left: int


@fact
class NobodyReserved(UserError):
    says = "No place is reserved here for an organisation of yours."


@fact
class NotWanted(UserError):
    says = "No stand-in is wanted for this place, or it is offered to somebody else."


@fact
class SwapUnfit(UserError):
    says = "Places are exchanged between two people, each of whom has one in a shift to come."


def offered_until(now: datetime, starts_at: datetime) -> datetime:
    """How long a freed place is somebody's to take: not beyond the shift's beginning."""
    return min(now + timedelta(hours=OFFERED.value), starts_at)


def is_late(now: datetime, starts_at: datetime) -> bool:
    """Whether who does not come says so when it is nearly too late for another."""
    return now > starts_at - timedelta(hours=LATE.value)


def is_quiet(now: datetime) -> bool:
    """Whether people sleep: nobody is reminded."""
    first, last = QUIET
    return not first <= now.astimezone(CIVIL_ZONE).hour < last


Times = tuple[datetime, datetime]


def check_load(wanted: Times, others: list[Times]) -> None:
    """Whether somebody can do a shift besides those that they have.

    Raises ShiftsClash, RestNeeded, DayFull.
    """
    starts, ends = wanted
    for since, until in others:
        if since < ends and until > starts:
            raise ShiftsClash(since.isoformat(), until.isoformat())
        gap = max(starts - until, since - ends)
        long = max(ends - starts, until - since) >= timedelta(hours=LONG_HOURS.value)
        if long and gap < timedelta(hours=REST_HOURS.value):
            raise RestNeeded(LONG_HOURS.value, REST_HOURS.value)
    for day in {civil_day(starts), civil_day(ends)}:
        hours = sum((_on(day, each) for each in [wanted, *others]), timedelta())
        if hours > timedelta(hours=DAY_HOURS.value) and _on(day, wanted) and others:
            raise DayFull(DAY_HOURS.value, day.isoformat())


def _on(day: date, times: Times) -> timedelta:
    """How much of it lies on a civil day."""
    first = datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE)
    last = datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=CIVIL_ZONE)
    since, until = max(times[0], first), min(times[1], last)
    return max(until - since, timedelta())


def check_age(band: str | None, minimum: int | None) -> None:
    """A band is of who grows up in somebody's care; all others are of age. Raises TooYoung."""
    if minimum is not None and AGES.get(band or "", ADULT) < minimum:
        raise TooYoung(minimum)
