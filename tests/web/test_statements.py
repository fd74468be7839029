"""A wallet's statement: for whose it is, to print or to add up."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Scope

from commonweal.access import ANONYMOUS, Viewer
from commonweal.credits.actions_gifts import donate_credits
from commonweal.credits.tables import Scheme, Wallet
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.ids import write_id
from commonweal.people.queries import viewer_of
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.statements import Statements
from tests.asking import reader_on
from tests.conftest import TODAY, Advance
from tests.credits.making import Town, a_town, a_volunteer, keyed, wallet_of
from tests.people.signing import Somebody

DAYS = {"since": "2026-01-01", "until": "2026-12-31"}


@dataclass
class Service:
    """As much of it as a statement asks."""

    database: Database

    async def who(self, scope: Scope) -> Viewer:
        token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        return await viewer_of(self.database, token, "10.0.0.1") or ANONYMOUS

    async def answer(self, asked: GraphQLRequest, viewer: Viewer) -> Answer:
        return await reader_on(self.database.engine).answer(asked, viewer, self.database)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    statements: Any = Statements(Service(database))
    app = Starlette(routes=[Route("/statements/{account}", statements)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def earner(database: Database, *minutes: int) -> tuple[Town, Somebody, str]:
    town = await a_town(database)
    await town.funds(6_000)
    ann, number = await a_volunteer(town)
    for each in minutes:
        assert await town.grants(number, each) == []
    return town, ann, (await wallet_of(ann))["id"]


def of(somebody: Somebody) -> dict[str, str]:
    return {"authorization": f"Bearer {somebody.token}"}


async def test_opening_and_movements_add_up_to_closing_however_many_there_are(
    http: httpx2.AsyncClient, database: Database
) -> None:
    _, ann, wallet = await earner(database, *[1 + n % 9 for n in range(105)])
    answer = await http.get(f"/statements/{wallet}.csv", params=DAYS, headers=of(ann))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    first, *rows, last = csv.DictReader(io.StringIO(answer.text))
    assert len(rows) == 105
    total = 0
    for row in rows:
        total += int(row["minutes"])
        assert int(row["balance"]) == total
    assert (int(first["balance"]), int(last["balance"])) == (0, total)


async def test_a_page_is_escaped_and_says_that_credits_are_no_money(
    http: httpx2.AsyncClient, database: Database
) -> None:
    _, ann, wallet = await earner(database, 90)
    await Scheme.all().update(name="<script>alert(1)</script>")
    page = await http.get(f"/statements/{wallet}", params=DAYS, headers=of(ann))
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "1:30" in page.text
    assert "no value in money" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_days_before_have_nothing_but_the_opening_balance(
    http: httpx2.AsyncClient, database: Database
) -> None:
    _, ann, wallet = await earner(database, 90)
    days = {"since": "2027-01-01", "until": "2027-01-31"}
    answer = await http.get(f"/statements/{wallet}.csv", params=days, headers=of(ann))
    balances = [row["balance"] for row in csv.DictReader(io.StringIO(answer.text))]
    assert balances == ["90", "90"]


async def test_periods_meet_although_a_movement_took_long_over_midnight(
    http: httpx2.AsyncClient, database: Database
) -> None:
    """One that began before it may be written after one that began later."""
    _, ann, _ = await earner(database, 100)
    wallet, viewer = await Wallet.get(), await ann.viewer()
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    for seconds, minutes in ((1, 10), (-1, 20), (2, 5)):

        async def work(tx: Transaction, seconds: int = seconds, minutes: int = minutes) -> None:
            tx.now = midnight + timedelta(seconds=seconds)
            await donate_credits(tx, viewer, wallet_id=wallet.id, minutes=minutes)

        await in_transaction(database, work)
    told = []
    for since, until in (("2026-11-01", "2026-11-23"), ("2026-11-24", "2026-11-30")):
        path = f"/statements/{write_id('wal', wallet.id)}.csv"
        days = {"since": since, "until": until}
        answer = await http.get(path, params=days, headers=of(ann))
        first, *rows, last = csv.DictReader(io.StringIO(answer.text))
        moved = sum(int(row["minutes"]) for row in rows)
        assert int(first["balance"]) + moved == int(last["balance"])
        told.append((int(first["balance"]), int(last["balance"])))
    assert told[0][1] == told[1][0]
    assert told[1][1] == 65


async def test_a_day_on_it_is_the_day_where_the_service_is(
    http: httpx2.AsyncClient, database: Database, advance: Advance
) -> None:
    await advance(datetime(2027, 6, 30, 23, 30, tzinfo=UTC) - TODAY)  # 1 July, 00:30 in London
    town = await a_town(database)
    ann, number = await a_volunteer(town)
    given = {"potId": town.pot, "minutes": 100, "purpose": "x", "documentReference": "c"}
    days = {"since": "2027-06-30", "until": "2027-08-30"}
    assert (await keyed(town.officer, "fundPot", "", **given, **days))["userErrors"] == []
    assert await town.grants(number, 60) == []
    path = f"/statements/{(await wallet_of(ann))['id']}"
    july = {"since": "2027-07-01", "until": "2027-07-31"}
    page = (await http.get(path, params=july, headers=of(ann))).text
    assert "<td>2027-07-01" in page
    assert "2027-06-30" not in page


async def test_it_is_for_nobody_else(http: httpx2.AsyncClient, database: Database) -> None:
    town, _, wallet = await earner(database, 90)
    for headers in ({}, of(town.owner), of(town.officer)):
        for form in ("", ".csv"):
            answer = await http.get(f"/statements/{wallet}{form}", headers=headers)
            assert answer.status_code == 404
            assert "1:30" not in answer.text


async def test_a_pots_statement_is_for_who_looks_after_it(
    http: httpx2.AsyncClient, database: Database
) -> None:
    town, ann, _ = await earner(database, 90, 30)
    for form in ("", ".csv"):
        other = await http.get(f"/statements/{town.pot}{form}", params=DAYS, headers=of(ann))
        assert other.status_code == 404
    answer = await http.get(f"/statements/{town.pot}.csv", params=DAYS, headers=of(town.owner))
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["minutes"] for row in rows] == ["", "6000", "-90", "-30", ""]
    assert [row["why"] for row in rows[1:3]] == ["A warm hall in winter.", "Tea"]
    assert rows[-1]["balance"] == "5880"
    page = await http.get(f"/statements/{town.pot}", params=DAYS, headers=of(town.officer))
    assert "The Friends (Brindlewick Hours)" in page.text


async def test_what_somebody_wrote_is_no_formula_of_a_spreadsheet(
    http: httpx2.AsyncClient, database: Database
) -> None:
    town, ann, wallet = await earner(database, 90)
    number = (await ann.asks("{ me { id } }"))["me"]["id"]
    assert await town.grants(number, 10, purpose="=cmd|'/c calc'!A1") == []
    answer = await http.get(f"/statements/{wallet}.csv", params=DAYS, headers=of(ann))
    [row] = [r for r in csv.DictReader(io.StringIO(answer.text)) if r["minutes"] == "10"]
    assert row["why"].startswith("'=")


async def test_an_office_reads_what_somebody_did_month_by_month_and_that_it_has_no_price(
    http: httpx2.AsyncClient, database: Database
) -> None:
    town, ann, wallet = await earner(database, 90)
    await ann.does("setRecognitionOnly", walletId=wallet, recognitionOnly=True)
    number = (await ann.asks("{ me { id } }"))["me"]["id"]
    assert await town.grants(number, 45, purpose="<b>Paths</b>") == []
    form = f"/statements/{wallet}.benefits"
    page = (await http.get(form, params=DAYS, headers=of(ann))).text
    assert "no value in money" in page
    assert "Thanks alone." in page
    assert "<b>" not in page
    month = f"{TODAY:%Y-%m}"
    assert f'<td>{month}<td><td class="n">1:30<td class="n">0:45' in page
    assert (await http.get(form, params=DAYS, headers=of(town.owner))).status_code == 404
    pot = await http.get(f"/statements/{town.pot}.benefits", headers=of(town.owner))
    assert pot.status_code == 404, "a pot is nobody's"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("wal_0000000000005", 404),
        ("x", 404),
        ("wal_0000000000005.pdf", 404),
        ("wal_0000000000005?since=yesterday", 400),
        ("wal_0000000000005?since=2026-02-01&until=2026-01-01", 400),
        ("wal_0000000000005?since=0001-01-01", 400),
    ],
)
async def test_what_makes_no_sense_is_said(
    http: httpx2.AsyncClient, path: str, status: int
) -> None:
    page = await http.get(f"/statements/{path}")
    assert page.status_code == status
    if status == 404:
        assert "role=" in page.text
    else:
        assert page.json()["errors"][0]["message"]
