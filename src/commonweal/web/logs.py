"""The log: on standard error, a line of JSON for each event, or a readable one on a terminal.

`request_log` writes the one line of each request, by structlog's shortest way: everything passes
here, so it may cost next to nothing. `set_up` sends the rest (the rooms', the server's) the same
way, by way of the standard library.

What a person said or is never gets in: no token, no variable, no address, no place. Lines are made
of named facts (graph/request.py: Trace); an error's text is not, so that what looks like any of
those is cut out of it.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
import structlog
from structlog.typing import FilteringBoundLogger

Event = MutableMapping[str, Any]

# Engines quote a row's values in a detail, and an argument's after a colon.
QUOTED: Final = re.compile(r"(?m)^(DETAIL:|.*invalid input for query argument \$\d+:).*$")
# Also as a URL has them. No boundary of a word before them: %20 is none.
PRIVATE: Final = re.compile(
    r"cw(?:_|%5[fF])[\w-]{6,}"  # a token of ours
    r"|(?i:bearer(?:\s|\+|%\d\d)+\S+)"
    r"|[\w.+'%-]{1,200}(?:@|%(?:25)*40)[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|-?\d{1,3}\.\d{4,}"  # a coordinate that tells a house
)
LEFT_OUT: Final = "[left out]"
SPEAKING_OF_VALUES: Final = ("aiosqlite", "tortoise")  # at debug: each statement's arguments


def request_log(level: str, form: str, to: BinaryIO | None = None) -> FilteringBoundLogger:
    """A logger of named facts; `level` and `form` as in the settings."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(to or sys.stderr.buffer),
        processors=[_pretty if _readable(form) else _json],
        wrapper_class=structlog.make_filtering_bound_logger(level.upper()),
    ).bind()
    return logger


def set_up(level: str, form: str) -> None:
    """Send what the standard library's loggers are told the same way. Of a process, once."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(_readable(form)))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in SPEAKING_OF_VALUES:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))
    logging.getLogger("uvicorn.error").addFilter(about_the_process)


def about_the_process(record: logging.LogRecord) -> bool:
    """Whether what the server says is of itself, or is trouble.

    Of connections it repeats whole URLs, and at debug headers and frames; what may be known of a
    socket, its own line says (web/observing.py).
    """
    parts = Path(record.pathname).parts
    own = "uvicorn" in parts and "protocols" not in parts
    return own or record.levelno >= logging.WARNING


class Lines(logging.Formatter):
    """A record of the standard library as a line of the same form."""

    def __init__(self, readable: bool) -> None:
        super().__init__()
        self.render = _pretty if readable else _json

    def format(self, record: logging.LogRecord) -> str:
        event: Event = {"event": without_people(record.getMessage()), "logger": record.name}
        if record.exc_info:
            event["exception"] = without_people(self.formatException(record.exc_info))
        return self.render(None, record.levelname.lower(), event).decode()


def without_people(text: str) -> str:
    """An error's text without what looks like a value of somebody's."""
    text = QUOTED.sub(rf"\1 {LEFT_OUT}", text)
    return PRIVATE.sub(LEFT_OUT, text).encode(errors="replace").decode()


def _readable(form: str) -> bool:
    return form == "pretty" or (form == "auto" and sys.stderr.isatty())


def _json(_logger: Any, level: str, event: Event) -> bytes:
    return orjson.dumps({"at": datetime.now(UTC), "level": level, **event}, option=orjson.OPT_UTC_Z)


_console: Final = structlog.dev.ConsoleRenderer(
    exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
)


def _pretty(logger: Any, level: str, event: Event) -> bytes:
    shown = {name: value for name, value in event.items() if value not in ("", None)}
    time = f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005  # the reader's own wall clock
    return _console(logger, level, {"timestamp": time, "level": level, **shown}).encode()
