"""Files of grants, and what became of each line."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField, to

from .rules import WORDS
from .rules_bulk import FILE_NAME, REFERENCE, LineState


class GrantFile(Model):
    """A file of grants from a pot, sent for a run that its reference names."""

    id = IdField()
    pot: Any = fields.ForeignKeyField("commonweal.Pot", related_name=False, on_delete=KEEP)
    pot_id: int
    reference = fields.CharField(max_length=REFERENCE.value)
    name = fields.CharField(max_length=FILE_NAME.value)
    granted_by_id = fields.BigIntField()
    actor = fields.CharField(max_length=64)  # as the audit calls who granted
    read_at = InstantField()

    class Meta:
        table = "grant_file"


class GrantLine(Model):
    """A line, until it is done with the address that it names, afterwards with whose that was."""

    id = IdField()
    file: Any = fields.ForeignKeyField("commonweal.GrantFile", related_name=False, on_delete=KEEP)
    file_id: int
    number = fields.IntField()
    email_key = fields.CharField(max_length=254, null=True)
    person: Any = to("Person", null=True)
    person_id: int | None
    minutes: Any = fields.IntField(null=True)
    purpose = fields.CharField(max_length=WORDS.value)
    state = fields.CharEnumField(LineState, max_length=8)
    version = fields.IntField(default=1)
    code = fields.CharField(max_length=64, null=True)
    grant: Any = to("Grant", null=True)
    grant_id: int | None
    once = fields.CharField(max_length=64, null=True, unique=True)  # of what was granted, in a run

    class Meta:
        table = "grant_line"
        unique_together = (("file_id", "number"),)
