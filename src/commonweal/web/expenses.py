"""`/expenses/{organisation}.csv`: what is owed to volunteers, for a treasurer's bank; and
`/expenses/{expense}/receipt`: what one of them paid, as their receipt has it.

Both ask what their asker may ask of the endpoint: so they are for who pays, or paid.
"""

import csv
from io import StringIO
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.files.tables import File
from commonweal.kernel.ids import read_id
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.tables_expenses import Expense

from .asgi import Refused, bearer, send_refused
from .asking import Asked, ask
from .statements import HEADERS, cell

OWED: Final = """query Owed($id: ID!, $after: String) { found: organisation(id: $id) {
  expenses(first: 100, state: APPROVED, after: $after) {
    edges { node { id name pence what submittedAt } } pageInfo { hasNextPage endCursor } } } }"""
ONE: Final = "query One($id: ID!) { found: node(id: $id) { ... on Expense { id } } }"
PAGES: Final = 100  # of a hundred: more than a group pays at once
COLUMNS: Final = ("id", "name", "pence", "what", "submittedAt")


class Expenses:
    """The table, and a receipt."""

    def __init__(self, service: Asked) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            answer = await self._answer(Request(scope))
        except Refused as refused:
            return await send_refused(send, scope, refused)
        return await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET.", allow="GET, HEAD")
        viewer = await bearer(self._service.who, request.scope)
        if "expense" in request.path_params:
            return await self._receipt(request, viewer, request.path_params["expense"])
        number, _, form = request.path_params["organisation"].partition(".")
        if form != "csv" or not number.startswith("org_"):
            raise NOTHING
        return await self._table(request, viewer, number)

    async def _table(self, request: Request, viewer: Viewer, number: str) -> Response:
        """Whole pence, which a program adds up."""
        out = StringIO()
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        given: dict[str, Any] = {"id": number, "after": None}
        for _ in range(PAGES):
            data = await ask(self._service, request, viewer, OWED, given)
            if not viewer.signed_in or not data or not data["found"]:
                raise NOTHING
            page = data["found"]["expenses"]
            for edge in page["edges"]:
                node = edge["node"]
                rows.writerow([cell(str(node[name] or "")) for name in COLUMNS])
            if not page["pageInfo"]["hasNextPage"]:
                break
            given["after"] = page["pageInfo"]["endCursor"]
        saved = {"content-disposition": 'attachment; filename="expenses.csv"'}
        return Response(out.getvalue(), 200, HEADERS | saved, "text/csv; charset=utf-8")

    async def _receipt(self, request: Request, viewer: Viewer, number: str) -> Response:
        """The file itself, which is its owner's, to who may see what it is for."""
        data = await ask(self._service, request, viewer, ONE, {"id": number})
        if not data or not data["found"] or "id" not in data["found"]:
            raise NOTHING

        async def work(_tx: Transaction) -> File | None:
            expense = await Expense.get_or_none(id=read_id("exp", number))
            return await File.get_or_none(id=expense.receipt_id) if expense else None

        file = await in_transaction(self._service.database, work)
        if file is None:
            raise NOTHING
        where = self._service.database.contents.path(file.sha256)
        kept = {**HEADERS, "content-security-policy": "default-src 'none'; sandbox"}
        return FileResponse(
            where, 200, kept, file.media_type, filename=file.name, content_disposition_type="inline"
        )


NOTHING: Final = Refused(404, "NOT_FOUND", "There is no such thing for you. Are you signed in?")
