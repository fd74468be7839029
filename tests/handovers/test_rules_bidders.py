"""Bids: withdrawals, and who comes next."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.handovers import rules_bidders as bidders
from commonweal.handovers.rules_bidders import (
    BID,
    ENTRY,
    BidState,
    is_erased,
)
from commonweal.kernel.lifecycle import WrongState

DEADLINE = datetime(2026, 10, 30, 17, tzinfo=UTC)
LATER = DEADLINE + timedelta(milliseconds=1)


@pytest.mark.parametrize("bid", ["draft", "submitted"])
def test_withdrawn_by_the_deadline_a_bid_is_never_read(bid: str) -> None:
    """Invariant 9: the instant of the deadline is still before it."""
    for at in (DEADLINE - timedelta(days=1), DEADLINE):
        assert is_erased(bid, at, DEADLINE)


def test_withdrawn_after_the_deadline_a_bid_is_kept_and_a_draft_is_still_unread() -> None:
    """Invariant 9."""
    assert not is_erased("submitted", LATER, DEADLINE)
    assert is_erased("draft", LATER, DEADLINE)


@pytest.mark.parametrize("at", [DEADLINE, LATER])
@pytest.mark.parametrize("bid", ["withdrawn", "eligibility_lost"])
def test_a_bid_is_withdrawn_once(bid: str, at: datetime) -> None:
    with pytest.raises(WrongState):
        is_erased(bid, at, DEADLINE)


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
