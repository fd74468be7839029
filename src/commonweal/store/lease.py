"""A number for each process that makes ids, leased as a row.

Ids carry a millisecond and this number. A process makes none at or after its lease's end, and a
number is only taken over after that end by the taker's own clock: so the milliseconds of two
holders never overlap, however far their clocks are apart. Whoever starts with a clock behind
every lease is refused.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from typing import TYPE_CHECKING, Final

from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import IdMaker

from .errors import ClockBehind
from .tables import ProcessLease
from .transaction import Transaction, in_transaction

if TYPE_CHECKING:
    from .database import Database

log = logging.getLogger("commonweal.store")

# An import keeps SQLite's one writing connection for as long as a job has, 150 seconds, and no
# lease is renewed meanwhile. Longer is no safer: a killed process's number is taken for so long.
LEASE_SECONDS: Final = 240
RENEW_SECONDS: Final = 15  # many renewals may fail before ids run out
NUMBERS: Final = 1024  # ten bits of an id


def now_ms() -> int:
    """The machine's own clock: ids need it to run, not to be the service's day."""
    return time.time_ns() // 1_000_000


class Lease:
    """This process's number while it lives."""

    def __init__(self, database: "Database") -> None:
        self.database, self.holder = database, secrets.token_hex(16)
        self.ids: IdMaker | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Take the lowest free number. Raises ClockBehind."""
        self.ids = await in_transaction(self.database, self._claim)
        self._renewing = asyncio.create_task(self._renew())

    async def _claim(self, tx: Transaction) -> IdMaker:
        """A maker of ids from the end of the number's lease before to the end of ours."""
        if tx.database.engine == "postgresql":  # rows cannot be locked that are not there yet
            await tx.client.execute_script("LOCK TABLE process_lease IN EXCLUSIVE MODE")
        now = now_ms()
        until = now + LEASE_SECONDS * 1000
        leases = await ProcessLease.all().order_by("number")
        free = next((lease for lease in leases if lease.until_ms <= now), None)
        if free is None:
            return await self._claim_new(leases, now, until)
        since, free.holder, free.until_ms = free.until_ms, self.holder, until
        await free.save()
        return IdMaker(free.number, until, now_ms, not_before_ms=since)

    async def _claim_new(self, leases: list[ProcessLease], now: int, until: int) -> IdMaker:
        earliest_end = min((lease.until_ms for lease in leases), default=now)
        if earliest_end > until:
            raise ClockBehind((earliest_end - until) // 1000)
        number = len(leases)
        if number >= NUMBERS:
            raise RuntimeError(f"all {NUMBERS} process numbers are in use")
        await ProcessLease.create(number=number, holder=self.holder, until_ms=until)
        return IdMaker(number, until, now_ms, not_before_ms=now)

    async def _renew(self) -> None:
        while self.ids is not None:
            await asyncio.sleep(RENEW_SECONDS)
            until = now_ms() + LEASE_SECONDS * 1000
            try:
                if await self._move_end(self.ids, until):
                    self.ids.extend(until)  # only now that it is committed
                else:  # this machine slept, and another process has the number
                    self.ids = await in_transaction(self.database, self._claim)
            except UserError as refusal:  # busy, or away: the next try may do
                log.warning("the process number was not renewed: %s", refusal.message)
            except Exception:  # as above; ids stop at the end anyway
                log.warning("the process number was not renewed", exc_info=True)

    async def _move_end(self, ids: IdMaker, until: int) -> bool:
        """Move the end of the lease, if it is still ours."""
        mine = ProcessLease.filter(number=ids.process, holder=self.holder)
        return await in_transaction(self.database, lambda _: mine.update(until_ms=until)) == 1

    async def give_back(self) -> None:
        """Free the number for the next process, from the millisecond after the last id."""
        if self._renewing:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        ids, self.ids = self.ids, None  # no id is made after the number is free
        if ids:
            with contextlib.suppress(Exception):  # a lost database frees it by time
                await self._move_end(ids, ids.last_ms + 1)
