"""What every test may ask for: a migrated database on each engine, a clock to turn, real data.

`database` runs a test twice, on SQLite in a file and on PostgreSQL with PostGIS; each test has a
database of its own, copied from one that was migrated once.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import settings

from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.store.migrate import migrate
from commonweal.web.rooms import LAYOUT
from tests.postgres import Cluster, Unavailable, cluster

pytest_plugins = ["tests.no_skips", "tests.towns"]

# How long an example takes is the machine's affair; what is to be quick is measured by benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ENGINES = ("sqlite", "postgresql")
TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
# PostgreSQL's clock, where tests turn it: a row instead of the time of day.
TURNED = """
CREATE TABLE test_clock (at timestamptz NOT NULL);
INSERT INTO test_clock VALUES ('2026-11-22 12:00:00+00');
CREATE OR REPLACE FUNCTION commonweal_now() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT at FROM test_clock $$;
"""
# Where a test starts other tests (tests/mutants), they may have its templates: seconds each.
TEMPLATES = {
    "sqlite": "COMMONWEAL_TEST_SQLITE_TEMPLATE",
    "postgresql": "COMMONWEAL_TEST_POSTGRES_TEMPLATE",
}
T = TypeVar("T")
Advance = Callable[[timedelta], Awaitable[None]]


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end, whether or not the test's own loop is running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def migrated(url: str, *, turned: bool = False) -> None:
    async with opened(url, TestClock(TODAY), LAYOUT, ready=False) as database:
        await migrate(database)
        if turned:
            await database.client.execute_script(TURNED)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if given := os.environ.get(TEMPLATES["sqlite"]):
        return Path(given)
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    done(migrated(f"sqlite:{path}"))
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as server:
        if isinstance(server, Unavailable):
            if os.environ.get("COMMONWEAL_REQUIRE_POSTGRES") == "1":
                pytest.fail(server.reason)
            pytest.skip(f"no PostgreSQL half: {server.reason}")
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> Iterator[str]:
    if given := os.environ.get(TEMPLATES["postgresql"]):
        yield given
        return
    name = f"commonweal_template_{uuid4().hex[:8]}"

    async def make() -> None:
        await postgres.drop_database(name)
        await migrated(await postgres.create_database(name), turned=True)

    done(make())
    yield name
    done(postgres.drop_database(name))


@contextmanager
def copied(
    request: pytest.FixtureRequest, engine: str, folder: Path, of: str = "template"
) -> Iterator[str]:
    """The address of one's own copy of a closed database: `sqlite_{of}` or `postgres_{of}`."""
    if engine == "sqlite":
        path = folder / "commonweal.db"
        shutil.copy(request.getfixturevalue(f"sqlite_{of}"), path)
        yield f"sqlite:{path}"
        return
    server: Cluster = request.getfixturevalue("postgres")
    name = f"commonweal_test_{uuid4().hex[:12]}"
    yield done(server.create_database(name, request.getfixturevalue(f"postgres_{of}")))
    done(server.drop_database(name))


@pytest.fixture
def clock() -> TestClock:
    return TestClock(TODAY)


@pytest.fixture(params=ENGINES)
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a migrated and empty database of the test's own; its files are beside."""
    monkeypatch.setenv("COMMONWEAL_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("COMMONWEAL_KEYS", str(tmp_path / "keys"))
    with copied(request, request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it; on SQLite not even a file."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path / 'empty.db'}"
        return
    server: Cluster = request.getfixturevalue("postgres")
    name = f"commonweal_test_{uuid4().hex[:12]}"
    yield done(server.create_database(name))
    done(server.drop_database(name))


@pytest.fixture
async def database(database_url: str, clock: TestClock, tmp_path: Path) -> AsyncIterator[Database]:
    files, keys = tmp_path / "files", tmp_path / "keys"
    async with opened(database_url, clock, LAYOUT, files=files, keys=keys) as database:
        yield database


@pytest.fixture
def advance(database: Database, clock: TestClock) -> Advance:
    """Turn the service's clock forward, in the process and in PostgreSQL."""

    async def turn(by: timedelta) -> None:
        clock.advance(by)
        if database.engine == "postgresql":
            await database.client.execute_query("UPDATE test_clock SET at = $1", [clock.now()])

    return turn


@pytest.fixture
def open_data() -> Path:
    """The folder of real open data that COMMONWEAL_OPEN_DATA names."""
    named = os.environ.get("COMMONWEAL_OPEN_DATA")
    if not named:
        pytest.skip("COMMONWEAL_OPEN_DATA names no folder of real open data")
    return Path(named)
