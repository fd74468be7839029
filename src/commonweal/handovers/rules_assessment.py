"""Scores, and who is first by them: exact, explained, and the same whenever it is asked. Pure.

Criteria, weights and the rule for ties are fixed before a round opens. A score is a whole number
with a reason; a later one of the same scorer takes its place, and both are kept. A declared
interest takes a scorer out of the whole round: who gains by one bid gains by its rivals' loss.
Totals are Fractions of 10,000, never floats: a tie is a tie (design note: assets, invariants
13-17). Next: rules_sensitivity (what would change the winner).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import write_id

WHOLE: Final = 10_000  # what the weights sum to


class Scale(StrEnum):
    """The points of a criterion."""

    ONE_TO_FIVE = "ONE_TO_FIVE"
    ZERO_TO_THREE = "ZERO_TO_THREE"
    ZERO_TO_ONE = "ZERO_TO_ONE"

    @property
    def span(self) -> tuple[int, int]:
        """From the least to the most."""
        return SPANS[self]


SPANS: Final = {
    Scale.ONE_TO_FIVE: (1, 5),
    Scale.ZERO_TO_THREE: (0, 3),
    Scale.ZERO_TO_ONE: (0, 1),
}


class LastResort(StrEnum):
    """What parts bids that all criteria leave tied."""

    EARLIEST = "EARLIEST"  # who submitted first
    SHARED = "SHARED"  # nothing: people choose


@fact
class WeightsNotWhole(UserError):
    says = "The weights sum to {total} per 10,000, and must to 10,000 exactly: {off_by} to add."
    total: int
    off_by: int  # less than nothing: to take away


@fact
class WeightTooSmall(UserError):
    says = "{criterion} has the weight {weight}: give it at least 1, or leave it out."
    criterion: str
    weight: int


@fact
class CriterionRepeated(UserError):
    says = "There are two criteria called {criterion}."
    criterion: str


@fact
class ThresholdOffScale(UserError):
    says = "The least for {criterion} is from {low} to {high}; it was {given}."
    criterion: str
    low: int
    high: int
    given: int


@fact
class CriterionUnknown(UserError):
    says = "There is no criterion {criterion} in this round."
    criterion: str


@fact
class ScoreOffScale(UserError):
    says = "A score for {criterion} is a whole number from {low} to {high}; it was {given}."
    criterion: str
    low: int
    high: int
    given: str


@fact
class NothingAwardable(UserError):
    says = "No bid reaches the least points on each criterion: award it to nobody, and say why."


@fact
class TieNotBroken(UserError):
    says = "These share the first place: {bids}. Choose one of them, and say why."
    bids: tuple[str, ...]


@fact
class NotFirst(UserError):
    says = "Recommend the bid in the first place: {bid}."
    bid: str


@fact
class ScorerConflicted(UserError):
    says = "You declared an interest in this round, or belong to a bidder: you score nobody in it."


@fact
class NotAScorer(UserError):
    says = "Only those named to this round's panel score in it."


@fact
class BidNotScored(UserError):
    says = "This bid is not assessed in this round, or not any more."


@fact
class ScoresMissing(UserError):
    says = "{left} scores are not in: nobody sees another's, and there is no result, before."
    left: int


@fact
class NobodyScores(UserError):
    says = "Nobody is left who may score: name another scorer."


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is looked at; below `least` points on average a bid cannot be awarded anything."""

    name: str
    weight: int  # per 10,000
    scale: Scale
    least: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a round is assessed by; of tied bids the better in `ties`, in their order, is first."""

    criteria: tuple[Criterion, ...]
    ties: tuple[str, ...] = ()
    last_resort: LastResort = LastResort.SHARED


@dataclass(frozen=True, slots=True)
class Score:
    """One scorer's points for one bid on one criterion, and why. Never changed: superseded."""

    number: int  # the later, the higher
    bid: int
    criterion: str
    scorer: int
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Who scores which bids; `bids` in the order in which they were submitted."""

    scorers: frozenset[int]
    bids: tuple[int, ...]
    conflicted: frozenset[int] = frozenset()

    @property
    def scoring(self) -> frozenset[int]:
        """Those whose scores count."""
        return self.scorers - self.conflicted

    @property
    def all_conflicted(self) -> bool:
        """Whether there are scorers, and none whose scores count."""
        return bool(self.scorers) and not self.scoring


@dataclass(frozen=True, slots=True)
class Total:
    """A bid's total per 10,000, its average points by criterion, and where that is too little."""

    bid: int
    total: Fraction
    points: tuple[Fraction, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it, kept for ever beside any later one.

    `places` has the awardable bids, the best first; those that stay tied share a place.
    """

    totals: tuple[Total, ...]
    places: tuple[tuple[int, ...], ...]
    scored_by: frozenset[int]
    voided: frozenset[int]

    @property
    def winner(self) -> int | None:
        """None if no bid can be awarded anything, or several share the first place."""
        return self.places[0][0] if self.places and len(self.places[0]) == 1 else None


Standing = Mapping[tuple[int, str, int], Score]  # by bid, criterion and scorer


def check_matrix(matrix: Matrix) -> None:
    """Raises CriterionRepeated, WeightTooSmall, ThresholdOffScale, WeightsNotWhole,
    CriterionUnknown.
    """
    names: set[str] = set()
    for each in matrix.criteria:
        if each.name in names:
            raise CriterionRepeated(each.name)
        names.add(each.name)
        if each.weight < 1:
            raise WeightTooSmall(each.name, each.weight)
        low, high = each.scale.span
        if not low <= each.least <= high:
            raise ThresholdOffScale(each.name, low, high, each.least)
    total = sum(each.weight for each in matrix.criteria)
    if total != WHOLE:
        raise WeightsNotWhole(total, WHOLE - total)
    for name in matrix.ties:
        _criterion(matrix, name)


def check_score(score: Score, matrix: Matrix, panel: Panel) -> None:
    """Raises ScorerConflicted, NotAScorer, BidNotScored, CriterionUnknown, ScoreOffScale."""
    if score.scorer in panel.conflicted:
        raise ScorerConflicted
    if score.scorer not in panel.scorers:
        raise NotAScorer
    if score.bid not in panel.bids:
        raise BidNotScored
    low, high = _criterion(matrix, score.criterion).scale.span
    whole = isinstance(score.points, int) and not isinstance(score.points, bool)
    if not whole or not low <= score.points <= high:
        raise ScoreOffScale(score.criterion, low, high, str(score.points))


def parted(came: "Result", chosen: int | None, why: str) -> "Result":
    """As it came, one bid alone in the first place: people chose it where several share it.

    Raises NothingAwardable, TieNotBroken, NotFirst.
    """
    if not came.places:
        raise NothingAwardable
    first, *others = came.places
    names = tuple(write_id("bid", each) for each in first)
    if chosen is not None and chosen not in first:
        raise NotFirst(", ".join(names))
    if len(first) == 1:
        return came
    if chosen is None or not why:
        raise TieNotBroken(names)
    left = tuple(bid for bid in first if bid != chosen)
    return replace(came, places=((chosen,), left, *others))


def standing(scores: Iterable[Score], matrix: Matrix, panel: Panel) -> Standing:
    """The scores that count: each the last of its scorer, of bids and scorers that still do."""
    names = {each.name for each in matrix.criteria}
    return {
        (each.bid, each.criterion, each.scorer): each
        for each in sorted(scores, key=lambda score: score.number)
        if each.bid in panel.bids and each.criterion in names and each.scorer in panel.scoring
    }


def scores_left(counted: Standing, matrix: Matrix, panel: Panel) -> int:
    """How many scores are still to come before anybody sees another's (15)."""
    return len(panel.bids) * len(matrix.criteria) * len(panel.scoring) - len(counted)


def result(scores: Iterable[Score], matrix: Matrix, panel: Panel) -> Result:
    """Raises NobodyScores; ScoresMissing, until each scorer has scored each bid throughout."""
    if not panel.scoring:
        raise NobodyScores
    counted = standing(scores, matrix, panel)
    if left := scores_left(counted, matrix, panel):
        raise ScoresMissing(left)
    totals = tuple(_total(bid, counted, matrix, panel.scoring) for bid in panel.bids)
    return Result(totals, places(totals, matrix), panel.scoring, panel.scorers & panel.conflicted)


def places(totals: Iterable[Total], matrix: Matrix) -> tuple[tuple[int, ...], ...]:
    """Who is awardable (17), the best first. `totals` in the order in which bids came in."""
    first = [_index(matrix, name) for name in matrix.ties]

    def merit(each: Total) -> tuple[Fraction, ...]:
        return (each.total, *(each.points[index] for index in first))

    able = sorted((each for each in totals if not each.failed), key=merit, reverse=True)
    tied = (tuple(each.bid for each in group) for _, group in groupby(able, merit))
    if matrix.last_resort is LastResort.SHARED:
        return tuple(tied)
    return tuple((bid,) for place in tied for bid in place)  # sorting kept who came first


def total_of(points: Iterable[Fraction], criteria: Iterable[Criterion]) -> Fraction:
    """Per 10,000: of each criterion's weight the part that its points are of the most."""
    return sum(
        (
            each.weight * mean / each.scale.span[1]
            for mean, each in zip(points, criteria, strict=True)
        ),
        Fraction(0),
    )


def _total(bid: int, counted: Standing, matrix: Matrix, scorers: frozenset[int]) -> Total:
    points = tuple(
        Fraction(sum(counted[bid, each.name, scorer].points for scorer in scorers), len(scorers))
        for each in matrix.criteria
    )
    failed = tuple(
        each.name for mean, each in zip(points, matrix.criteria, strict=True) if mean < each.least
    )
    return Total(bid, total_of(points, matrix.criteria), points, failed)


def _index(matrix: Matrix, name: str) -> int:
    return matrix.criteria.index(_criterion(matrix, name))


def _criterion(matrix: Matrix, name: str) -> Criterion:
    for each in matrix.criteria:
        if each.name == name:
            return each
    raise CriterionUnknown(name)
