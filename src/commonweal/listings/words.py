"""Text as the words that search knows: the same at writing and at asking, in English and in Welsh.

A word is a run of letters and digits, folded: no capitals, no marks (ŵ is w), no apostrophes.
Hyphens and all else part words. Beside each word stands its stem, by the English rules, so that
"gardens" and "gardening" meet in "garden"; a word of another language mostly is its own stem.
A text holds both, and so every beginning of a word finds it, and so does every form of it.
Nothing but letters, digits and single spaces leaves this module: neither engine folds or splits
it again. How words are asked for in SQL is queries_words.py's.
"""

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from snowballstemmer.english_stemmer import EnglishStemmer

from commonweal.kernel.limits import limit
from commonweal.kernel.texts import LAST_CHARACTER

from .rules import MAX_WORD, NoWordsAsked, TooManyWordsAsked, WordsAskedTooLong

MAX_WORDS: Final = 500  # different ones of a text: a full summary has 350; the rest finds nothing
MAX_ASKED_WORDS: Final = limit(
    "words of a search", 8, "words", "what people type; each is looked up, and set right, by itself"
)
MAX_ASKED_CHARACTERS: Final = limit(
    "length of a search's words", 200, "characters", "a title has no more"
)
STEMS_KEPT: Final = 20_000  # in memory: the words of a few councils

APOSTROPHES: Final = "'`\u00b4\u2018\u2019\u201b\u2032\u02b9\u02bc\uff07"  # as keyboards have them
SPELLINGS: Final = {"saint": "st"}  # stems of our own: one name, written in two ways
NOT_APOSTROPHES: Final = str.maketrans("", "", APOSTROPHES)


@dataclass(frozen=True, slots=True)
class Words:
    """What a listing keeps of its text: words and stems, parted by spaces, no one twice."""

    words: str  # of all its text
    title_words: str
    forms: tuple[str, ...]  # the words as the text has them: what the vocabulary learns


def words_of(title: str, summary: str | None, category: str, address: str | None) -> Words:
    """The words of a listing; of a long text the title's are the last to be left out."""
    named = list(dict.fromkeys(folded(title)))[:MAX_WORDS]
    rest = folded(" ".join((category, address or "", summary or "")))
    forms = list(dict.fromkeys([*named, *rest]))[:MAX_WORDS]
    return Words(_kept(forms), _kept(named), tuple(forms))


def _kept(forms: list[str]) -> str:
    return " ".join(dict.fromkeys(each for form in forms for each in (form, stem(form))))


def folded(text: str) -> list[str]:
    """The words of a text, in its order."""
    plain = unicodedata.normalize("NFKD", text.translate(NOT_APOSTROPHES))
    plain = unicodedata.normalize("NFKD", plain.casefold()).casefold()
    return [word[:MAX_WORD] for word in "".join(_kept_characters(plain)).split()]


def _kept_characters(text: str) -> Iterator[str]:
    """Letters and digits; nothing for marks and what has no width; a space for all else."""
    for character in text:
        category = unicodedata.category(character)
        if category[0] in "LN" and character not in APOSTROPHES:
            yield character
        elif category[0] != "M" and category != "Cf" and character not in APOSTROPHES:
            yield " "


@lru_cache(STEMS_KEPT)
def stem(word: str) -> str:
    """What a folded word has in common with its other forms."""
    found: str = EnglishStemmer().stemWord(word)  # a new one each time: it is no thread's own
    return SPELLINGS.get(found, found)


def trigrams(word: str) -> list[str]:
    """The runs of three characters in a word, two spaces before it and one after it."""
    padded = f"  {word} "
    return sorted({padded[i : i + 3] for i in range(len(padded) - 2)})


def asked(text: str) -> list[dict[str, Any]]:
    """What a search for this text looks for, word by word.

    Every word is asked for by its stem, the last also as the beginning of a word: `low` and
    `high` are the range in which a known word then lies. Raises WordsAskedTooLong,
    TooManyWordsAsked, and NoWordsAsked for a text that has neither letters nor digits.
    """
    if len(text) > MAX_ASKED_CHARACTERS.value:
        raise WordsAskedTooLong(MAX_ASKED_CHARACTERS.value, len(text)).at("words")
    found = folded(text)
    if not found:
        raise NoWordsAsked().at("words")
    unlike = [word for word in dict.fromkeys(found) if word != found[-1]] + found[-1:]
    if len(unlike) > MAX_ASKED_WORDS.value:
        raise TooManyWordsAsked(MAX_ASKED_WORDS.value, len(unlike)).at("words")
    return [_asked(place, word, place == len(unlike) - 1) for place, word in enumerate(unlike)]


def _asked(place: int, word: str, last: bool) -> dict[str, Any]:
    exact, parts = stem(word), trigrams(word)
    return {
        "place": place,
        "word": word,
        "stem": exact,
        "last": int(last),
        "low": word if last else exact,
        "high": word + LAST_CHARACTER if last else exact,
        "trigrams": parts,
    }


def question(text: str) -> str:
    """What is asked, as JSON that both engines read."""
    return json.dumps(asked(text), ensure_ascii=False)
