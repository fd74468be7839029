"""Watching the service: what each request leaves behind, whatever it asked.

`Observed` goes around the whole application. It gives a request its reference, which its answer
names (`x-request-id`), its masked errors and its line in the log; writes that line when the answer
is sent; and counts it in the figures (figures.py). A handler adds what it knows to the request's
`Trace`. It must never look at what a request says: a line has names, codes and numbers of ours.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from commonweal.graph.reader import INTERNAL, OUR_SIDE
from commonweal.graph.request import Trace
from commonweal.kernel.errors import ERRORS

from .asgi import ALWAYS, JSON, error_body, send_whole
from .figures import Figures

errors_log = logging.getLogger("commonweal.web")

FAILURES: Final = frozenset(
    {INTERNAL, *(code for code, error in ERRORS.items() if issubclass(error, OUR_SIDE))}
)
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds


def trace_of(scope: Scope) -> Trace:
    """What is noted of this request."""
    trace: Trace | None = scope.get("trace")
    if trace is None:
        trace = scope["trace"] = Trace()
    return trace


def outcome_of(trace: Trace, status: int) -> str:
    """One of ok, refused, failed, gone (nobody was left to answer)."""
    if status == 0:
        return "gone"
    if status >= 500 or trace.code in FAILURES:
        return "failed"
    return "refused" if trace.code or status >= 400 else "ok"


class Observed:
    """An application, and around it whatever watches it."""

    def __init__(self, app: ASGIApp, log: FilteringBoundLogger, figures: Figures) -> None:
        self.app, self.log, self.figures = app, log, figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note how it went."""
        if scope["type"] != "http":
            scope["observed"] = self
            return await self.app(scope, receive, send)
        began, trace = perf_counter(), trace_of(scope)
        status, sent_bytes = 0, 0
        reference = (b"x-request-id", trace.reference.encode())

        async def observed(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), reference]
            else:
                sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, observed)
        except Exception:
            trace.code = INTERNAL
            errors_log.exception("request failed, reference %s", trace.reference)
            if status:  # half an answer is out: only closing the connection tells the client
                raise
            await _apologise(trace, observed, scope)
        finally:
            self.note(scope, trace, status, sent_bytes, perf_counter() - began)

    def note(
        self, scope: Scope, trace: Trace, status: int, sent_bytes: int, seconds: float
    ) -> None:
        """The request's line and figures."""
        outcome = outcome_of(trace, status)
        self.figures.note(trace, outcome, seconds)
        route: Any = scope.get("route")
        path = getattr(route, "path", "")  # as it is declared: what was asked may tell of people
        write = self.log.debug if path in PROBES and outcome == "ok" else self.log.info
        write(
            "request",
            reference=trace.reference,
            method=scope.get("method", "WEBSOCKET"),
            route=path,
            kind=trace.kind,
            operation=trace.operation,
            outcome=outcome,
            code=trace.code,
            status=status,
            ms=round(seconds * 1000, 1),
            bytes=sent_bytes,
            statements=trace.statements,
            viewer=trace.viewer,
        )


@contextmanager
def noted_operation(scope: Scope) -> Iterator[Trace]:
    """Note an operation of a WebSocket when it is over, as if it were a request of its own."""
    trace, began, observed = Trace(), perf_counter(), scope.get("observed")
    try:
        yield trace
    finally:
        if observed:
            observed.note(scope, trace, 200, 0, perf_counter() - began)


async def _apologise(trace: Trace, send: Send, scope: Scope) -> None:
    message = f"Something went wrong on our side. Quote {trace.reference} when you report it."
    body = error_body(message, code=INTERNAL, reference=trace.reference)
    await send_whole(send, scope, 500, body, (JSON, *ALWAYS))
