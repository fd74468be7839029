"""`/timelines/{asset id}`: an asset's way, as a page to look at, without any script.

It asks what anybody may ask of the endpoint, signed in as nobody: so it shows what is public, and
an id that names no asset is answered as one that never was.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.calendar import civil_day

from .asgi import Refused
from .http import checked
from .observing import trace_of

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
}
ENTRIES: Final = 100  # of a page: more than most assets ever have
QUERY: Final = f"""query Timeline($id: ID!, $after: String) {{ asset(id: $id) {{
  name address state council {{ name }}
  timeline(first: {ENTRIES}, after: $after) {{
    edges {{ node {{ at what case {{ title }} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Commonweal: {title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ margin: 0 auto; max-width: 40rem; padding: 1rem }}
  ol {{ list-style: none; margin: 0; padding: 0 0 0 1rem; border-left: .2rem solid #26c }}
  li {{ margin: 0 0 1rem }} time {{ display: block; opacity: .75 }} p {{ margin: .2rem 0 }}
</style>
{body}"""


class Timelines:
    """The page; `answer` is the service's own."""

    def __init__(self, answer: Callable[[GraphQLRequest, Viewer], Awaitable[Answer]]) -> None:
        self._answer = answer

    async def page(self, request: Request) -> Response:
        """What happened, the newest first; 404 where there is no such asset."""
        number = request.path_params["asset"]
        variables = {"id": number, "after": request.query_params.get("after")}
        try:
            asked = {"query": QUERY, "variables": variables}
            checked_request = checked(asked, safe=True, trace=trace_of(request.scope))
        except Refused as refused:
            return _said(refused.status, refused.message)
        answer = await self._answer(checked_request, ANONYMOUS)
        body: dict[str, Any] = orjson.loads(answer.body)
        if "errors" not in body:
            asset = body["data"]["asset"]
            return _shown(number, asset) if asset else _said(404, "There is no such asset.")
        if answer.kind == "request_error":  # no id at all, or another list's cursor
            return _said(404, body["errors"][0]["message"])
        return _said(503, "It could not be read just now. Try again in a moment.")


def _said(status: int, text: str) -> Response:
    page = PAGE.format(title="no timeline", body=f'<p role="status">{escape(text)}</p>\n')
    return HTMLResponse(page, status, HEADERS)


def _shown(number: str, asset: Mapping[str, Any]) -> Response:
    council = asset["council"] and asset["council"]["name"]
    about = " · ".join(escape(each) for each in (asset["address"], council) if each)
    name, timeline = escape(asset["name"]), asset["timeline"]
    entries = "".join(_entry(edge["node"]) for edge in timeline["edges"])
    parts = [f"<h1>{name}</h1>", f"<p>{about}</p>"]
    parts.append(f"<ol>{entries}</ol>" if entries else "<p>Nothing is known of its way yet.</p>")
    if timeline["pageInfo"]["hasNextPage"]:
        after = quote(timeline["pageInfo"]["endCursor"], safe="")
        parts.append(f'<p><a href="{quote(number, safe="")}?after={after}">Earlier</a></p>')
    return HTMLResponse(PAGE.format(title=name, body="\n".join(parts) + "\n"), headers=HEADERS)


def _entry(node: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(node["at"])
    day = civil_day(at)
    case = f"<p>{escape(node['case']['title'])}</p>" if node["case"] else ""
    when = f'<time datetime="{at.isoformat()}">{day.day} {day:%B %Y}</time>'
    return f"<li>{when}<p>{escape(node['what'])}</p>{case}</li>"
