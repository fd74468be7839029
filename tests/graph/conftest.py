"""The town (town.py) on each engine: one to read, and one of the test's own to change."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.conftest import ENGINES, TODAY, done
from tests.graph.town import build
from tests.postgres import Cluster


async def built(url: str, scale: int = 1) -> None:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        await build(database, scale)


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
def town_urls(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Engine -> where its town is that all tests read and none changes."""
    server: Cluster = request.getfixturevalue("postgres")
    copy = f"commonweal_read_{uuid4().hex[:8]}"
    postgres = done(server.create_database(copy, request.getfixturevalue("postgres_town")))
    yield {"sqlite": f"sqlite:{request.getfixturevalue('sqlite_town')}", "postgresql": postgres}
    done(server.drop_database(copy))


@pytest.fixture(params=ENGINES)
async def town(request: pytest.FixtureRequest, clock: TestClock) -> AsyncIterator[Database]:
    """The town, to read."""
    urls: dict[str, str] = request.getfixturevalue("town_urls")
    async with opened(urls[request.param], clock, LAYOUT) as database:
        yield database


@pytest.fixture(params=ENGINES)
def own_town_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path / "town.db"
        shutil.copy(request.getfixturevalue("sqlite_town"), path)
        yield f"sqlite:{path}"
        return
    server: Cluster = request.getfixturevalue("postgres")
    name = f"commonweal_own_{uuid4().hex[:8]}"
    yield done(server.create_database(name, request.getfixturevalue("postgres_town")))
    done(server.drop_database(name))


@pytest.fixture
async def own_town(own_town_url: str, clock: TestClock) -> AsyncIterator[Database]:
    """The town, to change."""
    async with opened(own_town_url, clock, LAYOUT) as database:
        yield database


@pytest.fixture(autouse=True)
def planned_answers_do_not_fail(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The executor would answer in their stead, and no answer would show it."""
    yield
    records = caplog.get_records("call")
    assert not [each.exc_text for each in records if "planned answer failed" in each.message]
