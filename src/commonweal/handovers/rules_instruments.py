"""What of an asset a group may be given, and that no two are given the same. Pure.

A lease leaves the freehold listed, and a hall's ground floor leaves its rooms above. What is let
is let in time and in parts, which the council names ("ground floor", "plots 1-12"); none named is
the whole (design note: assets, invariant 12). The database holds it too: this says it to a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact


class Instrument(StrEnum):
    """By what a group comes to have it."""

    FREEHOLD = "FREEHOLD"
    LEASE = "LEASE"
    ASSIGNMENT = "ASSIGNMENT"  # of a lease of the council's own, for what is left of it
    LICENCE = "LICENCE"  # to manage: no interest in land
    SERVICE = "SERVICE"  # no land at all


DISPOSALS: Final = frozenset({Instrument.FREEHOLD, Instrument.LEASE, Instrument.ASSIGNMENT})
RIVALS: Final = {  # one live award in each class, for the same parts at the same time
    Instrument.FREEHOLD: "ownership",
    Instrument.LEASE: "occupation",
    Instrument.ASSIGNMENT: "occupation",
    Instrument.LICENCE: "occupation",
    Instrument.SERVICE: "service",
}


@fact
class EndsBeforeItBegins(UserError):
    says = "It would end on {until}, and begins on {since}: it ends on a later day."
    since: str
    until: str


@fact
class EndNeeded(UserError):
    says = "Only a freehold has no end: say from which day this {instrument} holds no more."
    instrument: str


@fact
class AlreadyAwarded(UserError):
    says = (
        "From {since} until {until} a {instrument} of {parts} is awarded already. Choose other "
        "parts or other days, or end that award first."
    )
    instrument: str
    parts: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Interest:
    """What is awarded, over [since, until); no parts are the whole."""

    asset_id: int
    instrument: Instrument
    since: date
    until: date | None = None
    parts: frozenset[str] = frozenset()

    def rivals(self, other: "Interest") -> bool:
        """Whether both cannot be had: of one class and asset, and neither time nor parts apart."""
        return (
            self.asset_id == other.asset_id
            and RIVALS[self.instrument] == RIVALS[other.instrument]
            and (self.until is None or other.since < self.until)
            and (other.until is None or self.since < other.until)
            and not (self.parts and other.parts and self.parts.isdisjoint(other.parts))
        )


def check_interest(interest: Interest) -> None:
    """Raises EndNeeded, EndsBeforeItBegins."""
    if interest.until is None:
        if interest.instrument is not Instrument.FREEHOLD:
            raise EndNeeded(interest.instrument.lower())
    elif interest.until <= interest.since:
        raise EndsBeforeItBegins(interest.since.isoformat(), interest.until.isoformat())


def check_free(interest: Interest, live: Iterable[Interest]) -> None:
    """None of the live awards is for the same (invariant 12). Raises AlreadyAwarded."""
    for other in live:
        if interest.rivals(other):
            raise AlreadyAwarded(
                other.instrument.lower(),
                ", ".join(sorted(other.parts)) or "the whole",
                other.since.isoformat(),
                other.until.isoformat() if other.until else "further notice",
            )
