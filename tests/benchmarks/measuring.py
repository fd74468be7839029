"""What every benchmark needs: interleaved rounds, medians, load over HTTP, a table, ratios as JSON.

Only ratios of one run mean anything: the machine's speed drifts by a third from hour to hour. So
all that is compared takes its turn in every round, the other way round in every second one.
"""

import asyncio
import gc
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

LUA: Final = Path(__file__).with_name("load.lua")
TICKS: Final = os.sysconf("SC_CLK_TCK")
CORES: Final = sorted(os.sched_getaffinity(0))
# The server has a core to itself; the database and whoever asks share the other.
SERVER_CORE, OTHER_CORE = CORES[0], CORES[-1]
RESULT: Final = re.compile(r"rps=([\d.]+) p50=([\d.]+) p99=([\d.]+) err=(\d+) n=(\d+)")


def rounds(names: Sequence[T], count: int) -> Iterable[list[T]]:
    """The names so many times, every second time backwards."""
    for turn in range(count):
        yield list(names) if turn % 2 == 0 else list(reversed(names))


def timed_us(work: Callable[[], object], *, times: int) -> float:
    """Microseconds of this process's own time that a call takes, on an average of so many."""
    gc.collect()
    gc.disable()  # whose turn it is to collect is chance
    try:
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) / times * 1e6
    finally:
        gc.enable()


# ---- load over HTTP ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """A server that is up: what is measured, and the process whose time is counted."""

    name: str
    url: str
    pid: int


@dataclass(frozen=True)
class Load:
    """One run: requests a second, milliseconds, processor time of the server for a request."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


def cpu_seconds(pid: int) -> float:
    """What a process has used, its threads among it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(target: Target, bodies: Path, connections: int, seconds: float) -> Load:
    """Ask for so long over so many connections, each line of the file a body, in turn."""
    before = cpu_seconds(target.pid)
    run = _wrk if shutil.which("wrk") else _own
    rate, p50, p99, count = run(target.url, bodies, connections, seconds)
    return Load(rate, p50, p99, (cpu_seconds(target.pid) - before) / max(count, 1) * 1e6)


def _wrk(
    url: str, bodies: Path, connections: int, seconds: float
) -> tuple[float, float, float, int]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", LUA, url]
    done = subprocess.run(
        pinned(OTHER_CORE, *map(str, command)),
        env={**os.environ, "BODIES": str(bodies)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = RESULT.search(done.stdout)
    assert found, done.stdout + done.stderr
    assert found[4] == "0", f"{url} refused {found[4]} requests: {done.stdout}"
    return float(found[1]), float(found[2]), float(found[3]), int(found[5])


def _own(
    url: str, bodies: Path, connections: int, seconds: float
) -> tuple[float, float, float, int]:
    """The same where there is no wrk: it says that all runs, not how fast."""
    times = asyncio.run(_asked(url, bodies.read_bytes().splitlines(), connections, seconds))
    ordered = sorted(times)
    count = len(ordered)
    p50, p99 = (ordered[int(count * share)] * 1000 for share in (0.5, 0.99))
    return count / seconds, p50, p99, count


async def _asked(url: str, bodies: list[bytes], connections: int, seconds: float) -> list[float]:
    parts, ends, times = urlsplit(url), time.perf_counter() + seconds, list[float]()

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        turn = number
        while time.perf_counter() < ends:
            body = bodies[turn % len(bodies)]
            turn += connections
            began = time.perf_counter()
            writer.write(
                b"POST %s HTTP/1.1\r\nhost: %s\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\n\r\n%s"
                % (parts.path.encode(), parts.netloc.encode(), len(body), body)
            )
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            length = re.search(rb"content-length: (\d+)", head)
            assert length, "an answer of a known length is expected"
            await reader.readexactly(int(length[1]))
            times.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(connections)))
    return times


def pinned(core: int, *command: str) -> list[str]:
    """The command on one core, where the machine can say so."""
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else list(command)


# ---- what is shown -------------------------------------------------------------------------------


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def medians(runs: Sequence[Load]) -> Load:
    """Of each figure the median of the rounds."""
    return Load(
        median(run.rate for run in runs),
        median(run.p50_ms for run in runs),
        median(run.p99_ms for run in runs),
        median(run.cpu_us for run in runs),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as they must be, numbers to the right."""
    texts = [list(head), *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(head))]
    numbers = [all(_is_number(row[i]) for row in texts[1:]) for i in range(len(head))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in texts
    ]
    return "\n".join(lines)


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return str(cell)


def _is_number(text: str) -> bool:
    return text in ("", "-") or text.replace(",", "").replace(".", "").replace("e", "").isdigit()


def report(goals: Mapping[str, Mapping[str, float]], path: Path | None) -> None:
    """The ratios by goal number, to a file where one is given."""
    if path:
        rounded = {
            goal: {name: round(value, 3) for name, value in ratios.items()}
            for goal, ratios in goals.items()
        }
        path.write_text(json.dumps(rounded, indent=2) + "\n")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
