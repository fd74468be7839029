"""Searches that people saved."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

# what a morning has to see to
CREATE = ["CREATE INDEX saved_search_due ON saved_search (last_sent_on) WHERE alert"]
DROP = ["DROP INDEX saved_search_due"]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0016_safety")]

    operations = [
        ops.CreateModel(
            name="SavedSearch",
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
                ("name", fields.CharField(max_length=100)),
                ("arguments", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("alert", fields.BooleanField(default=True)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("seen_until", InstantField(auto_now=False, auto_now_add=False)),
                ("last_sent_on", fields.DateField()),
            ],
            options={
                "table": "saved_search",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What somebody searches again and again; with `alert`, for them, each morning.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
