"""Whom somebody blocked."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField


class Block(Model):
    """That somebody wants to hear nothing from somebody else, who is not told."""

    id = IdField()
    person: Any = fields.ForeignKeyField("commonweal.Person", related_name=False, on_delete=KEEP)
    person_id: int
    blocked: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    blocked_id: int
    since = InstantField()

    class Meta:
        table = "block"
        unique_together = (("person", "blocked"),)
