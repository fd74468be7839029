"""What time it is: always an aware instant in UTC, always asked of a clock that was passed in.

`SystemClock` is the real one. `FixedDay` is a rehearsal's (`--today DATE`): it is another day, and
time flows. `TestClock` stands still until told. None of them sleeps or sets a timer.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return datetime.now(UTC)


SYSTEM = SystemClock()


class FixedDay:
    """Begins on `day` in `zone`, at the time of day that it really is there, and runs on."""

    def __init__(self, day: date, zone: ZoneInfo, running: Clock = SYSTEM) -> None:
        self._running = running
        now = running.now()
        there = now.astimezone(zone).time()
        self._offset = datetime.combine(day, there, zone).astimezone(UTC) - now

    def now(self) -> datetime:
        """This instant, as far after the beginning as the running clock has run since."""
        return self._running.now() + self._offset


class TestClock:
    """Stands at `at` until it is advanced."""

    __test__ = False  # pytest would take its name for a set of tests

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Where it stands."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Step forward, or back if `by` is negative."""
        self._now += by
