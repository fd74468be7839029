"""Statements under pgbench's load: prepared, each client one after another; how many a second."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.postgres import INSTALLED_IN

RATE: Final = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
DONE: Final = re.compile(r"transactions actually processed: (\d+)")
THREADS: Final = 2


@dataclass(frozen=True)
class Bench:
    """What came of one run."""

    rate: float  # transactions a second, without the time to connect
    done: int


def executable() -> str:
    """The newest of the machine's own: a distribution's stand-in on the PATH costs time."""
    found = [path for each in INSTALLED_IN for path in Path("/").glob(f"{each}/pgbench")]
    named = str(max(found)) if found else shutil.which("pgbench")
    if not named:
        raise SystemExit("pgbench is missing: it comes with PostgreSQL's server or contrib package")
    return named


def placed(statement: str, names: Sequence[str]) -> str:
    """The statement as it is, its $1, $2 … called by name: what pgbench sends has $n again."""
    return re.sub(r"\$(\d+)", lambda found: f":{names[int(found[1]) - 1]}", statement)


def bench(
    url: str, script: str, clients: int, seconds: int, given: Mapping[str, object], settings: str
) -> Bench:
    """Run a script over and over; `given` are its variables, `settings` PGOPTIONS."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [executable(), "--no-vacuum", "--protocol=prepared", f"--client={clients}",
             f"--jobs={min(THREADS, clients)}", f"--time={seconds}", f"--file={file.name}",
             *(f"--define={name}={value}" for name, value in given.items()), url],
            env={"PGOPTIONS": settings, "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    rate, count = RATE.search(done.stdout), DONE.search(done.stdout)
    failed = done.returncode or rate is None or count is None
    assert not failed, f"pgbench failed:\n{done.stdout}{done.stderr}"
    assert rate is not None
    assert count is not None
    return Bench(float(rate[1]), int(count[1]))
