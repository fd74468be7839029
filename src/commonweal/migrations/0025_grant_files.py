"""Files of grants, and what became of each line."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.credits.rules_bulk import LineState
from commonweal.store.fields import IdField, InstantField


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0024_credits")]

    operations = [
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
                ("sha256", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=200)),
                ("granted_by_id", fields.BigIntField()),
                ("actor", fields.CharField(max_length=64)),
                ("read_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "grant_file",
                "app": "commonweal",
                "unique_together": (("pot_id", "sha256"),),
                "pk_attr": "id",
                "table_description": "A file of grants from a pot: the same bytes are the same grants.",
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
