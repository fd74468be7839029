"""Reports, who is to see them, what is hidden, and appeals.

A subject is named by its number alone where rows are related: no two rows of any tables share one.
"""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules import AppealState, ReportReason, ReportState, SubjectKind

MAX_ACTOR = 64  # characters of a viewer's name: two ids and a word


class Report(Model):
    """What somebody says of a listing, an organisation or a person. One a reporter is open."""

    id = IdField()
    state = fields.CharEnumField(ReportState, max_length=10)
    version = fields.IntField(default=1)
    subject_kind = fields.CharEnumField(SubjectKind, max_length=16)
    subject_id = fields.BigIntField(db_index=True)
    reporter: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    reporter_id: int
    reason = fields.CharEnumField(ReportReason, max_length=8)
    words: Any = fields.TextField(null=True)
    created_at = InstantField()
    decided_at: Any = InstantField(null=True)

    class Meta:
        table = "report"


class ReportCouncil(Model):
    """A council that is concerned by a report, as it was when that was written."""

    id = IdField()
    report: Any = fields.ForeignKeyField(
        "commonweal.Report", related_name=False, on_delete=fields.CASCADE
    )
    report_id: int
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int

    class Meta:
        table = "report_council"
        unique_together = (("report", "council"),)


class Hiding(Model):
    """That a listing or an organisation is hidden during [since, until). One at a time lasts."""

    id = IdField()
    subject_kind = fields.CharEnumField(SubjectKind, max_length=16)
    subject_id = fields.BigIntField(db_index=True)
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    reason = fields.TextField()
    hidden_by = fields.CharField(max_length=MAX_ACTOR)
    since = InstantField()
    until: Any = InstantField(null=True)
    restored_because = fields.TextField(null=True)

    class Meta:
        table = "hiding"


class Appeal(Model):
    """What the author of something hidden says against it. One a hiding: an index sees to it."""

    id = IdField()
    state = fields.CharEnumField(AppealState, max_length=10)
    version = fields.IntField(default=1)
    hiding: Any = fields.ForeignKeyField("commonweal.Hiding", related_name=False, on_delete=KEEP)
    hiding_id: int
    words = fields.TextField()
    appealed_by = fields.CharField(max_length=MAX_ACTOR)
    created_at = InstantField()
    decided_at: Any = InstantField(null=True)
    decision = fields.TextField(null=True)

    class Meta:
        table = "appeal"
