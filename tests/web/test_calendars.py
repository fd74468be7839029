"""Calendars: an opportunity's for anybody, and one's own at a secret address."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from icalendar import Calendar, Component
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.kernel.ids import read_id
from commonweal.listings.rules import ListingState
from commonweal.listings.tables import Listing
from commonweal.people.actions import hash_of
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.rules import OpportunityState
from commonweal.volunteering.rules_feeds import BEHIND, EVENTS
from commonweal.volunteering.tables import Opportunity, Shift
from commonweal.volunteering.tables_calendars import CalendarAddress
from commonweal.volunteering.tables_signups import SignUp
from commonweal.web.calendars import Calendars
from tests.conftest import Advance
from tests.people.signing import Somebody, refused, signed_in
from tests.volunteering.making import SATURDAY, Help, a_shift, an_opportunity, people


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    calendars = Calendars(lambda: database)
    app = Starlette(
        routes=[
            Route("/opportunities/{file}", calendars.opportunity),
            Route("/calendars/{file}", calendars.own),
        ]
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


async def events(http: httpx2.AsyncClient, url: str) -> list[Component]:
    answer = await http.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


async def public(http: httpx2.AsyncClient, helped: Help) -> list[Component]:
    return await events(http, f"/opportunities/{helped.opportunity}.ics")


async def an_address(somebody: Somebody) -> str:
    made = await somebody.does("makeCalendarAddress", "url")
    assert refused(made) == []
    return str(made["url"])


def said(event: Component, *names: str) -> list[str]:
    return [str(event.get(name)) for name in names]


async def test_anybody_subscribes_to_the_shifts_to_come_of_an_opportunity(
    database: Database, http: httpx2.AsyncClient, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    injected = "Bring boots.\r\nEND:VEVENT\r\nATTENDEE:mailto:x@example.org"
    await Opportunity.all().update(address="Long Lane, 2; gate", description=injected)
    later = SATURDAY + timedelta(days=7)
    second, _ = await a_shift(helped.owner, helped.opportunity, places=1, starts_at=later)
    first, last = await public(http, helped)
    assert said(first, "uid", "status", "summary", "location") == [
        f"{helped.shift}@commonweal",
        "CONFIRMED",
        "Dig the allotment paths",
        "Long Lane, 2; gate",
    ]
    assert first.decoded("dtstart") == SATURDAY
    assert first.decoded("dtend") == SATURDAY + timedelta(hours=2)
    assert "attendee" not in first
    await Shift.filter(id=read_id("shf", second)).update(cancelled_at=later, version=2)
    before, (_, off) = last, await public(http, helped)
    assert said(off, "uid", "status") == [f"{second}@commonweal", "CANCELLED"]
    assert off.decoded("sequence") > before.decoded("sequence")
    await advance(timedelta(days=8))
    assert [str(each.get("uid")) for each in await public(http, helped)] == [f"{second}@commonweal"]
    closed = await helped.owner.does("closeOpportunity", opportunityId=helped.opportunity)
    assert refused(closed) == []
    assert [str(each.get("status")) for each in await public(http, helped)] == ["CANCELLED"]


async def test_what_the_public_is_not_shown_is_in_no_public_calendar(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped = await an_opportunity(database)
    path = f"/opportunities/{helped.opportunity}.ics"
    await Opportunity.all().update(address="12 Refuge Road", hidden_place=True)
    assert "Refuge" not in (await http.get(path)).text
    await Listing.all().update(state=ListingState.HIDDEN)
    assert (await http.get(path)).status_code == 404
    await Listing.all().update(state=ListingState.OPEN)
    await Opportunity.all().update(state=OpportunityState.DRAFT, published_at=None)
    assert (await http.get(path)).status_code == 404
    for file in ("opp_0000000000001.ics", "x.ics", "lst_0000000000001.ics", "%00.ics", ".ics"):
        assert (await http.get(f"/opportunities/{file}")).status_code == 404


async def test_where_the_feed_leads_is_a_page_that_says_what_there_is_to_do_and_runs_nothing(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped = await an_opportunity(database)
    await Opportunity.all().update(title="<script>alert(1)</script>", address='"><img src=x>')
    page = await http.get(f"/opportunities/{helped.opportunity}")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "28 November 2026, 10:00 to 12:00" in page.text
    assert f'href="{helped.opportunity}.ics"' in page.text
    assert (await http.get("/opportunities/opp_0000000000001")).status_code == 404


async def test_my_calendar_has_my_places_and_tentatively_what_i_am_offered(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped = await an_opportunity(database, places=1)
    await Opportunity.all().update(address="12 Refuge Road", hidden_place=True)
    ann, bob = await people(database, 2)
    urls = [await an_address(each) for each in (ann, bob)]
    assert await events(http, urls[0]) == []
    mine = (await helped.joins(ann))["signUp"]["id"]
    theirs = (await helped.joins(bob))["signUp"]["id"]
    [event] = await events(http, urls[0])
    assert said(event, "uid", "status", "summary", "location") == [
        f"{helped.shift}@commonweal",
        "CONFIRMED",
        "Dig the allotment paths: Digger",
        "12 Refuge Road",
    ]
    assert await events(http, urls[1]) == [], "who waits has no place"
    await ann.does("cancelSignUp", signUpId=mine)
    assert await events(http, urls[0]) == []
    [offered] = await events(http, urls[1])
    assert said(offered, "status", "location") == ["TENTATIVE", "None"], "told to who comes"
    assert refused(await bob.does("acceptPlace", signUpId=theirs)) == []
    [taken] = await events(http, urls[1])
    assert said(taken, "status", "location") == ["CONFIRMED", "12 Refuge Road"]
    assert said(taken, "uid") == said(offered, "uid")
    assert taken.decoded("sequence") > offered.decoded("sequence")


async def test_an_offer_that_is_over_stands_in_no_calendar(
    database: Database, http: httpx2.AsyncClient, advance: Advance
) -> None:
    helped = await an_opportunity(database, places=1)
    ann, bob = await people(database, 2)
    url = await an_address(bob)
    mine, _ = [(await helped.joins(each))["signUp"]["id"] for each in (ann, bob)]
    await ann.does("cancelSignUp", signUpId=mine)
    await advance(timedelta(hours=25))
    assert await events(http, url) == []


async def test_what_is_over_stays_for_a_season(
    database: Database, http: httpx2.AsyncClient, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    [ann] = await people(database, 1)
    url = await an_address(ann)
    assert refused(await helped.joins(ann)) == []
    until = (await Shift.get()).ends_at + timedelta(days=BEHIND.value)
    await advance(until - timedelta(seconds=1) - database.clock.now())
    assert len(await events(http, url)) == 1
    await advance(timedelta(seconds=2))
    assert await events(http, url) == []


async def test_a_calendar_has_so_many_shifts_and_the_latest(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped = await an_opportunity(database)
    [ann] = await people(database, 1)
    url = await an_address(ann)
    assert refused(await helped.joins(ann)) == []

    async def work(tx: Transaction) -> None:
        shift, mine = await Shift.get(), await SignUp.get()
        for number in range(EVENTS.value):
            shift.id, mine.id = tx.new_id(), tx.new_id()
            shift.starts_at += timedelta(hours=1)
            shift.ends_at += timedelta(hours=1)
            mine.shift_id, mine.place = shift.id, number + 2
            await shift.save(force_create=True)
            await mine.save(force_create=True)

    await in_transaction(database, work)
    found = await events(http, url)
    assert len(found) == EVENTS.value
    assert f"{helped.shift}@commonweal" not in [str(each.get("uid")) for each in found]


async def test_a_new_address_replaces_the_old_and_an_ended_one_is_nobodys(
    database: Database, http: httpx2.AsyncClient
) -> None:
    ann = await signed_in(database, "ann@example.org")
    bob = await signed_in(database, "bob@example.org")
    old, other = await an_address(ann), await an_address(bob)
    new = await an_address(ann)
    assert len({old, other, new}) == 3
    statuses = [(await http.get(each)).status_code for each in (old, other, new)]
    assert statuses == [404, 200, 200]
    assert (await http.get(new)).headers["cache-control"] == "no-store"
    for _ in range(2):
        assert refused(await ann.does("endCalendarAddress")) == []
    statuses = [(await http.get(each)).status_code for each in (new, other)]
    assert statuses == [404, 200]
    without = other.removesuffix(".ics")
    for wrong in (without, f"{without[:-1]}.ics", f"{database.public_url}/calendars/.ics"):
        assert (await http.get(wrong)).status_code == 404


async def test_of_addresses_made_at_once_one_answers(
    database: Database, http: httpx2.AsyncClient
) -> None:
    ann = await signed_in(database, "ann@example.org")
    done = await asyncio.gather(*(ann.does("makeCalendarAddress", "url") for _ in range(6)))
    urls = [each["url"] for each in done if each["url"]]
    assert await CalendarAddress.all().count() == 1
    assert [(await http.get(url)).status_code for url in urls].count(200) == 1


async def test_of_an_address_only_a_hash_is_kept(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    secret = (await an_address(ann)).rpartition("/")[2].removesuffix(".ics")
    row = await CalendarAddress.get()
    assert row.secret_hash == hash_of(secret)
    acts = [f"{act.action} {act.facts}" for act in await AuditRecord.all()]
    assert any("make_calendar_address" in act for act in acts)
    assert not any(secret in text for text in (*acts, row.secret_hash))
