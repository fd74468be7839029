"""Expressions of interest and bids: verdicts, withdrawals, and who comes next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules_bidders as bidders
from commonweal.handovers.rules_bidders import (
    BID,
    ENTRY,
    BidState,
    Judgement,
    Verdict,
    Withdrawal,
    withdrawal,
)
from commonweal.kernel.lifecycle import WrongState

QUESTIONS = ("constituted", "accounts", "need")
DEADLINE = datetime(2026, 10, 30, 17, tzinfo=UTC)
LATER = DEADLINE + timedelta(milliseconds=1)


def judged(*verdicts: Verdict) -> list[Judgement]:
    return [
        Judgement(question, verdict, "not incorporated yet" if "CAVEATS" in verdict else "")
        for question, verdict in zip(QUESTIONS, verdicts, strict=True)
    ]


@given(st.lists(st.sampled_from(Verdict), min_size=3, max_size=3))
def test_an_expression_is_worth_what_its_worst_answer_is(verdicts: list[Verdict]) -> None:
    worst = next(v for v in ("FAIL", "PASS_WITH_CAVEATS", "PASS") if v in verdicts)
    assert bidders.eoi_verdict(judged(*verdicts), QUESTIONS) == worst


def test_a_caveat_is_written_where_there_is_one_and_nowhere_else() -> None:
    passing = judged(Verdict.PASS, Verdict.PASS, Verdict.PASS)[1:]
    for verdict, caveat, refusal in (
        (Verdict.PASS_WITH_CAVEATS, "  ", bidders.CaveatMissing("constituted")),
        (Verdict.PASS, "later", bidders.CaveatUnused("constituted", "PASS")),
        (Verdict.FAIL, "later", bidders.CaveatUnused("constituted", "FAIL")),
    ):
        with pytest.raises(type(refusal)) as refused:
            bidders.eoi_verdict([Judgement("constituted", verdict, caveat), *passing], QUESTIONS)
        assert refused.value == refusal


def test_there_is_no_verdict_before_every_answer_is_judged_and_each_is_judged_once() -> None:
    given_ = judged(Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    with pytest.raises(bidders.AnswersUnjudged) as refused:
        bidders.eoi_verdict(given_[:1], QUESTIONS)
    assert refused.value.questions == ("accounts", "need")
    with pytest.raises(bidders.QuestionUnknown):
        bidders.eoi_verdict([*given_, given_[0]], QUESTIONS)
    with pytest.raises(bidders.QuestionUnknown):
        bidders.eoi_verdict([Judgement("colour", Verdict.PASS)], QUESTIONS)


@pytest.mark.parametrize("bid", ["draft", "submitted"])
def test_withdrawn_by_the_deadline_a_bid_is_never_read(bid: str) -> None:
    """Invariant 9: the instant of the deadline is still before it."""
    for at in (DEADLINE - timedelta(days=1), DEADLINE):
        assert withdrawal(bid, "entered", at, DEADLINE, None) is Withdrawal.ERASED


def test_withdrawn_after_the_deadline_a_bid_is_left_out_and_a_draft_is_still_unread() -> None:
    """Invariant 9."""
    for bid, entry, what in (
        ("submitted", "entered", Withdrawal.LEFT_OUT),
        ("submitted", "reserve", Withdrawal.LEFT_OUT),
        ("draft", "entered", Withdrawal.ERASED),
    ):
        assert withdrawal(bid, entry, LATER, DEADLINE, 7) is what


def test_withdrawn_after_the_award_the_reserve_is_next_or_the_asset_is_listed_again() -> None:
    """Invariant 9."""
    left = "submitted", "chosen", LATER, DEADLINE
    assert withdrawal(*left, 7) is Withdrawal.RESERVE_NEXT
    assert withdrawal(*left, None) is Withdrawal.RELISTED


@pytest.mark.parametrize(
    ("bid", "entry"),
    [
        ("withdrawn", "out"),
        ("eligibility_lost", "out"),
        ("submitted", "not_chosen"),
        ("submitted", "out"),
    ],
)
def test_what_is_out_already_cannot_be_withdrawn(bid: str, entry: str) -> None:
    with pytest.raises(WrongState):
        withdrawal(bid, entry, LATER, DEADLINE, None)


@pytest.mark.parametrize("bid", ["withdrawn", "eligibility_lost"])
def test_a_bid_is_withdrawn_once_also_before_the_deadline(bid: str) -> None:
    with pytest.raises(WrongState):
        withdrawal(bid, "entered", DEADLINE, DEADLINE, None)


def test_a_bidder_that_is_dissolved_loses_its_place_and_is_not_deleted() -> None:
    """Invariant 11."""
    assert BID.check("disqualify", "submitted") == "eligibility_lost"
    assert not BID.allowed(BidState.ELIGIBILITY_LOST)
    for entry in ("entered", "chosen", "reserve"):
        assert ENTRY.check("leave", entry) == "out"


def test_a_reserve_is_chosen_once_the_first_is_gone_and_an_appeal_looks_at_all_again() -> None:
    """Invariants 9 and 24."""
    assert ENTRY.check("choose", "reserve") == "chosen"
    for entry in ("chosen", "reserve", "not_chosen"):
        assert ENTRY.check("reconsider", entry) == "entered"
    with pytest.raises(WrongState):
        ENTRY.check("reconsider", "out")


def test_the_best_placed_that_still_stands_is_next() -> None:
    """Invariant 9."""
    places = ((1,), (2, 3), (4,))
    assert bidders.next_in_line(places, {1, 2, 3, 4}) == 1
    assert bidders.next_in_line(places, {2, 4}) == 2
    assert bidders.next_in_line(places, {4}) == 4
    assert bidders.next_in_line(places, set()) is None


def test_of_those_that_share_the_next_place_people_choose() -> None:
    """Invariant 9: not the one that comes after them, either."""
    assert bidders.next_in_line(((1,), (2, 3), (4,)), {2, 3, 4}) is None
