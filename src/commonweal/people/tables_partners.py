"""Who acts together."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField


class Partner(Model):
    """An organisation in a consortium during [since, until); invited while `since` is open."""

    id = IdField()
    consortium: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    consortium_id: int
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    leads = fields.BooleanField(default=False)  # of a consortium one does: an index sees to it
    invited_at = InstantField()
    since: Any = InstantField(null=True)
    until: Any = InstantField(null=True)

    class Meta:
        table = "partner"
