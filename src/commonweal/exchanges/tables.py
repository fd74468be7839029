"""Offers of help and requests for it, and what two people made of one."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField, to

from .rules import DESCRIPTION, TITLE, WORDS, ExchangeState, HelpKind, HelpState


class HelpOffer(Model):
    """Help that somebody offers, or asks for."""

    id = IdField()
    scheme: Any = to("Scheme")
    scheme_id: int
    person: Any = to("Person")
    person_id: int
    kind = fields.CharEnumField(HelpKind, max_length=7)
    title = fields.CharField(max_length=TITLE.value)
    description = fields.CharField(max_length=DESCRIPTION.value)
    state = fields.CharEnumField(HelpState, max_length=6)
    version = fields.IntField(default=1)
    created_at = InstantField()

    class Meta:
        table = "help_offer"


class Exchange(Model):
    """Help that one gives and another receives."""

    id = IdField()
    offer: Any = to("HelpOffer")
    offer_id: int
    scheme: Any = to("Scheme")
    scheme_id: int
    giver: Any = to("Person")
    giver_id: int
    receiver: Any = to("Person")
    receiver_id: int
    answered_by_id = fields.BigIntField()  # one of the two; the other agrees
    minutes = fields.IntField()  # for which it is agreed
    words = fields.CharField(max_length=WORDS.value)
    state = fields.CharEnumField(ExchangeState, max_length=9)
    version = fields.IntField(default=1)
    at = InstantField()
    hold = fields.BigIntField(null=True)  # the ledger's
    held_until: Any = InstantField(null=True)
    given_minutes = fields.IntField(null=True)  # as who gave it says
    received_minutes = fields.IntField(null=True)
    said_at: Any = InstantField(null=True)
    settled_minutes = fields.IntField(null=True)
    settled_by_id = fields.BigIntField(null=True)  # of an officer who decided
    reason = fields.CharField(max_length=WORDS.value, null=True)
    ended_at: Any = InstantField(null=True)
    journal = fields.BigIntField(null=True)  # the ledger's, of what it moved

    class Meta:
        table = "exchange"
