"""Messages: the letters that are to go out, and those that went."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField

from .rules import MAX_ADDRESS, MAX_KIND, MAX_LINK, MAX_SUBJECT, MessageState


class Message(Model):
    """A letter to one address. Its text is emptied once it is of no use, where it is secret."""

    id = IdField()
    state = fields.CharEnumField(MessageState, max_length=10)
    version = fields.IntField(default=1)
    kind = fields.CharField(max_length=MAX_KIND)  # of letter: "sign_in_code"
    person_id = fields.BigIntField(null=True, db_index=True)  # whose it is: export and erasure
    to_address = fields.CharField(max_length=MAX_ADDRESS)
    subject = fields.CharField(max_length=MAX_SUBJECT)
    body = fields.TextField()
    secret = fields.BooleanField(default=False)
    unsubscribe_url = fields.CharField(max_length=MAX_LINK, null=True)
    failure = fields.TextField(null=True)  # the mail server's words, which may hold the address
    created_at = InstantField(db_index=True)  # by which old ones are swept
    sent_at: Any = InstantField(null=True)

    class Meta:
        table = "message"
