"""A file of grants: who gets how many minutes for what, a line each. Pure.

A line that makes no sense is a result of its own, and stops no other. Somebody gets for one purpose
once in a run, since a file comes out of a list that was pasted together, and is sent again when
some of its lines were put right.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from io import StringIO
from typing import Final

from commonweal.credits.rules import MOST_MINUTES, WORDS, MinutesUnfit, WordsUnfit
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

LINES: Final = limit("lines of a file of grants", 10_000, "lines", "a town's volunteers, twice")
FILE_BYTES: Final = limit("file of grants", 8_000_000, "bytes", "all its lines at their longest")
REFERENCE: Final = limit("reference of a run of grants", 100, "characters", "a month; a minute")
FILE_NAME: Final = limit("name of a file of grants", 255, "characters", "as files have")
COLUMNS: Final = ("email", "minutes", "purpose")


class LineState(StrEnum):
    """What became of a line."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"


JOB: Final = "grant_lines"
LINE: Final = Lifecycle(
    noun="line of grants",
    states=tuple(state.value for state in LineState),
    initial="pending",
    moves=(
        Move("grant", "pending", to="granted", says="its minutes are in a wallet"),
        Move("refuse", "pending", to="refused", says="for the reason that its code says"),
    ),
)


@fact
class GrantsUnreadable(UserError):
    says = "This is no table of grants: {why}. It has the columns email, minutes and purpose."
    why: str


@fact
class TooManyLines(UserError):
    says = "A file of grants has at most {most:,} lines and {megabytes} MB."
    most: int
    megabytes: int


@fact
class DuplicateLine(UserError):
    says = "An earlier line of this file is for the same person and purpose."


@fact
class GrantedBefore(UserError):
    says = "They were granted it under this reference already."


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read; with a `code` it is refused, for that."""

    number: int
    email_key: str
    minutes: int | None
    purpose: str
    code: str = ""


def too_many() -> TooManyLines:
    return TooManyLines(LINES.value, FILE_BYTES.value // 1_000_000)


def read_lines(raw: bytes, key_of: Callable[[str], str]) -> list[Line]:
    """Each line with what is wrong with it; `key_of` is by what two addresses are one, or refuses.

    Raises GrantsUnreadable, TooManyLines.
    """
    try:
        rows = list(csv.reader(StringIO(raw.decode("utf-8-sig")), strict=True))
    except UnicodeDecodeError:
        raise GrantsUnreadable("it is not UTF-8") from None
    except csv.Error as error:
        raise GrantsUnreadable(str(error)[:100]) from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if missing := [name for name in COLUMNS if name not in header]:
        raise GrantsUnreadable(f"it has no column {missing[0]}")
    filled = [(n, row) for n, row in enumerate(rows[1:], start=2) if any(map(str.strip, row))]
    if len(filled) > LINES.value:
        raise too_many()
    places, known = [header.index(name) for name in COLUMNS], set[tuple[str, str]]()
    found = []
    for number, row in filled:
        email, minutes, purpose = (
            " ".join(seen(row[at]).split()) if at < len(row) else "" for at in places
        )
        line = _line(number, email, minutes, purpose, key_of)
        if not line.code and (line.email_key, purpose) in known:
            line = replace(line, code=DuplicateLine().code)
        known.add((line.email_key, purpose))
        found.append(line)
    return found


def _line(
    number: int, email: str, minutes: str, purpose: str, key_of: Callable[[str], str]
) -> Line:
    amount = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 10 else 0
    key, code = "", ""
    try:
        key = key_of(email)
        if not 1 <= amount <= MOST_MINUTES.value:
            raise MinutesUnfit(MOST_MINUTES.value)
        if not 1 <= len(purpose) <= WORDS.value:
            raise WordsUnfit(WORDS.value)
    except UserError as refusal:
        code = refusal.code
    return Line(number, key, amount or None, purpose[: WORDS.value], code)
