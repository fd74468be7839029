"""`commonweal verify`: whether what must never change has not.

A check reads as it likes, says how much of it holds, and answers what does not, a sentence each.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import typer

from commonweal.kernel.ids import write_id
from commonweal.store import audit
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord

from . import ledger
from .opening import with_database
from .shown import complain, progress, say


async def audit_chains(database: Database) -> list[str]:
    """Every subject's audit, from its first record to its last."""
    with progress("Audit records", await AuditRecord.all().count()) as advance:
        found = await audit.verify(database, advance)
    say(f"{found.chains} audit chains hold, with {found.records} records.")
    return [
        f"The audit of {_id_of(broken)} breaks at record {broken.sequence}: {broken.why}."
        for broken in found.broken
    ]


def _id_of(broken: audit.Broken) -> str:
    try:
        return write_id(broken.subject_kind, broken.subject_id)
    except ValueError:  # the kind or the number was tampered with
        return f"{broken.subject_kind!r} {broken.subject_id!r}"


Check = Callable[[Database], Awaitable[list[str]]]
CHECKS: Final[tuple[Check, ...]] = (audit_chains, ledger.holds)


def verify(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Also compute each balance from its transfers alone.")
    ] = False,
) -> None:
    """Check what must never have changed: each subject's audit, and the whole ledger."""
    checks = (*CHECKS, ledger.rebuilt) if rebuild else CHECKS

    async def work(database: Database) -> list[str]:
        return [fault for check in checks for fault in await check(database)]

    faults = with_database(work)
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(1)
