"""A database from before there were words: its listings and areas are found like new ones."""

import importlib

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.listings.tables import Listing, Word, WordTrigram
from commonweal.listings.words import trigrams, words_of
from commonweal.places.tables import Area
from commonweal.store.database import Database, opened
from commonweal.store.migrate import SafeSqliteEditor, migrate
from commonweal.store.transaction import begun
from commonweal.web.rooms import LAYOUT
from tests.asking import data
from tests.conftest import TODAY, TURNED
from tests.store.test_history import move_to
from tests.store.test_migrate import unready

TITLES = ["Neuadd Tŷ Coch", "St. John's Library", '100% "*" AND', "—", "Old library"]


async def filled(database: Database) -> None:
    """A council and its listings, as they were written before."""
    await database.client.execute_query(
        "INSERT INTO area (id, kind, code, name, name_cy, valid_from, licence)"
        " VALUES (1, 'COUNCIL', 'E1', 'St. Mary Vale', 'Bro Fair', '1974-04-01', 'none')"
    )
    for n, title in enumerate(TITLES):
        quoted = title.replace("'", "''")
        await database.client.execute_query(
            "INSERT INTO listing (id, kind, state, version, subject_id, council_id, title,"
            f" summary, category, published_at) VALUES ({n}, 'SHOP', 'open', 1, {n}, 1,"
            f" '{quoted}', 'Books', 'FOOD', '2026-11-22 11:00:00+00:00')"
        )


@pytest.mark.parametrize("batch", [2, 500])
async def test_what_was_there_before_is_found_by_its_words(
    empty_url: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("commonweal.migrations.0007_words"), "BATCH", batch)
    async with unready(empty_url) as database:
        await move_to(database, "0006_proposals")
        if database.engine == "postgresql":
            await database.client.execute_script(TURNED)
        await filled(database)
        await migrate(database)
    async with opened(empty_url, TestClock(TODAY), LAYOUT) as database:
        rows = await Listing.all().order_by("id")
        made = [words_of(row.title, row.summary, row.category, row.address) for row in rows]
        assert [(r.words, r.title_words) for r in rows] == [(m.words, m.title_words) for m in made]
        known = {form for each in made for form in each.forms}
        assert {str(word) for word in await Word.all().values_list("word", flat=True)} == known
        parts = await WordTrigram.all().values_list("trigram", "word")
        assert sorted(parts) == sorted((t, word) for word in known for t in trigrams(word))
        council = await Area.get()
        assert (council.lookup, council.lookup_cy) == ("stmaryvale", "brofair")
        for words, titles in (("ty co", TITLES[:1]), ("libary", [TITLES[4], TITLES[1]])):
            query = "query($w: String) { search(words: $w) { edges { node { title } } } }"
            edges = (await data(database, query, {"w": words}))["search"]["edges"]
            assert sorted(edge["node"]["title"] for edge in edges) == sorted(titles)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_words_stay_indexed_when_sqlite_makes_the_table_anew(database: Database) -> None:
    await filled(database)
    await database.client.execute_query("UPDATE listing SET words = 'old' WHERE id = 0")
    before = await count(database, "listing_words")
    await database.client.execute_query("PRAGMA foreign_keys = OFF")
    async with begun(database) as tx:
        await SafeSqliteEditor(tx.client, atomic=False)._remake_table(Listing)
    await database.client.execute_query("PRAGMA foreign_keys = ON")
    assert await count(database, "listing_words") == before == len(TITLES)
    for words, matches in (("'old'", 1), ("'new'", 0)):
        assert await count(database, f"listing_words WHERE listing_words MATCH {words}") == matches
    await database.client.execute_query("UPDATE listing SET words = 'new' WHERE words = 'old'")
    for words, matches in (("'old'", 0), ("'new'", 1)):
        assert await count(database, f"listing_words WHERE listing_words MATCH {words}") == matches
    check = "INSERT INTO listing_words (listing_words, rank) VALUES ('integrity-check', 1)"
    await database.client.execute_query(check)


async def count(database: Database, what: str) -> int:
    _, [[number]] = await database.client.execute_query(f"SELECT count(*) FROM {what}")
    return int(number)
