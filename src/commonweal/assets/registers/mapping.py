"""Which column feeds which field: a good guess, and the corrections of whoever knows better.

Names decide first (fields.py), cells where names do not (evidence.py). A column that feeds
nothing is kept in every draft's `raw`, and its entry says why. A mapping is kept per council as
`as_dict()`, and found again for next year's file by `signature(headers)`, which order and case do
not change. Next: interpreting.py.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final, Self

from commonweal.assets.registers import evidence, fields
from commonweal.assets.registers.evidence import Column
from commonweal.assets.registers.fields import FIELDS
from commonweal.assets.registers.layout import COLUMNS
from commonweal.assets.registers.reading import Register, clean
from commonweal.assets.registers.refusals import (
    FieldFedTwice,
    NotACorrection,
    UnknownField,
    UnknownHeader,
)
from commonweal.assets.registers.spelling import EXACT, key

SCORE_LEAST: Final = 50  # a guess below this would more often be wrong than right
PAIR_SCORE: Final = 50  # two neighbouring columns of figures that look like a place
_NUMBERED = re.compile(r"column \d+")  # reading.py's name for a column that has none
NAME_LETTERS_MOST: Final = 40  # half of the names of the registers seen have under 30
FILLED_WORTH: Final = 3  # between columns of like names the fuller one is the better


@dataclass(frozen=True, slots=True)
class Entry:
    """One column: the field that it feeds or None, how sure that is (0 to 100), and why."""

    header: str
    field: str | None
    score: int
    reason: str


@dataclass(frozen=True)
class Mapping:
    """An entry for every column, in the register's order."""

    entries: tuple[Entry, ...]

    def headers_of(self, field: str) -> tuple[str, ...]:
        """The columns that feed a field, in order; more than one only where they are joined."""
        return tuple(entry.header for entry in self.entries if entry.field == field)

    def field_of(self, header: str) -> str | None:
        """The field that a column feeds. Raises UnknownHeader."""
        return self.entries[_place(header, [entry.header for entry in self.entries])].field

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The columns that feed no field; they are kept as published."""
        return tuple(entry.header for entry in self.entries if entry.field is None)

    @classmethod
    def parse(cls, corrections: Iterable[str]) -> Self:
        """From `--map`: "Site Ref=reference"; "Notes=" feeds nothing. The last "=" divides.

        Raises NotACorrection, and UnknownField naming the nearest. Whether the columns exist is
        asked by `with_corrections`.
        """
        entries = []
        for text in corrections:
            header, equals, named = text.rpartition("=")
            if not equals or not clean(header):
                raise NotACorrection(clean(text) or "An empty correction")
            entries.append(Entry(clean(header), checked_field(named), 100, "as said by hand"))
        return cls(tuple(entries))

    def with_corrections(self, corrections: Self) -> Self:
        """This mapping with some columns decided by hand.

        A column that was only guessed to feed the same single-valued field gives way. Raises
        UnknownHeader naming the nearest column, and FieldFedTwice for two corrections at odds.
        """
        headers = [entry.header for entry in self.entries]
        decided = {_place(entry.header, headers): entry.field for entry in corrections.entries}
        entries = [
            Entry(entry.header, decided[place], 100, "as said by hand")
            if place in decided
            else entry
            for place, entry in enumerate(self.entries)
        ]
        for field in {field for field in decided.values() if field}:
            by_hand = [headers[place] for place, fed in sorted(decided.items()) if fed == field]
            if not FIELDS[field].takes(by_hand):
                raise FieldFedTwice(field, by_hand[0], by_hand[1])
            feeding = [entry.header for entry in entries if entry.field == field]
            if not FIELDS[field].takes(feeding):
                entries = [
                    _set_aside(entry, field, by_hand[0])
                    if entry.field == field and entry.header not in by_hand
                    else entry
                    for entry in entries
                ]
        return type(self)(tuple(entries))

    def for_headers(self, headers: Sequence[str]) -> Self:
        """This mapping, kept from another file of the same layout, in this file's words and order.

        Raises UnknownHeader where the layouts differ (ask `signature` first).
        """
        same = {entry.header: entry for entry in self.entries}
        alike = {key(entry.header): entry for entry in reversed(self.entries)}
        entries = []
        for header in headers:
            entry = same.get(header) or alike.get(key(header))
            if entry is None and not _NUMBERED.fullmatch(header):
                raise UnknownHeader(header, _nearest(header, list(same)))
            known = entry or Entry(header, None, 0, "kept as published: it has no name")
            entries.append(Entry(header, known.field, known.score, known.reason))
        return type(self)(tuple(entries))

    def as_dict(self) -> dict[str, object]:
        """Plain data, to keep as JSON."""
        return {
            "columns": [
                {"header": e.header, "field": e.field, "score": e.score, "reason": e.reason}
                for e in self.entries
            ]
        }

    @classmethod
    def from_dict(cls, kept: Dictionary[str, object]) -> Self:
        """What `as_dict` made. Raises UnknownField for a field that is gone since."""
        entries = []
        columns = kept.get("columns")
        for column in columns if isinstance(columns, list) else []:
            field = column.get("field")
            if field is not None:
                _check_field(field)
            reason, score = str(column.get("reason", "")), int(column.get("score", 100))
            entries.append(Entry(str(column["header"]), field, score, reason))
        return cls(tuple(entries))


def signature(headers: Iterable[str]) -> str:
    """The same for the same column names in whatever order, case, blanks and punctuation.

    Columns without a name do not count: one row too long makes one.
    """
    named = (header for header in headers if not _NUMBERED.fullmatch(header))
    names = sorted(key(header) for header in named)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]


@cache
def own() -> Mapping:
    """Of the layout in which a register goes out from here."""
    reason = "by the layout in which this service writes registers"
    return Mapping(tuple(Entry(h, field, 100, reason) for h, field in COLUMNS.items()))


def guess(register: Register) -> Mapping:
    """The likeliest mapping of a register that nobody has mapped yet, or that of our own layout."""
    if signature(register.headers) == signature(COLUMNS):
        return own().for_headers(register.headers)
    columns = evidence.look_at(register)
    candidates = _candidates(register.headers, columns)
    candidates += _descriptions_as_names(candidates, columns)
    chosen: dict[int, tuple[str, float]] = {}
    for score, place, field in sorted(candidates, key=lambda c: (-c[0], c[1])):
        if place in chosen or score < SCORE_LEAST:
            continue
        feeding = [register.headers[p] for p, (fed, _) in chosen.items() if fed == field]
        if not feeding or _belongs(field, feeding, register.headers[place]):
            chosen[place] = (field, score)
    _add_pairs(chosen, columns)
    best = _best_of(candidates)
    return Mapping(
        tuple(
            _entry(header, place, chosen, best, register.headers)
            for place, header in enumerate(register.headers)
        )
    )


def _belongs(field: str, feeding: Sequence[str], header: str) -> bool:
    """Whether a further column surely belongs to the same fact: address lines, and ticks.

    Texts that could be joined but are as likely to be two facts are left to a person.
    """
    if FIELDS[field].is_ticked_in(header):
        return FIELDS[field].takes([*feeding, header])
    if field == "tenure_detail":  # the Code's own three: "For freehold assets", "... other assets"
        keys = (key(name) for name in (*feeding, header))
        return all("hold" in name or name == "forotherassets" for name in keys)
    if field != "address":
        return False
    return key(header) == "saon" or any(letter.isdigit() for letter in key(header))


def _candidates(headers: Sequence[str], columns: Sequence[Column]) -> list[tuple[float, int, str]]:
    """Every field that a column's name or its cells suggest, with what speaks for it."""
    found = []
    for place, (header, column) in enumerate(zip(headers, columns, strict=True)):
        suggested = dict(fields.scores(header))
        for field, score in suggested.items():
            suggested[field] = score + evidence.verdict(field, column)
        if {"tenure", "tenure_detail"} <= suggested.keys():
            # "Freehold: leasehold" is a choice to tick, or a plain column of either word
            ticked = column.share("flag") > evidence.MOST
            detail = ticked or suggested["tenure_detail"] > suggested["tenure"]
            del suggested["tenure" if detail else "tenure_detail"]
        for field, score in evidence.guesses(column).items():
            suggested[field] = max(score, suggested.get(field, 0))
        if "organisation_name" in suggested and column.share("code") > evidence.MOST:
            suggested["organisation_code"] = 75
        worth = FILLED_WORTH * column.filled
        found += [(score + worth, place, field) for field, score in suggested.items()]
    return found


def _descriptions_as_names(
    candidates: Sequence[tuple[float, int, str]], columns: Sequence[Column]
) -> list[tuple[float, int, str]]:
    """Where no column is a name, the short and distinct "Description" of each asset is."""
    if any(field == "name" and score >= SCORE_LEAST for score, _, field in candidates):
        return []
    short: list[tuple[float, int, str]] = [
        (EXACT + FILLED_WORTH + 1, place, "name")
        for score, place, field in candidates
        if field == "description"
        and score >= EXACT - 4  # a description, not notes or comments
        and columns[place].letters <= NAME_LETTERS_MOST
        and columns[place].distinct > evidence.NEARLY_ALL
    ]
    return short[:1]


def _add_pairs(chosen: dict[int, tuple[str, float]], columns: Sequence[Column]) -> None:
    """Coordinates without a name that we know, where no other column gives a place."""
    places = {"easting", "x", "longitude", "map_reference"}
    if places & {field for field, _ in chosen.values()}:
        return
    for place in range(len(columns) - 1):
        if place in chosen or place + 1 in chosen:
            continue
        pair = evidence.pair_of(columns[place], columns[place + 1])
        if pair:
            chosen[place], chosen[place + 1] = (pair[0], PAIR_SCORE), (pair[1], PAIR_SCORE)
            return


def _best_of(candidates: Iterable[tuple[float, int, str]]) -> dict[int, tuple[str, float]]:
    best: dict[int, tuple[str, float]] = {}
    for score, place, field in candidates:
        if score > best.get(place, ("", 0.0))[1]:
            best[place] = (field, score)
    return best


def _entry(
    header: str,
    place: int,
    chosen: Dictionary[int, tuple[str, float]],
    best: Dictionary[int, tuple[str, float]],
    headers: Sequence[str],
) -> Entry:
    if place in chosen:
        field, score = chosen[place]
        by = "name" if field in fields.scores(header) else "cells"
        return Entry(header, field, min(100, round(score)), f"by its {by}")
    wanted, score = best.get(place, ("", 0.0))
    if score < SCORE_LEAST:
        return Entry(header, None, 0, "kept as published: no field is known for it")
    winner = next((headers[p] for p, (field, _) in chosen.items() if field == wanted), "another")
    return Entry(header, None, 0, f"kept as published: {winner} feeds {wanted} better")


def _set_aside(entry: Entry, field: str, winner: str) -> Entry:
    return Entry(entry.header, None, 0, f"kept as published: {winner} feeds {field} instead")


def checked_field(named: str) -> str | None:
    """A field as people may write it, or None for none. Raises UnknownField naming the nearest."""
    field = "_".join(named.casefold().replace("_", " ").replace("-", " ").split())
    if field:
        _check_field(field)
    return field or None


def _check_field(field: str) -> None:
    if field not in FIELDS:
        raise UnknownField(field, _nearest(field, list(FIELDS)))


def _place(header: str, headers: Sequence[str]) -> int:
    """Where a column stands, named exactly or in other case, blanks or punctuation."""
    if header in headers:
        return headers.index(header)
    alike = [p for p, known in enumerate(headers) if key(known) == key(header)]
    if not alike:
        raise UnknownHeader(header, _nearest(header, headers))
    return alike[0]


def _nearest(word: str, known: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.0)
    return folded[close[0]] if close else "none"
