"""Rounds through the API: made whole, put off, and refused where they make no sense."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from commonweal.handovers.round_keys import KeyFolder, from_holders
from commonweal.handovers.rules import Stage
from commonweal.handovers.rules_offers import CRITERIA, QUESTIONS
from commonweal.handovers.tables import Round, RoundStage
from commonweal.kernel.ids import read_id, write_id
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.asking import data
from tests.conftest import TODAY, Advance
from tests.handovers.making import a_case, a_round, ends
from tests.makers import the_council
from tests.people.signing import Somebody, an_officer_of

CRITERION: Final = {"name": "Need", "weight": 10_000, "scale": "ONE_TO_FIVE", "least": 2}


def at(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def timetable(**other: Any) -> list[dict[str, Any]]:
    days = {
        "EOI": at(28), "SHORTLISTING": at(49), "BUSINESS_CASE": at(77), "ASSESSMENT": at(105),
        "DECISION": at(161),
    } | other  # fmt: skip
    return [{"stage": stage, "endsAt": end} for stage, end in days.items()]


@pytest.fixture
async def council(database: Database) -> Area:
    return await the_council(database)


@pytest.fixture
async def officer(database: Database, council: Area) -> Somebody:
    return await an_officer_of(database, council.id)


async def opened(
    officer: Somebody, council: Area, name: str = "openRound", shown: str = "", /, **other: Any
) -> dict[str, Any]:
    given: dict[str, Any] = {"councilId": write_id("are", council.id), "title": "Spring"}
    given |= {"stages": timetable(), "criteria": [CRITERION], "questions": ["Who are you?"]}
    return await officer.does(
        name, f"round {{ id publicKey holdersNeeded }} {shown}", **(given | other)
    )


async def test_a_round_is_made_whole_and_its_key_lies_in_the_folder(
    database: Database, council: Area, officer: Somebody
) -> None:
    payload = await opened(officer, council)
    assert payload["userErrors"] == []
    number = read_id("rnd", payload["round"]["id"])
    assert number
    public = bytes.fromhex(payload["round"]["publicKey"])
    assert KeyFolder(database.keys).private_key(number, public)
    assert payload["round"]["holdersNeeded"] is None
    made = await Round.get(id=number)
    assert (made.criteria, made.hides_number) == ([CRITERION], True)
    query = "query($id: ID!) { round(id: $id) { stages { edges { node { stage } } } } }"
    shown = await officer.asks(query, id=payload["round"]["id"])
    stages = [edge["node"]["stage"] for edge in shown["round"]["stages"]["edges"]]
    assert stages == ["EOI", "SHORTLISTING", "BUSINESS_CASE", "ASSESSMENT", "DECISION"]


async def test_without_ends_each_stage_lasts_as_long_as_is_usual_here(
    database: Database, council: Area, officer: Somebody
) -> None:
    rule = {"name": "eoi_days", "value": "10", "since": "2026-01-01", "citation": "Minute 3"}
    await officer.does("setCouncilRule", councilId=write_id("are", council.id), **rule)
    stages = [{"stage": each} for each in ("EOI", "SHORTLISTING", "BUSINESS_CASE", "ASSESSMENT")]
    payload = await opened(officer, council, stages=[*stages, {"stage": "DECISION"}])
    assert payload["userErrors"] == []
    number = read_id("rnd", payload["round"]["id"])
    first = await RoundStage.get(round_id=number, stage=Stage.EOI)
    assert first.ends_at == datetime(2026, 12, 2, 17, tzinfo=UTC)


async def test_with_holders_the_key_is_nowhere_and_their_shares_make_it(
    database: Database, council: Area, officer: Somebody
) -> None:
    payload = await opened(
        officer, council, "openRoundWithHolders", "shares", holders=3, holdersNeeded=2
    )
    assert payload["userErrors"] == []
    shares = payload["shares"].splitlines()
    assert len(shares) == 3
    public = bytes.fromhex(payload["round"]["publicKey"])
    assert from_holders(shares[1:], public)
    assert not database.keys.exists() or list(database.keys.iterdir()) == []
    audit = str(await AuditRecord.all().values_list("facts", flat=True))
    assert not any(share in audit for share in shares)


async def test_asked_for_twice_with_one_key_it_is_opened_once(
    database: Database, council: Area, officer: Somebody
) -> None:
    """Invariant 37."""
    query = """mutation($i: OpenRoundInput!) {
      openRound(input: $i, idempotencyKey: "once") {
        round { id } replayed userErrors { __typename } } }"""
    given = {"councilId": write_id("are", council.id), "title": "Spring", "stages": timetable()}
    given |= {"criteria": [CRITERION]}
    viewer = await officer.viewer()
    done = [(await data(database, query, {"i": given}, viewer))["openRound"] for _ in range(2)]
    assert [each["replayed"] for each in done] == [False, True]
    assert done[0]["round"] == done[1]["round"]
    assert await Round.all().count() == 1


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"stages": timetable(ASSESSMENT=at(70))}, "DATES_NOT_INCREASING"),
        ({"stages": timetable(EOI="2025-01-06T17:00:00Z")}, "ROUND_BEGINS_IN_PAST"),
        ({"stages": timetable(DECISION="2226-09-02T17:00:00Z")}, "ROUND_TOO_LONG"),
        ({"stages": timetable()[:3]}, "STAGE_MISSING"),
        ({"stages": []}, "ENDS_MISSING"),
        ({"stages": timetable()[::-1]}, "STAGES_OUT_OF_ORDER"),
        ({"stages": [*timetable(), timetable()[0]]}, "STAGE_REPEATED"),
        ({"stages": timetable(EOI="2027-01-06T17:00:00")}, "ZONE_MISSING"),
        ({"stages": timetable(EOI=None)}, "ENDS_MISSING"),
        ({"criteria": [CRITERION | {"weight": 9_999}]}, "WEIGHTS_NOT_WHOLE"),
        ({"criteria": []}, "CRITERIA_UNFIT"),
        ({"criteria": [CRITERION] * 2}, "CRITERION_REPEATED"),
        ({"criteria": [CRITERION | {"name": "x" * 101}]}, "CRITERIA_UNFIT"),
        ({"criteria": [CRITERION | {"name": f"{n}", "weight": 1} for n in range(21)]},
         "CRITERIA_UNFIT"),
        ({"criteria": [CRITERION | {"least": 6}]}, "THRESHOLD_OFF_SCALE"),
        ({"stages": timetable(EOI="0001-01-01T00:00:00+14:00")}, "INSTANT_UNFIT"),
        ({"stages": timetable(DECISION="9999-12-31T23:59:59-12:00")}, "INSTANT_UNFIT"),
        ({"ties": ["Price"]}, "CRITERION_UNKNOWN"),
        ({"ties": ["Need"] * 2}, "TIES_REPEATED"),
        ({"questions": ["?"] * 2}, "QUESTIONS_UNFIT"),
        ({"questions": [str(n) for n in range(QUESTIONS.value + 1)]}, "QUESTIONS_UNFIT"),
        ({"title": " "}, "TEXT_LENGTH"),
    ],
)  # fmt: skip
async def test_a_round_that_makes_no_sense_is_not_opened(
    database: Database, council: Area, officer: Somebody, other: dict[str, Any], code: str
) -> None:
    """Invariant 6."""
    payload = await opened(officer, council, **other)
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert await Round.all().count() == 0
    assert not database.keys.exists(), "of what was refused there is no key to keep"


def test_the_limits_of_a_round() -> None:
    assert (CRITERIA.value, QUESTIONS.value) == (20, 20)


async def test_sevenoaks_impossible_years_are_found(
    database: Database, council: Area, officer: Somebody
) -> None:
    """Invariant 6: its page has a round of September 2026 decided in January 2025."""
    autumn = {"BUSINESS_CASE": "2027-09-01T17:00:00Z", "ASSESSMENT": "2027-11-01T17:00:00Z"}
    stages = timetable(**autumn)
    stages[-1]["endsAt"] = "2025-01-14T17:00:00Z"
    payload = await opened(officer, council, stages=stages)
    [error] = payload["userErrors"]
    assert error["code"] == "DATES_NOT_INCREASING"
    assert "Look at the year too" in error["message"]


async def test_a_stage_is_put_off_with_a_reason_and_never_brought_forward(
    database: Database, council: Area, officer: Somebody, advance: Advance
) -> None:
    round_ = await a_round(database, council)
    case = await a_case(database, round_)
    given = {"roundId": write_id("rnd", round_.id), "reason": "The survey is late."}
    later = {"stage": "BUSINESS_CASE", "endsAt": at(80)}
    assert (await officer.does("putOffStages", **given, ends=[later]))["userErrors"] == []
    kept = await RoundStage.get(round_id=round_.id, stage=Stage.BUSINESS_CASE)
    assert kept.ends_at == TODAY + timedelta(days=80)
    assert await AuditRecord.exists(subject_id=case.id, action="put_off_stages")
    for wrong, code in (
        (at(80), "NOT_PUT_OFF"),
        (at(79), "NOT_PUT_OFF"),
        (at(105), "DATES_NOT_INCREASING"),
        (None, "ENDS_MISSING"),
    ):
        ends_ = [{"stage": "BUSINESS_CASE", "endsAt": wrong}]
        payload = await officer.does("putOffStages", **given, ends=ends_)
        assert [error["code"] for error in payload["userErrors"]] == [code], wrong
    payload = await officer.does(
        "putOffStages", **given, ends=[{"stage": "HEADS_OF_TERMS", "endsAt": at(200)}]
    )
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_PUT_OFF"]
    await advance(ends(Stage.EOI) - database.clock.now() + timedelta(milliseconds=1))
    payload = await officer.does("putOffStages", **given, ends=[{"stage": "EOI", "endsAt": at(30)}])
    assert [error["code"] for error in payload["userErrors"]] == ["DEADLINE_PASSED"]


async def test_no_stage_is_put_off_once_bids_are_opened(
    database: Database, council: Area, officer: Somebody
) -> None:
    """Invariant 7: who opened them was waited for, and nobody bids knowing what others did."""
    opened_at = ends(Stage.BUSINESS_CASE) + timedelta(seconds=1)
    round_ = await a_round(database, council, bids_opened_at=opened_at)
    given = {"roundId": write_id("rnd", round_.id), "reason": "The survey is late."}
    for stage, code in (("BUSINESS_CASE", ["DEADLINE_PASSED"]), ("ASSESSMENT", [])):
        later = [{"stage": stage, "endsAt": at(110 if code == [] else 80)}]
        payload = await officer.does("putOffStages", **given, ends=later)
        assert [error["code"] for error in payload["userErrors"]] == code


async def test_a_ward_is_no_council_though_its_officers_are_the_councils(
    database: Database, council: Area, officer: Somebody
) -> None:
    ward = await the_council(database, "E05000001")
    await Area.filter(id=ward.id).update(kind=AreaKind.WARD, council_id=council.id)
    given = {"councilId": write_id("are", ward.id)}
    rule = {"name": "eoi_days", "value": "10", "since": "2026-01-01", "citation": "Minute 3"}
    for payload in (
        await opened(officer, council, **given),
        await officer.does("setCouncilRule", **given, **rule),
        await officer.does("proposeService", **given, title="The bus"),
    ):
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_A_COUNCIL"]
