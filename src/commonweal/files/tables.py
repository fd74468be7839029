"""Uploaded files, without their bytes."""

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField

from .rules import MAX_NAME


class File(Model):
    """One upload. Several may have the same content; it is theirs who brought it, or public."""

    id = IdField()
    sha256 = fields.CharField(max_length=64)
    name = fields.CharField(max_length=MAX_NAME)  # as it was called, cleaned: never a path
    media_type = fields.CharField(max_length=100)  # by its first bytes, never by what was claimed
    size_bytes = fields.BigIntField()
    owner_id = fields.BigIntField()
    is_public = fields.BooleanField(default=False)
    created_at = InstantField()

    class Meta:
        table = "file"
