"""Time credits: schemes and their terms, pots, fundings, wallets, grants and gifts."""

from typing import Any, Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.credits.rules import ApprovalState, GiftState, PotKind, PotState
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, RunOn

# Of two who open one at once, the second finds the first's.
INDEXES: Final = {
    "pot_community": "UNIQUE INDEX {} ON pot (scheme_id) WHERE kind = 'COMMUNITY'",
    "wallet_of_person": "UNIQUE INDEX {} ON wallet (person_id, scheme_id)",
    "wallet_of_household": "UNIQUE INDEX {} ON wallet (household_id, scheme_id)",
    "gift_offered": "INDEX {} ON gift (expires_at) WHERE state = 'offered'",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]


def to(model: str, column: str, **how: Any) -> Any:
    """A relation that keeps what it points at."""
    given = {"db_index": True, **how}
    return fields.ForeignKeyField(
        f"commonweal.{model}",
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
        **given,
    )


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0023_decisions")]

    operations = [
        ops.CreateModel(
            name="Scheme",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "council",
                    to("Area", "council_id"),
                ),
                ("name", fields.CharField(max_length=100)),
                ("issuance", fields.BigIntField()),
                ("opened_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "scheme",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A council's time credits: of one scheme all are alike, and of two none are.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pot",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "scheme",
                    to("Scheme", "scheme_id"),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="COUNCIL: COUNCIL\nORGANISATION: ORGANISATION\nCOMMUNITY: COMMUNITY",
                        enum_type=PotKind,
                        max_length=12,
                    ),
                ),
                (
                    "organisation",
                    to("Organisation", "organisation_id", null=True),
                ),
                ("name", fields.CharField(max_length=100)),
                (
                    "state",
                    fields.CharEnumField(
                        description="ACTIVE: active\nFROZEN: frozen\nCLOSED: closed",
                        enum_type=PotState,
                        max_length=8,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("account", fields.BigIntField(unique=True)),
                ("opened_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "pot",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A purse from which credits are granted; its balance is public.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Funding",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "pot",
                    to("Pot", "pot_id"),
                ),
                ("minutes", fields.BigIntField()),
                ("purpose", fields.CharField(max_length=500)),
                ("since", fields.DateField()),
                ("until", fields.DateField()),
                ("document_reference", fields.CharField(max_length=200)),
                (
                    "state",
                    fields.CharEnumField(
                        description="PROPOSED: proposed\nAPPROVED: approved\nREFUSED: refused",
                        enum_type=ApprovalState,
                        max_length=8,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("proposed_by_id", fields.BigIntField()),
                ("proposed_at", InstantField(auto_now=False, auto_now_add=False)),
                ("decided_by_id", fields.BigIntField(null=True)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("returned_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "funding",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What a council gives a pot to grant, for a purpose and a time, on paper.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SchemeTerms",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "scheme",
                    to("Scheme", "scheme_id", db_index=False),
                ),
                ("since", fields.DateField()),
                ("credit_minutes", fields.IntField()),
                ("wallet_minutes", fields.IntField()),
                ("lifetime_days", fields.IntField(null=True)),
                ("gift_days", fields.IntField()),
                ("day_minutes", fields.IntField(null=True)),
                ("week_minutes", fields.IntField(null=True)),
                ("month_minutes", fields.IntField(null=True)),
                ("alone_minutes", fields.IntField()),
                ("shops_accept", fields.BooleanField()),
                ("recognition_only", fields.BooleanField()),
                ("set_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "scheme_terms",
                "app": "commonweal",
                "unique_together": (("scheme_id", "since"),),
                "pk_attr": "id",
                "table_description": "What holds in a scheme from a day on; never changed, a later one takes its place.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Wallet",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "scheme",
                    to("Scheme", "scheme_id"),
                ),
                (
                    "person",
                    to("Person", "person_id", null=True),
                ),
                (
                    "household",
                    to("Household", "household_id", null=True),
                ),
                ("account", fields.BigIntField(unique=True)),
                ("recognition_only", fields.BooleanField(null=True)),
                ("warned_on", fields.DateField(null=True)),
                ("opened_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "wallet",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What a person, or a household together, has of a scheme's credits.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Gift",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "wallet",
                    to("Wallet", "wallet_id"),
                ),
                ("minutes", fields.BigIntField()),
                ("words", fields.CharField(max_length=500)),
                (
                    "state",
                    fields.CharEnumField(
                        description="OFFERED: offered\nCLAIMED: claimed\nRETURNED: returned\nCANCELLED: cancelled",
                        enum_type=GiftState,
                        max_length=9,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("hold", fields.BigIntField(null=True)),
                (
                    "pot",
                    to("Pot", "pot_id", null=True),
                ),
                ("email_key", fields.CharField(null=True, db_index=True, max_length=254)),
                (
                    "into",
                    to("Wallet", "into_id", null=True),
                ),
                ("given_by_id", fields.BigIntField()),
                ("given_at", InstantField(auto_now=False, auto_now_add=False)),
                ("expires_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "gift",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "From a wallet to an address, kept aside in it until it is claimed; or to the community.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Grant",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "pot",
                    to("Pot", "pot_id"),
                ),
                (
                    "wallet",
                    to("Wallet", "wallet_id"),
                ),
                (
                    "person",
                    to("Person", "person_id"),
                ),
                ("minutes", fields.BigIntField()),
                ("purpose", fields.CharField(max_length=500)),
                ("recognition_only", fields.BooleanField()),
                ("granted_by_id", fields.BigIntField()),
                ("granted_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "credit_grant",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Credits from a pot to a wallet, for what was done; only recognised, nothing moved.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LapseWarning",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "wallet",
                    to("Wallet", "wallet_id", db_index=False),
                ),
                ("lapses_at", InstantField(auto_now=False, auto_now_add=False)),
                ("days", fields.SmallIntField()),
                ("told_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "lapse_warning",
                "app": "commonweal",
                "unique_together": (("wallet_id", "lapses_at", "days"),),
                "pk_attr": "id",
                "table_description": "That somebody was told, so many days ahead at the most, of what lapses at an instant.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
        AppendOnly("scheme_terms", unique=(("scheme_id", "since"),)),
        AppendOnly("credit_grant"),
    ]
