"""How commands speak: tables and bars on a terminal, plain lines in a log, whole files."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from commonweal.kernel.errors import UserError, fact

OUT: Final = Console(highlight=False, soft_wrap=True)
ERR: Final = Console(stderr=True, highlight=False, soft_wrap=True)
PLAIN_STEP: Final = 5_000  # rows between two lines where there is no bar

Advance = Callable[[int], None]


@fact
class CannotWrite(UserError):
    says = "{file} cannot be written ({reason})."
    file: str
    reason: str


def say(text: str) -> None:
    OUT.print(text, markup=False)


def complain(text: str) -> None:
    ERR.print(text, markup=False, style="red")


def table(
    title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str] = ()
) -> None:
    """A table; a cell too long for the terminal is folded, never cut; of `whole` columns, never."""
    made = Table(title=title, title_justify="left")
    for header in headers:
        made.add_column(header, overflow="fold", no_wrap=header in whole)
    for row in rows:
        made.add_row(*(cell.replace("[", r"\[") for cell in row))
    OUT.print(made)


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """A bar that is told how many more are done."""
    if OUT.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=OUT, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.advance(task, more)
        return
    say(f"{what}: {total}…")
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        if (done + more) // PLAIN_STEP > done // PLAIN_STEP:
            say(f"{what}: {done + more} of {total}")
        done += more

    yield advance


@contextmanager
def whole_file(to: Path) -> Iterator[BinaryIO]:
    """A file that is there whole or not at all. Raises CannotWrite."""
    part = to.with_name(f"{to.name}.part")
    if to.exists() and not to.is_file():  # a device, which would be replaced
        raise CannotWrite(str(to), "it is no file")
    try:
        file = part.open("wb")
    except OSError as error:
        raise CannotWrite(str(to), os.strerror(error.errno or 0)) from None
    try:
        with file:
            yield file
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
