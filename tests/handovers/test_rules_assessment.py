"""Scores: who may give which, who sees them when, and who is first by them, exactly."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules_assessment as assessment
from commonweal.handovers.rules_assessment import (
    Criterion,
    LastResort,
    Matrix,
    Panel,
    Scale,
    Score,
    Total,
    result,
)
from commonweal.handovers.rules_panel import is_partial
from tests.handovers.scoring import ANN, BARN, BOB, CAT, CLUB, HALL, assessments, matrix, scores

HALVES = matrix(5_000, 5_000)
PANEL = Panel(frozenset({ANN, BOB}), (HALL, BARN))
ALL_IN = scores({ANN: {HALL: "35", BARN: "44"}, BOB: {HALL: "34", BARN: "25"}})
Assessment = tuple[list[Score], Matrix, Panel]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
def test_weights_sum_to_ten_thousand_exactly_or_the_round_does_not_open(weights: list[int]) -> None:
    """Invariant 14."""
    if sum(weights) == 10_000:
        assessment.check_matrix(matrix(*weights))
        return
    with pytest.raises(assessment.WeightsNotWhole) as refused:
        assessment.check_matrix(matrix(*weights))
    assert refused.value.total + refused.value.off_by == 10_000


@pytest.mark.parametrize(("last", "whole"), [(9_999, False), (10_000, True), (10_001, False)])
def test_a_ten_thousandth_too_little_or_too_much_is_refused(last: int, whole: bool) -> None:
    """Invariant 14: a third, a third and a third are no whole."""
    weights = (3_333, 3_333, last - 6_666)
    if whole:
        assessment.check_matrix(matrix(*weights))
        return
    with pytest.raises(assessment.WeightsNotWhole):
        assessment.check_matrix(matrix(*weights))


def test_a_matrix_names_each_criterion_once_and_weighs_and_bounds_it() -> None:
    a, b = HALVES.criteria
    for wrong, refusal in (
        (Matrix((a, replace(a, weight=5_000))), assessment.CriterionRepeated),
        (Matrix((replace(a, weight=0), replace(b, weight=10_000))), assessment.WeightTooSmall),
        (Matrix((replace(a, least=0), b)), assessment.ThresholdOffScale),
        (Matrix((replace(a, least=6), b)), assessment.ThresholdOffScale),
        (Matrix((a, b), ties=("c",)), assessment.CriterionUnknown),
        (Matrix(()), assessment.WeightsNotWhole),
    ):
        with pytest.raises(refusal):
            assessment.check_matrix(wrong)


@pytest.mark.parametrize("scale", Scale)
@pytest.mark.parametrize("points", [-1, 0, 1, 2, 3, 4, 5, 6, 2.0, True, "3"])
def test_a_score_is_a_whole_number_in_its_scale(scale: Scale, points: object) -> None:
    """Invariant 14."""
    only = Matrix((Criterion("a", 10_000, scale, scale.span[0]),))
    score = Score(1, HALL, "a", ANN, points, "because")  # type: ignore[arg-type]
    low, high = scale.span
    if type(points) is int and low <= points <= high:
        assessment.check_score(score, only, PANEL)
        return
    with pytest.raises(assessment.ScoreOffScale):
        assessment.check_score(score, only, PANEL)


def test_the_scales_are_those_of_the_national_matrix() -> None:
    assert [each.span for each in Scale] == [(1, 5), (0, 3), (0, 1)]


def test_only_the_panel_scores_and_only_what_is_assessed() -> None:
    good = Score(1, HALL, "a", ANN, 3, "because")
    assessment.check_score(good, HALVES, PANEL)
    for wrong, refusal in (
        (replace(good, scorer=CAT), assessment.NotAScorer),
        (replace(good, bid=CLUB), assessment.BidNotScored),
        (replace(good, criterion="c"), assessment.CriterionUnknown),
    ):
        with pytest.raises(refusal):
            assessment.check_score(wrong, HALVES, PANEL)


def test_nobody_scores_who_declared_an_interest_or_belongs_to_a_bidder() -> None:
    """Invariant 13: a consortium's partners are bidders too."""
    assert not is_partial({7}, {8, 9})
    assert is_partial({7, 9}, {8, 9})
    conflicted = replace(PANEL, conflicted=frozenset({ANN}))
    for bid in PANEL.bids:
        with pytest.raises(assessment.ScorerConflicted):
            assessment.check_score(Score(1, bid, "a", ANN, 3, "because"), HALVES, conflicted)


def test_there_is_no_result_before_all_scores_are_in() -> None:
    """Invariant 15."""
    with pytest.raises(assessment.ScoresMissing) as refused:
        result(ALL_IN[:-1], HALVES, PANEL)
    assert refused.value.left == 1


def test_to_score_one_thing_twice_is_not_to_score_all() -> None:
    """Invariant 15."""
    twice = [*ALL_IN[:-1], replace(ALL_IN[0], number=99)]
    with pytest.raises(assessment.ScoresMissing):
        result(twice, HALVES, PANEL)


def test_once_all_are_in_a_scorer_may_think_again_with_a_reason() -> None:
    """Invariants 14 and 15: what was first said stays to be seen."""
    before = result(ALL_IN, HALVES, PANEL)
    moderated = [*ALL_IN, replace(ALL_IN[0], number=99, points=5, reason="the lease is signed")]
    after = result(moderated, HALVES, PANEL)
    assert (before.winner, after.winner) == (None, HALL)
    assert result(ALL_IN, HALVES, PANEL) == before


@given(assessments(), st.randoms())
def test_the_last_score_counts_in_whatever_order_they_are_read(
    made: Assessment, random: Random
) -> None:
    """Invariant 14."""
    given_, criteria, panel = made
    low = {each.name: each.scale.span[0] for each in criteria.criteria}
    later = [replace(s, number=s.number + 1_000, points=low[s.criterion]) for s in given_]
    both = [*given_, *later]
    random.shuffle(both)
    assert result(both, criteria, panel) == result(later, criteria, panel)


def test_a_conflict_declared_after_scoring_voids_every_score_of_theirs_and_keeps_the_old() -> None:
    """Invariant 13."""
    given_ = scores({ANN: {HALL: "55", BARN: "11"}, BOB: {HALL: "33", BARN: "44"}})
    before = result(given_, HALVES, PANEL)
    panel = replace(PANEL, conflicted=frozenset({ANN}))
    after = result(given_, HALVES, panel)
    assert (before.winner, after.winner) == (HALL, BARN)
    assert (before.scored_by, after.scored_by) == (PANEL.scorers, frozenset({BOB}))
    assert (before.voided, after.voided) == (frozenset(), frozenset({ANN}))


@given(assessments())
def test_without_the_conflicted_it_is_as_if_they_had_never_scored(made: Assessment) -> None:
    """Invariant 13."""
    given_, criteria, panel = made
    first = min(panel.scorers)
    conflicted = replace(panel, conflicted=frozenset({first}))
    if panel.scorers == {first}:
        with pytest.raises(assessment.NobodyScores):
            result(given_, criteria, conflicted)
        return
    others = [each for each in given_ if each.scorer != first]
    never = result(others, criteria, replace(panel, scorers=panel.scorers - {first}))
    assert replace(result(given_, criteria, conflicted), voided=frozenset()) == never


def test_a_bid_that_fails_on_one_criterion_is_not_awardable_with_the_top_total() -> None:
    """Invariant 17."""
    weighty = matrix(9_000, 1_000, least=2)
    given_ = scores({ANN: {HALL: "51", BARN: "32"}})
    came = result(given_, weighty, replace(PANEL, scorers=frozenset({ANN})))
    hall, barn = came.totals
    assert hall.total > barn.total
    assert (hall.failed, barn.failed) == (("b",), ())
    assert (came.places, came.winner) == (((BARN,),), BARN)


def test_the_threshold_itself_is_enough_and_a_third_of_a_point_less_is_not() -> None:
    """Invariant 17."""
    panel = Panel(frozenset({ANN, BOB, CAT}), (HALL,))
    for cats, failed in (("3", ()), ("2", ("a",))):
        given_ = scores({ANN: {HALL: "3"}, BOB: {HALL: "3"}, CAT: {HALL: cats}})
        assert result(given_, matrix(10_000, least=3), panel).totals[0].failed == failed


def test_thirds_that_floats_would_part_are_a_tie() -> None:
    """Invariant 14."""
    thirds = matrix(3_333, 3_333, 3_334)
    panel = Panel(frozenset({ANN, BOB, CAT}), (HALL, BARN))
    rows: dict[int, dict[int, str]] = {
        ANN: {HALL: "121", BARN: "211"},
        BOB: {HALL: "222", BARN: "222"},
        CAT: {HALL: "111", BARN: "111"},
    }
    came = result(scores(rows), thirds, panel)
    assert came.places == ((HALL, BARN),)
    assert came.totals[0].total == Fraction(3_333 * 4 + 3_333 * 5 + 3_334 * 4, 15)


def test_ties_are_broken_by_the_criterion_named_before_and_then_by_the_next() -> None:
    """Invariant 14."""
    given_ = scores({ANN: {HALL: "334", BARN: "433", CLUB: "343"}})
    panel = Panel(frozenset({ANN}), (HALL, BARN, CLUB))
    thirds = matrix(1, 1, 1)
    for ties, order in (
        (("a", "b"), ((BARN,), (CLUB,), (HALL,))),
        (("c",), ((HALL,), (BARN, CLUB))),
        ((), ((HALL, BARN, CLUB),)),
    ):
        assert result(given_, replace(thirds, ties=ties), panel).places == order
    earliest = replace(thirds, last_resort=LastResort.EARLIEST)
    assert result(given_, earliest, panel).places == ((HALL,), (BARN,), (CLUB,))


@given(assessments())
def test_every_awardable_bid_has_one_place_and_none_is_worse_than_the_next(
    made: Assessment,
) -> None:
    """Invariants 14 and 17."""
    came = result(*made)
    by_bid = {each.bid: each for each in came.totals}
    placed = [bid for place in came.places for bid in place]
    assert sorted(placed) == sorted(bid for bid, each in by_bid.items() if not each.failed)
    totals = [by_bid[bid].total for bid in placed]
    assert totals == sorted(totals, reverse=True)
    if made[1].last_resort is LastResort.EARLIEST:
        assert all(len(place) == 1 for place in came.places)


@given(assessments())
def test_a_total_is_exact_between_nothing_and_ten_thousand_and_no_float(made: Assessment) -> None:
    """Invariant 14."""
    for each in result(*made).totals:
        assert isinstance(each, Total)
        assert type(each.total) is Fraction
        assert all(type(points) is Fraction for points in each.points)
        assert 0 <= each.total <= 10_000


@given(st.sampled_from(Scale))
def test_full_points_throughout_are_ten_thousand(scale: Scale) -> None:
    criteria = [Criterion(name, 3_333, scale, 0) for name in "ab"]
    criteria.append(Criterion("c", 3_334, scale, 0))
    full = [Fraction(scale.span[1])] * 3
    assert assessment.total_of(full, criteria) == 10_000
