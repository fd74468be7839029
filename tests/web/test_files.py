"""Uploads over real HTTP: what is kept, and what is refused and leaves nothing."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message, Receive, Scope

from commonweal.access import ANONYMOUS, Viewer
from commonweal.files import rules
from commonweal.files.tables import File
from commonweal.kernel.ids import write_id
from commonweal.kernel.limits import Limit
from commonweal.store.database import Database
from commonweal.store.errors import Busy, DatabaseAway, TryAgain
from commonweal.web.files import FilesEndpoint

from .uploading import PDF, Town, a_town, refusal

BLOCK = b"x" * 65_536


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(database_url, tmp_path / "files") as town:
        yield town


# ---- what comes ----------------------------------------------------------------------------------


async def test_what_is_put_is_kept_by_its_hash_and_comes_back_as_it_was(town: Town) -> None:
    made = await town.put(PDF, headers=town.clerk | {"content-type": "text/html"})
    assert made.status_code == 201
    body = made.json()
    digest = hashlib.sha256(PDF).hexdigest()
    assert body | {"id": ""} == {
        "id": "",
        "sha256": digest,
        "size": len(PDF),
        "mediaType": "application/pdf",
        "name": "plan.pdf",
    }
    assert made.headers["location"] == f"/files/{body['id']}"
    assert town.kept() == [digest]
    kept = town.folder / digest[:2] / digest[2:4] / digest
    assert kept.stat().st_mode & 0o777 == 0o600, "read by the service alone, and no program"

    got = await town.http.get(f"/files/{body['id']}", headers=town.clerk)
    assert got.status_code == 200
    assert got.content == PDF
    head = await town.http.head(f"/files/{body['id']}", headers=town.clerk)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(PDF))


async def test_the_same_bytes_at_once_are_one_content_and_two_files(town: Town) -> None:
    made = await asyncio.gather(town.put(PDF, "a.pdf"), town.put(PDF, "b.pdf", headers=town.other))
    assert [each.status_code for each in made] == [201, 201]
    assert len({each.json()["id"] for each in made}) == 2
    assert town.kept() == [hashlib.sha256(PDF).hexdigest()]
    assert await File.all().count() == 2
    again = await town.put(PDF, "c.pdf")
    assert again.status_code == 201
    assert len(town.kept()) == 1


@pytest.mark.parametrize(
    ("content", "name", "refused"),
    [
        (b"", "empty.pdf", (400, "FILE_EMPTY")),
        (b"\x00\x01\x02\x03" * 99, "plan.pdf", (415, "FILE_TYPE_UNKNOWN")),
        (b"name,<b>\n<script>alert(1)</script>,1\n", "register.csv", (415, "FILE_COULD_RUN")),
        (b"<!DOCTYPE html><p>hello", "register.csv", (415, "FILE_COULD_RUN")),
        (PDF, "", (400, "FILE_NAME_NEEDED")),
        (PDF, "../..", (400, "FILE_NAME_NEEDED")),
    ],
    ids=["zero bytes", "wrong type", "script in csv", "html as csv", "no name", "only a path"],
)
async def test_what_is_refused_leaves_nothing(
    town: Town, content: bytes, name: str, refused: tuple[int, str]
) -> None:
    answer = await town.put(content, name)
    assert refusal(answer) == refused
    assert town.kept() == []
    assert await File.all().count() == 0


async def test_a_name_is_cleaned_before_it_is_kept(town: Town) -> None:
    for given, kept in {
        "../../etc/passwd": "passwd.pdf",
        "C:\\plans\\hall.pdf": "hall.pdf",
        "hall\u202efdp.exe": "hallfdp.exe.pdf",
        "Ty\u0302 \u200bMawr.pdf": "Tŷ Mawr.pdf",
        "a\r\nset-cookie: b.pdf": "a set-cookie: b.pdf",
    }.items():
        made = (await town.put(PDF, given)).json()
        assert made["name"] == kept
        got = await town.http.get(f"/files/{made['id']}", headers=town.clerk)
        disposition = got.headers["content-disposition"]
        assert disposition.startswith("attachment; filename*=UTF-8''")
        assert disposition.isascii()


async def test_to_upload_one_signs_in_and_says_so_before_any_byte(town: Town) -> None:
    answer = await town.put(PDF, headers={})
    assert refusal(answer) == (401, "SIGN_IN_NEEDED")
    assert answer.headers["www-authenticate"] == "Bearer"
    made_up = await town.put(PDF, headers={"authorization": "Bearer cw_made-up"})
    assert refusal(made_up) == (401, "NOT_SIGNED_IN")
    assert town.kept() == []


async def test_a_body_that_is_compressed_is_refused(town: Town) -> None:
    answer = await town.put(PDF, headers=town.clerk | {"content-encoding": "gzip"})
    assert refusal(answer) == (415, "COMPRESSED")


async def test_only_the_methods_that_mean_something_are_taken(town: Town) -> None:
    there = f"/files/{write_id('fil', 1)}"
    for method, path in (("GET", "/files"), ("POST", "/files"), ("PUT", there), ("DELETE", there)):
        answer = await town.http.request(method, path, headers=town.clerk)
        assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")
    preflight = await town.http.options("/files")
    assert preflight.status_code == 204
    assert "PUT" in preflight.headers["access-control-allow-methods"]


async def test_a_host_that_is_not_ours_gets_no_file(town: Town) -> None:
    answer = await town.http.get("/files/x", headers={"host": "evil.example"})
    assert refusal(answer) == (400, "BAD_HOST")


# ---- too much ------------------------------------------------------------------------------------


async def stream(town: Town, head: str, blocks: list[bytes], *, cut: bool = False) -> bytes:
    """A request by hand; its answer, or nothing where the line is cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    token = town.clerk["authorization"]
    lines = f"PUT /files?name=a.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
    writer.write(f"{lines}{head}\r\n\r\n".encode())
    for block in blocks:
        writer.write(block)
        try:
            await writer.drain()
        except ConnectionError:
            break
    answer = b""
    if not cut:
        answer = await reader.read(4096)
    writer.close()
    return answer


def chunked(total: int) -> list[bytes]:
    block = b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK)
    return [block] * (total // len(BLOCK) + 1)


@contextmanager
def little_memory(most_bytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most_bytes
    finally:
        tracemalloc.stop()


async def test_a_body_too_long_is_refused_while_it_comes_and_is_never_in_memory(
    town: Town,
) -> None:
    with little_memory(8_000_000):
        answer = await stream(town, "Transfer-Encoding: chunked", chunked(60_000_000))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"CONTENT_TOO_LARGE" in answer
    assert town.kept() == []


async def test_a_body_that_says_it_is_too_long_is_refused_unread(town: Town) -> None:
    answer = await stream(town, f"Content-Length: {rules.FILE_BYTES.value + 1}", [])
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("size", "signed", "status"),
    [
        (rules.FILE_BYTES.value + 1, True, 413),
        (8_000_000, True, 415),  # told by its first bytes, or at its end
        (8_000_000, False, 401),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_sends_all_before_reading_and_asks_to_close_hears_the_refusal(
    town: Town, size: int, signed: bool, status: int
) -> None:
    def put() -> int:
        url = f"http://127.0.0.1:{town.port}/files?name=a"
        headers = {"content-type": "x/y"} | (town.clerk if signed else {})
        request = Request(url, bytes(size), headers, method="PUT")  # urllib sends connection: close
        with pytest.raises(HTTPError) as refused, urlopen(request, timeout=20):
            pass
        with refused.value:
            assert b'"code":' in refused.value.read()
        return refused.value.code

    assert await asyncio.to_thread(put) == status
    assert town.kept() == []


async def refused_over(receive: Receive, headers: list[tuple[bytes, bytes]]) -> list[Message]:
    """What is sent to somebody who is not signed in, by the bare application."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def who(_scope: Scope) -> Viewer:
        return ANONYMOUS

    def closed() -> Database:
        raise AssertionError("nobody asks it")

    endpoint = FilesEndpoint(closed, who=who, linger_seconds=0.1)
    scope = {"type": "http", "method": "PUT", "path": "/files", "query_string": b"name=a"}
    await endpoint({**scope, "headers": headers}, receive, send)
    return sent


async def test_a_refusal_is_sent_at_once_and_its_end_when_enough_was_read() -> None:
    read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": BLOCK, "more_body": True}  # and no end

    start, body, end = await refused_over(receive, [])
    assert start["status"] == 401
    assert b"SIGN_IN_NEEDED" in body["body"]
    assert body["more_body"]
    assert end == {"type": "http.response.body", "body": b""}
    assert 1 < read < 20


async def test_who_waits_to_be_told_to_send_is_not_waited_for() -> None:
    async def receive() -> Message:
        raise AssertionError("it would tell them to go on")

    sent = await refused_over(receive, [(b"expect", b"100-continue")])
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


async def test_fifty_megabytes_come_and_go_in_little_memory(town: Town) -> None:
    size = rules.FILE_BYTES.value

    async def body() -> AsyncIterator[bytes]:
        for at in range(0, size, len(BLOCK)):
            yield BLOCK[: size - at]

    with little_memory(8_000_000):
        made = await town.put(body(), "large.txt")
        assert made.json()["size"] == size
        digest, at = hashlib.sha256(), f"/files/{made.json()['id']}"
        async with town.http.stream("GET", at, headers=town.clerk) as got:
            async for block in got.aiter_bytes():
                digest.update(block)
    assert digest.hexdigest() == made.json()["sha256"]


async def test_an_upload_that_is_cut_half_way_leaves_nothing(town: Town) -> None:
    await stream(town, "Content-Length: 1000000", [BLOCK] * 8, cut=True)
    for _ in range(100):
        if not town.kept() and town.folder.exists():
            break
        await asyncio.sleep(0.02)
    assert town.folder.exists(), "it had begun"
    assert town.kept() == []
    assert await File.all().count() == 0


async def test_an_upload_that_dawdles_is_told_so_and_leaves_nothing(
    database: Database, tmp_path: Path
) -> None:
    sent: list[Message] = []
    coming = [{"type": "http.request", "body": PDF, "more_body": True}]

    async def receive() -> Message:
        return coming.pop() if coming else await asyncio.sleep(60, {})

    async def send(message: Message) -> None:
        sent.append(message)

    async def who(_scope: Scope) -> Viewer:
        return Viewer(1, "clerk")

    slow = FilesEndpoint(lambda: database, who=who, upload_seconds=0.1)
    scope = {"type": "http", "method": "PUT", "path": "/files", "query_string": b"name=a"}
    await slow({**scope, "headers": []}, receive, send)
    assert sent[0]["status"] == 408
    assert b"UPLOAD_TOO_SLOW" in sent[1]["body"]
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


# ---- how much, and how many at once --------------------------------------------------------------


async def test_uploads_at_once_cannot_pass_a_days_limit_together(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3 * len(PDF)
    monkeypatch.setattr(rules, "OWNER_BYTES", Limit("a day", most, "bytes", "for the test"))
    made = await asyncio.gather(*(town.put(PDF + b"%d" % n) for n in range(3)))
    assert sorted(each.status_code for each in made) == [201, 201, 429]
    assert len(town.kept()) == 2, "what was refused is not kept"
    assert await File.all().count() == 2

    small = PDF[: most - 2 * len(PDF) - 2]
    assert (await town.put(small)).status_code == 201, "up to the last byte"
    answer = await town.put(PDF)
    assert refusal(answer) == (429, "DAILY_UPLOADS_REACHED")
    assert (await town.put(PDF, headers=town.other)).status_code == 201, "each has their own"


async def test_one_person_may_hold_a_few_uploads_open_and_no_more(town: Town) -> None:
    async def slowly(until: asyncio.Event) -> AsyncIterator[bytes]:
        yield PDF
        await until.wait()
        yield b"the end"

    go_on = asyncio.Event()
    running = [
        asyncio.create_task(town.put(slowly(go_on))) for _ in range(rules.OWNER_UPLOADS.value)
    ]
    for _ in range(500):
        if len(town.kept()) == len(running):
            break
        await asyncio.sleep(0.01)
    assert refusal(await town.put(PDF)) == (429, "TOO_MANY_UPLOADS_AT_ONCE")
    assert (await town.put(PDF, headers=town.other)).status_code == 201
    go_on.set()
    assert {each.status_code for each in await asyncio.gather(*running)} == {201}
    assert (await town.put(PDF)).status_code == 201


@pytest.mark.parametrize("error", [Busy(5), TryAgain(), DatabaseAway()])
async def test_where_the_database_has_no_time_one_is_told_when_to_come_again(
    error: Busy | TryAgain | DatabaseAway,
) -> None:
    def database() -> Database:
        raise error

    async def who(_scope: Scope) -> Viewer:
        return ANONYMOUS

    app = FilesEndpoint(database, who=who)
    transport = httpx2.ASGITransport(app=Starlette(routes=[Route("/files/{file_id}", app)]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answer = await http.get(f"/files/{write_id('fil', 1)}")
    assert refusal(answer) == (503, error.code)
    assert answer.headers["retry-after"] == "5"
