"""Feeds and calendars as the whole service answers them: by their routes."""

import httpx2
import pytest

from commonweal.web.app import application
from commonweal.web.settings import Settings


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/feeds/opportunities", 200, "application/vnd.openactive.rpde+json; version=1"),
        ("/feeds/opportunities?afterId=x", 400, "application/json"),
        ("/opportunities/opp_0000000000001", 404, "application/json"),
        ("/opportunities/opp_0000000000001.ics", 404, "application/json"),
        ("/calendars/nobody.ics", 404, "application/json"),
    ],
)
async def test_they_stand_where_the_readme_says_and_set_no_cookie(
    database_url: str, path: str, status: int, kind: str
) -> None:
    app = application(Settings(database_url=database_url), worker=False)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        answer = await http.get(path, headers={"cookie": "session=x"})
        other = await http.post(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert other.status_code == 405
