"""The read path against its peers: PostGraphile, a bare handler, an ordinary Python server.

    python -m tests.benchmarks.search [--rows 1000000] [--rounds 5] [--seconds 4] [--json FILE]

Needs PostgreSQL with PostGIS, and wrk for figures that mean something; PostGraphile comes from npm.
Everything is made for it and thrown away. Goals: S1, S2, S3 over HTTP; S4 in assembly.py; S5 in
statements.py.
"""

import argparse
import asyncio
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import asyncpg

from tests.conftest import migrated
from tests.postgres import Cluster, Unavailable, cluster

from . import assembly, listings, servers, statements
from .asking import OPERATIONS, PATHS, found, written
from .measuring import SERVER_CORE, Load, Target, load, medians, report, rounds, say, table

SETTINGS: Final = """
shared_buffers = 1GB
max_wal_size = 8GB
autovacuum = off
"""
SMALL: Final = 10_000  # rows that S5 compares a million with
COMPARED: Final = 50  # bodies whose answers are compared before anything is timed
Run = tuple[str, str, int]  # operation, server, connections
Goals = dict[str, dict[str, float]]


@contextmanager
def database() -> Iterator[Cluster]:
    """A cluster that is larger than the tests', its processes on the core of whoever asks."""
    with cluster(SETTINGS) as server:
        if isinstance(server, Unavailable):
            raise SystemExit(server.reason)
        asyncio.run(_keep_off(server))
        yield server


async def _keep_off(server: Cluster) -> None:
    connection = await asyncpg.connect(server.base_url)
    servers.keep_database_off(SERVER_CORE, connection.get_server_pid())
    await connection.close()


async def seeded(server: Cluster, rows: int, *, with_peer: bool) -> str:
    """The URL of a database with so many listings."""
    url = await server.create_database(f"rows_{rows}")
    await migrated(url)
    await listings.seed(url, rows)
    if with_peer:
        connection = await asyncpg.connect(url)
        await connection.execute("SET statement_timeout = 0; SET maintenance_work_mem = '512MB'")
        await connection.execute((servers.PEERS / "postgraphile.sql").read_text(encoding="utf-8"))
        await connection.close()
    return url


def runs(targets: dict[str, Target], levels: list[int]) -> list[Run]:
    """What is measured in every round."""
    middle = levels[len(levels) // 2]
    found: list[Run] = []
    for operation, concurrency in (("nearest", levels), ("hundred", [middle]), ("point", [middle])):
        for connections in concurrency:
            for name in targets:
                known = name in OPERATIONS[operation].words
                slow = name == "ordinary" and (operation, connections) != ("nearest", middle)
                if known and not slow:
                    found.append((operation, name, connections))
    return found


def at(target: Target, operation: str) -> Target:
    path = PATHS.get((target.name, operation), "/graphql")
    return replace(target, url=f"{target.url}{path}")


def compare(targets: dict[str, Target], files: dict[tuple[str, str], Path]) -> None:
    """Say how often the peers' answers are ours. The index's order alone is not quite exact."""
    ours: list[list[tuple[int, float]]] = []
    for name, target in targets.items():
        bodies = files[name, "nearest"].read_bytes().splitlines()[:COMPARED]
        answers = [found(name, post(at(target, "nearest").url, body)) for body in bodies]
        ours = ours or answers
        same = sum(a == b for a, b in zip(ours, answers, strict=True))
        say(f"{name}: {same} of {len(ours)} answers are ours, {sum(map(len, answers))} listings")


def post(url: str, body: bytes) -> bytes:
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        content: bytes = response.read()
    return content


def over_http(
    targets: dict[str, Target],
    files: dict[tuple[str, str], Path],
    levels: list[int],
    count: int,
    seconds: float,
) -> dict[Run, Load]:
    """Medians of the rounds."""
    plan = runs(targets, levels)
    loads: dict[Run, list[Load]] = {run: [] for run in plan}
    for operation, name, _ in {(o, n, 0): None for o, n, _ in plan}:
        load(at(targets[name], operation), files[name, operation], 8, min(2, seconds))  # warm
    for turn in rounds(plan, count):
        for operation, name, connections in turn:
            target, bodies = at(targets[name], operation), files[name, operation]
            loads[operation, name, connections].append(load(target, bodies, connections, seconds))
    return {run: medians(each) for run, each in loads.items()}


def shown(measured: dict[Run, Load]) -> str:
    rows = []
    for (operation, name, connections), run in measured.items():
        mine = measured[operation, "commonweal", connections]
        rows.append(
            (operation, connections, name, run.rate, mine.rate / run.rate, run.p50_ms, run.p99_ms,
             run.cpu_us)
        )  # fmt: skip
    head = ("operation", "c", "server", "req/s", "ours /", "p50 ms", "p99 ms", "server CPU us")
    return table(head, rows)


def goals(measured: dict[Run, Load], levels: list[int]) -> Goals:
    """The ratios by goal, ours to theirs."""
    made: Goals = {"S1": {}, "S2": {}, "S3": {}}
    middle = levels[len(levels) // 2]
    for (operation, name, connections), run in measured.items():
        if name == "commonweal":
            continue
        mine = measured[operation, "commonweal", connections]
        goal = "S1" if operation == "nearest" else "S2"
        made[goal][f"{operation}_to_{name}_c{connections}"] = mine.rate / run.rate
        if operation == "nearest" and connections == middle:
            made["S3"][f"cpu_to_{name}"] = mine.cpu_us / max(run.cpu_us, 1e-9)
            made["S3"][f"p99_to_{name}"] = mine.p99_ms / run.p99_ms
    return made


def measure(server: Cluster, url: str, options: argparse.Namespace) -> Goals:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        targets = {"commonweal": stack.enter_context(servers.ours(url, folder))}
        for name in ("bare", "ordinary"):
            targets[name] = stack.enter_context(servers.python_peer(name, url))
        if not options.without_postgraphile:
            try:
                targets["postgraphile"] = stack.enter_context(servers.postgraphile(url))
            except servers.Missing as reason:
                say(f"postgraphile is left out: {reason}")
        files = written(folder, asyncio.run(listings.towns(url)))
        compare(targets, files)
        levels = options.connections
        measured = over_http(targets, files, levels, options.rounds, options.seconds)
    say(f"\n{shown(measured)}\n")
    return goals(measured, levels)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each run")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--without-postgraphile", action="store_true")
    parser.add_argument("--json", type=Path, help="write the ratios by goal here")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        say("wrk is not here: what follows shows that everything runs, and no speed.")
    with database() as server:
        small = asyncio.run(seeded(server, min(SMALL, options.rows), with_peer=False))
        large = small
        if options.rows > SMALL or not options.without_postgraphile:
            large = asyncio.run(seeded(server, options.rows + 1, with_peer=True))
        made = measure(server, large, options)
        made["S4"] = assembly.measure(large, options.rounds)
        made["S5"] = asyncio.run(statements.measure(small, large, options.rounds))
    report(made, options.json)


if __name__ == "__main__":
    main()
