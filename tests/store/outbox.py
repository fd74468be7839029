"""What the tests of the outbox share: an effect that can be counted, and a worker elsewhere.

`python -m tests.store.outbox URL HOURS POINT …` is that worker. It writes a line, says so, and
does lines until it is killed or stopped; POINT is where it waits to be killed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE
from typing import Any, Final

from commonweal.kernel.clock import TestClock
from commonweal.places.tables import Area
from commonweal.store import worker
from commonweal.store.database import Database, opened
from commonweal.store.jobs import enqueue
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import Kind, run_forever
from commonweal.web.rooms import LAYOUT
from tests.conftest import TODAY
from tests.store.rows import add_area

ROOT: Final = Path(__file__).parents[2]
POINTS: Final = ("committed", "begun", "applied")  # where a worker may be killed


async def wrote(database: Database, kind: str, *facts: dict[str, Any], **more: Any) -> None:
    """Lines of one transaction."""

    async def work(tx: Transaction) -> None:
        for each in facts or ({},):
            await enqueue(tx, kind, each, **more)

    await in_transaction(database, work)


async def lines(**which: Any) -> list[Job]:
    """The lines as they are now, in the order in which they were written."""
    return await Job.filter(**which).order_by("id")


async def apply_once(database: Database, facts: dict[str, Any]) -> None:
    """An idempotent job: there is an area of this code afterwards, and only one."""

    async def work(tx: Transaction) -> None:
        if not await Area.exists(code=facts["code"]):
            await add_area(tx, facts["code"])

    await in_transaction(database, work)


@asynccontextmanager
async def elsewhere(url: str, hours: int, point: str, *codes: str) -> AsyncIterator[Any]:
    """A worker in another process, at its point: `said()` is its next line, `kill()` is SIGKILL."""
    words = (sys.executable, "-m", "tests.store.outbox", url, str(hours), point, *codes)
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(process: Any) -> str:
    said: bytes = await asyncio.wait_for(process.stdout.readline(), 30)
    return said.decode().strip()


async def work_elsewhere(url: str, hours: str, point: str, *codes: str) -> None:
    """Commit a line for each code, then do lines; stay for ever at the point, if it comes."""
    clock = TestClock(TODAY + timedelta(hours=int(hours)))
    worker.POLL_SECONDS = 0.02  # type: ignore[misc]

    async def stay(here: str) -> None:
        if here == point:
            print(here, flush=True)
            await asyncio.Event().wait()

    async def work(database: Database, facts: dict[str, Any]) -> None:
        await stay("begun")
        await apply_once(database, facts)
        await stay("applied")
        print("done", facts["code"], flush=True)

    async with opened(url, clock, LAYOUT) as database:
        await wrote(database, "apply", *({"code": code} for code in codes))
        await stay("committed")
        await run_forever(database, {"apply": Kind(work)})


if __name__ == "__main__":
    asyncio.run(work_elsewhere(*sys.argv[1:]))
