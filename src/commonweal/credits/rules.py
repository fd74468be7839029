"""The states of pots, of what funds them and of gifts, and what is refused. Pure.

All amounts are whole minutes (design note: credits, f4, f6-f8). A credit is earned or given, never
bought: nothing here has a price, since time credits with a cash value would be pay (the United
Kingdom's rules for benefits).
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE, end_of_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

TOPIC: Final = "wallet"  # under which a wallet's news is announced
NAME: Final = limit("name of a scheme or a pot", 100, "characters", "a line on a phone")
WORDS: Final = limit("words with a grant or a gift", 500, "characters", "what a card has room for")
REFERENCE: Final = limit("document reference of a funding", 200, "characters", "minutes; a link")
FEWEST: Final = limit("people that are counted in public", 5, "people", "of fewer one is known")
MOST_MINUTES: Final = limit("minutes moved at once", 6_000_000, "minutes", "100,000 hours: a city")
RESERVED: Final = limit("days a proposed grant is kept for", 30, "days", "a committee's month")
SOLE_DAYS: Final = limit(
    "days of which what one person decides alone is added up", 30, "days", "many small ones"
)
AT_ONCE: Final = limit("rows that one transaction of a job does", 50, "rows", "kept from others")
GIFTS_TO_ONE: Final = limit("gifts to one address in a day", 3, "gifts", "letters to a stranger")
GIFTS_A_DAY: Final = limit("gifts of a wallet in a day", 20, "gifts", "mail in one's own name")


class PotKind(StrEnum):
    """Whose purse it is."""

    COUNCIL = "COUNCIL"
    ORGANISATION = "ORGANISATION"
    COMMUNITY = "COMMUNITY"  # one a scheme: what lapses or is donated goes there


class PotState(StrEnum):
    """Whether anything leaves it."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


POT: Final = Lifecycle(
    noun="pot",
    states=tuple(state.value for state in PotState),
    initial="active",
    moves=(
        Move("grant", "active", to="active", says="credits go from it to people"),
        Move("fund", "active", to="active", says="it is given more to grant"),
        Move("freeze", "active", to="frozen", says="nothing is granted from it"),
        Move("thaw", "frozen", to="active", says="it grants again"),
        Move("close", "active", "frozen", to="closed", says="what is left went back"),
    ),
)


class ApprovalState(StrEnum):
    """How far something has come on which a second person decides."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


FUNDING: Final = Lifecycle(
    noun="funding",
    states=tuple(state.value for state in ApprovalState),
    initial="proposed",
    moves=(
        Move("approve", "proposed", to="approved", says="by another, or within one's own bound"),
        Move("refuse", "proposed", to="refused", says="and nothing moves"),
    ),
)


GRANT_PROPOSAL: Final = Lifecycle(
    noun="grant proposal",
    states=tuple(state.value for state in ApprovalState),
    initial="proposed",
    moves=(
        Move("approve", "proposed", to="approved", says="by another than who proposed it"),
        Move("refuse", "proposed", to="refused", says="what was kept for it is free again"),
    ),
)


class Leaving(StrEnum):
    """Where what is left in a wallet goes when its holder leaves."""

    COMMUNITY = "COMMUNITY"
    HOUSEHOLD = "HOUSEHOLD"  # to the wallet of the household that they were in; else as above


class GiftState(StrEnum):
    """What became of a gift."""

    OFFERED = "offered"
    CLAIMED = "claimed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


GIFT: Final = Lifecycle(
    noun="gift",
    states=tuple(state.value for state in GiftState),
    initial="offered",
    moves=(
        Move("claim", "offered", to="claimed", says="by who signs in with its address"),
        Move("return", "offered", to="returned", says="nobody claimed it in time"),
        Move("cancel", "offered", to="cancelled", says="by who gave it"),
    ),
)


@fact
class NameUnfit(UserError):
    says = "A name has 1 to {most} characters."
    most: int


@fact
class WordsUnfit(UserError):
    says = "Say in 1 to {most} characters what it is for."
    most: int


@fact
class MinutesUnfit(UserError):
    says = "Give a whole number of minutes from 1 to {most:,}."
    most: int


@fact
class WindowUnfit(UserError):
    says = "It can be spent from a day until a later one, which lies ahead."


@fact
class CommunityPotStays(UserError):
    says = "What lapses goes to the community pot: it stays open as long as its scheme does."


@fact
class CommunityPotNotFunded(UserError):
    says = "The community pot has what people gave and what lapsed: fund a pot of the council's."


@fact
class OwnProposal(UserError):
    says = "Somebody else approves what you proposed."


@fact
class NobodyThere(UserError):
    says = "Whom it was for is here no more: refuse it."


@fact
class NeedsApproval(UserError):
    says = "This is more than one person grants alone in a month: grant it by itself, for approval."


@fact
class OwnGrant(UserError):
    says = "Nobody grants to themselves, or to their household: somebody else who may does it."


@fact
class PotWindowOver(UserError):
    says = "What this pot was funded for is not granted today: its time begins later, or is over."


@fact
class PotExhausted(UserError):
    """Cyclos's insufficientBalance, of a pot."""

    says = "This pot has {available:,} minutes, and {needed:,} are asked for."
    available: int
    needed: int


@fact
class NotEnoughCredits(UserError):
    says = "There are {available:,} minutes in this wallet, and {needed:,} are asked for."
    available: int
    needed: int


@fact
class WalletFull(UserError):
    says = "This wallet has room for {room:,} minutes more: use some first, or give some away."
    room: int


@fact
class RecipientFull(UserError):
    says = "This wallet has no room for so much: grant less, or later."


@fact
class ChildsCredits(UserError):
    says = "A child's credits move to their own household's wallet, and to no other."


@fact
class GiftOver(UserError):
    says = "This gift was to be claimed by {until}, and went back."
    until: str


@fact
class TooManyGifts(UserError):
    says = "That is {most} gifts in a day. Go on tomorrow."
    most: int


@fact
class NotToOneself(UserError):
    says = "This address is your own."


@fact
class NotInHousehold(UserError):
    says = "You are no adult of a household: found one, or be invited into one, first."


@fact
class SameWallet(UserError):
    says = "This is the same wallet."


@fact
class SchemesDiffer(UserError):
    says = "Credits of one scheme are not those of another."


def check_window(since: date, until: date, today: date) -> None:
    """Raises WindowUnfit."""
    if not (since < until and today < until):
        raise WindowUnfit


def checked_minutes(minutes: int) -> int:
    """Raises MinutesUnfit."""
    if not 1 <= minutes <= MOST_MINUTES.value:
        raise MinutesUnfit(MOST_MINUTES.value).at("input", "minutes")
    return minutes


def checked_name(given: str) -> str:
    """Raises NameUnfit."""
    text = " ".join(seen(given).split())
    if not 1 <= len(text) <= NAME.value:
        raise NameUnfit(NAME.value).at("input", "name")
    return text


def checked_words(given: str, field: str, most: int = WORDS.value, *, least: int = 1) -> str:
    """Raises WordsUnfit."""
    text = seen(given, lines=True)
    if not least <= len(text) <= most:
        raise WordsUnfit(most).at("input", field)
    return text


WARNED: Final = (7, 30, 90)  # days ahead, at which somebody is told of what lapses


def warning_of(lapses_at: datetime, now: datetime) -> int | None:
    """Which warning is due of what lapses then: that of the fewest days which it is within."""
    ahead = lapses_at - now
    return next((days for days in WARNED if ahead <= timedelta(days=days)), None)


LAST_DAY: Final = date(9998, 12, 31)  # the instants after it are no instants in every zone


def beginning(day: date) -> datetime:
    """Its first instant, where the service is."""
    return datetime.combine(day, time(), CIVIL_ZONE).astimezone(UTC)


def ending(day: date) -> datetime:
    """The first instant after it; of days that no calendar here goes on after, the last one's."""
    return end_of_day(min(day, LAST_DAY), CIVIL_ZONE)
