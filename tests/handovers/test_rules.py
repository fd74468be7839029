"""A case's states and stages: what may follow what, when it is in time, and how it is resumed."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules as rounds
from commonweal.handovers.rules import CASE, CaseState, End, Stage
from commonweal.handovers.rules_defaults import rules_on
from commonweal.kernel.lifecycle import WrongState

RULES = rules_on(date(2026, 11, 23))
MILLISECOND = timedelta(milliseconds=1)
NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
SHORT = (Stage.BUSINESS_CASE, Stage.ASSESSMENT, Stage.DECISION)
WAY = (
    *("list", "close_eoi", "invite", "close_bids", "assess", "recommend", "decide"),
    *("agree_terms", "complete", "monitor", "find_breach", "serve_notice", "revert"),
)
DAYS = st.lists(st.integers(0, 400), min_size=7, max_size=7)


def ends(*days: int, stages: tuple[Stage, ...] = tuple(Stage)) -> tuple[End, ...]:
    return tuple(
        End(stage, NOON + timedelta(days=day)) for stage, day in zip(stages, days, strict=True)
    )


def test_a_case_goes_from_a_proposal_to_the_keys_and_back_one_stage_after_the_other() -> None:
    state = CASE.initial
    been = [state]
    for move in WAY:
        state = CASE.check(move, state)
        been.append(state)
    assert been == [
        *("proposed", "listed", "eoi_closed", "business_case", "bids_closed", "assessment"),
        *("due_diligence", "decided", "heads_of_terms", "completed", "monitoring", "breach"),
        *("curing", "reverted"),
    ]


@given(st.sampled_from(CaseState), st.sampled_from(WAY))
def test_no_stage_of_the_way_can_be_skipped(state: CaseState, move: str) -> None:
    came_from = {"invite": {"proposed", "eoi_closed"}}.get(
        move, {dict(zip(WAY, (CASE.initial, *(CASE.move(m).to for m in WAY)), strict=False))[move]}
    )
    if state in came_from:
        CASE.check(move, state)
        return
    with pytest.raises(WrongState):
        CASE.check(move, state)


@pytest.mark.parametrize("move", ["complete", "decide", "agree_terms", "award_none", "withdraw"])
def test_an_appeal_freezes_everything_that_would_finish_a_case(move: str) -> None:
    """Invariant 24."""
    for frozen_at in rounds.APPEALABLE:
        assert CASE.check("appeal", frozen_at) == "appeal"
    with pytest.raises(WrongState):
        CASE.check(move, "appeal")


def test_an_appeal_that_fails_leaves_the_case_where_it_stood() -> None:
    """Invariant 24."""
    for frozen_at in rounds.APPEALABLE:
        move = rounds.resumes(frozen_at, [], {*CaseState})
        assert CASE.check(move, "appeal") == frozen_at


def test_of_several_upheld_appeals_the_earliest_stage_counts_whatever_their_order() -> None:
    """Invariant 24."""
    named = [CaseState.DUE_DILIGENCE, CaseState.EOI_CLOSED, CaseState.ASSESSMENT]
    for order in (named, named[::-1]):
        move = rounds.resumes(CaseState.HEADS_OF_TERMS, order, {*CaseState})
        assert CASE.check(move, "appeal") == "eoi_closed"


@pytest.mark.parametrize("frozen_at", rounds.APPEALABLE)
@pytest.mark.parametrize("stage", CaseState)
def test_an_upheld_appeal_goes_back_only_to_where_the_case_has_been_before_its_decision(
    frozen_at: CaseState, stage: CaseState
) -> None:
    """Invariant 24."""
    been = {CaseState.PROPOSED, CaseState.EOI_CLOSED, CaseState.ASSESSMENT, frozen_at}
    if stage in {CaseState.EOI_CLOSED, CaseState.ASSESSMENT}:
        assert rounds.resumes(frozen_at, [stage], been) == f"resume_{stage}"
        return
    with pytest.raises(rounds.CannotReopenAt) as refused:
        rounds.resumes(frozen_at, [stage], been)
    assert refused.value.possible == ("eoi_closed", "assessment")


@given(DAYS | DAYS.map(sorted) | st.permutations(range(7)))
def test_the_ends_of_a_round_are_strictly_later_each(days: list[int]) -> None:
    """Invariant 6."""
    if all(one < other for one, other in pairwise(days)):
        rounds.check_timetable(ends(*days))
        return
    first = next(i for i in range(6) if days[i] >= days[i + 1])
    with pytest.raises(rounds.DatesNotIncreasing) as refused:
        rounds.check_timetable(ends(*days))
    earlier, later = tuple(Stage)[first : first + 2]
    assert (refused.value.earlier, refused.value.later) == (earlier.value, later.value)


def test_a_year_that_was_mistyped_is_refused_and_both_dates_are_named() -> None:
    """Invariant 6: a council's page says January 2025 in a round that begins in 2025."""
    opened = datetime(2025, 12, 1, 17, tzinfo=UTC)
    meeting = datetime(2025, 1, 20, 17, tzinfo=UTC)
    with pytest.raises(rounds.DatesNotIncreasing) as refused:
        rounds.check_timetable((End(Stage.ASSESSMENT, opened), End(Stage.DECISION, meeting)))
    assert refused.value.message == (
        "DECISION ends at 2025-01-20T17:00:00.000+00:00, which is not after ASSESSMENT "
        "(2025-12-01T17:00:00.000+00:00): each stage ends after the one before it. Look at the "
        "year too."
    )


def test_two_stages_do_not_end_in_one_millisecond_but_may_in_the_next() -> None:
    """Invariant 6."""
    first, second, third = ends(1, 2, 3, stages=SHORT)
    rounds.check_timetable((first, End(second.stage, first.at + MILLISECOND), third))
    with pytest.raises(rounds.DatesNotIncreasing):
        rounds.check_timetable((first, End(second.stage, first.at), third))


@pytest.mark.parametrize("absent", SHORT)
def test_a_round_without_bids_scores_or_a_decision_is_none(absent: Stage) -> None:
    stages = tuple(stage for stage in SHORT if stage is not absent)
    with pytest.raises(rounds.StageMissing) as refused:
        rounds.check_timetable(ends(1, 2, stages=stages))
    assert refused.value.stages == (absent.value,)


def test_whoever_takes_expressions_of_interest_says_until_when_it_answers_them() -> None:
    with pytest.raises(rounds.StageMissing) as refused:
        rounds.check_timetable(ends(1, 2, 3, 4, stages=(Stage.EOI, *SHORT)))
    assert refused.value.stages == ("SHORTLISTING",)


def test_a_stage_ends_once_and_stages_keep_their_order() -> None:
    with pytest.raises(rounds.StageRepeated):
        rounds.check_timetable(ends(1, 2, 3, 4, stages=(*SHORT, Stage.DECISION)))
    with pytest.raises(rounds.StagesOutOfOrder) as refused:
        rounds.check_timetable(ends(1, 2, 3, stages=(SHORT[1], SHORT[0], SHORT[2])))
    assert (refused.value.earlier, refused.value.later) == ("BUSINESS_CASE", "ASSESSMENT")


@pytest.mark.parametrize("stages", [SHORT, tuple(Stage)])
def test_the_usual_timetable_of_a_council_is_one_that_is_accepted(stages: tuple[Stage]) -> None:
    timetable = rounds.usual_timetable(date(2026, 5, 6), stages, RULES)
    rounds.check_timetable(timetable)
    assert tuple(end.stage for end in timetable) == stages


def test_stages_close_at_five_in_the_civil_day_in_summer_and_in_winter() -> None:
    first, *_, last = rounds.usual_timetable(date(2026, 8, 1), tuple(Stage), RULES)
    assert first.at == datetime(2026, 8, 29, 16, tzinfo=UTC)
    assert last.at == datetime(2027, 2, 21, 17, tzinfo=UTC)
    assert first.at.tzinfo is UTC  # two of one zone would be compared by their wall clocks


@given(st.integers(-(10**9), 10**9))
def test_what_comes_at_the_deadline_is_in_time_and_what_comes_after_is_not(ahead: int) -> None:
    """Invariant 8: and a stage is over, and can be opened, exactly when nothing is taken."""
    at = NOON + ahead * MILLISECOND
    if ahead <= 0:
        rounds.check_in_time(Stage.BUSINESS_CASE, NOON, at)
        with pytest.raises(rounds.StageNotOver):
            rounds.check_over(Stage.BUSINESS_CASE, NOON, at)
        return
    rounds.check_over(Stage.BUSINESS_CASE, NOON, at)
    with pytest.raises(rounds.DeadlinePassed):
        rounds.check_in_time(Stage.BUSINESS_CASE, NOON, at)


def test_at_the_instant_accepted_and_a_millisecond_later_refused() -> None:
    """Invariant 8."""
    rounds.check_in_time(Stage.BUSINESS_CASE, NOON, NOON)
    with pytest.raises(rounds.DeadlinePassed) as refused:
        rounds.check_in_time(Stage.BUSINESS_CASE, NOON, NOON + MILLISECOND)
    assert refused.value.came_at == "2026-05-06T12:00:00.001+00:00"
    with pytest.raises(rounds.StageNotOver):
        rounds.check_over(Stage.BUSINESS_CASE, NOON, NOON)
    rounds.check_over(Stage.BUSINESS_CASE, NOON, NOON + MILLISECOND)


@pytest.mark.parametrize("state", CaseState)
def test_bids_are_taken_while_they_are_asked_for_and_never_once_they_are_opened(
    state: CaseState,
) -> None:
    """Invariant 8: who began in time is taken, also when they waited while the round closed."""
    timetable = ends(1, 2, 3, stages=SHORT)
    at = timetable[0].at
    if state in {"business_case", "bids_closed"}:
        rounds.check_taken(Stage.BUSINESS_CASE, state, timetable, at)
    else:
        with pytest.raises(rounds.NotTaken):
            rounds.check_taken(Stage.BUSINESS_CASE, state, timetable, at)
    with pytest.raises(rounds.DeadlinePassed):
        rounds.check_taken(Stage.BUSINESS_CASE, state, timetable, at + MILLISECOND)


def test_an_expression_of_interest_is_taken_where_a_round_has_them_and_while_it_is_listed() -> None:
    timetable = ends(1, 2, 3, 4, 5, 6, 7)
    rounds.check_taken(Stage.EOI, "listed", timetable, NOON)
    with pytest.raises(rounds.NotTaken) as refused:
        rounds.check_taken(Stage.EOI, "business_case", timetable, NOON)
    assert refused.value.message == (
        'Nothing is taken for EOI while the case stands at "business case".'
    )
    with pytest.raises(rounds.StageNotHeld):
        rounds.check_taken(Stage.EOI, "listed", ends(1, 2, 3, stages=SHORT), NOON)


def test_expressions_of_interest_are_neither_left_out_nor_made_up() -> None:
    long, short = ends(1, 2, 3, 4, 5, 6, 7), ends(1, 2, 3, stages=SHORT)
    rounds.check_way("list", "proposed", long)
    rounds.check_way("invite", "eoi_closed", long)
    rounds.check_way("invite", "proposed", short)
    with pytest.raises(rounds.StageSkipped):
        rounds.check_way("invite", "proposed", long)
    with pytest.raises(rounds.StageNotHeld):
        rounds.check_way("list", "proposed", short)
    with pytest.raises(WrongState):
        rounds.check_way("decide", "proposed", short)
