"""What makes a decision's facts hold: spellings, spans of years, terms, who looked at what."""

from datetime import timedelta
from typing import Any

import pytest

from commonweal.access import Role
from commonweal.handovers.letters import DECIDED
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_decisions import Decision
from commonweal.kernel.ids import write_id
from commonweal.messages.tables import Message
from commonweal.people.rules_organisations import OrganisationState
from commonweal.people.tables_organisations import Membership, Organisation
from commonweal.store.database import Database
from tests.conftest import Advance
from tests.handovers.decided import DAY, LEASE, LICENCE, codes, deciding
from tests.handovers.making import a_case
from tests.handovers.test_appeals import a_member, appeals, decided, ends, has_been
from tests.people.signing import an_officer_of


async def test_who_has_not_read_the_last_version_writes_over_nobody(database: Database) -> None:
    """Invariant 37: nor who names no version, as if none were there."""
    of = await deciding(database)
    _, version, _ = await of.prepares(**LEASE)
    for stale in (None, version - 1, version + 1):
        given = {"caseId": of.id, "version": stale, "valuer": "Mine"}
        payload = await of.officer.does("prepareDecision", **given)
        assert codes(payload) == ["DECISION_CHANGED"]
    assert (await Decision.get(case_id=of.case.id)).valuer == LEASE["valuer"]


@pytest.mark.parametrize("parts", [["Ground  Floor"], ["ground floor", "Yard"], [" GROUND FLOOR"]])
async def test_a_part_is_the_same_however_it_is_spelled(
    database: Database, parts: list[str]
) -> None:
    """Invariant 12."""
    first = await deciding(database, bids=1)
    assert await first.decides(**(LEASE | {"parts": ["ground floor"]})) == []
    await Case.filter(id=first.case.id).update(state=CaseState.MONITORING)
    other = await a_case(
        database, first.round, CaseState.DUE_DILIGENCE, asset_id=first.case.asset_id
    )
    second = await deciding(database, bids=1, case=other)
    assert await second.decides(**(LEASE | {"parts": parts})) == ["ALREADY_AWARDED"]


@pytest.mark.parametrize(
    "facts",
    [
        {"beginsOn": "9999-12-31"},
        {"beginsOn": "3000-01-01"},
        {"decidedOn": "0001-01-01"},
        {"adverts": ["0001-01-01", "2026-10-01"]},
        {"parts": ["x" * 101]},
        {"parts": [" "]},
    ],
)
async def test_days_and_parts_are_such_as_can_be(database: Database, facts: dict[str, Any]) -> None:
    of = await deciding(database)
    payload = await of.officer.does("prepareDecision", caseId=of.id, **facts)
    assert codes(payload) == ["FACT_UNFIT"]
    assert await Decision.all().count() == 0


async def test_a_freehold_has_no_end_whatever_term_is_said(database: Database) -> None:
    of = await deciding(database)
    assert await of.decides(**(LEASE | {"instrument": "FREEHOLD", "termMonths": 12})) == []
    [award] = await of.live()
    assert award.until is None


@pytest.mark.parametrize("instrument", ["LICENCE", "SERVICE"])
async def test_what_is_no_disposal_has_a_term_too(database: Database, instrument: str) -> None:
    of = await deciding(database)
    facts = LICENCE | {"instrument": instrument, "termMonths": None}
    decision, version, missing = await of.prepares(**facts)
    assert missing == ["TERM_MISSING"]
    assert await of.signs(decision, version) == ["DECISION_INCOMPLETE"]


async def test_an_answer_of_a_meeting_has_its_minutes_for_author(database: Database) -> None:
    """Invariant 29: else the id of who writes it down, never a name."""
    of = await deciding(database)
    answer = LEASE["publicInterest"][0] | {"minutes": "FC/2026/9"}
    await of.prepares(**LEASE)
    await of.prepares(publicInterest=[answer])
    answers = (await Decision.get(case_id=of.case.id)).public_interest
    officer = (await of.officer.viewer()).name
    assert {each["author"] for each in answers.values()} == {"FC/2026/9", officer}


async def test_a_dissolved_bidder_is_awarded_nothing(database: Database) -> None:
    """Invariant 11."""
    of = await deciding(database)
    await Organisation.filter(id=of.bidders[0].id).update(state=OrganisationState.ENDED)
    assert await of.decides(**LEASE) == ["ORGANISATION_ENDED"]
    assert await of.state() is CaseState.DUE_DILIGENCE
    assert await of.live() == []


async def test_who_confirmed_or_awarded_nobody_is_not_the_judge_of_it(database: Database) -> None:
    """Invariant 24."""
    of = await deciding(database)
    second = await an_officer_of(database, of.council.id)
    decision, version, _ = await of.prepares(**LEASE)
    given = {"decisionId": decision, "version": version}
    assert codes(await second.does("confirmDecision", "decision { id }", **given)) == []
    assert await of.signs(decision, version + 1) == []
    _, appeal = await appeals(of, await a_member(database, of, 2, "ann"), 2)
    assert await ends(of.officer, appeal, False) == ["OWN_DECISION"]
    assert await ends(second, appeal, False) == ["OWN_DECISION"]
    third = await an_officer_of(database, of.council.id)
    assert await ends(third, appeal, False) == []


async def test_whom_nobody_was_awarded_to_is_looked_at_again_where_they_are_right(
    database: Database,
) -> None:
    """Invariant 24: the chosen one among them; and in due diligence nobody is chosen any more."""
    of = await deciding(database)
    await has_been(of, "business_case", "assessment", "due_diligence")
    assert await of.asks("awardNone", reason="None is good enough.") == []
    assert await of.entries() == [EntryState.NOT_CHOSEN] * 3
    _, appeal = await appeals(of, await a_member(database, of, 0, "bea"), 0)
    assert await ends(of.officer, appeal, False) == ["OWN_DECISION"]
    judge = await an_officer_of(database, of.council.id)
    assert await ends(judge, appeal, True, "DUE_DILIGENCE") == ["CANNOT_REOPEN_AT"]
    assert await ends(judge, appeal, True, "ASSESSMENT") == []
    assert await of.entries() == [EntryState.ENTERED] * 3


async def test_there_is_one_appeal_against_each_decision(
    database: Database, advance: Advance
) -> None:
    """So that nobody freezes a case for ever."""
    of = await decided(database)
    ann, bea = [await a_member(database, of, at, f"member{at}") for at in (2, 1)]
    _, first = await appeals(of, ann, 2)
    _, other = await appeals(of, bea, 1)
    judge = await an_officer_of(database, of.council.id)
    assert await ends(judge, first, False) == []
    assert (await appeals(of, ann, 2))[0] == ["APPEAL_DISMISSED"]
    assert await ends(judge, other, True, "DUE_DILIGENCE") == []
    await advance(timedelta(hours=1))
    assert await of.decides(**LEASE) == []
    refused, again = await appeals(of, ann, 2)
    assert refused == []
    assert await ends(judge, again, False) == []
    assert await of.state() is CaseState.DECIDED, "what was upheld before names no stage any more"


async def test_a_time_is_reported_once(database: Database, advance: Advance) -> None:
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    assert await of.asks("completeCase", completedOn=str(DAY), deedReference="D/1") == []
    assert await of.asks("beginMonitoring") == []
    await advance(timedelta(days=20))
    given = {"targetsMet": True, "text": "Open."}
    assert await of.asks("recordMonitoring", coversUntil=str(DAY), **given) == []
    assert await of.asks("recordMonitoring", coversUntil=str(DAY), **given) == ["REPORTED_ALREADY"]
    later = str(DAY + timedelta(days=9))
    assert await of.asks("recordMonitoring", coversUntil=later, **given) == []


async def test_who_has_no_bid_here_is_told_so_and_nothing_stops(database: Database) -> None:
    of = await decided(database)
    stranger = await deciding(database, bids=1)
    member = await a_member(database, stranger, 0, "cat")
    given = {"organisationId": write_id("org", stranger.bidders[0].id), "caseId": of.id}
    payload = await member.does("appealDecision", "", **given, grounds="x")
    assert codes(payload) == ["NOT_A_BIDDER"]
    assert await of.state() is CaseState.DECIDED


async def test_each_bidder_is_told_what_became_of_their_own_bid(database: Database) -> None:
    of = await deciding(database, bids=3)
    for at, name in enumerate(("hall", "club", "farm")):
        await a_member(database, of, at, name)
    await Membership.all().update(role=Role.OWNER)
    assert await of.decides(**LICENCE) == []
    for name, became in (("hall", "CHOSEN"), ("club", "RESERVE"), ("farm", "NOT_CHOSEN")):
        letter = await Message.get(kind="case_decided", to_address=f"{name}@example.org")
        assert DECIDED[EntryState[became]] in (letter.body or "")
    assert await Message.filter(kind="case_decided").count() == 3
