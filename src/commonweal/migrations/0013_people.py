"""People and organisations: who they are, what they sign in with, who belongs where."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.access import Role
from commonweal.people.rules import CodePurpose, Language, TokenKind
from commonweal.people.rules_organisations import (
    InvitationState,
    LegalForm,
    OrganisationKind,
    OrganisationState,
)
from commonweal.store.fields import GeometryField, IdField, InstantField
from commonweal.store.operations import RunOn

# Nobody has a role twice; a number is one organisation's, an area one council's.
INDEXES = {
    "membership_current": "UNIQUE INDEX {} ON membership (organisation_id, person_id, role)"
    " WHERE until IS NULL",
    "organisation_area_owner": "UNIQUE INDEX {} ON organisation_area (area_id)"
    " WHERE owned AND until IS NULL",
    "registration_confirmed": "UNIQUE INDEX {} ON registration (scheme, number) WHERE confirmed",
    "invitation_open": "UNIQUE INDEX {} ON invitation (organisation_id, email_key)"
    " WHERE state = 'open'",
    "access_token_person": "INDEX {} ON access_token (person_id)",
    "audit_record_actor": "INDEX {} ON audit_record (actor)",
    "organisation_name": "INDEX {} ON organisation (name, id)",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]
NOTHING = ["SELECT 1"]
COUNCILS_OWN = [
    'UPDATE access_token SET kind = \'COUNCIL\', scopes = \'["ASSETS", "ORGANISATIONS", "SAFETY"]\''
]


def ordered_by(collation: str) -> list[str]:
    """Text that is ordered by: byte by byte, as SQLite does, whatever the cluster's locale."""
    return [
        f'ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({size}) COLLATE "{collation}"'
        for table, column, size in (("organisation", "name", 200), ("registration", "scheme", 10))
    ]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0012_messages")]

    operations = [
        ops.CreateModel(
            name="Organisation",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharEnumField(enum_type=OrganisationKind, max_length=16)),
                ("state", fields.CharEnumField(enum_type=OrganisationState, max_length=10)),
                ("version", fields.IntField(default=1)),
                ("name", fields.CharField(max_length=200)),
                ("legal_form", fields.CharEnumField(null=True, enum_type=LegalForm, max_length=32)),
                ("description", fields.TextField(null=True, unique=False)),
                ("website", fields.CharField(null=True, max_length=200)),
                ("home", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.TextField(null=True, unique=False)),
                (
                    "successor",
                    fields.ForeignKeyField(
                        "commonweal.Organisation",
                        source_field="successor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("successor_agreed", fields.BooleanField(default=False, db_default=False)),
                ("ends_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "organisation",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A council, a community group, a business, a sponsor; or several that act together.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Invitation",
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
                ("email", fields.CharField(null=True, max_length=254)),
                ("email_key", fields.CharField(null=True, db_index=True, max_length=254)),
                ("role", fields.CharEnumField(enum_type=Role, max_length=12)),
                ("invited_by_id", fields.BigIntField(null=True)),
                ("state", fields.CharEnumField(enum_type=InvitationState, max_length=10)),
                ("version", fields.IntField(default=1)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("expires_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invitation",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A role offered to whoever signs in with an address, forgotten once it is answered.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OrganisationArea",
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
                    "area",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="area_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("owned", fields.BooleanField(default=False)),
                ("since", InstantField(auto_now=False, auto_now_add=False)),
                ("until", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "organisation_area",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "An area that an organisation serves, or that is a council's own, during [since, until).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Person",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(null=True, max_length=100)),
                ("email", fields.CharField(null=True, max_length=254)),
                ("email_key", fields.CharField(null=True, unique=True, max_length=254)),
                ("phone", fields.CharField(null=True, max_length=32)),
                (
                    "language",
                    fields.CharEnumField(
                        default=Language.ENGLISH, enum_type=Language, max_length=2
                    ),
                ),
                ("home", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                ("shown_home", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                ("home_set_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "registered_by",
                    fields.ForeignKeyField(
                        "commonweal.Organisation",
                        source_field="registered_by_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("card_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("erased_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "person",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Somebody. Once erased, only the number is left, which ledgers and audits go on naming.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Membership",
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
                ("role", fields.CharEnumField(enum_type=Role, max_length=12)),
                ("since", InstantField(auto_now=False, auto_now_add=False)),
                ("until", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "membership",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A role that somebody has in an organisation during [since, until).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Registration",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "commonweal.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("scheme", fields.CharField(max_length=10)),
                ("number", fields.CharField(max_length=20)),
                ("confirmed", fields.BooleanField(default=False)),
            ],
            options={
                "table": "registration",
                "app": "commonweal",
                "unique_together": (("organisation", "scheme"),),
                "pk_attr": "id",
                "table_description": "A number in a register. Confirmed ones are one organisation's each: an index sees to it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignInCode",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("email_key", fields.CharField(db_index=True, max_length=254)),
                ("purpose", fields.CharEnumField(enum_type=CodePurpose, max_length=10)),
                ("person_id", fields.BigIntField(null=True)),
                ("code_hash", fields.CharField(max_length=64)),
                ("tries", fields.SmallIntField(default=0)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("expires_at", InstantField(db_index=True, auto_now=False, auto_now_add=False)),
                ("used_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_in_code",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Six digits that were sent to an address. Only the last that was sent counts.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TryCount",
            fields=[
                (
                    "key",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("tries", fields.IntField(default=0)),
                ("until", InstantField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "try_count",
                "app": "commonweal",
                "pk_attr": "key",
                "table_description": "How often something was tried within an hour or a day. `key` is a keyed digest of what.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="AccessToken",
            options={
                "table": "access_token",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What a bearer may do until a day: a session is one, and a token for a program is one.",
            },
        ),
        ops.RemoveField(model_name="AccessToken", name="role"),
        ops.AlterField(
            model_name="AccessToken", name="council_id", field=fields.BigIntField(null=True)
        ),
        ops.AddField(
            model_name="AccessToken", name="by_hand_of_id", field=fields.BigIntField(null=True)
        ),
        ops.AddField(
            model_name="AccessToken",
            name="scopes",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="AccessToken",
            name="person",
            field=fields.ForeignKeyField(
                "commonweal.Person",
                source_field="person_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        # those that there are were councils' own
        ops.AddField(
            model_name="AccessToken",
            name="kind",
            field=fields.CharEnumField(null=True, enum_type=TokenKind, max_length=10),
        ),
        RunOn(
            sqlite=COUNCILS_OWN,
            postgres=COUNCILS_OWN,
            undo_sqlite=NOTHING,
            undo_postgres=NOTHING,
        ),
        ops.AlterField(
            model_name="AccessToken",
            name="kind",
            field=fields.CharEnumField(enum_type=TokenKind, max_length=10),
        ),
        RunOn(
            sqlite=CREATE,
            postgres=[*ordered_by("C"), *CREATE],
            undo_sqlite=DROP,
            undo_postgres=[*DROP, *ordered_by("default")],
        ),
    ]
