"""People, what they sign in with, and how often that was tried."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, GeometryField, IdField, InstantField

from .rules import MAX_LABEL, MAX_NAME, CodePurpose, Language, TokenKind
from .rules_households import AgeBand


class Person(Model):
    """Somebody. Once erased, only the number is left, which ledgers and audits go on naming."""

    id = IdField()
    name = fields.CharField(max_length=MAX_NAME, null=True)
    email = fields.CharField(max_length=254, null=True)  # as they write it
    email_key = fields.CharField(max_length=254, null=True, unique=True)  # as it is compared
    phone = fields.CharField(max_length=32, null=True)
    language = fields.CharEnumField(Language, max_length=2, default=Language.ENGLISH)
    home: Any = GeometryField("POINT", null=True)  # never shown, never searched by
    shown_home: Any = GeometryField("POINT", null=True)  # 300 to 800 m from it (places/homes.py)
    home_set_at: Any = InstantField(null=True)
    registered_by: Any = fields.ForeignKeyField(  # whose coordinators act for who has no e-mail
        "commonweal.Organisation", related_name=False, null=True, db_index=True, on_delete=KEEP
    )
    registered_by_id: int | None
    card_hash = fields.CharField(max_length=64, null=True, unique=True)
    household: Any = fields.ForeignKeyField(
        "commonweal.Household", related_name=False, null=True, on_delete=KEEP
    )
    household_id: int | None
    age_band = fields.CharEnumField(AgeBand, max_length=13, null=True)  # of who grows up in it
    look_again_on: Any = fields.DateField(null=True)  # while they are under age
    created_at = InstantField()
    erased_at: Any = InstantField(null=True)

    class Meta:
        table = "person"


class AccessToken(Model):
    """What a bearer may do until a day: a session is one, and a token for a program is one."""

    id = IdField()
    kind = fields.CharEnumField(TokenKind, max_length=10)
    label = fields.CharField(max_length=MAX_LABEL)  # the audit names the token's id
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, null=True, on_delete=KEEP
    )
    person_id: int | None
    council_id = fields.BigIntField(null=True)  # of a council's own token, which no person has
    by_hand_of_id = fields.BigIntField(null=True)  # the coordinator who acts for the person
    scopes: Any = fields.JSONField(null=True)  # null: whatever the person may do
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = InstantField()
    expires_at = InstantField()

    class Meta:
        table = "access_token"


class SignInCode(Model):
    """Six digits that were sent to an address. Only the last that was sent counts."""

    id = IdField()
    email_key = fields.CharField(max_length=254, db_index=True)
    purpose = fields.CharEnumField(CodePurpose, max_length=10)
    person_id = fields.BigIntField(null=True)  # who wants the address for their own
    code_hash = fields.CharField(max_length=64)
    tries = fields.SmallIntField(default=0)
    created_at = InstantField()
    expires_at = InstantField(db_index=True)
    used_at: Any = InstantField(null=True)

    class Meta:
        table = "sign_in_code"


class TryCount(Model):
    """How often something was tried within an hour or a day. `key` is a keyed digest of what."""

    key = fields.CharField(max_length=64, primary_key=True, generated=False)
    tries = fields.IntField(default=0)
    until = InstantField(db_index=True)

    class Meta:
        table = "try_count"
