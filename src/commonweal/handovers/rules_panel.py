"""Who is on a panel and who is not, and what bidders are told afterwards. Pure.

What scores come to, rules_assessment says.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept

kept("scorers", None, date(2026, 11, 23), "a decision stands on their scores: by number alone")

PANEL: Final = limit("scorers of a round", 20, "people", "a committee; each scores each bid")


@fact
class AlreadyScorer(UserError):
    says = "They are on this round's panel already."


@fact
class AlreadyDeclared(UserError):
    says = "A conflict was declared already: they see and score nothing in this round."


@fact
class PanelFull(UserError):
    says = "A panel has at most {most} people."
    most: int


@fact
class PanelFixed(UserError):
    """Who has seen what scores come to could turn it by whom they add."""

    says = "Scores of this round are all in: nobody joins its panel while somebody is left on it."


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
