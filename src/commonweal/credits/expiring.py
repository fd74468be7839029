"""What of a wallet lapses when: worked out as it is read, since spending writes nothing of it."""

from datetime import datetime
from typing import Any

from commonweal.ledger.rules_lots import Lot, left_of


def expiring(kept: Any, debits: str | None, credits_: str | None, now: Any) -> list[dict[str, Any]]:
    """By the instant at which it lapses, the soonest first; what never does is not in it."""
    at = datetime.fromisoformat(now) if isinstance(now, str) else now
    found = together(left_of(kept, debits, credits_))
    return [
        {"at": each.isoformat(), "minutes": minutes} for each, minutes in found.items() if each > at
    ]


def together(lots: list[Lot]) -> dict[datetime, int]:
    """How much lapses at each instant."""
    found: dict[datetime, int] = {}
    for expires_at, minutes in lots:
        if expires_at is not None:
            found[expires_at] = found.get(expires_at, 0) + minutes
    return dict(sorted(found.items()))
