"""Households, who is invited into one, and what guardians consented to.

Who is in a household stands with the person (tables.py), so nobody is in two.
"""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules import MAX_NAME
from .rules_households import ConsentPurpose
from .rules_organisations import InvitationState


class Household(Model):
    """Adults who are equals, and the children in their care."""

    id = IdField()
    name = fields.CharField(max_length=MAX_NAME, null=True)  # forgotten when nobody is in it
    created_at = InstantField()

    class Meta:
        table = "household"


class HouseholdInvitation(Model):
    """A place in a household for whoever signs in with an address, forgotten once answered."""

    id = IdField()
    household: Any = fields.ForeignKeyField(
        "commonweal.Household", related_name=False, db_index=True, on_delete=KEEP
    )
    household_id: int
    email = fields.CharField(max_length=254, null=True)
    email_key = fields.CharField(max_length=254, null=True, db_index=True)
    state = fields.CharEnumField(InvitationState, max_length=10)
    version = fields.IntField(default=1)
    created_at = InstantField()
    expires_at = InstantField()

    class Meta:
        table = "household_invitation"


class Consent(Model):
    """What a guardian consented to for a child, during [since, until)."""

    id = IdField()
    child: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    child_id: int
    purpose = fields.CharEnumField(ConsentPurpose, max_length=20)
    given_by: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    given_by_id: int
    since = InstantField()
    until: Any = InstantField(null=True)
    ended_by: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, null=True, db_index=True, on_delete=KEEP
    )
    ended_by_id: int | None

    class Meta:
        table = "consent"
