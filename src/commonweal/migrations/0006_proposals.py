"""A register that comes again: proposals, and the assets that a row speaks of."""

from typing import Any

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.assets.rules import (
    AssetState,
    MatchReason,
    ProposalKind,
    ProposalState,
    RegisterState,
)
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, RunOn

ROWS = AppendOnly("register_row", unique=(("file_id", "row_number"),))
# while the table changes; SQLite makes it anew
UNGUARDED = RunOn(
    sqlite=ROWS.backward["sqlite"],
    postgres=ROWS.backward["postgres"],
    undo_sqlite=ROWS.forward["sqlite"],
    undo_postgres=ROWS.forward["postgres"],
)
# the field takes its index with it; taken back, the field alone comes
INDEX = ['CREATE INDEX "idx_register_ro_asset_i_c09103" ON "register_row" ("asset_id")']
# each row spoke of one asset, and lends its id to that link
LINK = ["INSERT INTO asset_row (id, asset_id, row_id) SELECT id, asset_id, id FROM register_row"]
UNLINK = ["DELETE FROM asset_row"]
# what is here was imported
IMPORTED = ["UPDATE register_file SET version = 1, state = 'imported', mapping_hash = ''"]
FORGET = ["UPDATE register_file SET version = NULL, state = NULL"]
INDEXES = {
    "register_file_latest": "INDEX {} ON register_file (council_id, imported_at) "
    "WHERE state = 'imported'",
    "proposal_open_asset": "INDEX {} ON proposal (council_id) WHERE state = 'open'",
    "proposal_of_file": "INDEX {} ON proposal (file_id, kind, id)",
    "proposal_one_of_row": "UNIQUE INDEX {} ON proposal (row_id) WHERE kind <> 'MERGE'",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]


def related(model: str, column: str, **more: Any) -> Any:
    return fields.ForeignKeyField(
        f"commonweal.{model}",
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
        **more,
    )


def register_state(**more: Any) -> Any:
    says = (
        "READ: read\nACCEPTED: accepted\nIMPORTED: imported\nFAILED: failed\nDISCARDED: discarded"
    )
    return fields.CharEnumField(description=says, enum_type=RegisterState, max_length=10, **more)


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0005_files")]

    operations = [
        ops.CreateModel(
            name="AssetRow",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("asset", related("Asset", "asset_id")),
                ("row", related("RegisterRow", "row_id", db_index=True)),
            ],
            options={
                "table": "asset_row",
                "app": "commonweal",
                "unique_together": (("asset_id", "row_id"),),
                "pk_attr": "id",
                "table_description": "That a row speaks of an asset: since its import, or since an officer accepted it.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=LINK, postgres=LINK, undo_sqlite=UNLINK, undo_postgres=UNLINK),
        AppendOnly("asset_row", unique=(("asset_id", "row_id"),)),
        UNGUARDED,
        RunOn(undo_sqlite=INDEX, undo_postgres=INDEX),
        ops.RemoveField(model_name="RegisterRow", name="asset"),
        ops.AddField(
            model_name="RegisterRow",
            name="reading",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        RunOn(
            sqlite=ROWS.forward["sqlite"],
            postgres=ROWS.forward["postgres"],
            undo_sqlite=ROWS.backward["sqlite"],
            undo_postgres=ROWS.backward["postgres"],
        ),
        ops.AlterField(
            model_name="Asset",
            name="state",
            field=fields.CharEnumField(
                description="HELD: held\nLISTED: listed\nFORMER: former",
                enum_type=AssetState,
                max_length=10,
            ),
        ),
        ops.AddField(model_name="RegisterFile", name="state", field=register_state(null=True)),
        ops.AddField(model_name="RegisterFile", name="version", field=fields.IntField(null=True)),
        ops.AddField(
            model_name="RegisterFile",
            name="mapping_hash",
            field=fields.CharField(null=True, max_length=64),
        ),
        RunOn(sqlite=IMPORTED, postgres=IMPORTED, undo_sqlite=FORGET, undo_postgres=FORGET),
        ops.AlterField(
            model_name="RegisterFile",
            name="state",
            field=register_state(default=RegisterState.READ),
        ),
        ops.AlterField(model_name="RegisterFile", name="version", field=fields.IntField(default=1)),
        ops.AlterField(
            model_name="RegisterFile",
            name="mapping_hash",
            field=fields.CharField(default="", max_length=64),
        ),
        ops.AlterField(
            model_name="RegisterFile",
            name="imported_at",
            field=InstantField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RemoveConstraint(model_name="RegisterFile", name=None, fields=["council_id", "sha256"]),
        ops.AddField(
            model_name="RegisterFile",
            name="failure",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="RegisterFile", name="file_id", field=fields.BigIntField(null=True)
        ),
        ops.AddField(
            model_name="RegisterFile",
            name="preview",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.CreateModel(
            name="Proposal",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("council", related("Area", "council_id")),
                ("file", related("RegisterFile", "file_id")),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CHANGE: CHANGE\nNEW: NEW\nMISSING: MISSING\nSPLIT: SPLIT\nMERGE: MERGE",
                        enum_type=ProposalKind,
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="OPEN: open\nACCEPTED: accepted\nREFUSED: refused\nSUPERSEDED: superseded",
                        enum_type=ProposalState,
                        max_length=10,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("asset", related("Asset", "asset_id", null=True, db_index=True)),
                ("row", related("RegisterRow", "row_id", null=True)),
                (
                    "reason",
                    fields.CharEnumField(
                        null=True,
                        description="CODE: CODE\nCODE_PART: CODE_PART\nUPRN_AND_PLACE: UPRN_AND_PLACE\nNAME_AND_PLACE: NAME_AND_PLACE",
                        enum_type=MatchReason,
                        max_length=16,
                    ),
                ),
                ("score", fields.SmallIntField(null=True)),
                ("changes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_by", fields.CharField(null=True, max_length=64)),
                ("refusal", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "proposal",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What a register that came again says of one asset, for an officer to accept or refuse.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
