"""Figures of the service for Prometheus: `/metrics`, in a registry of the application's own.

What passes by is counted as it passes; what stands (jobs, files, connections) is read when somebody
asks. A label has few values, all of them ours: never a client's word.

Figures name nobody, but tell a stranger how busy the service is. `COMMONWEAL_METRICS` says who may
read them: nobody (`off`), this machine (`local`), or `all` who reach the service.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from commonweal.graph.request import Trace
from commonweal.store.database import Database
from commonweal.store.jobs import UNDONE

Readers = Literal["off", "local", "all"]

# Seconds: from a question that is planned and kept to the longest that a mutation may take.
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
READ_SECONDS: Final = 2  # for what is read from the database; Prometheus itself waits ten
# A proxy in front names the client in one of these: then the peer is not who asks.
FORWARDED: Final = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
STANDING: Final = f"""
SELECT (SELECT count(*) FROM job WHERE {UNDONE}),
  (SELECT count(*) FROM job WHERE failed_at IS NOT NULL),
  (SELECT min(due_at) FROM job WHERE {UNDONE}),
  (SELECT coalesce(sum(size_bytes), 0)
     FROM (SELECT DISTINCT sha256, size_bytes FROM file) AS content),
  commonweal_now()
"""


class Figures:
    """The figures of one application."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "commonweal_requests_total",
            "Requests by what they were (empty: no operation) and what became of them.",
            ["kind", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "commonweal_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["kind"],
            buckets=BUCKETS,
            registry=registry,
        )
        self.statements = Counter(
            "commonweal_statements_total", "Statements that read answers.", registry=registry
        )
        self.database_up = Gauge(
            "commonweal_database_up",
            "1 where it was read; else those below are old.",
            registry=registry,
        )
        self.jobs = Gauge("commonweal_jobs", "Jobs not done.", ["state"], registry=registry)
        self.jobs_late = Gauge(
            "commonweal_jobs_late_seconds", "How long the oldest job is due.", registry=registry
        )
        self.files = Gauge(
            "commonweal_files_bytes", "Size of the files that are kept.", registry=registry
        )
        self.connections = Gauge(
            "commonweal_connections_in_use", "Of each pool.", ["pool"], registry=registry
        )
        self.subscriptions = Gauge(
            "commonweal_subscriptions", "Subscriptions that are open.", registry=registry
        )
        self._children: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def note(self, trace: Trace, outcome: str, seconds: float) -> None:
        """A request that was answered."""
        kind = trace.kind
        found = self._children.get((kind, outcome))
        if found is None:  # `labels` takes longer than all the rest
            found = self.requests.labels(kind, outcome), self.seconds.labels(kind)
            self._children[kind, outcome] = found
        count, time = found
        count.inc()
        if kind != "subscription":  # which lasts as long as somebody listens
            time.observe(seconds)
        self.statements.inc(trace.statements)

    async def read(self, database: Database) -> None:
        """What stands: connections, jobs and files."""
        for pool, used in database.in_use().items():
            self.connections.labels(pool).set(used)
        async with asyncio.timeout(READ_SECONDS):
            [(waiting, failed, due, size, now)] = await database.fetch(STANDING, ())
        self.jobs.labels("waiting").set(waiting)
        self.jobs.labels("failed").set(failed)
        late = 0.0 if due is None else (_instant(now) - _instant(due)).total_seconds()
        self.jobs_late.set(max(0.0, late))
        self.files.set(size)


def _instant(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


class Metrics:
    """`/metrics`. Whoever may not read it is told what is told of any path that is not there."""

    def __init__(
        self,
        figures: Figures,
        readers: Readers,
        database: Callable[[], Database],
        listeners: Callable[[], int],
    ) -> None:
        self.figures, self.readers = figures, readers
        self.database, self.listeners = database, listeners

    async def answer(self, request: Request) -> Response:
        """The figures as they are now."""
        if self.readers == "off" or (self.readers == "local" and not is_local(request.scope)):
            return PlainTextResponse("Not Found", 404)
        self.figures.subscriptions.set(self.listeners())
        try:
            await self.figures.read(self.database())
            self.figures.database_up.set(1)
        except Exception:  # noqa: BLE001  # figures matter most when the database is away
            self.figures.database_up.set(0)
        return Response(
            generate_latest(self.figures.registry), headers={"content-type": CONTENT_TYPE_LATEST}
        )


def is_local(scope: Scope) -> bool:
    """Whether a process of this machine asks for itself, and not for somebody behind it."""
    client = scope.get("client")
    headers = dict(scope["headers"])
    if client is None or any(name in headers for name in FORWARDED):
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False
