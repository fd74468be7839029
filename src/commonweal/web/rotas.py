"""`/rotas/{shift id}`: a coordinator's list of who comes, to print and to tick off with a pen.

It asks what its asker may ask of the endpoint: so it is for who coordinates the shift.
"""

from datetime import datetime
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from commonweal.access import Role, Viewer
from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.ids import read_id

from .asgi import Refused, bearer, send_refused
from .asking import Asked, ask
from .statement_pages import PAGE
from .statements import HEADERS

QUERY: Final = """query Rota($id: ID!) { found: node(id: $id) { ... on Shift { startsAt endsAt
  opportunity { title organisation { id name } }
  roles(first: 20) { edges { node { id name places } } } } } }"""
COMERS: Final = """query Comers($id: ID!, $after: String) { found: node(id: $id) {
  ... on ShiftRole { signUps(first: 100, after: $after) {
    edges { node { state name phone reservedFor { name } } }
    pageInfo { hasNextPage endCursor } } } } }"""
PAGES: Final = 20  # of a hundred: more than a role has places
COMES: Final = ("SIGNED_UP", "CHECKED_IN", "CHECKED_OUT")


class Rotas:
    """The page."""

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
        """The list; 404 where there is no such shift, or who comes is not for who asks."""
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET.", allow="GET, HEAD")
        viewer = await bearer(self._service.who, request.scope)
        variables = {"id": request.path_params["shift"]}
        data = await ask(self._service, request, viewer, QUERY, variables)
        found = data and data["found"]
        if not found or not _coordinates(viewer, found):
            return HTMLResponse(NOBODYS, 404, HEADERS)
        for edge in found["roles"]["edges"]:
            edge["node"]["comers"] = await self._comers(request, viewer, edge["node"]["id"])
        return HTMLResponse(_list(found), headers=HEADERS)

    async def _comers(self, request: Request, viewer: Viewer, role: str) -> list[dict[str, Any]]:
        """Who has a place in a role, page after page."""
        given: dict[str, Any] = {"id": role, "after": None}
        rows: list[dict[str, Any]] = []
        for _ in range(PAGES):
            data = await ask(self._service, request, viewer, COMERS, given)
            if not data or not data["found"]:
                break
            page = data["found"]["signUps"]
            rows += [edge["node"] for edge in page["edges"] if edge["node"]["state"] in COMES]
            if not page["pageInfo"]["hasNextPage"]:
                break
            given["after"] = page["pageInfo"]["endCursor"]
        return rows


NOBODYS: Final = PAGE.format(
    title="no list",
    body='<p role="status">There is no such list for you. Are you signed in?</p>\n',
)


def _coordinates(viewer: Viewer, found: dict[str, Any]) -> bool:
    """Whether they coordinate in the shift's organisation: others see but their own."""
    if "opportunity" not in found:
        return False
    number = read_id("org", found["opportunity"]["organisation"]["id"])
    return number in viewer.organisations((Role.OWNER, Role.COORDINATOR))


def _list(found: dict[str, Any]) -> str:
    """A table for each role, with a line for each place: who has it, or nobody."""
    starts, ends = (_there(found[name]) for name in ("startsAt", "endsAt"))
    title = f"{found['opportunity']['title']}, {starts:%A} {starts.day} {starts:%B %Y}"
    about = f"{found['opportunity']['organisation']['name']}, {starts:%H:%M} to {ends:%H:%M}"
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(about)}</p>"]
    for edge in found["roles"]["edges"]:
        role = edge["node"]
        coming = role["comers"]
        lines = [_line(each) for each in coming]
        lines += [_row("", "")] * (role["places"] - len(lines))
        head = "<tr><th>Who<th>Phone<th>Came<th>Went</tr>"
        parts += [
            f"<h2>{escape(role['name'])}: {len(coming)} of {role['places']}</h2>",
            f"<table><thead>{head}</thead><tbody>{''.join(lines)}</tbody></table>",
        ]
    return PAGE.format(title=escape(title), body="\n".join(parts) + "\n")


def _line(sign_up: dict[str, Any]) -> str:
    group = sign_up["reservedFor"]
    name = sign_up["name"] or (f"for {group['name']}" if group else "who gave no name")
    return _row(name, sign_up["phone"] or "")


def _row(name: str, phone: str) -> str:
    return f"<tr><td>{escape(name)}<td>{escape(phone)}<td>☐<td>☐</tr>\n"


def _there(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(CIVIL_ZONE)
