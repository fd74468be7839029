"""The servers under load, ours and its peers, each a process of its own on one core."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .measuring import OTHER_CORE, SERVER_CORE, Target, pinned

ROOT: Final = Path(__file__).parents[2]
PEERS: Final = Path(__file__).parent / "peers"
CACHE: Final = ROOT / ".cache" / "peers"
READY_SECONDS: Final = 60
# The npm package `node` brings a Node of its own: PostGraphile 5 needs 22, machines have less.
PACKAGES: Final = ("node@24.21.0", "postgraphile@5.1.5", "@graphile/simplify-inflection@8.0.0")


class Missing(Exception):
    """A peer that cannot be had here; its column says so."""


@contextmanager
def ours(database: str, folder: Path) -> Iterator[Target]:
    """As people run it: `commonweal serve`, with its limits, permissions, log and figures."""
    port = free_port()
    command = [sys.executable, "-c", "from commonweal.cli import main; main()", "serve"]
    settings = {
        "COMMONWEAL_DATABASE_URL": f"{database}?min_size=8&max_size=8",
        "COMMONWEAL_FILES": str(folder),
        "COMMONWEAL_LOG_FORMAT": "json",
        "COMMONWEAL_RATES": "off",  # all that is asked comes from one address
    }
    command += ["--port", str(port), "--no-worker"]
    with _running("commonweal", command, port, settings) as target:
        yield target


@contextmanager
def python_peer(name: str, database: str) -> Iterator[Target]:
    port = free_port()
    app = f"tests.benchmarks.peers.{name}:app"
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    more = ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    with _running(name, [*command, *more], port, {"DATABASE": database}) as target:
        yield target


@contextmanager
def postgraphile(database: str) -> Iterator[Target]:
    """PostGraphile on its own tables (peers/postgraphile.sql). Raises Missing."""
    node, folder = installed()
    port = free_port()
    settings = {"DATABASE": database, "PORT": str(port), "NODE_ENV": "production"}
    command = [str(node), str(PEERS / "postgraphile.mjs")]
    with _running("postgraphile", command, port, settings, folder) as target:
        yield target


def installed() -> tuple[Path, Path]:
    """Node and the folder of the packages, from npm the first time. Raises Missing."""
    node = CACHE / "node_modules" / ".bin" / "node"
    if not (node.exists() and (CACHE / "node_modules" / "postgraphile").exists()):
        if not shutil.which("npm"):
            raise Missing("npm is not here")
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "package.json").write_text('{"private": true}')  # else npm looks in folders above
        quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run(
            ["npm", "install", *quiet, *PACKAGES],
            cwd=CACHE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not node.exists():
            raise Missing("npm could not install it")
    return node, CACHE


@contextmanager
def _running(
    name: str, command: list[str], port: int, settings: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Target]:
    """Raises Missing with what it printed where it does not come up."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    log = Path(f"/proc/{os.getpid()}/fd/2") if os.environ.get("SHOW_SERVERS") else Path(os.devnull)
    with log.open("ab") as out:
        process = subprocess.Popen(
            pinned(SERVER_CORE, *command),
            cwd=folder,
            env={**environment, **settings},
            stdout=out,
            stderr=out,
        )
    try:
        ends = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > ends:
                raise Missing("it did not start (SHOW_SERVERS=1 shows why)")
            time.sleep(0.1)
        yield Target(name, f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except urllib.error.HTTPError:
        return True  # it has no such page, but it is there
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def keep_database_off(core: int, backend_pid: int) -> None:
    """Put PostgreSQL, which started this backend, and all it starts on the other core."""
    if core == OTHER_CORE:
        return  # there is only one
    fields = Path(f"/proc/{backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
    parent = int(fields[1])
    family = [parent, *_children(parent)]
    for pid in family:
        os.sched_setaffinity(pid, {OTHER_CORE})


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]
