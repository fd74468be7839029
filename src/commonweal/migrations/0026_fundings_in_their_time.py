"""Grants that two decide, fundings in their time, why credits moved, runs of files; leaving.

The view comes last: SQLite makes a table anew under no view of it.
"""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.credits.rules import ApprovalState, Leaving
from commonweal.credits.rules_bulk import LineState
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import CreateWritten, RunOn

FEWEST = 5  # people: of fewer, one who lives there is known
POT_PLACE = f"""
CREATE VIEW pot_place AS
SELECT MIN(id) AS id, pot_id, area_id, CAST(SUM(minutes) AS BIGINT) AS minutes,
  COUNT(DISTINCT person_id) AS people
FROM credit_grant WHERE area_id IS NOT NULL AND recognition_only = {{false}}
GROUP BY pot_id, area_id HAVING COUNT(DISTINCT person_id) >= {FEWEST}
"""


NAMES = {  # of the terms of a scheme
    "alone_minutes": "sole_funding_minutes",
    "day_minutes": "daily_limit_minutes",
    "week_minutes": "weekly_limit_minutes",
    "month_minutes": "monthly_limit_minutes",
    "wallet_minutes": "wallet_ceiling_minutes",
    "lifetime_days": "credit_lifetime_days",
}
UNSPENT = (  # what is in a pot is of its fundings, or would be nobody's to grant
    "UPDATE funding SET unspent = minutes WHERE state = 'approved' AND returned_at IS NULL"
)
FORGET = "UPDATE funding SET unspent = 0"


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
    dependencies = [("commonweal", "0025_grant_files")]

    operations = [
        ops.AddField("Funding", "journal", fields.BigIntField(null=True, db_index=True)),
        ops.AddField("Gift", "journal", fields.BigIntField(null=True, db_index=True)),
        ops.AddField("Grant", "area", to("Area", "area_id", null=True)),
        ops.AddField("Grant", "journal", fields.BigIntField(null=True, db_index=True)),
        ops.AddField("SchemeTerms", "sole_grant_minutes", fields.IntField(default=3_000)),
        ops.AddField(
            "Wallet",
            "leaving",
            fields.CharEnumField(
                default=Leaving.COMMUNITY,
                description="COMMUNITY: COMMUNITY\nHOUSEHOLD: HOUSEHOLD",
                enum_type=Leaving,
                max_length=9,
            ),
        ),
        ops.AddField(
            "Wallet", "left_at", InstantField(null=True, auto_now=False, auto_now_add=False)
        ),
        ops.AddField("Wallet", "weekly_limit_minutes", fields.IntField(null=True)),
        ops.CreateModel(
            name="GrantProposal",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("pot", to("Pot", "pot_id")),
                ("person", to("Person", "person_id")),
                ("minutes", fields.BigIntField()),
                ("purpose", fields.CharField(max_length=500)),
                ("area_id", fields.BigIntField(null=True)),
                (
                    "state",
                    fields.CharEnumField(
                        description="PROPOSED: proposed\nAPPROVED: approved\nREFUSED: refused",
                        enum_type=ApprovalState,
                        max_length=8,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("hold", fields.BigIntField()),
                ("reserved_until", InstantField(auto_now=False, auto_now_add=False)),
                ("proposed_by_id", fields.BigIntField()),
                ("proposed_at", InstantField(auto_now=False, auto_now_add=False)),
                ("decided_by_id", fields.BigIntField(null=True)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("grant", to("Grant", "grant_id", null=True)),
            ],
            options={
                "table": "grant_proposal",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What is more than one person grants alone, kept aside in its pot until another approves.",
            },
            bases=["Model"],
        ),
        *(ops.RenameField("SchemeTerms", old, new) for old, new in NAMES.items()),
        ops.AddField("Wallet", "ceiling_minutes", fields.IntField(default=0)),
        ops.AddField("Funding", "alone", fields.BooleanField(default=False)),
        ops.AddField("Funding", "unspent", fields.BigIntField(default=0)),
        RunOn(
            sqlite=[UNSPENT],
            postgres=[UNSPENT],
            undo_sqlite=[FORGET],
            undo_postgres=[FORGET],
        ),
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
        CreateWritten(
            "PotPlace",
            [
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("pot", to("Pot", "pot_id")),
                ("area", to("Area", "area_id")),
                ("minutes", fields.BigIntField()),
                ("people", fields.IntField()),
            ],
            {
                "table": "pot_place",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What of a pot was granted for what was done in an area: a view, without those of few.",
            },
            {
                "sqlite": POT_PLACE.format(false="0"),
                "postgres": POT_PLACE.format(false="FALSE"),
            },
        ),
    ]
