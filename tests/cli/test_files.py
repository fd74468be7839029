"""`commonweal files check`: what is missing or changed is named, and by exit status told."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from commonweal.access import Viewer
from commonweal.files import actions
from commonweal.files.tables import File
from commonweal.kernel.clock import SYSTEM
from commonweal.kernel.ids import write_id
from commonweal.store.database import opened
from commonweal.web.rooms import LAYOUT
from tests.store.writing import write


def check(database_url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from commonweal.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, "files", "check"],
        env=os.environ
        | {
            "COMMONWEAL_DATABASE_URL": database_url,
            "COMMONWEAL_FILES": str(folder),
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def some(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_every_file_is_read_again_and_what_is_not_as_it_was_is_named(
    database_url: str, tmp_path: Path
) -> None:
    folder, viewer = tmp_path / "files", Viewer(1, "clerk")
    async with opened(database_url, SYSTEM, LAYOUT, files=folder) as database:
        contents = database.contents
        made: list[File] = [
            await actions.upload(database, viewer, name, some(text))
            for name, text in (("a.txt", b"one"), ("b.txt", b"one"), ("c.txt", b"two"))
        ]
    well = check(database_url, folder)
    assert well.returncode == 0, well.stderr
    assert "3 files, 2 contents: all as they were." in well.stdout

    a, b, c = [f"{write_id('fil', file.id)} {file.name}" for file in made]
    await write(contents, some(b"nobody's"), 100)
    contents.path(made[0].sha256).write_bytes(b"other")
    contents.path(made[2].sha256).unlink()
    ill = check(database_url, folder)
    assert ill.returncode == 1
    for name in (a, b):
        assert f"{name}: its bytes have changed" in ill.stderr
    assert f"{c}: its bytes are not there" in ill.stderr
    assert ill.stdout.count("is kept, but no file has it") == 1
    assert "Traceback" not in ill.stderr
