"""The two forms of a line, and what is cut out of an error's text."""

import asyncio
import io
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from commonweal.cli.serving import server
from commonweal.kernel.clock import SYSTEM
from commonweal.store.database import opened
from commonweal.web.app import application
from commonweal.web.logs import LEFT_OUT, Lines, request_log, set_up, without_people
from commonweal.web.rooms import LAYOUT
from commonweal.web.settings import Settings
from commonweal.web.socket import PROTOCOL
from tests.serving import serving

CANARIES = {
    "authorization": "Bearer%20cw_c4n4ry-T0ken_123456",
    "email": "jane.canary%40example.org",
    "name": "Janecanary",
    "place": "GL50+1CN",
}
SECRET = ("c4n4ry", "canary", "example.org", "1CN")


def record(text: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    about = (type(error), error, None) if error else None
    return logging.LogRecord("commonweal.web", logging.ERROR, "file.py", 7, text, args, about)


def test_a_record_of_the_standard_library_is_a_line_of_json_with_its_error() -> None:
    line = Lines(readable=False).format(record("reference %s", "ab12", error=ValueError("why")))
    read = orjson.loads(line)
    assert read.pop("at").endswith("Z")
    assert read == {
        "level": "error",
        "event": "reference ab12",
        "logger": "commonweal.web",
        "exception": "ValueError: why",
    }
    assert "\n" not in line


def test_a_readable_line_has_the_same_and_leaves_out_what_is_blank() -> None:
    text = Lines(readable=True).format(record("reference %s", "ab12", error=ValueError("why")))
    assert "reference ab12" in text
    assert "ValueError: why" in text
    written = io.BytesIO()
    request_log("info", "pretty", written).info("request", code="", viewer=None, status=200)
    assert b"status" in written.getvalue()
    assert b"viewer" not in written.getvalue()


@pytest.mark.parametrize(
    ("level", "written"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)]
)
def test_the_level_says_what_is_written(level: str, written: int) -> None:
    to = io.BytesIO()
    log = request_log(level, "json", to)
    log.debug("request")
    log.info("request")
    log.warning("request")
    assert to.getvalue().count(b"\n") == written


@pytest.mark.parametrize(("terminal", "readable"), [(True, True), (False, False)])
def test_unless_told_otherwise_a_terminal_is_written_to_for_people(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, readable: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    written = io.BytesIO()
    request_log("info", "auto", written).info("request", status=200)
    assert written.getvalue().startswith(b"{") is not readable


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("the token cw_abc-DEF_123456789 is", f"the token {LEFT_OUT} is"),
        ("Authorization: Bearer abc.def", f"Authorization: {LEFT_OUT}"),
        ("of mary.o'neil+x@mail.example.org.", f"of {LEFT_OUT}."),
        ("%20cw_abc-DEF_123456789&x=1", f"%20{LEFT_OUT}&x=1"),
        ("?a=cw%5Fabc-DEF_123456789", f"?a={LEFT_OUT}"),
        ("?authorization=Bearer%20abc.def", f"?authorization={LEFT_OUT}"),
        ("?a%3Dbearer+abc.def HTTP", f"?a%3D{LEFT_OUT} HTTP"),
        ("?email=jane%40example.org&x=1", f"?email={LEFT_OUT}&x=1"),
        ("?email=jane%2540mail.example.org", f"?email={LEFT_OUT}"),
        ("?at=-2.0755%2C51.8994", f"?at={LEFT_OUT}%2C{LEFT_OUT}"),
        ("at POINT(-2.0755 51.8994)", f"at POINT({LEFT_OUT} {LEFT_OUT})"),
        ("twice\nDETAIL:  Key (name)=(Mary) exists.\nat", f"twice\nDETAIL: {LEFT_OUT}\nat"),
        (
            "DataError: invalid input for query argument $1: 'Mary' (expected int)",
            f"DataError: invalid input for query argument $1: {LEFT_OUT}",
        ),
        ("a half \ud800 character", "a half ? character"),
        ("in 0.25 s, 200 rows, version 3.2.14", "in 0.25 s, 200 rows, version 3.2.14"),
    ],
)  # fmt: skip
def test_what_looks_like_somebodys_is_left_out(said: str, logged: str) -> None:
    assert without_people(said) == logged


def test_a_long_text_is_searched_in_a_moment() -> None:
    started = time.perf_counter()
    assert without_people("x" * 200_000) == "x" * 200_000
    assert time.perf_counter() - started < 5


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `set_up` does is undone afterwards."""
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "filters", [])
    names = (None, "aiosqlite", "tortoise")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def upgraded(port: int, target: str) -> bytes:
    """The status line with which a WebSocket is taken or refused, by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Said: {CANARIES['name']}\r\n"
        f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n".encode()
    )
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


@pytest.mark.parametrize("level", ["info", "debug"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("undone")
async def test_no_url_of_a_socket_gets_into_the_log_of_a_real_server(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    async with opened(database_url, SYSTEM, LAYOUT, files=tmp_path):
        pass
    settings = Settings(database_url=database_url, files=tmp_path, log_level=level)
    set_up(level, "json")
    app = application(settings, worker=False)
    said = "&".join(f"{name}={value}" for name, value in CANARIES.items())
    async with serving(app, instead=server(app, settings)) as port:
        assert b" 101 " in await upgraded(port, f"/graphql?{said}")
        assert b" 403 " in await upgraded(port, f"/{CANARIES['name']}/{CANARIES['email']}?{said}")
    log = capsys.readouterr().err
    assert "Application startup complete." in log, "of itself the server still speaks"
    assert "WebSocket /" not in log
    assert [word for word in SECRET if word in log] == []
