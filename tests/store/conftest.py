"""What the store's tests ask for besides: an empty database, and one engine alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import ENGINES, done
from tests.postgres import Cluster


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
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated and empty SQLite database."""
    return Path(shutil.copy(sqlite_template, tmp_path / "commonweal.db"))
