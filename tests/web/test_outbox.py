"""The demo's outbox: there in the demo alone, and only to be looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from commonweal.cli.demo import DemoSettings
from commonweal.messages.actions import send
from commonweal.messages.rules import Letter
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import do_due
from commonweal.web.app import application
from commonweal.web.jobs import jobs_of
from commonweal.web.outbox import SHOWN
from commonweal.web.settings import Settings

EVIL = Letter("invitation", "<script>alert(1)</script>", "</pre><img src=x onerror=alert(2)>\n& Tŷ")


@asynccontextmanager
async def http(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = application(settings, worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as client:
            yield client


def of(kind: type[Settings], url: str) -> Settings:
    return kind(database_url=url, allowed_hosts="town.test", log_level="error", smtp_url=None)


async def wrote(database: Database, *letters: Letter) -> None:
    async def work(tx: Transaction) -> None:
        for letter in letters:
            await send(tx, "o'anna&co@example.org", letter)

    await in_transaction(database, work)


async def test_there_is_no_outbox_unless_it_is_the_demo(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_OUTBOX", "true")
    monkeypatch.setenv("COMMONWEAL_DEMO", "true")
    async with http(of(Settings, database_url)) as client:
        assert (await client.get("/outbox")).status_code == 404
    async with http(of(DemoSettings, database_url)) as client:
        page = await client.get("/outbox")
        assert page.status_code == 200
        assert "Nothing yet." in page.text
        assert (await client.post("/outbox")).status_code == 405


async def test_it_shows_the_last_messages_newest_first_as_they_were_written(
    database: Database, database_url: str
) -> None:
    letters = [Letter("digest", f"Letter {n:02}.", "News") for n in range(SHOWN)]
    code = Letter("sign_in_code", "Your code", "It is 123456.", secret=True)
    await wrote(database, *letters, EVIL, code)
    await do_due(database, jobs_of(of(DemoSettings, database_url)))
    page = await _page(database)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.text.count("<article>") == SHOWN
    shown = [page.text.index(text) for text in ("It is 123456.", "Letter 49.", "Letter 02.")]
    assert shown == sorted(shown)
    assert "Letter 01." not in page.text
    assert "2026-11-22 12:00 · to o&#x27;anna&amp;co@example.org · kept" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "&lt;img src=x onerror=alert(2)&gt;\n&amp; Tŷ</pre>" in page.text
    for foreign in ("<script", "<img", 'src="', "href", "http"):
        assert foreign not in page.text
    assert 'content="width=device-width"' in page.text


async def _page(_database: Database) -> Any:
    """Without the service, which would open the database a second time."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    from commonweal.web.outbox import outbox

    app = Starlette(routes=[Route("/outbox", outbox)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as client:
        return await client.get("/outbox")
