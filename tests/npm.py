"""Packages of npm for tests that speak to the service as a JavaScript client does.

    folder = installed(**{"graphql-http": "1.23.1", "graphql": "16.11.0"})

They are installed once, at exactly these versions and without running any of their scripts, into
`.cache/npm/` and stay there; nothing of npm's lies in the repository itself. Where that cannot be
done the test is skipped; where skips are not allowed (no_skips.py) the run fails for it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import pytest

CACHE: Final = Path(__file__).parents[1] / ".cache" / "npm"
INSTALL: Final = ["npm", "install", "--no-save", "--no-package-lock", "--ignore-scripts"]
QUIET: Final = ["--no-audit", "--no-fund"]
NODE_LEAST: Final = 20  # major: the first with everything that the clients use
INSTALL_SECONDS: Final = 300  # a slow registry; a local one takes a second


def installed(**versions: str) -> Path:
    """The folder whose `node_modules` has these packages. Skips the test where npm cannot do it."""
    require_node()
    pinned = [f"{name}@{version}" for name, version in sorted(versions.items())]
    folder = CACHE / "+".join(each.replace("/", "_") for each in pinned)
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        making = Path(mkdtemp(dir=CACHE, prefix="making-"))
        try:
            _install(making, pinned)
            _check(making, versions)
            making.rename(folder)  # whole or not at all: another run may be making the same
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return folder


def require_node() -> None:
    """Skip the test, in a sentence, where node or npm are missing or too old."""
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        subprocess.run(["npm", "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs Node {NODE_LEAST} or later, and npm: {error}")
    if int(said.stdout.strip().removeprefix("v").split(".")[0]) < NODE_LEAST:
        pytest.skip(f"needs Node {NODE_LEAST} or later, and here is {said.stdout.strip()}")


def _install(folder: Path, pinned: list[str]) -> None:
    (folder / "package.json").write_text('{"private": true}')  # else npm looks in folders above
    done = subprocess.run(
        [*INSTALL, *QUIET, *pinned],
        cwd=folder,
        env=os.environ | {"npm_config_cache": str(CACHE / "downloads")},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip()[-1_000:]
        what = f"npm could not install {' '.join(pinned)}: is its registry within reach?"
        pytest.skip(f"{what}\n{said}")


def _check(folder: Path, versions: dict[str, str]) -> None:
    for name, version in versions.items():
        package = json.loads((folder / "node_modules" / name / "package.json").read_text())
        assert package["version"] == version, f"{name} is {package['version']}, not {version}"
