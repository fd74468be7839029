"""S7: the embedded engine. A search on SQLite against a hand-written R*Tree query.

    python -m tests.benchmarks.embedded [--rows 100000] [--rounds 5] [--json FILE]

The peer asks SQLite's R*Tree for the ids, places and kinds in the circle's box, refines and ranks
them with pyproj's and numpy's vectors, and reads the page's rows by id: no GraphQL, no permissions.
Both run in this process; what is compared is the whole time of an answer.
"""

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from pyproj import Geod

from commonweal.access import ANONYMOUS
from commonweal.graph.reader import Reader
from commonweal.graph.request import GraphQLRequest
from commonweal.kernel.clock import SYSTEM
from commonweal.store.database import Database, opened
from commonweal.store.spatial import FUNCTIONS, circle_boxes, make_point, null_if_any_null
from commonweal.web.answers import reader
from commonweal.web.rooms import LAYOUT
from commonweal.web.schema import build
from tests.conftest import migrated

from .asking import SEARCH
from .listings import BELOW, COMMON, Town, around, centres
from .measuring import median, report, rounds, say, table

POINTS: Final = 40  # centres of each case in a round
RADIUS_METRES: Final = 5_000.0
FIRST: Final = 20
ELLIPSOID: Final = Geod(ellps="WGS84")
COUNCILS: Final = 400
BOX: Final = """
SELECT l.id, t.min_x, t.min_y FROM listing_location_rtree t JOIN listing l ON l.id = t.id
WHERE t.max_x >= ? AND t.max_y >= ? AND t.min_x <= ? AND t.min_y <= ?
    AND l.state = 'open' AND l.kind = ? AND (l.closes_at IS NULL OR l.closes_at > ?)
"""
ROWS: Final = """
SELECT l.id, l.title, l.summary, l.location, a.id, a.name
FROM listing l JOIN area a ON a.id = l.council_id WHERE l.id IN (SELECT value FROM json_each(?))
"""


def towns() -> list[Town]:
    """Half of all rows are around one city; the rest is spread over a hundred towns."""
    chance = random.Random(11)
    others = [
        Town(chance.uniform(-4.8, 1.4), chance.uniform(50.2, 57.8), 0.02, 0.005) for _ in range(100)
    ]
    return [Town(-0.12, 51.5, 0.12, 0.5), *others]


def fill(path: Path, rows: int) -> None:
    """Areas and listings, by SQLite's own statements."""
    chance, stamp = random.Random(12), SYSTEM.now().isoformat(" ")
    where = centres(towns(), rows, chance)
    shape = bytes.fromhex("0103000020E610000000000000")  # an empty polygon: nobody looks
    listings = []
    for number, (x, y) in enumerate(where, 1):
        share = chance.random()
        kind = next(kind for kind, below in BELOW.items() if share < below)
        state = "open" if chance.random() < 0.6 else "closed"
        title = f"Weekend gardening help #{number}"
        summary = f"Join neighbours for a friendly session near you. Reference {number:032x}"
        listings.append(
            (number, kind, state, number, number % COUNCILS + 1, title, summary, make_point(x, y),
             stamp)
        )  # fmt: skip
    names = [f"Council {n} of the Middle Shires" for n in range(1, COUNCILS + 1)]
    areas = [(n, f"X{n}", name, shape) for n, name in enumerate(names, 1)]
    database = connected(path)
    with database:
        database.execute("DROP TRIGGER IF EXISTS area_shape_rtree_insert")  # an area has no ground
        database.executemany(
            "INSERT INTO area (id, kind, code, name, valid_from, shape, licence) "
            "VALUES (?, 'COUNCIL', ?, ?, '2000-01-01', ?, 'none')",
            areas,
        )
        database.executemany(
            "INSERT INTO listing (id, kind, state, version, subject_id, council_id, title, summary,"
            " category, location, published_at) VALUES (?, ?, ?, 1, ?, ?, ?, ?, 'FOOD', ?, ?)",
            listings,
        )
    database.execute("ANALYZE")
    database.close()


def connected(path: Path) -> sqlite3.Connection:
    """A connection with the functions that the table's triggers call."""
    database = sqlite3.connect(path)
    for (name, count), function in FUNCTIONS.items():
        database.create_function(name, count, null_if_any_null(function), deterministic=True)
    return database


def by_hand(database: sqlite3.Connection) -> Callable[[float, float, str], bytes]:
    """The peer: one question at a time."""

    def answer(x: float, y: float, kind: str) -> bytes:
        west, south, east, north, *_ = circle_boxes(x, y, RADIUS_METRES)
        now = SYSTEM.now().isoformat(" ")
        found = database.execute(BOX, (west, south, east, north, kind, now)).fetchall()
        if not found:
            return orjson.dumps({"edges": []})
        ids, xs, ys = (np.array(column) for column in zip(*found, strict=True))
        metres = ELLIPSOID.inv(np.full(len(xs), x), np.full(len(xs), y), xs, ys)[2]
        near = np.flatnonzero(metres <= RADIUS_METRES)
        best = near[np.lexsort((ids[near], metres[near]))][: FIRST + 1]
        chosen = [int(ids[i]) for i in best]
        rows = {row[0]: row for row in database.execute(ROWS, (orjson.dumps(chosen).decode(),))}
        edges = [shown(rows[int(ids[i])], float(metres[i])) for i in best[:FIRST]]
        return orjson.dumps({"edges": edges})

    return answer


def shown(row: Sequence[Any], metres: float) -> dict[str, Any]:
    number, title, summary, location, council, name = row
    x, y = np.frombuffer(location, dtype="<f8", offset=9)
    return {
        "distance": round(metres, 3),
        "node": {
            "id": number,
            "title": title,
            "summary": summary,
            "location": {"type": "Point", "coordinates": [float(x), float(y)]},
            "council": {"id": council, "name": name},
        },
    }


async def ours(database: Database, asking: Reader, x: float, y: float, kind: str) -> bytes:
    near = {"longitude": x, "latitude": y, "withinMetres": RADIUS_METRES}
    variables = {"near": near, "kinds": [kind], "first": FIRST}
    request = GraphQLRequest(SEARCH, variables, None, safe=False)
    return (await asking.answer(request, ANONYMOUS, database)).body


async def measure(path: Path, count: int) -> dict[str, float]:
    """Medians of both, in the dense city and anywhere."""
    known, chance = towns(), random.Random(13)
    cases = {
        "dense": [around(known[0], chance) for _ in range(POINTS)],
        "anywhere": centres(known[1:], POINTS, chance),
    }
    peer = by_hand(sqlite3.connect(path))
    took: dict[tuple[str, str], list[float]] = {}
    async with opened(f"sqlite:{path}", SYSTEM, LAYOUT) as database:
        asking = reader(build(), database.engine)
        same = 0
        for x, y in cases["dense"]:
            mine = orjson.loads(await ours(database, asking, x, y, COMMON))["data"]["search"]
            theirs = orjson.loads(peer(x, y, COMMON))
            same += [edge["distance"] for edge in mine["edges"]] == [
                edge["distance"] for edge in theirs["edges"]
            ]
        say(f"{same} of {len(cases['dense'])} answers are the peer's, whose tree rounds places")
        for turn in rounds(["ours", "by hand"], count):
            for name in turn:
                for case, points in cases.items():
                    for x, y in points:
                        began = time.perf_counter()
                        if name == "ours":
                            await ours(database, asking, x, y, COMMON)
                        else:
                            peer(x, y, COMMON)
                        milliseconds = (time.perf_counter() - began) * 1000
                        took.setdefault((case, name), []).append(milliseconds)
    ms = {key: median(each) for key, each in took.items()}
    rows = [(case, name, value) for (case, name), value in sorted(ms.items())]
    say(table(("S7: where", "what", "p50 ms"), rows))
    return {
        "dense_to_by_hand": ms["dense", "ours"] / ms["dense", "by hand"],
        "anywhere_to_by_hand": ms["anywhere", "ours"] / ms["anywhere", "by hand"],
        "dense_ms": ms["dense", "ours"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the ratios by goal here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.db"
        asyncio.run(migrated(f"sqlite:{path}"))
        fill(path, options.rows)
        found = asyncio.run(measure(path, options.rounds))
    report({"S7": found}, options.json)


if __name__ == "__main__":
    main()
