"""The audit of changes: append-only, one hash chain per subject.

A record's hash covers its content and the hash before it, so a stranger who knows the last hash
of a chain can tell that nothing before it was changed. One chain for all would make every change
wait for every other. The database refuses UPDATE, DELETE and TRUNCATE (migration 0002).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from tortoise.exceptions import IntegrityError

from .tables import AuditRecord
from .transaction import Overtaken, Transaction

BEGINNING: Final = "0" * 64  # what stands before a chain's first record
BATCH: Final = 500  # records a statement: SQLite takes 32,766 values at once, a record has ten


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done to a subject; facts are JSON without floats, with nothing personal in them."""

    subject_kind: str  # the prefix of its ids: "ast"
    subject_id: int
    action: str
    facts: Mapping[str, Any]


async def record(tx: Transaction, actor: str, entries: Iterable[Entry]) -> None:
    """Append to each subject's chain, in the transaction of the work.

    Whoever else appends to one of the chains waits for this transaction's end. Two that begin the
    same chain at once find nothing to wait for: one of them is run again from the start.
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
            facts=_as_read_back(entry.facts),
            previous_hash=before,
        )
        row.hash = hash_of(row)
        last[entry.subject_id] = row.sequence, row.hash
        rows.append(row)
    try:
        await AuditRecord.bulk_create(rows, batch_size=BATCH)
    except IntegrityError as error:
        raise Overtaken from error


async def _last_of(subjects: set[int]) -> dict[int, tuple[int, str]]:
    """The end of each chain, and its lock, which is its first record (on SQLite all is locked)."""
    ordered = sorted(subjects)
    last: dict[int, tuple[int, str]] = {}
    for start in range(0, len(ordered), BATCH):
        chains = AuditRecord.filter(subject_id__in=ordered[start : start + BATCH])
        await chains.filter(sequence=1).order_by("subject_id").select_for_update(no_key=True)
        found = chains.order_by("subject_id", "sequence")
        for subject, sequence, end in await found.values_list("subject_id", "sequence", "hash"):
            last[subject] = sequence, end
    return last


def _as_read_back(facts: Mapping[str, Any]) -> Any:
    """Names become text and tuples lists, as in the database; a float would lose its last digits.

    Raises TypeError for a float and for what is no JSON.
    """

    def refuse(text: str) -> NoReturn:
        raise TypeError(f"a fact may not be a float: {text}")

    return json.loads(json.dumps(dict(facts)), parse_float=refuse, parse_constant=refuse)


def hash_of(row: AuditRecord) -> str:
    """SHA-256 over the record's canonical JSON, the hash before it among it."""
    subject = f"{row.subject_kind}:{row.subject_id}"
    content = [row.previous_hash, subject, row.sequence, _utc(row.at), row.actor, row.action]
    text = json.dumps([*content, row.facts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


async def broken_at(subject_id: int) -> int | None:
    """The sequence number of the first record that does not follow from the one before, if any."""
    before, expected = BEGINNING, 1
    async for row in AuditRecord.filter(subject_id=subject_id).order_by("sequence"):
        sound = row.sequence == expected and row.previous_hash == before
        if not sound or row.hash != hash_of(row):
            return expected
        before, expected = row.hash, expected + 1
    return None
