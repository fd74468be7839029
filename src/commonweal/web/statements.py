"""`/statements/{id}`: what came into a wallet or a pot and left it, to print; `.csv`: as a table.

`/statements/{wallet}.benefits` is the year for an office that asks: what somebody did, month by
month, and that it has no price. All of them ask what their asker may ask of the endpoint, so they
are for whose wallet it is, or who looks after the pot, and for no other. Without days it is of this
year; an opening and a closing balance stand around the movements, and the sums under them add up
from the one to the other.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day

from .asgi import Refused, bearer, send_refused
from .asking import Asked, ask
from .statement_pages import Statement, benefits, nothing, statement

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
PAGES: Final = 200  # of a hundred movements: what a year of one wallet never reaches
MOVED: Final = """opening: movements(first: 1, until: $before) { edges { node { balanceAfter } } }
  movements(first: 100, since: $since, until: $until, after: $after) {
    edges { node { at minutes balanceAfter what counterparty why } }
    pageInfo { hasNextPage endCursor } }"""
DAYS: Final = "$id: ID!, $since: Date!, $until: Date!, $before: Date!, $after: String"
QUERIES: Final = {  # by what an id begins with
    kind: f"query Statement({DAYS}) {{ found: {read}(id: $id) {{ {named} {MOVED} }} }}"
    for kind, read, named in (
        ("wal", "wallet", "scheme { name }"),
        ("pot", "pot", "scheme { name } name"),
    )
}
THANKED: Final = """query Thanked($id: ID!, $since: Date!, $until: Date!, $after: String) {
  found: wallet(id: $id) { person { name } scheme { name council { name } }
    grants(first: 100, since: $since, until: $until, after: $after) {
      edges { node { grantedAt minutes purpose recognitionOnly } }
      pageInfo { hasNextPage endCursor } } } }"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose statement, of which days, and for whom."""

    request: Request
    viewer: Viewer
    id: str
    since: date
    until: date


class Statements:
    """The pages and the table."""

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
        """A statement; 404 where there is no such account for whoever asks."""
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET.", allow="GET, HEAD")
        viewer = await bearer(self._service.who, request.scope)
        number, _, form = request.path_params["account"].partition(".")
        since, until = self._days(request.query_params)
        wanted = Wanted(request, viewer, number, since, until)
        found = await self._read(wanted) if form in ("", "csv", "benefits") else None
        if found is None:
            return HTMLResponse(nothing(), 404, HEADERS)
        if form == "csv":
            return _table(found)
        if form == "":
            return HTMLResponse(statement(found), headers=HEADERS)
        thanked, about = await self._all(wanted, THANKED, "grants", {})
        if about is None:
            return HTMLResponse(nothing(), 404, HEADERS)
        return HTMLResponse(benefits(found, about["found"], thanked), headers=HEADERS)

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

    async def _read(self, wanted: Wanted) -> Statement | None:
        """The opening balance and the movements, oldest first; None where there are none to see."""
        query = QUERIES.get(wanted.id.partition("_")[0])
        before = (wanted.since - timedelta(days=1)).isoformat()
        if query is None:
            return None
        movements, found = await self._all(wanted, query, "movements", {"before": before})
        if found is None:
            return None
        opening = [edge["node"]["balanceAfter"] for edge in found["found"]["opening"]["edges"]]
        scheme, pot = found["found"]["scheme"]["name"], found["found"].get("name")
        return Statement(
            title=f"{pot} ({scheme})" if pot else scheme,
            since=wanted.since,
            until=wanted.until,
            opening=opening[0] if opening else 0,
            movements=movements[::-1],
        )

    async def _all(
        self, wanted: Wanted, query: str, of: str, more: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """All rows of a list of what was found, with what was answered last; None: nothing."""
        days = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
        variables: dict[str, Any] = {"id": wanted.id, **days, "after": None, **more}
        rows: list[dict[str, Any]] = []
        for _ in range(PAGES):
            data = await ask(self._service, wanted.request, wanted.viewer, query, variables)
            if data is None or data["found"] is None or data["found"][of] is None:
                return [], None
            rows += [edge["node"] for edge in data["found"][of]["edges"]]
            if not data["found"][of]["pageInfo"]["hasNextPage"]:
                return rows, data
            variables["after"] = data["found"][of]["pageInfo"]["endCursor"]
        raise Refused(413, "TOO_LONG", "Ask for fewer days.")


def _table(found: Statement) -> Response:
    """Minutes as whole numbers: what a program adds up."""
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(("at", "minutes", "balance", "what", "counterparty", "why"))
    rows.writerow(("", "", found.opening, "Opening balance", "", ""))
    for each in found.movements:
        words = (cell(each[name] or "") for name in ("what", "counterparty", "why"))
        rows.writerow((each["at"], each["minutes"], each["balanceAfter"], *words))
    rows.writerow(("", "", found.closing, "Closing balance", "", ""))
    saved = {"content-disposition": 'attachment; filename="statement.csv"'}
    return Response(out.getvalue(), 200, HEADERS | saved, "text/csv; charset=utf-8")


def cell(text: str) -> str:
    """What somebody wrote, as no spreadsheet's formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
