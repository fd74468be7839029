"""What was uploaded, by the hash of its bytes."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

# what an owner brought in a day is summed before each upload
CREATE = ["CREATE INDEX file_of_owner ON file (owner_id, created_at)"]
DROP = ["DROP INDEX file_of_owner"]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0004_jobs")]

    operations = [
        ops.CreateModel(
            name="File",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("sha256", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=255)),
                ("media_type", fields.CharField(max_length=100)),
                ("size_bytes", fields.BigIntField()),
                ("owner_id", fields.BigIntField()),
                ("is_public", fields.BooleanField(default=False)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "file",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "One upload. Several may have the same content; it is theirs who brought it, or public.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
