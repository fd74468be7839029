"""`commonweal jobs`: what waits, what failed, what was done; and trying again what failed.

`commonweal worker` is here too: it does them (store/worker.py).
"""

import asyncio
import contextlib
import signal
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
import typer

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.errors import UserError, fact
from commonweal.store import jobs
from commonweal.store.database import Database
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import Kinds, run_forever
from commonweal.web.settings import Settings

from .opening import with_database
from .shown import OUT, say, table

SHOWN: Final = 50  # lines of each state: a few screens
HEADERS: Final = ("id", "kind", "state", "due", "attempts", "last error")
ERROR_CHARACTERS: Final = 30  # in a line of a table: below that it is a pole of single words
app = typer.Typer(help="Show the work behind the requests, and try again what failed.")


@fact
class NothingNamed(UserError):
    says = "Name the jobs to try again (job_…), or say --all-failed."


@app.callback(invoke_without_command=True)
def shown(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was given up.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
) -> None:
    """Show what failed, what waits (recurring work among it) and what was done last."""
    if context.invoked_subcommand is None:
        _show(failed, as_json)


def _show(failed: bool, as_json: bool) -> None:
    async def work(database: Database) -> tuple[list[Job], dict[str, int], datetime]:
        lines = await jobs.lines(SHOWN, failed_only=failed)
        return lines, await jobs.counts(), database.clock.now()

    lines, counts, now = with_database(work)
    if as_json:
        say(orjson.dumps([as_facts(line) for line in lines], option=orjson.OPT_INDENT_2).decode())
        return
    title = ", ".join(f"{number} {state}" for state, number in counts.items())
    rows = [_row(line, now) for line in lines]
    if _fits(rows):
        table(title, HEADERS, rows, whole=HEADERS[:-1])
    else:
        say("\n".join([title, *map(_in_words, rows)]))
    if counts["failed"]:
        say("What failed stays here until `commonweal jobs retry ID` or `… retry --all-failed`.")


def _row(line: Job, now: datetime) -> tuple[str, ...]:
    state = jobs.state(line)
    when = line.failed_at or line.done_at or line.due_at
    error = line.last_error or ""
    return jobs.id_of(line), line.kind, state, _when(when, now), str(line.attempts), error


def _fits(rows: list[tuple[str, ...]]) -> bool:
    """Whether a table of them breaks no name and no reference, which one copies, in two."""
    *columns, errors = zip(HEADERS, *rows, strict=True)
    widths = [max(map(len, column)) for column in columns]
    words = [len(word) for error in errors for word in error.split()]
    return sum(widths) + max(ERROR_CHARACTERS, *words) + 3 * len(HEADERS) + 1 <= OUT.width


def _in_words(row: tuple[str, ...]) -> str:
    """A line for a narrow terminal, which may wrap it but is told of no break."""
    number, kind, state, when, attempts, error = row
    text = f"{number} {kind} {state} {when}, attempts: {attempts}"
    return f"{text}\n    {error}" if error else text


def _when(instant: datetime, now: datetime) -> str:
    """The time where the service is, with its day where that is another."""
    there = instant.astimezone(CIVIL_ZONE)
    same_day = there.date() == now.astimezone(CIVIL_ZONE).date()
    return f"{there:%H:%M:%S}" if same_day else f"{there:%Y-%m-%d %H:%M}"


def as_facts(line: Job) -> dict[str, Any]:
    """A line for programs. Not its facts, which name people's things."""
    return {
        "id": jobs.id_of(line),
        "kind": line.kind,
        "cause": line.cause,
        "state": jobs.state(line),
        "attempts": line.attempts,
        "lastError": line.last_error,
        "dueAt": line.due_at,
        "createdAt": line.created_at,
        "doneAt": line.done_at,
        "failedAt": line.failed_at,
    }


@app.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="As shown.")] = None,
    all_failed: Annotated[bool, typer.Option("--all-failed", help="Each that failed.")] = False,
) -> None:
    """Give what failed all its attempts again, from now on."""
    if not ids and not all_failed:
        raise NothingNamed

    async def work(tx: Transaction) -> list[Job]:
        return await (jobs.retry_all(tx) if all_failed else jobs.retry(tx, ids or []))

    again = with_database(lambda database: in_transaction(database, work))
    for line in again:
        say(f"{jobs.id_of(line)} {line.kind} is tried again now")
    if not again:
        say("Nothing has failed.")


def worker() -> None:
    """Do the jobs without serving, beside one or more `serve --no-worker`."""
    from commonweal.web.jobs import jobs_of
    from commonweal.web.logs import set_up

    settings = Settings()
    set_up(settings.log_level, settings.log_format)
    kinds = jobs_of(settings)

    async def work(database: Database) -> None:
        say("Doing jobs. Stop with Ctrl-C.")
        await _until_stopped(database, kinds)

    with_database(work, settings)


async def _until_stopped(database: Database, kinds: Kinds) -> None:
    """Jobs, until Ctrl-C or a SIGTERM; those in hand may finish."""
    running = asyncio.create_task(run_forever(database, kinds))
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running
