"""What may be in the shop window, and how long. Pure: imports the kernel only."""

from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from commonweal.kernel.calendar import end_of_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move

MAX_TITLE: Final = 200  # characters; a line on a phone, three times over
MAX_SUMMARY: Final = 2_000  # characters; what one reads standing up
CIVIL_ZONE: Final = ZoneInfo("Europe/London")  # whose calendar a closing day is read in


class ListingKind(StrEnum):
    """What a listing is about."""

    ASSET = "ASSET"
    OPPORTUNITY = "OPPORTUNITY"
    SHOP = "SHOP"
    OFFER = "OFFER"


class ListingState(StrEnum):
    """Whether it is in the window."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


LISTING: Final = Lifecycle(
    noun="listing",
    states=tuple(s.value for s in ListingState),
    initial="open",
    moves=(
        Move("close", "open", to="closed", says="its closing day is over"),
        Move("withdraw", "open", to="withdrawn", says="its publisher takes it back"),
    ),
)


class ListingOrder(Enum):
    """The order in which search answers."""

    NEAREST = "nearest"
    NEWEST = "newest"
    CLOSING_SOON = "closing_soon"


@fact
class ClosesInThePast(UserError):
    says = "A listing cannot close on {closes_on}: that day is over, or today. Today is {today}."
    closes_on: str
    today: str


@fact
class SummaryTooLong(UserError):
    says = "A summary has at most {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class NearestNeedsNear(UserError):
    says = "Nearest first needs a point to measure from: give `near`, or choose another order."


def closing_instant(closes_on: date | None, now: datetime) -> datetime | None:
    """The instant at which a listing leaves the window: the end of its closing day.

    Raises ClosesInThePast unless the day is after today.
    """
    if closes_on is None:
        return None
    today = now.astimezone(CIVIL_ZONE).date()
    if closes_on <= today:
        raise ClosesInThePast(closes_on.isoformat(), today.isoformat()).at("input", "closesOn")
    return end_of_day(closes_on, CIVIL_ZONE)


def checked_summary(summary: str | None) -> str | None:
    if summary is not None and len(summary) > MAX_SUMMARY:
        raise SummaryTooLong(MAX_SUMMARY, len(summary)).at("input", "summary")
    return summary
