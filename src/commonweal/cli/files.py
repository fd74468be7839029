"""`commonweal files check`: whether every file's bytes are there and are what they were.

An attachment of a bid is one as well: its bytes are sealed, and so is what it is called.
"""

from collections.abc import Iterator

import typer

from commonweal.files.tables import File
from commonweal.handovers.tables_bids import Attachment
from commonweal.kernel.ids import write_id
from commonweal.store.contents import Contents
from commonweal.store.database import Database
from commonweal.web.settings import Settings

from .opening import with_database
from .shown import complain, progress, say

app = typer.Typer(help="Uploaded files, and what is kept of them on disk.", no_args_is_help=True)


@app.callback()
def files() -> None:
    """Keeps `check` a command of its own."""


@app.command("check")
def check() -> None:
    """Read every uploaded file again and compare it with its hash.

    Exit status 1, with their names, where bytes are missing or are not what they were. Bytes that
    no file has are named too; an upload that was given up can leave them, and they do no harm.
    """
    settings = Settings()

    async def work(_database: Database) -> dict[str, list[str]]:
        named: dict[str, list[str]] = {}
        for file in await File.all().order_by("id"):
            named.setdefault(file.sha256, []).append(f"{write_id('fil', file.id)} {file.name}")
        for each in await Attachment.all().order_by("id"):
            named.setdefault(each.sha256, []).append(write_id("att", each.id))
        return named

    contents = Contents(settings.files)
    held = list(contents.held())  # before the rows: one that comes meanwhile has its row by then
    named = with_database(work, settings)
    faults = list(found_faults(named, contents))
    for line in faults:
        complain(line)
    for sha256 in held:
        if sha256 not in named:
            say(f"{sha256} is kept, but no file has it.")
    if faults:
        raise typer.Exit(1)
    say(f"{sum(map(len, named.values()))} files, {len(named)} contents: all as they were.")


def found_faults(named: dict[str, list[str]], contents: Contents) -> Iterator[str]:
    """A line for each file whose bytes are not there, or not those that were uploaded."""
    with progress("Reading contents", len(named)) as advance:
        for sha256, names in named.items():
            found = contents.hash_of(sha256)
            if found != sha256:
                what = "its bytes are not there" if found is None else "its bytes have changed"
                yield from (f"{name}: {what} ({sha256})" for name in names)
            advance(1)
