"""From a file's bytes to a table: which row holds the column names, and which rows are assets.

Nothing is dropped in silence: titles above the header, totals below the table, blank rows and
cells beyond the header are kept or counted, and every decision is a note. Cells are as published;
`clean` gives their reading form. Knows nothing of what a column means beyond telling a header
from data; that is mapping.py's. Before this: decoding.py, splitting.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from commonweal.assets.registers import decoding, splitting
from commonweal.assets.registers.fields import FIGURES, recognised
from commonweal.assets.registers.heading import Heading, find_heading
from commonweal.assets.registers.refusals import (
    NoHeaderFound,
    OneColumnOnly,
    RegisterTooLarge,
)
from commonweal.assets.registers.splitting import Row
from commonweal.assets.registers.wording import says_nothing
from commonweal.kernel.limits import limit

MAX_REGISTER_BYTES: Final = limit(
    "register", 50_000_000, "bytes", "what PUT /files takes; the largest one seen has 3 MB"
)
LINES_IN_CELL_MOST: Final = 50  # more in one cell is a quotation mark that was never closed
SHOWN_ROWS: Final = 12  # row numbers written out in a note; the rest are counted
FOOTER_CELLS_MOST: Final = 3  # a line of totals or thanks fills few cells

_FOOTER = re.compile(
    r"(grand |sub[ -]?)?totals?\b"
    r"|number of (assets|properties|records|rows)|count\b|source\b|notes?\b"
    r"|end of (data|file|list|register|report|records|table)"
    r"|©|\(c\) |contains |last updated|data (correct|as) |published |\*|page \d",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"(grand |sub[ -]?)?totals?\b[\s:=]*[£\d,.]*$", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+(,\d{1,6})?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")  # or is it a decimal of three places
_FIGURE = re.compile(r"[£]?[\d,]*\.?\d+%?( ?(ha|m2|sqm))?$")
# An apostrophe before what a spreadsheet would run.
GUARDED: Final = re.compile(r"'+[=+\-@\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True)
class Register:
    """A council's table as published. `headers` are unique; every row has a cell for each.

    `header_row` is the number of the (last) row of column names. `preamble` is what stood above
    it, `footer` what stood below the table and is no asset. Row numbers count from 1. The figures
    of `decimal_commas`, column names, have a comma for a decimal point.
    """

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str
    delimiter: str
    header_row: int
    preamble: tuple[Row, ...]
    footer: tuple[Row, ...]
    blank_rows: tuple[int, ...]
    notes: tuple[str, ...]
    decimal_commas: frozenset[str] = frozenset()


def clean(cell: str) -> str:
    """The reading form: runs of blanks, line ends and no-break spaces as one space; no more."""
    if "\ufeff" in cell or "\u200b" in cell:
        cell = cell.replace("\ufeff", " ").replace("\u200b", " ")
    return " ".join(cell.split())


def unguarded(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it: "'=1+1" is "=1+1".

    `writing.guarded` puts it there, one to each that there is, so that none is lost on the way.
    """
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


def check_size(size_bytes: int) -> None:
    """Ask before reading a file into memory. Raises RegisterTooLarge."""
    if size_bytes > MAX_REGISTER_BYTES.value:
        raise RegisterTooLarge(size_bytes, MAX_REGISTER_BYTES.value)


def read_register(raw: bytes) -> Register:
    """The table in a file of whatever encoding, delimiter, row ends, titles and blank rows.

    Raises RegisterTooLarge, RegisterIsEmpty, NotARegister, OneColumnOnly, NoHeaderFound,
    TooManyRegisterRows and TooManyRegisterColumns; no other exception for any bytes.
    """
    check_size(len(raw))
    decoded = decoding.decode(raw)
    text, delimiter = decoded.text, _best_delimiter(decoded.text)
    if wrapped := not delimiter:
        text = splitting.unwrapped(text)
        delimiter = _best_delimiter(text)
    if not delimiter:
        raise OneColumnOnly(", ".join(splitting.DELIMITERS.values()))
    split = splitting.divide(text, delimiter)
    heading = find_heading(split.rows)
    if heading is None:
        raise NoHeaderFound(
            min(len(split.rows), splitting.SAMPLE_ROWS), clean(" ".join(split.rows[0].cells))[:80]
        )
    below = split.rows[heading.after :]
    repeated = [row for row in below if _is_heading(row, heading)]
    kept = [row for row in below if not _is_heading(row, heading)]
    table, footer = _without_footer(kept)
    headers = _unique(heading.names, max((_width(row) for row in table), default=0))
    commas = [] if delimiter == "," else _decimal_commas(headers, table)
    notes = [
        *decoded.notes,
        *(["every row was quoted as a whole, and has been divided again"] if wrapped else []),
        *_delimiter_notes(delimiter),
        *([f"the comma in the figures of {', '.join(commas)} is a decimal point"] * bool(commas)),
        *_heading_notes(heading, repeated),
        *_row_notes(heading, table, footer, split.blank_rows),
    ]
    return Register(
        headers=headers,
        rows=tuple(_fitted(row, len(headers)) for row in table),
        encoding=decoded.encoding,
        delimiter=delimiter,
        header_row=heading.last_row_number,
        preamble=heading.preamble,
        footer=tuple(footer),
        blank_rows=tuple(split.blank_rows),
        notes=tuple(notes),
        decimal_commas=frozenset(commas),
    )


def listed(numbers: Iterable[int]) -> str:
    """Row numbers for people: "row 17", "rows 461, 462", a longer run as "rows 461 to 900"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts: list[str] = []
    for first, last in runs:
        if last - first > 1:
            parts.append(f"{first} to {last}")
        else:
            parts += [str(number) for number in range(first, last + 1)]
    word = "row" if len(parts) == 1 and parts[0].isdigit() else "rows"
    others = " and others" if len(parts) > SHOWN_ROWS else ""
    return f"{word} {', '.join(parts[:SHOWN_ROWS])}{others}"


def _best_delimiter(text: str) -> str:
    """The one whose header has most known names, then the one that divides the most rows most.

    Blank where none divides anything.
    """
    declared = re.match(r"\s*\"?sep=([,;|\t])\"?\s*[\r\n]", text, re.IGNORECASE)
    if declared:
        return declared[1]
    best, best_score = "", (0, 0)
    for delimiter in splitting.DELIMITERS:
        rows = splitting.sample(text, delimiter)
        widths = Counter(len(row.cells) for row in rows)
        divided = max((count * (width - 1) for width, count in widths.items()), default=0)
        heading = find_heading(rows)
        score = (heading.known if heading else 0, divided)
        if max(widths, default=0) > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _is_heading(row: Row, heading: Heading) -> bool:
    """The column names again, as at the top of every printed page."""
    return tuple(map(clean, row.cells))[: len(heading.names)] == heading.names


def _without_footer(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The assets, and the lines of totals and thanks that follow the last of them."""
    end = len(rows)
    while end > 1 and _is_footer(rows[end - 1]):
        end -= 1
    return rows[:end], rows[end:]


def _is_footer(row: Row) -> bool:
    filled = [text for text in map(clean, row.cells) if text]
    if len(row.cells) <= FOOTER_CELLS_MOST:
        return len(filled) == 1 and bool(_FOOTER.match(filled[0]))
    unnamed_figures = splitting.is_blank(row.cells[0]) and all(map(_FIGURE.match, filled))
    if unnamed_figures or any(map(_TOTAL.match, filled)):
        return all(_FIGURE.match(text) or _FOOTER.match(text) for text in filled)
    return len(filled) <= FOOTER_CELLS_MOST - 1 and bool(_FOOTER.match(filled[0]))


def _width(row: Row) -> int:
    """Cells up to the last that holds something."""
    width = len(row.cells)
    while width and splitting.is_blank(row.cells[width - 1]):
        width -= 1
    return width


def _fitted(row: Row, width: int) -> Row:
    if len(row.cells) == width:
        return row
    return Row(row.number, (row.cells + ("",) * width)[:width])


def _unique(names: Sequence[str], width: int) -> tuple[str, ...]:
    """A name for every column that has a name or holds something; no two alike in any case."""
    taken: set[str] = set()
    headers = []
    for place in range(max(len(names), width)):
        name = names[place] if place < len(names) else ""
        base = name or f"column {place + 1}"
        unique, times = base, 1
        while unique.casefold() in taken:
            times += 1
            unique = f"{base} ({times})"
        taken.add(unique.casefold())
        headers.append(unique)
    return tuple(headers)


def _decimal_commas(headers: Sequence[str], table: list[Row]) -> list[str]:
    """Columns of nothing but figures, some with a comma that cannot divide thousands."""
    found = []
    for place, header in enumerate(headers):
        if recognised(header) not in (*FIGURES, None):
            continue
        cells = (clean(row.cells[place]) for row in table if place < len(row.cells))
        certain = False
        for cell in cells:
            if cell and not _DECIMAL_COMMA.fullmatch(cell) and not says_nothing(cell):
                break
            certain = certain or ("," in cell and not _THOUSANDS.fullmatch(cell))
        else:
            found += [header] * certain
    return found


def _delimiter_notes(delimiter: str) -> list[str]:
    if delimiter == ",":
        return []
    return [f"cells are divided by {splitting.DELIMITERS[delimiter]}"]


def _heading_notes(heading: Heading, repeated: list[Row]) -> list[str]:
    notes = []
    if heading.preamble:
        above = listed(row.number for row in heading.preamble)
        notes.append(f"{above} above the column names kept as a preamble")
    if len(heading.row_numbers) > 1:
        notes.append(f"the column names are put together from {listed(heading.row_numbers)}")
    if not heading.known:
        notes.append(f"none of the column names in row {heading.last_row_number} is a known one")
    twice = [name for name, count in Counter(filter(None, heading.names)).items() if count > 1]
    notes += [f"{name} names several columns: the later ones are numbered" for name in twice]
    if repeated:
        numbers = listed(row.number for row in repeated)
        notes.append(f"{numbers} repeating the column names skipped")
    return notes


def _row_notes(
    heading: Heading, table: list[Row], footer: list[Row], blank_rows: list[int]
) -> list[str]:
    notes = []
    if blank_rows:
        plural = "blank row" if len(blank_rows) == 1 else "blank rows"
        notes.append(f"{len(blank_rows)} {plural} skipped ({listed(blank_rows)})")
    if footer:
        numbers = listed(row.number for row in footer)
        notes.append(f"{numbers} below the table set aside as a total or a remark, not an asset")
    notes += _ragged_notes(table, len(heading.names))
    replaced = [r.number for r in table if any(decoding.REPLACEMENT in cell for cell in r.cells)]
    if replaced:
        notes.append(f"{listed(replaced)}: a character that cannot be kept became \ufffd")
    long = [r.number for r in table if any(_lines(c) > LINES_IN_CELL_MOST for c in r.cells)]
    if long:
        notes.append(f"{listed(long)}: a cell of many lines; a quotation mark may be missing")
    if not table:
        notes.append("there are no rows below the column names")
    return notes


def _ragged_notes(table: list[Row], width: int) -> list[str]:
    """Rows with cells beyond the header, and rows that stop before it."""
    odd: dict[int, list[int]] = {}
    for row in table:
        cells = max(_width(row), min(len(row.cells), width))
        if cells != width:
            odd.setdefault(cells, []).append(row.number)
    notes = []
    for cells, numbers in odd.items():
        have = "has" if len(numbers) == 1 else "have"
        start = f"{listed(numbers)} {have} {cells} cells where the header has {width}"
        if cells < width:
            notes.append(f"{start}: the missing are taken as blank")
        else:
            extra = f"column {width + 1}" if cells == width + 1 else f"columns {width + 1} on"
            notes.append(f"{start}: the extra are kept as {extra}")
    return notes


def _lines(cell: str) -> int:
    return cell.count("\n") + cell.count("\r")
