"""Who comes: sign-ups, standing ones, applications, what somebody can do, and a device's queue."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField, to

from .rules import REASON, TITLE
from .rules_applications import ANSWER, ApplicationState
from .rules_hours import CLIENT_ID, Evidence, ItemDecision
from .rules_signups import SignUpState


class SignUp(Model):
    """Somebody's place in a role of a shift, a place offered to them, or a place in line.

    Or a place that an organisation reserved, which nobody has taken yet.
    """

    id = IdField()
    role: Any = to("ShiftRole")
    role_id: int
    shift: Any = to("Shift")  # the role's; of a shift somebody has one that stands
    shift_id: int
    person: Any = to("Person", null=True)
    person_id: int | None
    reserved_for: Any = to("Organisation", null=True)
    reserved_for_id: int | None
    state = fields.CharEnumField(SignUpState, max_length=11)
    version = fields.IntField(default=1)
    place = fields.SmallIntField(null=True)  # which of its role's; null: none
    at = InstantField()
    offered_until: Any = InstantField(null=True)
    reminded_at: Any = InstantField(null=True)
    stand_in_wanted = fields.BooleanField(default=False)
    swap_role_id = fields.BigIntField(null=True)  # for a place in which it is exchanged
    late = fields.BooleanField(default=False)  # it was cancelled when it was nearly there
    came_at: Any = InstantField(null=True)
    evidence = fields.CharEnumField(Evidence, max_length=11, null=True)
    went_at: Any = InstantField(null=True)
    clock_stopped = fields.BooleanField(default=False)  # nobody said when they went
    words = fields.CharField(max_length=REASON.value, null=True)  # why they did not come
    ended_at: Any = InstantField(null=True)  # it came to nothing

    class Meta:
        table = "sign_up"


class StandingSignUp(Model):
    """Somebody who comes to every shift of a series, those that are planned later too."""

    id = IdField()
    series: Any = to("Series")
    series_id: int
    person: Any = to("Person")
    person_id: int
    role_name = fields.CharField(max_length=TITLE.value)
    at = InstantField()
    ended_at: Any = InstantField(null=True)

    class Meta:
        table = "standing_sign_up"


class Application(Model):
    """Somebody who would like to do it, where the organisation looks at people first."""

    id = IdField()
    opportunity: Any = to("Opportunity")
    opportunity_id: int
    person: Any = to("Person")
    person_id: int
    answers: Any = fields.JSONField()
    state = fields.CharEnumField(ApplicationState, max_length=9)
    version = fields.IntField(default=1)
    at = InstantField()
    decided_by_id = fields.BigIntField(null=True)
    decided_at: Any = InstantField(null=True)
    trial_until: Any = fields.DateField(null=True)
    reason = fields.CharField(max_length=REASON.value, null=True)  # of who declined

    class Meta:
        table = "application"


class ApplicationReference(Model):
    """What somebody else said of an applicant, as a coordinator wrote it down."""

    id = IdField()
    application: Any = to("Application")
    application_id: int
    person: Any = to("Person")  # who applied
    person_id: int
    words = fields.CharField(max_length=ANSWER.value)
    recorded_by_id = fields.BigIntField()
    at = InstantField()

    class Meta:
        table = "application_reference"


class Qualification(Model):
    """What somebody can do: as they say, or as an organisation that trained them says."""

    id = IdField()
    person: Any = to("Person")
    person_id: int
    term: Any = to("Term")
    term_id: int
    organisation: Any = to("Organisation", null=True)  # null: they say it themselves
    organisation_id: int | None
    expires_on: Any = fields.DateField(null=True)  # the last day on which it is good
    at = InstantField()
    withdrawn_at: Any = InstantField(null=True)

    class Meta:
        table = "qualification"


class AttendanceItem(Model):
    """What a coordinator's device wrote down while it was offline, and what was made of it."""

    id = IdField()
    shift: Any = to("Shift")
    shift_id: int
    client_id = fields.CharField(max_length=CLIENT_ID.value)
    sign_up: Any = to("SignUp")
    sign_up_id: int
    arrived = fields.BooleanField()  # else they went
    at = InstantField()  # as the device has it
    decision = fields.CharEnumField(ItemDecision, max_length=8)
    code = fields.CharField(max_length=64, null=True)  # why not
    received_at = InstantField()

    class Meta:
        table = "attendance_item"
        unique_together = (("shift_id", "client_id"),)
