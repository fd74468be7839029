"""What an offer of help, and an exchange, may become, and what is refused. Pure. Minutes.

Source: design note on credits and volunteering, 47 (a tolerance between two reported durations).
"""

from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.kernel.texts import seen

TITLE: Final = limit("title of an offer of help", 100, "characters", "a line on a phone")
DESCRIPTION: Final = limit("description of an offer of help", 2_000, "characters", "half a page")
WORDS: Final = limit("words of an answer, or of a decision", 500, "characters", "a paragraph")
OFFERS: Final = limit("open offers of help of a person", 20, "offers", "a screen or two")
ANSWERS: Final = limit("answers to offers of help in a day", 20, "answers", "each is a letter")
ANSWERS_TO_ONE: Final = limit("answers to one person in a day", 3, "answers", "some are called off")
OFFER_DAYS: Final = limit("days for which an offer of help is open", 90, "days", "a season")
MINUTES: Final = limit("length of an exchange", 720, "minutes", "a long day")
TOLERANCE: Final = limit("difference at which minutes agree", 15, "minutes", "a quarter of an hour")
HELD: Final = limit("days for which credits are kept for an exchange", 60, "days", "two months")
SILENCE: Final = limit("days of silence after the other has said", 14, "days", "two weeks")
AT_ONCE: Final = limit("exchanges that one run of the job sees to", 20, "exchanges", "short")
kept("exchanges", None, date(2026, 11, 23), "the ledger's movements are held against them")


class HelpKind(StrEnum):
    """Who does it: whoever writes, or whoever answers."""

    OFFER = "OFFER"
    REQUEST = "REQUEST"


class HelpState(StrEnum):
    """Whether it can be answered."""

    OPEN = "open"
    CLOSED = "closed"


HELP: Final = Lifecycle(
    noun="offer of help",
    states=tuple(state.value for state in HelpState),
    initial="open",
    moves=(
        Move("answer", "open", to="open", says="somebody would like it"),
        Move("close", "open", to="closed", says="it is taken out of the window"),
    ),
)


class ExchangeState(StrEnum):
    """How far two people have come."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DISPUTED = "disputed"
    SETTLED = "settled"
    CANCELLED = "cancelled"


EXCHANGE: Final = Lifecycle(
    noun="exchange",
    states=tuple(state.value for state in ExchangeState),
    initial="proposed",
    moves=(
        Move("agree", "proposed", to="agreed", says="credits are kept aside for it"),
        Move("confirm", "agreed", to="agreed", says="one of the two says how long it was"),
        Move("dispute", "agreed", to="disputed", says="they differ by more than is tolerated"),
        Move("amend", "disputed", to="disputed", says="one of the two says otherwise"),
        Move("settle", "agreed", "disputed", to="settled", says="the credits have moved"),
        Move("cancel", "proposed", "agreed", to="cancelled", says="what was kept aside is free"),
        Move("drop", "disputed", to="cancelled", says="one of the two is here no more"),
    ),
)
LIVE: Final = (ExchangeState.PROPOSED, ExchangeState.AGREED, ExchangeState.DISPUTED)


@fact
class HelpTextUnfit(UserError):
    says = "Say it in 1 to {most:,} characters."
    most: int


@fact
class TooManyOffers(UserError):
    says = "You have {most} offers open: close one first."
    most: int


@fact
class AdultsOnly(UserError):
    says = "Exchanges are between adults."


@fact
class WithOneself(UserError):
    says = "An exchange is with somebody of another household."


@fact
class NotToBeHad(UserError):
    says = "They cannot take this up."


@fact
class AnsweredAlready(UserError):
    says = "You have answered this already."


@fact
class TooManyAnswers(UserError):
    says = "That is {most} answers in a day. Go on tomorrow."
    most: int


@fact
class TheyLackCredits(UserError):
    says = "Who receives the help cannot give credits for so much now."


@fact
class TheyLackRoom(UserError):
    says = "Who gives the help has no room in their wallet for so much."


@fact
class ExchangeMinutesUnfit(UserError):
    says = "Say whole minutes, at most {most:,}."
    most: int


@fact
class OwnAnswer(UserError):
    says = "It is the other who agrees to what you proposed."


@fact
class ConcernsYou(UserError):
    says = "Somebody whom it does not concern decides."


def checked_text(given: str, field: str, most: int, *, lines: bool = True) -> str:
    """Raises HelpTextUnfit."""
    text = seen(given, lines=lines).strip() if lines else " ".join(seen(given).split())
    if not 1 <= len(text) <= most:
        raise HelpTextUnfit(most).at("input", field)
    return text


def checked_minutes(minutes: int, least: int) -> int:
    """Raises ExchangeMinutesUnfit."""
    if not least <= minutes <= MINUTES.value:
        raise ExchangeMinutesUnfit(MINUTES.value).at("input", "minutes")
    return minutes


def agreed_minutes(given: int, received: int) -> int | None:
    """What it was, of what either says: the lower; None where they differ by too much."""
    if abs(given - received) > TOLERANCE.value:
        return None
    return min(given, received)
