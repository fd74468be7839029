"""`commonweal ledger …`: what proves the ledger to somebody else. Its checks: verify.py."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from commonweal.kernel.ids import read_id
from commonweal.ledger import exporting, sealing, verifying
from commonweal.store.database import Database

from .opening import with_database
from .shown import progress, say, whole_file

app = typer.Typer(help="Proofs of what the ledger holds.", no_args_is_help=True)


@app.command("proof")
def proof(transfer: Annotated[str, typer.Argument(help="The transfer's id (trf_…).")]) -> None:
    """Print, as JSON, that a transfer is in its sealed day; docs/check_ledger.py checks it."""
    number = read_id("trf", transfer)
    if number is None:
        raise sealing.TransferUnknown(transfer)
    found = with_database(lambda database: sealing.proof(database, number))
    say(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2).decode())


@app.command("seal")
def seal() -> None:
    """Seal the days that are over now, as the job does by itself."""
    say(f"{with_database(sealing.seal_days)} days sealed.")


def export(
    to: Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)],
) -> None:
    """The whole ledger, for auditors: JSON Lines that docs/check_ledger.py checks.

    The file is there whole or not at all.
    """

    async def work(database: Database) -> int:
        written = 0
        with progress("Writing lines", await exporting.lines(database)) as advance:
            async for line in exporting.exported(database, advance):
                written += file.write(line) > 0
        return written

    with whole_file(to) as file:
        done = with_database(work)
    say(f"{done} lines written to {to}.")


async def holds(database: Database) -> list[str]:
    """Every sequence, balance, bound, hold, reversal, lapse and sealed day."""
    with progress("Accounts and transfers", await verifying.size(database)) as advance:
        found = await verifying.verify(database, advance)
    if not found.faults:
        say(
            f"The ledger holds, with {found.accounts} accounts, {found.transfers} transfers"
            f" and {found.days} sealed days."
        )
    return found.faults


async def rebuilt(database: Database) -> list[str]:
    """Every balance, computed from the transfers alone."""
    with progress("Accounts", await verifying.size(database)) as advance:
        found = await verifying.rebuild(database, advance)
    if not found.faults:
        say(f"{found.accounts} accounts rebuilt from their transfers agree with their balances.")
    return found.faults
