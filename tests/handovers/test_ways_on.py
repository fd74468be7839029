"""Nothing stands still for ever, and nothing goes backwards: what is left when somebody goes."""

from datetime import timedelta

import pytest

from commonweal.access import ANONYMOUS
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_bids import BidEntry
from commonweal.handovers.tables_interests import ExpressionOfInterest
from commonweal.handovers.tables_scores import Result
from commonweal.kernel.ids import write_id
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.conftest import Advance
from tests.handovers.bids import Bidder, a_bidder, a_document, a_submitted_bid, an_offer
from tests.handovers.decided import DAY, LEASE, ago, codes, deciding
from tests.handovers.interested import a_listed_case, an_owner, expressed, number
from tests.handovers.making import a_case, a_round
from tests.handovers.panels import a_scorer, assessed
from tests.handovers.test_actions_interests import PASS, closed
from tests.handovers.test_appeals import a_member, appeals, ends, has_been
from tests.handovers.test_conflicts import declares
from tests.handovers.test_opening import OVER, opens
from tests.people.signing import an_officer_of, refused, signed_in

RESULTS = '{{ case(id: "{}") {{ results {{ totalCount }} }} }}'


async def test_after_an_appeal_the_next_result_waits_for_the_next_decision(
    database: Database,
) -> None:
    """Invariant 15."""
    of = await deciding(database)
    await has_been(of, "listed", "eoi_closed", "business_case", "assessment")
    assert await of.decides(**LEASE) == []
    ann = await a_member(database, of, 1, "ann")
    _, appeal = await appeals(of, ann, 1)
    other = await an_officer_of(database, of.council.id)
    assert await ends(other, appeal, True, "ASSESSMENT") == []
    judge = await signed_in(database, "judge@example.org")
    await a_scorer(database, of.round, judge)
    for bid in of.bids:
        for name in ("Need", "Money"):
            score = {"criterion": name, "points": 3, "reason": "So."}
            given = {"caseId": of.id, "bidId": write_id("bid", bid.id), **score}
            assert refused(await judge.does("recordScore", **given)) == []
    assert await Result.filter(case_id=of.case.id).count() == 1
    found = await data(database, RESULTS.format(of.id), {}, ANONYMOUS)
    assert found["case"]["results"]["totalCount"] == 0


async def test_where_all_scores_are_void_it_is_assessed_anew_and_not_decided(
    database: Database,
) -> None:
    """Invariant 13."""
    of = await assessed(database, judges=1)
    await of.all_in(("55", "11"))
    await of.officer.does("recommend", caseId=of.id)
    assert await declares(of.judges[0]) == []
    assert (await Case.get(id=of.case.id)).state is CaseState.ASSESSMENT
    told = await of.officer.does("prepareDecision", "", caseId=of.id, **LEASE)
    assert refused(told) == ["WRONG_STATE"]


async def test_a_conflict_after_the_decision_is_computed_and_moves_nothing(
    database: Database,
) -> None:
    """It is what an appeal goes by."""
    of = await assessed(database, judges=2)
    await of.all_in(("55", "11"), ("33", "44"))
    await of.officer.does("recommend", caseId=of.id)
    shown = "decision { id version }"
    made = await of.officer.does("prepareDecision", shown, caseId=of.id, **LEASE)
    given = {"decisionId": made["decision"]["id"], "version": made["decision"]["version"]}
    assert refused(await of.officer.does("decide", "", **given, reasons="It is first.")) == []
    before = await Result.filter(case_id=of.case.id).count()
    assert await declares(of.judges[0]) == []
    assert await Result.filter(case_id=of.case.id).count() == before + 1
    assert (await Case.get(id=of.case.id)).state is CaseState.DECIDED


async def test_when_chosen_and_reserve_go_the_third_is_looked_at(database: Database) -> None:
    """Invariant 9."""
    of = await deciding(database, bids=3)
    for at in (1, 0):
        gone = {"bidId": write_id("bid", of.bids[at].id), "reason": "Dissolved."}
        assert codes(await of.officer.does("loseEligibility", **gone)) == []
    assert await of.state() is CaseState.ASSESSMENT
    assert await of.entries() == [EntryState.OUT, EntryState.OUT, EntryState.ENTERED]


async def test_what_was_bid_for_what_is_offered_no_more_is_not_read(
    database: Database, advance: Advance
) -> None:
    offer = await an_offer(database, "Hall", "Baths")
    bidder = await a_submitted_bid(database, offer)  # for the hall only
    officer = await an_officer_of(database, offer.round.council_id)
    await officer.does("withdrawCase", caseId=offer.case(), reason="We keep it.")
    await advance(OVER)
    assert await opens(officer, offer) == []
    assert refused(await officer.does("readBid", "", bidId=bidder.bid)) == ["BID_UNOPENED"]


async def test_days_do_not_go_backwards(database: Database) -> None:
    of = await deciding(database)
    early = {"beginsOn": "1900-01-01", "decidedOn": "1950-01-01", "valuedOn": "1949-12-20"}
    assert await of.decides(**(LEASE | early)) == ["DAYS_BACKWARDS"]
    assert await of.decides(**LEASE) == []
    assert await of.asks("agreeTerms", agreedOn="1950-01-01") == ["DAYS_BACKWARDS"]
    assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    signed = {"completedOn": ago(1), "deedReference": "WM1"}
    assert await of.asks("completeCase", **signed) == ["DAYS_BACKWARDS"]
    assert await of.asks("completeCase", **(signed | {"completedOn": str(DAY)})) == []
    assert await of.asks("beginMonitoring") == []
    found = await of.officer.does("findBreach", caseId=of.id, foundOn=ago(1), text="Shut.")
    assert codes(found) == ["DAYS_BACKWARDS"]


@pytest.mark.parametrize("days", [1_831, 4_000_000, 2_000_000_000])
async def test_the_time_to_cure_a_breach_has_an_end(database: Database, days: int) -> None:
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    assert await of.asks("agreeTerms", agreedOn=str(DAY), cureDays=days) == ["FACT_UNFIT"]


async def test_a_case_in_a_new_round_has_a_new_panel(database: Database) -> None:
    of = await assessed(database, judges=1)
    await of.all_in(("55", "11"))
    new = await a_round(database, of.council)
    await Case.filter(id=of.case.id).update(state=CaseState.BUSINESS_CASE, round_id=new.id)
    for name in ("olga", "pia"):
        person = await signed_in(database, f"{name}@example.org")
        me = (await person.asks("{ me { id } }"))["me"]["id"]
        given = {"roundId": write_id("rnd", new.id), "personId": me}
        told = refused(await of.officer.does("nameScorer", **given))
        assert told in ([], ["NOT_FOUND"]), "never PANEL_FIXED"


async def test_who_has_one_case_of_a_bid_can_leave_another(database: Database) -> None:
    of = await deciding(database)
    other = await a_case(database, of.round, CaseState.ASSESSMENT, title="Baths")

    async def enter(tx: Transaction) -> None:
        belongs = {"bid_id": of.bids[0].id, "case_id": other.id}
        await BidEntry.create(id=tx.new_id(), state=EntryState.ENTERED, **belongs)

    await in_transaction(database, enter)
    assert await of.decides(**LEASE) == []
    assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    assert await of.asks("completeCase", completedOn=str(DAY), deedReference="D1") == []
    gone = {"bidId": write_id("bid", of.bids[0].id), "reason": "Dissolved."}
    assert codes(await of.officer.does("loseEligibility", **gone)) == []
    entries = {e.case_id: e.state for e in await BidEntry.filter(bid_id=of.bids[0].id)}
    assert entries == {of.case.id: EntryState.CHOSEN, other.id: EntryState.OUT}
    assert await of.state() is CaseState.COMPLETED
    reserve = await BidEntry.get(bid_id=of.bids[1].id)
    assert reserve.state is EntryState.NOT_CHOSEN, "and may be told why"


async def test_an_interest_that_was_withdrawn_sends_no_bid(database: Database) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    await bidder.saves(a_document(offer))
    row = await ExpressionOfInterest.get()
    assert (
        refused(await bidder.person.does("withdrawInterest", interestId=write_id("eoi", row.id)))
        == []
    )
    assert await bidder.submits() == ["INTEREST_NOT_PASSED"]


async def test_nobody_is_shut_out_by_an_early_invitation_and_who_passed_is_written_to(
    database: Database, advance: Advance
) -> None:
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    interest = await expressed(owner, group, case)
    await closed(database, advance, case)
    officer = await an_officer_of(database, case.council_id)
    told = await officer.does("inviteBids", caseId=number(case))
    assert refused(told) == ["INTERESTS_UNJUDGED"]
    await officer.does("judgeInterest", interestId=interest, judgements=PASS)
    assert refused(await officer.does("inviteBids", caseId=number(case))) == []
    letter = await Message.get(kind="bids_invited")
    assert "asks for bids" in (letter.body or "")


async def test_what_was_saved_after_sending_is_seen_not_to_be_in(
    database: Database, advance: Advance
) -> None:
    """The council reads what was sent: so does the bidder, once it counts."""
    offer = await an_offer(database)
    bidder: Bidder = await a_submitted_bid(database, offer)
    query = "query($id: ID!) { bid(id: $id) { hasNewerDraft } }"
    assert (await bidder.person.asks(query, id=bidder.bid))["bid"] == {"hasNewerDraft": False}
    await bidder.saves(a_document(offer, "Half a thought"))
    assert (await bidder.person.asks(query, id=bidder.bid))["bid"] == {"hasNewerDraft": True}
    assert "Half a thought" in (await bidder.reads())["contents"]
    await advance(OVER + timedelta(milliseconds=1))
    assert "Half a thought" not in (await bidder.reads())["contents"]
