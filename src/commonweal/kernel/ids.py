"""Ids: 63-bit numbers that sort by the time at which they were made, and their text.

    41 bits  milliseconds since 2026-01-01 UTC (until 2095)
    10 bits  the process, a number that is leased to one process at a time
    12 bits  a counter within the millisecond

No two are ever alike, whatever the clocks say: a maker's ids only go up, and their milliseconds
lie within its lease; the next holder of its number passes that lease's end as `not_before_ms`.
In print an id is a kind's prefix and 13 characters of Crockford's base 32: `abc_0c1n2h5xjz3qk`.
Leases are rows; granting them is the store's business, not this module's.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import product
from threading import Lock
from typing import Final

EPOCH_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1000  # as a Unix time
MILLISECOND_BITS = 41  # 69 years
PROCESS_BITS = 10  # 1,024 processes at once
COUNTER_BITS = 12  # 4,096 ids a millisecond; a burst beyond that borrows from the next one

MOST_PROCESS = (1 << PROCESS_BITS) - 1
MOST_COUNT = (1 << COUNTER_BITS) - 1
MOST_MS = EPOCH_MS + (1 << MILLISECOND_BITS) - 1
MOST_ID = (1 << MILLISECOND_BITS + PROCESS_BITS + COUNTER_BITS) - 1  # both engines' signed integer

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
# By twos: an answer has many ids to write, and so few pairs stay in a processor's cache.
_PAIRS = ["".join(pair) for pair in product(_LETTERS, repeat=2)]
_DIGITS = str.maketrans(_LETTERS + "oil", "0123456789abcdefghijklmnopqrstuv" + "011")  # int's own
_TEXT = re.compile(r"([a-z]+)_([0-7oil][0-9a-tv-z]{12})", re.IGNORECASE | re.ASCII)


class LeaseExpired(RuntimeError):
    """The process number may belong to another process by now: make no id until it is renewed."""


class IdMaker:
    """Makes the ids of one process. Safe to share between threads.

    All milliseconds are Unix times. `valid_until_ms` is the end of the lease on `process`, and
    `not_before_ms` its beginning: the end of the lease of whoever held the number before.
    """

    def __init__(
        self,
        process: int,
        valid_until_ms: int,
        now_ms: Callable[[], int],
        not_before_ms: int = EPOCH_MS,
    ) -> None:
        if not 0 <= process <= MOST_PROCESS:
            raise ValueError(f"a process number is from 0 to {MOST_PROCESS}; it was {process}")
        self.process: Final = process
        self._now_ms = now_ms
        self._lock = Lock()
        # A tick is a millisecond and a count within it, in one integer.
        self._last_tick = _tick(max(not_before_ms, EPOCH_MS)) - 1
        self._end_tick = 0
        self.extend(valid_until_ms)

    @property
    def last_ms(self) -> int:
        """The millisecond of the last id made; just before the first possible one, if none was."""
        return EPOCH_MS + (self._last_tick >> COUNTER_BITS)

    def make(self) -> int:
        """A new id, above all that this maker made before, even if the clock stood or went back.

        Raises LeaseExpired when its millisecond would lie outside the lease.
        """
        with self._lock:
            tick = max(self._last_tick + 1, _tick(self._now_ms()))
            if tick >= self._end_tick:
                raise LeaseExpired(f"the lease on process number {self.process} has run out")
            self._last_tick = tick
        millisecond, count = tick >> COUNTER_BITS, tick & MOST_COUNT
        return (millisecond << PROCESS_BITS | self.process) << COUNTER_BITS | count

    def extend(self, valid_until_ms: int) -> None:
        """The lease now lasts until then; it never becomes shorter than it was promised to be."""
        if valid_until_ms > MOST_MS:
            raise ValueError(f"ids have no room for the millisecond {valid_until_ms}")
        with self._lock:
            self._end_tick = max(self._end_tick, _tick(valid_until_ms))


def write_id(prefix: str, number: int) -> str:
    """The text of an id. Raises ValueError for what `read_id` would not read back."""
    return id_writer(prefix)(number)


@lru_cache(256)  # kinds there are: one for each
def id_writer(prefix: str) -> Callable[[int], str]:
    """What writes the ids of a kind. Raises ValueError as `write_id` does."""
    if prefix_of(f"{prefix}_{'0' * 13}") != prefix:
        raise ValueError(f"a prefix is lower-case letters; it was {prefix!r}")
    beginnings = _Beginnings(prefix)

    def write(number: int) -> str:
        high, low = number >> 30, number & 0x3FFF_FFFF  # in halves: small integers are quicker
        return (
            f"{beginnings[high >> 20]}{_PAIRS[high >> 10 & 1023]}{_PAIRS[high & 1023]}"
            f"{_PAIRS[low >> 20]}{_PAIRS[low >> 10 & 1023]}{_PAIRS[low & 1023]}"
        )

    return write


class _Beginnings(dict[int, str]):
    """The prefix and first three characters by the number's highest 13 bits: some three days each.

    Raises ValueError where a number has more bits than an id.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __missing__(self, high: int) -> str:
        if not 0 <= high <= MOST_ID >> 50:
            raise ValueError(f"an id is from 0 to {MOST_ID}")
        self[high] = f"{self.prefix}_{_LETTERS[high >> 10]}{_PAIRS[high & 1023]}"
        return self[high]


def read_id(prefix: str, text: str) -> int | None:
    """The number, or None for another kind's id and for anything that is no id.

    As forgiving as Crockford asks: capitals are read as small letters, o as 0, i and l as 1.
    """
    match = _TEXT.fullmatch(text)
    if match is None or match[1].lower() != prefix:
        return None
    return int(match[2].lower().translate(_DIGITS), 32)


def prefix_of(text: str) -> str | None:
    """The kind's prefix, in small letters, or None if the text is no id."""
    match = _TEXT.fullmatch(text)
    return match[1].lower() if match else None


def _tick(unix_ms: int) -> int:
    return (unix_ms - EPOCH_MS) << COUNTER_BITS
