"""Doing the outbox's lines (jobs.py), several at once, until told to stop.

`serve` runs it beside its requests unless told `--no-worker`; `worker` runs it alone; any number of
processes share the lines. A job runs outside any transaction and may run twice, so it must be
idempotent: it opens transactions of its own, and what it does elsewhere carries a key.
"""

import asyncio
import logging
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from commonweal.kernel.errors import UserError

from .database import Database
from .jobs import LEASE_SECONDS, UNDONE, claim, finish, id_of, in_one_line, put_off, schedule
from .tables import Job
from .transaction import Transaction, in_transaction

log = logging.getLogger("commonweal.jobs")

AT_ONCE: Final = 4  # lines in hand: half of a pool's connections are left for requests
POLL_SECONDS: Final = 1.0  # what another process enqueued waits no longer than this
WORK_SECONDS: Final = LEASE_SECONDS - 30  # of one attempt; the rest is for writing its outcome
BESIDE_SECONDS: Final = 0.01  # where another worker was first: it has gone on by then
STOP_SECONDS: Final = 5  # that jobs in hand are given to finish when the process stops

Work = Callable[[Database, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done with a line's facts; where `every_seconds` is given, again and again."""

    work: Work
    every_seconds: float | None = None


Kinds = Mapping[str, Kind]


async def run_forever(database: Database, kinds: Kinds) -> None:
    """Do lines until cancelled; jobs in hand are then given a moment to finish.

    What is not finished comes up again when its lease is over. Nothing but a cancellation ends it.
    """
    free, in_hand = asyncio.Semaphore(AT_ONCE), set[asyncio.Task[bool]]()

    def over(task: asyncio.Task[bool]) -> None:
        in_hand.discard(task)
        free.release()

    try:
        await _scheduled(database, kinds)
        while True:
            await free.acquire()
            task = asyncio.create_task(do(database, kinds, await _next(database, kinds)))
            in_hand.add(task)
            task.add_done_callback(over)
    finally:
        try:
            if in_hand:
                await asyncio.wait(in_hand, timeout=STOP_SECONDS)
        finally:
            for task in in_hand:
                task.cancel()
            await asyncio.gather(*in_hand, return_exceptions=True)


async def do_due(database: Database, kinds: Kinds) -> int:
    """Do what is due by now, one after the other: how many lines were done without failing."""
    await in_transaction(database, lambda tx: schedule(tx, periods(kinds)))
    done = 0
    while line := await _claimed(database, kinds):
        done += await do(database, kinds, line)
    return done


def periods(kinds: Kinds) -> dict[str, float]:
    """The seconds between two times, of recurring work."""
    return {name: kind.every_seconds for name, kind in kinds.items() if kind.every_seconds}


async def do(database: Database, kinds: Kinds, line: Job) -> bool:
    """One attempt at a line that was claimed, and its outcome. Whether it was done."""
    kind, error = kinds[line.kind], None
    try:
        async with asyncio.timeout(WORK_SECONDS) as limit:
            await kind.work(database, line.facts)
    except Exception as reason:  # noqa: BLE001  # whatever it is, it is logged and tried again
        error = f"It took longer than {WORK_SECONDS} seconds." if limit.expired() else _said(reason)
        log.warning("%s %s, attempt %d: %s", line.kind, id_of(line), line.attempts, error)

    async def outcome(tx: Transaction) -> bool:
        if error is None:
            return await finish(tx, line, kind.every_seconds)
        return await put_off(tx, line, error, kind.every_seconds)

    try:
        if not await in_transaction(database, outcome):
            log.warning("%s %s lost its lease to another worker", line.kind, id_of(line))
    except Exception:
        log.exception("no outcome was written for %s %s", line.kind, id_of(line))
    return error is None


def _said(error: Exception) -> str:
    """What everybody may see of an error. A defect's text may hold anything: the log has it."""
    if isinstance(error, UserError):
        return in_one_line(error.message)
    reference = secrets.token_hex(6)
    log.error("error %s in a job", reference, exc_info=error)
    return f"{type(error).__name__}; the log has it as {reference}."


async def _claimed(database: Database, kinds: Kinds) -> Job | None:
    return await in_transaction(database, lambda tx: claim(tx, kinds.keys(), periods(kinds)))


async def _scheduled(database: Database, kinds: Kinds) -> None:
    while True:
        try:
            return await in_transaction(database, lambda tx: schedule(tx, periods(kinds)))
        except Exception:
            log.exception("recurring work could not be scheduled; trying again")
            await asyncio.sleep(POLL_SECONDS)


async def _next(database: Database, kinds: Kinds) -> Job:
    """The next line, as soon as one is due; a database that is away is waited for."""
    while True:
        seconds = POLL_SECONDS
        try:
            until_due = await _seconds_until_due(database, kinds)
            if until_due <= 0 and (line := await _claimed(database, kinds)):
                return line
            seconds = min(max(until_due, BESIDE_SECONDS), POLL_SECONDS)
        except Exception:
            log.exception("the jobs could not be read; trying again")
        await asyncio.sleep(seconds)


async def _seconds_until_due(database: Database, kinds: Kinds) -> float:
    """By the database's clock; infinite where nothing waits. Reads without any lock."""
    names = ", ".join(f"'{name}'" for name in kinds)  # names in the code, not anybody's text
    sql = f"SELECT min(due_at), commonweal_now() FROM job WHERE {UNDONE} AND kind IN ({names})"
    [(due, now)] = await database.fetch(sql, [])
    if due is None:
        return math.inf
    if isinstance(due, str):  # SQLite's
        due, now = datetime.fromisoformat(due), datetime.fromisoformat(now)
    seconds: float = (due - now).total_seconds()
    return seconds
