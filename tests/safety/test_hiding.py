"""Hiding: what is hidden is missing by every door, and comes back by an officer's word."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import orjson
import pytest
from tortoise.exceptions import IntegrityError

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets.actions import close_due_listings
from commonweal.graph.request import GraphQLRequest
from commonweal.graph.subscription import Subscription, subscribe
from commonweal.kernel.ids import read_id, write_id
from commonweal.listings.actions import hide, open_of, revise
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.people.tables_organisations import Organisation
from commonweal.safety.tables import Hiding
from commonweal.store.database import Database
from commonweal.store.tables import Announcement
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data, reader_on
from tests.conftest import Advance
from tests.listings.test_window import put_in, shown
from tests.people.signing import code_sent
from tests.safety.townspeople import Townspeople, codes, letters_to, townspeople

LISTING = """query($id: ID!) {
  listing(id: $id) { state } node(id: $id) { id }
  search(words: "hall") { totalCount edges { node { id } } }
  near: search(near: {longitude: -2.08, latitude: 51.9, withinMetres: 500}) { totalCount }
  clusters(box: {west: -3, south: 51, east: -1, north: 53}, zoom: 8) { count listingId } }"""
ORGANISATION = """query($id: ID!) { organisation(id: $id) { name } node(id: $id) { id }
  organisations { edges { node { name } } } }"""
NEWS = "subscription { listingChanged { id listing { title } } }"
WRONG = "WRONG_STATE"


async def hidden(town: Townspeople, kind: str, name: str = "vera") -> list[str]:
    subject = {"listingId": town.listing} if kind == "Listing" else {"organisationId": town.group}
    return codes(await town[name].does(f"hide{kind}", "hiding { id }", **subject, reason="Lies."))


async def restored(town: Townspeople, kind: str, name: str = "vera") -> list[str]:
    subject = {"listingId": town.listing} if kind == "Listing" else {"organisationId": town.group}
    return codes(await town[name].does(f"restore{kind}", "hiding { id }", **subject, reason="No."))


async def news(database: Database, since: int) -> list[Any]:
    """What a stranger is told of the announcements after `since`."""
    request = GraphQLRequest(NEWS, None, None, safe=False)
    asked = await subscribe(reader_on(database.engine), request, ANONYMOUS, database)
    assert isinstance(asked, Subscription)
    for number, row in enumerate(await Announcement.all().order_by("id"), 1):
        await Announcement.filter(id=row.id).update(sequence=number)
    bodies = await asked.answers(ANONYMOUS, since, 1_000)
    return [orjson.loads(body)["data"]["listingChanged"] for body in bodies]


async def test_a_hidden_listing_is_missing_by_every_door_but_its_officers(
    database: Database,
) -> None:
    town = await townspeople(database)
    shown = await data(database, LISTING, {"id": town.listing})
    assert shown["search"]["totalCount"] == 1
    assert shown["clusters"] == [{"count": 1, "listingId": town.listing}]
    assert await hidden(town, "Listing") == []
    missing = {"id": write_id("lst", 5)}
    for viewer in (ANONYMOUS, await town["boris"].viewer(), await town["olga"].viewer()):
        unseen = await data(database, LISTING, {"id": town.listing}, viewer)
        assert unseen == await data(database, LISTING, missing, viewer)
        assert unseen["search"]["totalCount"] == 0
        listed = "query($id: ID!) { asset(id: $id) { listings { totalCount } } }"
        found = await data(database, listed, {"id": town.asset}, viewer)
        assert found["asset"]["listings"]["totalCount"] == 0
    seen = await data(database, LISTING, {"id": town.listing}, await town["victor"].viewer())
    assert seen["listing"] == {"state": "HIDDEN"}
    assert seen["search"]["totalCount"] == 0
    assert await restored(town, "Listing", "victor") == []
    assert await data(database, LISTING, {"id": town.listing}) == shown


async def test_subscribers_see_a_listing_go_and_come_back_and_nothing_between(
    database: Database,
) -> None:
    town = await townspeople(database)
    before = await Announcement.all().count()
    await hidden(town, "Listing")
    assert await news(database, before) == [{"id": town.listing, "listing": None}]
    await restored(town, "Listing")
    told = {"id": town.listing, "listing": {"title": "The Old Hall"}}
    assert await news(database, before + 1) == [told]
    await hidden(town, "Listing")
    told_so_far = await Announcement.all().count()
    await town["vera"].does("withdrawListing", listingId=town.listing, reason="x")
    assert await Announcement.all().count() == told_so_far


async def test_a_hidden_organisation_is_missing_but_for_its_members_and_officers(
    database: Database,
) -> None:
    town = await townspeople(database)
    assert await hidden(town, "Organisation") == []
    missing = {"id": write_id("org", 5)}
    for viewer in (ANONYMOUS, await town["boris"].viewer(), await town["sid"].viewer()):
        unseen = await data(database, ORGANISATION, {"id": town.group}, viewer)
        assert unseen == await data(database, ORGANISATION, missing, viewer)
        assert "Friends" not in json.dumps(unseen)
    for name in ("mia", "olga", "vera"):
        seen = await town[name].asks(ORGANISATION, id=town.group)
        assert seen["organisation"] == {"name": "Friends of the Hall"}
        assert "Friends" in json.dumps(seen["organisations"])
    assert await restored(town, "Organisation") == []
    assert (await data(database, ORGANISATION, {"id": town.group}))["organisation"]


async def test_what_was_hidden_with_whoever_it_was_alone_is_not_restored(
    database: Database,
) -> None:
    town = await townspeople(database)
    alone = await town.founds("sid", "Sid's")
    accused = await town.founds("sid", "Sid's other")
    hid = await town["vera"].does(
        "hideOrganisation", "hiding { id }", organisationId=accused, reason="Lies."
    )
    appealed = {"hidingId": hid["hiding"]["id"], "words": "It is right."}
    made = await town["sid"].does("appeal", "appeal { id }", **appealed)
    await town["sid"].does("requestErasureCode")
    assert codes(await town["sid"].does("eraseMe", code=await code_sent("sid@example.org"))) == []
    for town.group in (alone, accused):
        assert await restored(town, "Organisation", "victor") == ["ORGANISATION_ENDED"]
        assert (await Organisation.get(id=read_id("org", town.group))).hidden
    decided = {"appealId": made["appeal"]["id"], "reason": "x"}
    upheld = await town["victor"].does("decideAppeal", **decided, upheld=True)
    assert codes(upheld) == ["ORGANISATION_ENDED"]
    assert codes(await town["victor"].does("decideAppeal", **decided, upheld=False)) == []


async def test_what_is_done_to_a_hidden_organisation_is_answered_as_if_it_were_missing(
    database: Database,
) -> None:
    town = await townspeople(database)
    await hidden(town, "Organisation")
    own = await town.founds("sid", "Others")
    for organisation in (town.group, write_id("org", 5)):
        left = await town["sid"].does("leaveOrganisation", organisationId=organisation)
        assert codes(left) == ["NOT_FOUND"]
    formed = await town["sid"].does(
        "formConsortium", "organisation { id }", organisationId=own, name="All"
    )
    consortium = formed["organisation"]["id"]
    for organisation in (town.group, write_id("org", 5)):
        given = {"organisationId": consortium, "partnerId": organisation}
        assert codes(await town["sid"].does("invitePartner", **given)) == ["NOT_FOUND"]


async def test_a_hidden_organisation_invites_nobody(database: Database) -> None:
    town = await townspeople(database)
    await hidden(town, "Organisation")
    given = {"organisationId": town.group, "email": "sid@example.org", "role": "MEMBER"}
    assert codes(await town["olga"].does("inviteMember", **given)) == ["ORGANISATION_HIDDEN"]
    assert await letters_to("sid") == []


@pytest.mark.parametrize("kind", ["Listing", "Organisation"])
async def test_only_an_officer_of_its_council_hides_and_restores(
    database: Database, kind: str
) -> None:
    town = await townspeople(database)
    for name in ("boris", "olga", "carl", "mia", "sid"):
        assert await hidden(town, kind, name) == ["NOT_ALLOWED"]
    assert await Hiding.all().count() == 0
    assert await restored(town, kind) == [WRONG]
    assert await hidden(town, kind) == []
    assert await hidden(town, kind) == [WRONG]
    for name in ("boris", "sid"):
        assert await hidden(town, kind, name) == ["NOT_FOUND"]
        assert await restored(town, kind, name) == ["NOT_FOUND"]
    assert await restored(town, kind, "victor") == []
    assert await restored(town, kind) == [WRONG]


@pytest.mark.parametrize("kind", ["Listing", "Organisation"])
async def test_of_officers_who_hide_or_restore_at_once_one_does(
    database: Database, kind: str
) -> None:
    town = await townspeople(database)
    officers = ("vera", "victor") * 2
    for work, lasting in ((hidden, 1), (restored, 0)):
        outcomes = await asyncio.gather(*(work(town, kind, name) for name in officers))
        assert sorted(outcomes) == [[], [WRONG], [WRONG], [WRONG]]
        assert await Hiding.filter(until__isnull=True).count() == lasting
        assert await Hiding.all().count() == 1


async def test_nobody_hides_or_restores_what_they_belong_to(database: Database) -> None:
    town = await townspeople(database)
    town.group = await town.founds("vera", "Vera's own")
    assert await hidden(town, "Organisation") == ["NOT_YOURS_TO_JUDGE"]
    assert await hidden(town, "Organisation", "victor") == []
    assert await restored(town, "Organisation") == ["NOT_YOURS_TO_JUDGE"]


async def test_a_reason_is_needed(database: Database) -> None:
    town = await townspeople(database)
    given = {"listingId": town.listing, "reason": " "}
    assert codes(await town["vera"].does("hideListing", **given)) == ["REASON_NEEDED"]


async def test_its_author_learns_of_it_by_mail(database: Database) -> None:
    town = await townspeople(database)
    await hidden(town, "Organisation")
    await restored(town, "Organisation")
    called = "Friends of the Hall"
    for name in ("olga", "carl"):
        assert await letters_to(name) == [f"{called} was hidden", f"{called} is there again"]
    for name in ("mia", "vera", "victor"):
        assert await letters_to(name) == []
    await hidden(town, "Listing")
    assert await letters_to("victor") == ["The Old Hall was hidden"]
    assert await letters_to("vera") == []


async def test_who_was_hidden_why_is_for_authors_and_officers(database: Database) -> None:
    town = await townspeople(database)
    await hidden(town, "Organisation")
    query = (
        "query($id: ID!) { organisation(id: $id) { hidden hidings { edges { node { reason } } } } }"
    )
    for name, known in (("olga", 1), ("carl", 1), ("vera", 1), ("mia", 0)):
        seen = (await town[name].asks(query, id=town.group))["organisation"]
        assert seen["hidden"]
        assert len(seen["hidings"]["edges"]) == known
    await restored(town, "Organisation")
    seen = (await data(database, query, {"id": town.group}))["organisation"]
    assert seen == {"hidden": False, "hidings": {"edges": []}}


async def test_a_hidden_listing_is_its_subjects_one_until_it_is_taken_back(
    database: Database,
) -> None:
    town = await townspeople(database)
    await hidden(town, "Listing")
    again = await town["vera"].does("publishListing", assetId=town.asset)
    assert codes(again) == [WRONG]
    taken = await town["vera"].does("withdrawListing", listingId=town.listing, reason="x")
    assert codes(taken) == []
    again = await town["vera"].does("publishListing", assetId=town.asset)
    assert codes(again) == []
    assert await restored(town, "Listing") == [WRONG]


async def test_a_hidden_listing_closes_on_its_day(database: Database, advance: Advance) -> None:
    town = await townspeople(database)
    await hidden(town, "Listing")
    number = read_id("lst", town.listing)
    await Listing.filter(id=number).update(closes_at=(await Hiding.get()).since)
    await advance(timedelta(seconds=1))
    assert await in_transaction(database, close_due_listings) == 1
    assert (await Listing.get(id=number)).state is ListingState.CLOSED
    assert codes(await town["vera"].does("publishListing", assetId=town.asset)) == []


async def test_what_a_register_changes_of_a_hidden_listing_is_announced_to_nobody(
    database: Database,
) -> None:
    town = await townspeople(database)
    await hidden(town, "Listing")
    told, asset = await Announcement.all().count(), read_id("ast", town.asset)

    async def work(tx: Transaction) -> None:
        [listing] = await open_of(ListingKind.ASSET, [asset or 0])
        await revise(tx, listing, {"title": "The New Hall"})

    await in_transaction(database, work)
    assert (await Listing.get()).title == "The New Hall"
    assert await Announcement.all().count() == told


async def test_the_database_refuses_another_listing_of_what_is_hidden(database: Database) -> None:
    [number] = await put_in(database, shown("One", 7))
    await in_transaction(database, lambda tx: hide(tx, number))
    with pytest.raises(IntegrityError):
        await put_in(database, shown("Two", 7))


async def test_an_ended_organisation_can_be_hidden_too(database: Database) -> None:
    town = await townspeople(database)
    await town["olga"].does("endOrganisation", organisationId=town.group)
    assert await hidden(town, "Organisation") == []
    assert (await Organisation.get(id=read_id("org", town.group))).hidden
    assert await data(database, "{ organisations { totalCount } }", None, Viewer())
