"""Opportunities, shifts with their roles, and sign-ups."""

from typing import Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import GeometryField, IdField, InstantField
from commonweal.store.operations import RunOn
from commonweal.volunteering.rules import OpportunityState
from commonweal.volunteering.rules_hours import ClaimState
from commonweal.volunteering.rules_signups import SignUpState

# Of two who are given one place, or one who is twice in a shift, the second is refused.
INDEXES: Final = {
    "sign_up_place": "UNIQUE INDEX {} ON sign_up (role_id, place) WHERE place IS NOT NULL",
    "sign_up_once": "UNIQUE INDEX {} ON sign_up (shift_id, person_id)"
    " WHERE state IN ('signed_up', 'waiting', 'offered', 'checked_in', 'checked_out')",
    "sign_up_offered": "INDEX {} ON sign_up (offered_until) WHERE state = 'offered'",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0026_fundings_in_their_time")]

    operations = [
        ops.CreateModel(
            name="Opportunity",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "commonweal.Organisation",
                        source_field="organisation_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "pot",
                    fields.ForeignKeyField(
                        "commonweal.Pot",
                        source_field="pot_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("council_id", fields.BigIntField()),
                ("title", fields.CharField(max_length=100)),
                ("description", fields.CharField(max_length=4000)),
                ("cause", fields.CharField(max_length=16)),
                ("address", fields.CharField(null=True, max_length=200)),
                ("location", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                (
                    "state",
                    fields.CharEnumField(
                        description="DRAFT: draft\nOPEN: open\nCLOSED: closed",
                        enum_type=OpportunityState,
                        max_length=6,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "opportunity",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Something that an organisation asks people to do.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Shift",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "opportunity",
                    fields.ForeignKeyField(
                        "commonweal.Opportunity",
                        source_field="opportunity_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("starts_at", InstantField(db_index=True, auto_now=False, auto_now_add=False)),
                ("ends_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "shift",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A time at which it is done, [starts_at, ends_at).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ShiftRole",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "shift",
                    fields.ForeignKeyField(
                        "commonweal.Shift",
                        source_field="shift_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("places", fields.IntField()),
            ],
            options={
                "table": "shift_role",
                "app": "commonweal",
                "unique_together": (("shift_id", "name"),),
                "pk_attr": "id",
                "table_description": "What somebody does in a shift, and for how many there is a place.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignUp",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "role",
                    fields.ForeignKeyField(
                        "commonweal.ShiftRole",
                        source_field="role_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "shift",
                    fields.ForeignKeyField(
                        "commonweal.Shift",
                        source_field="shift_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="SIGNED_UP: signed_up\nWAITING: waiting\nOFFERED: offered\nLAPSED: lapsed\nCANCELLED: cancelled\nCHECKED_IN: checked_in\nCHECKED_OUT: checked_out\nNO_SHOW: no_show",
                        enum_type=SignUpState,
                        max_length=11,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("place", fields.SmallIntField(null=True)),
                ("at", InstantField(auto_now=False, auto_now_add=False)),
                ("offered_until", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("came_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("went_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_up",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Somebody's place in a role of a shift, a place offered to them, or a place in line.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HoursClaim",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "sign_up",
                    fields.ForeignKeyField(
                        "commonweal.SignUp",
                        source_field="sign_up_id",
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "shift",
                    fields.ForeignKeyField(
                        "commonweal.Shift",
                        source_field="shift_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("minutes", fields.IntField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="SUBMITTED: submitted\nAPPROVED: approved\nDECLINED: declined\nWITHDRAWN: withdrawn",
                        enum_type=ClaimState,
                        max_length=9,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("submitted_at", InstantField(auto_now=False, auto_now_add=False)),
                ("decided_by_id", fields.BigIntField(null=True)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(null=True, max_length=500)),
                (
                    "grant",
                    fields.ForeignKeyField(
                        "commonweal.Grant",
                        source_field="grant_id",
                        null=True,
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "hours_claim",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "The time that somebody gave in a shift, and what was said of it: one for a sign-up.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
