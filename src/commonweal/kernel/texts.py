"""Text as a person may hand it on: without what is not seen but acts."""

import unicodedata
from typing import Final

LAST_CHARACTER: Final = "\U0010ffff"  # sorts after whatever a key can hold: ends a range of keys


def seen(text: str, *, lines: bool = False) -> str:
    """Without controls and marks of direction; every blank is a space, and lines stay if asked.

    A mark of direction turns the order of the letters around it, in whatever prints them next.
    """
    return "".join(c if lines and c == "\n" else _seen(c) for c in text).strip()


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    if kind.startswith("Z") or character in "\t\r\n":  # all sorts of blanks
        return " "
    return "" if kind.startswith("C") else character  # controls, marks of direction, surrogates
