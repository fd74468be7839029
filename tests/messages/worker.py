"""A worker elsewhere: `python -m tests.messages.worker URL SMTP_PORT` does lines until killed."""

import asyncio
import sys
from pathlib import Path

from commonweal.kernel.clock import TestClock
from commonweal.store.database import opened
from commonweal.store.worker import run_forever
from commonweal.web.jobs import jobs_of
from commonweal.web.rooms import LAYOUT
from tests.conftest import TODAY
from tests.messages.server import Server

ROOT = Path(__file__).parents[2]


async def start(url: str, port: int) -> asyncio.subprocess.Process:
    words = (sys.executable, "-m", "tests.messages.worker", url, str(port))
    return await asyncio.create_subprocess_exec(*words, cwd=ROOT)


async def work(url: str, port: str) -> None:
    async with opened(url, TestClock(TODAY), LAYOUT) as database:
        await run_forever(database, jobs_of(Server(port=int(port)).settings()))


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
