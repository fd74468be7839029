"""A day's transfers under one hash that everybody may read: then nobody can change them unseen.

A leaf is a transfer as canonical JSON: all its columns by name, sorted, without spaces, in ASCII
(what Python's `json.dumps(…, sort_keys=True, separators=(",", ":"))` writes); ids as in the API,
instants in UTC with six decimals. The tree is RFC 6962's (a leaf's hash is SHA-256 of 00 and the
leaf, a node's of 01 and both below it) over a day's transfers in the order of their ids; a day is
UTC's, of `created_at`. `chained` is SHA-256 of the canonical JSON of [the `chained` before or 64
zeros, day, number of transfers, root]. `docs/check_ledger.py` does all of it again, by itself.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from tortoise.exceptions import IntegrityError

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import id_writer
from commonweal.store.database import Database, Fetch
from commonweal.store.transaction import Overtaken, Transaction, in_transaction

from .rules import Posted
from .statements import COLUMNS, instant, numbered, posted_of
from .tables import Account, SealedDay, Transfer

BEGINNING: Final = "0" * 64  # what stands before the first day
SEALED_AFTER: Final = timedelta(hours=1)  # of the next day: what midnight cut through is over
PATIENCE_SECONDS: Final = 60.0  # for who is still at work; then the next run of the job asks again
POLL_SECONDS: Final = 0.1  # a transaction is shorter than that, mostly
READ_AT_ONCE: Final = 1_000  # transfers: half a megabyte or so
IDS: Final = {
    "id": "trf", "journal": "jnl", "hold": "hld", "reverses": "trf", "debit": "acc",
    "credit": "acc",
}  # fmt: skip
canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@fact
class TransferUnknown(UserError):
    says = "There is no transfer {transfer}."
    transfer: str


@fact
class NotSealedYet(UserError):
    says = "{day} is not sealed yet: a day is, from an hour after it ended."
    day: date


@dataclass(slots=True)
class Tree:
    """A Merkle tree that grows by a leaf at a time; it keeps one hash for each level."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)  # of the full subtrees, the largest first

    def add(self, leaf: bytes) -> None:
        """Append a leaf's hash."""
        rest = self.size
        while rest & 1:
            leaf = node(self.peaks.pop(), leaf)
            rest >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> str:
        """In hexadecimal; of no leaves, the hash of nothing."""
        if not self.peaks:
            return hashlib.sha256().hexdigest()
        *rest, whole = self.peaks
        for peak in reversed(rest):
            whole = node(peak, whole)
        return whole.hex()


@dataclass(frozen=True, slots=True)
class Proof:
    """That a transfer is in a sealed day: with the hashes beside its way up to the root."""

    transfer: dict[str, Any]
    day: str
    index: int  # in the day, from 0
    size: int  # how many transfers the day has
    path: list[str]
    root: str
    previous: str
    chained: str


def leaf(transfer: dict[str, Any]) -> bytes:
    return hashlib.sha256(b"\0" + canonical(transfer).encode()).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def content(posted: Posted) -> dict[str, Any]:
    """A transfer's columns as its leaf has them."""
    found = {name: getattr(posted, name) for name in COLUMNS}
    for name, prefix in IDS.items():
        found[name] = written_id(prefix, found[name])
    for name in ("event_at", "created_at", "expires_at"):
        found[name] = written_instant(found[name])
    return found


def written_id(prefix: str, number: int | None) -> str | None:
    """As in the API; a number that is no id, which only somebody tampering writes, as it is."""
    if number is None:
        return None
    try:
        return _writer(prefix)(number)
    except (ValueError, IndexError):
        return f"{prefix}_{number}"


_writer: Final = cache(id_writer)


def written_instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None


def day_of(posted: Posted) -> date:
    return posted.created_at.astimezone(UTC).date()


def chained(previous: str, day: date, transfers: int, root: str) -> str:
    text = canonical([previous, day.isoformat(), transfers, root])
    return hashlib.sha256(text.encode()).hexdigest()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf to the root (RFC 6962, 2.1.1)."""
    beside: list[bytes] = []
    while len(leaves) > 1:
        if index ^ 1 < len(leaves):
            beside.append(leaves[index ^ 1])
        whole = len(leaves) & ~1
        above = [node(leaves[n], leaves[n + 1]) for n in range(0, whole, 2)]
        leaves = [*above, *leaves[whole:]]
        index >>= 1
    return beside


async def transfers_of(
    database: Database,
    fetch: Fetch,
    since: date | None = None,
    until: date | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[Posted]:
    """Transfers in the order of their ids; those of the days [since, until) where they are given.

    Ids are made by processes and instants by the database, so a day's are found by their instants
    only: it is one walk over the table, however many days are asked for.
    """
    sql, ends = f"SELECT {', '.join(COLUMNS)} FROM transfer WHERE id > $1", list[datetime]()
    if since and until:
        sql += " AND created_at >= $2 AND created_at < $3"
        ends = [beginning(since), beginning(until)]
    sql += f" ORDER BY id LIMIT {READ_AT_ONCE}"
    after = -(2**63)
    while rows := await fetch(*numbered(database, sql, after, *ends)):
        for row in rows:
            yield posted_of(row)
        advance(len(rows))
        after = rows[-1][0]


def beginning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


async def days_sealed(fetch: Fetch) -> list[dict[str, Any]]:
    """All sealed days, in order: day, transfers, root, previous, chained and sealed_at."""
    names = ("day", "transfers", "root", "previous", "chained", "sealed_at")
    rows = await fetch(f"SELECT {', '.join(names)} FROM sealed_day ORDER BY day", [])
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for each in found:
        each["day"] = _day(each["day"])
        each["sealed_at"] = instant(each["sealed_at"])
    return found


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def days(since: date, until: date) -> Iterable[date]:
    """The days [since, until)."""
    return (since + timedelta(n) for n in range((until - since).days))


async def seal_days(database: Database, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Seal each day that is over for an hour, from that of the first account: how many.

    A transfer's instant is that of its transaction's beginning. So once everybody who is at work
    now has ended, nothing more comes into the days before; until then nothing is sealed.
    """
    due = await in_transaction(database, _due)
    if due is None or not await _ended(database, patience_seconds):
        return 0
    since, until = due
    trees = {day: Tree() for day in days(since, until)}
    async with database.snapshot() as fetch:
        async for posted in transfers_of(database, fetch, since, until):
            trees[day_of(posted)].add(leaf(content(posted)))

    async def write(tx: Transaction) -> int:
        last = await SealedDay.all().order_by("-day").first()
        if last and last.day >= since:
            return 0  # another process was quicker
        if await _transfers(since, until) != sum(tree.size for tree in trees.values()):
            return 0  # a clock was put back, and something came in meanwhile: the next run sees it
        previous, rows = last.chained if last else BEGINNING, []
        for day, tree in trees.items():
            root = tree.root()
            chain = chained(previous, day, tree.size, root)
            rows.append(
                SealedDay(
                    id=tx.new_id(), day=day, transfers=tree.size, root=root, previous=previous,
                    chained=chain, sealed_at=tx.now,
                )
            )  # fmt: skip
            previous = chain
        try:
            await SealedDay.bulk_create(rows, batch_size=READ_AT_ONCE)
        except IntegrityError as error:
            raise Overtaken from error
        return len(rows)

    return await in_transaction(database, write)


async def _transfers(since: date, until: date) -> int:
    first, last = beginning(since), beginning(until)
    return await Transfer.filter(created_at__gte=first, created_at__lt=last).count()


async def _due(tx: Transaction) -> tuple[date, date] | None:
    """The days [since, until) that are to be sealed. On SQLite this waits for whoever writes."""
    # by the slower of two clocks, where the database has its own: nothing more comes into what is
    # sealed, and so a day that was sealed before its time would let nobody pay in it
    now = min(tx.now, tx.database.clock.now())
    until = (now - SEALED_AFTER).astimezone(UTC).date()
    last = await SealedDay.all().order_by("-day").first()
    if last:
        since = last.day + timedelta(1)
    elif first := await Account.all().order_by("opened_at").first():
        since = first.opened_at.astimezone(UTC).date()
        # before it only where the clock was put back; that none was sealed yet says there are few
        earlier = Transfer.filter(created_at__lt=first.opened_at).order_by("created_at")
        if moved := await earlier.first():
            since = moved.created_at.astimezone(UTC).date()
    else:
        return None
    return (since, until) if since < until else None


# Every transaction has a lock on its own number from its beginning, and everybody may see it.
AT_WORK: Final = """
    SELECT virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'virtualxid' AND l.granted AND l.mode = 'ExclusiveLock'
    AND a.datname = current_database() AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
    AND l.pid <> pg_backend_pid()
    UNION ALL SELECT gid FROM pg_prepared_xacts WHERE database = current_database()
"""


async def _ended(database: Database, patience_seconds: float) -> bool:
    """Wait for the transactions that are open now. Takes no lock that they could wait for."""
    if database.engine == "sqlite":
        return True  # there is one at a time, and it was this process's a moment ago
    before = {row[0] for row in await database.fetch(AT_WORK, [])}
    deadline = time.monotonic() + patience_seconds
    while before := before & {row[0] for row in await database.fetch(AT_WORK, [])}:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def proof(database: Database, transfer_id: int) -> Proof:
    """That a transfer is in its day. Raises TransferUnknown and NotSealedYet."""
    transfer = await Transfer.get_or_none(id=transfer_id)
    if transfer is None:
        raise TransferUnknown(str(written_id("trf", transfer_id)))
    day = transfer.created_at.astimezone(UTC).date()
    sealed = await SealedDay.get_or_none(day=day)
    if sealed is None:
        raise NotSealedYet(day)
    leaves: list[bytes] = []
    index, mine = 0, {}
    async with database.snapshot() as fetch:
        async for posted in transfers_of(database, fetch, day, day + timedelta(1)):
            if posted.id == transfer_id:
                index, mine = len(leaves), content(posted)
            leaves.append(leaf(content(posted)))
    return Proof(
        mine, day.isoformat(), index, len(leaves), [each.hex() for each in path(leaves, index)],
        sealed.root, sealed.previous, sealed.chained,
    )  # fmt: skip
