"""Telling every process that something changed: a row in the transaction of the work.

    await announce(tx, "listing", [listing.id])          # in an action
    async with relay.listening() as since: ...           # whoever wants to know

A `Relay` runs in every serving process. After a commit it numbers the new rows on a connection of
its own, one relay at a time, so that whoever reads on from a number misses none; on PostgreSQL it
then notifies the others, never in a transaction of the work's: NOTIFY takes one lock for the whole
cluster at commit. Whoever listens also polls, so nothing depends on a notification, nor on the
relay of the process that did the work. A process in which nobody listens reads nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import asyncpg
from tortoise.expressions import Q

from .database import Database, PostgresReader
from .locks import one_at_a_time
from .sweeping import swept
from .tables import Announcement
from .transaction import Transaction, in_transaction

log = logging.getLogger("commonweal.store")

POLL_SECONDS: Final = {"sqlite": 0.25, "postgresql": 1.0}  # there nobody notifies; one small read
KEPT_SECONDS: Final = 3_600  # who listens is seconds behind; who was away asks anew
NUMBERED_AT_ONCE: Final = 1_000  # rows of a transaction: milliseconds, for writers wait behind it
CHANNEL: Final = "commonweal_announcement"
NUMBERING: Final = 0x74656C6C  # "tell": the lock of whoever numbers, in any process; no id is it

LATEST: Final = """
SELECT coalesce(max(sequence), 0), EXISTS (SELECT 1 FROM announcement WHERE sequence IS NULL)
FROM announcement
"""
NUMBER: Final = f"""
UPDATE announcement SET sequence = numbered.sequence FROM (
  SELECT id, (SELECT coalesce(max(sequence), 0) FROM announcement)
    + row_number() OVER (ORDER BY id) AS sequence
  FROM announcement WHERE sequence IS NULL ORDER BY id LIMIT {NUMBERED_AT_ONCE}
) AS numbered WHERE numbered.id = announcement.id
""".strip()  # Tortoise counts the rows of what begins with UPDATE


async def announce(tx: Transaction, topic: str, subject_ids: Iterable[int]) -> None:
    """Say of things that they changed, to whoever listens; told once the transaction commits."""
    rows = [
        Announcement(id=tx.new_id(), topic=topic, subject_id=subject, created_at=tx.now)
        for subject in subject_ids
    ]
    await Announcement.bulk_create(rows)
    tx.after_commit.append(tx.database.announced.set)


async def sweep(tx: Transaction) -> int:
    """Sweep a batch of what everybody has heard: how many rows.

    The highest number stays: they go on there. Ids are in the order of time, near enough.
    """
    last = await Announcement.filter(sequence__not_isnull=True).order_by("-sequence").first()
    old = Announcement.filter(created_at__lt=tx.now - timedelta(seconds=KEPT_SECONDS))
    heard = Q(sequence__isnull=True) | Q(sequence__lt=last.sequence if last else 0)
    return await swept(old.filter(heard).order_by("id"))


class Relay:
    """Numbers what was announced, and wakes those who listen in this process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.latest = 0  # the highest number that this process knows of
        self.listeners = 0
        self._moved = asyncio.Event()  # a new one each time that `latest` does
        self._ear: asyncpg.Connection[Any] | None = None
        self._well = True  # so that an outage is logged once, not each second

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """The number after which whoever listens is told everything; see `beyond`."""
        self.listeners += 1
        self.database.announced.set()
        try:
            await self.look()  # what was announced before is over
            yield self.latest
        finally:
            self.listeners -= 1
            self.database.announced.set()

    async def beyond(self, sequence: int) -> int:
        """The highest number, as soon as it is higher than this one."""
        while self.latest <= sequence:
            await self._moved.wait()
        return self.latest

    async def look(self) -> None:
        """Number what has no number yet, and wake who is behind."""
        [(latest, unnumbered)] = await self.database.fetch(LATEST, ())
        if unnumbered:
            latest = await self._number()
        if latest > self.latest:
            self.latest = latest
            self._moved.set()
            self._moved = asyncio.Event()

    async def _number(self) -> int:
        """Number all that is committed. The highest number."""
        while await in_transaction(self.database, _numbered) == NUMBERED_AT_ONCE:
            pass
        if self.database.engine == "postgresql":
            await self.database.client.execute_query(f"SELECT pg_notify('{CHANNEL}', '')")
        [(latest, _)] = await self.database.fetch(LATEST, ())
        return int(latest)

    async def run(self) -> None:
        """Until cancelled: look when this process announced something; where somebody listens,
        also when another one did, and at least each POLL_SECONDS."""
        announced, pace = self.database.announced, POLL_SECONDS[self.database.engine]
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pace if self.listeners else None):
                        await announced.wait()
                announced.clear()
                await self._attempt()
        finally:
            await self._deafen()

    async def _attempt(self) -> None:
        try:
            await self._hear()
            await self.look()
        except Exception:
            if self._well:
                log.warning("announcements cannot be read; trying again", exc_info=True)
            self._well = False
        else:
            self._well = True

    async def _hear(self) -> None:
        """Hold a connection that is notified, while somebody listens; without it, polling does."""
        reader = self.database.reader
        if not isinstance(reader, PostgresReader):
            return
        if not self.listeners:
            await self._deafen()
        elif self._ear is None or self._ear.is_closed():
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with asyncio.timeout(POLL_SECONDS[self.database.engine]):
                    ear = await reader.connection()
                    try:
                        ear.add_termination_listener(lambda _: self.database.announced.set())
                        await ear.add_listener(CHANNEL, lambda *_: self.database.announced.set())
                    except BaseException:
                        ear.terminate()
                        raise
                self._ear = ear

    async def _deafen(self) -> None:
        ear, self._ear = self._ear, None
        if ear:
            ear.terminate()


async def _numbered(tx: Transaction) -> int:
    await one_at_a_time(tx, NUMBERING)
    count, _ = await tx.client.execute_query(NUMBER)
    return int(count)
