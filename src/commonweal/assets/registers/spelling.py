"""The words of a column name, for comparing two spellings of one.

Case, blanks, punctuation, apostrophes and camelCase do not count; nor, where it is said, do
hints to whoever fills the column in, "(Y/N)", and words like "of the". Knows no fact and no
field: those are fields.py's.
"""

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

EXACT: Final = 100  # a known spelling
WITHOUT_ASIDES: Final = 92  # known once "(if any)", "2.", "of the", "Council" are left out
_ASIDE: Final = re.compile(r"\(([^)]*)\)?|\[([^\]]*)\]?|\by(?:es)? ?/ ?no?\b", re.IGNORECASE)
_ENUMERATOR = re.compile(r"^\(?(?:[a-z]|\d{1,2})[.):]\s*(?=\D)", re.IGNORECASE)
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBERED = re.compile(r"\b(address|addr|add|line)(\d)\b")


def listed(spellings: str) -> tuple[str, ...]:
    """The spellings in a text that commas divide."""
    return tuple(spelling.strip() for spelling in spellings.split(","))


def keys(spellings: str) -> frozenset[str]:
    """The keys of the spellings in a text that commas divide."""
    return frozenset(spelling.replace(" ", "") for spelling in listed(spellings))


def paired(firsts: str, seconds: str) -> str:
    """Every first before every second: "freehold vacant"."""
    return ", ".join(f"{a} {b}" for a in listed(firsts) for b in listed(seconds))


def either_way(firsts: str, seconds: str) -> str:
    """Both orders: "x bng" and "bng x"."""
    return f"{paired(firsts, seconds)}, {paired(seconds, firsts)}"


CONNECTIVES: Final = keys(
    "the, of, for, a, an, and, or, in, if, any, on, this, from, is, s, it, has, been"
)
_ASSUMED: Final = keys(
    "known, where, applicable, council, councils, please, la, uk, sh, held, local, authority,"
    "authoritys, unique, value, field"
)
# How a column asks to be filled in: "(Y/N)", "[tick if yes]", "(x)".
_HINTS: Final = keys(
    "y, n, yes, no, true, false, t, f, tick, ticked, mark, marked, x, 1, 0, if, or, please, where,"
    "applicable, as, appropriate, with, a, an, oes, ie, na, nac"
)


def words(header: str) -> tuple[str, ...]:
    """The words of a column name: lower case, without punctuation; camelCase is taken apart."""
    text = unicodedata.normalize("NFKC", html.unescape(header))
    text = _ENUMERATOR.sub("", _WORD_STARTS.sub(" ", text).strip()).lower().replace("'", "")
    plain = "".join(character if character.isalnum() else " " for character in text)
    return tuple(_NUMBERED.sub(r"\1 \2", plain).split())


@lru_cache(maxsize=4_096)
def key(header: str) -> str:
    """What two spellings of one column name have in common."""
    return "".join(words(header)) or header.strip()


@lru_cache(maxsize=8_192)
def without(header: str, noise: frozenset[str]) -> str:
    """The key of a column name, some words left out."""
    return "".join(word for word in words(header) if word not in noise)


@lru_cache(maxsize=4_096)
def without_hints(header: str) -> str:
    """The column name without how it is to be filled in: "Surplus? (Y/N)" is "Surplus"."""
    bare = _ASIDE.sub(lambda aside: " " if _HINTS.issuperset(words(aside[0])) else aside[0], header)
    return " ".join(bare.split()).strip(" ?:-") or header


def forms(header: str) -> list[tuple[str, int]]:
    """The keys that a column name may be known by, with weights: whole, bare, and its parts.

    "Enw / Name" is one name in two languages.
    """
    asides = [a or b for a, b in _ASIDE.findall(header)]
    bare = _ASIDE.sub(" ", header)
    leading = re.split(r"[:\u2013\u2014]| - ", bare)[0]
    found = [(key(header), EXACT), (key(without_hints(header)), EXACT)]
    for text in (header, bare, leading):
        found.append((key(text), WITHOUT_ASIDES))
        found.append((without(text, CONNECTIVES), WITHOUT_ASIDES))
        found.append((without(text, CONNECTIVES | _ASSUMED), WITHOUT_ASIDES - 4))
    found += [(key(aside), WITHOUT_ASIDES - 4) for aside in asides]
    halves = re.split("[/|]", bare, maxsplit=1)
    found += [(key(half), WITHOUT_ASIDES - 6 - 6 * n) for n, half in enumerate(halves)]
    return [(form, weight) for form, weight in found if form]
