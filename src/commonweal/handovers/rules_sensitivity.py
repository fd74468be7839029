"""Would another bid win, had the weights or the panel been a little other? Pure.

Only what changes the winner is told; nothing means that the result holds. A total is linear in
the weights, so who leads before a shift and after it leads at each smaller one too, and its end
is enough to look at. Start at rules_assessment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from commonweal.handovers.rules_assessment import (
    Matrix,
    Panel,
    Result,
    Score,
    places,
    result,
    total_of,
)


@dataclass(frozen=True, slots=True)
class Shift:
    """So much weight, per 10,000, from one criterion to another, and who wins then."""

    from_criterion: str
    to_criterion: str
    by: int
    winner: int | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Who wins without that scorer."""

    scorer: int
    winner: int | None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """All that changes the winner."""

    shifts: tuple[Shift, ...]
    absences: tuple[Absence, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing does."""
        return not self.shifts and not self.absences


def sensitivity(
    scores: Sequence[Score], matrix: Matrix, panel: Panel, weight_moved: int
) -> Sensitivity:
    """What of these changes the winner: `weight_moved` per 10,000 from any criterion to any other,
    or as much as it has; and any scorer left out, where another is left. Raises as `result` does.
    """
    now = result(scores, matrix, panel)
    shifts = []
    for source, target in permutations(matrix.criteria, 2):
        by = min(weight_moved, source.weight)
        weights = {source.name: source.weight - by, target.name: target.weight + by}
        winner = _winner(now, _weighing(matrix, weights))
        shifts.append(Shift(source.name, target.name, by, winner))
    absences = [
        Absence(scorer, result(scores, matrix, _without(panel, scorer)).winner)
        for scorer in sorted(panel.scoring)
        if len(panel.scoring) > 1
    ]
    return Sensitivity(
        tuple(each for each in shifts if each.winner != now.winner),
        tuple(each for each in absences if each.winner != now.winner),
    )


def _weighing(matrix: Matrix, weights: dict[str, int]) -> Matrix:
    criteria = (replace(c, weight=weights.get(c.name, c.weight)) for c in matrix.criteria)
    return replace(matrix, criteria=tuple(criteria))


def _winner(now: Result, matrix: Matrix) -> int | None:
    """The same points under other weights."""
    totals = tuple(
        replace(each, total=total_of(each.points, matrix.criteria)) for each in now.totals
    )
    return replace(now, totals=totals, places=places(totals, matrix)).winner


def _without(panel: Panel, scorer: int) -> Panel:
    return replace(panel, scorers=panel.scorers - {scorer})
