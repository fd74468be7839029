"""When a listing can be visited."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField
from commonweal.store.operations import RunOn


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0008_announcements")]

    operations = [
        ops.CreateModel(
            name="ListingOpening",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "listing",
                    fields.ForeignKeyField(
                        "commonweal.Listing",
                        source_field="listing_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("weekday", fields.SmallIntField(null=True)),
                ("on_day", fields.DateField(null=True)),
                ("opens_minute", fields.SmallIntField(null=True)),
                ("closes_minute", fields.SmallIntField(null=True)),
            ],
            options={
                "table": "listing_opening",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A rule of when it can be visited: weekly or for one day; "
                "without minutes closed that day.",
            },
            bases=["Model"],
        ),
        RunOn(
            sqlite=["CREATE INDEX listing_opening_day ON listing_opening (on_day, listing_id)"],
            postgres=["CREATE INDEX listing_opening_day ON listing_opening (on_day, listing_id)"],
            undo_sqlite=["DROP INDEX listing_opening_day"],
            undo_postgres=["DROP INDEX listing_opening_day"],
        ),
    ]
