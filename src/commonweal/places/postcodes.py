"""UK postcodes as people type them, and the key under which any place name is looked up.

Forgiving in case, blanks, stops and hyphens, and in O for 0 and I for 1 where a digit must stand.
The shape is checked, never existence: that is the gazetteer's answer. Codes of the Crown
dependencies have the same shape and are read too. The files it is filled from: gazetteer_files.py.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Royal Mail's shapes: a letter is left out of each class where no code has it in that position.
_DIGIT: Final = "[0-9OI]"
_AREA: Final = "[A-PR-UWYZ]"
_OUTCODE: Final = (
    f"{_AREA}[A-HK-Y](?:[1-9I]{_DIGIT}|{_DIGIT}[A-HJ-NP-Z]?)"  # GL50, GL1, SW1A
    f"|{_AREA}(?:[1-9I]{_DIGIT}|{_DIGIT}[A-HJ-NP-Z]?)"  # N19, N7, W1A
)
_UNIT: Final = "[ABD-HJLNP-UW-Z]"
_FULL: Final = re.compile(f"({_OUTCODE})({_DIGIT}{_UNIT}{_UNIT})")
_SECTOR: Final = re.compile(f"({_OUTCODE})({_DIGIT}){_UNIT}?")
_ALONE: Final = re.compile(_OUTCODE)
_DIGITS: Final = str.maketrans("OI", "01")
MOST_CHARACTERS: Final = 32  # seven, with room for runs of blanks out of a spreadsheet


@dataclass(frozen=True)
class PostcodeParts:
    """A postcode or the beginning of one, spelt properly."""

    outcode: str  # "GL50": the district
    incode: str | None  # "1DY"; None where only the beginning is given
    sector: str | None  # "GL50 1"

    @property
    def full(self) -> str:
        """As it is written: "GL50 1DY", "GL50 1" or "GL50", as much as is known."""
        return f"{self.outcode} {self.incode}" if self.incode else self.sector or self.outcode


def parse(text: str) -> PostcodeParts | None:
    """The postcode that `text` is, whole or begun ("GL50", "N7 9"); None if it is anything else."""
    if len(text) > MOST_CHARACTERS:
        return None
    words = re.split(r"[\s.,-]+", unicodedata.normalize("NFKC", text).upper().strip(" \t\r\n.,-"))
    compact = "".join(words)
    if (match := _FULL.fullmatch(compact)) and re.search("[0-9]", compact):
        return _parts(match[1], match[2])
    # A blank decides where two readings are open: "N7 9" is a sector, "N79" a district.
    begun = _SECTOR.fullmatch(compact)
    if begun and len(words) > 1 and re.fullmatch(f"{_DIGIT}{_UNIT}?", words[-1]):
        return _begun(begun)
    if _ALONE.fullmatch(compact) and re.search("[0-9]", compact):
        return _parts(compact, None)
    return _begun(begun) if begun else None


def key(text: str) -> str:
    """What the spellings of one name have in common, to look it up by: "gl501dy", "stmarys".

    Case, accents, blanks and punctuation are dropped; "&" and "+" are "and".
    """
    plain = unicodedata.normalize("NFKD", re.sub(r"[&+]", " and ", text).casefold())
    return "".join(character for character in plain.casefold() if character.isalnum())


def _begun(match: re.Match[str]) -> PostcodeParts | None:
    # "Bio" and "Zoo" have the shape once O and I may be digits: one true digit must be there.
    if not re.search("[0-9]", match[1]):
        return None
    return _parts(match[1], match[2])


def _parts(outcode: str, rest: str | None) -> PostcodeParts:
    outcode = _spelt(outcode)
    if rest is None:
        return PostcodeParts(outcode, None, None)
    rest = rest[0].translate(_DIGITS) + rest[1:]
    return PostcodeParts(outcode, rest if len(rest) == 3 else None, f"{outcode} {rest[0]}")


def _spelt(outcode: str) -> str:
    """Digits for O and I after the letters of the area, which are two where they can be."""
    area = 2 if re.match(f"{_AREA}[A-HK-Y]{_DIGIT}", outcode) else 1
    return outcode[:area] + outcode[area:].translate(_DIGITS)
