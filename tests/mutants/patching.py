"""A copy of the service with one defect in it, and a test that is run against the copy.

The text that is to be replaced must stand in its file exactly once: a defect that can no longer be
planted fails loudly, and is to be written anew.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SOURCE: Final = ROOT / "src" / "commonweal"
SECONDS: Final = 300  # a test that hangs has found its defect too, but says nothing of which


@dataclass(frozen=True)
class Patch:
    """One exact text of a file, and what stands there instead."""

    file: str
    old: str
    new: str


def copied_with(patches: tuple[Patch, ...], folder: Path) -> Path:
    """The folder to import the patched copy from. Raises AssertionError for a text not there."""
    # what is compiled comes along, as it costs a second; a patched file is newer and compiled anew
    shutil.copytree(SOURCE, folder / "commonweal", ignore=shutil.ignore_patterns("*.pyc.*"))
    for patch in patches:
        path = folder / "commonweal" / patch.file
        text = path.read_text()
        assert text.count(patch.old) == 1, f"{patch.file} has not once: {patch.old}"
        path.write_text(text.replace(patch.old, patch.new))
    return folder


def asked_of_tests(
    source: Path, tests: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    """What pytest says of these tests with the service as it is in a folder."""
    given = os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    given = {name: value for name, value in given.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--tb=short", *tests]
    return subprocess.run(
        command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=SECONDS, check=False
    )
