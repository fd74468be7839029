"""No operation reads a large table from end to end: PostGIS's own plans say so.

The town stands in a country of ten thousand and more of everything.
"""

import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.asking import ask
from tests.conftest import TODAY, done
from tests.graph.both_ways import Counted
from tests.graph.operations import OPERATIONS
from tests.postgres import Cluster

LARGE: Final = 10_000  # rows
# in SQLite's words: by no index; what the statement itself made is no table
WHOLE: Final = re.compile(r"SCAN (?!page\b|understood\b|anon_\d|json_each)\w+")
MORE: Final = 12_000

# Spread over Great Britain: a prime step keeps neighbours in number apart on the ground.
AT: Final = "ST_SetSRID(ST_MakePoint(-6 + n * 7919 % 8000 / 1000.0, 50 + n % 9000 / 1000.0), 4326)"
FILL: Final = {
    "area": f"""INSERT INTO area (id, kind, code, name, valid_from, shape, council_id, licence)
        SELECT 1000000 + n,
            CASE WHEN n <= 400 THEN 'COUNCIL' WHEN n % 2 = 0 THEN 'WARD' ELSE 'PARISH' END,
            'X' || n, 'Area ' || n, '2000-01-01', ST_Multi(ST_Expand({AT}, 0.01)), NULL, 'OGL'
        FROM generate_series(1, {MORE}) n""",
    "place": f"""INSERT INTO place (id, kind, name, lookup, qualifier, rank, location)
        SELECT 2000000 + n, CASE n % 9 WHEN 0 THEN 'TOWN' ELSE 'POSTCODE' END, 'P ' || n,
            'p' || n, '', n % 5, {AT}
        FROM generate_series(1, {MORE}) n""",
    "asset": f"""INSERT INTO asset (id, council_id, state, version, name, reference, reference_key,
            location, tenure, occupation, category, declared_surplus)
        SELECT 3000000 + n, 1000001 + n % 40, CASE n % 10 WHEN 0 THEN 'listed' ELSE 'held' END, 1,
            'Asset ' || n, 'R' || n, 'r' || n, {AT}, 'FREEHOLD', 'VACANT',
            (ARRAY['ALLOTMENT', 'PARK', 'HOUSING', 'HIGHWAY'])[1 + n % 4], n % 50 = 0
        FROM generate_series(1, {MORE}) n""",
    "register_row": f"""INSERT INTO register_row (id, file_id, row_number, cells, problems)
        SELECT 4000000 + n, 300, 10000 + n, '{{}}', '[]'
        FROM generate_series(1, {MORE}) n""",
    "asset_row": f"""INSERT INTO asset_row (id, asset_id, row_id)
        SELECT 4000000 + n, 3000000 + n, 4000000 + n FROM generate_series(1, {MORE}) n""",
    "asset_value": f"""INSERT INTO asset_value (id, asset_id, field, value, row_id)
        SELECT 5000000 + n, 3000000 + n, 'name', 'Asset ' || n, 4000000 + n
        FROM generate_series(1, {MORE}) n""",
    "listing": f"""INSERT INTO listing (id, kind, state, version, subject_id, council_id, title,
            category, location, published_at, closes_at)
        SELECT 6000000 + n, (ARRAY['ASSET', 'OPPORTUNITY', 'SHOP', 'OFFER'])[1 + n % 4],
            CASE n % 5 WHEN 0 THEN 'closed' ELSE 'open' END, 1, 3000000 + n, 1000001 + n % 40,
            'Listing ' || n, (ARRAY['FOOD', 'TOOLS', 'PARK', 'ALLOTMENT'])[1 + n % 4], {AT},
            timestamptz '2026-11-22 12:00Z' - n * interval '1 minute',
            CASE n % 3 WHEN 0 THEN NULL ELSE timestamptz '2026-11-22 12:00Z' + (n % 90 - 5) *
                interval '1 day' END
        FROM generate_series(1, {MORE} + 3000) n""",
    "audit_record": f"""INSERT INTO audit_record (id, subject_kind, subject_id, sequence, at, actor,
            action, facts, previous_hash, hash)
        SELECT 7000000 + n, 'ast', 3000000 + n, 1, now(), 'officer', 'import', '{{}}', '', ''
        FROM generate_series(1, {MORE}) n""",
    "round": f"""INSERT INTO round (id, council_id, title, questions, criteria, ties, last_resort,
            hides_number, public_key, opened_at, version)
        SELECT 8000000 + n, 1000001 + n % 40, 'Round ' || n, '[]', '[]', '[]', 'SHARED', true, '',
            now(), 1
        FROM generate_series(1, {MORE}) n""",
    "round_stage": f"""INSERT INTO round_stage (id, round_id, stage, ends_at)
        SELECT 8000000 + n, 8000000 + n, 'DECISION', now() FROM generate_series(1, {MORE}) n""",
    "handover_case": f"""INSERT INTO handover_case (id, council_id, asset_id, round_id, state,
            version, title, rules, began_on)
        SELECT 9000000 + n, 1000001 + n % 40, 3000000 + n, 8000000 + n / 5,
            CASE n % 3 WHEN 0 THEN 'proposed' ELSE 'ended' END, 1, 'Case ' || n, '{{}}',
            '2026-11-22'
        FROM generate_series(5, {MORE}) n""",
    "case_question": f"""INSERT INTO case_question (id, case_id, text, asked_at)
        SELECT 9000000 + n, 9000000 + n, 'Is there a key?', now()
        FROM generate_series(5, {MORE}) n""",
}


async def fill(url: str) -> None:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        for statement in FILL.values():
            await database.client.execute_query(statement)
        await database.client.execute_query("ANALYZE")


@pytest.fixture(scope="module")
def country_url(postgres: Cluster, postgres_town: str) -> Iterator[str]:
    name = f"commonweal_country_{uuid4().hex[:8]}"
    url = done(postgres.create_database(name, postgres_town))
    done(fill(url))
    yield url
    done(postgres.drop_database(name))


@pytest.fixture
async def country(country_url: str, clock: TestClock) -> AsyncIterator[Database]:
    async with opened(country_url, clock, LAYOUT) as database:
        yield database


@pytest.fixture
async def sqlite_town_copy(
    sqlite_town: Path, tmp_path: Path, clock: TestClock
) -> AsyncIterator[Database]:
    path = shutil.copy(sqlite_town, tmp_path / "town.db")
    async with opened(f"sqlite:{path}", clock, LAYOUT) as database:
        yield database


def whole_reads(node: dict[str, Any], large: set[str]) -> Iterator[str]:
    """The large tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large:
        yield f"{node['Relation Name']}: {node.get('Filter', 'all of it')}"
    for inner in node.get("Plans", ()):
        yield from whole_reads(inner, large)


async def test_no_statement_of_an_operation_reads_a_large_table_whole(country: Database) -> None:
    large = {name for name in FILL if await rows_of(country, name) > LARGE}
    assert large == FILL.keys()
    for name, sql, values in await statements(country):
        [[plan]] = await country.fetch(f"EXPLAIN (FORMAT JSON) {sql}", values)
        [explained] = json.loads(plan)

        assert not [*whole_reads(explained["Plan"], large)], (name, sql, values)


async def statements(database: Database) -> list[tuple[str, str, Sequence[Any]]]:
    """What the operations ask: the operation's name, SQL, values."""
    counted, found = Counted(database), []
    for operation in OPERATIONS:
        counted.asked.clear()
        for variables in operation.askings:
            body = await ask(database, operation.text, variables, operation.viewer)
            assert "errors" not in body
        found += [(operation.name, sql, values) for sql, values in counted.asked]
    database.reader = counted.reader
    return found


async def rows_of(database: Database, table: str) -> int:
    [[count]] = await database.fetch(f"SELECT count(*) FROM {table}", [])
    return int(count)


async def test_sqlite_searches_each_table_by_an_index(sqlite_town_copy: Database) -> None:
    """SQLite plans by the text alone, so that a small town shows what a large one would have."""
    for name, sql, values in await statements(sqlite_town_copy):
        plan = await sqlite_town_copy.fetch(f"EXPLAIN QUERY PLAN {sql}", values)

        assert not [row[3] for row in plan if WHOLE.fullmatch(row[3])], (name, sql, values)


async def test_what_no_index_serves_is_told(country: Database) -> None:
    [[plan]] = await country.fetch(
        "EXPLAIN (FORMAT JSON) SELECT id FROM asset WHERE name = 'x'", []
    )

    assert [*whole_reads(json.loads(plan)[0]["Plan"], {"asset"})]


async def test_what_no_index_serves_is_told_in_sqlite_too(sqlite_town_copy: Database) -> None:
    sql = "EXPLAIN QUERY PLAN SELECT id FROM asset AS asset_1 WHERE name = 'x'"
    plan = await sqlite_town_copy.fetch(sql, [])

    assert [row[3] for row in plan if WHOLE.fullmatch(row[3])]
