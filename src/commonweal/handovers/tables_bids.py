"""Bids: who bids for what, and envelopes that nobody can open too early."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules_bidders import BidState, EntryState
from .sealing import Kind


class Bid(Model):
    """A group's bid in a round, for one case or several; what is in it stands in no column."""

    id = IdField()
    round: Any = fields.ForeignKeyField(
        "commonweal.Round", related_name=False, db_index=True, on_delete=KEEP
    )
    round_id: int
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    state = fields.CharEnumField(BidState, max_length=16)
    version = fields.IntField(default=1)  # of the row, and of whatever was sealed last
    receipt = fields.CharField(max_length=64, null=True)  # of the bid that stands: SHA-256
    submitted_at: Any = InstantField(null=True)
    reason = fields.TextField(null=True)  # why it was withdrawn, or is not eligible any more
    unopened = fields.CharField(max_length=40, null=True)  # the code of why it could not be opened
    created_at = InstantField()

    class Meta:
        table = "bid"


class BidEntry(Model):
    """That a bid is for a case, and what the council makes of it there."""

    id = IdField()
    bid: Any = fields.ForeignKeyField("commonweal.Bid", related_name=False, on_delete=KEEP)
    bid_id: int
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    state = fields.CharEnumField(EntryState, max_length=12)
    version = fields.IntField(default=1)
    feedback = fields.TextField(null=True)  # to those who were not chosen

    class Meta:
        table = "bid_entry"
        unique_together = (("bid_id", "case_id"),)


class SealedVersion(Model):
    """An envelope: a draft, of which only the last is kept, or a bid, of which all are."""

    id = IdField()
    bid: Any = fields.ForeignKeyField("commonweal.Bid", related_name=False, on_delete=KEEP)
    bid_id: int
    number = fields.IntField()  # to which the envelope is bound
    kind = fields.CharEnumField(Kind, max_length=10)
    ciphertext = fields.BinaryField()
    for_bidder: Any = fields.BinaryField(null=True)  # the data key under the service's key
    for_round: Any = fields.BinaryField(null=True)  # the data key under the round's public key
    receipt = fields.CharField(max_length=64)
    sealed_at = InstantField()

    class Meta:
        table = "sealed_version"
        unique_together = (("bid_id", "number"),)


class Attachment(Model):
    """A sealed file of a bid; its ciphertext lies in the folder of contents, under its hash."""

    id = IdField()  # also the version to which the envelope is bound
    bid: Any = fields.ForeignKeyField(
        "commonweal.Bid", related_name=False, db_index=True, on_delete=KEEP
    )
    bid_id: int
    sha256 = fields.CharField(max_length=64)  # of the ciphertext
    size_bytes = fields.BigIntField()  # of the ciphertext: a size class
    for_bidder: Any = fields.BinaryField(null=True)
    for_round: Any = fields.BinaryField(null=True)
    submitted = fields.BooleanField(default=False)  # by the bid that stands: else a draft's
    sealed_at = InstantField()

    class Meta:
        table = "attachment"
