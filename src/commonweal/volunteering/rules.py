"""What opportunities and their shifts may become, and what is refused. Pure.

Source of the states: design note on credits and volunteering, f2; of the words: the volunteering
data standard (standard.volunteeringdata.io), whose roles and sessions these are.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

TITLE: Final = limit("title of an opportunity or a role", 100, "characters", "a line on a phone")
DESCRIPTION: Final = limit("description of an opportunity", 4_000, "characters", "a page")
REASON: Final = limit("reason given in volunteering", 500, "characters", "a paragraph")
PLACES: Final = limit("places of a role", 1_000, "people", "a town's litter-pick")
ROLES: Final = limit("roles of a shift", 20, "roles", "what fits a rota on paper")
HOURS: Final = limit("length of a shift", 24, "hours", "a day and a night; longer is two")
AHEAD: Final = limit("days ahead of a shift", 366, "days", "a year's rota")
SHIFTS: Final = limit("shifts to come of an opportunity", 400, "shifts", "one a day for a year")
MULTIPLIER: Final = limit("percent of the minutes credited", 300, "percent", "three for one")
STALE: Final = limit("days until an opportunity without an end is stale", 90, "days", "a season")
STALE_NOTICE: Final = limit("days of notice before it is taken down", 14, "days", "two weeks")
SINCE: Final = date(2026, 11, 23)


class Timing(StrEnum):
    """When it is done."""

    SHIFTS = "SHIFTS"  # at its shifts, one or a series of them
    FLEXIBLE = "FLEXIBLE"  # whenever it suits: hours are claimed as they were given
    ON_CALL = "ON_CALL"  # when somebody asks for it


class OpportunityState(StrEnum):
    """Whether people can join."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    OPEN = "open"
    CLOSED = "closed"


OPPORTUNITY: Final = Lifecycle(
    noun="opportunity",
    states=tuple(state.value for state in OpportunityState),
    initial="draft",
    moves=(
        Move("plan", "draft", to="draft", says="a shift is added"),
        Move("schedule", "open", to="open", says="a shift is added, and can be joined"),
        Move("revise", "draft", to="draft", says="it is written otherwise"),
        Move("propose", "draft", to="proposed", says="where the scheme asks an officer first"),
        Move("return", "proposed", to="draft", says="an officer says what is wrong with it"),
        Move("publish", "draft", "proposed", to="open", says="it stands in the shop window"),
        Move("keep", "open", to="open", says="its organisation says that it still holds"),
        Move("close", "draft", "proposed", "open", to="closed", says="nobody joins any more"),
    ),
)


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
class AgeUnfit(UserError):
    says = "The age below which a role takes nobody is 13, 16 or 18."


@fact
class TimesUnfit(UserError):
    says = (
        "A shift begins within {days} days from now and ends at most {hours} hours after that, to "
        "the minute."
    )
    days: int
    hours: int


@fact
class TooManyShifts(UserError):
    says = "An opportunity has at most {most} shifts to come."
    most: int


@fact
class NoShifts(UserError):
    says = "Add a shift that is still to come first: there is nothing to join."


@fact
class ShiftBegun(UserError):
    says = "This shift began at {begun}."
    begun: str


@fact
class ShiftOff(UserError):
    says = "This shift does not take place."


@fact
class PlacesHeld(UserError):
    says = "{held} places of this role are held: it cannot have fewer."
    held: int


@fact
class MultiplierUnfit(UserError):
    says = "Of the minutes 1 to {most} percent are credited."
    most: int


@fact
class PlaceUnfit(UserError):
    says = "It is at a point or in an area, not both; to hide where it is, there is a point."


@fact
class NotOurPot(UserError):
    says = "This pot is another organisation's."


@fact
class PromiseNeedsPot(UserError):
    says = "What is promised is kept aside in a pot: name one."


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


def checked_multiplier(percent: int | None) -> int:
    """Percent of the minutes that are credited: as they are, unless given.

    Raises MultiplierUnfit.
    """
    if percent is None:
        return 100
    if not 1 <= percent <= MULTIPLIER.value:
        raise MultiplierUnfit(MULTIPLIER.value).at("input", "multiplier")
    return percent


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


def check_to_come(starts_at: datetime, now: datetime, cancelled_at: datetime | None = None) -> None:
    """Raises ShiftOff, ShiftBegun."""
    if cancelled_at is not None:
        raise ShiftOff
    if starts_at <= now:
        raise ShiftBegun(starts_at.isoformat())


def minutes_between(starts_at: datetime, ends_at: datetime) -> int:
    """Whole minutes."""
    return int((ends_at - starts_at).total_seconds()) // 60


def credited(minutes: int, multiplier: int) -> int:
    """What so many minutes are worth: rounded once, half a minute up."""
    return (minutes * multiplier + 50) // 100
