"""Who is on a panel and who is not, and what bidders are told afterwards. Pure.

What scores come to, rules_assessment says.
"""

from collections.abc import Collection
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

INTEREST: Final = limit("interest that is declared", 4_000, "characters", "two pages")
PANEL: Final = limit("scorers of a round", 20, "people", "a committee; each scores each bid")
CHOICE: Final = limit("reason of a choice among bids", 4_000, "characters", "two pages, published")
FEEDBACK: Final = limit("feedback on a bid", 10_000, "characters", "four pages")


@fact
class AlreadyScorer(UserError):
    says = "They are on this round's panel already."


@fact
class AlreadyDeclared(UserError):
    says = "An interest was declared already: they see and score nothing in this round."


@fact
class InterestLength(UserError):
    says = "Say in 1 to {most:,} characters what the interest is."
    most: int


@fact
class PanelFull(UserError):
    says = "A panel has at most {most} people."
    most: int


@fact
class PanelFixed(UserError):
    """Who has seen what scores come to could turn it by whom they add."""

    says = "Scores of this round are all in: nobody joins its panel while somebody is left on it."


@fact
class ChoiceLength(UserError):
    says = "Say in at most {most:,} characters why it is this bid."
    most: int


@fact
class FeedbackLength(UserError):
    says = "Feedback has 1 to {most:,} characters."
    most: int


@fact
class FeedbackTooEarly(UserError):
    says = "Feedback goes to who was not chosen, once that is decided."


def is_partial(bodies: Collection[int], bidders: Collection[int]) -> bool:
    """Whether a scorer of these bodies has an interest (13): `bidders` are all behind any bid, a
    consortium's partners among them.
    """
    return not set(bodies).isdisjoint(bidders)


def check_joinable(seated: int, scoring: int, *, computed: bool) -> None:
    """Whether one more may join: `scoring` of those `seated` have no interest, and `computed` is
    whether a case of the round has a result. Raises PanelFull, PanelFixed.
    """
    if seated >= PANEL.value:
        raise PanelFull(PANEL.value)
    if computed and scoring:
        raise PanelFixed


def checked_interest(given: str) -> str:
    """What somebody has to do with a bidder. Raises InterestLength."""
    text = seen(given, lines=True)
    if not 1 <= len(text) <= INTEREST.value:
        raise InterestLength(INTEREST.value)
    return text


def checked_choice(given: str) -> str:
    """Why this one of those that share a place; or nothing. Raises ChoiceLength."""
    text = seen(given, lines=True)
    if len(text) > CHOICE.value:
        raise ChoiceLength(CHOICE.value)
    return text


def checked_feedback(given: str) -> str:
    """To a bidder who was not chosen. Raises FeedbackLength."""
    text = seen(given, lines=True)
    if not 1 <= len(text) <= FEEDBACK.value:
        raise FeedbackLength(FEEDBACK.value)
    return text
