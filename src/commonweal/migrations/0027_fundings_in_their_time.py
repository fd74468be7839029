"""What of a funding is unspent, what one person decided alone, runs of files; limits by their names."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.credits.rules_bulk import LineState
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

NAMES = {  # of the terms of a scheme
    "alone_minutes": "sole_funding_minutes",
    "grant_minutes": "sole_grant_minutes",
    "day_minutes": "daily_limit_minutes",
    "week_minutes": "weekly_limit_minutes",
    "month_minutes": "monthly_limit_minutes",
    "wallet_minutes": "wallet_ceiling_minutes",
    "lifetime_days": "credit_lifetime_days",
}
UNSPENT = (  # what is in a pot is of its fundings, or would be nobody's to grant
    "UPDATE funding SET unspent = minutes WHERE state = 'approved' AND returned_at IS NULL"
)


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0026_proposed_grants")]

    operations = [
        *(ops.RenameField("SchemeTerms", old, new) for old, new in NAMES.items()),
        ops.RenameField("Wallet", "week_minutes", "weekly_limit_minutes"),
        ops.AddField("Wallet", "ceiling_minutes", fields.IntField(default=0)),
        ops.AddField("Funding", "alone", fields.BooleanField(default=False)),
        ops.AddField("Funding", "unspent", fields.BigIntField(default=0)),
        RunOn(sqlite=[UNSPENT], postgres=[UNSPENT]),
        ops.AddField("Grant", "alone", fields.BooleanField(default=True)),
        ops.DeleteModel("GrantLine"),  # no service has any yet
        ops.DeleteModel("GrantFile"),
        ops.CreateModel(
            name="GrantFile",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "pot",
                    fields.ForeignKeyField(
                        "commonweal.Pot",
                        source_field="pot_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reference", fields.CharField(max_length=100)),
                ("name", fields.CharField(max_length=255)),
                ("granted_by_id", fields.BigIntField()),
                ("actor", fields.CharField(max_length=64)),
                ("read_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "grant_file",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A file of grants from a pot, sent for a run that its reference names.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GrantLine",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "file",
                    fields.ForeignKeyField(
                        "commonweal.GrantFile",
                        source_field="file_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("email_key", fields.CharField(null=True, max_length=254)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="person_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("minutes", fields.IntField(null=True)),
                ("purpose", fields.CharField(max_length=500)),
                (
                    "state",
                    fields.CharEnumField(
                        description="PENDING: pending\nGRANTED: granted\nREFUSED: refused",
                        enum_type=LineState,
                        max_length=8,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("code", fields.CharField(null=True, max_length=64)),
                (
                    "grant",
                    fields.ForeignKeyField(
                        "commonweal.Grant",
                        source_field="grant_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("once", fields.CharField(null=True, unique=True, max_length=64)),
            ],
            options={
                "table": "grant_line",
                "app": "commonweal",
                "unique_together": (("file_id", "number"),),
                "pk_attr": "id",
                "table_description": "A line, until it is done with the address that it names, afterwards with whose that was.",
            },
            bases=["Model"],
        ),
    ]
