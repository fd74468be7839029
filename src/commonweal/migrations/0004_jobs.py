"""The outbox that jobs are done from, and the keys by which a mutation is done once."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

INDEXES = {
    # what the claim reads: the next that is due, in the order in which it became so
    "job_due": "INDEX {} ON job (due_at, id) WHERE done_at IS NULL AND failed_at IS NULL",
    "job_done": "INDEX {} ON job (done_at) WHERE done_at IS NOT NULL",
    "job_failed": "INDEX {} ON job (failed_at) WHERE failed_at IS NOT NULL",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0003_closing_order")]

    operations = [
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=64)),
                ("cause", fields.CharField(null=True, unique=True, max_length=128)),
                ("facts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("due_at", InstantField(auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("last_error", fields.CharField(null=True, max_length=200)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("done_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("failed_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "job",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A line of the outbox: work to be done after the transaction that wrote it (jobs.py).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("actor", fields.CharField(max_length=64)),
                ("key", fields.CharField(max_length=64)),
                ("operation", fields.CharField(max_length=128)),
                ("fingerprint", fields.CharField(max_length=64)),
                ("facts", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("claimed_at", InstantField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_key",
                "app": "commonweal",
                "unique_together": (("actor", "key"),),
                "pk_attr": "id",
                "table_description": "A key by which somebody asked for something once, and what came of it (idempotency.py).",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
