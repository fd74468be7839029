"""Limits that a request can run into, each with its reason: printed to schema/limits.md.

    KEY_CHARACTERS: Final = limit("idempotency key", 64, "characters", "a UUID has 36")

A room says `limit(...)` beside the code that refuses, and `web/printed.py` prints them all.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a request can run into: one row of schema/limits.md."""

    name: str
    value: int
    unit: str
    why: str


LIMITS: dict[str, Limit] = {}  # by name


def limit(name: str, value: int, unit: str, why: str) -> Limit:
    """A limit that is printed with the others. Raises TypeError where the name is taken."""
    made = Limit(name, value, unit, why)
    if LIMITS.setdefault(name, made) != made:
        raise TypeError(f"there is another limit named {name!r}")
    return made
