"""Bank holidays as rows. The database refuses to change or delete one (migration 0020)."""

from typing import Final

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField

from .rules_regimes import Jurisdiction

MAX_CITATION: Final = 200  # characters: an address, or a proclamation's name


class Holiday(Model):
    """That a day is a bank holiday somewhere, or, by a later row, that it is none after all.

    What was known at an instant is the last row of each day by then: so a deadline that was frozen
    can be counted again for ever.
    """

    id = IdField()
    jurisdiction = fields.CharEnumField(Jurisdiction, max_length=16)
    day = fields.DateField()
    name = fields.CharField(max_length=64)
    citation = fields.CharField(max_length=MAX_CITATION)  # where it says so
    observed = fields.BooleanField()
    added_at = InstantField()

    class Meta:
        table = "holiday"
        unique_together = (("jurisdiction", "day", "added_at"),)
