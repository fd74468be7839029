"""Calendars to subscribe to: `/opportunities/opp_….ics` of anything, `/calendars/….ics` one's own.

Of an opportunity its shifts to come; one that does not take place is said to be cancelled. One's
own, at a secret address (volunteering/actions_calendars.py), has the shifts in which one has a
place, and tentatively those in which one is offered. Times are in UTC, which every calendar shows
by the clock there. No cookie and no token is looked at; RFC 5545 is what is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from commonweal.kernel.ids import read_id, write_id
from commonweal.people.actions import hash_of
from commonweal.store.database import Database
from commonweal.volunteering.linked import instant
from commonweal.volunteering.queries_feeds import calendar_of, shifts_of
from commonweal.volunteering.rules_feeds import sequence_of

from .asgi import OVERLOADED, RETRY_SECONDS, error_body
from .opportunity_pages import HEADERS, opportunity_page

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
ENDING: Final = ".ics"
PUBLIC: Final = {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=300",
    "x-content-type-options": "nosniff",
}
PRIVATE: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
NO_ADDRESS: Final = "This is no calendar, or no longer."


class Calendars:
    """Both kinds. `database` is asked at each request for the open one."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    async def opportunity(self, request: Request) -> Response:
        """The shifts to come of an opportunity that the public is shown; else 404.

        Without the ending it is a page to look at (opportunity_pages.py).
        """
        file = request.path_params["file"]
        number = read_id("opp", file.removesuffix(ENDING))
        if number is None:
            return _refused(404, "NOT_FOUND", NO_ADDRESS)
        try:
            rows = await shifts_of(self._database(), number)
        except OVERLOADED as error:
            return _refused(503, error.code, error.message)
        if not rows:
            return _refused(404, "NOT_FOUND", NO_ADDRESS)
        shown = [Shown(*row) for row in rows]
        if not file.endswith(ENDING):
            return HTMLResponse(opportunity_page(file, shown), headers=HEADERS)
        return Response(written(shown[0].title, shown), headers=PUBLIC, media_type=MEDIA_TYPE)

    async def own(self, request: Request) -> Response:
        """The shifts of whose address it is; 404 where it is nobody's."""
        file = request.path_params["file"]
        secret = file.removesuffix(ENDING)
        try:
            rows = await calendar_of(self._database(), hash_of(secret))
        except OVERLOADED as error:
            return _refused(503, error.code, error.message)
        if not rows or not file.endswith(ENDING):
            return _refused(404, "NOT_FOUND", NO_ADDRESS)
        shown = [Shown(*row) for row in rows if row[5] is not None]
        return Response(written("My shifts", shown), headers=PRIVATE, media_type=MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A shift as a calendar has it; `shift_id` is null where there is none at all."""

    title: str
    description: str
    created_at: Any
    modified_at: Any
    area: str | None
    shift_id: int | None
    starts_at: Any
    ends_at: Any
    version: int
    address: str | None
    off: int
    role: str | None = None
    changes: int = 0  # of one's own sign-up
    offered: int = 0


def written(name: str, shifts: Sequence[Shown]) -> bytes:
    """A calendar of these shifts."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Commonweal//Volunteering//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    for shown in shifts:
        if shown.shift_id is not None:
            calendar.add_component(_event(shown, shown.shift_id))
    return bytes(calendar.to_ical())


def _event(shown: Shown, shift_id: int) -> Any:
    """One shift. Its UID is its own for ever, and its SEQUENCE grows whenever it is changed."""
    from icalendar import Event

    created, modified = instant(shown.created_at), instant(shown.modified_at)
    event = Event()
    event.add("uid", f"{write_id('shf', shift_id)}@commonweal")
    event.add("summary", f"{shown.title}: {shown.role}" if shown.role else shown.title)
    event.add("description", shown.description)
    event.add("dtstart", _whole(shown.starts_at))
    event.add("dtend", _whole(shown.ends_at))
    event.add("dtstamp", _whole(modified))
    event.add("last-modified", _whole(modified))
    event.add("sequence", sequence_of(created, modified, shown.version + shown.changes))
    status = "TENTATIVE" if shown.offered else "CONFIRMED"
    event.add("status", "CANCELLED" if shown.off else status)
    if place := shown.address or shown.area:
        event.add("location", place)
    return event


def _whole(given: Any) -> datetime:
    return instant(given).replace(microsecond=0)


def _refused(status: int, code: str, message: str) -> Response:
    headers = {**PRIVATE, **({"retry-after": RETRY_SECONDS} if status == 503 else {})}
    return Response(error_body(message, code=code), status, headers, media_type="application/json")
