"""How long things are kept, each with its reason: printed to schema/retention.md.

    KEYS_KEPT: Final = kept("idempotency keys", 7, date(2026, 11, 22), "an app may ask again")

A room says `kept(...)` beside its sweep. A number that changes is not written over: a row with its
own day is added below, and the sweep, which asks either of them, goes by it from that day on. What
no sweep goes by, since it ends by something else, is said with `ends(...)`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .calendar import civil_day

EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days a thing is kept, since when that holds: one row of schema/retention.md."""

    what: str
    days: int | None  # None: as long as the service stands
    since: date
    why: str
    swept: bool = True  # by these days; else they are the most that it can take

    def days_on(self, day: date) -> int | None:
        """How many days of this thing's row that is in force; None where it is kept for ever.

        So it is before the first row: nothing is deleted for which there was no rule yet.
        """
        begun = [row for row in RETENTION.values() if row.what == self.what and row.since <= day]
        return max(begun, key=lambda row: row.since).days if begun else None

    def oldest(self, now: datetime) -> datetime:
        """The instant before which it is no longer kept; the beginning of time where it is."""
        days = self.days_on(civil_day(now))
        return EVER if days is None else now - timedelta(days=days)


RETENTION: dict[tuple[str, date], Kept] = {}


def kept(what: str, days: int | None, since: date, why: str) -> Kept:
    """A row that is printed with the others. Raises TypeError where the day has another."""
    return _said(Kept(what, days, since, why))


def ends(what: str, days: int | None, since: date, when: str) -> None:
    """A row of what ends by itself, after so many days at the most: it is no sweep's to ask."""
    _said(Kept(what, days, since, f"at most: {when}", swept=False))


def _said(made: Kept) -> Kept:
    if RETENTION.setdefault((made.what, made.since), made) != made:
        raise TypeError(f"of {made.what!r} there is another row from {made.since}")
    return made
