"""Terms, keys, monitoring, breach and the way back: over the API, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from commonweal.assets.rules import AssetState
from commonweal.assets.tables import Asset
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables_bids import Bid
from commonweal.handovers.tables_decisions import Award, Decision
from commonweal.kernel.ids import read_id, write_id
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.conftest import Advance
from tests.handovers.decided import DAY, LEASE, LICENCE, Deciding, ago, codes, deciding
from tests.people.signing import an_officer_of


async def handed_over(database: Database, **facts: Any) -> Deciding:
    """Decided, agreed, signed."""
    of = await deciding(database)
    assert await of.decides(**(LEASE | facts)) == []
    assert await of.asks("agreeTerms", agreedOn=str(DAY), useCovenant="A hall.", cureDays=30) == []
    assert await of.asks("completeCase", completedOn=str(DAY), deedReference="WM1") == []
    return of


async def asset_state(of: Deciding) -> AssetState:
    return (await Asset.get(id=of.case.asset_id)).state


async def test_terms_and_keys(database: Database) -> None:
    of = await handed_over(database)
    assert await of.state() is CaseState.COMPLETED
    assert await asset_state(of) is AssetState.HANDED_OVER
    shown = await of.officer.asks(
        "query($id: ID!) { case(id: $id) { awards { edges { node { instrument until useCovenant "
        "rentPence cureDays completedOn organisation { name } } } } } }",
        id=of.id,
    )
    [edge] = shown["case"]["awards"]["edges"]
    assert edge["node"] == {
        "instrument": "LEASE",
        "until": "2051-12-22",
        "useCovenant": "A hall.",
        "rentPence": 0,
        "cureDays": 30,
        "completedOn": str(DAY),
        "organisation": {"name": "Group 0"},
    }
    assert await of.asks("completeCase", completedOn=str(DAY), deedReference="WM1") == [
        "WRONG_STATE"
    ]


async def test_nothing_is_recorded_before_it_has_happened(database: Database) -> None:
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    ahead = str(DAY + timedelta(days=1))
    assert await of.asks("agreeTerms", agreedOn=ahead) == ["DAY_AHEAD"]


async def test_a_breach_its_notice_and_the_way_back(database: Database, advance: Advance) -> None:
    """Invariant 23."""
    of = await handed_over(database)
    await Award.all().update(agreed_on=ago(9), completed_on=ago(9))
    assert await of.asks("beginMonitoring") == []
    report = {"coversUntil": str(DAY), "targetsMet": False, "text": "Closed since June."}
    assert await of.asks("recordMonitoring", **report) == []
    found = await of.officer.does(
        "findBreach", "breach { id }", caseId=of.id, foundOn=ago(3), text="It stays closed."
    )
    breach = found["breach"]["id"]
    assert await of.asks("revertCase", reason="At once.") == ["WRONG_STATE"], "no notice was served"
    early = await of.officer.does("serveNotice", breachId=breach, noticedOn=ago(4))
    assert codes(early) == ["NOTICE_BEFORE_BREACH"]
    served = await of.officer.does(
        "serveNotice", "breach { lastDay }", breachId=breach, noticedOn=str(DAY)
    )
    assert served["breach"] == {"lastDay": str(DAY + timedelta(days=30))}, "the instrument's own"
    await advance(timedelta(days=30))
    of.officer = await an_officer_of(database, of.council.id)
    assert await of.asks("revertCase", reason="Not cured.") == ["STILL_CURING"]
    await advance(timedelta(days=1))
    assert await of.asks("revertCase", reason="Not cured.") == []
    assert await of.state() is CaseState.REVERTED
    assert await asset_state(of) is AssetState.HELD
    assert await of.live() == []
    assert (await Award.get(case_id=of.case.id)).ended_because == "Not cured."
    again = await of.officer.does(
        "proposeCase", "case { state }", assetId=write_id("ast", of.case.asset_id or 0)
    )
    assert again["case"] == {"state": "PROPOSED"}, "it may be offered again"
    timeline = await of.officer.asks(
        f'{{ case(id: "{of.id}") {{ asset {{ timeline {{ edges {{ node {{ action }} }} }} }} }} }}'
    )
    acts = [each["node"]["action"] for each in timeline["case"]["asset"]["timeline"]["edges"]]
    assert acts[:2] == ["propose_case", "revert_case"]
    assert {"decide", "complete_case", "serve_notice"} <= {*acts}


async def test_a_breach_that_is_cured_is_monitored_on(database: Database) -> None:
    """Invariant 23."""
    of = await handed_over(database)
    await Award.all().update(agreed_on=ago(9), completed_on=ago(9))
    await of.asks("beginMonitoring")
    found = await of.officer.does(
        "findBreach", "breach { id }", caseId=of.id, foundOn=ago(3), text="No insurance."
    )
    breach = {"breachId": found["breach"]["id"]}
    before = await of.officer.does("cureBreach", **breach, curedOn=ago(4))
    assert codes(before) == ["CURE_BEFORE_NOTICE"]
    assert codes(await of.officer.does("cureBreach", **breach, curedOn=str(DAY))) == []
    assert await of.state() is CaseState.MONITORING
    assert codes(await of.officer.does("cureBreach", **breach, curedOn=str(DAY))) == ["BREACH_OVER"]
    assert codes(await of.officer.does("serveNotice", **breach, noticedOn=str(DAY))) == [
        "BREACH_OVER"
    ]


async def test_a_term_that_is_over_ends(database: Database, advance: Advance) -> None:
    of = await deciding(database)
    assert await of.decides(**(LICENCE | {"termMonths": 1, "beginsOn": str(DAY)})) == []
    assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    assert await of.asks("completeCase", completedOn=str(DAY), deedReference="") == []
    assert await of.asks("endCase") == ["TERM_NOT_OVER"]
    await advance(timedelta(days=30))
    of.officer = await an_officer_of(database, of.council.id)
    assert await of.asks("endCase") == []
    assert await asset_state(of) is AssetState.HELD


async def test_a_freehold_never_ends(database: Database) -> None:
    of = await handed_over(database, instrument="FREEHOLD", termMonths=None)
    assert await of.asks("endCase") == ["TERM_NOT_OVER"]


@pytest.mark.parametrize("agreed", [False, True])
async def test_what_was_never_signed_lapses(database: Database, agreed: bool) -> None:
    """Also where a group says no before any terms went to it."""
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    if agreed:
        assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    assert await of.asks("lapseCase", reason="They moved away.") == []
    assert await of.live() == []
    assert await of.entries() == [EntryState.OUT, EntryState.NOT_CHOSEN, EntryState.NOT_CHOSEN]


@pytest.mark.parametrize("agreed", [False, True])
async def test_after_the_award_the_reserve_comes_next(database: Database, agreed: bool) -> None:
    """Invariant 9."""
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    if agreed:
        assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    assert await of.asks("fallBack", reason="They withdrew.") == []
    assert await of.state() is CaseState.DUE_DILIGENCE
    assert await of.entries() == [EntryState.OUT, EntryState.CHOSEN, EntryState.NOT_CHOSEN]
    assert await of.live() == []
    assert (await Decision.get(case_id=of.case.id)).set_aside_at
    assert await of.decides(**LEASE) == []
    [award] = await of.live()
    assert award.organisation_id == of.bidders[1].id
    assert await of.asks("fallBack", reason="They too.") == ["NO_RESERVE"]


@pytest.mark.parametrize("reserve", [True, False])
async def test_a_chosen_bidder_that_is_dissolved_leaves_its_place(
    database: Database, reserve: bool
) -> None:
    """Invariants 9 and 11."""
    of = await deciding(database, bids=2 if reserve else 1)
    assert await of.decides(**LEASE) == []
    bid = write_id("bid", of.bids[0].id)
    given = {"bidId": bid, "reason": "Struck off the register of charities."}
    lost = await of.officer.does("loseEligibility", "bid { state reason }", **given)
    assert lost["bid"] == {"state": "ELIGIBILITY_LOST", "reason": given["reason"]}
    wanted = CaseState.DUE_DILIGENCE if reserve else CaseState.NO_AWARD
    assert await of.state() is wanted
    assert await of.live() == []
    assert await Bid.exists(id=read_id("bid", bid)), "nothing is deleted"


async def test_before_a_decision_the_reserve_is_simply_chosen(database: Database) -> None:
    """Invariant 9."""
    of = await deciding(database)
    given = {"bidId": write_id("bid", of.bids[0].id), "reason": "Dissolved."}
    assert codes(await of.officer.does("loseEligibility", **given)) == []
    assert await of.state() is CaseState.DUE_DILIGENCE
    assert await of.entries() == [EntryState.OUT, EntryState.CHOSEN, EntryState.ENTERED]
    assert await AuditRecord.filter(subject_id=of.case.id, action="fall_back").count() == 1
