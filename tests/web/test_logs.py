"""The two forms of a line, and what is cut out of an error's text."""

import io
import logging
import sys

import orjson
import pytest

from commonweal.web.logs import LEFT_OUT, Lines, request_log, without_people


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
