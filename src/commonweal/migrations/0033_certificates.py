"""Certificates: of the same days and hours somebody has one that stands."""

from typing import Any, Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

ONCE: Final = (
    "CREATE UNIQUE INDEX certificate_once ON certificate"
    " (person_id, organisation_id, since, until, minutes, shifts, name, organisation_name)"
    " WHERE revoked_at IS NULL"
)


def to(model: str, column: str) -> Any:
    """A relation that keeps what it points at."""
    made: Any = fields.ForeignKeyField  # of which mypy knows no such keyword
    return made(
        f"commonweal.{model}",
        source_field=column,
        db_index=True,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0032_exchanges")]

    operations = [
        ops.CreateModel(
            name="Certificate",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("person", to("Person", "person_id")),
                ("organisation", to("Organisation", "organisation_id")),
                ("name", fields.CharField(max_length=100)),
                ("organisation_name", fields.CharField(max_length=200)),
                ("since", fields.DateField()),
                ("until", fields.DateField()),
                ("begins_at", InstantField()),
                ("over_at", InstantField()),
                ("minutes", fields.IntField()),
                ("shifts", fields.IntField()),
                ("code", fields.CharField(unique=True, max_length=14)),
                ("issued_at", InstantField()),
                ("revoked_at", InstantField(null=True)),
            ],
            options={
                "table": "certificate",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "So many minutes that somebody gave an organisation in some days, as approved when issued.",
            },
            bases=["Model"],
        ),
        RunOn(
            sqlite=[ONCE],
            postgres=[ONCE],
            undo_sqlite=["DROP INDEX certificate_once"],
            undo_postgres=["DROP INDEX certificate_once"],
        ),
    ]
