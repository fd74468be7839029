"""Cases in the shop window: until when, in whose words, and for as long as their stage lasts."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from commonweal.assets.actions import close_due_listings
from commonweal.assets.rules import AssetState
from commonweal.assets.tables import Asset
from commonweal.handovers.actions import close_due_stages
from commonweal.handovers.cases import locked_round
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.tables import Case, Round, RoundStage
from commonweal.kernel.ids import read_id, write_id
from commonweal.listings.rules import ListingState
from commonweal.listings.tables import Listing
from commonweal.people.rules_organisations import OrganisationKind
from commonweal.people.tables_organisations import Organisation
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.conftest import Advance
from tests.handovers.making import a_case, a_round, ends
from tests.makers import an_asset, the_council
from tests.people.signing import Somebody, an_officer_of, signed_in
from tests.people.stories import a_group

MOMENT = timedelta(milliseconds=1)
VISITS = [{"weekday": "SATURDAY", "opens": "10:00", "closes": "12:00"}]
NO = dict.fromkeys(
    ("RECEIPT_RING_FENCED", "RECEIPT_IN_CAPITAL_PROGRAMME", "NEEDED_BY_COUNCIL", "OTHER_REASON"),
    False,
)


@pytest.fixture
async def council(database: Database) -> Area:
    return await the_council(database)


@pytest.fixture
async def officer(database: Database, council: Area) -> Somebody:
    return await an_officer_of(database, council.id)


async def proposed(round_: Round, database: Database, **more: Any) -> Case:
    """A case with its questions answered, in no round yet."""
    values = {"answers": NO, "round_id": None, **more}
    return await a_case(database, round_, CaseState.PROPOSED, **values)


async def offered(officer: Somebody, case: Case, round_: Round, **more: Any) -> list[str]:
    """What keeps it from being offered."""
    given = {"caseId": write_id("cas", case.id), "roundId": write_id("rnd", round_.id), **more}
    return [error["code"] for error in (await officer.does("listCase", **given))["userErrors"]]


async def put_off(officer: Somebody, round_: Round, stage: Stage, end: datetime) -> None:
    payload = await officer.does(
        "putOffStages",
        roundId=write_id("rnd", round_.id),
        reason="The survey is late.",
        ends=[{"stage": stage.value, "endsAt": end.isoformat()}],
    )
    assert payload["userErrors"] == []


async def test_a_listing_closes_with_its_stage_and_later_when_that_is_put_off(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = await a_round(database, council)
    case, other = await proposed(round_, database), await proposed(round_, database, title="Baths")
    for each in (case, other):
        assert await offered(officer, each, round_) == []
    assert {each.closes_at for each in await Listing.all()} == {ends(Stage.EOI)}
    later = ends(Stage.EOI) + timedelta(days=7)
    await put_off(officer, round_, Stage.EOI, later)
    assert [each.closes_at for each in await Listing.all()] == [later, later]
    shown = await officer.asks(
        "{ search(order: CLOSING_SOON) { edges { node { title closesAt } } } }"
    )
    assert [edge["node"]["title"] for edge in shown["search"]["edges"]] == ["The Old Hall", "Baths"]


@pytest.mark.parametrize("first", ["assets", "stages"])
async def test_two_jobs_that_close_one_listing_come_to_the_same(
    database: Database, council: Area, officer: Somebody, advance: Advance, first: str
) -> None:
    round_ = await a_round(database, council)
    case = await proposed(round_, database)
    await offered(officer, case, round_)
    await advance(ends(Stage.EOI) - database.clock.now() + MOMENT)
    jobs = [close_due_listings, close_due_stages]
    for job in jobs if first == "assets" else jobs[::-1]:
        await in_transaction(database, job)
    assert (await Case.get(id=case.id)).state is CaseState.EOI_CLOSED
    assert (await Asset.get(id=case.asset_id)).state is AssetState.HELD
    assert (await Listing.get()).state is ListingState.CLOSED


async def test_two_jobs_at_once_come_to_the_same(
    database: Database, council: Area, officer: Somebody, advance: Advance
) -> None:
    round_ = await a_round(database, council)
    cases = [await proposed(round_, database, title=f"Hall {number}") for number in range(4)]
    for each in cases:
        await offered(officer, each, round_)
    await advance(ends(Stage.EOI) - database.clock.now() + MOMENT)
    jobs = [close_due_listings, close_due_stages] * 2
    await asyncio.gather(*(in_transaction(database, job) for job in jobs))
    for job in jobs[:2]:  # what one passed over because another had it
        await in_transaction(database, job)
    assert await Case.filter(state=CaseState.EOI_CLOSED).count() == 4
    assert await Asset.filter(state=AssetState.HELD).count() == 4


async def test_a_stage_that_is_being_put_off_is_not_closed_meanwhile(
    database: Database, council: Area, advance: Advance
) -> None:
    """On PostgreSQL the job passes over it; on SQLite it begins when that is done."""
    round_ = await a_round(database, council)
    case = await a_case(database, round_, CaseState.LISTED)
    await advance(ends(Stage.EOI) - database.clock.now() + MOMENT)
    ours, looked = asyncio.Event(), asyncio.Event()

    async def putting_off(tx: Transaction) -> None:
        stage = {"round_id": (await locked_round(round_.id)).id, "stage": Stage.EOI}
        await RoundStage.filter(**stage).update(ends_at=tx.now + timedelta(days=7))
        ours.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(looked.wait(), 0.5)

    async def closing() -> int:
        await ours.wait()
        done = await in_transaction(database, close_due_stages)
        looked.set()
        return done

    _, closed = await asyncio.gather(in_transaction(database, putting_off), closing())
    assert closed == 0
    assert (await Case.get(id=case.id)).state is CaseState.LISTED


async def test_what_stands_in_the_window_already_stays_and_closes_with_the_stage(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = await a_round(database, council)
    case = await proposed(round_, database)
    await officer.does(
        "publishListing", assetId=write_id("ast", case.asset_id or 0), summary="Ours."
    )
    before = await Listing.get()
    assert await offered(officer, case, round_, openings=VISITS) == ["VISITS_SHOWN_ALREADY"]
    assert await offered(officer, case, round_) == []
    shown = await Listing.get()
    assert (shown.id, shown.summary, shown.closes_at) == (before.id, "Ours.", ends(Stage.EOI))


async def test_a_long_summary_is_cut_in_the_window_and_an_officer_may_write_another(
    database: Database, council: Area, officer: Somebody
) -> None:
    round_ = await a_round(database, council)
    case = await proposed(round_, database, summary="x" * 4_000)
    other = await proposed(round_, database, title="Baths", summary="As the group saw it.")
    assert await offered(officer, other, round_, summary="y" * 4_001) == ["TEXT_LENGTH"]
    assert await offered(officer, case, round_) == []
    assert await offered(officer, other, round_, summary="As the council sees it.") == []
    cut, another = await Listing.all().order_by("id")
    assert cut.summary == "x" * 2_000
    assert another.summary == "As the council sees it."
    assert (await Case.get(id=other.id)).summary == another.summary


async def test_asked_for_twice_with_one_key_a_case_is_listed_once(
    database: Database, council: Area, officer: Somebody
) -> None:
    """Invariant 37."""
    round_ = await a_round(database, council)
    case = await proposed(round_, database)
    query = """mutation($i: ListCaseInput!) { listCase(input: $i, idempotencyKey: "once") {
      case { state version } replayed userErrors { __typename } } }"""
    given = {"caseId": write_id("cas", case.id), "roundId": write_id("rnd", round_.id)}
    viewer = await officer.viewer()
    done = [(await data(database, query, {"i": given}, viewer))["listCase"] for _ in range(2)]
    assert [each["replayed"] for each in done] == [False, True]
    assert done[0]["case"] == done[1]["case"] == {"state": "LISTED", "version": 2}
    assert await Listing.all().count() == 1


async def test_of_two_members_who_propose_at_once_neither_exceeds_their_groups_limit(
    database: Database, council: Area
) -> None:
    ann, group = await a_member(database)
    made = [await an_asset(database, council, name=f"Hall {number}") for number in range(8)]
    done = await asyncio.gather(
        *(
            ann.does("suggestCase", organisationId=group, assetId=write_id("ast", each.id))
            for each in made
        )
    )
    codes = [error["code"] for payload in done for error in payload["userErrors"]]
    assert codes == ["TOO_MANY_SUGGESTED"] * 3
    assert await Case.all().count() == 5


async def test_only_a_group_that_could_be_given_it_proposes(
    database: Database, council: Area
) -> None:
    ann, group = await a_member(database)
    asset = write_id("ast", (await an_asset(database, council)).id)
    of = Organisation.filter(id=read_id("org", group))
    await of.update(kind=OrganisationKind.BUSINESS)
    payload = await ann.does("suggestCase", organisationId=group, assetId=asset)
    assert [error["code"] for error in payload["userErrors"]] == ["GROUP_UNFIT"]


async def a_member(database: Database) -> tuple[Somebody, str]:
    """Ann, and her group."""
    ann = await signed_in(database, "ann@example.org")
    return ann, await a_group(ann)
