"""Organisations, who belongs to them, and which areas are theirs."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.access import Role
from commonweal.store.fields import KEEP, GeometryField, IdField, InstantField

from .rules_organisations import (
    MAX_ORGANISATION_NAME,
    MAX_WEBSITE,
    InvitationState,
    LegalForm,
    OrganisationKind,
    OrganisationState,
)


class Organisation(Model):
    """A council, a community group, a business, a sponsor; or several that act together."""

    id = IdField()
    kind = fields.CharEnumField(OrganisationKind, max_length=16)
    state = fields.CharEnumField(OrganisationState, max_length=10)
    version = fields.IntField(default=1)
    name = fields.CharField(max_length=MAX_ORGANISATION_NAME)
    legal_form = fields.CharEnumField(LegalForm, max_length=32, null=True)
    description = fields.TextField(null=True)
    website = fields.CharField(max_length=MAX_WEBSITE, null=True)
    home: Any = GeometryField("POINT", null=True)  # where it is found: public
    council: Any = fields.ForeignKeyField(  # in whose area: its officers verify it
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    created_at = InstantField()
    decided_at: Any = InstantField(null=True)
    reason = fields.TextField(null=True)  # why it was declined
    successor: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, null=True, on_delete=KEEP
    )
    successor_id: int | None
    successor_agreed = fields.BooleanField(default=False, db_default=False)
    ends_at: Any = InstantField(null=True)
    # by an officer (room `safety`), or for good when whoever it was alone is erased (`privacy`)
    hidden = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "organisation"


class Registration(Model):
    """A number in a register. Confirmed ones are one organisation's each: an index sees to it."""

    id = IdField()
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, on_delete=KEEP
    )
    organisation_id: int
    scheme = fields.CharField(max_length=10)
    number = fields.CharField(max_length=20)
    confirmed = fields.BooleanField(default=False)

    class Meta:
        table = "registration"
        unique_together = (("organisation", "scheme"),)


class OrganisationArea(Model):
    """An area that an organisation serves, or that is a council's own, during [since, until)."""

    id = IdField()
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    area: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    area_id: int
    owned = fields.BooleanField(default=False)
    since = InstantField()
    until: Any = InstantField(null=True)

    class Meta:
        table = "organisation_area"


class Membership(Model):
    """A role that somebody has in an organisation during [since, until)."""

    id = IdField()
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    role = fields.CharEnumField(Role, max_length=12)
    since = InstantField()
    until: Any = InstantField(null=True)

    class Meta:
        table = "membership"


class Invitation(Model):
    """A role offered to whoever signs in with an address, forgotten once it is answered."""

    id = IdField()
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    email = fields.CharField(max_length=254, null=True)
    email_key = fields.CharField(max_length=254, null=True, db_index=True)
    role = fields.CharEnumField(Role, max_length=12)
    invited_by_id = fields.BigIntField(null=True)
    state = fields.CharEnumField(InvitationState, max_length=10)
    version = fields.IntField(default=1)
    created_at = InstantField()
    expires_at = InstantField()

    class Meta:
        table = "invitation"
