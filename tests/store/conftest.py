"""What the store's tests ask for besides: one engine alone."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated and empty SQLite database."""
    return Path(shutil.copy(sqlite_template, tmp_path / "commonweal.db"))
