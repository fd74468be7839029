"""Organisations that act together."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

INDEXES = {
    "partner_current": "UNIQUE INDEX {} ON partner (consortium_id, organisation_id)"
    " WHERE until IS NULL",
    "partner_lead": "UNIQUE INDEX {} ON partner (consortium_id) WHERE leads AND until IS NULL",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]


def organisation(column: str) -> Any:
    return fields.ForeignKeyField(
        "commonweal.Organisation",
        source_field=column,
        db_index=True,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0017_saved_searches")]

    operations = [
        ops.CreateModel(
            name="Partner",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("consortium", organisation("consortium_id")),
                ("organisation", organisation("organisation_id")),
                ("leads", fields.BooleanField(default=False)),
                ("invited_at", InstantField()),
                ("since", InstantField(null=True)),
                ("until", InstantField(null=True)),
            ],
            options={
                "table": "partner",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "An organisation in a consortium during [since, until); "
                "invited while `since` is open.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
