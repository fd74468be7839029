"""The gate before a decision, and the decision: over the API, on both engines."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_decisions import Award, Decision
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.handovers.decided import DAY, LEASE, LICENCE, MILLION, ago, codes, deciding
from tests.handovers.making import a_case
from tests.people.signing import an_officer_of, signed_in

COVENANT = {"restriction": "COVENANT", "binds": True}


async def test_a_decision_says_what_is_missing_until_nothing_is(database: Database) -> None:
    """Invariant 18."""
    of = await deciding(database)
    assert (await of.prepares())[2] == ["INSTRUMENT_MISSING"]
    _, _, missing = await of.prepares(instrument="LEASE")
    assert {"VALUATION_MISSING", "CONSIDERATION_MISSING", "PUBLIC_INTEREST_UNANSWERED"} <= {
        *missing
    }
    decision, version, missing = await of.prepares(**LEASE)
    assert missing == []
    stranger = await signed_in(database, "sid@example.org")
    query = f'{{ decision(id: "{decision}") {{ reasons undervaluePence publicInterest }} }}'
    assert (await stranger.asks(query))["decision"] is None
    assert await of.signs(decision, version) == []
    shown = (await stranger.asks(query))["decision"]
    assert (shown["reasons"], shown["undervaluePence"]) == ("The best bid.", 2 * MILLION)
    assert await of.state() is CaseState.DECIDED
    assert await of.entries() == [EntryState.CHOSEN, EntryState.RESERVE, EntryState.NOT_CHOSEN]
    [award] = await of.live()
    assert award.organisation_id == of.bidders[0].id
    assert str(award.until) == "2051-12-22"


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"unrestrictedPence": 201_000_000, "considerationPence": 1_000_000}, []),
        (
            {"unrestrictedPence": 201_000_001, "considerationPence": 1_000_000},
            ["UNDERVALUE_CONSENT_MISSING"],
        ),
        ({"termMonths": 84, "unrestrictedPence": None, "valuedOn": None}, []),
        ({"termMonths": 85, "unrestrictedPence": None, "valuedOn": None}, ["VALUATION_MISSING"]),
        ({"wellbeingReason": " "}, ["WELLBEING_REASON_MISSING"]),
        ({"considerationPence": None}, ["CONSIDERATION_MISSING"]),
        ({"considerationPence": 3 * MILLION, "wellbeingReason": ""}, []),
        ({"rentPence": None}, ["RENT_MISSING"]),
        ({"heldUnder": "HOUSING"}, ["OWN_CONSENT_MISSING"]),
        ({"delegated": True}, ["DELEGATION_LIMIT_MISSING"]),
        ({"delegated": True, "limitPence": MILLION}, ["BEYOND_DELEGATION"]),
        ({"delegated": None}, ["DECISION_MAKER_MISSING"]),
        ({"meetingReference": ""}, ["MEETING_REFERENCE_MISSING"]),
        ({"decidedOn": None}, ["DECISION_DAY_MISSING"]),
        ({"beginsOn": None}, ["BEGINNING_MISSING"]),
        ({"restrictions": [COVENANT]}, ["RESTRICTION_UNRESOLVED"]),
        ({"restrictions": [COVENANT | {"reference": "L1"}]}, []),
        ({"openSpace": True},
         ["ADVERTS_MISSING", "OBJECTIONS_DAY_MISSING", "OBJECTIONS_UNRECORDED"]),
        ({"openSpace": True, "adverts": [ago(60), ago(53)], "objectionsCloseOn": ago(30),
          "objections": 2, "objectionsAnswered": 1}, ["OBJECTIONS_UNANSWERED"]),
        ({"openSpace": True, "adverts": [ago(60), ago(53)], "objectionsCloseOn": ago(30),
          "objections": 2, "objectionsAnswered": 2}, []),
    ],
)  # fmt: skip
async def test_what_the_gate_lacks_of_a_lease(
    database: Database, facts: dict[str, Any], wanted: list[str]
) -> None:
    """Invariants 18, 19, 21 and 22: 0 is a peppercorn, and null is not known."""
    of = await deciding(database)
    await of.prepares(**LEASE)
    decision, version, missing = await of.prepares(**facts)  # the rest stays
    assert missing == wanted
    assert await of.signs(decision, version) == (["DECISION_INCOMPLETE"] if wanted else [])


async def test_a_licence_is_never_stopped_for_a_valuation(database: Database) -> None:
    """Invariant 18: it is no disposal. That exclusive possession makes it one is told."""
    of = await deciding(database)
    shown = "decision { id version missing warnings }"
    given = LICENCE | {"exclusivePossession": True}
    payload = await of.officer.does("prepareDecision", shown, caseId=of.id, **given)
    found = payload["decision"]
    assert found["missing"] == []
    assert [each["code"] for each in found["warnings"]] == ["LICENCE_MAY_BE_LEASE"]
    assert await of.signs(found["id"], found["version"]) == []


async def test_an_asset_of_community_value_is_warned_of(database: Database) -> None:
    """Invariant 20."""
    of = await deciding(database)
    given = LEASE | {"acvListed": True}
    payload = await of.officer.does(
        "prepareDecision", "decision { warnings }", caseId=of.id, **given
    )
    assert [each["code"] for each in payload["decision"]["warnings"]] == ["RELEVANT_DISPOSAL"]


async def test_where_the_council_asks_for_two_a_second_person_confirms(database: Database) -> None:
    case_rules = {"four_eyes": 1}
    of = await deciding(database)
    rules = of.case.rules | case_rules
    await Case.filter(id=of.case.id).update(rules=rules)
    decision, version, missing = await of.prepares(**LEASE)
    assert missing == ["SECOND_PERSON_MISSING"]
    given = {"decisionId": decision, "version": version}
    own = await of.officer.does("confirmDecision", "decision { version }", **given)
    version = own["decision"]["version"]
    assert await of.signs(decision, version) == ["DECISION_INCOMPLETE"], "confirmed by themselves"
    second = await an_officer_of(database, of.council.id)
    told = await second.does(
        "confirmDecision", "decision { version missing }", decisionId=decision, version=version
    )
    assert told["decision"]["missing"] == []
    _, changed, missing = await of.prepares(valuer="Another")
    assert missing == ["SECOND_PERSON_MISSING"], "what changes is looked at again"
    told = await second.does(
        "confirmDecision", "decision { version }", decisionId=decision, version=changed
    )
    assert await of.signs(decision, told["decision"]["version"]) == []


async def test_of_two_officers_who_decide_at_once_one_does(database: Database) -> None:
    """Invariant 37."""
    of = await deciding(database)
    decision, version, _ = await of.prepares(**LEASE)
    done = await asyncio.gather(*(of.signs(decision, version) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 1, 1, 1]
    assert {code for found in done for code in found} <= {"DECISION_CHANGED", "TRY_AGAIN"}
    assert await Award.all().count() == 1
    assert await AuditRecord.filter(subject_id=of.case.id, action="decide").count() == 1


async def test_of_two_who_write_at_once_the_second_is_told(database: Database) -> None:
    """Invariant 37."""
    of = await deciding(database)
    _, version, _ = await of.prepares(**LEASE)
    given = {"caseId": of.id, "version": version}
    done = await asyncio.gather(
        of.officer.does("prepareDecision", **given, valuer="One"),
        of.officer.does("prepareDecision", **given, valuer="Other"),
    )
    assert sorted(map(codes, done)) == [[], ["DECISION_CHANGED"]]


async def test_what_is_decided_lies_not_ahead(database: Database) -> None:
    of = await deciding(database)
    ahead = str(DAY + timedelta(days=1))
    assert await of.decides(**(LEASE | {"decidedOn": ahead})) == ["DECIDED_AHEAD"]


@pytest.mark.parametrize(
    "facts",
    [
        {"termMonths": 0},
        {"termMonths": 12_000},
        {"rentPence": -1},
        {"objections": -1},
        {"valuer": "x" * 10_001},
        {"parts": [f"room {n}" for n in range(51)]},
    ],
)
async def test_a_fact_that_makes_no_sense_is_refused(
    database: Database, facts: dict[str, Any]
) -> None:
    of = await deciding(database)
    payload = await of.officer.does("prepareDecision", caseId=of.id, **facts)
    assert codes(payload) == ["FACT_UNFIT"]


async def test_the_audit_and_what_is_published_name_nobody(database: Database) -> None:
    """Invariant 29: who decided is an id there, and nowhere in public."""
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    decision = await Decision.get(case_id=of.case.id)
    viewer = await of.officer.viewer()
    authors = {each["author"] for each in decision.public_interest.values()}
    assert authors == {viewer.name}
    audited = await AuditRecord.filter(subject_id=of.case.id)
    assert {each.actor for each in audited} == {viewer.name}


async def test_two_cases_are_not_awarded_the_same(database: Database) -> None:
    """Invariant 12: other parts, another time or another interest may be."""
    first = await deciding(database, bids=1)
    assert await first.decides(**(LEASE | {"parts": ["ground floor"]})) == []
    for facts, wanted in (
        ({"parts": ["ground floor", "yard"]}, ["ALREADY_AWARDED"]),
        ({"parts": []}, ["ALREADY_AWARDED"]),
        ({"parts": ["attic"]}, []),
    ):
        await Case.filter(asset_id=first.case.asset_id).update(state=CaseState.MONITORING)
        case = await a_case(
            database, first.round, CaseState.DUE_DILIGENCE, asset_id=first.case.asset_id
        )
        of = await deciding(database, bids=1, case=case)
        assert await of.decides(**(LEASE | facts)) == wanted, facts
    await Case.filter(asset_id=first.case.asset_id).update(state=CaseState.MONITORING)
    case = await a_case(
        database, first.round, CaseState.DUE_DILIGENCE, asset_id=first.case.asset_id
    )
    freehold = LEASE | {"instrument": "FREEHOLD", "termMonths": None}
    assert await (await deciding(database, bids=1, case=case)).decides(**freehold) == []


async def test_the_database_itself_gives_nothing_twice(database: Database) -> None:
    """Invariant 12: whoever asks."""
    of = await deciding(database)
    assert await of.decides(**LEASE) == []
    [award] = await of.live()
    columns = "case_id, asset_id, decision_id, organisation_id, version, instrument, rivalry, since"
    columns += ", until, parts, break_clause, use_covenant, reverter, deed_reference"
    again = f"INSERT INTO award (id, {columns}) SELECT id + 1, {columns} FROM award"
    with pytest.raises(IntegrityError, match="awarded already"):
        await database.client.execute_query(again)
    await Award.filter(id=award.id).update(ended_at=database.clock.now())
    await database.client.execute_query(again)
    with pytest.raises(IntegrityError, match="awarded already"):
        await Award.filter(id=award.id).update(ended_at=None)


async def test_a_decision_is_its_councils_to_write(database: Database) -> None:
    of = await deciding(database)
    decision, version, _ = await of.prepares(**LEASE)
    stranger = await signed_in(database, "sid@example.org")
    for name, given in (
        ("prepareDecision", {"caseId": of.id, "valuer": "Me"}),
        ("decide", {"decisionId": decision, "version": version, "reasons": "Mine."}),
    ):
        assert codes(await stranger.does(name, **given)) in (["NOT_ALLOWED"], ["NOT_FOUND"])
    assert write_id("cas", of.case.id) == of.id
