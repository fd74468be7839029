"""What opportunities, shifts and sign-ups may become, and what is refused. Pure.

Source of the states: design note on credits and volunteering, f2; of the words: the volunteering
data standard (standard.volunteeringdata.io), whose roles and sessions these are.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.kernel.texts import seen

TITLE: Final = limit("title of an opportunity or a role", 100, "characters", "a line on a phone")
DESCRIPTION: Final = limit("description of an opportunity", 4_000, "characters", "a page")
PLACES: Final = limit("places of a role", 1_000, "people", "a town's litter-pick")
ROLES: Final = limit("roles of a shift", 20, "roles", "what fits a rota on paper")
HOURS: Final = limit("length of a shift", 24, "hours", "a day and a night; longer is two")
AHEAD: Final = limit("days ahead of a shift", 366, "days", "a year's rota")
OFFERED: Final = limit("hours for which a freed place is offered", 24, "hours", "a day to see it")
OFFERED_AT_ONCE: Final = limit("offers that one run of the job passes on", 50, "offers", "short")


SINCE: Final = date(2026, 11, 23)
kept("sign-ups", None, SINCE, "who was where, which hours and references are held against")


class Cause(StrEnum):
    """What it is for; unverified against the standard's list, whose terms are data."""

    COMMUNITY = "COMMUNITY"
    ENVIRONMENT = "ENVIRONMENT"
    FOOD = "FOOD"
    HEALTH = "HEALTH"
    LEARNING = "LEARNING"
    SPORT = "SPORT"
    TRANSPORT = "TRANSPORT"
    OTHER = "OTHER"


class OpportunityState(StrEnum):
    """Whether people can join."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


OPPORTUNITY: Final = Lifecycle(
    noun="opportunity",
    states=tuple(state.value for state in OpportunityState),
    initial="draft",
    moves=(
        Move("plan", "draft", to="draft", says="a shift is added"),
        Move("schedule", "open", to="open", says="a shift is added, and can be joined"),
        Move("publish", "draft", to="open", says="it stands in the shop window"),
        Move("close", "draft", "open", to="closed", says="nobody joins any more"),
    ),
)


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


SIGN_UP: Final = Lifecycle(
    noun="sign-up",
    states=tuple(state.value for state in SignUpState),
    initial="waiting",
    moves=(
        Move("take", "waiting", to="signed_up", says="there was a place"),
        Move("offer", "waiting", to="offered", says="a place was freed, and is theirs to take"),
        Move("accept", "offered", to="signed_up", says="they took it in time"),
        Move("lapse", "offered", to="lapsed", says="they did not, and the next is asked"),
        Move("check_in", "signed_up", to="checked_in", says="they are there"),
        Move("check_out", "checked_in", to="checked_out", says="they went, or the shift is over"),
        Move("miss", "signed_up", to="no_show", says="they did not come"),
        Move("cancel", "signed_up", "waiting", "offered", to="cancelled", says="they do not come"),
    ),
)
COMING: Final = (SignUpState.SIGNED_UP, SignUpState.OFFERED, SignUpState.WAITING)
THERE: Final = (SignUpState.CHECKED_IN, SignUpState.CHECKED_OUT)
STANDING: Final = (*COMING, *THERE)  # of which one person has one in a shift


@fact
class TextUnfit(UserError):
    says = "Say it in 1 to {most:,} characters."
    most: int


@fact
class PlacesUnfit(UserError):
    says = "A role has 1 to {most:,} places."
    most: int


@fact
class RolesUnfit(UserError):
    says = "A shift has 1 to {most} roles, each with a name of its own."
    most: int


@fact
class TimesUnfit(UserError):
    says = (
        "A shift begins within {days} days from now and ends at most {hours} hours after that, to "
        "the minute."
    )
    days: int
    hours: int


@fact
class NoShifts(UserError):
    says = "Add a shift that is still to come first: there is nothing to join."


@fact
class ShiftBegun(UserError):
    says = "This shift began at {begun}."
    begun: str


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
class OfferOver(UserError):
    says = "This place was offered until {until}, and somebody else was asked."
    until: str


@fact
class ConsentNeeded(UserError):
    says = "Somebody under age joins with their guardian's consent."


def checked_text(given: str, field: str, most: int, *, lines: bool = False) -> str:
    """Raises TextUnfit."""
    text = seen(given, lines=lines) if lines else " ".join(seen(given).split())
    if not 1 <= len(text) <= most:
        raise TextUnfit(most).at("input", field)
    return text


def checked_places(places: int) -> int:
    """Raises PlacesUnfit."""
    if not 1 <= places <= PLACES.value:
        raise PlacesUnfit(PLACES.value).at("input", "roles")
    return places


def check_names(names: list[str]) -> None:
    """Raises RolesUnfit."""
    if not 1 <= len(names) <= ROLES.value or len(set(names)) < len(names):
        raise RolesUnfit(ROLES.value).at("input", "roles")


def check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raises TimesUnfit."""
    ahead, long = starts_at - now, ends_at - starts_at
    whole = not (starts_at.second or starts_at.microsecond or ends_at.second or ends_at.microsecond)
    fits = timedelta() < long <= timedelta(hours=HOURS.value)
    if not (whole and fits and timedelta() < ahead <= timedelta(days=AHEAD.value)):
        raise TimesUnfit(AHEAD.value, HOURS.value).at("input", "startsAt")


def check_to_come(starts_at: datetime, now: datetime) -> None:
    """Raises ShiftBegun."""
    if starts_at <= now:
        raise ShiftBegun(starts_at.isoformat())


def offered_until(now: datetime, starts_at: datetime) -> datetime:
    """How long a freed place is somebody's to take: not beyond the shift's beginning."""
    return min(now + timedelta(hours=OFFERED.value), starts_at)
