"""What volunteers are told by mail."""

from datetime import datetime

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.messages.rules import Letter


def place_offered(title: str, starts_at: datetime, until: datetime) -> Letter:
    """To whoever waited longest: a place was freed, and for how long it is theirs."""
    parts = [
        f"A place was freed for you: {title}, {_when(starts_at)}.",
        f"It is yours to take until {_when(until)}; afterwards the next who waits is asked.",
    ]
    return Letter(
        kind="place_offered", subject=f"A place for you: {title}", body="\n\n".join(parts) + "\n"
    )


def shift_off(title: str, starts_at: datetime) -> Letter:
    """To whoever had a place, or waited for one, in a shift that does not take place."""
    body = f"{title}, {_when(starts_at)}, does not take place.\n"
    return Letter(kind="shift_off", subject=f"Not taking place: {title}", body=body)


def _when(at: datetime) -> str:
    there = at.astimezone(CIVIL_ZONE)
    return f"{there:%A} {there.day} {there:%B %Y} at {there:%H:%M}"
