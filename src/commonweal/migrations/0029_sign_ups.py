"""Sign-ups, applications, and hours of which no two of one person overlap."""

from typing import Any, Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, RunOn
from commonweal.volunteering.rules_applications import ApplicationState
from commonweal.volunteering.rules_hours import ClaimState, Evidence, ItemDecision
from commonweal.volunteering.rules_signups import SignUpState

LIVE: Final = "state IN ('submitted', 'queried', 'approved', 'appealed')"
# Of two who are given one place, or one who is twice in a shift, the second is refused.
INDEXES: Final = {
    "sign_up_place": "UNIQUE INDEX {} ON sign_up (role_id, place) WHERE place IS NOT NULL",
    "sign_up_once": "UNIQUE INDEX {} ON sign_up (shift_id, person_id)"
    " WHERE state IN ('signed_up', 'waiting', 'offered', 'checked_in', 'checked_out')",
    "sign_up_offered": "INDEX {} ON sign_up (offered_until) WHERE state = 'offered'",
    "application_once": "UNIQUE INDEX {} ON application (opportunity_id, person_id)"
    " WHERE state IN ('applied', 'trial', 'accepted')",
    "standing_once": "UNIQUE INDEX {} ON standing_sign_up (series_id, person_id)"
    " WHERE ended_at IS NULL",
    "qualification_once": "UNIQUE INDEX {} ON qualification"
    " (person_id, term_id, COALESCE(organisation_id, 0)) WHERE withdrawn_at IS NULL",
    "claim_of_sign_up": f"UNIQUE INDEX {{}} ON hours_claim (sign_up_id) WHERE {LIVE}",
    "claim_waiting": "INDEX {} ON hours_claim (submitted_at) WHERE state = 'submitted'",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]
# One person is in one place at a time: PostgreSQL excludes it, SQLite's triggers refuse it.
CLASH: Final = (
    "EXISTS (SELECT 1 FROM hours_claim WHERE person_id = NEW.person_id AND id <> NEW.id"
    f" AND {LIVE} AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at)"
)
REFUSED: Final = "BEGIN SELECT RAISE(ABORT, 'hours_claim_overlap'); END"
APART_SQLITE: Final = [
    f"CREATE TRIGGER hours_claim_{verb} BEFORE {when} ON hours_claim"
    f" WHEN NEW.{LIVE} AND {CLASH} {REFUSED}"
    for verb, when in (
        ("insert", "INSERT"),
        ("update", "UPDATE OF state, person_id, starts_at, ends_at"),
    )
]
APART_POSTGRES: Final = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE hours_claim ADD CONSTRAINT hours_claim_overlap EXCLUDE USING gist"
    f" (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE ({LIVE})",
]


def to(model: str, column: str, *, null: bool = False, unique: bool = False) -> Any:
    """A relation that keeps what it points at."""
    how: dict[str, Any] = {"unique": True} if unique else {"db_index": True}
    made: Any = fields.ForeignKeyField  # of which mypy knows no such keyword
    return made(
        f"commonweal.{model}",
        source_field=column,
        null=null,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
        **how,
    )


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0028_opportunities")]

    operations = [
        ops.CreateModel(
            name="Application",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("opportunity", to("Opportunity", "opportunity_id")),
                ("person", to("Person", "person_id")),
                ("answers", fields.JSONField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="APPLIED: applied\nTRIAL: trial\nACCEPTED: accepted\nDECLINED: declined\nWITHDRAWN: withdrawn",
                        enum_type=ApplicationState,
                        max_length=9,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("at", InstantField()),
                ("decided_by_id", fields.BigIntField(null=True)),
                ("decided_at", InstantField(null=True)),
                ("trial_until", fields.DateField(null=True)),
                ("reason", fields.CharField(null=True, max_length=500)),
            ],
            options={
                "table": "application",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Somebody who would like to do it, where the organisation looks at people first.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ApplicationReference",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("application", to("Application", "application_id")),
                ("person", to("Person", "person_id")),
                ("words", fields.CharField(max_length=2000)),
                ("recorded_by_id", fields.BigIntField()),
                ("at", InstantField()),
            ],
            options={
                "table": "application_reference",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What somebody else said of an applicant, as a coordinator wrote it down.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Qualification",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("person", to("Person", "person_id")),
                ("term", to("Term", "term_id")),
                ("organisation", to("Organisation", "organisation_id", null=True)),
                ("expires_on", fields.DateField(null=True)),
                ("at", InstantField()),
                ("withdrawn_at", InstantField(null=True)),
            ],
            options={
                "table": "qualification",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What somebody can do: as they say, or as an organisation that trained them says.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StandingSignUp",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("series", to("Series", "series_id")),
                ("person", to("Person", "person_id")),
                ("role_name", fields.CharField(max_length=100)),
                ("at", InstantField()),
                ("ended_at", InstantField(null=True)),
            ],
            options={
                "table": "standing_sign_up",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Somebody who comes to every shift of a series, those that are planned later too.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignUp",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("role", to("ShiftRole", "role_id")),
                ("shift", to("Shift", "shift_id")),
                ("person", to("Person", "person_id", null=True)),
                ("reserved_for", to("Organisation", "reserved_for_id", null=True)),
                (
                    "state",
                    fields.CharEnumField(
                        description="SIGNED_UP: signed_up\nWAITING: waiting\nOFFERED: offered\nLAPSED: lapsed\nCANCELLED: cancelled\nCHECKED_IN: checked_in\nCHECKED_OUT: checked_out\nNO_SHOW: no_show\nCONTESTED: contested\nEXCUSED: excused\nMISSED: missed",
                        enum_type=SignUpState,
                        max_length=11,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("place", fields.SmallIntField(null=True)),
                ("at", InstantField()),
                ("offered_until", InstantField(null=True)),
                ("reminded_at", InstantField(null=True)),
                ("stand_in_wanted", fields.BooleanField(default=False)),
                ("swap_role_id", fields.BigIntField(null=True)),
                ("late", fields.BooleanField(default=False)),
                ("came_at", InstantField(null=True)),
                (
                    "evidence",
                    fields.CharEnumField(
                        null=True,
                        description="SELF: SELF\nCODE: CODE\nCOORDINATOR: COORDINATOR",
                        enum_type=Evidence,
                        max_length=11,
                    ),
                ),
                ("went_at", InstantField(null=True)),
                ("clock_stopped", fields.BooleanField(default=False)),
                ("words", fields.CharField(null=True, max_length=500)),
                ("ended_at", InstantField(null=True)),
            ],
            options={
                "table": "sign_up",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Somebody's place in a role of a shift, a place offered to them, or a place in line.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AttendanceItem",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("shift", to("Shift", "shift_id")),
                ("client_id", fields.CharField(max_length=64)),
                ("sign_up", to("SignUp", "sign_up_id")),
                ("arrived", fields.BooleanField()),
                ("at", InstantField()),
                (
                    "decision",
                    fields.CharEnumField(
                        description="ACCEPTED: ACCEPTED\nCONFLICT: CONFLICT\nREJECTED: REJECTED",
                        enum_type=ItemDecision,
                        max_length=8,
                    ),
                ),
                ("code", fields.CharField(null=True, max_length=64)),
                ("received_at", InstantField()),
            ],
            options={
                "table": "attendance_item",
                "app": "commonweal",
                "unique_together": (("shift_id", "client_id"),),
                "pk_attr": "id",
                "table_description": "What a coordinator's device wrote down while it was offline, and what was made of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HoursClaim",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("opportunity", to("Opportunity", "opportunity_id")),
                ("shift", to("Shift", "shift_id", null=True)),
                ("sign_up", to("SignUp", "sign_up_id", null=True)),
                ("person", to("Person", "person_id")),
                ("starts_at", InstantField()),
                ("ends_at", InstantField()),
                ("minutes", fields.IntField()),
                ("multiplier", fields.SmallIntField()),
                ("credited_minutes", fields.IntField()),
                (
                    "evidence",
                    fields.CharEnumField(
                        description="SELF: SELF\nCODE: CODE\nCOORDINATOR: COORDINATOR",
                        enum_type=Evidence,
                        max_length=11,
                    ),
                ),
                ("words", fields.CharField(null=True, max_length=500)),
                (
                    "state",
                    fields.CharEnumField(
                        description="SUBMITTED: submitted\nQUERIED: queried\nAPPROVED: approved\nDECLINED: declined\nAPPEALED: appealed\nREJECTED: rejected\nWITHDRAWN: withdrawn\nREVERSED: reversed",
                        enum_type=ClaimState,
                        max_length=9,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("submitted_at", InstantField()),
                ("entered_by_id", fields.BigIntField(null=True)),
                ("question", fields.CharField(null=True, max_length=500)),
                ("answer", fields.CharField(null=True, max_length=500)),
                ("appeal", fields.CharField(null=True, max_length=500)),
                ("first_by_id", fields.BigIntField(null=True)),
                ("decided_by_id", fields.BigIntField(null=True)),
                ("decided_at", InstantField(null=True)),
                ("automatic", fields.BooleanField(default=False)),
                ("looked_at", InstantField(null=True)),
                ("hindrance", fields.CharField(null=True, max_length=64)),
                ("reason", fields.CharField(null=True, max_length=500)),
                ("supersedes_id", fields.BigIntField(null=True, unique=True)),
                ("grant", to("Grant", "grant_id", null=True, unique=True)),
            ],
            options={
                "table": "hours_claim",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Time that somebody gave, [starts_at, ends_at): in a shift, or outside of any.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GrantReversal",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("grant", to("Grant", "grant_id", unique=True)),
                ("reversed_by_id", fields.BigIntField()),
                ("reversed_at", InstantField()),
            ],
            options={
                "table": "grant_reversal",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "That a grant was taken back, whole: what it was for was put right.",
            },
            bases=["Model"],
        ),
        ops.AddField("SchemeTerms", "opportunities_approved", fields.BooleanField(default=False)),
        AppendOnly("grant_reversal", unique=(("grant_id",),)),
        RunOn(
            sqlite=[*CREATE, *APART_SQLITE],
            postgres=[*CREATE, *APART_POSTGRES],
            undo_sqlite=[
                "DROP TRIGGER hours_claim_insert",
                "DROP TRIGGER hours_claim_update",
                *DROP,
            ],
            undo_postgres=["ALTER TABLE hours_claim DROP CONSTRAINT hours_claim_overlap", *DROP],
        ),
    ]
