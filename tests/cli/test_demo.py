"""The demo town as `commonweal demo` loads and shows it."""

import re
from datetime import date
from pathlib import Path

import httpx2
import pytest

from commonweal.cli import demo
from commonweal.cli.demo_volunteering import DONE
from commonweal.web.app import application
from commonweal.web.settings import Settings

URL = "http://127.0.0.1:8000"
DOING = tuple(title for title, _, _ in DONE)


async def found(settings: Settings, today: date, told: str) -> list[str]:
    """The titles on the page whose address was told."""
    [link] = re.findall(rf"^{URL}(/views\S+)$", told, re.MULTILINE)
    app = application(settings, today=today, worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
            page = await client.get(link)
    assert page.status_code == 200, page.text
    return sorted(re.findall("<h2>(.*?)</h2>", page.text))


async def test_its_link_leads_to_what_can_be_visited_on_saturday(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(
        database_url=f"sqlite:{tmp_path / 'town.db'}",
        files=tmp_path,
        keys=tmp_path / "keys",
        log_level="error",
    )
    saturdays = [
        "Bridge End Reading Room", "The Old Orchard, Hop Pole Lane", "The Old School, Hope Lacy"
    ]  # fmt: skip
    for today, shown in (
        (date(2026, 11, 22), saturdays),  # a Sunday, and the town is loaded
        (date(2026, 11, 28), saturdays),  # the Saturday itself
        (date(2028, 3, 1), saturdays[2:]),  # on a second start what is closed is not shown
    ):
        await demo.prepare(settings, today, URL)
        titles = await found(settings, today, capsys.readouterr().out)
        to_do = [title for title in titles if title.startswith(DOING)]
        assert [title for title in titles if title not in to_do] == shown
        assert bool(to_do) is (today.year == 2026), "what is done on that Saturday is there, too"
