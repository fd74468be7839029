"""Mail that is to go out, and mail that went."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from commonweal.messages.rules import MessageState
from commonweal.store.fields import IdField, InstantField


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0011_service_key")]

    operations = [
        ops.CreateModel(
            name="Message",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "state",
                    fields.CharEnumField(
                        description="WAITING: waiting\nSENT: sent\nKEPT: kept\nREFUSED: refused",
                        enum_type=MessageState,
                        max_length=10,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("kind", fields.CharField(max_length=40)),
                ("person_id", fields.BigIntField(null=True, db_index=True)),
                ("to_address", fields.CharField(max_length=254)),
                ("subject", fields.CharField(max_length=150)),
                ("body", fields.TextField()),
                ("secret", fields.BooleanField(default=False)),
                ("unsubscribe_url", fields.CharField(null=True, max_length=500)),
                ("failure", fields.TextField(null=True)),
                ("created_at", InstantField(db_index=True, auto_now=False, auto_now_add=False)),
                ("sent_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "message",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A letter to one address. Its text is emptied once it is of no use, where it is secret.",
            },
            bases=["Model"],
        ),
    ]
