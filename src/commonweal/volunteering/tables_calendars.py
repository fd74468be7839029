"""Where calendars ask for somebody's shifts."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField


class CalendarAddress(Model):
    """The one secret address of somebody's calendar; of it only a hash is kept."""

    id = IdField()
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, unique=True, on_delete=KEEP
    )
    person_id: int
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = InstantField()

    class Meta:
        table = "calendar_address"
