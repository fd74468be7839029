"""Searching by words: both engines find what brute force finds, in its order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.listings.actions import learn, publish, put_into_words
from commonweal.listings.queries_words import LEAST_ALIKE
from commonweal.listings.rules import NoWordsAsked
from commonweal.listings.tables import Listing, Word, WordTrigram
from commonweal.listings.words import MAX_ASKED_CHARACTERS, asked, stem, trigrams, words_of
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import ask, data
from tests.listings.test_window import put_in, shown, titles
from tests.listings.texts import TEXTS, VOCABULARY, storable
from tests.makers import CENTRE

SEARCH: Final = """query($words: String, $after: String, $first: Int = 100) {
  search(words: $words, after: $after, first: $first) {
    understoodAs totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }"""
BY_WORDS: Final = """query($words: String, $near: NearInput, $order: ListingOrder, $after: String) {
  search(words: $words, near: $near, order: $order, after: $after) {
    understoodAs edges { distance cursor node { title } } } }"""


def made(strategy: Any, count: int) -> list[Any]:
    """So many values of a strategy, the same in every run and on both engines."""
    found: list[Any] = []

    @given(strategy)
    @settings(max_examples=count, derandomize=True, database=None, deadline=None)
    def gather(value: Any) -> None:
        found.append(value)

    gather()
    return found


TITLES: Final = [storable(text) for text in made(TEXTS, 70)]
SUMMARIES: Final = [storable(text) for text in made(st.none() | TEXTS.map(storable), 70) if text]
QUESTIONS: Final = [q for q in made(TEXTS | st.sampled_from(VOCABULARY), 150) if q.strip()]


@dataclass(frozen=True)
class Kept:
    """A listing as the oracle knows it."""

    number: int
    title: list[str]
    words: list[str]


class Oracle:
    """What a search finds, worked out word by word over all listings."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.vocabulary: set[str] = set()
        self.kept: list[Kept] = []
        for row in listings:
            found = words_of(row.title, row.summary, row.category, row.address)
            self.vocabulary |= set(found.forms)
            self.kept.append(Kept(row.id, found.title_words.split(), found.words.split()))

    def understood(self, text: str) -> list[tuple[str, str, bool]]:
        """Each word, its stem, and whether it may be unfinished."""
        return [(*self.read(word), bool(word["last"])) for word in asked(text)]

    def read(self, word: Any) -> tuple[str, str]:
        low, high = word["low"], word["high"]
        for known in self.vocabulary:
            if low <= known <= high or low <= stem(known) <= high or stem(known) == word["stem"]:
                return word["word"], word["stem"]
        alike = [(-likeness(word["word"], known), known) for known in self.vocabulary]
        best = min(((a, known) for a, known in alike if -a >= LEAST_ALIKE), default=None)
        return (best[1], stem(best[1])) if best else (word["word"], word["stem"])

    def found(self, text: str) -> list[int]:
        words, ranked = self.understood(text), []
        for row in self.kept:
            if all(has(row.words, *each) for each in words):
                title = sum(has(row.title, *each) for each in words)
                whole = sum(word in row.words for word, _, _ in words)
                ranked.append((-title, -whole, row.number))
        return [number for *_, number in sorted(ranked)]

    def said(self, text: str) -> str | None:
        before, after = [word["word"] for word in asked(text)], self.understood(text)
        now = [word for word, _, _ in after]
        return None if now == before else " ".join(now)


def refused(text: str) -> str | None:
    """The code with which a text is refused."""
    try:
        asked(text)
    except UserError as refusal:
        return refusal.code
    return None


def has(words: list[str], word: str, exact: str, last: bool) -> bool:
    return exact in words or (last and any(each.startswith(word) for each in words))


def likeness(one: str, other: str) -> int:
    shared = len({*trigrams(one)} & {*trigrams(other)})
    return shared * 10_000 // (len(one) + len(other) + 2 - shared)


async def test_any_text_finds_what_brute_force_finds_in_its_order(database: Database) -> None:
    """Hostile texts among them, in what is written and in what is asked."""
    summaries = [SUMMARIES[n % len(SUMMARIES)] for n in range(len(TITLES))]
    await put_in(
        database,
        *(shown(title, n, summary=summaries[n], address=TITLES[-n])
          for n, title in enumerate(TITLES)),
    )  # fmt: skip
    oracle = Oracle(await Listing.all())
    several = corrected = nothing = 0
    for text in QUESTIONS:
        text = text[: MAX_ASKED_CHARACTERS.value]
        body = await ask(database, SEARCH, {"words": text})
        if refusal := refused(text):
            assert body["errors"][0]["extensions"]["code"] == refusal, text
            continue
        expected, found = oracle.found(text), body["data"]["search"]
        numbers = [edge["node"]["id"] for edge in found["edges"]]
        assert numbers == [write_id("lst", n) for n in expected], (text, oracle.understood(text))
        assert (found["understoodAs"], found["totalCount"]) == (oracle.said(text), len(expected))
        several += len(expected) > 1
        corrected += bool(found["understoodAs"])
        nothing += not expected
    assert min(several, corrected, nothing) >= 5, (several, corrected, nothing)


async def test_pages_of_the_best_match_come_to_the_whole_of_it(database: Database) -> None:
    texts = [f"{a} {b}" for a in VOCABULARY[:7] for b in VOCABULARY[3:9]]
    await put_in(database, *(shown(t, n, summary=texts[-n]) for n, t in enumerate(texts)))
    for words in ("gard", "hall library", "lib"):
        whole = (await data(database, SEARCH, {"words": words}))["search"]["edges"]
        seen: list[Any] = []
        after, more = None, True
        while more:
            asked = {"words": words, "first": 4, "after": after}
            page = (await data(database, SEARCH, asked))["search"]
            seen += page["edges"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert seen == whole
        assert len(whole) > 4


async def test_the_best_match_has_words_in_its_title_then_whole_then_near_then_old(
    database: Database,
) -> None:
    far = type(CENTRE)(CENTRE.x + 0.01, CENTRE.y)
    await put_in(
        database,
        shown("Here", 1, summary="an old hall", location=CENTRE),
        shown("Hallway of old", 2, location=CENTRE),
        shown("Old hall, far", 3, location=far),
        shown("Old hall, near", 4, location=CENTRE),
        shown("The old place", 5, summary="a hall", location=CENTRE),
        shown("Old hall, nowhere", 6),
    )
    near = {"longitude": CENTRE.x, "latitude": CENTRE.y}
    found = (await data(database, BY_WORDS, {"words": "old hall"}))["search"]["edges"]
    assert [edge["node"]["title"] for edge in found] == [
        "Old hall, far", "Old hall, near", "Old hall, nowhere", "Hallway of old",
        "The old place", "Here",
    ]  # fmt: skip
    found = (await data(database, BY_WORDS, {"words": "old hall", "near": near}))["search"]["edges"]
    assert [edge["node"]["title"] for edge in found] == [
        "Old hall, near", "Old hall, far", "Hallway of old", "The old place", "Here",
    ]  # fmt: skip
    asked = {"words": "old hall", "near": near, "order": "NEAREST"}
    found = (await data(database, BY_WORDS, asked))["search"]["edges"]
    assert [edge["node"]["title"] for edge in found][-1] == "Old hall, far"


async def test_welsh_and_accents_are_found_with_and_without_their_marks(
    database: Database,
) -> None:
    await put_in(
        database, shown("Neuadd Tŷ Coch", 1), shown("Caeau\u2019r Gŵyr", 2), shown("Café", 3)
    )
    for words in ("Tŷ Coch", "ty coch", "TY^ COCH".replace("^", "\u0302"), "neuadd", "NEUADD TŶ"):
        found = (await data(database, BY_WORDS, {"words": words}))["search"]["edges"]
        assert [edge["node"]["title"] for edge in found] == ["Neuadd Tŷ Coch"], words
    for words, title in (
        ("gwyr", "Caeau\u2019r Gŵyr"),
        ("caeaur", "Caeau\u2019r Gŵyr"),
        ("cafe", "Café"),
    ):
        found = (await data(database, BY_WORDS, {"words": words}))["search"]["edges"]
        assert [edge["node"]["title"] for edge in found] == [title]


async def test_a_mistyped_word_is_taken_for_the_known_one_most_like_it(database: Database) -> None:
    await put_in(database, shown("Old Library", 1), shown("Allotments", 2), shown("Garden", 3))
    for words, title, understood in (
        ("libary", "Old Library", "library"),
        ("old libary", "Old Library", "old library"),
        ("alotment", "Allotments", "allotments"),
        ("gardne", "Garden", "garden"),
        ("library", "Old Library", None),
        ("librarian", "Old Library", "library"),
    ):
        found = (await data(database, BY_WORDS, {"words": words}))["search"]
        assert [edge["node"]["title"] for edge in found["edges"]] == [title], words
        assert found["understoodAs"] == understood
    for words in ("xyzzy", "old xyzzy", "library garden"):  # known words, but in no one listing
        found = (await data(database, BY_WORDS, {"words": words}))["search"]
        assert found == {"understoodAs": None, "edges": []}


async def test_of_several_known_words_the_most_like_is_taken_then_the_first(
    database: Database,
) -> None:
    await put_in(database, shown("Libra House", 1), shown("Library", 2), shown("Parking", 3),
                 shown("Marking", 4))  # fmt: skip
    for words, understood in (("librery", "library"), ("librer", "libra"), ("darking", "marking")):
        found = (await data(database, BY_WORDS, {"words": words}))["search"]
        assert found["understoodAs"] == understood
        titles = [edge["node"]["title"].lower() for edge in found["edges"]]
        assert all(title.startswith(understood) for title in titles)


async def test_blank_words_are_no_filter_and_words_without_letters_are_refused(
    database: Database,
) -> None:
    await put_in(database, shown("One", 1), shown("Two", 2))
    for blank in ("", "  ", None):
        found = (await data(database, BY_WORDS, {"words": blank}))["search"]
        assert [edge["node"]["title"] for edge in found["edges"]] == ["One", "Two"]
        assert found["understoodAs"] is None
    for words, code in (
        ("?!", "NO_WORDS_ASKED"),
        ("a b c d e f g h i", "TOO_MANY_WORDS_ASKED"),
        ("x" * 201, "WORDS_ASKED_TOO_LONG"),
    ):
        [error] = (await ask(database, BY_WORDS, {"words": words}))["errors"]
        assert error["extensions"]["code"] == code, error
    [error] = (await ask(database, BY_WORDS, {"order": "BEST_MATCH"}))["errors"]
    assert error["extensions"]["code"] == "BEST_MATCH_NEEDS_WORDS"


async def test_a_cursor_of_one_order_is_refused_in_another(database: Database) -> None:
    await put_in(database, shown("One", 1), shown("Two", 2))
    near = {"longitude": -2.0, "latitude": 51.9}
    orders: dict[str, dict[str, Any]] = {
        "BEST_MATCH": {"words": "o"}, "NEWEST": {}, "CLOSING_SOON": {}, "NEAREST": {"near": near},
    }  # fmt: skip
    cursors = {}
    for order, more in orders.items():
        if order != "NEAREST":  # nothing is on the map
            edges = (await data(database, BY_WORDS, {"order": order, **more}))["search"]["edges"]
            cursors[order] = edges[0]["cursor"]
    for order, more in orders.items():
        for other, cursor in cursors.items():
            body = await ask(database, BY_WORDS, {"order": order, **more, "after": cursor})
            codes = [error["extensions"]["code"] for error in body.get("errors", ())]
            assert codes == ([] if order == other else ["NOT_A_CURSOR"]), (order, other)


async def test_words_follow_a_listing_that_is_changed_and_one_that_is_deleted(
    database: Database,
) -> None:
    numbers = await put_in(database, shown("The mill", 1), shown("The forge", 2))

    async def change(_tx: Transaction) -> None:
        listing = await Listing.get(id=numbers[0])
        listing.title = "The barn"
        await put_into_words(listing)
        await listing.save()
        await Listing.filter(id=numbers[1]).delete()

    await in_transaction(database, change)
    for words, expected in (("mill", []), ("barn", ["The barn"]), ("forge", [])):
        found = (await data(database, BY_WORDS, {"words": words}))["search"]["edges"]
        assert [edge["node"]["title"] for edge in found] == expected, words
    if database.engine == "sqlite":  # it compares the index with the table
        check = "INSERT INTO listing_words (listing_words, rank) VALUES ('integrity-check', 1)"
        await database.client.execute_query(check)


async def test_the_vocabulary_learns_each_word_once_and_keeps_it(database: Database) -> None:
    await put_in(database, shown("Old Gardens", 1, category="PARK"))
    before = sorted(await Word.all().values_list("word", "stem"))
    assert before == [("gardens", "garden"), ("old", "old"), ("park", "park")]
    parts = await WordTrigram.filter(word="old").values_list("trigram", flat=True)
    assert sorted(map(str, parts)) == trigrams("old")

    async def again(tx: Transaction) -> None:
        await learn(["old", "new"])
        await Listing.all().delete()

    await in_transaction(database, again)
    assert await Word.all().count() == 4
    assert await WordTrigram.filter(word="new").count() == 4


async def test_many_who_publish_the_same_words_at_once_all_succeed(database: Database) -> None:
    await put_in(database, shown("First", 0))
    ready = asyncio.Barrier(8)

    async def one(n: int) -> None:
        words = [f"word{i}" for i in range(20)]
        text = " ".join(words if n % 2 else reversed(words))
        waited = False

        async def work(tx: Transaction) -> None:
            nonlocal waited
            if database.engine == "postgresql" and not waited:
                waited = True
                await ready.wait()
            await publish(tx, shown(text, 100 + n))

        await in_transaction(database, work)

    await asyncio.gather(*(one(n) for n in range(8)))
    assert await Listing.filter(words__contains="word7").count() == 8
    assert await Word.filter(word__startswith="word").count() == 20
    assert len(await titles(database)) == 9


@pytest.mark.parametrize("words", ["''", '"', "*", "%"])
async def test_signs_alone_are_refused_on_both_engines(database: Database, words: str) -> None:
    with pytest.raises(NoWordsAsked):
        asked(words)
    body = await ask(database, BY_WORDS, {"words": words})
    assert body["errors"][0]["extensions"]["code"] == "NO_WORDS_ASKED"
