"""Bids in envelopes, who scores them, and what came of it."""

from typing import Final

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.handovers.rules_bidders import BidState, EntryState
from commonweal.handovers.sealing import Kind
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, RunOn

# Of those that bid for a case one is chosen, and one is the next should it go.
INDEXES: Final = {
    "bid_entry_chosen": "UNIQUE INDEX {} ON bid_entry (case_id) WHERE state = 'chosen'",
    "bid_entry_reserve": "UNIQUE INDEX {} ON bid_entry (case_id) WHERE state = 'reserve'",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0021_rounds")]

    operations = [
        ops.CreateModel(
            name="Bid",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "round",
                    fields.ForeignKeyField(
                        "commonweal.Round",
                        source_field="round_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "commonweal.Organisation",
                        source_field="organisation_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("state", fields.CharEnumField(enum_type=BidState, max_length=16)),
                ("version", fields.IntField(default=1)),
                ("receipt", fields.CharField(null=True, max_length=64)),
                ("submitted_at", InstantField(null=True)),
                ("reason", fields.TextField(null=True)),
                ("unopened", fields.CharField(null=True, max_length=40)),
                ("created_at", InstantField()),
            ],
            options={
                "table": "bid",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A group's bid in a round, for one case or several; what is in it stands in no column.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BidEntry",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "bid",
                    fields.ForeignKeyField(
                        "commonweal.Bid",
                        source_field="bid_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "case",
                    fields.ForeignKeyField(
                        "commonweal.Case",
                        source_field="case_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("state", fields.CharEnumField(enum_type=EntryState, max_length=12)),
                ("version", fields.IntField(default=1)),
                ("feedback", fields.TextField(null=True)),
            ],
            options={
                "table": "bid_entry",
                "app": "commonweal",
                "unique_together": (("bid_id", "case_id"),),
                "pk_attr": "id",
                "table_description": "That a bid is for a case, and what the council makes of it there.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SealedVersion",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "bid",
                    fields.ForeignKeyField(
                        "commonweal.Bid",
                        source_field="bid_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("kind", fields.CharEnumField(enum_type=Kind, max_length=10)),
                ("ciphertext", fields.BinaryField()),
                ("for_bidder", fields.BinaryField(null=True)),
                ("for_round", fields.BinaryField(null=True)),
                ("receipt", fields.CharField(max_length=64)),
                ("sealed_at", InstantField()),
            ],
            options={
                "table": "sealed_version",
                "app": "commonweal",
                "unique_together": (("bid_id", "number"),),
                "pk_attr": "id",
                "table_description": "An envelope: a draft, of which only the last is kept, or a bid, of which all are.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Attachment",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "bid",
                    fields.ForeignKeyField(
                        "commonweal.Bid",
                        source_field="bid_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sha256", fields.CharField(max_length=64)),
                ("size_bytes", fields.BigIntField()),
                ("for_bidder", fields.BinaryField(null=True)),
                ("for_round", fields.BinaryField(null=True)),
                ("submitted", fields.BooleanField(default=False)),
                ("sealed_at", InstantField()),
            ],
            options={
                "table": "attachment",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A sealed file of a bid; its ciphertext lies in the folder of contents, under its hash.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Scorer",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "round",
                    fields.ForeignKeyField(
                        "commonweal.Round",
                        source_field="round_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
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
                ("named_at", InstantField()),
                ("conflicted_at", InstantField(null=True)),
                ("interest", fields.TextField(null=True)),
            ],
            options={
                "table": "scorer",
                "app": "commonweal",
                "unique_together": (("round_id", "person_id"),),
                "pk_attr": "id",
                "table_description": "Somebody on a round's panel; one with an interest stays on it, and sees nothing any more.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Score",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "case",
                    fields.ForeignKeyField(
                        "commonweal.Case",
                        source_field="case_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "bid",
                    fields.ForeignKeyField(
                        "commonweal.Bid",
                        source_field="bid_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "scorer",
                    fields.ForeignKeyField(
                        "commonweal.Scorer",
                        source_field="scorer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("criterion", fields.CharField(max_length=100)),
                ("points", fields.SmallIntField()),
                ("reason", fields.TextField()),
                ("given_at", InstantField()),
            ],
            options={
                "table": "score",
                "app": "commonweal",
                "unique_together": (("case_id", "number"),),
                "pk_attr": "id",
                "table_description": "Points for a bid on a criterion. Append-only: the scorer's next one takes its place.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Result",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "case",
                    fields.ForeignKeyField(
                        "commonweal.Case",
                        source_field="case_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("cause", fields.TextField()),
                ("totals", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("places", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("sensitivity", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("voided", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("computed_at", InstantField()),
            ],
            options={
                "table": "result",
                "app": "commonweal",
                "unique_together": (("case_id", "number"),),
                "pk_attr": "id",
                "table_description": "What the scores of a case came to, and why it was computed again. Append-only.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
        AppendOnly("score", unique=(("case_id", "number"),)),
        AppendOnly("result", unique=(("case_id", "number"),)),
    ]
