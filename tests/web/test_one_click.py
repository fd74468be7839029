"""One click in the mail ends the letters; nothing else does, and nobody learns whose they were."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.credits.actions_warnings import warn_of_lapses
from commonweal.credits.tables import Pot, Scheme, Wallet
from commonweal.handovers.actions_watches import LETTERS
from commonweal.handovers.tables import Watch
from commonweal.kernel.ids import write_id
from commonweal.listings.actions_searches import LETTERS as DIGEST
from commonweal.listings.actions_searches import send_digests
from commonweal.listings.tables_searches import SavedSearch
from commonweal.messages.links import token_of
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.web.app import CLICKED, application
from commonweal.web.digests import newest_found
from commonweal.web.one_click import donating, unsubscribing
from commonweal.web.settings import Settings
from tests.conftest import Advance
from tests.credits.making import Town, a_town, a_volunteer, keyed, sound, wallet_of
from tests.handovers.interested import a_listed_case
from tests.listings.test_window import put_in, shown
from tests.people.families import a_household, joined
from tests.people.signing import Somebody, an_officer_of, refused, signed_in

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    answer = unsubscribing(lambda: database).answer
    give = donating(lambda: database).answer
    routes = [
        Route("/unsubscribe/{token}", answer, methods=CLICKED),
        Route("/donate/{warning}/{token}", give, methods=CLICKED),
    ]
    app = Starlette(routes=routes)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=database.public_url) as client:
        yield client


async def alerts(database: Database) -> list[bool]:
    return [row.alert for row in await SavedSearch.all().order_by("id")]


async def test_the_link_of_a_letter_turns_all_alerts_of_its_reader_off_by_a_post_alone(
    http: httpx2.AsyncClient, database: Database, advance: Advance
) -> None:
    for name in ("ada", "ada", "bob"):
        somebody = await signed_in(database, f"{name}@example.org")
        await somebody.does("saveSearch", name="Food", categories=["FOOD"])
    await put_in(database, shown("Bakery", 1))
    await advance(timedelta(hours=20))
    await send_digests(newest_found, database, {})
    letter = await Message.get(kind="digest", to_address="ada@example.org")
    link = str(letter.unsubscribe_url)
    page = await http.get(link)
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert await alerts(database) == [True, True, True]
    for _ in range(2):
        assert (await http.post(link, data=ONE_CLICK)).status_code == 200
        assert await alerts(database) == [False, False, True]
    await put_in(database, shown("Tea room", 2))
    await advance(timedelta(days=1))
    await send_digests(newest_found, database, {})
    again = await Message.filter(kind="digest").values_list("to_address", flat=True)
    assert sorted(map(str, again)) == ["ada@example.org", "bob@example.org", "bob@example.org"]


async def test_the_link_of_a_letter_about_a_watched_asset_ends_those_and_no_others(
    http: httpx2.AsyncClient, database: Database
) -> None:
    case = await a_listed_case(database)
    for name in ("ada", "bob"):
        somebody = await signed_in(database, f"{name}@example.org")
        await somebody.does("saveSearch", name="Food")
        await somebody.does("watchAsset", assetId=write_id("ast", case.asset_id or 0))
    mine = (await somebody.viewer()).id or 0
    link = f"/unsubscribe/{token_of(database, mine, LETTERS)}"
    assert (await http.get(link)).status_code == 200
    assert await Watch.all().count() == 2
    assert (await http.post(link, data=ONE_CLICK)).status_code == 200
    assert await Watch.filter(person_id=mine).count() == 0
    assert await Watch.all().count() == 1
    assert await alerts(database) == [True, True]


async def test_a_link_that_was_sent_to_nobody_is_answered_alike_and_turns_nothing_off(
    http: httpx2.AsyncClient, database: Database
) -> None:
    ada = await signed_in(database, "ada@example.org")
    await ada.does("saveSearch", name="Food")
    number = (await ada.viewer()).id
    assert number
    good = token_of(database, number, DIGEST)
    other = token_of(database, number + 1, DIGEST)
    forged = (other[:11] + good[11:], good[:-4] + "AAAA", other, "x", "%FF", "Tŷ", "A" * 400)
    page, done = {(await http.get(f"/unsubscribe/{good}")).text}, set()
    for token in forged:
        asked = await http.get(f"/unsubscribe/{token}")
        clicked = await http.post(f"/unsubscribe/{token}")
        assert asked.status_code == clicked.status_code == 200
        page.add(asked.text)
        done.add(clicked.text)
    assert await alerts(database) == [True]
    done.add((await http.post(f"/unsubscribe/{good}")).text)
    assert await alerts(database) == [False]
    assert (len(page), len(done)) == (1, 1)


async def warned(database: Database, advance: Advance, *minutes: int) -> tuple[Town, Somebody, str]:
    """Ann, who was told of what lapses in a week, and the link that she was sent."""
    town = await a_town(database, creditLifetimeDays=90)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    for each in minutes:
        assert await town.grants(number, each) == []
        await advance(timedelta(days=42))  # the second lapses long after the first
    while await in_transaction(database, warn_of_lapses):
        pass
    letters = await Message.filter(kind="credits_lapsing").order_by("-id")
    return town, ann, (letters[0].body or "").split()[-1]


async def test_one_click_in_a_warning_gives_what_lapses_to_the_community_once(
    http: httpx2.AsyncClient, database: Database, advance: Advance
) -> None:
    town, _, link = await warned(database, advance, 90)
    pot = write_id("pot", (await Pot.get(kind="COMMUNITY")).id)
    page = await http.get(link)
    assert '<form method="post">' in page.text
    officer = await an_officer_of(database, (await Scheme.get()).council_id)
    town.officer = officer
    assert await town.balance(pot) == 0, "a program that follows links gives nothing away"
    done = [page.text for page in await asyncio.gather(*(http.post(link) for _ in range(3)))]
    assert sorted("1:30 hours are in the community pot" in text for text in done) == [
        *(False, False),
        True,
    ]
    assert await town.balance(pot) == 90
    await sound(database)


async def test_it_gives_no_more_than_the_letter_told_of_and_nothing_that_a_gift_keeps(
    http: httpx2.AsyncClient, database: Database, advance: Advance
) -> None:
    town, _, link = await warned(database, advance, 90)
    ann = await signed_in(database, "ann@example.org")
    number = (await ann.asks("{ me { id } }"))["me"]["id"]
    town.owner = await signed_in(database, "owner@example.org")
    assert await town.grants(number, 30) == []  # lapses later
    wallet = (await wallet_of(ann))["id"]
    gift = {"walletId": wallet, "email": "x@example.org", "minutes": 50, "words": "Yours."}
    assert refused(await keyed(ann, "offerGift", **gift)) == []
    assert "1:10 hours" in (await http.post(link)).text
    assert (await wallet_of(ann))["available"] == 0
    await sound(database)


async def test_a_link_of_somebody_else_or_of_another_letter_gives_nothing(
    http: httpx2.AsyncClient, database: Database, advance: Advance
) -> None:
    _, _, link = await warned(database, advance, 90)
    path, token = link.rsplit("/", 1)
    ann = await signed_in(database, "ann@example.org")
    number = (await ann.viewer()).id or 0
    other = token_of(database, number, DIGEST)
    for forged in (f"{path}/x", f"/donate/x/{token}", f"{path}9/{token}", f"{path}/{other}"):
        assert "nothing is left" in (await http.post(forged)).text
    assert (await wallet_of(ann))["balance"] == 90


async def test_who_left_the_household_gives_nothing_of_its_wallet_by_an_old_letter(
    http: httpx2.AsyncClient, database: Database, advance: Advance
) -> None:
    town = await a_town(database, creditLifetimeDays=90)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 60)
    household = await a_household(ann)
    bob = await joined(ann, household, "bob@example.org")
    opened = await ann.does("openHouseholdWallet", "wallet { id }", schemeId=town.scheme)
    shared, hers = opened["wallet"]["id"], await Wallet.get(person_id__isnull=False)
    moved = {"walletId": write_id("wal", hers.id), "toWalletId": shared, "minutes": 60}
    assert refused(await keyed(ann, "moveCredits", **moved)) == []
    await advance(timedelta(days=2))
    while await in_transaction(database, warn_of_lapses):
        pass
    letter = await Message.get(kind="credits_lapsing", to_address="bob@example.org")
    assert refused(await bob.does("leaveHousehold", householdId=household)) == []
    assert "nothing is left" in (await http.post((letter.body or "").split()[-1])).text
    other = await Message.get(kind="credits_lapsing", to_address="ann@example.org")
    assert "1:00 hours" in (await http.post((other.body or "").split()[-1])).text


def test_the_service_has_the_pages() -> None:
    app = application(Settings(), worker=False)
    paths = [getattr(route, "path", "") for route in app.routes]
    assert {"/unsubscribe/{token}", "/donate/{warning}/{token}"} <= set(paths)
