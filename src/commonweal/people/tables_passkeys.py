"""Passkeys, and what they are to sign."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules import MAX_LABEL
from .rules_passkeys import MAX_CREDENTIAL_ID


class Passkey(Model):
    """A key of somebody's device, by which they sign in: the public half of it."""

    id = IdField()
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    label = fields.CharField(max_length=MAX_LABEL)
    credential_id = fields.CharField(max_length=MAX_CREDENTIAL_ID, unique=True)  # base64url
    public_key = fields.BinaryField()  # as COSE writes it
    sign_count = fields.BigIntField()  # how often its device says that it signed: up to 2**32
    created_at = InstantField()
    last_used_at: Any = InstantField(null=True)

    class Meta:
        table = "passkey"


class PasskeyChallenge(Model):
    """What a passkey is to sign, once: a new one for the person, or any where there is none."""

    challenge = fields.CharField(max_length=43, primary_key=True, generated=False)  # base64url
    person_id = fields.BigIntField(null=True)
    expires_at = InstantField(db_index=True)

    class Meta:
        table = "passkey_challenge"
