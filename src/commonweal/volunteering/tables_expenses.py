"""What volunteers paid, and get back."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import IdField, InstantField, to

from .rules import REASON
from .rules_expenses import REFERENCE, WHAT, ExpenseState


class Expense(Model):
    """What somebody paid to be in a shift."""

    id = IdField()
    organisation: Any = to("Organisation")  # that owes it: the shift's
    organisation_id: int
    sign_up: Any = to("SignUp")
    sign_up_id: int
    person: Any = to("Person")
    person_id: int
    pence = fields.IntField()
    what = fields.CharField(max_length=WHAT.value)
    receipt: Any = to("File", null=True)
    receipt_id: int | None
    state = fields.CharEnumField(ExpenseState, max_length=9)
    version = fields.IntField(default=1)
    submitted_at = InstantField()
    decided_by_id = fields.BigIntField(null=True)
    decided_at: Any = InstantField(null=True)
    reason = fields.CharField(max_length=REASON.value, null=True)  # of who declined
    paid_by_id = fields.BigIntField(null=True)
    paid_at: Any = InstantField(null=True)
    reference = fields.CharField(max_length=REFERENCE.value, null=True)  # the bank's

    class Meta:
        table = "expense"
