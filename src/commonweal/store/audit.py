"""The audit of changes: append-only, one hash chain per subject.

A record's hash covers its content and the hash before it, so a stranger who knows the last hash
of a chain can tell that nothing before it was changed. One chain for all would make every change
wait for every other. The database refuses UPDATE, DELETE and TRUNCATE (migration 0002).
`verify` follows all chains: `commonweal verify`.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn

from tortoise.exceptions import FieldError, IntegrityError

from commonweal.kernel.retention import kept

from .database import Database
from .tables import AuditRecord
from .transaction import Overtaken, Transaction

kept("audit records", None, date(2026, 11, 22), "each proves the next; none holds a name")
BEGINNING: Final = "0" * 64  # what stands before a chain's first record
BATCH: Final = 500  # records a statement: SQLite takes 32,766 values at once, a record has ten
READ_AT_ONCE: Final = 1_000  # records: a megabyte or so
COLUMNS: Final = (
    "subject_id", "sequence", "subject_kind", "at", "actor", "action", "facts", "previous_hash",
    "hash",
)  # fmt: skip
AFTER: Final = {"sqlite": "(?, ?)", "postgresql": "($1, $2)"}


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


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain breaks: what comes after proves nothing."""

    subject_kind: str
    subject_id: int
    sequence: int  # of the record that should stand there
    why: str


@dataclass(slots=True)
class Verdict:
    """What was found of all chains. The records of a broken one hold up to its break."""

    chains: int = 0
    records: int = 0
    broken: list[Broken] = field(default_factory=list)


async def verify(database: Database, advance: Callable[[int], None] = lambda _: None) -> Verdict:
    """Follow every chain from its beginning; `advance` is told how many more records were read.

    Records cut off a chain's end, and a chain that is gone whole, leave no trace in what remains:
    only somebody who knows a later hash from elsewhere can tell.
    """
    found = Verdict()
    subject, kind = None, ""
    end: tuple[int, str] | None = None  # of the chain so far; None once it is broken
    async for record in _by_chain(database, advance):
        if record[0] != subject:
            subject, kind, end = record[0], record[2], (0, BEGINNING)
            found.chains += 1
        if end is None:
            continue
        if why := _fault(record, *end):
            found.broken.append(Broken(kind, record[0], end[0] + 1, why))
            found.chains -= 1
            end = None
        else:
            found.records += 1
            end = record[1], record[-1]
    return found


async def _by_chain(
    database: Database, advance: Callable[[int], None]
) -> AsyncIterator[Sequence[Any]]:
    """All records in one pass over the index, as rows of COLUMNS.

    What is appended meanwhile is met or missed; it follows from what was read all the same.
    """
    after: tuple[int, int] = (-(2**63), 0)
    sql = f"""SELECT {", ".join(COLUMNS)} FROM audit_record
      WHERE (subject_id, sequence) > {AFTER[database.engine]}
      ORDER BY subject_id, sequence LIMIT {READ_AT_ONCE}"""
    while rows := await database.fetch(sql, after):
        for row in rows:
            yield row
        advance(len(rows))
        after = rows[-1][0], rows[-1][1]


def _fault(record: Sequence[Any], sequence: int, before: str) -> str | None:
    """Why the record does not follow from that one, or None."""
    try:
        row = AuditRecord(**dict(zip(COLUMNS, record, strict=True)))
    except (ValueError, FieldError):
        return "it cannot be read"
    if row.sequence != sequence + 1:
        return f"it is missing: record {row.sequence} is the next"
    if row.previous_hash != before:
        return "it does not name the hash of the one before"
    if row.hash != hash_of(row):
        return "its hash is not that of its content"
    return None
