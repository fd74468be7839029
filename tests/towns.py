"""The town (graph/town.py) on each engine: one to read, and one of the test's own to change.

Loaded by tests/conftest.py as a pytest plugin. A folder may have a town of its own by that name.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.conftest import ENGINES, TODAY, copied, done
from tests.graph.town import build
from tests.postgres import Cluster


async def built(url: str) -> None:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        await build(database)


@pytest.fixture(scope="session")
def sqlite_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town.db"
    shutil.copy(sqlite_template, path)
    done(built(f"sqlite:{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_town(postgres: Cluster, postgres_template: str) -> Iterator[str]:
    """A database that stays closed, so that it can be copied."""
    name = f"commonweal_town_{uuid4().hex[:8]}"
    done(built(done(postgres.create_database(name, postgres_template))))
    yield name
    done(postgres.drop_database(name))


@pytest.fixture(scope="session")
def town_urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Engine -> where its town is that all tests read and none changes."""
    folder = tmp_path_factory.mktemp("town")
    with (
        copied(request, "sqlite", folder, "town") as sqlite,
        copied(request, "postgresql", folder, "town") as postgresql,
    ):
        yield {"sqlite": sqlite, "postgresql": postgresql}


@pytest.fixture(params=ENGINES)
async def town(request: pytest.FixtureRequest, clock: TestClock) -> AsyncIterator[Database]:
    """The town, to read."""
    urls: dict[str, str] = request.getfixturevalue("town_urls")
    async with opened(urls[request.param], clock, LAYOUT) as database:
        yield database


@pytest.fixture(params=ENGINES)
def own_town_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with copied(request, request.param, tmp_path, "town") as url:
        yield url


@pytest.fixture
async def own_town(own_town_url: str, clock: TestClock) -> AsyncIterator[Database]:
    """The town, to change."""
    async with opened(own_town_url, clock, LAYOUT) as database:
        yield database
