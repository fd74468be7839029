"""Attachments over HTTP: sealed on the way in, whoever's they are on the way out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Scope

from commonweal.access import ANONYMOUS, Viewer
from commonweal.files.actions import forget_content
from commonweal.files.rules import FILE_BYTES
from commonweal.handovers.actions_attachments import DAILY
from commonweal.handovers.rules_contents import ATTACHMENTS
from commonweal.handovers.tables_bids import Attachment
from commonweal.kernel.ids import read_id
from commonweal.people.queries import viewer_of
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord, Job
from commonweal.web.attachments import AttachmentsEndpoint
from tests.conftest import Advance
from tests.handovers.bids import (
    PLANTED,
    TO_DEADLINE,
    Bidder,
    a_bidder,
    a_document,
    an_offer,
)
from tests.people.signing import Somebody, an_officer_of, refused, signed_in

PDF = b"%PDF-1.7\n" + PLANTED.encode() * 40
OVER = TO_DEADLINE + timedelta(milliseconds=1)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async def who(scope: Scope) -> Viewer:
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        return await viewer_of(database, given.removeprefix("Bearer "), "10.0.0.1") or ANONYMOUS

    endpoint: Any = AttachmentsEndpoint(lambda: database, who=who)
    paths = ("/attachments/{file_id}", "/bids/{bid_id}/attachments")
    app = Starlette(routes=[Route(path, endpoint) for path in paths])
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://here") as client:
        yield client


def signed(somebody: Somebody) -> dict[str, str]:
    return {"authorization": f"Bearer {somebody.token}"}


async def put(
    http: httpx2.AsyncClient, bidder: Bidder, content: bytes = PDF, name: str = "plan.pdf"
) -> httpx2.Response:
    path = f"/bids/{bidder.bid}/attachments"
    headers = signed(bidder.person)
    return await http.put(path, params={"name": name}, content=content, headers=headers)


async def get(http: httpx2.AsyncClient, somebody: Somebody, number: str) -> httpx2.Response:
    return await http.get(f"/attachments/{number}", headers=signed(somebody))


def code(response: httpx2.Response) -> tuple[int, str]:
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"]


def kept(database: Database) -> list[Path]:
    return [path for path in database.contents.folder.rglob("*") if path.is_file()]


async def test_what_is_put_is_sealed_and_comes_back_to_its_bidders(
    database: Database, http: httpx2.AsyncClient
) -> None:
    """Invariant 7."""
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    made = await put(http, bidder, name="../herons <plan>.bat")
    assert made.status_code == 201, made.text
    [path] = kept(database)
    assert path.name == made.json()["sha256"]
    assert b"heron" not in path.read_bytes().lower()
    for model in (Attachment, AuditRecord, Job):
        assert "heron" not in repr(await model.all().values()).lower()
    got = await get(http, bidder.person, made.json()["id"])
    assert got.content == PDF
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"].endswith("herons%20%3Cplan%3E.bat.pdf")
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "no-store"


async def test_nobody_else_has_it_before_the_opening_and_then_on_record(
    database: Database, http: httpx2.AsyncClient, advance: Advance
) -> None:
    """Invariants 7, 35."""
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    listed = (await put(http, bidder)).json()["id"]
    unlisted = (await put(http, bidder)).json()["id"]
    assert (await bidder.saves(a_document(offer, "x", listed)))["userErrors"] == []
    assert await bidder.submits() == []
    assert [row.id for row in await Attachment.all()] == [read_id("att", listed)]
    for job in await Job.filter(kind="forget_content"):
        await forget_content(database, job.facts)
    assert len(kept(database)) == 1, f"{unlisted} went with its bytes"
    late = (await put(http, bidder)).json()["id"]
    officer = await an_officer_of(database, offer.round.council_id)
    stranger = await signed_in(database, "stranger@example.org")
    for somebody in (officer, stranger):
        assert code(await get(http, somebody, listed)) == (404, "NOT_FOUND")
        assert code(await put(http, Bidder(somebody, "", bidder.bid))) == (404, "NOT_FOUND")
    await advance(OVER)
    assert code(await put(http, bidder)) == (409, "DEADLINE_PASSED")
    assert refused(await officer.does("openBids", "", roundId=offer.id)) == []
    assert (await get(http, officer, listed)).content == PDF
    assert code(await get(http, officer, late)) == (404, "NOT_FOUND"), "it was never submitted"
    assert code(await get(http, stranger, listed)) == (404, "NOT_FOUND")
    read = AuditRecord.filter(subject_id=read_id("bid", bidder.bid), action="read_attachment")
    assert await read.count() == 1


async def test_with_holders_not_even_its_bidder_gets_it_back_before_the_opening(
    database: Database, http: httpx2.AsyncClient, advance: Advance
) -> None:
    """Invariant 7."""
    offer = await an_offer(database, holders=2)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    number = (await put(http, bidder)).json()["id"]
    await bidder.saves(a_document(offer, "x", number))
    assert code(await get(http, bidder.person, number)) == (409, "BID_NOT_READABLE")
    assert await bidder.submits() == []
    await advance(OVER)
    officer = await an_officer_of(database, offer.round.council_id)
    opened = await officer.does("openBids", "", roundId=offer.id, shares=offer.shares)
    assert refused(opened) == []
    assert (await get(http, officer, number)).content == PDF
    assert (await get(http, bidder.person, number)).content == PDF


async def test_another_file_in_its_place_is_not_what_was_submitted(
    database: Database, http: httpx2.AsyncClient
) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    one, two = [(await put(http, bidder, PDF + bytes([n]))).json()["id"] for n in (1, 2)]
    await bidder.saves(a_document(offer, "x", one, two))
    assert await bidder.submits() == []
    other = await Attachment.get(id=read_id("att", two))
    await Attachment.filter(id=read_id("att", one)).update(sha256=other.sha256)
    assert code(await get(http, bidder.person, one)) == (409, "RECEIPT_DIFFERS")
    database.contents.path(other.sha256).unlink()
    assert code(await get(http, bidder.person, two)) == (410, "CONTENT_MISSING")


@pytest.mark.parametrize(
    ("content", "name", "wanted"),
    [
        (b"", "plan.pdf", (400, "FILE_EMPTY")),
        (PDF, "", (400, "FILE_NAME_NEEDED")),
        (b"MZ" + bytes(100), "plan.pdf", (415, "FILE_COULD_RUN")),
        (b"<html><script>1</script>", "plan.pdf", (415, "FILE_COULD_RUN")),
        (b"PK\x03\x04" + bytes(100), "plan.docx", (415, "FILE_TYPE_UNKNOWN")),
        (bytes(100), "plan.pdf", (415, "FILE_TYPE_UNKNOWN")),
    ],
)
async def test_what_is_no_file_of_ours_is_refused_and_leaves_nothing(
    database: Database,
    http: httpx2.AsyncClient,
    content: bytes,
    name: str,
    wanted: tuple[int, str],
) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    assert code(await put(http, bidder, content, name)) == wanted
    assert kept(database) == []
    assert await Attachment.all().count() == 0


async def test_fifty_million_bytes_are_taken_and_not_one_more(
    database: Database, http: httpx2.AsyncClient
) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    most = b"%PDF-1.7\n".ljust(FILE_BYTES.value, b" ")
    made = await put(http, bidder, most)
    assert made.status_code == 201, made.text
    assert (await get(http, bidder.person, made.json()["id"])).content == most
    assert code(await put(http, bidder, most + b" ")) == (413, "CONTENT_TOO_LARGE")

    async def unsaid() -> AsyncIterator[bytes]:
        yield most
        yield b" "

    headers = signed(bidder.person)
    path = f"/bids/{bidder.bid}/attachments?name=x"
    sent = await http.put(path, content=unsaid(), headers=headers)
    assert code(sent) == (413, "CONTENT_TOO_LARGE"), "whatever was said of its length"
    assert len(kept(database)) == 1


async def test_a_bid_has_so_many_attachments_and_so_many_a_day(
    database: Database, http: httpx2.AsyncClient
) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    numbers = [(await put(http, bidder)).json()["id"] for _ in range(ATTACHMENTS.value)]
    assert code(await put(http, bidder)) == (409, "TOO_MANY_ATTACHMENTS")
    await bidder.saves(a_document(offer, "x", *numbers))
    assert await bidder.submits() == []
    assert await Attachment.filter(submitted=True).count() == ATTACHMENTS.value
    assert DAILY.value % ATTACHMENTS.value == 0
    for _ in range(DAILY.value // ATTACHMENTS.value - 1):
        await bidder.saves(a_document(offer))
        assert await bidder.submits() == []
        for _ in range(ATTACHMENTS.value):
            assert (await put(http, bidder)).status_code == 201
    await bidder.saves(a_document(offer))
    assert await bidder.submits() == []
    assert code(await put(http, bidder)) == (429, "DAILY_ATTACHMENTS_REACHED")


async def test_one_who_lists_what_is_not_there_is_told_before_it_is_sealed(
    database: Database, http: httpx2.AsyncClient
) -> None:
    offer = await an_offer(database)
    bidder, other = await a_bidder(database, offer), await a_bidder(database, offer, "others")
    for each in (bidder, other):
        await each.starts(offer)
    theirs = (await put(http, other)).json()["id"]
    saved = await bidder.saves(a_document(offer, "x", theirs))
    assert f'"need": "ATTACHMENT", "about": "{theirs}"' in saved["checklist"]
    assert await bidder.submits() == ["BID_INCOMPLETE"]
    assert await bidder.withdraws() == []
    assert await other.withdraws() == []
    for job in await Job.filter(kind="forget_content"):
        await forget_content(database, job.facts)
    assert kept(database) == []
