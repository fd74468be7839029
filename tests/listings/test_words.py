"""Words: what texts come down to, so that one who asks and one who wrote agree."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonweal.kernel.texts import LAST_CHARACTER
from commonweal.listings.rules import (
    MAX_SUMMARY,
    MAX_TITLE,
    MAX_WORD,
    NoWordsAsked,
    TooManyWordsAsked,
    WordsAskedTooLong,
)
from commonweal.listings.words import (
    MAX_ASKED_CHARACTERS,
    MAX_ASKED_WORDS,
    MAX_WORDS,
    asked,
    folded,
    question,
    stem,
    trigrams,
    words_of,
)
from tests.listings.texts import TEXTS, WORDS

SAME = [
    ("St. John's", "st johns"),
    ("ST JOHN\u2019S", "st johns"),
    ("St Johns", "st johns"),
    ("Tŷ Coch", "ty coch"),
    ("Tŷ Coch", "ty coch"),
    ("Betws-y-Coed", "betws y coed"),
    ("Llanfair\u2011ym\u2011Muallt", "llanfair ym muallt"),
    ("Gŵyl y Pasg, ŵyn", "gwyl y pasg wyn"),
    ("Llŷn", "llyn"),
    ("café / CAFÉ", "cafe cafe"),
    ("COMMUNITY_BUILDING", "community building"),
    ("GL50 1DY", "gl50 1dy"),
    ("1e5 007 ½ ²", "1e5 007 1 2 2"),
    ("ﬁre station", "fire station"),
    ("Straße", "strasse"),
    ("İstanbul", "istanbul"),
    ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
    ("\u0149 \u02bcn 'n' \u00b4n", "n n n n"),
    ("a\x00b \ud800c", "a b c"),
    ("library; DROP TABLE listing --", "library drop table listing"),
    ('NEAR(a b) "x" * - ^ AND 100%', "near a b x and 100"),
    ("!? … 🌊", ""),
]


@pytest.mark.parametrize(("text", "words"), SAME)
def test_a_text_comes_down_to_its_words(text: str, words: str) -> None:
    assert folded(text) == words.split()


def test_forms_of_a_word_share_a_stem() -> None:
    for forms in ("garden gardens gardening gardened", "library libraries", "saint st saints"):
        assert len({stem(word) for word in forms.split()}) == 1, forms
    assert stem("neuadd") == "neuadd"


def test_one_name_is_found_however_it_is_written() -> None:
    names = ("St. John's", "St Johns", "Saint-John\u2019s", "SAINT JOHN'S", "st john")
    for written in names:
        for typed in names:
            assert finds(typed, written), (typed, written)


@given(TEXTS)
@settings(deadline=None)
def test_words_are_letters_and_digits_and_folding_them_again_changes_nothing(text: str) -> None:
    for word in folded(text):
        assert 1 <= len(word) <= MAX_WORD
        assert {unicodedata.category(c)[0] for c in word} <= {"L", "N"}
        assert folded(word) == [word]
        assert all(c.isalnum() for c in word if c.isascii())


@given(TEXTS)
@settings(deadline=None)
@example("Tŷ")
def test_it_does_not_matter_how_marks_are_encoded(text: str) -> None:
    ways = {tuple(folded(unicodedata.normalize(way, text))) for way in ("NFC", "NFD")}
    assert ways == {tuple(folded(text))}


def finds(typed: str, written: str) -> bool:
    """Whether a text is found by what is typed, as the engines look."""
    kept = words_of(written, None, "", None).words.split()
    return all(
        word["stem"] in kept or (word["last"] and any(k.startswith(word["word"]) for k in kept))
        for word in asked(typed)
    )


@given(st.lists(WORDS, min_size=1, max_size=12), st.data())
@settings(deadline=None)
def test_every_beginning_of_every_word_of_a_text_finds_it(words: list[str], data: Any) -> None:
    written = " ".join(words)
    for word in words:
        beginning = word[: data.draw(st.integers(1, len(word)))]
        if folded(beginning):
            last = folded(beginning)[-1]
            assert finds(last, written), (last, written)


@given(st.lists(WORDS, min_size=1, max_size=5), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_all_words_of_a_text_find_it_in_any_order(words: list[str], pick: Any) -> None:
    written = " ".join(words)
    found = list(dict.fromkeys(folded(written)))[: MAX_ASKED_WORDS.value]
    pick.shuffle(found)
    assert not found or finds(" ".join(found)[: MAX_ASKED_CHARACTERS.value], written)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("gard", "Gardens"), ("gardens", "Garden"), ("libra", "Library"), ("libraries", "Library"),
     ("librari", "Library"), ("gardening club", "Garden clubs"), ("ty c", "Tŷ Coch")],
)  # fmt: skip
def test_what_is_typed_finds_other_forms_of_a_word(typed: str, written: str) -> None:
    assert finds(typed, written)


def test_only_the_last_word_may_be_unfinished() -> None:
    assert finds("old gard", "Old Gardens")
    assert not finds("gard old", "Old Gardens")


def test_a_listing_keeps_the_words_of_all_its_text_and_those_of_its_title_apart() -> None:
    kept = words_of("Old Libraries", "Books & more books", "COMMUNITY_BUILDING", "1 High St")
    assert kept.title_words == "old libraries librari"
    assert kept.words == (
        "old libraries librari community communiti building build 1 high st books book more"
    )
    assert " ".join(kept.forms) == "old libraries community building 1 high st books more"


def test_of_a_long_text_the_first_words_are_kept_and_of_a_long_word_the_first_letters() -> None:
    many = " ".join(f"w{n}" for n in range(MAX_WORDS + 50))
    kept = words_of("The title", many, "FOOD", many)
    assert len(kept.forms) == MAX_WORDS
    assert kept.forms[:4] == ("the", "title", "food", "w0")
    assert folded("x" * 500) == ["x" * MAX_WORD]
    full = words_of("é" * MAX_TITLE, "ab " * (MAX_SUMMARY.value // 3), "FOOD", None)
    assert len(full.forms) < MAX_WORDS


def test_trigrams_are_those_of_the_padded_word_each_once() -> None:
    assert trigrams("park") == ["  p", " pa", "ark", "par", "rk "]
    assert trigrams("a") == ["  a", " a "]
    assert len(trigrams("aaaaaaa")) == 4


@pytest.mark.parametrize("text", ["", " ", "?", "***", "🌊", "-", '""', "\x00", "' \u2019"])
def test_a_question_without_letters_and_digits_is_refused(text: str) -> None:
    with pytest.raises(NoWordsAsked) as refused:
        asked(text)
    assert refused.value.path == ("words",)


def test_as_many_words_and_characters_are_asked_as_is_allowed_and_no_more() -> None:
    words = [f"w{n}" for n in range(MAX_ASKED_WORDS.value)]
    assert len(asked(" ".join([*words, *words, *words]))) == MAX_ASKED_WORDS.value
    with pytest.raises(
        TooManyWordsAsked, match=f"at most {MAX_ASKED_WORDS.value} words; there are 9"
    ):
        asked(" ".join([*words, "more"]))
    assert asked("x" * MAX_ASKED_CHARACTERS.value)[0]["word"] == "x" * MAX_WORD
    with pytest.raises(WordsAskedTooLong, match="has at most 200 characters; there are 201"):
        asked("x" * (MAX_ASKED_CHARACTERS.value + 1))


def test_a_question_says_of_every_word_what_to_look_for() -> None:
    first, last = json.loads(question("old Gardens"))
    assert (first["word"], first["stem"], first["last"]) == ("old", "old", 0)
    assert (first["low"], first["high"]) == ("old", "old")
    assert (last["word"], last["stem"], last["last"]) == ("gardens", "garden", 1)
    assert (last["low"], last["high"]) == ("gardens", "gardens" + LAST_CHARACTER)
    assert last["trigrams"] == trigrams("gardens")
