"""What may be in the shop window, and how long. Pure: imports the kernel only."""

from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE, civil_day, end_of_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

MAX_TITLE: Final = 200  # characters; a line on a phone, three times over
MAX_SUMMARY: Final = limit(
    "summary of a listing", 2_000, "characters", "what one reads standing up"
)
MAX_REASON: Final = limit(
    "reason to take a listing back", 2_000, "characters", "the audit keeps it for ever"
)
MAX_WORD: Final = 40  # characters: longer than any word or postcode; the rest of it is cut off
MAX_OPEN_DAYS: Final = limit(
    "days until a listing closes", 3_660, "days", "ten years: beyond it, give no closing day"
)
TOPIC: Final = "listing"  # under which changes of listings are announced


class ListingKind(StrEnum):
    """What a listing is about."""

    ASSET = "ASSET"
    OPPORTUNITY = "OPPORTUNITY"
    SHOP = "SHOP"
    OFFER = "OFFER"


class ListingState(StrEnum):
    """Whether it is in the window."""

    OPEN = "open"
    HIDDEN = "hidden"  # by an officer, for others' safety; its subject has no other meanwhile
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


LIVE: Final = (ListingState.OPEN, ListingState.HIDDEN)  # of a subject at most one listing is
LISTING: Final = Lifecycle(
    noun="listing",
    states=tuple(s.value for s in ListingState),
    initial="open",
    moves=(
        Move("hide", "open", to="hidden", says="an officer takes it out of sight"),
        Move("restore", "hidden", to="open", says="an officer lets it be seen again"),
        Move("close", "open", "hidden", to="closed", says="its closing day is over"),
        Move("withdraw", "open", "hidden", to="withdrawn", says="its publisher takes it back"),
    ),
)


class ListingOrder(Enum):
    """The order in which search answers."""

    NEAREST = "nearest"
    NEWEST = "newest"
    CLOSING_SOON = "closing_soon"
    BEST_MATCH = "best_match"


@fact
class ClosesInThePast(UserError):
    says = "A listing cannot close on {closes_on}: that day is over, or today. Today is {today}."
    closes_on: str
    today: str


@fact
class ClosesTooLate(UserError):
    says = (
        "A listing closes on {latest} at the latest; {closes_on} was given. Leave the day out for "
        "one that stays open."
    )
    closes_on: str
    latest: str


@fact
class ReasonLength(UserError):
    says = "A reason has at least one and at most {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class SummaryTooLong(UserError):
    says = "A summary has at most {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class NearestNeedsNear(UserError):
    says = "Nearest first needs a point to measure from: give `near`, or choose another order."


@fact
class BestMatchNeedsWords(UserError):
    says = "The best match needs words to look for: give `words`, or choose another order."


@fact
class NoWordsAsked(UserError):
    says = "There is no letter and no digit in `words`: give a word, or leave it out."


@fact
class TooManyWordsAsked(UserError):
    says = "`words` has at most {most} words; there are {words} different ones."
    most: int
    words: int


@fact
class WordsAskedTooLong(UserError):
    says = "`words` has at most {most} characters; there are {characters}."
    most: int
    characters: int


@fact
class ZoomOutOfRange(UserError):
    says = "`zoom` is from {least} (the world) to {most} (a room); it was {zoom}."
    least: int
    most: int
    zoom: int


@fact
class BoxTooFine(UserError):
    says = (
        "At zoom {zoom} this box has {cells} cells, and at most {most} are answered: choose a "
        "smaller box or a lower zoom."
    )
    zoom: int
    cells: int
    most: int


def closing_instant(closes_on: date | None, now: datetime) -> datetime | None:
    """The instant at which a listing leaves the window: the end of its closing day.

    Raises ClosesInThePast unless the day is after today, ClosesTooLate where it is years away.
    """
    if closes_on is None:
        return None
    today = civil_day(now)
    latest = today + timedelta(days=MAX_OPEN_DAYS.value)
    if closes_on <= today:
        raise ClosesInThePast(closes_on.isoformat(), today.isoformat()).at("input", "closesOn")
    if closes_on > latest:
        raise ClosesTooLate(closes_on.isoformat(), latest.isoformat()).at("input", "closesOn")
    return end_of_day(closes_on, CIVIL_ZONE)


def checked_summary(summary: str | None) -> str | None:
    """A summary, or None for a blank one. Raises SummaryTooLong."""
    text = (summary or "").strip()
    if len(text) > MAX_SUMMARY.value:
        raise SummaryTooLong(MAX_SUMMARY.value, len(text)).at("input", "summary")
    return text or None


def checked_reason(reason: str) -> str:
    """Why a listing is taken back. Raises ReasonLength for a blank one too."""
    text = seen(reason, lines=True)
    if not 1 <= len(text) <= MAX_REASON.value:
        raise ReasonLength(MAX_REASON.value, len(text)).at("input", "reason")
    return text
