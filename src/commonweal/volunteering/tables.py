"""Opportunities, shifts with their roles, and sign-ups."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, GeometryField, IdField, InstantField

from .rules import DESCRIPTION, TITLE, Cause, OpportunityState, SignUpState
from .rules_hours import REASON, ClaimState


def to(model: str, *, null: bool = False) -> Any:
    """A relation that keeps what it points at."""
    how: dict[str, Any] = {"db_index": True, "null": null, "on_delete": KEEP}
    return fields.ForeignKeyField(f"commonweal.{model}", related_name=False, **how)


class Opportunity(Model):
    """Something that an organisation asks people to do."""

    id = IdField()
    organisation: Any = to("Organisation")
    organisation_id: int
    pot: Any = to("Pot", null=True)  # which pays the minutes; null: thanks alone
    pot_id: int | None
    council_id = fields.BigIntField()  # in whose window it stands: the organisation's
    title = fields.CharField(max_length=TITLE.value)
    description = fields.CharField(max_length=DESCRIPTION.value)
    cause = fields.CharEnumField(Cause, max_length=16)
    address = fields.CharField(max_length=200, null=True)
    location: Any = GeometryField("POINT", null=True)  # null: from anywhere
    state = fields.CharEnumField(OpportunityState, max_length=6)
    version = fields.IntField(default=1)
    created_at = InstantField()

    class Meta:
        table = "opportunity"


class Shift(Model):
    """A time at which it is done, [starts_at, ends_at)."""

    id = IdField()
    opportunity: Any = to("Opportunity")
    opportunity_id: int
    starts_at = InstantField(db_index=True)
    ends_at = InstantField()

    class Meta:
        table = "shift"


class ShiftRole(Model):
    """What somebody does in a shift, and for how many there is a place."""

    id = IdField()
    shift: Any = to("Shift")
    shift_id: int
    name = fields.CharField(max_length=TITLE.value)
    places = fields.IntField()

    class Meta:
        table = "shift_role"
        unique_together = (("shift_id", "name"),)


class SignUp(Model):
    """Somebody's place in a role of a shift, a place offered to them, or a place in line."""

    id = IdField()
    role: Any = to("ShiftRole")
    role_id: int
    shift: Any = to("Shift")  # the role's; of a shift somebody has one that stands
    shift_id: int
    person: Any = to("Person")
    person_id: int
    state = fields.CharEnumField(SignUpState, max_length=11)
    version = fields.IntField(default=1)
    place = fields.SmallIntField(null=True)  # which of its role's; null: none
    at = InstantField()
    offered_until: Any = InstantField(null=True)
    came_at: Any = InstantField(null=True)
    went_at: Any = InstantField(null=True)
    ended_at: Any = InstantField(null=True)  # it came to nothing

    class Meta:
        table = "sign_up"


class HoursClaim(Model):
    """The time that somebody gave in a shift, and what was said of it: one for a sign-up."""

    id = IdField()
    sign_up: Any = fields.ForeignKeyField(
        "commonweal.SignUp", related_name=False, unique=True, on_delete=KEEP
    )
    sign_up_id: int
    shift: Any = to("Shift")
    shift_id: int
    person: Any = to("Person")
    person_id: int
    minutes = fields.IntField()
    state = fields.CharEnumField(ClaimState, max_length=9)
    version = fields.IntField(default=1)
    submitted_at = InstantField()
    decided_by_id = fields.BigIntField(null=True)
    decided_at: Any = InstantField(null=True)
    reason = fields.CharField(max_length=REASON.value, null=True)  # of who declined
    grant: Any = fields.ForeignKeyField(
        "commonweal.Grant", related_name=False, unique=True, null=True, on_delete=KEEP
    )
    grant_id: int | None  # the credits for it; null where no pot pays, or only thanks

    class Meta:
        table = "hours_claim"
