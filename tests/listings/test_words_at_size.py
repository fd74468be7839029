"""Fifty thousand listings: words are found by an index, whichever order is asked for."""

import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.listings.words import stem, trigrams
from commonweal.store.database import Database, opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT
from tests.asking import data
from tests.conftest import ENGINES, TODAY, done
from tests.graph.both_ways import Counted
from tests.listings.test_window import put_in
from tests.postgres import Cluster

pytestmark = pytest.mark.alone

LARGE: Final = 50_000  # listings
NAMES: Final = 4_000  # different words, made of syllables as names are
SYLLABLES: Final = (
    "ab", "ber", "caer", "dol", "el", "ford", "gar", "hay", "ilk", "jor", "kirk", "llan", "mar",
    "nant", "oak", "pen",
)  # fmt: skip
SECONDS: Final = 4  # for any of the questions here, on a busy machine: the most is half of one
SEARCH: Final = """query($words: String!, $order: ListingOrder, $near: NearInput) {
  search(words: $words, order: $order, near: $near, first: 20) {
    understoodAs edges { distance node { title } } } }"""
BY_WORDS: Final = """query($words: String!, $order: ListingOrder) {
  search(words: $words, order: $order, first: 20) { edges { node { title } } } }"""
FILL: Final = {
    "sqlite": """WITH RECURSIVE num (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM num WHERE n < ?1)
        INSERT INTO listing (id, kind, state, version, subject_id, council_id, title, category,
            location, published_at, closes_at, words, title_words)
        SELECT num.n, 'SHOP', 'open', 1, num.n, 1, 'Hall ' || w.word, 'FOOD', ST_SetSRID(
            ST_MakePoint(-6 + num.n * 7919 % 8000 / 1000.0, 50 + num.n % 9000 / 1000.0), 4326),
            strftime('%Y-%m-%d %H:%M:%S+00:00', '2026-11-22', '-' || num.n || ' minutes'),
            strftime('%Y-%m-%d %H:%M:%S+00:00', '2026-12-22', num.n || ' minutes'),
            'hall ' || w.word || ' food', 'hall ' || w.word
        FROM num JOIN name w ON w.n = num.n % ?2""",
    "postgresql": """
        INSERT INTO listing (id, kind, state, version, subject_id, council_id, title, category,
            location, published_at, closes_at, words, title_words)
        SELECT num.n, 'SHOP', 'open', 1, num.n, 1, 'Hall ' || w.word, 'FOOD', ST_SetSRID(
            ST_MakePoint(-6 + num.n * 7919 % 8000 / 1000.0, 50 + num.n % 9000 / 1000.0), 4326),
            timestamptz '2026-11-22 00:00Z' - num.n * interval '1 minute',
            timestamptz '2026-12-22 00:00Z' + num.n * interval '1 minute',
            'hall ' || w.word || ' food', 'hall ' || w.word
        FROM generate_series(1, $1::int) AS num (n) JOIN name w ON w.n = num.n % $2::int""",
}


def name(n: int) -> str:
    return "".join(SYLLABLES[n >> shift & 15] for shift in (0, 4, 8, 12))


async def fill(url: str) -> None:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        await put_in(database)  # the council
        names = sorted({name(n) for n in range(NAMES)})
        mark = ("?", "?", "?") if database.engine == "sqlite" else ("$1", "$2", "$3")

        async def work(tx: Transaction) -> None:
            await tx.client.execute_query("CREATE TABLE name (n INT PRIMARY KEY, word VARCHAR(40))")
            for table, columns, rows in (
                ("name", 2, [(n, word) for n, word in enumerate(names)]),
                ("word", 2, [(word, stem(word)) for word in [*names, "hall", "food"]]),
                ("word_trigram (trigram, word)", 2,
                 [(t, word) for word in [*names, "hall", "food"] for t in trigrams(word)]),
            ):  # fmt: skip
                marks = ", ".join(mark[:columns])
                await tx.client.execute_many(
                    f"INSERT INTO {table} VALUES ({marks})", [list(row) for row in rows]
                )
            await tx.client.execute_query(FILL[database.engine], [LARGE, len(names)])

        await in_transaction(database, work)
        await database.client.execute_query("ANALYZE")


@pytest.fixture(scope="module")
def urls(
    postgres: Cluster, postgres_template: str, sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:  # fmt: skip
    path = tmp_path_factory.mktemp("large") / "large.db"
    shutil.copy(sqlite_template, path)
    database = f"commonweal_large_{uuid4().hex[:8]}"
    found = {
        "sqlite": f"sqlite:{path}",
        "postgresql": done(postgres.create_database(database, postgres_template)),
    }
    for url in found.values():
        done(fill(url))
    yield found
    done(postgres.drop_database(database))


@pytest.fixture(params=ENGINES)
async def large(
    request: pytest.FixtureRequest, urls: dict[str, str], clock: TestClock
) -> AsyncIterator[Database]:
    async with opened(urls[request.param], clock, LAYOUT) as database:
        yield database


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.mark.parametrize("order", [None, "NEWEST", "CLOSING_SOON"])
async def test_words_are_found_by_the_index_in_every_order(
    large: Database, order: str | None
) -> None:
    word = name(2_345)
    for words in (word, word[:-1], f"hall {word}", "halll " + word):
        counted = Counted(large)
        found = await data(large, BY_WORDS, {"words": words, "order": order})
        large.reader = counted.reader
        assert found["search"]["edges"], words
        [(sql, values)] = counted.asked
        if large.engine == "sqlite":
            plan = [row[3] for row in await large.fetch(f"EXPLAIN QUERY PLAN {sql}", values)]
            assert "SEARCH listing_1 USING INTEGER PRIMARY KEY (rowid=?)" in plan, plan
            assert any(step.startswith("SCAN listing_words VIRTUAL TABLE") for step in plan)
            continue
        for _ in range(7):  # after the fifth, a prepared statement might have one plan for all
            await large.fetch(sql, values)
        [[text]] = await large.fetch(f"EXPLAIN (FORMAT JSON) {sql}", values)
        steps = list(nodes(json.loads(text)[0]["Plan"]))
        assert "listing_words" in {step.get("Index Name") for step in steps}, text
        whole = {s["Relation Name"] for s in steps if s["Node Type"] == "Seq Scan"}
        assert not whole & {"listing", "word", "word_trigram"}, text


@pytest.mark.parametrize("order", [None, "NEAREST", "NEWEST"])
async def test_words_that_all_have_and_words_that_none_has_take_no_longer_than_a_moment(
    large: Database, order: str | None
) -> None:
    near = {"longitude": -2.0, "latitude": 52.0, "withinMetres": 400_000.0}
    for words, understood in (
        ("hall", None),
        ("h", None),
        ("hall food hall", None),
        (name(2_345).replace("a", "aa", 1), name(2_345)),
        ("hll fod qqqqqq", None),
        ("marr llann nannt kirrk forrd garr hayy", None),
    ):
        began = time.perf_counter()
        asked = {"words": words, "order": order, "near": near if order == "NEAREST" else None}
        found = (await data(large, SEARCH, asked))["search"]
        took = time.perf_counter() - began
        assert took < SECONDS, (words, took)
        assert understood is None or found["understoodAs"] == understood
