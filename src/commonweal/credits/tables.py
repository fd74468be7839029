"""Schemes and their terms, pots and what funds them, wallets, grants and gifts."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField, to

from .rules import (
    NAME,
    REFERENCE,
    WORDS,
    ApprovalState,
    GiftState,
    Leaving,
    PotKind,
    PotState,
)
from .rules_terms import SPANS


class Scheme(Model):
    """A council's time credits: of one scheme all are alike, and of two none are.

    Its id is the ledger's unit.
    """

    id = IdField()
    council: Any = to("Area")
    council_id: int
    name = fields.CharField(max_length=NAME.value)
    issuance = fields.BigIntField()  # the account that all of it came from
    opened_at = InstantField()

    class Meta:
        table = "scheme"


class SchemeTerms(Model):
    """What holds in a scheme from a day on; never changed, a later one takes its place."""

    id = IdField()
    scheme: Any = fields.ForeignKeyField("commonweal.Scheme", related_name=False, on_delete=KEEP)
    scheme_id: int
    since = fields.DateField()
    credit_minutes = fields.IntField()
    wallet_ceiling_minutes = fields.IntField()
    credit_lifetime_days = fields.IntField(null=True)
    gift_days = fields.IntField()
    daily_limit_minutes = fields.IntField(null=True)
    weekly_limit_minutes = fields.IntField(null=True)
    monthly_limit_minutes = fields.IntField(null=True)
    sole_funding_minutes = fields.IntField()
    sole_grant_minutes = fields.IntField(default=SPANS["sole_grant_minutes"].usual)
    shops_accept = fields.BooleanField()
    recognition_only = fields.BooleanField()
    opportunities_approved = fields.BooleanField(default=False)
    set_at = InstantField()

    class Meta:
        table = "scheme_terms"
        unique_together = (("scheme_id", "since"),)


class Pot(Model):
    """A purse from which credits are granted; its balance is public."""

    id = IdField()
    scheme: Any = to("Scheme")
    scheme_id: int
    kind = fields.CharEnumField(PotKind, max_length=12)
    organisation: Any = to("Organisation", null=True)
    organisation_id: int | None
    name = fields.CharField(max_length=NAME.value)
    state = fields.CharEnumField(PotState, max_length=8)
    version = fields.IntField(default=1)
    account = fields.BigIntField(unique=True)
    opened_at = InstantField()

    class Meta:
        table = "pot"


class Funding(Model):
    """What a council gives a pot to grant, for a purpose and a time, on paper."""

    id = IdField()
    pot: Any = to("Pot")
    pot_id: int
    minutes = fields.BigIntField()
    unspent = fields.BigIntField(default=0)  # of it, while it is not returned
    alone = fields.BooleanField(default=False)  # given without a second person
    purpose = fields.CharField(max_length=WORDS.value)
    since = fields.DateField()
    until = fields.DateField()
    document_reference = fields.CharField(max_length=REFERENCE.value)
    state = fields.CharEnumField(ApprovalState, max_length=8)
    version = fields.IntField(default=1)
    proposed_by_id = fields.BigIntField()
    proposed_at = InstantField()
    decided_by_id = fields.BigIntField(null=True)
    decided_at: Any = InstantField(null=True)
    returned_at: Any = InstantField(null=True)  # when what was left of it went back
    journal = fields.BigIntField(null=True, db_index=True)  # the ledger's, of what it moved

    class Meta:
        table = "funding"


class Wallet(Model):
    """What a person, or a household together, has of a scheme's credits."""

    id = IdField()
    scheme: Any = to("Scheme")
    scheme_id: int
    person: Any = to("Person", null=True)
    person_id: int | None
    household: Any = to("Household", null=True)
    household_id: int | None
    account = fields.BigIntField(unique=True)
    recognition_only = fields.BooleanField(null=True)  # null: as the scheme has it
    weekly_limit_minutes = fields.IntField(null=True)  # below the terms'
    ceiling_minutes = fields.IntField(default=0)  # as its account has it
    leaving = fields.CharEnumField(Leaving, max_length=9, default=Leaving.COMMUNITY)
    warned_on = fields.DateField(null=True)  # when it was last looked at for what lapses
    opened_at = InstantField()
    left_at: Any = InstantField(null=True)  # its holder left: nothing is in it

    class Meta:
        table = "wallet"


class Grant(Model):
    """Credits from a pot to a wallet, for what was done; only recognised, nothing moved."""

    id = IdField()
    pot: Any = to("Pot")
    pot_id: int
    wallet: Any = to("Wallet")
    wallet_id: int
    person: Any = to("Person")
    person_id: int
    minutes = fields.BigIntField()
    purpose = fields.CharField(max_length=WORDS.value)
    recognition_only = fields.BooleanField()
    granted_by_id = fields.BigIntField()
    granted_at = InstantField()
    area: Any = to("Area", null=True)  # where it was done
    area_id: int | None
    alone = fields.BooleanField(default=True)  # granted without a second person
    journal = fields.BigIntField(null=True, db_index=True)  # null where nothing moved

    class Meta:
        table = "credit_grant"


class GrantReversal(Model):
    """That a grant was taken back, whole: what it was for was put right."""

    id = IdField()
    grant: Any = fields.ForeignKeyField(
        "commonweal.Grant", related_name=False, unique=True, on_delete=KEEP
    )
    grant_id: int
    reversed_by_id = fields.BigIntField()
    reversed_at = InstantField()

    class Meta:
        table = "grant_reversal"


class GrantProposal(Model):
    """What is more than one person grants alone, kept aside in its pot until another approves."""

    id = IdField()
    pot: Any = to("Pot")
    pot_id: int
    person: Any = to("Person")
    person_id: int
    minutes = fields.BigIntField()
    purpose = fields.CharField(max_length=WORDS.value)
    area_id = fields.BigIntField(null=True)
    state = fields.CharEnumField(ApprovalState, max_length=8)
    version = fields.IntField(default=1)
    hold = fields.BigIntField()
    reserved_until = InstantField()
    proposed_by_id = fields.BigIntField()
    proposed_at = InstantField()
    decided_by_id = fields.BigIntField(null=True)
    decided_at: Any = InstantField(null=True)
    grant: Any = to("Grant", null=True)
    grant_id: int | None

    class Meta:
        table = "grant_proposal"


class PotPlace(Model):
    """What of a pot was granted for what was done in an area: a view, without those of few."""

    id = IdField()  # of the first grant
    pot: Any = to("Pot")
    pot_id: int
    area: Any = to("Area")
    area_id: int
    minutes = fields.BigIntField()
    people = fields.IntField()

    class Meta:
        table = "pot_place"


class LapseWarning(Model):
    """That somebody was told, so many days ahead at the most, of what lapses at an instant."""

    id = IdField()
    wallet: Any = fields.ForeignKeyField("commonweal.Wallet", related_name=False, on_delete=KEEP)
    wallet_id: int
    lapses_at = InstantField()
    days = fields.SmallIntField()
    told_at = InstantField()

    class Meta:
        table = "lapse_warning"
        unique_together = (("wallet_id", "lapses_at", "days"),)


class Gift(Model):
    """From a wallet to an address, kept aside in it until it is claimed; or to the community."""

    id = IdField()
    wallet: Any = to("Wallet")
    wallet_id: int
    minutes = fields.BigIntField()
    words = fields.CharField(max_length=WORDS.value)
    state = fields.CharEnumField(GiftState, max_length=9)
    version = fields.IntField(default=1)
    hold = fields.BigIntField(null=True)  # null of what went to a pot, at once
    pot: Any = to("Pot", null=True)
    pot_id: int | None
    email_key = fields.CharField(max_length=254, null=True, db_index=True)  # until it is over
    into: Any = to("Wallet", null=True)  # the wallet that claimed it
    into_id: int | None
    journal = fields.BigIntField(null=True, db_index=True)
    given_by_id = fields.BigIntField()
    given_at = InstantField()
    expires_at: Any = InstantField(null=True)
    ended_at: Any = InstantField(null=True)

    class Meta:
        table = "gift"
