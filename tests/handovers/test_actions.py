"""A case from its proposal to the opening of bids, through the API, and what refuses it."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from commonweal.assets.rules import AssetState
from commonweal.assets.tables import Asset
from commonweal.handovers.actions import close_due_stages
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.tables import Case
from commonweal.kernel.ids import read_id, write_id
from commonweal.listings.tables import Listing
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import Advance
from tests.handovers.making import a_bidder, a_case, a_round, ends
from tests.makers import an_asset, the_council
from tests.people.signing import Somebody, an_officer_of, signed_in
from tests.people.stories import a_group

NO = dict.fromkeys(
    ("receiptRingFenced", "receiptInCapitalProgramme", "neededByCouncil", "otherReason"), False
)
STATE = "case { id state version }"


@pytest.fixture
async def council(database: Database) -> Area:
    return await the_council(database)


@pytest.fixture
async def officer(database: Database, council: Area) -> Somebody:
    return await an_officer_of(database, council.id)


async def proposed(officer: Somebody, **asset: Any) -> tuple[str, Asset]:
    """A case of an asset of its own, with the four questions answered."""
    council = await the_council(officer.database)
    made = await an_asset(officer.database, council, **asset)
    payload = await officer.does("proposeCase", STATE, assetId=write_id("ast", made.id))
    assert payload["userErrors"] == []
    case: str = payload["case"]["id"]
    assert (await officer.does("answerBlocking", caseId=case, **NO))["userErrors"] == []
    return case, made


async def refused(officer: Somebody, name: str, /, **given: Any) -> str:
    [error] = (await officer.does(name, **given))["userErrors"]
    code: str = error["code"]
    return code


async def state_of(case: str) -> CaseState:
    return (await Case.get(id=read_id("cas", case))).state


async def test_an_asset_is_proposed_offered_and_stands_in_the_window_until_its_stage_is_over(
    database: Database, council: Area, officer: Somebody, advance: Advance
) -> None:
    round_ = await a_round(database, council)
    case, asset = await proposed(officer)
    offered = await officer.does(
        "listCase",
        f"{STATE} ",
        caseId=case,
        roundId=write_id("rnd", round_.id),
        openings=[{"weekday": "SATURDAY", "opens": "10:00", "closes": "12:00"}],
    )
    assert offered["userErrors"] == []
    assert offered["case"]["state"] == "LISTED"
    found = await officer.asks(
        "{ search(first: 5) { edges { node { title openings { totalCount } } } } }"
    )
    [edge] = found["search"]["edges"]
    assert edge["node"] == {"title": "The Old Hall", "openings": {"totalCount": 1}}

    await advance(ends(Stage.EOI) - database.clock.now())
    assert await in_transaction(database, close_due_stages) == 0, "the instant belongs to the stage"
    await advance(timedelta(milliseconds=1))
    assert await in_transaction(database, close_due_stages) == 1
    assert await state_of(case) is CaseState.EOI_CLOSED
    assert (await Asset.get(id=asset.id)).state is AssetState.HELD
    assert (await officer.asks("{ search { totalCount } }"))["search"]["totalCount"] == 0

    invited = await officer.does("inviteBids", STATE, caseId=case)
    assert invited["case"]["state"] == "BUSINESS_CASE"
    await advance(ends(Stage.BUSINESS_CASE) - database.clock.now() + timedelta(milliseconds=1))
    assert await in_transaction(database, close_due_stages) == 1
    assert await state_of(case) is CaseState.BIDS_CLOSED


async def test_a_yes_to_any_of_the_four_questions_blocks(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = write_id("rnd", (await a_round(database, council)).id)
    case, _ = await proposed(officer)
    assert (await officer.does("answerBlocking", caseId=case, otherReason=True))["userErrors"] == []
    assert await refused(officer, "listCase", caseId=case, roundId=round_) == "BLOCKED_FROM_OFFER"
    withheld = await officer.does("withholdCase", STATE, caseId=case, reason="It is needed.")
    assert withheld["case"]["state"] == "WITHHELD"
    assert await refused(officer, "listCase", caseId=case, roundId=round_) == "WRONG_STATE"


async def test_unanswered_questions_are_named(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = write_id("rnd", (await a_round(database, council)).id)
    asset = await an_asset(database, council)
    payload = await officer.does("proposeCase", STATE, assetId=write_id("ast", asset.id))
    [error] = (await officer.does("listCase", caseId=payload["case"]["id"], roundId=round_))[
        "userErrors"
    ]
    assert error["code"] == "QUESTIONS_UNANSWERED"
    assert "OTHER_REASON" in error["message"]


async def test_of_one_asset_one_case_is_under_way(database: Database, officer: Somebody) -> None:
    _, asset = await proposed(officer)
    assert await refused(officer, "proposeCase", assetId=write_id("ast", asset.id)) == (
        "ASSET_ON_OFFER"
    )


async def test_of_two_who_propose_one_asset_at_once_one_does(
    database: Database, council: Area, officer: Somebody
) -> None:
    asset = write_id("ast", (await an_asset(database, council)).id)
    done = await asyncio.gather(
        *(officer.does("proposeCase", STATE, assetId=asset) for _ in range(6))
    )
    codes = [error["code"] for payload in done for error in payload["userErrors"]]
    assert codes == ["ASSET_ON_OFFER"] * 5
    assert await Case.all().count() == 1


async def test_of_two_officers_who_decide_otherwise_at_once_one_is_refused(
    database: Database, council: Area, officer: Somebody
) -> None:
    """Invariant 37."""
    round_ = write_id("rnd", (await a_round(database, council)).id)
    case, _ = await proposed(officer)
    done = await asyncio.gather(
        officer.does("listCase", caseId=case, roundId=round_),
        officer.does("withholdCase", caseId=case, reason="It is needed."),
    )
    [error] = [error for payload in done for error in payload["userErrors"]]
    assert error["code"] in {"WRONG_STATE", "TRY_AGAIN"}
    assert await state_of(case) in {CaseState.LISTED, CaseState.WITHHELD}
    assert await Listing.all().count() == (await state_of(case) is CaseState.LISTED)


@pytest.mark.parametrize(
    ("asset", "code"),
    [({"not_land_reason": "a mace"}, "NOT_LISTABLE"), ({"state": AssetState.FORMER}, "ASSET_GONE")],
)
async def test_what_is_no_land_or_gone_is_not_proposed(
    database: Database, council: Area, officer: Somebody, asset: dict[str, Any], code: str
) -> None:
    made = await an_asset(database, council, **asset)
    assert await refused(officer, "proposeCase", assetId=write_id("ast", made.id)) == code


async def test_a_group_may_propose_and_not_too_often(database: Database, council: Area) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    codes = []
    for number in range(6):
        asset = write_id("ast", (await an_asset(database, council, name=f"Hall {number}")).id)
        payload = await ann.does("suggestCase", STATE, organisationId=group, assetId=asset)
        codes += [error["code"] for error in payload["userErrors"]]
    assert codes == ["TOO_MANY_SUGGESTED"]
    shown = await ann.asks("{ cases { edges { node { state proposer { id } } } } }")
    assert {edge["node"]["proposer"]["id"] for edge in shown["cases"]["edges"]} == {group}


async def test_a_service_has_no_asset_and_no_window(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = write_id("rnd", (await a_round(database, council)).id)
    council_id = write_id("are", council.id)
    payload = await officer.does(
        "proposeService", "case { id asset { id } title }", councilId=council_id, title="The bus"
    )
    assert payload["case"]["asset"] is None
    case = payload["case"]["id"]
    await officer.does("answerBlocking", caseId=case, **NO)
    offered = await officer.does("listCase", STATE, caseId=case, roundId=round_)
    assert offered["case"]["state"] == "LISTED"
    assert await Listing.all().count() == 0


async def test_withdrawing_takes_it_out_of_the_window_with_a_reason(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = write_id("rnd", (await a_round(database, council)).id)
    case, asset = await proposed(officer)
    await officer.does("listCase", caseId=case, roundId=round_)
    assert await refused(officer, "withdrawCase", caseId=case, reason=" ") == "TEXT_LENGTH"
    ended = await officer.does("withdrawCase", "case { state reason }", caseId=case, reason="Sold.")
    assert ended["case"] == {"state": "WITHDRAWN", "reason": "Sold."}
    assert (await Asset.get(id=asset.id)).state is AssetState.HELD


async def test_nobody_is_awarded_what_is_decided_by_the_short_way(
    database: Database, council: Area, officer: Somebody
) -> None:
    case = await a_case(database, await a_round(database, council), CaseState.DECIDED)
    given = {"caseId": write_id("cas", case.id), "reason": "No."}
    [error] = (await officer.does("awardNone", **given))["userErrors"]
    assert error["code"] == "WRONG_STATE"
    assert error["message"].startswith("The case is decided;")


async def test_another_councils_officer_moves_nothing(database: Database, council: Area) -> None:
    other = await the_council(database, "E07000079")
    stranger = await an_officer_of(database, other.id)
    case = await a_case(database, await a_round(database, council), CaseState.PROPOSED)
    given = {"caseId": write_id("cas", case.id), "reason": "Mine."}
    assert await refused(stranger, "withholdCase", **given) == "NOT_ALLOWED"


async def test_a_rule_that_is_set_later_changes_no_case_that_began(
    database: Database, council: Area, officer: Somebody
) -> None:
    """Invariant 1."""
    before, _ = await proposed(officer)
    given = {"name": "cure_days", "value": "30", "since": "2026-01-01", "citation": "Minute 12"}
    council_id = write_id("are", council.id)
    assert (await officer.does("setCouncilRule", councilId=council_id, **given))["userErrors"] == []
    after, _ = await proposed(officer, name="The Baths")
    kept = [
        (await Case.get(id=read_id("cas", each))).rules["cure_days"] for each in (before, after)
    ]
    assert kept == [90, 30]
    listed = await officer.asks(
        f'{{ councilRules(council: "{council_id}") {{ edges {{ node {{ name value }} }} }} }}'
    )
    assert listed["councilRules"]["edges"] == [{"node": {"name": "cure_days", "value": "30"}}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "nothing"}, "RULE_UNKNOWN"),
        ({"value": "-1"}, "RULE_UNFIT"),
        ({"value": "1.5"}, "RULE_UNFIT"),
        ({"value": "9" * 30}, "RULE_UNFIT"),
        ({"value": "99999"}, "RULE_UNFIT"),
        ({"citation": " "}, "RULE_WITHOUT_SOURCE"),
        ({"citation": "\u200b"}, "RULE_WITHOUT_SOURCE"),  # nobody sees it
    ],
)
async def test_a_rule_that_is_none_is_refused(
    database: Database, council: Area, officer: Somebody, given: dict[str, str], code: str
) -> None:
    rule = {"name": "cure_days", "value": "30", "since": str(date(2027, 1, 1)), "citation": "x"}
    assert (
        await refused(
            officer, "setCouncilRule", councilId=write_id("are", council.id), **(rule | given)
        )
        == code
    )


async def test_what_a_group_proposed_is_not_withdrawn_by_it(
    database: Database, council: Area
) -> None:
    bidder = await a_bidder(database, council)
    case = await a_case(
        database, await a_round(database, council), CaseState.PROPOSED, proposer_id=bidder.id
    )
    ann = await signed_in(database, "ann@example.org")
    given = {"caseId": write_id("cas", case.id), "reason": "Mine."}
    assert await refused(ann, "withdrawCase", **given) == "NOT_ALLOWED"
