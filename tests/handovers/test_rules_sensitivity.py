"""Whether the result would hold, had weights or panel been a little other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers.rules_assessment import Matrix, NobodyScores, Panel, Score, result
from commonweal.handovers.rules_sensitivity import Absence, Sensitivity, Shift, sensitivity
from tests.handovers.scoring import ANN, BARN, BOB, HALL, assessments, matrix, scores

ONE = Panel(frozenset({ANN}), (HALL, BARN))
TWO = replace(ONE, scorers=frozenset({ANN, BOB}))
Assessment = tuple[list[Score], Matrix, Panel]


def test_a_winner_by_less_than_five_points_of_weight_is_told_with_who_would_win() -> None:
    given_ = scores({ANN: {HALL: "53", BARN: "35"}})
    assert sensitivity(given_, matrix(5_200, 4_800), ONE, 500) == Sensitivity(
        (Shift("a", "b", 500, BARN),), ()
    )


def test_a_shift_that_only_draws_level_changes_the_winner_too() -> None:
    given_ = scores({ANN: {HALL: "53", BARN: "35"}})
    assert sensitivity(given_, matrix(5_500, 4_500), ONE, 500).shifts == (
        Shift("a", "b", 500, None),
    )
    assert sensitivity(given_, matrix(5_501, 4_499), ONE, 500).holds


def test_a_criterion_gives_no_more_weight_than_it_has() -> None:
    given_ = scores({ANN: {HALL: "53", BARN: "54"}})
    told = sensitivity(given_, matrix(9_700, 300), ONE, 500)
    assert told.shifts == (Shift("b", "a", 300, None),)


def test_a_result_that_hangs_on_one_scorer_says_on_whom() -> None:
    given_ = scores({ANN: {HALL: "55", BARN: "11"}, BOB: {HALL: "33", BARN: "44"}})
    told = sensitivity(given_, matrix(5_000, 5_000), TWO, 500)
    assert told == Sensitivity((), (Absence(ANN, BARN),))
    assert not told.holds


def test_of_one_scorer_nobody_asks_what_would_be_without() -> None:
    """Also where a conflict left them the last."""
    given_ = scores({ANN: {HALL: "55", BARN: "11"}, BOB: {HALL: "33", BARN: "44"}})
    left = replace(TWO, conflicted=frozenset({BOB}))
    assert sensitivity(given_, matrix(5_000, 5_000), left, 500).holds
    with pytest.raises(NobodyScores):
        sensitivity(given_, matrix(5_000, 5_000), replace(TWO, conflicted=TWO.scorers), 500)


@given(assessments(), st.integers(1, 10_000))
def test_what_is_told_is_what_a_count_from_the_beginning_gives(
    made: Assessment, moved: int
) -> None:
    """Weights are moved, and scores left out, by hand; the winners must be those told."""
    given_, criteria, panel = made
    winner, told = result(*made).winner, sensitivity(*made, moved)
    shifted = {(each.from_criterion, each.to_criterion): each.winner for each in told.shifts}
    for source in criteria.criteria:
        for target in criteria.criteria:
            if source is target:
                continue
            by = min(moved, source.weight)
            change = {source.name: -by, target.name: by}
            other = [replace(c, weight=c.weight + change.get(c.name, 0)) for c in criteria.criteria]
            now = result(given_, replace(criteria, criteria=tuple(other)), panel).winner
            assert shifted.get((source.name, target.name), winner) == now
    absent = {each.scorer: each.winner for each in told.absences}
    for scorer in panel.scorers if len(panel.scorers) > 1 else ():
        fewer = replace(panel, scorers=panel.scorers - {scorer})
        assert absent.get(scorer, winner) == result(given_, criteria, fewer).winner
    assert winner not in {*shifted.values(), *absent.values()}


@given(assessments(), st.integers(0, 500))
def test_who_holds_against_a_shift_holds_against_every_smaller_one(
    made: Assessment, smaller: int
) -> None:
    """So the end of a shift is enough to look at."""
    if not sensitivity(*made, 500).shifts:
        assert not sensitivity(*made, smaller).shifts
