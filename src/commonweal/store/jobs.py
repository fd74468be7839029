"""The outbox: work that is written down in a transaction, and done after its commit.

    await enqueue(tx, "send_message", {"message": message.id}, cause=f"{id}/receipt")

A line is done at least once, never inside a transaction, by whichever worker is first
(worker.py); what each kind does stands in `web/jobs.py`. A claim moves the line's `due_at` to the
end of a lease, so that it comes up again if its worker died. An outcome is written only by whoever
still holds that lease. Nothing is lost: what fails for the last time stays until it is retried.
"""

import random
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from tortoise.queryset import QuerySet

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import read_id, write_id
from commonweal.kernel.retention import kept

from .sweeping import swept
from .tables import Job
from .transaction import Transaction

PREFIX: Final = "job"
UNDONE: Final = "done_at IS NULL AND failed_at IS NULL"  # in SQL, as `undone` says it
LEASE_SECONDS: Final = 180  # a dead worker's line is done this much later; a job takes seconds
ATTEMPTS: Final = 10  # with the pauses below they reach over a day: somebody's outage of a night
PAUSE_SECONDS: Final = 10  # after the first failure: most are over by then
PAUSE_FACTOR: Final = 3  # 10 s, 30 s, 90 s … 18 hours: quick to recover, and no burden
DONE_KEPT: Final = kept(
    "jobs that were done", 7, date(2026, 11, 22), "they stay visible over a holiday week"
)
ERROR_CHARACTERS: Final = 200  # of a last error: one line of a table
ABANDONED: Final = "The worker did not come back from it."


@fact
class NoSuchJob(UserError):
    says = "There is no job {given}. `commonweal jobs` shows those there are."
    given: str


@fact
class JobNotFailed(UserError):
    says = "The job {given} has not failed: it is {state}."
    given: str
    state: str


async def enqueue(
    tx: Transaction,
    kind: str,
    facts: Mapping[str, Any],
    *,
    cause: str | None = None,
    after_seconds: float = 0,
) -> None:
    """Write a line in the transaction of the work. `facts` are JSON: ids rather than content.

    Of two lines with one `cause` the second is dropped, as long as the first is kept (DONE_KEPT).
    """
    line = Job(
        id=tx.new_id(),
        kind=kind,
        cause=cause,
        facts=dict(facts),
        due_at=tx.now + timedelta(seconds=after_seconds),
        created_at=tx.now,
    )
    await Job.bulk_create([line], ignore_conflicts=cause is not None)


def undone() -> QuerySet[Job]:
    """Lines that a worker may still do; the index job_due holds them and no others."""
    return Job.filter(done_at__isnull=True, failed_at__isnull=True)


async def claim(tx: Transaction, kinds: Collection[str], lasting: Collection[str]) -> Job | None:
    """Take the next due line of these kinds, on a lease; None where nothing is due.

    Kinds that this process does not know are left for those that do. A line that was abandoned at
    its last attempt is given up here; those of `lasting` kinds (recurring ones) never are.
    """
    while True:
        due = undone().filter(due_at__lte=tx.now, kind__in=list(kinds)).order_by("due_at", "id")
        line = await due.select_for_update(skip_locked=True).first()
        if line is None:
            return None
        if line.attempts < ATTEMPTS or line.kind in lasting:
            line.attempts += 1
            line.due_at = tx.now + timedelta(seconds=LEASE_SECONDS)
            await line.save(update_fields=["attempts", "due_at"])
            return line
        line.failed_at, line.last_error = tx.now, ABANDONED
        await line.save(update_fields=["failed_at", "last_error"])


def held(line: Job) -> QuerySet[Job]:
    """The line, unless its lease ran out and another worker has it, or had it."""
    return undone().filter(id=line.id, attempts=line.attempts, due_at=line.due_at)


async def finish(tx: Transaction, line: Job, every_seconds: float | None) -> bool:
    """The work is done; recurring work is due again after its period. False for a lost lease."""
    if every_seconds is None:
        return await held(line).update(done_at=tx.now, last_error=None) == 1
    again = tx.now + timedelta(seconds=every_seconds)
    return await held(line).update(due_at=again, attempts=0, last_error=None) == 1


async def put_off(tx: Transaction, line: Job, error: str, every_seconds: float | None) -> bool:
    """The attempt failed: pause, or give up after the last one. False for a lost lease.

    Recurring work is never given up, and pauses no longer than its period.
    """
    if every_seconds is None and line.attempts >= ATTEMPTS:
        return await held(line).update(failed_at=tx.now, last_error=error) == 1
    seconds = pause(line.attempts)
    if every_seconds is not None:
        seconds = min(seconds, every_seconds)
    due = tx.now + timedelta(seconds=seconds)
    return await held(line).update(due_at=due, last_error=error) == 1


def pause(attempts: int) -> float:
    """Seconds until the next attempt: each longer than the one before, and none at the same time.

    What failed together must not come back together.
    """
    seconds: float = PAUSE_SECONDS * PAUSE_FACTOR ** (min(attempts, ATTEMPTS) - 1)
    return seconds * (1 + random.random() / 2)  # noqa: S311  # no secret


def in_one_line(text: str) -> str:
    """An error as the table shows it."""
    line = " ".join(text.split())
    return line if len(line) <= ERROR_CHARACTERS else line[: ERROR_CHARACTERS - 1] + "…"


async def schedule(tx: Transaction, periods: Mapping[str, float]) -> None:
    """A line for each kind of recurring work, whose seconds between are given.

    One that is due later than its period says is due now: the period was longer, or the clock of a
    rehearsal stood on another day.
    """
    for kind, seconds in sorted(periods.items()):
        await enqueue(tx, kind, {}, cause=kind)
        latest = tx.now + timedelta(seconds=max(seconds, LEASE_SECONDS))
        await undone().filter(cause=kind, due_at__gt=latest).update(due_at=tx.now)


async def retry(tx: Transaction, ids: Iterable[str]) -> list[Job]:
    """Give failed lines all their attempts again, now. Raises NoSuchJob, JobNotFailed."""
    lines = []
    for given in ids:
        number = read_id(PREFIX, given)
        line = await Job.filter(id=number).select_for_update().first() if number else None
        if line is None:
            raise NoSuchJob(given)
        if line.failed_at is None:
            raise JobNotFailed(given, state(line))
        lines.append(await _revived(tx, line))
    return lines


async def retry_all(tx: Transaction) -> list[Job]:
    """Retry every line that has failed."""
    failed = Job.filter(failed_at__isnull=False).order_by("id").select_for_update()
    return [await _revived(tx, line) for line in await failed]


async def _revived(tx: Transaction, line: Job) -> Job:
    line.attempts, line.failed_at, line.due_at = 0, None, tx.now
    await line.save(update_fields=["attempts", "failed_at", "due_at"])
    return line


def state(line: Job) -> str:
    """One of failed, done, waiting; a line in hand is waiting for its lease's end."""
    if line.failed_at is not None:
        return "failed"
    return "done" if line.done_at is not None else "waiting"


def id_of(line: Job) -> str:
    return write_id(PREFIX, line.id)


async def lines(most: int, *, failed_only: bool = False) -> list[Job]:
    """Lines to look at: failed ones, then those waiting, then those done last; so many of each."""
    found = await Job.filter(failed_at__isnull=False).order_by("-failed_at", "id").limit(most)
    if failed_only:
        return found
    found += await undone().order_by("due_at", "id").limit(most)
    return found + await Job.filter(done_at__isnull=False).order_by("-done_at", "id").limit(most)


async def counts() -> dict[str, int]:
    """How many lines there are of each state."""
    return {
        "failed": await Job.filter(failed_at__isnull=False).count(),
        "waiting": await undone().count(),
        "done": await Job.filter(done_at__isnull=False).count(),
    }


async def sweep(tx: Transaction) -> int:
    """Delete a batch of lines that were done long ago: how many."""
    before = DONE_KEPT.oldest(tx.now)
    return await swept(Job.filter(done_at__lt=before).order_by("done_at"))
