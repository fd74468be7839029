"""Where the two engines may differ: a literal list, so that a new place is added knowingly.

One statement for both is the rule (docs/decisions/0002-engines.md). What is written twice can be
wrong on one side alone, so it stands here with its reason, or a test fails. Migrations are left
out: each is written for both engines anyway (store/operations.py).
"""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "commonweal"
DECISION: Final = ROOT / "docs" / "decisions" / "0002-engines.md"

TELLS_APART: Final = re.compile(
    r"@compiles\(|\bdialect\.name\b|\b(engine|dialect) ([=!]=|(not )?in [(\[{])"
)
MAY_DIFFER: Final = {
    "graph/assemble.py": "drivers give truths and instants as different Python values",
    "graph/sql.py": "a list in one bound value: an array or JSON; an instant's literal",
    "graph/statement.py": "only PostgreSQL has an index by nearness to take steps by",
    "graph/walk.py": "and only there a step is bounded by the index's own measure",
    "ledger/actions.py": "only PostgreSQL has payers side by side, and so shards",
    "ledger/preparing.py": "a list in one bound value; how an instant is bound",
    "ledger/sealing.py": "only PostgreSQL has transactions side by side to wait for",
    "ledger/statements.py": "one round trip with arrays, or a few statements with JSON",
    "listings/queries_clusters.py": "rounding down and the lesser of two have other names",
    "listings/queries_words.py": "words are found in a GIN index or FTS5; JSON is read otherwise",
    "places/spatial.py": "a circle or a shape is asked of GiST or of an R*Tree",
    "volunteering/queries_feeds.py": "a list within a row is JSON by other names; an instant ago",
    "store/announcements.py": "only PostgreSQL can notify other processes",
    "store/core_tables.py": "instants and days are text in SQLite",
    "store/database.py": "what is opened: a file, or a server and its pool",
    "store/fields.py": "a shape is bytes for SQLite, hexadecimal for PostGIS",
    "store/grants.py": "only PostgreSQL has roles",
    "store/lease.py": "one writer at a time on SQLite; PostgreSQL needs a lock",
    "store/locks.py": "the same, for whatever is no row",
    "store/migrate.py": "who migrates at once, and SQLite's tables made anew",
    "store/transaction.py": "a lock of ours and BEGIN IMMEDIATE, or a connection of a pool",
}
ABOVE_STORE: Final = [path for path in MAY_DIFFER if not path.startswith("store/")]


def telling_apart(package: Path) -> set[str]:
    """The modules, but migrations, whose text tells one engine from the other."""
    modules = {str(path.relative_to(package)): path for path in package.rglob("*.py")}
    return {
        name
        for name, path in modules.items()
        if not name.startswith("migrations/") and TELLS_APART.search(path.read_text())
    }


def test_the_engines_differ_only_where_it_is_known_and_why() -> None:
    """Not an import, so no contract. One that is listed and no longer differs is taken out."""
    assert telling_apart(PACKAGE) == set(MAY_DIFFER)


@pytest.mark.parametrize(
    "line",
    [
        '@compiles(nearness, "sqlite")',
        'if dialect.name == "sqlite":',
        'if tx.database.engine == "postgresql":',
        'if place.engine != "sqlite":',
        'if engine in ("sqlite",):',
    ],
)
def test_another_place_that_tells_them_apart_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "queries.py").write_text(f"{line}\n")
    (tmp_path / "rooms" / "rules.py").write_text("reader(schema, database.engine)\n")

    assert telling_apart(tmp_path) == {"rooms/queries.py"}


@pytest.mark.parametrize("path", ABOVE_STORE)
def test_the_decision_names_each_place_above_the_store(path: str) -> None:
    assert f"`{path}`" in DECISION.read_text()
