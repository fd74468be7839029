"""Households, what guardians consented to, and DBS checks with who read them."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.people.rules_checks import CheckLevel, CheckOutcome
from commonweal.people.rules_households import AgeBand, ConsentPurpose
from commonweal.people.rules_organisations import InvitationState
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

# One consent to a thing at a time; one open invitation for an address.
INDEXES = {
    "consent_current": "UNIQUE INDEX {} ON consent (child_id, purpose) WHERE until IS NULL",
    "person_household": "INDEX {} ON person (household_id)",
    "household_invitation_open": "UNIQUE INDEX {} ON household_invitation"
    " (household_id, email_key) WHERE state = 'open'",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]


def to(model: str, column: str, **more: Any) -> Any:
    return fields.ForeignKeyField(
        f"commonweal.{model}",
        source_field=column,
        **({"db_index": True} | more),
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


def options(table: str, description: str) -> dict[str, str]:
    return {
        "table": table,
        "app": "commonweal",
        "pk_attr": "id",
        "table_description": description,
    }


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0014_passkeys")]

    operations = [
        ops.CreateModel(
            name="Household",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(null=True, max_length=100)),
                ("created_at", InstantField()),
            ],
            options=options("household", "Adults who are equals, and the children in their care."),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HouseholdInvitation",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("household", to("Household", "household_id")),
                ("email", fields.CharField(null=True, max_length=254)),
                ("email_key", fields.CharField(null=True, db_index=True, max_length=254)),
                ("state", fields.CharEnumField(enum_type=InvitationState, max_length=10)),
                ("version", fields.IntField(default=1)),
                ("created_at", InstantField()),
                ("expires_at", InstantField()),
            ],
            options=options(
                "household_invitation",
                "A place in a household for whoever signs in with an address, forgotten once answered.",
            ),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Consent",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("child", to("Person", "child_id")),
                ("purpose", fields.CharEnumField(enum_type=ConsentPurpose, max_length=20)),
                ("given_by", to("Person", "given_by_id")),
                ("since", InstantField()),
                ("until", InstantField(null=True)),
                ("ended_by", to("Person", "ended_by_id", null=True)),
            ],
            options=options(
                "consent", "What a guardian consented to for a child, during [since, until)."
            ),
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Person",
            name="household",
            field=to("Household", "household_id", null=True, db_index=False),
        ),
        ops.AddField(
            model_name="Person",
            name="age_band",
            field=fields.CharEnumField(null=True, enum_type=AgeBand, max_length=13),
        ),
        ops.AddField(model_name="Person", name="look_again_on", field=fields.DateField(null=True)),
        ops.CreateModel(
            name="Check",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("organisation", to("Organisation", "organisation_id")),
                ("person", to("Person", "person_id")),
                ("check_level", fields.CharEnumField(enum_type=CheckLevel, max_length=26)),
                ("outcome", fields.CharEnumField(enum_type=CheckOutcome, max_length=18)),
                ("checked_on", fields.DateField()),
                ("expires_on", fields.DateField()),
                ("checker", to("Person", "checker_id")),
                ("created_at", InstantField()),
                ("withdrawn_at", InstantField(null=True)),
            ],
            options=options("dbs_check", "What an organisation made of a member's DBS check."),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CheckReading",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("organisation", to("Organisation", "organisation_id")),
                ("person", to("Person", "person_id")),
                ("reader", to("Person", "reader_id")),
                ("at", InstantField()),
            ],
            options=options(
                "check_reading", "That somebody read what an organisation has of a person's checks."
            ),
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
