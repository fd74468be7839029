"""What there is to do: opportunities, the words they are found by, series, shifts and roles."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.people.rules_checks import CheckLevel
from commonweal.store.fields import GeometryField, IdField, InstantField, to

from .rules import DESCRIPTION, REASON, TITLE, OpportunityState, Timing
from .rules_series import RULE
from .rules_terms import CODE, Taxonomy


class Term(Model):
    """A word of a taxonomy of the volunteering data standard, or of ours where it has none."""

    id = IdField()
    taxonomy = fields.CharEnumField(Taxonomy, max_length=13)
    code = fields.CharField(max_length=CODE, unique=True)
    label = fields.CharField(max_length=TITLE.value)
    verified = fields.BooleanField()  # whether the standard's own list has it

    class Meta:
        table = "term"


class Opportunity(Model):
    """Something that an organisation asks people to do."""

    id = IdField()
    organisation: Any = to("Organisation")
    organisation_id: int
    pot: Any = to("Pot", null=True)  # which pays the minutes; null: thanks alone
    pot_id: int | None
    promised = fields.BooleanField(default=False)  # what its shifts may take is kept aside there
    multiplier = fields.SmallIntField(default=100)  # percent of the minutes that are credited
    council_id = fields.BigIntField()  # in whose window it stands: the organisation's
    title = fields.CharField(max_length=TITLE.value)
    description = fields.CharField(max_length=DESCRIPTION.value)
    cause = fields.CharField(max_length=CODE)
    timing = fields.CharEnumField(Timing, max_length=8, default=Timing.SHIFTS)
    address = fields.CharField(max_length=200, null=True)
    location: Any = GeometryField("POINT", null=True)  # where it is; only who comes is told
    shown_location: Any = GeometryField("POINT", null=True)  # what everybody is told
    hidden_place = fields.BooleanField(default=False)
    area: Any = to("Area", null=True)  # of what is done all over a place
    area_id: int | None
    asset: Any = to("Asset", null=True)  # that it looks after
    asset_id: int | None
    questions: Any = fields.JSONField(null=True)  # of its application form; null: it has none
    references_needed = fields.SmallIntField(default=0)
    trial_days = fields.SmallIntField(null=True)  # who is accepted is on trial for so long
    state = fields.CharEnumField(OpportunityState, max_length=8)
    version = fields.IntField(default=1)
    reason = fields.CharField(max_length=REASON.value, null=True)  # of the officer who refused
    created_at = InstantField()
    modified_at = InstantField()  # it, or one of its shifts
    touched_at = InstantField()  # when its organisation last said that it holds
    published_at: Any = InstantField(null=True)  # from when on everybody may see it
    warned_at: Any = InstantField(null=True)  # that it is about to be taken down

    class Meta:
        table = "opportunity"


class OpportunityTerm(Model):
    """A skill that it asks for, a thing that it requires, how it is accessible."""

    id = IdField()
    opportunity: Any = to("Opportunity")
    opportunity_id: int
    term: Any = to("Term")
    term_id: int

    class Meta:
        table = "opportunity_term"
        unique_together = (("opportunity_id", "term_id"),)


class Series(Model):
    """A rule by which there are shifts, at the same hours by the clock there."""

    id = IdField()
    opportunity: Any = to("Opportunity")
    opportunity_id: int
    rule = fields.CharField(max_length=RULE.value)  # RRULE of RFC 5545, without DTSTART
    starts_on = fields.DateField()
    starts_minute = fields.SmallIntField()  # of the day
    minutes = fields.SmallIntField()
    roles: Any = fields.JSONField()  # as `addShift` is given them
    planned_until: Any = fields.DateField(null=True)  # for which days there are shifts; null: all
    ended_at: Any = InstantField(null=True)

    class Meta:
        table = "series"


class Shift(Model):
    """A time at which it is done, [starts_at, ends_at)."""

    id = IdField()
    opportunity: Any = to("Opportunity")
    opportunity_id: int
    series: Any = to("Series", null=True)
    series_id: int | None
    on_day: Any = fields.DateField(null=True)  # which of its series it is, wherever it was moved
    starts_at = InstantField(db_index=True)
    ends_at = InstantField()
    free_at = InstantField()  # from when on who comes can be elsewhere without haste
    part = fields.CharField(max_length=CODE)  # of the week, as a term of when people are free
    cancelled_at: Any = InstantField(null=True)  # it does not take place
    hold = fields.BigIntField(null=True)  # the ledger's: what is kept aside for it
    version = fields.IntField(default=1)

    class Meta:
        table = "shift"


class ShiftRole(Model):
    """What somebody does in a shift, for how many there is a place, and who may take one."""

    id = IdField()
    shift: Any = to("Shift")
    shift_id: int
    name = fields.CharField(max_length=TITLE.value)
    places = fields.IntField()
    minimum_age = fields.SmallIntField(null=True)
    check_level = fields.CharEnumField(CheckLevel, max_length=26, null=True)
    skill: Any = to("Term", null=True)  # that one says oneself
    skill_id: int | None
    training: Any = to("Term", null=True)  # that the organisation says of one
    training_id: int | None

    class Meta:
        table = "shift_role"
        unique_together = (("shift_id", "name"),)
