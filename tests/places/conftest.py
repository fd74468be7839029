"""Databases to read only, each built once an engine: `town` (wernbridge.py), `scattered` (.py)."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.conftest import ENGINES, TODAY, done
from tests.places import scattered as far_and_wide
from tests.places import wernbridge
from tests.postgres import Cluster

Build = Callable[[Database], Awaitable[None]]


async def built(url: str, build: Build) -> str:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        await build(database)
    return url


def on_sqlite(build: Build, template: Path, folder: Path) -> str:
    path = folder / "built.db"
    shutil.copy(template, path)
    return done(built(f"sqlite:{path}", build))


def on_postgres(build: Build, server: Cluster, template: str) -> Iterator[str]:
    name = f"commonweal_built_{uuid4().hex[:12]}"
    yield done(built(done(server.create_database(name, template)), build))
    done(server.drop_database(name))


@pytest.fixture(scope="session")
def sqlite_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return on_sqlite(wernbridge.build, sqlite_template, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def postgresql_town(postgres: Cluster, postgres_template: str) -> Iterator[str]:
    yield from on_postgres(wernbridge.build, postgres, postgres_template)


@pytest.fixture(scope="session")
def sqlite_scattered(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return on_sqlite(far_and_wide.build, sqlite_template, tmp_path_factory.mktemp("scattered"))


@pytest.fixture(scope="session")
def postgresql_scattered(postgres: Cluster, postgres_template: str) -> Iterator[str]:
    yield from on_postgres(far_and_wide.build, postgres, postgres_template)


@pytest.fixture(params=ENGINES)
async def town(request: pytest.FixtureRequest, clock: TestClock) -> AsyncIterator[Database]:
    async with opened(request.getfixturevalue(f"{request.param}_town"), clock, LAYOUT) as database:
        yield database


@pytest.fixture(params=ENGINES)
async def scattered(request: pytest.FixtureRequest, clock: TestClock) -> AsyncIterator[Database]:
    url = request.getfixturevalue(f"{request.param}_scattered")
    async with opened(url, clock, LAYOUT) as database:
        yield database
