"""Grants that two decide, where what was granted was done, why credits moved; leaving a scheme."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.credits.rules import ApprovalState, Leaving
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import CreateWritten

FEWEST = 5  # people: of fewer, one who lives there is known
POT_PLACE = f"""
CREATE VIEW pot_place AS
SELECT MIN(id) AS id, pot_id, area_id, CAST(SUM(minutes) AS BIGINT) AS minutes,
  COUNT(DISTINCT person_id) AS people
FROM credit_grant WHERE area_id IS NOT NULL AND recognition_only = {{false}}
GROUP BY pot_id, area_id HAVING COUNT(DISTINCT person_id) >= {FEWEST}
"""


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
        ops.AddField("SchemeTerms", "grant_minutes", fields.IntField(default=3_000)),
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
        ops.AddField("Wallet", "week_minutes", fields.IntField(null=True)),
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
