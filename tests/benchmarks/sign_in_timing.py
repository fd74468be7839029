"""Whether the time of an answer tells a known address from any other (A4; CVE-2026-39851).

    python -m tests.benchmarks.sign_in_timing                 # 2,000 tries each, on both engines
    python -m tests.benchmarks.sign_in_timing --tries 50      # only see that it works

The service as people run it, over HTTP on the loopback, known and unknown addresses in turn. Nobody
may try so often: so each try is of another person, and a proxy (COMMONWEAL_PROXIES) names another
network address for each. It must stay below 5 % (design note: reliability, A4).
"""

import argparse
import asyncio
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import orjson

from commonweal.kernel.clock import SYSTEM
from commonweal.people.tables import Person
from commonweal.store.database import opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT
from tests.conftest import migrated
from tests.postgres import Unavailable, cluster

from .measuring import table
from .servers import free_port

TRIES: Final = 2_000
MOST_PERCENT: Final = 5.0
ASK: Final = """mutation($email: String!) {
  requestSignInCode(input: {email: $email}) { userErrors { ... on UserError { code } } } }"""
SIGN_IN: Final = """mutation($email: String!, $code: String!) {
  signIn(input: {email: $email, code: $code}) { userErrors { ... on UserError { code } } } }"""
# What is asked, and what comes of it. Of the first nobody was sent a code, of the last everybody.
STEPS: Final = (
    ("signIn, no code sent", SIGN_IN, b'"CODE_WRONG"'),
    ("requestSignInCode", ASK, b'"userErrors":[]'),
    ("signIn, a code sent", SIGN_IN, b'"CODE_WRONG"'),
)


def email(kind: str, n: int) -> str:
    """As long for either kind."""
    return f"{kind}{n:06}@example.org"


async def known(url: str, count: int) -> None:
    """An empty database with so many people in it."""
    await migrated(url)

    async def work(tx: Transaction) -> None:
        await Person.bulk_create(
            Person(id=tx.new_id(), email=address, email_key=address, name="Sam", created_at=tx.now)
            for address in (email("k", n) for n in range(count))
        )

    async with opened(url, SYSTEM, LAYOUT) as database:
        await in_transaction(database, work)


@contextmanager
def served(url: str, folder: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection to the service, as it is run."""
    port = free_port()
    settings = {
        "COMMONWEAL_DATABASE_URL": url,
        "COMMONWEAL_FILES": str(folder / "files"),
        "COMMONWEAL_PROXIES": "127.0.0.1",
        "COMMONWEAL_RATES": "off",  # its counts are of a minute; those in the database stay
        "COMMONWEAL_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-c", "from commonweal.cli import main; main()", "serve"]
    command += ["--port", str(port), "--no-worker"]
    process = subprocess.Popen(command, env={**os.environ, **settings})
    try:
        for _ in range(300):
            time.sleep(0.1)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            except OSError:
                continue
            break
        yield http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    finally:
        process.terminate()
        process.wait(10)


def answered_us(
    connection: http.client.HTTPConnection, query: str, address: str, n: int, expected: bytes
) -> float:
    """How long the service took, in microseconds. Fails where it said anything else."""
    given = {"email": address, "code": "000000"} if "$code" in query else {"email": address}
    body = orjson.dumps({"query": query, "variables": given})
    headers = {
        "content-type": "application/json",
        "x-forwarded-for": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}",
    }
    began = time.perf_counter()
    connection.request("POST", "/graphql", body, headers)
    said = connection.getresponse().read()
    took = (time.perf_counter() - began) * 1e6
    assert expected in said, said
    return took


def measured(url: str, folder: Path, tries: int) -> Iterator[tuple[str, float, float]]:
    """What was asked, and the medians for known and for unknown addresses in microseconds."""
    asyncio.run(known(url, tries))
    pick = random.Random(4)
    with served(url, folder) as connection:
        for n in range(200):  # until everything is warm
            answered_us(connection, ASK, email("w", n), n, b'"userErrors":[]')
            answered_us(connection, SIGN_IN, email("w", n), n, b'"CODE_WRONG"')
        addresses = iter(range(1_000, 1_000_000))
        for name, query, expected in STEPS:
            took: dict[str, list[float]] = {"k": [], "u": []}
            for n in range(tries):
                for kind in pick.sample(["k", "u"], 2):
                    one = answered_us(connection, query, email(kind, n), next(addresses), expected)
                    took[kind].append(one)
            yield name, statistics.median(took["k"]), statistics.median(took["u"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tries", type=int, default=TRIES, help="of either kind and step")
    tries = parser.parse_args().tries
    rows: list[tuple[object, ...]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {"sqlite": f"sqlite:{folder / 'timing.db'}"}
        server = stack.enter_context(cluster())
        if isinstance(server, Unavailable):
            print(f"no PostgreSQL half: {server.reason}")
        else:
            urls["postgresql"] = asyncio.run(server.create_database("commonweal_timing"))
        for engine, url in urls.items():
            for name, one, other in measured(url, folder, tries):
                percent = (one - other) / other * 100
                shown = (f"{one:.0f}", f"{other:.0f}", f"{percent:+.2f}")
                rows.append((engine, name, *shown, "ok" if abs(percent) < MOST_PERCENT else "OVER"))
    print(f"{tries:,} tries of each kind; medians in microseconds")
    print(table(("engine", "asked", "known", "unknown", "difference %", ""), rows))
    sys.exit(any(row[-1] == "OVER" for row in rows))


if __name__ == "__main__":
    main()
