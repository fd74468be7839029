"""`/statements/{wallet id}`: what came into a wallet and left it, to print; `.csv`: as a table.

It asks what its asker may ask of the endpoint, so it is for whose wallet it is and for no other.
Without days it is of this year; an opening and a closing balance stand around the movements, and
the sums under them add up from the one to the other.
"""

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from io import StringIO
from typing import Any, Final, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.amounts import hours_text
from commonweal.kernel.calendar import civil_day
from commonweal.store.database import Database

from .asgi import Refused, bearer, send_refused
from .http import checked
from .observing import trace_of

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
PAGES: Final = 200  # of a hundred movements: what a year of one wallet never reaches
QUERY: Final = """query Statement(
  $id: ID!, $since: Date!, $until: Date!, $before: Date!, $after: String
) {
  wallet(id: $id) { scheme { name }
    opening: movements(first: 1, until: $before) { edges { node { balanceAfter } } }
    movements(first: 100, since: $since, until: $until, after: $after) {
      edges { node { at minutes balanceAfter what } } pageInfo { hasNextPage endCursor } } } }"""
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Commonweal: {title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ margin: 0 auto; max-width: 48rem; padding: 1rem }}
  table {{ border-collapse: collapse; width: 100% }}
  td, th {{ padding: .2rem .4rem; text-align: left }}
  td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums }}
  tr {{ border-bottom: 1px solid #8886 }} tfoot td {{ font-weight: 600 }}
</style>
{body}"""
NO_VALUE: Final = (
    "Time credits are thanks for time given. They have no value in money and cannot be exchanged "
    "for it."
)


class Asked(Protocol):
    """Of the service: who asks, what is answered, and by which clock."""

    database: Database

    async def who(self, scope: Scope) -> Viewer: ...
    async def answer(self, asked: GraphQLRequest, viewer: Viewer) -> Answer: ...


class Statements:
    """The page and the table."""

    def __init__(self, service: Asked) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            answer = await self._page(Request(scope))
        except Refused as refused:
            return await send_refused(send, scope, refused)
        return await answer(scope, receive, send)

    async def _page(self, request: Request) -> Response:
        """A statement; 404 where there is no such wallet for whoever asks."""
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET.", allow="GET, HEAD")
        viewer = await bearer(self._service.who, request.scope)
        wallet, dot, form = request.path_params["wallet"].partition(".")
        since, until = self._days(request.query_params)
        found = await self._read(request, viewer, wallet, since, until)
        if found is None or (dot and form != "csv"):
            return _said(404, "There is no such wallet for you. Are you signed in?")
        return _table(found) if form else _shown(found, since, until)

    def _days(self, given: Mapping[str, str]) -> tuple[date, date]:
        """This year so far, unless days are given."""
        today = civil_day(self._service.database.clock.now())
        try:
            since = date.fromisoformat(given.get("since", f"{today.year}-01-01"))
            until = date.fromisoformat(given.get("until", today.isoformat()))
        except ValueError:
            raise Refused(400, "NOT_A_DAY", "Give days as 2026-04-06.") from None
        if not date(2000, 1, 2) <= since <= until:
            raise Refused(400, "NOT_A_PERIOD", "It begins before it ends, and after 2000.")
        return since, until

    async def _read(
        self, request: Request, viewer: Viewer, wallet: str, since: date, until: date
    ) -> dict[str, Any] | None:
        """The wallet's opening balance and its movements, oldest first; None where it is not."""
        before = (since - timedelta(days=1)).isoformat()
        days = {"since": since.isoformat(), "until": until.isoformat(), "before": before}
        variables: dict[str, Any] = {"id": wallet, **days, "after": None}
        movements: list[dict[str, Any]] = []
        for _ in range(PAGES):
            asked = checked(
                {"query": QUERY, "variables": variables}, safe=True, trace=trace_of(request.scope)
            )
            answer = await self._service.answer(asked, viewer)
            body: dict[str, Any] = orjson.loads(answer.body)
            if "errors" in body and answer.kind != "request_error":
                raise Refused(503, "AWAY", "It could not be read just now. Try again in a moment.")
            found = None if "errors" in body else body["data"]["wallet"]
            if found is None:
                return None
            movements += [edge["node"] for edge in found["movements"]["edges"]]
            if not found["movements"]["pageInfo"]["hasNextPage"]:
                opening = [edge["node"]["balanceAfter"] for edge in found["opening"]["edges"]]
                balance = opening[0] if opening else 0
                return {
                    "scheme": found["scheme"]["name"],
                    "opening": balance,
                    "movements": movements[::-1],
                }
            variables["after"] = found["movements"]["pageInfo"]["endCursor"]
        raise Refused(413, "TOO_LONG", "Ask for fewer days.")


def _said(status: int, text: str) -> Response:
    page = PAGE.format(title="no statement", body=f'<p role="status">{escape(text)}</p>\n')
    return HTMLResponse(page, status, HEADERS)


def _table(found: Mapping[str, Any]) -> Response:
    """Minutes as whole numbers: what a program adds up."""
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(("at", "minutes", "balance", "what"))
    rows.writerow(("", "", found["opening"], "Opening balance"))
    for each in found["movements"]:
        rows.writerow((each["at"], each["minutes"], each["balanceAfter"], each["what"]))
    rows.writerow(("", "", closing(found), "Closing balance"))
    saved = {"content-disposition": 'attachment; filename="statement.csv"'}
    return Response(out.getvalue(), 200, HEADERS | saved, "text/csv; charset=utf-8")


def closing(found: Mapping[str, Any]) -> int:
    """What the last movement left, or what there was before."""
    movements = found["movements"]
    last: int = movements[-1]["balanceAfter"] if movements else found["opening"]
    return last


def sums(movements: list[dict[str, Any]]) -> dict[str, int]:
    """By what they were, in the order in which each came first."""
    found: dict[str, int] = {}
    for each in movements:
        found[each["what"]] = found.get(each["what"], 0) + each["minutes"]
    return found


def _shown(found: Mapping[str, Any], since: date, until: date) -> Response:
    rows = [
        _row(each["at"][:10], each["what"], each["minutes"], each["balanceAfter"])
        for each in found["movements"]
    ]
    totals = [_row("", what, minutes, None) for what, minutes in sums(found["movements"]).items()]
    title = escape(f"{found['scheme']}, {since.isoformat()} to {until.isoformat()}")
    head = '<tr><th>Day<th>What<th class="n">Hours<th class="n">Balance</tr>'
    body = (
        f"<h1>{title}</h1>\n<table><thead>{head}</thead>\n<tbody>"
        f"{_row('', 'Opening balance', None, found['opening'])}{''.join(rows)}"
        f"{_row('', 'Closing balance', None, closing(found))}</tbody></table>\n"
        f"<h2>In all</h2>\n<table><tbody>{''.join(totals)}</tbody></table>\n<p>{NO_VALUE}</p>\n"
    )
    return HTMLResponse(PAGE.format(title=title, body=body), headers=HEADERS)


def _row(day: str, what: str, minutes: int | None, balance: int | None) -> str:
    cells = (hours_text(each) if each is not None else "" for each in (minutes, balance))
    numbers = "".join(f'<td class="n">{each}' for each in cells)
    return f"<tr><td>{escape(day)}<td>{escape(what)}{numbers}</tr>\n"
