"""Who is told of which listing, and as what: within one process. Several: test_processes.py."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import shapely

from commonweal.access import ANONYMOUS
from commonweal.assets.actions import withdraw_listing
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.graph.subscription import EVENTS_AT_ONCE, Subscription
from commonweal.kernel.ids import write_id
from commonweal.listings.actions import close
from commonweal.listings.rules import TOPIC
from commonweal.listings.tables import Listing
from commonweal.people.actions import create_council_token
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.announcements import LATEST, announce
from commonweal.store.tables import Announcement
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.graph.both_ways import Counted
from tests.makers import CENTRE, an_officer, the_council
from tests.web.sockets import Client, Endpoint, published, ready, served

CHANGES = "subscription { listingChanged { id listing { title state } } }"
FILTERED = """subscription($area: ID, $near: NearInput, $kinds: [ListingKind!]) {
  listingChanged(area: $area, near: $near, kinds: $kinds) { id listing { title } } }"""
FAR = shapely.Point(-3.2, 51.5)


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Endpoint]:
    async with served(database_url) as app:
        yield app


async def listening(client: Client, query: str = CHANGES, **variables: Any) -> None:
    """Subscribed for certain: the relay has one listener more."""
    assert isinstance(client.app, Endpoint)
    relay, before = client.app.service.relay, client.app.service.relay.listeners
    client.subscribe(f"s{before}", query, variables=variables)
    async with asyncio.timeout(5):
        while relay.listeners == before:  # noqa: ASYNC110  # nothing tells the one who asked
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def change(client: Client) -> dict[str, Any]:
    message = await client.hears()
    assert message["type"] == "next", message
    told: dict[str, Any] = message["payload"]["data"]["listingChanged"]
    return told


async def withdrawn(app: Endpoint, listing: Listing) -> None:
    council = await the_council(app.service.database)
    officer = an_officer(council)

    async def work(tx: Transaction) -> None:
        await withdraw_listing(tx, officer, listing_id=listing.id, reason="for the test")

    await in_transaction(app.service.database, work)


async def closed(app: Endpoint, listing: Listing) -> None:
    async def work(tx: Transaction) -> None:
        await close(tx, await Listing.get(id=listing.id))

    await in_transaction(app.service.database, work)


async def officers_token(app: Endpoint) -> str:
    council = await the_council(app.service.database)

    async def make(tx: Transaction) -> str:
        return await create_council_token(tx, council_id=council.id, label="officer")

    return "Bearer " + await in_transaction(app.service.database, make)


async def asked(app: Endpoint, query: str = CHANGES) -> Subscription:
    request = GraphQLRequest(query, None, None, safe=False)
    made = await app.service.subscribe(request, ANONYMOUS)
    assert not isinstance(made, Answer), made.body
    return made


async def test_what_comes_and_goes_is_told_to_everybody_by_what_they_may_see(
    app: Endpoint,
) -> None:
    token = await officers_token(app)
    async with ready(app) as anyone, ready(app, {"authorization": token}) as officer:
        await listening(anyone)
        await listening(officer)
        listing = await published(app, name="The Old Hall")
        id_ = write_id("lst", listing.id)
        seen = {"id": id_, "listing": {"title": "The Old Hall", "state": "OPEN"}}
        assert await change(anyone) == seen
        assert await change(officer) == seen
        await withdrawn(app, listing)
        assert await change(anyone) == {"id": id_, "listing": None}
        assert (await change(officer))["listing"]["state"] == "WITHDRAWN"
        another = await published(app, name="The New Hall")
        for client in (anyone, officer):
            await change(client)
        await closed(app, another)
        assert (await change(anyone))["listing"] is None
        assert (await change(officer))["listing"]["state"] == "CLOSED"


@pytest.mark.parametrize("by", ["area", "near", "kinds"])
async def test_one_is_told_of_what_comes_and_goes_where_one_asked(app: Endpoint, by: str) -> None:
    council = await the_council(app.service.database)
    far_away = await an_area_far_away(app)
    here: dict[str, Any] = {
        "area": write_id("are", council.id),
        "near": {"longitude": CENTRE.x, "latitude": CENTRE.y, "withinMetres": 500},
        "kinds": ["ASSET"],
    }
    elsewhere: dict[str, Any] = {
        "area": write_id("are", far_away),
        "near": {"longitude": FAR.x, "latitude": FAR.y, "withinMetres": 500},
        "kinds": ["SHOP", "OFFER"],
    }
    async with ready(app) as near, ready(app) as far:
        await listening(near, FILTERED, **{by: here[by]})
        await listening(far, FILTERED, **{by: elsewhere[by]})
        listing = await published(app)
        assert (await change(near))["listing"] == {"title": "The Old Hall"}
        await withdrawn(app, listing)
        assert (await change(near))["listing"] is None
        await far.nothing(0.1)


async def an_area_far_away(app: Endpoint) -> int:
    async def work(tx: Transaction) -> int:
        made = await Area.create(
            id=tx.new_id(),
            kind=AreaKind.PARISH,
            code="E04000001",
            name="Far away",
            valid_from="1974-04-01",
            shape=shapely.MultiPolygon([FAR.buffer(0.1)]),
            licence="made up",
        )
        return int(made.id)

    return await in_transaction(app.service.database, work)


async def test_what_lies_nowhere_is_told_to_those_who_ask_for_no_place(app: Endpoint) -> None:
    council = await the_council(app.service.database)
    async with ready(app) as placed, ready(app) as anywhere:
        await listening(placed, FILTERED, area=write_id("are", council.id))
        await listening(anywhere)
        await published(app, location=None)
        await change(anywhere)
        await placed.nothing(0.1)


async def test_what_a_change_says_of_a_listing_is_what_a_query_says(app: Endpoint) -> None:
    fields = """id title kind state category publishedAt closesAt location council { name }
      areas { totalCount edges { node { name } } } ... on AssetListing { __typename }"""
    async with ready(app) as client:
        await listening(client, f"subscription {{ listingChanged {{ listing {{ {fields} }} }} }}")
        listing = await published(app)
        told = (await change(client))["listing"]
    query = f"query($id: ID!) {{ listing(id: $id) {{ {fields} }} }}"
    read = await data(app.service.database, query, {"id": write_id("lst", listing.id)})
    assert told == read["listing"]


async def test_at_says_when_it_was_so(app: Endpoint) -> None:
    async with ready(app) as client:
        await listening(client, "subscription { listingChanged { at listing { publishedAt } } }")
        await published(app)
        told = await change(client)
        assert told["at"][:13] == told["listing"]["publishedAt"][:13]


async def test_the_changes_of_a_moment_are_one_statement_and_one_message_a_listing(
    app: Endpoint,
) -> None:
    subscription, database = await asked(app), app.service.database
    async with app.service.relay.listening() as since:
        listings = [await published(app, name=f"Hall {n}") for n in range(3)]
        await withdrawn(app, listings[0])
        await app.service.relay.look()
        until = app.service.relay.latest
    assert until == since + 4
    counted = Counted(database)
    bodies = await subscription.answers(ANONYMOUS, since, until)
    database.reader = counted.reader
    assert len([sql for sql, _ in counted.asked if sql != LATEST]) == 1  # the relay polls beside it
    assert len(bodies) == 3


async def test_another_topic_and_what_was_told_before_are_no_news(app: Endpoint) -> None:
    subscription = await asked(app)
    listing = await published(app)
    database = app.service.database
    await in_transaction(database, lambda tx: announce(tx, "another", [listing.id]))
    await app.service.relay.look()
    first = await Announcement.get(topic=TOPIC)
    other = await Announcement.get(topic="another")
    assert first.sequence is not None
    assert other.sequence is not None
    assert len(await subscription.answers(ANONYMOUS, 0, other.sequence)) == 1
    assert await subscription.answers(ANONYMOUS, first.sequence, other.sequence) == []


async def test_a_flood_of_news_is_read_in_parts_and_nothing_of_it_is_lost(app: Endpoint) -> None:
    listings = [await published(app, name=f"Hall {n}") for n in range(EVENTS_AT_ONCE.value + 5)]
    ids = [listing.id for listing in listings]
    async with ready(app) as client:
        await listening(client)
        database = app.service.database
        await in_transaction(database, lambda tx: announce(tx, TOPIC, ids))
        told = [(await change(client))["id"] for _ in ids]
        assert sorted(told) == sorted(write_id("lst", each) for each in ids)
        await client.nothing(0.1)


async def test_a_subscription_survives_a_database_that_is_away_for_a_moment(
    app: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ready(app) as client:
        await listening(client)
        database, failures = app.service.database, 0
        fetch = database.reader.fetch

        async def failing(sql: str, values: Any) -> Any:
            nonlocal failures
            if "listing" in sql and failures < 2:
                failures += 1
                raise ConnectionResetError
            return await fetch(sql, values)

        monkeypatch.setattr(database.reader, "fetch", failing)
        await published(app)
        assert (await change(client))["listing"]["title"] == "The Old Hall"
        assert failures == 2
