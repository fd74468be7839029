"""The feed of opportunities, as a reader who keeps a copy of it finds it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.kernel.ids import read_id, write_id
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.linked import CONTEXT
from commonweal.volunteering.rules import OpportunityState
from commonweal.volunteering.rules_feeds import PAGE, SETTLED, WRITING
from commonweal.volunteering.tables import Opportunity, OpportunityTerm, Term
from commonweal.web.feeds import ADDRESS, Feed
from tests.asking import data
from tests.conftest import Advance
from tests.people.signing import an_officer_of, refused
from tests.volunteering.making import SATURDAY, Help, a_shift, an_opportunity
from tests.web.rpde_reader import RpdeReader

T = TypeVar("T")
SETTLES = timedelta(seconds=SETTLED.value + 1)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[Route(ADDRESS, Feed(lambda: database).page)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture
def reader(http: httpx2.AsyncClient) -> RpdeReader:
    return RpdeReader(http)


def nodes(data: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in data["graph"] if node["@type"] == kind]


async def another(tx: Transaction, helped: int, state: OpportunityState) -> int:
    """A copy of an opportunity, in the window if it is open."""
    row, number = await Opportunity.get(id=helped), tx.new_id()
    row.id = number
    row.state, row.modified_at = state, tx.now
    row.published_at = tx.now if state is OpportunityState.OPEN else None
    await row.save(force_create=True)
    if state is OpportunityState.OPEN:
        shown = await Listing.get(kind=ListingKind.OPPORTUNITY, subject_id=helped)
        shown.id, shown.subject_id, shown.state = tx.new_id(), row.id, ListingState.OPEN
        await shown.save(force_create=True)
    return number


async def number_of(helped: Help) -> int:
    number = read_id("opp", helped.opportunity)
    assert number
    return number


async def test_a_copy_is_what_is_open_after_each_change(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    await reader.round()
    await advance(timedelta(seconds=SETTLED.value))
    await reader.round()
    assert reader.copy == {}, "what is not settled yet is not shown"
    await advance(timedelta(seconds=1))
    await reader.round()
    assert list(reader.copy) == [helped.opportunity]
    assert len(nodes(reader.copy[helped.opportunity], "Session")) == 1
    later = SATURDAY + timedelta(days=7)
    shift, _ = await a_shift(helped.owner, helped.opportunity, places=2, starts_at=later)
    await advance(SETTLES)
    await reader.round()
    assert len(nodes(reader.copy[helped.opportunity], "Session")) == 2
    assert refused(await helped.owner.does("cancelShift", shiftId=shift)) == []
    await advance(SETTLES)
    await reader.round()
    assert len(nodes(reader.copy[helped.opportunity], "Session")) == 1
    closed = await helped.owner.does("closeOpportunity", opportunityId=helped.opportunity)
    assert refused(closed) == []
    await advance(SETTLES)
    await reader.round()
    await reader.round()
    assert reader.copy == {}
    states = [state for _, state in reader.told]
    assert states == ["updated", "updated", "updated", "deleted"]
    fresh = RpdeReader(reader.http)
    await advance(timedelta(days=400))
    await fresh.round()
    assert fresh.told == [(helped.opportunity, "deleted")], "it stays deleted for ever"


async def test_data_is_what_anybody_is_shown_by_the_api_in_the_words_of_the_standard(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    number = await number_of(helped)
    await Opportunity.all().update(address="Long Lane", pot_id=None)

    async def work(tx: Transaction) -> None:
        for taxonomy, code in (("SKILL", "FirstAid2"), ("REQUIREMENT", "Gloves2")):
            values: dict[str, Any] = {"taxonomy": taxonomy, "code": code, "label": code}
            term = await Term.create(id=tx.new_id(), verified=False, **values)
            await OpportunityTerm.create(id=tx.new_id(), opportunity_id=number, term_id=term.id)

    await in_transaction(database, work)
    await advance(SETTLES)
    await reader.round()
    query = """query($id: ID!) { opportunity(id: $id) { title description address location
      organisation { id name } shifts(first: 9) { edges { node { id startsAt endsAt
        roles(first: 9) { edges { node { id name places } } } } } } } }"""
    shown = (await data(database, query, {"id": helped.opportunity}))["opportunity"]
    read = reader.copy[helped.opportunity]
    assert read["@context"][0] == CONTEXT
    [activity], [role] = nodes(read, "Activity"), nodes(read, "Role")
    [session], [place] = nodes(read, "Session"), nodes(read, "Location")
    [organisation] = nodes(read, "Organisation")
    [shift] = [edge["node"] for edge in shown["shifts"]["edges"]]
    [does] = [edge["node"] for edge in shift["roles"]["edges"]]
    assert (activity["title"], activity["description"]) == (shown["title"], shown["description"])
    assert activity["@id"].endswith(f"/opportunities/{helped.opportunity}")
    assert activity["skill"] == [{"@id": "https://ns.volunteeringdata.io/FirstAid2"}]
    assert activity["requirement"] == [{"@id": "https://ns.volunteeringdata.io/Gloves2"}]
    assert session["@id"].endswith(f"#{shift['id']}")
    assert session["startDate"] == shift["startsAt"]
    assert (role["title"], role["places"]) == (does["name"], does["places"])
    assert role["session"] == [{"@id": session["@id"]}]
    assert "reward" not in role
    assert place["address"] == shown["address"] == "Long Lane"
    assert [place["longitude"], place["latitude"]] == shown["location"]["coordinates"]
    assert organisation["name"] == shown["organisation"]["name"]
    assert activity["publisher"] == [{"@id": organisation["@id"]}]
    ids = {node["@id"] for node in read["graph"]}
    named = {each["@id"] for name in ("role", "session", "location") for each in activity[name]}
    assert named <= ids


async def test_what_is_hidden_shows_no_address(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    await Opportunity.all().update(address="12 Refuge Road", hidden_place=True, shown_location=None)
    await advance(SETTLES)
    answer = await reader.http.get(reader.position)
    assert "Refuge" not in answer.text
    assert helped.opportunity in answer.text
    assert "51.9" not in answer.text


async def test_what_an_officer_hides_is_deleted_until_it_is_shown_again(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    await advance(SETTLES)
    await reader.round()
    listing = await Listing.get(kind=ListingKind.OPPORTUNITY)
    officer = await an_officer_of(database, listing.council_id)
    which = {"listingId": write_id("lst", listing.id), "reason": "Wrong."}
    assert refused(await officer.does("hideListing", **which)) == []
    await advance(SETTLES)
    await reader.round()
    assert reader.copy == {}
    assert refused(await officer.does("restoreListing", **which)) == []
    await advance(SETTLES)
    await reader.round()
    assert list(reader.copy) == [helped.opportunity]
    group = {"organisationId": helped.friends, "reason": "Wrong."}
    assert refused(await officer.does("hideOrganisation", **group)) == []
    await advance(SETTLES)
    await reader.round()
    assert nodes(reader.copy[helped.opportunity], "Organisation") == []
    assert "publisher" not in nodes(reader.copy[helped.opportunity], "Activity")[0]


async def test_what_was_never_shown_is_never_in_the_feed(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    number = await number_of(helped)
    await in_transaction(database, lambda tx: another(tx, number, OpportunityState.DRAFT))
    await in_transaction(database, lambda tx: another(tx, number, OpportunityState.CLOSED))
    await advance(SETTLES)
    await reader.round()
    assert [which for which, _ in reader.told] == [helped.opportunity]


async def test_a_page_has_so_many_items_and_the_next_has_the_rest(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    """All are of one instant: only their ids tell them apart."""
    helped = await an_opportunity(database)
    number = await number_of(helped)

    async def work(tx: Transaction) -> None:
        for _ in range(PAGE.value):
            await another(tx, number, OpportunityState.OPEN)

    await in_transaction(database, work)
    await advance(SETTLES)
    assert [await reader.page() for _ in range(4)] == [PAGE.value, 1, 0, 0]
    assert len(reader.copy) == PAGE.value + 1


async def test_a_page_is_one_statement(
    database: Database, reader: RpdeReader, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_opportunity(database)
    await advance(SETTLES)
    asked, fetch = [], database.fetch

    async def noted(sql: str, values: Sequence[Any]) -> Sequence[Any]:
        asked.append(sql)
        return await fetch(sql, values)

    monkeypatch.setattr(database, "fetch", noted)
    assert [await reader.page() for _ in range(2)] == [1, 0]
    assert len(asked) == 2


@pytest.mark.parametrize(
    "asked",
    [
        "afterTimestamp=1",
        "afterId=opp_0000000000001",
        "afterTimestamp=x&afterId=opp_0000000000001",
        "afterTimestamp=-1&afterId=opp_0000000000001",
        "afterTimestamp=99999999999999999999&afterId=opp_0000000000001",
        "afterTimestamp=1&afterId=lst_0000000000001",
        "afterTimestamp=%00&afterId=%00",
    ],
)
async def test_what_is_no_place_in_the_feed_is_refused(
    http: httpx2.AsyncClient, asked: str
) -> None:
    answer = await http.get(f"{ADDRESS}?{asked}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_A_POSITION"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_last_page_is_asked_again_soon_and_its_next_is_itself(
    database: Database, http: httpx2.AsyncClient
) -> None:
    empty = await http.get(ADDRESS)
    assert empty.json()["next"] == f"{database.public_url}{ADDRESS}"
    assert empty.headers["cache-control"] == "public, max-age=8"
    assert empty.headers["content-type"] == "application/vnd.openactive.rpde+json; version=1"
    assert empty.headers["access-control-allow-origin"] == "*"


# ---- what is written meanwhile -------------------------------------------------------------------


async def test_what_is_committed_late_is_not_passed_by(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    """One that began first is committed last; a reader comes between."""
    helped = await an_opportunity(database)
    number = await number_of(helped)
    await advance(SETTLES)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> int:
        made = await another(tx, number, OpportunityState.OPEN)
        begun.set()
        await go_on.wait()
        return made

    late = asyncio.create_task(in_transaction(database, slowly))
    await begun.wait()
    if database.engine == "sqlite":  # where there is one writer at a time
        go_on.set()
        await late
    await advance(timedelta(seconds=WRITING.value - 1))
    made = await in_transaction(database, lambda tx: another(tx, number, OpportunityState.OPEN))
    await advance(timedelta(seconds=2))
    await reader.round()
    go_on.set()
    early = write_id("opp", await late)
    await advance(SETTLES)
    await reader.round()
    assert set(reader.copy) == {helped.opportunity, early, write_id("opp", made)}


async def test_a_transaction_that_took_too_long_is_run_again_and_stamps_anew(
    database: Database,
) -> None:
    if database.engine == "sqlite":  # where nobody reads what another has not committed
        return
    helped = await an_opportunity(database)
    number = await number_of(helped)
    [[text]] = await database.fetch("SELECT pg_get_functiondef('opportunity_settles'::regproc)", [])
    assert f"interval '{WRITING.value} seconds'" in text
    assert WRITING.value < SETTLED.value
    hastier = text.replace(f"'{WRITING.value} seconds'", "'0.2 seconds'")
    await database.client.execute_script(hastier)
    tries = 0

    async def dawdles(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        await Opportunity.filter(id=number).update(modified_at=tx.now)
        if tries == 1:
            await asyncio.sleep(0.3)

    await in_transaction(database, dawdles)
    assert tries == 2


async def test_a_reader_who_asks_while_others_write_loses_nothing(
    database: Database, reader: RpdeReader, advance: Advance
) -> None:
    """The clock is turned as far as the oldest transaction that is under way may last."""
    helped = await an_opportunity(database)
    number = await number_of(helped)
    writing, step, now = True, timedelta(seconds=7), database.clock.now
    begun: dict[int, datetime] = {}

    async def does(turn: int, work: Callable[[Transaction], Awaitable[T]]) -> T:
        begun[turn] = now()
        done = await in_transaction(database, work)
        del begun[turn]
        return done

    async def writes(turn: int) -> None:
        for time in range(6):
            made = await does(turn, lambda tx: another(tx, number, OpportunityState.OPEN))
            if (turn + time) % 3 == 0:
                await does(turn, partial(closed, number=made))
            await asyncio.sleep(0.005 * turn)

    async def reads() -> None:
        while writing:
            oldest = min(begun.values(), default=now())
            if now() + step - oldest <= timedelta(seconds=WRITING.value):
                await advance(step)
            await reader.round()

    reading = asyncio.create_task(reads())
    await asyncio.gather(*(writes(turn) for turn in range(4)))
    writing = False
    await reading
    await advance(SETTLES)
    await reader.round()
    still = await Opportunity.filter(state=OpportunityState.OPEN)
    assert set(reader.copy) == {write_id("opp", each.id) for each in still}
    assert len(reader.copy) == 1 + 24 - 8


async def closed(tx: Transaction, number: int) -> None:
    values = {"state": OpportunityState.CLOSED, "modified_at": tx.now}
    await Opportunity.filter(id=number).update(**values)
