"""One row of a register while it is read: its cells by field, as text or figure, and its problems.

What is the same for all rows (which column feeds what, which is named after a value) is found once,
by `feeds`. What the texts mean is interpreting.py's to ask.
"""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Final

from commonweal.assets.registers import wording
from commonweal.assets.registers.drafts import Level, Problem
from commonweal.assets.registers.fields import FIELDS
from commonweal.assets.registers.mapping import Entry
from commonweal.assets.registers.reading import clean, unguarded
from commonweal.assets.registers.spelling import without_hints
from commonweal.assets.registers.splitting import Row
from commonweal.assets.registers.wording import says_nothing
from commonweal.kernel.errors import UserError

NAMED_BY_COLUMN: Final = ("tenure", "tenure_detail")  # "Freehold: since 1952" is still freehold
NO_AND_MORE: Final = re.compile(r"(n|no|false|nage)\b\W", re.IGNORECASE)
_YES_AND_MORE = re.compile(r"(y|yes|true|oes)\b\W+\w", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
Feeds = Mapping[str, Sequence[tuple[int, str, bool]]]  # by field: place, header, whether ticked


def feeds(entries: Sequence[Entry]) -> Feeds:
    """The columns that feed each field, in the file's order."""
    found: dict[str, list[tuple[int, str, bool]]] = {}
    for place, entry in enumerate(entries):
        if name := entry.field:
            is_ticked = FIELDS[name].is_ticked_in(entry.header)
            found.setdefault(name, []).append((place, entry.header, is_ticked))
    return found


class RowReader:
    """A row, its cells in the reading form, and the problems met so far."""

    def __init__(
        self,
        row: Row,
        cells: tuple[str, ...],
        feeding: Feeds,
        kinds: Sequence[tuple[str, str]],  # cells that may say what kind of thing it is
        decimal_commas: frozenset[str],
    ) -> None:
        self.row, self.cells, self.feeding, self.kinds = row, cells, feeding, kinds
        self.decimal_commas = decimal_commas
        self.columns = {  # by field: column name and cell
            name: [(header, unguarded(cells[place])) for place, header, _ in columns]
            for name, columns in feeding.items()
        }
        self.problems: list[Problem] = []
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        """A field's text for reading: entities decoded, "N/A" blank, ticks spelt out."""
        if name not in self._texts:
            self._texts[name] = self._text(name) if name in self.columns else ""
        return self._texts[name]

    def _text(self, name: str) -> str:
        cells = self.columns[name]
        if len(cells) == 1 and not FIELDS[name].ticks:
            return readable(cells[0][1])
        several = len(cells) > 1 and name in NAMED_BY_COLUMN
        parts = [
            ticked(header, cell, several=several)
            if self.is_ticked(name, header)
            else readable(cell)
            for header, cell in cells
        ]
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def is_ticked(self, name: str, header: str) -> bool:
        """Whether a field's column is named after one of its values."""
        return any(known == header and is_ticked for _, known, is_ticked in self.feeding[name])

    def figure(self, name: str) -> str:
        """The first cell, a decimal comma as a point."""
        header, cell = self.columns.get(name, [("", "")])[0]
        return cell.replace(",", ".") if header in self.decimal_commas else cell

    def header(self, name: str) -> str | None:
        """The column to blame: the first that feeds the field and is filled."""
        cells = self.columns.get(name, [])
        return next((header for header, cell in cells if cell), cells[0][0] if cells else None)

    def remark(
        self, name: str | None, code: str, message: str, likely_fix: str, level: Level
    ) -> None:
        header = self.header(name) if name else None
        self.problems.append(Problem(self.row.number, header, code, message, likely_fix, level))

    def warn(self, name: str, error: UserError, likely_fix: str) -> None:
        self.remark(name, error.code, error.message, likely_fix, Level.WARNING)


def readable(text: str) -> str:
    """Entities decoded, since people read this; nothing where the text says nothing."""
    if "&" in text:
        text = clean(_ENTITY.sub(lambda match: html.unescape(match[0]), text))
    text = text.strip("\ufffd ")  # a cell padded with NULs
    return "" if says_nothing(text) else text


def ticked(header: str, cell: str, *, several: bool) -> str:
    """A tick in a column named after a value says that value, "Surplus"; a no says nothing.

    With `several` such columns the name speaks beside a cell that says more: "Freehold: Vacant".
    """
    answer = wording.yes_or_no(cell)
    if answer is False or says_nothing(cell):
        return ""
    value = without_hints(header)
    if answer is True:
        return value
    named = (several and not NO_AND_MORE.match(cell)) or _YES_AND_MORE.match(cell)
    more = readable(cell)
    return f"{value}: {more}" if named and more else more
