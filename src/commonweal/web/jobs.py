"""What is done without being asked: the literal table of jobs, and the loop that does them.

`serve` runs it beside its requests unless told `--no-worker`; `worker` runs it alone. Two at once
do no harm: a job locks what it works on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from commonweal.assets.actions import close_due_listings
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

log = logging.getLogger("commonweal.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again: how many things it did, in a transaction of its own."""

    name: str
    every_seconds: float
    work: Callable[[Transaction], Awaitable[int]]


JOBS: Final = (
    # search hides what is over from its very instant: a minute later its asset is free again
    Job("close listings whose day is over", 60, close_due_listings),
)


async def run_once(database: Database, job: Job) -> int:
    """Do a job until nothing is left of it."""
    done = 0
    while batch := await in_transaction(database, job.work):
        done += batch
    if done:
        log.info("%s: %d", job.name, done)
    return done


async def run_forever(database: Database) -> None:
    """All jobs, each at its pace, until cancelled; a job that fails is tried again at its time."""
    async with asyncio.TaskGroup() as tasks:
        for job in JOBS:
            tasks.create_task(_repeat(database, job), name=job.name)


async def _repeat(database: Database, job: Job) -> None:
    while True:
        try:
            await run_once(database, job)
        except Exception:
            log.exception("the job failed and will be tried again: %s", job.name)
        await asyncio.sleep(job.every_seconds)
