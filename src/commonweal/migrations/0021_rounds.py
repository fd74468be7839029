"""Rounds and cases: a council's offer, its timetable, and who asks first."""

from typing import Final

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.assets.rules import AssetState
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.rules_assessment import LastResort
from commonweal.handovers.rules_interests import InterestState, Verdict
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, RunOn

# A case is on offer until it is over or a group has the keys; then another may begin.
INDEXES: Final = {
    "handover_case_on_offer": "UNIQUE INDEX {} ON handover_case (asset_id) WHERE state IN ('proposed',"
    " 'listed', 'eoi_closed', 'business_case', 'bids_closed', 'assessment', 'due_diligence',"
    " 'decided', 'heads_of_terms', 'appeal')",
    "expression_of_interest_standing": "UNIQUE INDEX {} ON expression_of_interest"
    " (case_id, organisation_id) WHERE state <> 'withdrawn'",
    "round_stage_ends": "INDEX {} ON round_stage (ends_at)",
    "handover_case_state": "INDEX {} ON handover_case (state)",
    "handover_case_asset": "INDEX {} ON handover_case (asset_id)",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]
FIXED: Final = (
    *("id", "council_id", "title", "questions", "criteria", "ties", "last_resort"),
    *("hides_number", "public_key", "holders_needed", "opened_at"),
)


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0020_clocks")]

    operations = [
        ops.AlterField(
            model_name="Asset",
            name="state",
            field=fields.CharEnumField(
                description="HELD: held\nLISTED: listed\nHANDED_OVER: handed\nFORMER: former",
                enum_type=AssetState,
                max_length=10,
            ),
        ),
        ops.CreateModel(
            name="CouncilRule",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=40)),
                ("value", fields.TextField()),
                ("since", fields.DateField()),
                ("citation", fields.TextField()),
                ("set_at", InstantField()),
            ],
            options={
                "table": "council_rule",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A number or a consent that a council sets for cases that begin on or after a day.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Round",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("title", fields.CharField(max_length=200)),
                ("questions", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("criteria", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("ties", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("last_resort", fields.CharEnumField(enum_type=LastResort, max_length=8)),
                ("hides_number", fields.BooleanField()),
                ("public_key", fields.CharField(max_length=64)),
                ("holders_needed", fields.SmallIntField(null=True)),
                ("opened_at", InstantField()),
                ("bids_opened_at", InstantField(null=True)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "round",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What bidders rely on, fixed from its beginning: the database lets only the last three change.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RoundStage",
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
                ("stage", fields.CharEnumField(enum_type=Stage, max_length=16)),
                ("ends_at", InstantField()),
            ],
            options={
                "table": "round_stage",
                "app": "commonweal",
                "unique_together": (("round_id", "stage"),),
                "pk_attr": "id",
                "table_description": "The last instant of a stage of a round.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Case",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "asset",
                    fields.ForeignKeyField(
                        "commonweal.Asset",
                        source_field="asset_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "round",
                    fields.ForeignKeyField(
                        "commonweal.Round",
                        source_field="round_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("state", fields.CharEnumField(enum_type=CaseState, max_length=16)),
                ("version", fields.IntField(default=1)),
                ("title", fields.CharField(max_length=200)),
                ("summary", fields.TextField(null=True)),
                (
                    "proposer",
                    fields.ForeignKeyField(
                        "commonweal.Organisation",
                        source_field="proposer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("answers", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("rules", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("began_on", fields.DateField()),
                ("listing_id", fields.BigIntField(null=True)),
                ("frozen_at", fields.CharEnumField(null=True, enum_type=CaseState, max_length=16)),
                ("reason", fields.TextField(null=True)),
            ],
            options={
                "table": "handover_case",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "One asset's way to a group, or a service's, which is no asset and has a title only.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CaseQuestion",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
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
                ("asker_id", fields.BigIntField(null=True)),
                ("text", fields.TextField()),
                ("asked_at", InstantField()),
                ("answer", fields.TextField(null=True)),
                ("answered_at", InstantField(null=True)),
            ],
            options={
                "table": "case_question",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A question about a case, and its answer, which goes to everybody.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CaseDocument",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
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
                ("file_id", fields.BigIntField()),
                ("title", fields.CharField(max_length=200)),
                ("published_at", InstantField()),
            ],
            options={
                "table": "case_document",
                "app": "commonweal",
                "unique_together": (("case_id", "file_id"),),
                "pk_attr": "id",
                "table_description": "A file that everybody may read: a plan, a survey, an advert.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Watch",
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
                (
                    "asset",
                    fields.ForeignKeyField(
                        "commonweal.Asset",
                        source_field="asset_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("since", InstantField()),
                ("seen_until", InstantField()),
                ("last_told_on", fields.DateField(db_index=True)),
            ],
            options={
                "table": "watch",
                "app": "commonweal",
                "unique_together": (("person_id", "asset_id"),),
                "pk_attr": "id",
                "table_description": "Who is told by mail when something public happened to an asset.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExpressionOfInterest",
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
                ("state", fields.CharEnumField(enum_type=InterestState, max_length=10)),
                ("version", fields.IntField(default=1)),
                ("answers", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("judgements", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("verdict", fields.CharEnumField(null=True, enum_type=Verdict, max_length=20)),
                ("expressed_at", InstantField()),
                ("judged_at", InstantField(null=True)),
            ],
            options={
                "table": "expression_of_interest",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "That a group is interested in a case, its answers, and what the council makes of each.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
        AppendOnly("council_rule"),
        AppendOnly("round", unique=(("id",),), stays=FIXED),
    ]
