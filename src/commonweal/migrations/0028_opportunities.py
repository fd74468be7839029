"""Opportunities as a whole: terms, series, requirements of roles. What was begun is made anew."""

import re
from typing import Any, Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.people.rules_checks import CheckLevel
from commonweal.store.fields import GeometryField, IdField, InstantField
from commonweal.store.operations import RunOn
from commonweal.volunteering.rules import OpportunityState, Timing
from commonweal.volunteering.rules_terms import Taxonomy

# Local names in the namespace of the volunteering data standard. Those marked stand in the standard's
# own text (standard.volunteeringdata.io, November 2026); the others are in use by the Open Data
# Institute's profile manager, or ours, and are not known to be in the standard's lists.
TERMS: Final = {
    "CAUSE": (
        "AntiPoverty! CivilRights! AnimalWelfare ArtsAndCulture ChildrenAndYouth ClimateAction"
        " CommunityDevelopment DisasterRelief Education ElderCare Environment FoodSecurity"
        " HealthAndWellness Homelessness Literacy MentalHealth PhysicalHealth RefugeeSupport"
        " SocialInclusion SportAndRecreation Transport WildlifeProtection YouthDevelopment"
    ),
    "SKILL": (
        "Communication! EmpathyAndCompassion! ActiveListening Administration AnimalCare"
        " CookingCatering Counselling DIY Driving EventPlanning FirstAid Fundraising Gardening"
        " ITSkills Mentoring Photography PublicSpeaking SignLanguage SocialMedia SportCoaching"
        " Teaching Translating"
    ),
    "REQUIREMENT": (
        "DBSCheck! AbilityToWorkOutdoors Gloves HighVisibilityVest OwnCar PhysicalStamina"
        " SturdyFootwear WaterproofsAndWarmLayers"
    ),
    "ACCESSIBILITY": (
        "AccessibleToilet HearingLoop LevelAccess QuietSpace SeatedWork StepFreeAccess"
        " SignLanguageSupport"
    ),
    "REWARD": "TrainingProvided! ExpensesReimbursed! TimeCredits",
    "TIME": " ".join(
        f"{day}day{part}!"
        for day in ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
        for part in ("Morning", "Afternoon", "Evening")
    ),
    "TRAINING": (
        "FireSafety FoodHygiene ManualHandling SafeguardingAdults SafeguardingChildren"
        " ToolSafety Induction"
    ),
}
WORD: Final = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def _rows() -> list[str]:
    """A row for each term; its label is its name in words."""
    rows, number = [], 0
    for taxonomy, names in TERMS.items():
        for each in names.split():
            number += 1
            code = each.rstrip("!")
            words = [w if w.isupper() else w.lower() for w in re.split(WORD, code)]
            label = " ".join([words[0][0].upper() + words[0][1:], *words[1:]])
            verified = "TRUE" if each.endswith("!") else "FALSE"
            rows.append(f"({number}, '{taxonomy}', '{code}', '{label}', {verified})")
    return rows


FILL: Final = [
    f"INSERT INTO term (id, taxonomy, code, label, verified) VALUES {', '.join(_rows())}"
]
INDEXES: Final = {
    "shift_of_series": "UNIQUE INDEX {} ON shift (series_id, on_day) WHERE series_id IS NOT NULL",
    "opportunity_modified": "INDEX {} ON opportunity (modified_at, id)",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]


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


BEFORE: Final = {  # 0027's, which go with its tables, and come back with them
    "sign_up_place": "UNIQUE INDEX {} ON sign_up (role_id, place) WHERE place IS NOT NULL",
    "sign_up_once": "UNIQUE INDEX {} ON sign_up (shift_id, person_id)"
    " WHERE state IN ('signed_up', 'waiting', 'offered', 'checked_in', 'checked_out')",
    "sign_up_offered": "INDEX {} ON sign_up (offered_until) WHERE state = 'offered'",
}
GONE: Final = [f"DROP INDEX {name}" for name in BEFORE]
BACK: Final = [f"CREATE {text.format(name)}" for name, text in BEFORE.items()]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0027_volunteering")]

    operations = [
        RunOn(sqlite=GONE, postgres=GONE, undo_sqlite=BACK, undo_postgres=BACK),
        *(  # no service has any yet
            ops.DeleteModel(name)
            for name in ("HoursClaim", "SignUp", "ShiftRole", "Shift", "Opportunity")
        ),
        ops.CreateModel(
            name="Term",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "taxonomy",
                    fields.CharEnumField(
                        description="CAUSE: CAUSE\nSKILL: SKILL\nREQUIREMENT: REQUIREMENT\nACCESSIBILITY: ACCESSIBILITY\nREWARD: REWARD\nTIME: TIME\nTRAINING: TRAINING",
                        enum_type=Taxonomy,
                        max_length=13,
                    ),
                ),
                ("code", fields.CharField(unique=True, max_length=60)),
                ("label", fields.CharField(max_length=100)),
                ("verified", fields.BooleanField()),
            ],
            options={
                "table": "term",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A word of a taxonomy of the volunteering data standard, or of ours where it has none.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Opportunity",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("organisation", to("Organisation", "organisation_id")),
                ("pot", to("Pot", "pot_id", null=True)),
                ("promised", fields.BooleanField(default=False)),
                ("multiplier", fields.SmallIntField(default=100)),
                ("council_id", fields.BigIntField()),
                ("title", fields.CharField(max_length=100)),
                ("description", fields.CharField(max_length=4000)),
                ("cause", fields.CharField(max_length=60)),
                (
                    "timing",
                    fields.CharEnumField(
                        default=Timing.SHIFTS,
                        description="SHIFTS: SHIFTS\nFLEXIBLE: FLEXIBLE\nON_CALL: ON_CALL",
                        enum_type=Timing,
                        max_length=8,
                    ),
                ),
                ("address", fields.CharField(null=True, max_length=200)),
                ("location", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                ("shown_location", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                ("hidden_place", fields.BooleanField(default=False)),
                ("area", to("Area", "area_id", null=True)),
                ("asset", to("Asset", "asset_id", null=True)),
                ("questions", fields.JSONField(null=True)),
                ("references_needed", fields.SmallIntField(default=0)),
                ("trial_days", fields.SmallIntField(null=True)),
                (
                    "state",
                    fields.CharEnumField(
                        description="DRAFT: draft\nPROPOSED: proposed\nOPEN: open\nCLOSED: closed",
                        enum_type=OpportunityState,
                        max_length=8,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("reason", fields.CharField(null=True, max_length=500)),
                ("created_at", InstantField()),
                ("modified_at", InstantField()),
                ("touched_at", InstantField()),
                ("published_at", InstantField(null=True)),
                ("warned_at", InstantField(null=True)),
            ],
            options={
                "table": "opportunity",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Something that an organisation asks people to do.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OpportunityTerm",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("opportunity", to("Opportunity", "opportunity_id")),
                ("term", to("Term", "term_id")),
            ],
            options={
                "table": "opportunity_term",
                "app": "commonweal",
                "unique_together": (("opportunity_id", "term_id"),),
                "pk_attr": "id",
                "table_description": "A skill that it asks for, a thing that it requires, how it is accessible.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Series",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("opportunity", to("Opportunity", "opportunity_id")),
                ("rule", fields.CharField(max_length=200)),
                ("starts_on", fields.DateField()),
                ("starts_minute", fields.SmallIntField()),
                ("minutes", fields.SmallIntField()),
                ("roles", fields.JSONField()),
                ("planned_until", fields.DateField(null=True)),
                ("ended_at", InstantField(null=True)),
            ],
            options={
                "table": "series",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A rule by which there are shifts, at the same hours by the clock there.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Shift",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("opportunity", to("Opportunity", "opportunity_id")),
                ("series", to("Series", "series_id", null=True)),
                ("on_day", fields.DateField(null=True)),
                ("starts_at", InstantField(db_index=True)),
                ("ends_at", InstantField()),
                ("free_at", InstantField()),
                ("part", fields.CharField(max_length=60)),
                ("cancelled_at", InstantField(null=True)),
                ("hold", fields.BigIntField(null=True)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "shift",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A time at which it is done, [starts_at, ends_at).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ShiftRole",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("shift", to("Shift", "shift_id")),
                ("name", fields.CharField(max_length=100)),
                ("places", fields.IntField()),
                ("minimum_age", fields.SmallIntField(null=True)),
                (
                    "check_level",
                    fields.CharEnumField(
                        null=True,
                        description="BASIC: BASIC\nSTANDARD: STANDARD\nENHANCED: ENHANCED\nENHANCED_WITH_BARRED_LISTS: ENHANCED_WITH_BARRED_LISTS",
                        enum_type=CheckLevel,
                        max_length=26,
                    ),
                ),
                ("skill", to("Term", "skill_id", null=True)),
                ("training", to("Term", "training_id", null=True)),
            ],
            options={
                "table": "shift_role",
                "app": "commonweal",
                "unique_together": (("shift_id", "name"),),
                "pk_attr": "id",
                "table_description": "What somebody does in a shift, for how many there is a place, and who may take one.",
            },
            bases=["Model"],
        ),
        RunOn(
            sqlite=[*FILL, *CREATE],
            postgres=[*FILL, *CREATE],
            undo_sqlite=[*DROP, "DELETE FROM term"],
            undo_postgres=[*DROP, "DELETE FROM term"],
        ),
    ]
