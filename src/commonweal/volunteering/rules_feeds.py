"""What goes out of here to other programs: how far a page goes, how old it is, what is private.

Sources: Realtime Paged Data Exchange 1.0 (W3C OpenActive community group), whose rules a reader
goes by; RFC 5545 and 7986 for calendars. Pure.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from commonweal.kernel.limits import limit
from commonweal.kernel.retention import ends
from commonweal.volunteering.rules import SINCE

PAGE: Final = limit("opportunities of a page of the feed", 50, "items", "a few megabytes")
SETTLED: Final = limit(
    "age of what the feed shows",
    30,
    "seconds",
    "whatever was written before it is committed by then: no page leaves out what comes late",
)
WRITING: Final = limit(
    "age of a transaction that changes an opportunity",
    20,
    "seconds",
    "PostgreSQL refuses to commit an older one, well before the feed shows its instant",
)
BEHIND: Final = limit("days for which a calendar shows what is over", 90, "days", "a season")
EVENTS: Final = limit("shifts of a calendar", 500, "shifts", "one and a half a day for a year")
ends("calendar addresses", None, SINCE, "when whose they are ends or replaces them or is erased")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MOST: Final = 2**53 - 1  # microseconds: what every reader of JSON holds exactly, until 2255


def stamp_of(instant: datetime) -> int:
    """What `modified` is in the feed: whole microseconds since 1970, in the order of instants."""
    return (instant - EPOCH) // MICROSECOND


def instant_of(stamp: int) -> datetime:
    """The same back. Raises ValueError for what no instant is stamped with."""
    if not 0 <= stamp <= MOST:
        raise ValueError("no stamp")
    return EPOCH + stamp * MICROSECOND


def sequence_of(created_at: datetime, modified_at: datetime, changes: int) -> int:
    """How often an event was changed, for a calendar: it only has to grow with each change."""
    return max(0, (modified_at - created_at) // timedelta(seconds=1)) + changes
