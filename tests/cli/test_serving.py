"""The server as whatever starts and stops it sees it: ready, stopping, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import orjson
import pytest

CODE = "from commonweal.cli import main; main()"
START_SECONDS = 60  # on a machine with much else to do; a quiet one takes three


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop_ends_well_and_every_line_it_wrote_is_json(
    sqlite_template: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    (tmp_path / "commonweal.db").write_bytes(sqlite_template.read_bytes())
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", CODE, "serve", "--port", str(port)],
        cwd=tmp_path,
        env=kept | {"COMMONWEAL_DATABASE_URL": "sqlite:commonweal.db"},
        stderr=subprocess.PIPE,
    ) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", server)
            server.send_signal(stop)
            _, written = server.communicate(timeout=15)
        finally:
            server.kill()
    lines = [orjson.loads(line) for line in written.splitlines()]
    assert server.returncode == 0, written
    assert lines[-1]["event"].startswith("Finished server process")


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                assert answer.read() == b"ready\n"
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")
