"""Which rows of a table are its column names: below titles, above data, sometimes in two rows.

A row of names has names that we know (fields.py), none of the figures that data has, and nothing
that the rows around it repeat. Names split over two or three rows are put together when that makes
more of them known. Used by reading.py to read and to choose a delimiter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commonweal.assets.registers.fields import recognised
from commonweal.assets.registers.splitting import Row

SEARCHED_ROWS: Final = 40  # titles, notes and contact details above a table take fewer
HEADING_ROWS_MOST: Final = 3  # merged heads: group, name, unit
FIGURE_SHARE_MOST: Final = 0.2  # of a row of names; "2023" may be one
LONGEST_FIGURE: Final = 200  # with an address around the postcode; longer cells are prose
LOOKED_AROUND: Final = 3  # rows above and below, to see whether a "name" is a repeated value

_FIGURE = re.compile(r"[-+£]?[\d,. ]*\d[\d,. %]*|.*\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b.*")


@dataclass(frozen=True)
class Heading:
    """The column names, cleaned; the rows that they stood in and those above; how many we know."""

    names: tuple[str, ...]
    row_numbers: tuple[int, ...]
    preamble: tuple[Row, ...]
    after: int  # where the table goes on, as an index into the rows that were searched
    known: int

    @property
    def last_row_number(self) -> int:
        return self.row_numbers[-1]


def find_heading(rows: Sequence[Row]) -> Heading | None:
    """The rows of column names among the first of these; None if no row can be one."""
    best: Heading | None = None
    best_score = 0.0
    searched = min(len(rows), SEARCHED_ROWS)
    names = [[" ".join(cell.split()) for cell in row.cells] for row in rows[: searched + 3]]
    plausible = [_plausible(names, index) for index in range(searched)]
    for index in range(searched):
        joined: list[str] = []
        alone = 0
        for taken in range(1, min(HEADING_ROWS_MOST, searched - index) + 1):
            last = index + taken - 1
            apart = taken > 1 and rows[last].number != rows[last - 1].number + 1
            if apart or not plausible[last]:
                break
            joined = _joined(joined, names[last])
            known = len({field for field in map(recognised, joined) if field})
            # Two rows must explain more than either of them would, or the second is data.
            alone = known if taken == 1 else alone
            if taken > 1 and known < alone + 2:
                continue
            score = _score(joined, known) - taken + 1
            if score > best_score:
                best_score = score
                numbers = tuple(row.number for row in rows[index : last + 1])
                best = Heading(_trimmed(joined), numbers, tuple(rows[:index]), last + 1, known)
    return best if best and (best.known or _has_data(rows[best.after :])) else None


def _is_figure(cell: str) -> bool:
    return len(cell) <= LONGEST_FIGURE and _FIGURE.fullmatch(cell) is not None


def _plausible(names: list[list[str]], index: int) -> bool:
    """Text and not figures, and not what the rows around it say again."""
    filled = [(place, name) for place, name in enumerate(names[index]) if name]
    figures = sum(_is_figure(name) for _, name in filled)
    if figures > FIGURE_SHARE_MOST * len(filled):
        return False
    # The whole row again is the header of another page, and no evidence of data.
    near = names[max(0, index - LOOKED_AROUND) : index + 1 + LOOKED_AROUND]
    others = [row for row in near if row != names[index]]
    again = sum(
        any(place < len(row) and row[place] == name for row in others) for place, name in filled
    )
    return again <= FIGURE_SHARE_MOST * len(filled)


def _score(names: Sequence[str], known: int) -> float:
    """Known names count most; then the number of names, since titles stand alone."""
    filled = sum(bool(name) for name in names)
    return 10 * known + filled if filled > 1 else 0


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    width = max(len(above), len(below))
    padded = ([*line, *[""] * (width - len(line))] for line in (above, below))
    return [f"{upper} {lower}".strip() for upper, lower in zip(*padded, strict=True)]


def _trimmed(names: Sequence[str]) -> tuple[str, ...]:
    width = len(names)
    while width and not names[width - 1]:
        width -= 1
    return tuple(names[:width])


def _has_data(rows: Sequence[Row]) -> bool:
    """Below unknown names there must at least be figures, or it is prose with commas."""
    return any(_is_figure(cell.strip()) for row in rows for cell in row.cells)
