"""The store's own rows: which process writes under which number, and the audit."""

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
