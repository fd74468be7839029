"""One click in the mail ends the letters; nothing else does, and nobody learns whose they were."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.handovers.actions_watches import LETTERS
from commonweal.handovers.tables import Watch
from commonweal.kernel.ids import write_id
from commonweal.listings.actions_searches import send_digests, token_of
from commonweal.listings.tables_searches import SavedSearch
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.web.app import application
from commonweal.web.digests import newest_found
from commonweal.web.settings import Settings
from commonweal.web.unsubscribing import Unsubscribing
from tests.conftest import Advance
from tests.handovers.interested import a_listed_case
from tests.listings.test_window import put_in, shown
from tests.people.signing import signed_in

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    answer = Unsubscribing(lambda: database).answer
    app = Starlette(routes=[Route("/unsubscribe/{token}", answer, methods=["GET", "POST"])])
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
    good = token_of(database, number)
    other = token_of(database, number + 1)
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


def test_the_service_has_the_page() -> None:
    app = application(Settings(), worker=False)
    assert "/unsubscribe/{token}" in [getattr(route, "path", "") for route in app.routes]
