"""What those who listen are told."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0007_words")]

    operations = [
        ops.CreateModel(
            name="Announcement",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("topic", fields.CharField(max_length=32)),
                ("subject_id", fields.BigIntField()),
                ("sequence", fields.BigIntField(null=True, unique=True)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "announcement",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "That something changed, for whoever listens (announcements.py).",
            },
            bases=["Model"],
        ),
    ]
