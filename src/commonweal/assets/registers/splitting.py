"""From text to rows of cells, by the delimiter and the row ends that fit the text best.

Python's csv module guesses neither, ends a row at a bare \\r, and lets one stray quotation mark
swallow the rest of a file. Here a cell is quoted only if its closing mark stands before a
delimiter or a row end; other marks are text. Cells are as published, untrimmed. Reads what
csv.writer writes, cell for cell. Next: reading.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from commonweal.assets.registers.refusals import TooManyRegisterColumns, TooManyRegisterRows
from commonweal.kernel.limits import limit

DELIMITERS: Final = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}
MAX_REGISTER_ROWS: Final = limit(
    "rows of a register",
    30_000,
    "rows",
    "the largest English council's has under 20,000; one job reads and keeps these with time over",
)
MAX_BLANK_ROWS: Final = limit(
    "blank rows of a register", 1_048_576, "rows", "a whole spreadsheet saved by mistake has them"
)
MAX_REGISTER_COLUMNS: Final = limit(
    "columns of a register", 500, "columns", "the widest exports of asset systems have under 200"
)
MAX_CELLS_IN_ROW: Final = limit(
    "cells of a register's row", 16_384, "cells", "blank ones too: a spreadsheet has no more"
)
SAMPLE_ROWS: Final = 60  # a delimiter shows itself in so many
SAMPLE_CHARACTERS: Final = 500_000  # and within so much text, however long its rows

# What may end a row, and what is then text. A doubled \r is what Windows' text mode leaves.
# At most two, so that a long run of \r costs no more than its length.
_ROW_ENDS: Final = {
    "LF": (r"\r{0,2}\n", r"\r(?!\r?\n)", r"\r\n"),
    "CRLF": (r"\r{1,2}\n", r"(?:\r(?!\r?\n)|\n)", r"\r\n"),
    "CR": (r"\r", r"(?!)", r"\r"),
    "any": (r"\r{0,2}\n|\r", r"(?!)", r"\r\n"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `number` as a spreadsheet shows it, 1 the first of the file; `cells` untouched."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """The rows that hold something, the numbers of those that do not, and how they were found."""

    rows: list[Row]
    blank_rows: list[int]
    delimiter: str


@lru_cache(maxsize=32)
def _token(delimiter: str, row_end: str) -> re.Pattern[str]:
    """One cell and what ends it. Possessive repeats, so that no text is read more than twice."""
    end, inner, stops = _ROW_ENDS[row_end]
    cut = re.escape(delimiter)
    quoted = rf'[ ]*"([^"]*+(?:""[^"]*+)*+)"[ ]*(?={cut}|{end}|\Z)'
    plain = rf"([^{cut}{stops}]*+(?:{inner}[^{cut}{stops}]*+)*+)"
    return re.compile(rf"(?:{quoted}|{plain})({cut}|{end}|\Z)")


def records(text: str, delimiter: str, row_end: str) -> Iterator[list[str]]:
    """Every row of `text` as its cells, blank ones too. Raises TooManyRegisterColumns."""
    match_at = _token(delimiter, row_end).match
    position, length, number = 0, len(text), 1
    cells: list[str] = []
    ended = True
    while position < length or not ended:
        match = match_at(text, position)
        assert match is not None  # the plain cell may be empty, so something always matches
        quoted, plain, end = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        ended = end != delimiter
        if ended:
            yield cells
            cells = []
            number += 1
        elif len(cells) == MAX_CELLS_IN_ROW.value:
            raise TooManyRegisterColumns(number, len(cells) + 1, MAX_REGISTER_COLUMNS.value)


def is_blank(cell: str) -> bool:
    """No character that prints: also no-break and zero-width blanks."""
    return not cell.strip().strip("\ufeff\u200b").strip()


def divide(text: str, delimiter: str) -> Split:
    """The rows of `text`. Where its row ends are mixed, those that give the evenest rows.

    Raises TooManyRegisterRows or TooManyRegisterColumns.
    """
    choices = [_collect(text, delimiter, row_end) for row_end in _possible_ends(text)]
    return max(choices, key=lambda choice: _evenness(choice.rows))


def sample(text: str, delimiter: str) -> list[Row]:
    """The first rows that hold something, to judge a delimiter and find the header by.

    Raises TooManyRegisterColumns.
    """
    start = text[:SAMPLE_CHARACTERS]
    choices = [_first_rows(start, delimiter, row_end) for row_end in _possible_ends(start)]
    return max(choices, key=_evenness)


def unwrapped(text: str) -> str:
    """Undo what some exports do: each row, delimiters and all, quoted as if it were one cell."""
    if not text.lstrip().startswith('"'):
        return text
    rows = records(text, ",", _possible_ends(text)[0])
    return "\n".join(cells[0] for cells in islice(rows, MAX_REGISTER_ROWS.value + 1))


def _first_rows(text: str, delimiter: str, row_end: str) -> list[Row]:
    found = enumerate(records(text, delimiter, row_end), 1)
    numbered = (Row(number, tuple(cells)) for number, cells in found)
    return list(islice((row for row in numbered if not _is_empty(row.cells)), SAMPLE_ROWS))


def _collect(text: str, delimiter: str, row_end: str) -> Split:
    rows: list[Row] = []
    blank_rows: list[int] = []
    for number, cells in enumerate(records(text, delimiter, row_end), 1):
        if _is_empty(cells):
            blank_rows.append(number)
            if len(blank_rows) > MAX_BLANK_ROWS.value:
                raise TooManyRegisterRows(MAX_BLANK_ROWS.value)
            continue
        while len(cells) > MAX_REGISTER_COLUMNS.value and is_blank(cells[-1]):
            cells.pop()
        if len(cells) > MAX_REGISTER_COLUMNS.value:
            raise TooManyRegisterColumns(number, len(cells), MAX_REGISTER_COLUMNS.value)
        if len(rows) == MAX_REGISTER_ROWS.value:
            raise TooManyRegisterRows(MAX_REGISTER_ROWS.value)
        rows.append(Row(number, tuple(cells)))
    return Split(rows, blank_rows, delimiter)


def _possible_ends(text: str) -> list[str]:
    """Which readings of \\r and \\n this text allows, the likeliest first."""
    outside = re.sub(r'"[^"]*"', "", text)
    pairs = outside.count("\r\n")
    feeds, returns = outside.count("\n") - pairs, outside.count("\r") - pairs
    if not feeds and not pairs:  # an old Mac's rows, unless a stray mark hid the others
        return ["CR", "LF"] if returns and "\n" in text else ["CR"] if returns else ["LF"]
    possible = ["LF"]
    if pairs and feeds:
        possible.append("CRLF")
    if returns:
        possible += ["any"] if pairs else ["CR", "any"]
    return possible


def _is_empty(cells: Iterable[str]) -> bool:
    return all(map(is_blank, cells))


def _evenness(rows: Sequence[Row]) -> tuple[float, int]:
    """The share of rows with the commonest number of cells, two at least; then their number."""
    widths = Counter(len(row.cells) for row in rows)
    most = max((count for width, count in widths.items() if width > 1), default=0)
    return (most / len(rows) if rows else 0.0, len(rows))
