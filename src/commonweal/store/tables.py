"""The store's own rows: processes' numbers, the service's key, the audit, the outbox, keys by which
a thing is done once, and what is announced. Each is written by the module its docstring names.
"""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from .fields import IdField, InstantField


class ProcessLease(Model):
    """A process number in use. Ids made under it lie before `until_ms` (lease.py)."""

    number = fields.SmallIntField(primary_key=True, generated=False)
    holder = fields.CharField(max_length=32)
    until_ms = fields.BigIntField()

    class Meta:
        table = "process_lease"


class ServiceKey(Model):
    """The key of this service's keyed digests: one row, made once, never changed (keyed.py)."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    key = fields.CharField(max_length=64)

    class Meta:
        table = "service_key"


class AuditRecord(Model):
    """One thing done to one subject: a link of that subject's hash chain (audit.py).

    The database refuses to change or delete it, on both engines.
    """

    id = IdField()
    subject_kind = fields.CharField(max_length=8)  # the prefix of its ids in the API: "ast"
    subject_id = fields.BigIntField()
    sequence = fields.IntField()  # 1, 2, 3 … without gaps
    at = InstantField()
    actor = fields.CharField(max_length=64)
    action = fields.CharField(max_length=64)
    facts: Any = fields.JSONField()
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_record"
        unique_together = (("subject_id", "sequence"),)  # ids are unique across kinds


class Job(Model):
    """A line of the outbox: work to be done after the transaction that wrote it (jobs.py)."""

    id = IdField()
    kind = fields.CharField(max_length=64)  # which action: the table in web/jobs.py
    cause = fields.CharField(max_length=128, null=True, unique=True)  # a second one is dropped
    facts: Any = fields.JSONField()
    due_at = InstantField()  # while a worker has it: when its lease is over
    attempts = fields.IntField(default=0)
    last_error = fields.CharField(max_length=200, null=True)
    created_at = InstantField()
    done_at: Any = InstantField(null=True)
    failed_at: Any = InstantField(null=True)  # given up; it stays until somebody retries it

    class Meta:
        table = "job"


class IdempotencyKey(Model):
    """A key by which somebody asked for something once, and what came of it (idempotency.py)."""

    id = IdField()
    actor = fields.CharField(max_length=64)
    key = fields.CharField(max_length=64)
    operation = fields.CharField(max_length=128)
    fingerprint = fields.CharField(max_length=64)
    facts: Any = fields.JSONField(null=True)  # null only inside the transaction of the work
    claimed_at = InstantField(db_index=True)  # by which old ones are swept

    class Meta:
        table = "idempotency_key"
        unique_together = (("actor", "key"),)


class Announcement(Model):
    """That something changed, for whoever listens (announcements.py)."""

    id = IdField()
    topic = fields.CharField(max_length=32)  # what kind of thing: "listing"
    subject_id = fields.BigIntField()
    sequence = fields.BigIntField(null=True, unique=True)  # 1, 2, 3 …, given after the commit
    created_at = InstantField()

    class Meta:
        table = "announcement"
