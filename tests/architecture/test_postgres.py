"""The throw-away cluster of `tests/postgres.py` never outlives the process that asked for it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import postgres
from tests.postgres import Cluster, Unavailable, cluster

ROOT = Path(__file__).parents[2]
GONE_SECONDS = 10
ASK = """
import asyncio, asyncpg, signal, sys, time
from tests.postgres import Unavailable, cluster

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

async def folder(server):
    connection = await asyncpg.connect(server.base_url)
    return await connection.fetchval("SHOW data_directory")

with cluster() as server:
    if isinstance(server, Unavailable):
        sys.exit(server.reason)
    print(server.port, asyncio.run(folder(server)), flush=True)
    time.sleep(60)
"""


def cluster_in_a_process() -> subprocess.Popen[str]:
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("COMMONWEAL_")}
    return subprocess.Popen(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_cluster_and_its_folder_go_with_the_process(sent: signal.Signals) -> None:
    with cluster_in_a_process() as process:
        assert process.stdout
        assert process.stderr
        if not (line := process.stdout.readline()):
            pytest.skip(process.stderr.read())
        port, data = line.split()
        assert answers(int(port))
        process.send_signal(sent)
        process.wait(GONE_SECONDS)
    until = time.monotonic() + GONE_SECONDS
    while answers(int(port)) or Path(data).parent.exists():
        assert time.monotonic() < until, f"still there: port {port} or {data}"
        time.sleep(0.05)


def test_a_server_of_ones_own_is_used_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_TEST_POSTGRES_URL", "asyncpg://me:word@server.test:6543/mine")

    with cluster() as server:
        assert isinstance(server, Cluster)
        assert server.base_url == "postgres://me:word@server.test:6543/mine"
        assert server.url("other") == "postgres://me:word@server.test:6543/other"


def test_where_there_is_none_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("COMMONWEAL_TEST_POSTGRES_URL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "INSTALLED_IN", ())

    with cluster() as server:
        assert isinstance(server, Unavailable)
        assert "apt-get install" in server.reason
        assert "COMMONWEAL_TEST_POSTGRES_URL" in server.reason
        assert "\n" not in server.reason
