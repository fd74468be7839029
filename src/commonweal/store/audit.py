"""The audit of changes: append-only, one hash chain per subject.

A record's hash covers its content and the hash before it, so a stranger who knows the last hash
of a chain can tell that nothing before it was changed. One chain for all would make every change
wait for every other. The database refuses UPDATE, DELETE and TRUNCATE (migration 0001).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .tables import AuditRecord
from .transaction import Transaction

BEGINNING: Final = "0" * 64  # what stands before a chain's first record
BATCH: Final = 500  # records a statement: SQLite takes 32,766 values at once, a record has nine


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done to a subject; facts are JSON, with nothing personal in them."""

    subject_kind: str  # the prefix of its ids: "ast"
    subject_id: int
    action: str
    facts: Mapping[str, Any]


async def record(tx: Transaction, actor: str, entries: Iterable[Entry]) -> None:
    """Append to each subject's chain, in the transaction of the work.

    The unique (subject, sequence) makes two writers at once impossible: one is refused and tries
    again from the start.
    """
    entries = list(entries)
    last = await _last_of({e.subject_id for e in entries})
    rows = []
    for entry in entries:
        sequence, before = last.get(entry.subject_id, (0, BEGINNING))
        row = AuditRecord(
            id=tx.new_id(),
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            sequence=sequence + 1,
            at=tx.now,
            actor=actor,
            action=entry.action,
            facts=dict(entry.facts),
            previous_hash=before,
        )
        row.hash = hash_of(row)
        last[entry.subject_id] = row.sequence, row.hash
        rows.append(row)
    await AuditRecord.bulk_create(rows, batch_size=BATCH)


async def _last_of(subjects: set[int]) -> dict[int, tuple[int, str]]:
    ordered = sorted(subjects)
    last: dict[int, tuple[int, str]] = {}
    for start in range(0, len(ordered), BATCH):
        some = AuditRecord.filter(subject_id__in=ordered[start : start + BATCH])
        async for row in some.order_by("subject_id", "sequence"):
            last[row.subject_id] = row.sequence, row.hash
    return last


def hash_of(row: AuditRecord) -> str:
    """SHA-256 over the record's canonical JSON, the hash before it among it."""
    subject = f"{row.subject_kind}:{row.subject_id}"
    content = [row.previous_hash, subject, row.sequence, _utc(row.at), row.actor, row.action]
    text = json.dumps([*content, row.facts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


async def broken_at(subject_id: int) -> int | None:
    """The sequence number of the first record that does not follow from the one before, if any."""
    before, expected = BEGINNING, 1
    async for row in AuditRecord.filter(subject_id=subject_id).order_by("sequence"):
        sound = row.sequence == expected and row.previous_hash == before
        if not sound or row.hash != hash_of(row):
            return expected
        before, expected = row.hash, expected + 1
    return None
