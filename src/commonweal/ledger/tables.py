"""The ledger's rows. The migration writes their SQL itself: what Tortoise cannot say is in it, keys
of several columns and checks.
"""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField


class Account(Model):
    """Who or what has value of a unit; `owner` is an id that means nothing here."""

    id = IdField()
    kind = fields.CharField(max_length=32)
    owner = fields.CharField(max_length=64)
    unit = fields.CharField(max_length=64)
    shards = fields.SmallIntField()  # 1, or 32 where everybody pays in; always 1 on SQLite
    lapses_to = fields.BigIntField(null=True)  # the account that gets what expires here
    opened_at = InstantField()
    closed_at: Any = InstantField(null=True)

    class Meta:
        table = "account"


class Balance(Model):
    """What an account has: shard 0, or one of 1 to 32. Its key is (account, shard)."""

    account = fields.BigIntField(primary_key=True, generated=False)
    shard = fields.SmallIntField()
    unit = fields.CharField(max_length=64)
    posted = fields.BigIntField()
    held = fields.BigIntField()  # the sum of the account's holds
    owed = fields.BigIntField()  # by how much a reversal put it below its floor
    version = fields.BigIntField()  # how many movements there were
    floor = fields.BigIntField()
    ceiling = fields.BigIntField()
    next_expiry: Any = InstantField(null=True)  # no sooner does anything here expire

    class Meta:
        table = "balance"


class Transfer(Model):
    """An amount from one account to another; the database refuses to change or delete it."""

    id = IdField()
    journal = fields.BigIntField()  # shared by transfers that were made together, all or none
    cause = fields.CharField(max_length=128, unique=True)
    unit = fields.CharField(max_length=64)
    amount = fields.BigIntField()
    event_at = InstantField()  # when it happened
    created_at = InstantField()  # when its transaction began; order comes from the versions
    actor = fields.CharField(max_length=64)
    expires_at: Any = InstantField(null=True)
    hold = fields.BigIntField(null=True)  # which it settled
    reverses = fields.BigIntField(null=True)  # the transfer that it takes back, in whole or part
    reversal = fields.SmallIntField(null=True)  # as which of them: 1, 2, 3 …
    debit = fields.BigIntField()
    debit_shard = fields.SmallIntField()
    debit_version = fields.BigIntField()
    debit_after = fields.BigIntField()
    credit = fields.BigIntField()
    credit_shard = fields.SmallIntField()
    credit_version = fields.BigIntField()
    credit_after = fields.BigIntField()

    class Meta:
        table = "transfer"


class Movement(Model):
    """A transfer from one of its accounts' side: a view, with the balance after it."""

    id = IdField()  # the transfer's; below 0 for the side that is credited
    transfer = fields.BigIntField()
    journal = fields.BigIntField()
    account = fields.BigIntField()
    shard = fields.SmallIntField()
    version = fields.BigIntField()  # the account's 1st, 2nd, 3rd … movement, or its shard's
    amount = fields.BigIntField()  # below 0 where the account was debited
    balance_after = fields.BigIntField()
    counterpart = fields.BigIntField()
    created_at = InstantField()

    class Meta:
        table = "movement"


class Hold(Model):
    """An amount that is kept aside until it is settled, given back or over."""

    id = IdField()
    account = fields.BigIntField()
    amount = fields.BigIntField()
    cause = fields.CharField(max_length=128, unique=True)
    actor = fields.CharField(max_length=64)
    state = fields.CharField(max_length=8)
    version = fields.IntField(default=1)
    created_at = InstantField()
    expires_at = InstantField()
    ended_at: Any = InstantField(null=True)

    class Meta:
        table = "hold"


class Checkpoint(Model):
    """What an account's last lapse left of each credit, so that a replay is short."""

    account = fields.BigIntField(primary_key=True, generated=False)
    version = fields.BigIntField()  # of the balance, after the lapse
    lots: Any = fields.JSONField()

    class Meta:
        table = "lapse_checkpoint"


class SealedDay(Model):
    """A day's transfers under one hash, chained to the day before; never changed."""

    id = IdField()
    day = fields.DateField(unique=True)
    transfers = fields.BigIntField()
    root = fields.CharField(max_length=64)
    previous = fields.CharField(max_length=64)
    chained = fields.CharField(max_length=64)
    sealed_at = InstantField()

    class Meta:
        table = "sealed_day"
