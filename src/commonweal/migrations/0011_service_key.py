"""The key of the service's keyed digests."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0010_nearest")]

    operations = [
        ops.CreateModel(
            name="ServiceKey",
            fields=[
                (
                    "id",
                    fields.SmallIntField(
                        primary_key=True, generated=False, unique=True, db_index=True
                    ),
                ),
                ("key", fields.CharField(max_length=64)),
            ],
            options={
                "table": "service_key",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "The key of this service's keyed digests: one row, made once, "
                "never changed (keyed.py).",
            },
            bases=["Model"],
        ),
    ]
