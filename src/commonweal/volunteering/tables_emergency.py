"""Whom to call when something happens to somebody."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.people.rules import MAX_PHONE
from commonweal.store.fields import KEEP, IdField, InstantField

from .rules_emergency import CALLED


class EmergencyContact(Model):
    """Of somebody one: they, or who cares for them, said so."""

    id = IdField()
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, unique=True, on_delete=KEEP
    )
    person_id: int
    name = fields.CharField(max_length=CALLED.value)
    phone = fields.CharField(max_length=MAX_PHONE)
    set_at = InstantField()

    class Meta:
        table = "emergency_contact"
