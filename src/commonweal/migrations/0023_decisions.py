"""Decisions, the interests that are given by them, and what becomes of those."""

from typing import Final

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_decisions import HeldUnder
from commonweal.handovers.rules_instruments import Instrument
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

# Of a case one decision stands and one award is live; of a bidder's appeals one is open.
INDEXES: Final = {
    "award_live": "UNIQUE INDEX {} ON award (case_id) WHERE ended_at IS NULL",
    "decision_standing": "UNIQUE INDEX {} ON decision (case_id) WHERE set_aside_at IS NULL",
    "case_appeal_open": "UNIQUE INDEX {} ON case_appeal (case_id, organisation_id)"
    " WHERE decided_at IS NULL",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]

# Of what one asset has nobody is given what another was given: neither time nor parts apart (12).
TAKEN: Final = """SELECT 1 FROM {award} held WHERE held.asset_id = NEW.asset_id
  AND held.rivalry = NEW.rivalry AND held.ended_at IS NULL AND held.id <> NEW.id
  AND (held.until IS NULL OR NEW.since < held.until)
  AND (NEW.until IS NULL OR held.since < NEW.until)
  AND ({count}(held.parts) = 0 OR {count}(NEW.parts) = 0 OR EXISTS (
    SELECT 1 FROM {each}(held.parts) one JOIN {each}(NEW.parts) other ON one.value = other.value))"""
REFUSAL: Final = "this interest is awarded already"
ON_SQLITE: Final = TAKEN.format(award="award", count="json_array_length", each="json_each")
ON_POSTGRES: Final = TAKEN.format(
    award="SCHEMA.award", count="jsonb_array_length", each="jsonb_array_elements"
)
WHENS: Final = ("INSERT", "UPDATE")
FREE: Final = RunOn(
    sqlite=[
        f"CREATE TRIGGER award_free_{when.lower()} BEFORE {when} ON award"
        " WHEN NEW.asset_id IS NOT NULL AND NEW.ended_at IS NULL BEGIN"
        f" SELECT RAISE(ABORT, '{REFUSAL}') WHERE EXISTS ({ON_SQLITE}); END"
        for when in WHENS
    ],
    postgres=[
        # The asset's row first: of two that are given at once the second waits, and sees the other.
        f"""
        DO $do$ BEGIN EXECUTE replace($body$
        CREATE FUNCTION award_free() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.asset_id IS NULL OR NEW.ended_at IS NOT NULL THEN RETURN NEW; END IF;
          PERFORM 1 FROM SCHEMA.asset WHERE id = NEW.asset_id FOR NO KEY UPDATE;
          IF EXISTS ({ON_POSTGRES}) THEN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'exclusion_violation';
          END IF;
          RETURN NEW;
        END $$
        $body$, 'SCHEMA', quote_ident(current_schema())); END $do$
        """,
        "CREATE TRIGGER award_free BEFORE INSERT OR UPDATE ON award FOR EACH ROW"
        " EXECUTE FUNCTION award_free()",
    ],
    undo_sqlite=[f"DROP TRIGGER award_free_{when.lower()}" for when in WHENS],
    undo_postgres=["DROP TRIGGER award_free ON award", "DROP FUNCTION award_free()"],
)


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0022_bids")]

    operations = [
        ops.CreateModel(
            name="Decision",
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
                ("number", fields.SmallIntField()),
                ("version", fields.IntField(default=1)),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "commonweal.BidEntry",
                        source_field="entry_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "instrument",
                    fields.CharEnumField(null=True, enum_type=Instrument, max_length=10),
                ),
                ("begins_on", fields.DateField(null=True)),
                ("term_months", fields.IntField(null=True)),
                ("parts", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("rent_pence", fields.BigIntField(null=True)),
                ("consideration_pence", fields.BigIntField(null=True)),
                ("exclusive_possession", fields.BooleanField(default=False)),
                ("held_under", fields.CharEnumField(null=True, enum_type=HeldUnder, max_length=16)),
                ("own_consent", fields.TextField(default="")),
                ("unrestricted_pence", fields.BigIntField(null=True)),
                ("valued_on", fields.DateField(null=True)),
                ("valuer", fields.TextField(default="")),
                ("valuer_independent", fields.BooleanField(default=False)),
                ("wellbeing_reason", fields.TextField(default="")),
                ("undervalue_consent", fields.TextField(default="")),
                ("open_space", fields.BooleanField(null=True)),
                ("statutory_trust", fields.BooleanField(null=True)),
                ("adverts", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("objections_close_on", fields.DateField(null=True)),
                ("objections", fields.IntField(null=True)),
                ("objections_answered", fields.IntField(default=0)),
                ("restrictions", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("declarations", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                (
                    "public_interest",
                    fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                ),
                ("acv_listed", fields.BooleanField(default=False)),
                ("rules", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("decided_on", fields.DateField(null=True)),
                ("meeting_reference", fields.TextField(default="")),
                ("delegated", fields.BooleanField(null=True)),
                ("limit_pence", fields.BigIntField(null=True)),
                ("maker_id", fields.BigIntField(null=True)),
                ("confirmed_by_id", fields.BigIntField(null=True)),
                ("reasons", fields.TextField(default="")),
                ("decided_at", InstantField(null=True)),
                ("set_aside_at", InstantField(null=True)),
            ],
            options={
                "table": "decision",
                "app": "commonweal",
                "unique_together": (("case_id", "number"),),
                "pk_attr": "id",
                "table_description": "All that must be known to decide a case, and the decision. A later one has a new number.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Award",
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
                (
                    "asset",
                    fields.ForeignKeyField(
                        "commonweal.Asset",
                        source_field="asset_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "decision",
                    fields.ForeignKeyField(
                        "commonweal.Decision",
                        source_field="decision_id",
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
                ("version", fields.IntField(default=1)),
                ("instrument", fields.CharEnumField(enum_type=Instrument, max_length=10)),
                ("rivalry", fields.CharField(max_length=10)),
                ("since", fields.DateField()),
                ("until", fields.DateField(null=True)),
                ("parts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("term_months", fields.IntField(null=True)),
                ("rent_pence", fields.BigIntField(null=True)),
                ("consideration_pence", fields.BigIntField(null=True)),
                ("break_clause", fields.TextField(default="")),
                ("use_covenant", fields.TextField(default="")),
                ("reverter", fields.TextField(default="")),
                ("cure_days", fields.IntField(null=True)),
                ("agreed_on", fields.DateField(null=True)),
                ("completed_on", fields.DateField(null=True)),
                ("deed_reference", fields.TextField(default="")),
                ("ended_at", InstantField(null=True)),
                ("ended_because", fields.TextField(null=True)),
            ],
            options={
                "table": "award",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "An interest that is given, with its terms. Of what one asset has, no two live ones rival.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MonitoringReport",
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
                ("covers_until", fields.DateField()),
                ("targets_met", fields.BooleanField()),
                ("text", fields.TextField()),
                ("reported_at", InstantField()),
            ],
            options={
                "table": "monitoring_report",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Whether a year's targets were met.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Breach",
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
                ("text", fields.TextField()),
                ("found_on", fields.DateField()),
                ("noticed_on", fields.DateField(null=True)),
                ("last_day", fields.DateField(null=True)),
                ("cured_on", fields.DateField(null=True)),
            ],
            options={
                "table": "breach",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A term that is not kept, its notice, and what became of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CaseAppeal",
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
                ("version", fields.IntField(default=1)),
                ("grounds", fields.TextField()),
                ("made_at", InstantField()),
                ("decided_at", InstantField(null=True)),
                ("upheld", fields.BooleanField(null=True)),
                ("reopens_at", fields.CharEnumField(null=True, enum_type=CaseState, max_length=16)),
                ("reasons", fields.TextField(null=True)),
                ("resumed_at", InstantField(null=True)),
            ],
            options={
                "table": "case_appeal",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A bidder's appeal: all stands still until it is decided, and nothing is erased by it.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
        FREE,
    ]
