"""`commonweal jobs` and `commonweal worker`, as an operator runs them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.expressions import F

from commonweal.kernel.clock import SYSTEM
from commonweal.store.database import Database, opened
from commonweal.store.jobs import ATTEMPTS, enqueue, id_of
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import periods
from commonweal.web.jobs import jobs_of
from commonweal.web.rooms import LAYOUT
from commonweal.web.settings import Settings

JOBS = jobs_of(Settings())
CODE = "from commonweal.cli import main; main()"
WORDS = [sys.executable, "-W", "error", "-c", CODE]


def surroundings(url: str, columns: int = 160) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    return kept | {"COLUMNS": str(columns), "COMMONWEAL_DATABASE_URL": url}


async def command(
    url: str, folder: Path, *words: str, columns: int = 160
) -> subprocess.CompletedProcess[str]:
    """A command on that database; its outcome."""
    return await asyncio.to_thread(
        subprocess.run,
        [*WORDS, *words],
        cwd=folder,
        env=surroundings(url, columns),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@asynccontextmanager
async def open_at(url: str) -> AsyncIterator[Database]:
    async with opened(url, SYSTEM, LAYOUT) as database:
        yield database


@pytest.fixture
async def ids(database_url: str) -> dict[str, str]:
    """The ids of a line that waits, one that failed, and one that was done."""

    async def work(tx: Transaction) -> None:
        for name in ("wait", "fail", "done"):
            await enqueue(tx, name, {"secret": "s3cret"}, cause=f"the/{name}")
        now = tx.now
        error = "Other changes kept the [database] busy."
        await Job.filter(kind="fail").update(failed_at=now, attempts=ATTEMPTS, last_error=error)
        await Job.filter(kind="done").update(done_at=now, attempts=1)
        await Job.filter(kind="wait").update(due_at=now + timedelta(days=400))

    async with open_at(database_url) as database:
        await in_transaction(database, work)
        return {line.kind: id_of(line) for line in await Job.all()}


async def test_what_failed_waits_and_was_done_is_shown_in_a_table(
    database_url: str, tmp_path: Path, ids: dict[str, str]
) -> None:
    shown = await command(database_url, tmp_path, "jobs")

    assert shown.returncode == 0, shown.stderr
    assert "1 failed, 1 waiting, 1 done" in shown.stdout
    rows = [line for line in shown.stdout.splitlines() if "job_" in line]
    assert [next(k for k, v in ids.items() if v in row) for row in rows] == ["fail", "wait", "done"]
    assert "failed" in rows[0]
    assert "Other changes kept the [database] busy." in rows[0]
    assert f" {ATTEMPTS} " in rows[0]
    assert "waiting" in rows[1]
    assert "done" in rows[2]
    assert "`commonweal jobs retry ID`" in shown.stdout
    assert "s3cret" not in shown.stdout

    narrowed = (await command(database_url, tmp_path, "jobs", "--failed")).stdout
    assert ids["fail"] in narrowed
    assert ids["wait"] not in narrowed
    assert ids["done"] not in narrowed


@pytest.mark.parametrize("columns", [80, 110, 160])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_names_and_references_are_whole_on_a_terminal_of_any_width(
    database_url: str, tmp_path: Path, columns: int
) -> None:
    kind, reference = "sweep_idempotency_keys", "5509e06ffaf7"
    name = "asyncpg.exceptions.TooManyConnectionsError"
    error = f"{name} [again]: something went wrong; look for the reference {reference} in the log."

    async def work(tx: Transaction) -> None:
        await enqueue(tx, kind, {}, cause="the/only")
        await Job.filter(kind=kind).update(last_error=error, failed_at=tx.now, attempts=ATTEMPTS)

    async with open_at(database_url) as database:
        await in_transaction(database, work)
        line = await Job.get(kind=kind)
    shown = (await command(database_url, tmp_path, "jobs", columns=columns)).stdout
    assert "1 failed, 0 waiting, 0 done" in shown
    for whole in (id_of(line), kind, name, "[again]", reference, "failed"):
        assert whole in shown
    assert ("last error" in shown) == (columns == 160), "a table where there is room for one"


async def test_a_program_reads_them_as_json(
    database_url: str, tmp_path: Path, ids: dict[str, str]
) -> None:
    shown = await command(database_url, tmp_path, "jobs", "--json")
    found: list[dict[str, Any]] = json.loads(shown.stdout)

    assert [line["id"] for line in found] == [ids["fail"], ids["wait"], ids["done"]]
    assert [line["state"] for line in found] == ["failed", "waiting", "done"]
    assert set(found[0]) == {
        "id", "kind", "cause", "state", "attempts", "lastError",
        "dueAt", "createdAt", "doneAt", "failedAt",
    }  # fmt: skip
    assert found[0]["cause"] == "the/fail"
    assert found[0]["lastError"] == "Other changes kept the [database] busy."
    only = json.loads((await command(database_url, tmp_path, "jobs", "--failed", "--json")).stdout)
    assert only == found[:1]


async def test_what_failed_is_tried_again_by_its_id_or_all_at_once(
    database_url: str, tmp_path: Path, ids: dict[str, str]
) -> None:
    unknown = await command(database_url, tmp_path, "jobs", "retry", ids["wait"])
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert f"The job {ids['wait']} has not failed: it is waiting." in unknown.stderr
    nothing = await command(database_url, tmp_path, "jobs", "retry")
    assert nothing.returncode == 1
    assert "--all-failed" in nothing.stderr

    again = await command(database_url, tmp_path, "jobs", "retry", ids["fail"])
    assert again.stdout == f"{ids['fail']} fail is tried again now\n"
    left = await command(database_url, tmp_path, "jobs", "retry", "--all-failed")
    assert left.stdout == "Nothing has failed.\n"
    async with open_at(database_url):
        line = await Job.get(kind="fail")
    assert (line.failed_at, line.attempts) == (None, 0)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda stop: stop.name)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_worker_does_what_is_due_and_stops_cleanly(
    database_url: str, tmp_path: Path, stop: signal.Signals
) -> None:
    process = await asyncio.create_subprocess_exec(
        *WORDS, "worker",
        cwd=tmp_path, env=surroundings(database_url),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with open_at(database_url):
            for _ in range(500):
                done = Job.filter(attempts=0, last_error=None, due_at__gt=F("created_at"))
                if await done.count() == len(periods(JOBS)):
                    break
                await asyncio.sleep(0.05)
            else:
                pytest.fail("the recurring work was not done")
        process.send_signal(stop)
        printed, complaint = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()

    assert process.returncode == 0
    assert b"Doing jobs." in printed
    assert b"Traceback" not in complaint
