"""Passkeys."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0013_people")]

    operations = [
        ops.CreateModel(
            name="Passkey",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
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
                ("label", fields.CharField(max_length=64)),
                ("credential_id", fields.CharField(unique=True, max_length=1364)),
                ("public_key", fields.BinaryField()),
                ("sign_count", fields.BigIntField()),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("last_used_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "passkey",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A key of somebody's device, by which they sign in: "
                "the public half of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PasskeyChallenge",
            fields=[
                (
                    "challenge",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=43),
                ),
                ("person_id", fields.BigIntField(null=True)),
                ("expires_at", InstantField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "passkey_challenge",
                "app": "commonweal",
                "pk_attr": "challenge",
                "table_description": "What a passkey is to sign, once: a new one for the person, "
                "or any where there is none.",
            },
            bases=["Model"],
        ),
    ]
