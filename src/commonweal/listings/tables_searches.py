"""Searches that people saved."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules_searches import MAX_SEARCH_NAME


class SavedSearch(Model):
    """What somebody searches again and again; with `alert`, for them, each morning."""

    id = IdField()
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    name = fields.CharField(max_length=MAX_SEARCH_NAME)
    arguments: Any = fields.JSONField()  # of `search`, as a request's variables have them
    alert = fields.BooleanField(default=True)
    created_at = InstantField()
    seen_until: Any = InstantField()  # what was published before it was looked at already
    last_sent_on: Any = fields.DateField()  # the last civil day that was seen to

    class Meta:
        table = "saved_search"
