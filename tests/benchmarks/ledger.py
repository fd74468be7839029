"""The ledger against an ordinary one in SQL, and against pgbench's own limit of such work.

    python -m tests.benchmarks.ledger [--rounds 5] [--seconds 3] [--json FILE] [--small]

Needs PostgreSQL with PostGIS and pgbench. On PostgreSQL it is the very statement that the service
sends, and everything that guards it is on: checks, keys, triggers, commits that are flushed. Beside
it stand the service's own `post` and `post_many`. Goals: L1, L2, L4; L5 on SQLite.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from commonweal.ledger.statements import AT_ONCE
from tests.conftest import done, migrated
from tests.postgres import Cluster, Unavailable, cluster

from .measuring import median, report, rounds, say, table
from .pgbench import bench, placed
from .postings import ACTOR, EVENT, UNIT, by_hand, fill, posting, seed
from .servers import PEERS

SETTINGS: Final = """
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 512MB
max_wal_size = 8GB
checkpoint_timeout = 1h
autovacuum = off
"""
SLOW: Final = "-c commit_delay=2000 -c commit_siblings=0"  # microseconds
IDS: Final = 1 << 62  # above all that the service's clock makes in this century
A_RUN: Final = 1 << 40  # ids
# As `at_once` gives them: the id is its journal, and a text of 19 characters its cause.
VALUES: Final = (
    "id", "id", "debit", "credit", "unit", "amount", "id", "actor", "event_at", "now",
)  # fmt: skip
START: Final = r"""
\set n :n + 1
\set id :base + :n * 64 + :client_id
\set debit random(1, :accounts)
\set amount random(1, 100)
"""
CREDIT: Final = {
    "random accounts": r"\set credit 1 + (:debit + random(0, :accounts - 2)) % :accounts",
    "one hot shop": r"\set credit :shop",
}
TWO_ROWS: Final = """
    UPDATE bare.balance SET posted = posted
        + CASE id WHEN :debit THEN -(:amount::bigint) ELSE :amount END
    WHERE id IN (:debit, :credit)
"""
ONE_MORE: Final = "INSERT INTO bare.transfer VALUES (:id, :debit, :credit, :amount)"
STATEMENTS: Final = {
    "ours": placed(AT_ONCE, VALUES),
    "peer": "SELECT * FROM peer.post('pga_' || lpad(:debit, 26, '0'),"
    " 'pga_' || lpad(:credit, 26, '0'), :amount::numeric, :event_at)",
    # as pgbench's own scripts do their work
    "limit": f"BEGIN; {TWO_ROWS}; {ONE_MORE}; END",
    "one statement": f"WITH moved AS ({TWO_ROWS}) {ONE_MORE}",
}
# The peers have the same accounts, and one row of the shop.
SEED_PEERS: Final = """
INSERT INTO peer.account (id, name, currency, balance, allow_negative_balance)
SELECT 'pga_' || lpad(a.id::text, 26, '0'), a.kind || ' ' || a.id, a.unit, sum(b.posted), FALSE
FROM account a JOIN balance b ON b.account = a.id GROUP BY a.id;
INSERT INTO bare.balance SELECT id, 0 FROM account;
"""
FILL_PEER: Final = """
SELECT peer.post('pga_' || lpad(d::text, 26, '0'), 'pga_' || lpad((1 + d % {0})::text, 26, '0'),
    1 + i % 100, now()) FROM (SELECT i, 1 + floor(random() * {0})::int AS d
    FROM generate_series(1, {1}) i) made
"""
SIZE: Final = "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest($1::text[]) t"
TABLES: Final = {"ours": ["transfer"], "peer": ["peer.transfer", "peer.entry"]}


@dataclass(frozen=True)
class Run:
    """What is measured in every round: a workload, whose it is, and how many ask at once."""

    work: str
    side: str
    clients: int = 1
    slow: bool = False  # a commit costs 2 ms


@dataclass(frozen=True)
class Place:
    """Where it is measured."""

    url: str
    sqlite: Path
    accounts: int
    shop: int
    seconds: int


def plan(levels: list[int]) -> list[Run]:
    """All runs of a round; what is compared stands together."""
    middle = levels[len(levels) // 2]
    sides = {"random accounts": ("ours", "peer", "limit"), "one hot shop": ("ours", "peer")}
    runs = [Run(work, side, n) for work in sides for n in levels for side in sides[work]]
    runs += [Run("one hot shop", side, middle, slow=True) for side in ("ours", "peer")]
    runs += [Run("random accounts", "one statement", middle)]
    runs += [Run(work, "post") for work in sides]
    runs += [Run("random accounts", "post_many")]
    return runs + [Run("SQLite", side) for side in ("post", "post_many", "by hand")]


def measured(run: Run, turn: int, place: Place) -> tuple[float, int]:
    """Transfers a second, and how many of ours on PostgreSQL there are more."""
    hot = place.shop if run.work == "one hot shop" else None
    if run.work == "SQLite":
        if run.side == "by hand":
            peer = place.sqlite.with_name("by_hand.db")
            return by_hand(peer, place.accounts, place.seconds), 0
        url, many = f"sqlite:{place.sqlite}", run.side == "post_many"
        return done(posting(url, place.accounts, place.seconds, batches=many))[0], 0
    if run.side not in STATEMENTS:
        many = run.side == "post_many"
        return done(posting(place.url, place.accounts, place.seconds, hot=hot, batches=many))
    script = f"{START}{CREDIT[run.work]}\n{STATEMENTS[run.side].strip()};\n"
    given: dict[str, object] = {
        "n": 0, "base": IDS + turn * A_RUN, "accounts": place.accounts, "shop": place.shop,
        "unit": UNIT, "actor": ACTOR, "event_at": EVENT, "now": EVENT,
    }  # fmt: skip
    found = bench(place.url, script, run.clients, place.seconds, given, SLOW if run.slow else "")
    return found.rate, found.done if run.side == "ours" else 0


async def made(server: Cluster, accounts: int) -> tuple[str, int]:
    """The URL of a database with accounts, the peers beside them, and the shop among them."""
    url = await server.create_database("ledger")
    await migrated(url)
    shop = await seed(url, accounts)
    connection = await asyncpg.connect(url)
    await connection.execute((PEERS / "ledger.sql").read_text(encoding="utf-8"))
    await connection.execute(SEED_PEERS)
    await connection.close()
    return url, shop


async def bytes_a_transfer(url: str, accounts: int, transfers: int) -> dict[str, float]:
    """With all indexes, of ours and the peer's."""
    connection = await asyncpg.connect(url)
    before = {side: await connection.fetchval(SIZE, names) for side, names in TABLES.items()}
    await fill(url, accounts, transfers)
    await connection.execute(FILL_PEER.format(accounts, transfers))
    sizes = {
        side: float(await connection.fetchval(SIZE, names) - before[side]) / transfers
        for side, names in TABLES.items()
    }
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return sizes


async def checked(url: str, transfers: int) -> None:
    """Everything that was counted is there, and no value was made or lost."""
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM transfer") == transfers
    one = await connection.fetchrow("SELECT sum(posted), sum(version) FROM balance")
    other = await connection.fetchrow("SELECT sum(balance), sum(version) FROM peer.account")
    entries = await connection.fetchval("SELECT count(*) FROM peer.entry")
    assert one is not None
    assert other is not None
    assert one[0] == other[0]
    assert (one[1], other[1]) == (2 * transfers, entries)
    await connection.close()


@dataclass(frozen=True)
class Goal:
    """A ratio that counts, and what it is to be."""

    number: str
    name: str
    ours: float
    theirs: float
    least: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    def row(self) -> tuple[object, ...]:
        asked = f"≥ {self.least}" if self.least else f"≤ {self.most}" if self.most else ""
        reached = self.ratio >= (self.least or 0) and self.ratio <= (self.most or self.ratio)
        verdict = "" if not asked else "yes" if reached else "NO"
        return self.number, self.name, self.ours, self.theirs, self.ratio, asked, verdict


def goals(rate: dict[Run, float], sizes: dict[str, float], levels: list[int]) -> list[Goal]:
    """All ratios, ours to theirs."""
    middle = levels[len(levels) // 2]
    spread, shop = CREDIT
    found: list[Goal] = []

    def goal(number: str, name: str, ours: Run, theirs: Run, least: float | None = None) -> None:
        found.append(Goal(number, name, rate[ours], rate[theirs], least))

    for number, work, least in (("L1", spread, 2.0), ("L2", shop, 5.0)):
        for n in levels:
            name = f"{work}, c={n}: ours to the SQL ledger"
            goal(number, name, Run(work, "ours", n), Run(work, "peer", n), least)
    slow = [Run(shop, side, middle, slow=True) for side in ("ours", "peer")]
    goal("L2", f"the same, a commit takes 2 ms, c={middle}", slow[0], slow[1], 8.0)
    hot, random = Run(shop, "ours", middle), Run(spread, "ours", middle)
    goal("L2", f"hot to random, c={middle}", hot, random, 0.9)
    found.append(Goal("L4", "bytes a transfer", sizes["ours"], sizes["peer"], most=0.55))
    one, many, hand = (Run("SQLite", side) for side in ("post", "post_many", "by hand"))
    goal("L5", "SQLite: post to a bare commit of two rows", one, hand, 0.5)
    goal("L5", "SQLite: post_many of 100 to post", many, one, 20.0)
    for n in levels:
        name = f"{spread}, c={n}: the SQL ledger to the limit"
        goal("peer", name, Run(spread, "peer", n), Run(spread, "limit", n), 0.25)
    bare = Run(spread, "one statement", middle)
    goal("-", f"{spread}, c={middle}: ours to two rows and one in one statement", random, bare)
    for work in CREDIT:
        name = f"{work}: the service's post to the SQL ledger"
        goal("-", name, Run(work, "post"), Run(work, "peer", middle))
    batches, single = (Run(spread, side) for side in ("post_many", "post"))
    goal("-", "the service's post_many of 100 to its post", batches, single)
    return found


def measure(server: Cluster, folder: Path, options: argparse.Namespace) -> list[Goal]:
    url, shop = done(made(server, options.accounts))
    sqlite = folder / "ledger.db"
    done(migrated(f"sqlite:{sqlite}"))
    done(seed(f"sqlite:{sqlite}", options.accounts))
    sizes = done(bytes_a_transfer(url, options.accounts, options.transfers))
    place = Place(url, sqlite, options.accounts, shop, options.seconds)
    runs = plan(options.connections)
    rates: dict[Run, list[float]] = {run: [] for run in runs}
    transfers, turns = options.transfers, 0
    for turn in rounds(runs, options.rounds):
        for run in turn:
            turns += 1
            rate, more = measured(run, turns, place)
            rates[run].append(rate)
            transfers += more
    done(checked(url, transfers))
    return goals({run: median(each) for run, each in rates.items()}, sizes, options.connections)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--transfers", type=int, default=20_000, help="of L4")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 16, 32])
    parser.add_argument("--small", action="store_true", help="only see that it runs")
    parser.add_argument("--json", type=Path, help="write the ratios by goal here")
    options = parser.parse_args()
    if options.small:
        options.accounts, options.transfers, options.connections = 1_000, 1_000, [8]
        options.rounds = options.seconds = 1
    with cluster(SETTINGS) as server, tempfile.TemporaryDirectory() as folder:
        if isinstance(server, Unavailable):
            raise SystemExit(server.reason)
        found = measure(server, Path(folder), options)
    head = ("goal", "what", "ours", "theirs", "ratio", "is to be", "reached")
    say(table(head, [goal.row() for goal in found]))
    made: dict[str, dict[str, float]] = {}
    for goal in found:
        made.setdefault(goal.number, {})[goal.name] = goal.ratio
    report(made, options.json)


if __name__ == "__main__":
    main()
