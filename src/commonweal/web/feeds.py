"""`GET /feeds/opportunities`: all that there is to do, for other services to keep a copy of.

It follows Realtime Paged Data Exchange 1.0 (w3.org/2017/08/realtime-paged-data-exchange): a reader
goes from page to page by `next`, asks the last page again and again, and so hears of each change.
What is closed, or hidden by an officer, comes as deleted, and stays so for ever: more than the
seven days that are asked. What was never shown is not in it.

A page ends before what is younger than half a minute (rules_feeds.py: SETTLED), since a transaction
that began before another may be committed after it: by then all are, so no reader goes past one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from commonweal.kernel.ids import read_id, write_id
from commonweal.store.database import Database
from commonweal.volunteering.linked import LICENSE, Item, linked
from commonweal.volunteering.queries_feeds import feed_page
from commonweal.volunteering.rules_feeds import instant_of, stamp_of

from .asgi import OVERLOADED, RETRY_SECONDS, error_body

MEDIA_TYPE: Final = "application/vnd.openactive.rpde+json; version=1"
ADDRESS: Final = "/feeds/opportunities"
KIND: Final = "Activity"
OPEN: Final = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
FULL_SECONDS: Final = 3600  # a page with items stays true: what changed since comes on a later one
LAST_SECONDS: Final = 8  # both as the specification's guide to scaling advises


class Feed:
    """The pages. `database` is asked at each request for the open one."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    async def page(self, request: Request) -> Response:
        """What was changed after where a reader is; 400 where that is no place in the feed."""
        try:
            after = position(request.query_params)
        except ValueError:
            words = "Ask for the `next` of another page, or without parameters for the first."
            return _refused(400, "NOT_A_POSITION", words)
        database = self._database()
        try:
            rows = await feed_page(database, after and (instant_of(after[0]), after[1]))
        except OVERLOADED as error:
            return _refused(503, error.code, error.message)
        items = [Item.read(row) for row in rows]
        if items:
            after = stamp_of(items[-1].modified_at), items[-1].id
        base = database.public_url
        page = {
            "next": address_of(base, after),
            "items": [written(item, base) for item in items],
            "license": LICENSE,
        }
        seconds = FULL_SECONDS if items else LAST_SECONDS
        headers = {"cache-control": f"public, max-age={seconds}", **OPEN}
        return Response(orjson.dumps(page), headers=headers, media_type=MEDIA_TYPE)


def written(item: Item, base: str) -> dict[str, Any]:
    """An item of a page."""
    said: dict[str, Any] = {
        "state": "updated" if item.is_open else "deleted",
        "kind": KIND,
        "id": write_id("opp", item.id),
        "modified": stamp_of(item.modified_at),
    }
    return said | {"data": linked(item, base)} if item.is_open else said


def address_of(base: str, after: tuple[int, int] | None) -> str:
    """The address of what comes after a place in the feed; None: of all."""
    if after is None:
        return f"{base}{ADDRESS}"
    return f"{base}{ADDRESS}?afterTimestamp={after[0]}&afterId={write_id('opp', after[1])}"


def position(given: Mapping[str, str]) -> tuple[int, int] | None:
    """Where in the feed a reader is; None at its beginning. Raises ValueError for half a place."""
    stamp, number = given.get("afterTimestamp"), given.get("afterId")
    if stamp is None and number is None:
        return None
    after = read_id("opp", number or "")
    if after is None or stamp is None or not (stamp.isascii() and stamp.isdigit()):
        raise ValueError("half a place, or none")
    at = int(stamp[:20])
    instant_of(at)
    return at, after


def _refused(status: int, code: str, message: str) -> Response:
    headers = {"cache-control": "no-store", **OPEN}
    if status == 503:
        headers["retry-after"] = RETRY_SECONDS
    body = error_body(message, code=code)
    return Response(body, status, headers, media_type="application/json")
