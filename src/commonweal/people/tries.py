"""Counting what may be tried only so often, by compare-and-swap in the database.

A count stands whatever becomes of the try: whoever refuses after counting returns the refusal
(graph/mutation.py), for what is raised takes its count back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import F

from commonweal.store.keyed import hex_digest
from commonweal.store.sweeping import swept
from commonweal.store.transaction import Transaction

from .rules import TooManyTries
from .tables import TryCount


@dataclass(frozen=True, slots=True)
class Tries:
    """So many of something within a window of so many seconds that begins at the clock's whole."""

    what: str
    most: int
    seconds: int

    def key(self, tx: Transaction, of: str) -> str:
        window = int(tx.now.timestamp()) // self.seconds
        return hex_digest(tx.database, "tries", f"{self.what}:{of}:{window}")

    async def count(self, tx: Transaction, of: str) -> TooManyTries | None:
        """Count one more, or say when to come again."""
        key, until = self.key(tx, of), self._until(tx.now)
        row = TryCount(key=key, tries=0, until=until)
        await TryCount.bulk_create([row], ignore_conflicts=True)
        more = TryCount.filter(key=key, tries__lt=self.most).update(tries=F("tries") + 1)
        if await more == 1:
            return None
        return TooManyTries(int((until - tx.now).total_seconds()) + 1)

    async def forget(self, tx: Transaction, of: str) -> None:
        """What succeeded was no guess."""
        await TryCount.filter(key=self.key(tx, of), tries__gt=0).update(tries=F("tries") - 1)

    def _until(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.seconds - now.timestamp() % self.seconds)


async def sweep(tx: Transaction) -> int:
    """Delete a batch of counts whose window is over: how many."""
    return await swept(TryCount.filter(until__lt=tx.now).order_by("until"))
