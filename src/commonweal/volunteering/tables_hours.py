"""Hours: what somebody gave, and what was said of it."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField, to

from .rules import REASON
from .rules_hours import ClaimState, Evidence


class HoursClaim(Model):
    """Time that somebody gave, [starts_at, ends_at): in a shift, or outside of any.

    Of one person no two that stand overlap: the database sees to it (migration 0028).
    """

    id = IdField()
    opportunity: Any = to("Opportunity")
    opportunity_id: int
    shift: Any = to("Shift", null=True)
    shift_id: int | None
    sign_up: Any = to("SignUp", null=True)
    sign_up_id: int | None
    person: Any = to("Person")
    person_id: int
    starts_at = InstantField()
    ends_at = InstantField()
    minutes = fields.IntField()  # that were worked
    multiplier = fields.SmallIntField()  # percent, as the opportunity had it
    credited_minutes = fields.IntField()
    evidence = fields.CharEnumField(Evidence, max_length=11)
    words = fields.CharField(max_length=REASON.value, null=True)  # what was done, outside a shift
    state = fields.CharEnumField(ClaimState, max_length=9)
    version = fields.IntField(default=1)
    submitted_at = InstantField()
    entered_by_id = fields.BigIntField(null=True)  # who wrote it down for them
    question = fields.CharField(max_length=REASON.value, null=True)
    answer = fields.CharField(max_length=REASON.value, null=True)
    appeal = fields.CharField(max_length=REASON.value, null=True)
    first_by_id = fields.BigIntField(null=True)  # who approved first, where two do
    decided_by_id = fields.BigIntField(null=True)  # null where nobody did: `automatic`
    decided_at: Any = InstantField(null=True)
    automatic = fields.BooleanField(default=False)
    looked_at: Any = InstantField(null=True)  # by the job that approves what nobody decides
    hindrance = fields.CharField(max_length=64, null=True)  # why it, or many at once, passed it by
    reason = fields.CharField(max_length=REASON.value, null=True)  # of who declined, or corrected
    supersedes_id = fields.BigIntField(null=True, unique=True)  # the claim that this one corrects
    grant: Any = fields.ForeignKeyField(
        "commonweal.Grant", related_name=False, unique=True, null=True, on_delete=KEEP
    )
    grant_id: int | None  # the credits for it; null where no pot pays, or only thanks

    class Meta:
        table = "hours_claim"
