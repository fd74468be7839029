"""A second process on the same database: `python -m tests.store.elsewhere COMMAND URL …`.

The tests start one with `elsewhere` (and wait for its end) or `staying` (until they are done with
it). Each command is a function below; what it prints is what the test gets.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import PIPE

from commonweal.kernel.clock import SYSTEM
from commonweal.places.tables import Area
from commonweal.store.database import opened
from commonweal.store.migrate import migrate as bring_up
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT

ROOT = Path(__file__).parents[2]


async def migrate(url: str) -> None:
    """Prints the migrations that it applied."""
    async with opened(url, SYSTEM, LAYOUT, ready=False) as database:
        await bring_up(database, print)


async def write(url: str, code: str, times: str) -> None:
    """Reads an area's name, a number, and writes it back one higher: so many times."""

    async def work(tx: Transaction) -> None:
        area = await Area.get(code=code)
        area.name = str(int(area.name) + 1)
        await area.save()

    async with opened(url, SYSTEM, LAYOUT) as database:
        for _ in range(int(times)):
            await in_transaction(database, work)


async def ids(url: str, count: str) -> None:
    """Prints ids as fast as it can, once it is told to begin."""
    async with opened(url, SYSTEM, LAYOUT) as database:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        made = [database.new_id() for _ in range(int(count))]
        print(*made, flush=True)
        await asyncio.to_thread(sys.stdin.read)


COMMANDS: dict[str, Callable[..., Awaitable[None]]] = {
    command.__name__: command for command in (migrate, write, ids)
}


async def _start(*words: str) -> asyncio.subprocess.Process:
    module = (sys.executable, "-m", "tests.store.elsewhere")
    return await asyncio.create_subprocess_exec(
        *module, *words, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=1 << 20
    )


async def elsewhere(*words: str) -> list[str]:
    """Run a command to its end: the lines that it printed."""
    process = await _start(*words)
    printed, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return printed.decode().splitlines()


@asynccontextmanager
async def staying(*words: str) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Run a command beside the block; `said(line)` tells it a line and gives its next one."""
    process = await _start(*words)
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    async def said(line: str = "") -> str:
        if line:
            stdin.write(f"{line}\n".encode())
        return (await stdout.readline()).decode().strip()

    try:
        yield said
    finally:
        stdin.close()
        _, complaint = await process.communicate()
        assert process.returncode == 0, complaint.decode()


if __name__ == "__main__":
    asyncio.run(COMMANDS[sys.argv[1]](*sys.argv[2:]))  # type: ignore[arg-type]
