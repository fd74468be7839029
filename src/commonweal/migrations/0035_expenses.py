"""What volunteers paid, and get back."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.volunteering.rules_expenses import ExpenseState


def to(model: str, column: str, *, null: bool = False) -> Any:
    """A relation that keeps what it points at."""
    made: Any = fields.ForeignKeyField  # of which mypy knows no such keyword
    return made(
        f"commonweal.{model}",
        source_field=column,
        null=null,
        db_index=True,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0034_emergency_contacts")]

    operations = [
        ops.CreateModel(
            name="Expense",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("organisation", to("Organisation", "organisation_id")),
                ("sign_up", to("SignUp", "sign_up_id")),
                ("person", to("Person", "person_id")),
                ("pence", fields.IntField()),
                ("what", fields.CharField(max_length=200)),
                ("receipt", to("File", "receipt_id", null=True)),
                (
                    "state",
                    fields.CharEnumField(
                        description="SUBMITTED: submitted\nAPPROVED: approved\nDECLINED: declined\nWITHDRAWN: withdrawn\nPAID: paid",
                        enum_type=ExpenseState,
                        max_length=9,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("submitted_at", InstantField()),
                ("decided_by_id", fields.BigIntField(null=True)),
                ("decided_at", InstantField(null=True)),
                ("reason", fields.CharField(null=True, max_length=500)),
                ("paid_by_id", fields.BigIntField(null=True)),
                ("paid_at", InstantField(null=True)),
                ("reference", fields.CharField(null=True, max_length=100)),
            ],
            options={
                "table": "expense",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What somebody paid to be in a shift.",
            },
            bases=["Model"],
        ),
    ]
