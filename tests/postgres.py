"""A throw-away PostgreSQL cluster with PostGIS, for as long as the tests run; one for each worker.

`with cluster() as server:` gives a `Cluster`, or `Unavailable` with one line that says how to get
one. COMMONWEAL_TEST_POSTGRES_URL names a server of one's own instead: it is used as it stands.

The cluster must never outlive the tests. A small shell process (the guard) waits at the end of a
pipe: when this process ends, in whatever way, the pipe closes and the guard stops the server and
removes its folder. So there is no signal handler here, and kill -9 leaves nothing behind either.

Its time zone is odd on purpose, so that a hidden dependence on the server's settings shows.
Next: tests/conftest.py, which makes one database per test from a migrated template.
"""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
max_connections = 60
shared_buffers = 128MB
max_wal_size = 256MB
timezone = 'Asia/Kathmandu'
"""
# Others may take the free port between our look and the server's start.
START_ATTEMPTS = 3
START_SECONDS = 30
MEMORY = Path("/dev/shm")  # a file system in memory, on Linux; a container's may be small
ROOM_BYTES = 4 * 2**30  # four workers' clusters, of at most half a gigabyte each, and as much again
INSTALLED_IN = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")  # Debian's and Fedora's
HOW = (
    "`apt-get install postgresql postgresql-postgis` (Debian 12: postgresql-15-postgis-3),"
    " or set COMMONWEAL_TEST_POSTGRES_URL to a server on which databases may be made."
)
GUARD = 'read -r _; "$0" stop -s -m immediate -D "$1/data"; rm -rf "$1"'


@dataclass(frozen=True)
class Unavailable:
    """No cluster here, and in one line how to get one."""

    reason: str


@dataclass(frozen=True)
class Cluster:
    """A running server; `base_url` is `postgres://…` to a database that is always there."""

    base_url: str
    killable: "Killable | None" = None  # where it is one of our own

    def url(self, database: str) -> str:
        """The address of one database, as Tortoise and asyncpg both read it."""
        return urlsplit(self.base_url)._replace(path=f"/{database}").geturl()

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.base_url).port or 5432

    @property
    def user(self) -> str:
        return urlsplit(self.base_url).username or "postgres"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database and return its URL; nobody may be connected to the template."""
        source = f" TEMPLATE {_quoted(template)}" if template else ""
        await self._execute(f"CREATE DATABASE {_quoted(name)}{source}")
        return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Remove a database if it is there, cutting off whoever is connected."""
        await self._execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.base_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True)
class Killable:
    """A server of our own, which may be killed as a power cut would, and started again."""

    data: Path
    starting: Callable[[], str | None]

    def kill(self) -> None:
        """End the server and each of its processes with SIGKILL, and wait until they are gone."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)  # it starts no others meanwhile
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        family = [first, *map(int, children)]
        for each in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        until = time.monotonic() + START_SECONDS
        while any(map(_runs, family)):
            assert time.monotonic() < until, "killed processes are still there"
            time.sleep(0.01)
        # Where nobody buries it, a dead server still counts as one that keeps folder and socket.
        for lock in (self.data / "postmaster.pid", *self.data.parent.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def start(self) -> None:
        """Start it again, as it was, and wait until it has recovered."""
        failure = self.starting()
        assert failure is None, f"{failure}{(self.data.parent / 'log').read_text()[-2000:]}"


def _runs(process: int) -> bool:
    """Whether it is there, and not only waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextlib.contextmanager
def cluster(settings: str = "") -> Iterator[Cluster | Unavailable]:
    """Start a cluster (about a second), or use the one that the environment names.

    `settings` are further lines of postgresql.conf, for one that has more to do than tests: it is
    on a disk. Else it is in memory where there is room, as a copy then takes a third of the time.
    """
    if given := os.environ.get("COMMONWEAL_TEST_POSTGRES_URL"):
        yield Cluster(urlsplit(given)._replace(scheme="postgres").geturl())
        return
    binaries = find_binaries()
    if isinstance(binaries, Unavailable):
        yield binaries
        return
    owner = _Owner.of_server()
    # Root's TMPDIR may be closed to the server's user, and a socket's path must be short.
    within = "/tmp" if settings or not _has_room(MEMORY) else MEMORY
    folder = Path(tempfile.mkdtemp(prefix="commonweal-postgres-", dir=within))
    os.chown(folder, owner.uid, owner.gid)
    guard = owner.start("/bin/sh", "-c", GUARD, binaries / "pg_ctl", folder)
    try:
        yield _start(binaries, folder, owner, settings)
    finally:
        guard.communicate(b"\n")


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_BYTES


def find_binaries() -> Path | Unavailable:
    """The newest PostgreSQL that has PostGIS beside it; what is on the PATH comes first."""
    found = [Path(initdb).resolve().parent] if (initdb := shutil.which("initdb")) else []
    for pattern in INSTALLED_IN:
        found += sorted(
            Path("/").glob(pattern), key=lambda path: _version(path.parent.name), reverse=True
        )
    for binaries in found:
        share = subprocess.run(
            [binaries / "pg_config", "--sharedir"], check=True, capture_output=True, text=True
        ).stdout.strip()
        if Path(share, "extension", "postgis.control").exists():
            return binaries
    missing = "PostGIS is not installed beside PostgreSQL" if found else "PostgreSQL is missing"
    return Unavailable(f"{missing}: {HOW}")


def _version(folder: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder)]


@dataclass(frozen=True)
class _Owner:
    """Whose processes the server's are: PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def of_server(cls) -> "_Owner":
        if os.getuid() != 0:
            return cls(os.getuid(), os.getgid())
        try:
            entry = pwd.getpwnam("postgres")
        except KeyError:
            entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start a process in a session of its own, which Ctrl-C at the terminal does not reach."""
        root = os.getuid() == 0
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self.uid if root else None,
            group=self.gid if root else None,
            extra_groups=[] if root else None,
            cwd="/",
            # Not the caller's PGDATA, PGPORT and the like.
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )

    def run(self, *command: str | Path) -> str | None:
        """Run to the end: None when it went well, else what it printed."""
        with self.start(*command) as process:
            printed, _ = process.communicate()
        return None if process.returncode == 0 else printed.decode()


def _start(binaries: Path, folder: Path, owner: _Owner, settings: str) -> Cluster:
    password = secrets.token_hex(16)
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    os.chown(password_file, owner.uid, owner.gid)
    data = folder / "data"
    failure = owner.run(
        binaries / "initdb", "-D", data, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
        "--username=commonweal", f"--pwfile={password_file}", "--auth=scram-sha-256",
    )  # fmt: skip
    assert failure is None, failure
    log = folder / "log"
    start = (binaries / "pg_ctl", "start", "-s", "-w", "-t", str(START_SECONDS))
    for _ in range(START_ATTEMPTS):
        port = _free_port()
        conf = SETTINGS.format(port=port, folder=folder) + settings
        (data / "postgresql.auto.conf").write_text(conf)
        starting = partial(owner.run, *start, "-D", data, "-l", log)
        if starting() is None:
            url = f"postgres://commonweal:{password}@127.0.0.1:{port}/postgres"
            return Cluster(url, Killable(data, starting))
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
