"""What is left of each credit that expires: found by replaying an account's movements. Pure.

Spending writes nothing of this: whatever expires soonest is spent first, and who wants to know what
is left replays the movements in the order of their versions (design note: ledger, expiry).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from json import loads
from typing import Any

Lot = tuple[datetime | None, int]  # when it expires, None for never; how much of it is left


@dataclass(frozen=True, slots=True)
class Movement:
    """One step of an account's sequence: `amount` is below 0 where it was debited."""

    version: int
    amount: int
    at: datetime
    expires_at: datetime | None
    expired_too: bool  # a lapse, or what a hold kept: it takes what has expired as well


@dataclass(slots=True)
class Lots:
    """What is left, the soonest to expire first; `debt` is what a balance is below zero."""

    lots: list[Lot] = field(default_factory=list)
    debt: int = 0

    def replay(self, movements: Iterable[Movement]) -> list[Lot]:
        """Apply movements in order; what the last one took, if it was a debit."""
        taken: list[Lot] = []
        for each in movements:
            if each.amount > 0:
                self._add(each.expires_at, each.amount)
                taken = []
            else:
                taken = self._take(-each.amount, None if each.expired_too else each.at)
        return taken

    def expired(self, now: datetime) -> int:
        """How much is left of what has expired."""
        return sum(amount for at, amount in self.lots if at is not None and at <= now)

    def next_expiry(self) -> datetime | None:
        """When something expires next, or did and is still there."""
        return self.lots[0][0] if self.lots else None

    def _add(self, expires_at: datetime | None, amount: int) -> None:
        paid = min(self.debt, amount)
        self.debt -= paid
        if amount > paid:
            self.lots.append((expires_at, amount - paid))
            self.lots.sort(key=_soonest)

    def _take(self, amount: int, at: datetime | None) -> list[Lot]:
        """Take the soonest that has not expired by `at`; of what has, only when nothing else is."""
        good = [lot for lot in self.lots if at is None or lot[0] is None or lot[0] > at]
        over = [lot for lot in self.lots if lot not in good]
        taken: list[Lot] = []
        left: list[Lot] = []
        for expires_at, there in chain(good, over):
            part = min(there, amount)
            amount -= part
            if part:
                taken.append((expires_at, part))
            if there > part:
                left.append((expires_at, there - part))
        self.lots = sorted(left, key=_soonest)
        self.debt += amount
        return taken

    def kept(self) -> dict[str, Any]:
        """As a checkpoint keeps it."""
        lots = [[at and at.isoformat(), amount] for at, amount in self.lots]
        return {"lots": lots, "debt": self.debt}


def lots_of(kept: dict[str, Any]) -> Lots:
    """The lots that a checkpoint keeps."""
    lots = [(at and datetime.fromisoformat(at), amount) for at, amount in kept["lots"]]
    return Lots(lots, kept["debt"])


def left_of(kept: Any, debits: str | None, credits_: str | None) -> list[Lot]:
    """What is left of each credit: from a checkpoint, and `queries.steps_of` after it."""
    lots = lots_of(loads(kept) if isinstance(kept, str) else kept) if kept else Lots()
    steps = [_step(line, -1) for line in _parts(debits)]
    steps += [_step(line, 1) for line in _parts(credits_)]
    lots.replay(sorted(steps, key=lambda step: step.version))
    return lots.lots


def _parts(text: str | None) -> list[str]:
    return text.split(";") if text else []


def _step(line: str, sign: int) -> Movement:
    version, amount, at, expires_at, expired_too = line.split("|")
    return Movement(
        version=int(version),
        amount=sign * int(amount),
        at=datetime.fromisoformat(at),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        expired_too=bool(expired_too),
    )


def _soonest(lot: Lot) -> tuple[bool, float]:
    at, _ = lot
    return (at is None, at.timestamp() if at else 0)
