"""Whom to call when something happens to somebody."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField

MADE: Any = fields.ForeignKeyField  # of which mypy knows no such keyword


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0033_certificates")]

    operations = [
        ops.CreateModel(
            name="EmergencyContact",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    MADE(
                        "commonweal.Person",
                        source_field="person_id",
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("phone", fields.CharField(max_length=32)),
                ("set_at", InstantField()),
            ],
            options={
                "table": "emergency_contact",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Of somebody one: they, or who cares for them, said so.",
            },
            bases=["Model"],
        ),
    ]
