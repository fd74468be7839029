"""A register for keeps: imported; a year later the changed one; its proposals accepted; out again.

The county and its story are in tests/assets/county.py. What comes out of the service is what the
second register said, value by value, and says nothing new when it comes in once more.
"""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from commonweal.access import Viewer
from commonweal.assets import comparing
from commonweal.assets.exporting import Form, outgoing, written
from commonweal.assets.importing import RegisterImported, import_register, read
from commonweal.assets.registers import Draft
from commonweal.assets.rules import AssetState, ProposalKind
from commonweal.assets.tables import Asset, RegisterFile
from commonweal.kernel.ids import write_id
from commonweal.places import actions as places
from commonweal.places.area_files import read_areas
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.web.app import application
from commonweal.web.settings import Settings
from tests.asking import data
from tests.assets.county import ROWS, STORY, County, Expected, Row
from tests.assets.county_files import COUNCIL, FOLDER, NAME, last_year, this_year
from tests.conftest import Advance
from tests.journeys.test_register_to_window import Run, run

__all__ = ["run"]  # a fixture

LICENCE = "Open Government Licence v3.0"
PROPOSALS = """query($register: ID!, $after: String) { register(id: $register) {
  state failure proposals(first: 100, after: $after, states: [OPEN]) {
    edges { node { kind reason changes asset { reference } row { cells } } }
    pageInfo { hasNextPage endCursor } } } }"""
ACCEPT_ALL = """mutation($register: ID!, $kind: ProposalKind!) {
  acceptProposals(input: {registerId: $register, kind: $kind}) {
    decided left userErrors { ... on UserError { code message } } } }"""
# the name of the column with the codes, in each of the layouts
CODES = ("AssetCode", "Unique asset identity")
Ask = Any  # an async function of a query and its variables


def expected() -> Counter[Expected]:
    rows = csv.DictReader(io.StringIO((FOLDER / "expected.csv").read_text(encoding="utf-8")))
    return Counter(Expected(*row.values()) for row in rows)


async def proposed(ask: Ask, register: str) -> Counter[Expected]:
    """What is open of a register's proposals, in the fixture's words."""
    found: Counter[Expected] = Counter()
    after, more = None, True
    while more:
        asked = {"register": register, "after": after}
        page = (await ask(PROPOSALS, asked))["register"]["proposals"]
        found.update(map(told, (edge["node"] for edge in page["edges"])))
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


def told(proposal: dict[str, Any]) -> Expected:
    cells = {c["column"]: c["text"] for c in (proposal["row"] or {"cells": []})["cells"]}
    fields = [c["field"] for c in proposal["changes"]] if proposal["kind"] == "CHANGE" else []
    return Expected(
        proposal["kind"],
        (proposal["asset"] or {"reference": ""})["reference"],
        next((cells[name] for name in CODES if name in cells), ""),
        proposal["reason"] or "",
        " ".join(sorted(fields)),
    )


async def accept_all(ask: Ask, register: str) -> Counter[str]:
    """Every proposal of every kind, by as many requests as that takes: how many of each."""
    done: Counter[str] = Counter()
    for kind in ProposalKind:
        left = 1
        while left:
            answer = await ask(ACCEPT_ALL, {"register": register, "kind": kind.value})
            payload = answer["acceptProposals"]
            assert payload["userErrors"] == []
            assert payload["decided"] or not payload["left"], payload
            done[kind.value] += payload["decided"]
            left = payload["left"]
    return done


def said(drafts: Iterable[Draft]) -> Counter[tuple[Any, ...]]:
    """All that rows say of assets, value by value, in no order."""
    found: Counter[tuple[Any, ...]] = Counter()
    for draft in drafts:
        values = comparing.columns_of(draft) | {n: draft.values.get(n) for n in comparing.LOOSE}
        place = values.pop("location")
        found[place and (place.x, place.y), *sorted(values.items(), key=str)] += 1
    return found


async def brought_in(database: Database, council: Area, name: str, raw: bytes) -> Any:
    """A register read as it comes, and imported: what was read, and what became of it."""
    reading = await read(council, name, raw, [])
    work = in_transaction(database, lambda tx: import_register(tx, "import", reading, LICENCE))
    return reading, await work


async def out(database: Database, council: Area) -> bytes:
    going = await outgoing(database, council.id)
    assert going is not None
    return b"".join([piece async for piece in written(database, going, Form.CSV)])


async def test_a_county_s_register_goes_in_changes_for_a_year_and_comes_out_equal(
    database: Database, advance: Advance
) -> None:
    areas = read_areas((FOLDER / "area.geojson").read_bytes())
    terms = places.AreaTerms(kind=AreaKind.COUNCIL, licence="CC0 1.0")
    await in_transaction(database, lambda tx: places.import_areas(tx, areas, terms))
    council = await Area.get(code=COUNCIL)
    officer = Viewer(1, "officer", (council.id,))

    async def ask(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return await data(database, query, variables, officer)

    _, done = await brought_in(database, council, "2025.csv", (FOLDER / "2025.csv").read_bytes())
    assert done == RegisterImported(added=ROWS, held=0)

    await advance(timedelta(days=365))
    second, done = await brought_in(
        database, council, "2026.csv", (FOLDER / "2026.csv").read_bytes()
    )
    wanted = expected()
    kinds = Counter(proposal.kind for proposal in wanted.elements())
    assert done == RegisterImported(
        0, ROWS - 660, Counter({ProposalKind(k): n for k, n in kinds.items()})
    )
    assert await Asset.all().count() == ROWS  # nothing is changed, added or gone yet
    register = write_id("rgf", (await RegisterFile.get(file_name="2026.csv")).id)
    found = await proposed(ask, register)
    assert sorted((found - wanted).elements()) == []
    assert sorted((wanted - found).elements()) == []

    assert await accept_all(ask, register) == kinds
    assert await proposed(ask, register) == Counter()
    former = Asset.filter(state=AssetState.FORMER)
    assert await former.count() == kinds["MISSING"] + kinds["MERGE"]

    raw = await out(database, council)
    third, done = await brought_in(database, council, "out.csv", raw)
    assert said(third.drafts) == said(second.drafts)
    assert done == RegisterImported(added=0, held=ROWS)
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert {row["Data licence"] for row in rows} == {LICENCE}
    first, last = f"{NAME}: 2025.csv, 2026-11-22", f"{NAME}: 2026.csv, 2027-11-22"
    # what only the second register has; and what the first said and the second left as it was
    assert {row["Attribution"] for row in rows} == {last, f"{first}; {last}"}


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Starlette:
    """The service on the test's database, not started yet; it does its jobs itself."""
    return application(
        Settings(database_url=database_url, allowed_hosts="town.test", files=tmp_path / "files")
    )


READ = """mutation($council: ID!, $file: ID!) {
  readRegister(input: {councilId: $council, fileId: $file, licence: "CC0 1.0"}) {
    register { id state rowCount preview } userErrors { ... on UserError { code message } } } }"""
ACCEPT = """mutation($register: ID!) { acceptRegister(input: {registerId: $register}) {
  register { state } userErrors { ... on UserError { code message } } } }"""


class Officer:
    """Somebody at a council who has a token and a folder of files."""

    def __init__(self, http: httpx2.AsyncClient, token: str, council: str) -> None:
        self.http, self.council = http, council
        self.headers = {"authorization": f"Bearer {token}"}

    async def ask(self, query: str, variables: dict[str, Any]) -> Any:
        body = {"query": query, "variables": variables}
        answer = await self.http.post("/graphql", json=body, headers=self.headers)
        found = answer.json()
        assert "errors" not in found, found
        return found["data"]

    async def bring_in(self, name: str, raw: bytes) -> str:
        """Upload a register, read it, accept how it was read, wait until it is in: its id."""
        sent = await self.http.put(
            "/files", params={"name": name}, content=raw, headers=self.headers
        )
        assert sent.status_code == 201, sent.text
        asked = {"council": self.council, "file": sent.json()["id"]}
        done = (await self.ask(READ, asked))["readRegister"]
        assert done["userErrors"] == []
        register: str = done["register"]["id"]
        done = (await self.ask(ACCEPT, {"register": register}))["acceptRegister"]
        assert (done["userErrors"], done["register"]["state"]) == ([], "ACCEPTED")
        for _ in range(400):
            found = (await self.ask(PROPOSALS, {"register": register}))["register"]
            if found["state"] != "ACCEPTED":
                break
            await asyncio.sleep(0.05)
        assert (found["state"], found["failure"]) == ("IMPORTED", None)
        return register

    async def register(self, ending: str = "csv") -> httpx2.Response:
        """As anybody gets it."""
        return await self.http.get(f"/registers/{self.council}.{ending}")


def a_small_story() -> tuple[list[Row], list[Row], Counter[Expected]]:
    """Each thing that befell assets of the county, once."""
    county = County()
    before: list[Row] = []
    after: list[Row] = []
    wanted: list[Expected] = []
    for step, _ in STORY:
        was, now, proposals = step(county, 1)
        before, after, wanted = before + was, after + now, wanted + proposals
    return before, after, Counter(wanted)


async def test_an_officer_keeps_a_register_over_http_alone(run: Run, app: Starlette) -> None:
    def prepare() -> tuple[str, str]:
        made = run("import", "areas", f"{FOLDER / 'area.geojson'}", "--kind", "council")
        assert "1 areas added" in made
        made = run("token", "create", "--council", COUNCIL)
        council = made.partition("(")[2].partition(")")[0]
        return made.splitlines()[-1], council

    token, council = await asyncio.to_thread(prepare)
    before, after, wanted = a_small_story()
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://town.test") as http:
            officer = Officer(http, token, council)
            first = await officer.bring_in("2025.csv", last_year(before))
            assert await proposed(officer.ask, first) == Counter()
            published = await officer.register()
            assert published.content.count(b"\r\n") == 1 + len(before)
            second = await officer.bring_in("2026.csv", this_year(after))
            assert await proposed(officer.ask, second) == wanted
            assert (await officer.register()).content.count(b"\r\n") == 1 + len(before)
            await accept_all(officer.ask, second)
            changed = await officer.register()
            assert changed.headers["etag"] != published.headers["etag"]
            assert changed.content.count(b"\r\n") == 1 + len(after)
            third = await officer.bring_in("out.csv", changed.content)
            assert await proposed(officer.ask, third) == Counter()
            again = await officer.register()
            assert said_of(again.content) == said_of(changed.content)
            assert len((await officer.register("geojson")).json()["features"]) == len(after)


def said_of(raw: bytes) -> list[dict[str, str]]:
    """Each row but for where its values come from."""
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    return [{name: cell for name, cell in row.items() if name != "Attribution"} for row in rows]
