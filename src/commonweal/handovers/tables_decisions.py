"""What is decided, what is given by it, and what becomes of that."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules import CaseState
from .rules_decisions import HeldUnder
from .rules_instruments import Instrument


class Decision(Model):
    """All that must be known to decide a case, and the decision. A later one has a new number.

    Null is not known yet; 0 is nothing, or a peppercorn. Money in pence.
    """

    id = IdField()
    case: Any = fields.ForeignKeyField("commonweal.Case", related_name=False, on_delete=KEEP)
    case_id: int
    number = fields.SmallIntField()
    version = fields.IntField(default=1)
    entry: Any = fields.ForeignKeyField(  # the bid that is chosen
        "commonweal.BidEntry", related_name=False, null=True, on_delete=KEEP
    )
    entry_id: int | None
    instrument: Any = fields.CharEnumField(Instrument, max_length=10, null=True)
    begins_on = fields.DateField(null=True)
    term_months = fields.IntField(null=True)
    parts: Any = fields.JSONField(default=list)  # [text]; none are the whole
    rent_pence = fields.BigIntField(null=True)  # of a year
    consideration_pence = fields.BigIntField(null=True)
    exclusive_possession = fields.BooleanField(default=False)
    held_under: Any = fields.CharEnumField(HeldUnder, max_length=16, null=True)
    own_consent = fields.TextField(default="")
    unrestricted_pence = fields.BigIntField(null=True)
    valued_on = fields.DateField(null=True)
    valuer = fields.TextField(default="")
    valuer_independent = fields.BooleanField(default=False)
    wellbeing_reason = fields.TextField(default="")
    undervalue_consent = fields.TextField(default="")
    open_space = fields.BooleanField(null=True)
    statutory_trust = fields.BooleanField(null=True)
    adverts: Any = fields.JSONField(default=list)  # [day]
    objections_close_on = fields.DateField(null=True)
    objections = fields.IntField(null=True)
    objections_answered = fields.IntField(default=0)
    restrictions: Any = fields.JSONField(default=dict)  # {restriction: {binds, reference}}
    declarations: Any = fields.JSONField(default=list)  # [declaration]
    public_interest: Any = fields.JSONField(default=dict)  # {question: {yes, reasons, author}}
    acv_listed = fields.BooleanField(default=False)
    rules: Any = fields.JSONField()  # the case's own
    decided_on = fields.DateField(null=True)  # the meeting's day
    meeting_reference = fields.TextField(default="")
    delegated = fields.BooleanField(null=True)  # null: not known who decides
    limit_pence = fields.BigIntField(null=True)  # of the delegation
    maker_id = fields.BigIntField(null=True)  # the viewer who recorded it as decided
    confirmed_by_id = fields.BigIntField(null=True)
    reasons = fields.TextField(default="")
    decided_at: Any = InstantField(null=True)  # published from then on
    set_aside_at: Any = InstantField(null=True)  # by an appeal, or the chosen bid is gone

    class Meta:
        table = "decision"
        unique_together = (("case_id", "number"),)


class Award(Model):
    """An interest that is given, with its terms. Of what one asset has, no two live ones rival.

    A trigger sees to it on both engines (design note: assets, invariant 12).
    """

    id = IdField()
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    asset: Any = fields.ForeignKeyField(
        "commonweal.Asset", related_name=False, null=True, db_index=True, on_delete=KEEP
    )
    asset_id: int | None
    decision: Any = fields.ForeignKeyField(
        "commonweal.Decision", related_name=False, on_delete=KEEP
    )
    decision_id: int
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    version = fields.IntField(default=1)
    instrument = fields.CharEnumField(Instrument, max_length=10)
    rivalry = fields.CharField(max_length=10)  # rules_instruments.RIVALS
    since = fields.DateField()
    until = fields.DateField(null=True)
    parts: Any = fields.JSONField()  # [text], sorted; none are the whole
    term_months = fields.IntField(null=True)
    rent_pence = fields.BigIntField(null=True)
    consideration_pence = fields.BigIntField(null=True)
    break_clause = fields.TextField(default="")
    use_covenant = fields.TextField(default="")
    reverter = fields.TextField(default="")
    cure_days = fields.IntField(null=True)  # the instrument's own
    agreed_on = fields.DateField(null=True)
    completed_on = fields.DateField(null=True)
    deed_reference = fields.TextField(default="")
    ended_at: Any = InstantField(null=True)  # not live any more
    ended_because = fields.TextField(null=True)

    class Meta:
        table = "award"


class MonitoringReport(Model):
    """Whether a year's targets were met."""

    id = IdField()
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    covers_until = fields.DateField()
    targets_met = fields.BooleanField()
    text = fields.TextField()
    reported_at = InstantField()

    class Meta:
        table = "monitoring_report"


class Breach(Model):
    """A term that is not kept, its notice, and what became of it."""

    id = IdField()
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    text = fields.TextField()
    found_on = fields.DateField()
    noticed_on = fields.DateField(null=True)
    last_day = fields.DateField(null=True)  # on which it can be put right, as it was served
    cured_on = fields.DateField(null=True)

    class Meta:
        table = "breach"


class CaseAppeal(Model):
    """A bidder's appeal: all stands still until it is decided, and nothing is erased by it."""

    id = IdField()
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    version = fields.IntField(default=1)
    grounds = fields.TextField()
    made_at = InstantField()
    decided_at: Any = InstantField(null=True)
    upheld = fields.BooleanField(null=True)
    reopens_at: Any = fields.CharEnumField(CaseState, max_length=16, null=True)
    reasons = fields.TextField(null=True)
    resumed_at: Any = InstantField(null=True)  # when all that were open with it were decided

    class Meta:
        table = "case_appeal"
