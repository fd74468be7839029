"""Reports, what is hidden, appeals, and whom somebody blocked."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.safety.rules import AppealState, ReportReason, ReportState, SubjectKind
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

# Of each but one is at work. A hidden listing is its subject's one, and its closing day comes too.
INDEXES = {
    "report_one_open": "UNIQUE INDEX {} ON report (reporter_id, subject_id) WHERE state = 'open'",
    "report_decided": "INDEX {} ON report (decided_at)",
    "hiding_one_lasting": "UNIQUE INDEX {} ON hiding (subject_id) WHERE until IS NULL",
    "appeal_once": "UNIQUE INDEX {} ON appeal (hiding_id)",
}
OF_LISTINGS = {
    "listing_one_open": "UNIQUE INDEX {} ON listing (kind, subject_id) WHERE ",
    "listing_closing": "INDEX {} ON listing (closes_at) WHERE ",
}
OPEN, LIVE = "state = 'open'", "state = 'open' OR state = 'hidden'"


def of_listings(which: str) -> list[str]:
    """The two indexes anew, of listings that are so."""
    drop = [f"DROP INDEX {name}" for name in OF_LISTINGS]
    return drop + [f"CREATE {text.format(name)}{which}" for name, text in OF_LISTINGS.items()]


CREATE = [*(f"CREATE {text.format(name)}" for name, text in INDEXES.items()), *of_listings(LIVE)]
DROP = [*(f"DROP INDEX {name}" for name in INDEXES), *of_listings(OPEN)]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0015_households")]

    operations = [
        ops.CreateModel(
            name="Block",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "blocked",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="blocked_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("since", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "block",
                "app": "commonweal",
                "unique_together": (("person", "blocked"),),
                "pk_attr": "id",
                "table_description": "That somebody wants to hear nothing from somebody else, who is not told.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Hiding",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("subject_kind", fields.CharEnumField(enum_type=SubjectKind, max_length=16)),
                ("subject_id", fields.BigIntField(db_index=True)),
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
                ("reason", fields.TextField()),
                ("hidden_by", fields.CharField(max_length=64)),
                ("since", InstantField(auto_now=False, auto_now_add=False)),
                ("until", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("restored_because", fields.TextField(null=True)),
            ],
            options={
                "table": "hiding",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "That a listing or an organisation is hidden during [since, until). One at a time lasts.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Appeal",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("state", fields.CharEnumField(enum_type=AppealState, max_length=10)),
                ("version", fields.IntField(default=1)),
                (
                    "hiding",
                    fields.ForeignKeyField(
                        "commonweal.Hiding",
                        source_field="hiding_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("words", fields.TextField()),
                ("appealed_by", fields.CharField(max_length=64)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
                ("decision", fields.TextField(null=True)),
            ],
            options={
                "table": "appeal",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What the author of something hidden says against it. One a hiding: an index sees to it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Report",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("state", fields.CharEnumField(enum_type=ReportState, max_length=10)),
                ("version", fields.IntField(default=1)),
                ("subject_kind", fields.CharEnumField(enum_type=SubjectKind, max_length=16)),
                ("subject_id", fields.BigIntField(db_index=True)),
                (
                    "reporter",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="reporter_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.CharEnumField(enum_type=ReportReason, max_length=8)),
                ("words", fields.TextField(null=True)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("decided_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "report",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What somebody says of a listing, an organisation or a person. One a reporter is open.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReportCouncil",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "report",
                    fields.ForeignKeyField(
                        "commonweal.Report",
                        source_field="report_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
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
            ],
            options={
                "table": "report_council",
                "app": "commonweal",
                "unique_together": (("report", "council"),),
                "pk_attr": "id",
                "table_description": "A council that is concerned by a report, as it was when that was written.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Listing",
            options={
                "table": "listing",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Something open to the public. Of a subject at most one is live: an index sees to it.",
            },
        ),
        ops.AddField(
            model_name="Organisation",
            name="hidden",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]
