"""Tokens for the API."""

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField

from .rules import Role


class AccessToken(Model):
    """What a bearer may do: one role, in one council, until a day."""

    id = IdField()
    label = fields.CharField(
        max_length=64
    )  # for the list of tokens; the audit names the token's id
    role = fields.CharEnumField(Role, max_length=10)
    council_id = fields.BigIntField()
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = InstantField()
    expires_at = InstantField()

    class Meta:
        table = "access_token"
