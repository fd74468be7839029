"""S5: the search's SQL stays flat. How long its statements take, by size, circle, kind and page."""

import random
import time
from dataclasses import dataclass, field
from typing import Any, Final

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask
from commonweal.graph.reader import run
from commonweal.kernel.clock import SYSTEM
from commonweal.store.database import Database, opened
from commonweal.web.answers import reader
from commonweal.web.rooms import LAYOUT
from commonweal.web.schema import build

from .listings import COMMON, RARE, Town, around, centres, towns
from .measuring import median, rounds, say, table

POINTS: Final = 150  # centres that each case is asked for in a round
SEARCH: Final = """query($near: NearInput!, $kinds: [ListingKind!], $after: String) {
  search(near: $near, kinds: $kinds, after: $after, first: 20) {
    edges { distance node { id title summary location council { id name } } }
    pageInfo { hasNextPage endCursor } } }"""


@dataclass
class Case:
    """A way to ask, and what it took: milliseconds of the statements alone, one a question."""

    name: str
    database: str
    kind: str
    metres: float
    dense: bool = False  # in the largest town, not anywhere
    page: int = 1
    took_ms: list[float] = field(default_factory=list)


CASES: Final = [
    Case("10 km", "small", COMMON, 10_000),
    Case("10 km", "large", COMMON, 10_000),
    Case("10 km, largest town", "large", COMMON, 10_000, dense=True),
    Case("1 km, largest town", "large", COMMON, 1_000, dense=True),  # where it fills a page too
    Case("200 km, largest town", "large", COMMON, 200_000, dense=True),
    Case("10 km, largest town, rare kind", "large", RARE, 10_000, dense=True),
    Case("10 km, largest town, page 10", "large", COMMON, 10_000, dense=True, page=10),
]


class Timed:
    """A database whose statements are timed."""

    def __init__(self, database: Database) -> None:
        self.reader, self.seconds = database.reader, 0.0
        database.reader = self  # type: ignore[assignment]

    async def fetch(self, sql: str, values: Any) -> Any:
        began = time.perf_counter()
        rows = await self.reader.fetch(sql, values)
        self.seconds += time.perf_counter() - began
        return rows

    async def close(self) -> None:
        await self.reader.close()


async def measure(small: str, large: str, count: int) -> dict[str, float]:
    """The ratios of the medians. `small` and `large` are the databases' URLs."""
    schema = build()
    for names in rounds(["small", "large"], count):
        for name in names:
            url = small if name == "small" else large
            where = await towns(url)
            async with opened(f"{url}?min_size=1&max_size=1", SYSTEM, LAYOUT) as database:
                asking = reader(schema, database.engine).operation(SEARCH, None)
                timed = Timed(database)
                for case in CASES:
                    if case.database == name:
                        await ask_all(case, asking, timed, database, where)
    took = {f"{case.database}: {case.name}": median(case.took_ms) for case in CASES if case.took_ms}
    say(table(("S5: database and circle", "p50 ms"), took.items()))
    say("")
    town = "large: 10 km, largest town"
    compared = {
        "large_to_small": ("large: 10 km", "small: 10 km"),
        "200_km_to_1_km": ("large: 200 km, largest town", "large: 1 km, largest town"),
        "rare_to_common": (f"{town}, rare kind", town),
        "page_10_to_page_1": (f"{town}, page 10", town),
    }
    # a small country has no tenth page
    return {
        name: took[one] / took[other]
        for name, (one, other) in compared.items()
        if one in took and other in took
    }


async def ask_all(
    case: Case, operation: Any, timed: Timed, database: Database, where: list[Town]
) -> None:
    chance = random.Random(f"{case.name} {len(case.took_ms)}")
    points = [around(where[0], chance) for _ in range(POINTS)]
    points = points if case.dense else centres(where, POINTS, chance)
    for number, (x, y) in enumerate(points[: POINTS // case.page]):
        near = {"longitude": x, "latitude": y, "withinMetres": case.metres}
        after = None
        for page in range(1, case.page + 1):
            given = {"near": near, "kinds": [case.kind], "after": after}
            request = Ask(operation.variables.values(given), ANONYMOUS)
            timed.seconds = 0.0
            answer = await run(operation.plan(request), request, database)
            after = answer["search"]["pageInfo"]["endCursor"]
            if page == case.page and number > 5:  # those before have made the server's plan
                case.took_ms.append(timed.seconds * 1000)
            if after is None:
                break
