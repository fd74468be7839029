"""The audit: a hash chain for each subject, which shows the first record that was tampered with."""

import asyncio
import json
import sqlite3
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.store.audit import (
    BATCH,
    BEGINNING,
    READ_AT_ONCE,
    Broken,
    Entry,
    Verdict,
    hash_of,
    record,
    verify,
)
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance, done

SUBJECT = 7_000_000_000_000
FACTS = {"listing": "lst_0c1n2h5xjz3qk", "reason": "Tŷ Hafan, “roof” gone", "count": 3}


def entry(subject: int = SUBJECT, facts: dict[str, Any] | None = None) -> Entry:
    return Entry("ast", subject, "publish", FACTS if facts is None else facts)


async def append(database: Database, *entries: Entry) -> None:
    await in_transaction(database, lambda tx: record(tx, "prs_1", entries or [entry()]))


async def sequences(subject: int = SUBJECT) -> list[int]:
    found = AuditRecord.filter(subject_id=subject).order_by("sequence")
    return [row.sequence for row in await found]


async def test_a_chain_of_records_verifies_whole(database: Database, advance: Advance) -> None:
    for _ in range(4):
        await append(database)
        await advance(timedelta(microseconds=1_500_001))
    rows = await AuditRecord.all().order_by("sequence")

    assert [row.sequence for row in rows] == [1, 2, 3, 4]
    assert [row.previous_hash for row in rows] == [BEGINNING, *(row.hash for row in rows[:-1])]
    assert rows[0].facts == FACTS
    assert await verify(database) == Verdict(chains=1, records=4)


async def test_one_call_may_append_to_many_chains_and_twice_to_one(database: Database) -> None:
    others = [entry(SUBJECT + n) for n in range(1, BATCH + 20)]
    await append(database, entry(), *others, entry(), entry())
    await append(database, *others, entry())
    assert await sequences() == [1, 2, 3, 4]
    assert await verify(database) == Verdict(chains=BATCH + 20, records=4 + 2 * (BATCH + 19))
    assert await sequences(SUBJECT + BATCH + 19) == [1, 2]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL has no REPLACE
async def test_a_stranger_s_replace_is_refused_though_its_connection_knows_no_pragma(
    database: Database,
) -> None:
    await append(database)
    [row] = await AuditRecord.all()
    replace = """REPLACE INTO audit_record SELECT {}, subject_kind, subject_id, sequence, at, actor,
      'other', facts, previous_hash, hash FROM audit_record"""
    with closing(sqlite3.connect(database.url)) as stranger:
        for number in (row.id, row.id + 1):  # the same row, and another in its place in the chain
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                stranger.execute(replace.format(number))


async def test_of_work_that_fails_no_record_remains(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await record(tx, "prs_1", [entry()])
        raise KeyError

    with pytest.raises(KeyError):
        await in_transaction(database, work)
    await append(database)
    assert await sequences() == [1]


@pytest.mark.parametrize("begun", [True, False], ids=["a chain", "a new chain"])
async def test_twenty_that_append_at_once_all_succeed_one_after_the_other(
    database: Database, begun: bool
) -> None:
    if begun:
        await append(database)
    await asyncio.gather(*(append(database) for _ in range(20)))
    assert await sequences() == list(range(1, 21 + begun))
    assert not (await verify(database)).broken


async def test_many_that_append_to_many_chains_at_once_all_succeed(database: Database) -> None:
    """In opposite orders: the locks are taken in one."""
    subjects = [SUBJECT + n for n in range(10)]
    for order in (subjects, subjects[::-1]):
        await asyncio.gather(
            *(append(database, *(entry(subject) for subject in order)) for _ in range(5)),
            *(append(database, *(entry(subject) for subject in order[::-1])) for _ in range(5)),
        )
    for subject in subjects:
        assert await sequences(subject) == list(range(1, 21))
    assert not (await verify(database)).broken


@contextmanager
def unguarded(database: Database, url: str) -> Iterator[Any]:
    """Somebody with the file, or with the server's password, who takes the guards away."""
    if database.engine == "sqlite":
        with closing(sqlite3.connect(database.url, isolation_level=None)) as connection:
            connection.execute("DROP TRIGGER audit_record_no_update")
            connection.execute("DROP TRIGGER audit_record_no_delete")
            yield connection.execute
        return

    async def run(sql: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER TABLE audit_record DISABLE TRIGGER ALL")
        await connection.execute(sql)
        await connection.close()

    yield lambda sql: done(run(sql))


async def breaks(database: Database) -> dict[int, int]:
    """Each broken subject, and the record at which it breaks."""
    return {broken.subject_id: broken.sequence for broken in (await verify(database)).broken}


OTHER = SUBJECT + 1
NONE: dict[int, int] = {}
SECOND = f"WHERE subject_id = {SUBJECT} AND sequence = 2"
MOVE = "UPDATE audit_record SET subject_id = {} WHERE subject_id = {}"
TAMPERING = {
    "an action": (f"UPDATE audit_record SET action = 'withdraw' {SECOND}", {SUBJECT: 2}),
    "one byte of an actor": (f"UPDATE audit_record SET actor = 'prs_2' {SECOND}", {SUBJECT: 2}),
    "a fact": (f"UPDATE audit_record SET facts = '{{}}' {SECOND}", {SUBJECT: 2}),
    "a kind": (f"UPDATE audit_record SET subject_kind = 'lst' {SECOND}", {SUBJECT: 2}),
    "an instant": (
        f"UPDATE audit_record SET at = '2026-11-22 12:00:00.000001+00:00' {SECOND}",
        {SUBJECT: 2},
    ),
    "a hash": (f"UPDATE audit_record SET hash = previous_hash {SECOND}", {SUBJECT: 2}),
    "the hash before": (f"UPDATE audit_record SET previous_hash = hash {SECOND}", {SUBJECT: 2}),
    "a record taken out": (f"DELETE FROM audit_record {SECOND}", {SUBJECT: 2}),
    "a record moved to a new chain": (
        f"UPDATE audit_record SET subject_id = {OTHER + 1} {SECOND}",
        {SUBJECT: 2, OTHER + 1: 1},
    ),
    "the first record": (
        f"DELETE FROM audit_record WHERE subject_id = {OTHER} AND sequence = 1",
        {OTHER: 1},
    ),
    "the last records": (
        "UPDATE audit_record SET action = 'x' WHERE sequence = 4",
        {SUBJECT: 4, OTHER: 4},
    ),
    "the numbering": (
        "UPDATE audit_record SET sequence = sequence + 10",
        {SUBJECT: 1, OTHER: 1},
    ),
    "two chains swapped": (
        ";".join(MOVE.format(*pair) for pair in ((1, SUBJECT), (SUBJECT, OTHER), (OTHER, 1))),
        {SUBJECT: 1, OTHER: 1},
    ),
    "the end cut off, which nothing in a chain shows": (
        f"DELETE FROM audit_record WHERE subject_id = {SUBJECT} AND sequence > 2",
        NONE,
    ),
}


@pytest.mark.parametrize(("sql", "where"), TAMPERING.values(), ids=TAMPERING)
async def test_whatever_is_tampered_with_is_found_where_it_is(
    database: Database, database_url: str, sql: str, where: dict[int, int]
) -> None:
    await append(database, *[entry(), entry(OTHER)] * 4)
    with unguarded(database, database_url) as run:
        for each in sql.split(";"):
            run(each)
    assert await breaks(database) == where


async def test_a_verdict_says_what_holds_and_why_the_rest_does_not(
    database: Database, database_url: str
) -> None:
    await append(database, *[entry(SUBJECT + n) for n in range(4)] * 3)
    changes = ("subject_kind = 'lst'", "previous_hash = 'x'", "sequence = 9")
    with unguarded(database, database_url) as run:
        for n, change in enumerate(changes):
            run(f"UPDATE audit_record SET {change} WHERE subject_id = {SUBJECT + n} AND sequence=2")

    assert await verify(database) == Verdict(
        chains=1,
        records=1 + 1 + 1 + 3,
        broken=[
            Broken("ast", SUBJECT, 2, "its hash is not that of its content"),
            Broken("ast", SUBJECT + 1, 2, "it does not name the hash of the one before"),
            Broken("ast", SUBJECT + 2, 2, "it is missing: record 3 is the next"),
        ],
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the other takes no such value
@pytest.mark.parametrize("change", ["facts = '{'", "at = 'noon'", "sequence = 'two'"])
async def test_what_cannot_be_read_is_named_like_the_rest(
    database: Database, database_url: str, change: str
) -> None:
    await append(database, *[entry(), entry(OTHER)] * 2)
    with unguarded(database, database_url) as run:
        run(f"UPDATE audit_record SET {change} {SECOND}")
    assert (await verify(database)).broken == [Broken("ast", SUBJECT, 2, "it cannot be read")]


async def test_twenty_thousand_records_are_followed_in_flat_memory(database: Database) -> None:
    """Chains longer and shorter than what is read at once; 20,000 records held are 50 MB."""
    for _ in range(2):
        await append(database, *[entry(SUBJECT + n) for n in range(5_000)])
        await append(database, *[entry()] * 5_000)
    heard: list[int] = []
    start = time.perf_counter()
    tracemalloc.start()
    found = await verify(database, heard.append)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == Verdict(chains=5_000, records=20_000)
    assert sum(heard) == 20_000
    assert max(heard) == READ_AT_ONCE
    assert most_bytes < 10_000_000
    assert time.perf_counter() - start < 60  # seconds; three are usual, most of them for measuring


async def test_a_record_made_anew_with_its_hash_breaks_the_one_after_it(
    database: Database, database_url: str
) -> None:
    """A careful forger has to forge everything up to the last hash, which a stranger knows."""
    await append(database, *[entry()] * 4)
    forged = await AuditRecord.get(subject_id=SUBJECT, sequence=2)
    forged.actor = "prs_2"
    with unguarded(database, database_url) as run:
        run(f"UPDATE audit_record SET actor = 'prs_2', hash = '{hash_of(forged)}' {SECOND}")
    assert await breaks(database) == {SUBJECT: 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_bit_of_the_file_is_enough(database: Database) -> None:
    """Past SQLite itself: the bytes on the disk."""
    await append(database, *[entry(facts={"note": f"n{n}-agreed"}) for n in range(4)])
    await database.client.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")
    done(asyncio.to_thread(flip, database.url, b"n2-agreed"))
    await database.client.execute_query("PRAGMA shrink_memory")
    assert await breaks(database) == {SUBJECT: 3}


def flip(path: str, text: bytes) -> None:
    with open(path, "r+b") as file:  # noqa: PTH123
        at = file.read().index(text)
        file.seek(at)
        file.write(bytes([text[0] ^ 1]))


FLOATS = ({"a": 0.5}, {"a": [{"b": 1e22}]}, {"a": float("nan")}, {"a": float("inf")})


async def test_a_float_is_no_fact(database: Database) -> None:
    for facts in FLOATS:
        with pytest.raises(TypeError, match="a fact may not be a float"):
            await append(database, entry(facts=facts))
    with pytest.raises(TypeError):
        await append(database, entry(facts={"a": {1, 2}}))
    assert await sequences() == []


def texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def json_values() -> st.SearchStrategy[Any]:
    whole = st.integers(-(2**63), 2**63 - 1)
    return st.recursive(
        st.none() | st.booleans() | whole | texts(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner)
            | st.dictionaries(texts() | st.integers(0, 99), inner, max_size=3)
        ),
        max_leaves=8,
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(facts=st.dictionaries(texts(), json_values(), max_size=4))
async def test_any_facts_verify_after_the_database_gave_them_back(
    database: Database, facts: dict[str, Any]
) -> None:
    before = len(await sequences())
    await append(database, entry(facts=facts))
    last = await AuditRecord.get(subject_id=SUBJECT, sequence=before + 1)
    assert last.facts == json.loads(json.dumps(facts))
    assert last.hash == hash_of(last)
