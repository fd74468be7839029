"""The application as a browser and a bearer meet it, on both engines."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
from tortoise.expressions import F

from commonweal.kernel.ids import write_id
from commonweal.listings.rules import ListingState
from commonweal.listings.tables import Listing
from commonweal.people.actions import create_council_token
from commonweal.people.queries import viewer_of
from commonweal.store.database import Database
from commonweal.store.idempotency import KEYS_KEPT
from commonweal.store.jobs import DONE_KEPT, enqueue, state
from commonweal.store.tables import IdempotencyKey, Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import do_due, periods
from commonweal.web.app import application
from commonweal.web.examples import EXAMPLES
from commonweal.web.jobs import jobs_of
from commonweal.web.settings import Settings
from tests.asking import data
from tests.conftest import Advance
from tests.makers import an_asset, an_officer, the_council

JOBS = jobs_of(Settings())
PUBLISH = """mutation($asset: ID!, $day: Date) {
  publishListing(input: {assetId: $asset, closesOn: $day}) {
    userErrors { ... on UserError { code } } } }"""


@pytest.fixture
async def http(database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    app = application(Settings(database_url=database_url, allowed_hosts="town.test"))
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as client:
            yield client


async def post(http: httpx2.AsyncClient, query: str, **more: Any) -> httpx2.Response:
    return await http.post("/graphql", json={"query": query}, **more)


async def test_anybody_may_ask_and_is_told_what_is_open(http: httpx2.AsyncClient) -> None:
    answer = await post(http, "{ search { totalCount } }")
    assert answer.json() == {"data": {"search": {"totalCount": 0}}}


async def test_a_token_that_is_not_valid_is_refused_and_not_taken_for_nobody(
    http: httpx2.AsyncClient,
) -> None:
    for given in ("Bearer cw_made-up", "Bearer ", "Basic dXNlcjpwYXNz", "cw_made-up"):
        answer = await post(http, "{ __typename }", headers={"authorization": given})
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_the_landing_page_shows_every_example_and_needs_no_other_host(
    http: httpx2.AsyncClient,
) -> None:
    page = await http.get("/")
    assert page.status_code == 200
    assert page.text.count("data-query=") == len(EXAMPLES)
    assert not re.search(r"(src|href)=|import |url\(", page.text)


async def test_the_process_says_that_it_lives(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/healthz")).text == "ok\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.says)
async def test_every_example_is_answered(http: httpx2.AsyncClient, example: Any) -> None:
    answer = (await post(http, example.query)).json()
    assert "errors" not in answer


async def test_an_officers_token_acts_for_its_council(
    database_url: str, database: Database
) -> None:
    council = await the_council(database)
    asset = await an_asset(database, council)

    async def make(tx: Transaction) -> str:
        return await create_council_token(tx, council_id=council.id, label="officer")

    token = await in_transaction(database, make)
    viewer = await viewer_of(database, token)
    assert viewer is not None
    assert viewer.councils == (council.id,)
    done = await data(database, PUBLISH, {"asset": write_id("ast", asset.id)}, viewer)
    assert done["publishListing"]["userErrors"] == []


async def test_the_job_closes_what_is_over_and_frees_its_asset(
    database: Database, advance: Advance
) -> None:
    council = await the_council(database)
    asset = await an_asset(database, council)
    officer = an_officer(council)
    tomorrow = (date(2026, 11, 22) + timedelta(days=1)).isoformat()
    asked = {"asset": write_id("ast", asset.id), "day": tomorrow}
    assert (await data(database, PUBLISH, asked, officer))["publishListing"]["userErrors"] == []
    await do_due(database, JOBS)
    assert await Listing.filter(state=ListingState.OPEN).count() == 1

    await advance(timedelta(days=2))
    await do_due(database, JOBS)
    assert await Listing.filter(state=ListingState.CLOSED).count() == 1
    await asset.refresh_from_db()
    assert asset.state == "held"
    await advance(timedelta(minutes=1))
    await do_due(database, JOBS)
    assert await Listing.filter(state=ListingState.CLOSED).count() == 1


async def test_two_workers_at_once_close_each_listing_once(
    database: Database, advance: Advance
) -> None:
    council = await the_council(database)
    officer = an_officer(council)
    for n in range(10):
        asset = await an_asset(database, council, name=f"Hall {n}")
        asked = {"asset": write_id("ast", asset.id), "day": "2026-11-24"}
        await data(database, PUBLISH, asked, officer)
    await advance(timedelta(days=5))
    close = JOBS["close_due_listings"].work
    await asyncio.gather(*(do_due(database, JOBS) for _ in range(4)), close(database, {}))
    assert await Listing.filter(state=ListingState.CLOSED).count() == 10


async def test_what_is_old_is_swept_and_what_failed_stays(
    database: Database, advance: Advance
) -> None:
    keyed = """mutation($asset: ID!) {
      publishListing(input: {assetId: $asset}, idempotencyKey: "k") { replayed } }"""
    council = await the_council(database)
    asset = await an_asset(database, council)
    await data(database, keyed, {"asset": write_id("ast", asset.id)}, an_officer(council))

    async def work(tx: Transaction) -> None:
        await enqueue(tx, "sweep_jobs", {}, cause="done")  # any kind that is known
        await enqueue(tx, "of another version", {})

    await in_transaction(database, work)
    await Job.filter(cause="done").update(done_at=database.clock.now())
    await Job.filter(kind="of another version").update(failed_at=database.clock.now())
    await advance(timedelta(days=max(DONE_KEPT.days or 0, KEYS_KEPT.days or 0)))
    await do_due(database, JOBS)
    assert await Job.exists(cause="done")
    assert await IdempotencyKey.exists()

    await advance(timedelta(hours=1))
    await do_due(database, JOBS)
    left = await Job.all()
    assert {line.kind for line in left} == {"of another version", *periods(JOBS)}
    assert {state(line) for line in left} == {"failed", "waiting"}
    assert not await IdempotencyKey.exists()


async def test_a_line_is_done_by_the_service_itself_unless_it_is_told_not_to(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url, allowed_hosts="town.test")
    idle = application(settings, worker=False)
    async with idle.router.lifespan_context(idle):
        await asyncio.sleep(0.1)
        assert not await Job.exists()
    busy = application(settings)
    async with busy.router.lifespan_context(busy):
        for _ in range(500):
            done = await Job.filter(attempts=0, due_at__gt=F("created_at")).count()
            if done == len(periods(JOBS)):
                return
            await asyncio.sleep(0.02)
    pytest.fail(f"{done} kinds of recurring work were done")
