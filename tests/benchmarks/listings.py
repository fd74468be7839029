"""A made-up country of listings: towns of very unequal size, written by SQL alone.

A million rows have 2,000 towns, and a smaller country as many fewer, so that a circle holds as many
rows in both. The largest of 2,000 towns has 2 % of all rows, kinds have from 40 % to 0.01 %, 60 %
are open, and 20,000 councils stand behind them. Seeded: two runs have the same rows.
"""

import random
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

ROWS_A_TOWN: Final = 500  # on average
COUNCILS: Final = 20_000
COMMON, RARE = "OPPORTUNITY", "OFFER"  # the kinds with the most and the fewest rows
BELOW: Final = {"OPPORTUNITY": 0.4, "ASSET": 0.75, "SHOP": 0.9999, "OFFER": 1.0}  # cumulated

TOWN = """
CREATE TABLE town (number int PRIMARY KEY, x float8, y float8, spread float8, share float8);
INSERT INTO town SELECT n, -4.8 + random() * 6.2, 50.2 + random() * 7.6,
    0.012 + 0.05 * power(n, -0.3), 1 / power(n, 0.6) FROM generate_series(1, {towns}) n;
ALTER TABLE town ADD until float8;
UPDATE town SET until = summed.until FROM (
    SELECT number, sum(share) OVER (ORDER BY number) / sum(share) OVER () AS until FROM town
) summed WHERE summed.number = town.number;
CREATE INDEX ON town (until);
"""
AREA = f"""
INSERT INTO area (id, kind, code, name, valid_from, shape, licence)
SELECT n, 'COUNCIL', 'X' || n, 'Council ' || n || ' of the Middle Shires', '2000-01-01',
    ST_Multi(ST_MakeEnvelope(n * 0.0001, 60, n * 0.0001 + 0.00005, 60.00005, 4326)), 'none'
FROM generate_series(1, {COUNCILS}) n
"""
# Towns are round: two normal distances from the middle, wider in degrees east than north.
LISTING = """
INSERT INTO listing (id, kind, state, version, subject_id, council_id, title, summary, category,
    address, location, published_at, closes_at{more})
SELECT n, {kind},
    CASE WHEN open < 0.6 THEN 'open' WHEN open < 0.9 THEN 'closed' ELSE 'withdrawn' END,
    1, n, 1 + floor(council * {councils})::int,
    initcap((ARRAY['morning', 'weekend', 'evening', 'monthly', 'drop-in', 'family'])[1 + n % 6])
        || ' ' || (ARRAY['gardening help', 'food bank sorting', 'repair cafe', 'reading group',
        'minibus driving', 'tool library', 'walking group'])[1 + n % 7] || ' #' || n,
    'Join neighbours for a friendly session near you; bring sturdy shoes and a smile. No '
        || 'experience needed, tea "and" biscuits provided. Ref ' || md5(n::text),
    (ARRAY['FOOD', 'TOOLS', 'PARK', 'ALLOTMENT', 'READING', 'REPAIR', 'TRANSPORT'])[1 + n % 7],
    n || ' High Street',
    ST_SetSRID(ST_MakePoint(
        town.x + town.spread * 1.6 * sqrt(-2 * ln(r)) * cos(2 * pi() * a),
        town.y + town.spread * sqrt(-2 * ln(r)) * sin(2 * pi() * a)), 4326),
    now() - n * interval '30 seconds',
    CASE WHEN n % 3 = 0 THEN now() + (1 + n % 90) * interval '1 day' END{values}
FROM (
    SELECT n, random() AS kind, random() AS open, random() AS council, 1 - random() AS r,
        random() AS a, random() AS spot FROM generate_series(1, {rows}) n
) made CROSS JOIN LATERAL (
    SELECT x, y, spread FROM town WHERE until >= spot ORDER BY until LIMIT 1
) town
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'listing'
    AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@dataclass(frozen=True)
class Town:
    x: float
    y: float
    spread: float
    share: float  # of all rows


async def seed(url: str, rows: int) -> None:
    """Fill a migrated and empty PostgreSQL database; indexes are built afterwards."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET statement_timeout = 0; SET maintenance_work_mem = '1GB'")
        await connection.execute("SELECT setseed(0.42)")
        await connection.execute(TOWN.format(towns=max(1, rows // ROWS_A_TOWN)))
        await connection.execute(AREA)
        indexes = await connection.fetch(INDEXES)
        for name, _ in indexes:
            await connection.execute(f'DROP INDEX "{name}"')
        await connection.execute(listing(rows, await needed(connection)))
        for _, definition in indexes:
            await connection.execute(definition)
        await connection.execute("VACUUM ANALYZE listing")
        await connection.execute("VACUUM ANALYZE area")
    finally:
        await connection.close()


async def needed(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    """Columns that must have a value and are none of this benchmark's business: an empty one."""
    found = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'listing'"
        " AND is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER'"
    )
    text = {"text", "character varying"}
    return {name: "''" if kind in text else "0" for name, kind in found if f" {name}," not in KNOWN}


KNOWN: Final = LISTING.partition("{more}")[0].replace("(id", " id").replace("\n    ", " ") + ","


def listing(rows: int, more: dict[str, str]) -> str:
    """The statement that writes the listings."""
    kinds = " ".join(f"WHEN kind < {below} THEN '{kind}'" for kind, below in BELOW.items())
    return LISTING.format(
        rows=rows,
        kind=f"CASE {kinds} END",
        councils=COUNCILS,
        more="".join(f", {name}" for name in more),
        values="".join(f", {value}" for value in more.values()),
    )


async def towns(url: str) -> list[Town]:
    """The largest first."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT x, y, spread, share FROM town ORDER BY number")
    finally:
        await connection.close()
    return [Town(*row) for row in found]


def centres(among: list[Town], count: int, chance: random.Random) -> list[tuple[float, float]]:
    """Random points, as often near a town as it has listings."""
    chosen = chance.choices(among, [town.share for town in among], k=count)
    return [around(town, chance) for town in chosen]


def around(town: Town, chance: random.Random) -> tuple[float, float]:
    """A point where people of this town would stand."""
    x = town.x + 1.6 * chance.gauss(0, town.spread)
    return round(x, 6), round(town.y + chance.gauss(0, town.spread), 6)


Variables = dict[str, Any]
