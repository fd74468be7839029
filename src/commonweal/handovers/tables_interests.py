"""Who asks first: expressions of interest."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules_interests import InterestState, Verdict


class ExpressionOfInterest(Model):
    """That a group is interested in a case, its answers, and what the council makes of each.

    A group has one that stands in a case: an index sees to it.
    """

    id = IdField()
    case: Any = fields.ForeignKeyField("commonweal.Case", related_name=False, on_delete=KEEP)
    case_id: int
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    state = fields.CharEnumField(InterestState, max_length=10)
    version = fields.IntField(default=1)
    answers: Any = fields.JSONField()  # [{question, answer}]
    judgements: Any = fields.JSONField(null=True)  # [{question, verdict, caveat}]
    verdict: Any = fields.CharEnumField(Verdict, max_length=20, null=True)
    expressed_at = InstantField()
    judged_at: Any = InstantField(null=True)

    class Meta:
        table = "expression_of_interest"
