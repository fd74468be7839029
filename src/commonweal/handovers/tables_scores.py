"""Who scores, every score that was given, and every result that came of them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField


class Scorer(Model):
    """Somebody on a round's panel; one with an interest stays on it, and sees nothing any more."""

    id = IdField()
    round: Any = fields.ForeignKeyField("commonweal.Round", related_name=False, on_delete=KEEP)
    round_id: int
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    named_at = InstantField()
    conflicted_at: Any = InstantField(null=True)
    interest = fields.TextField(null=True)  # what was declared, or was found

    class Meta:
        table = "scorer"
        unique_together = (("round_id", "person_id"),)


class Score(Model):
    """Points for a bid on a criterion. Append-only: the scorer's next one takes its place."""

    id = IdField()
    case: Any = fields.ForeignKeyField("commonweal.Case", related_name=False, on_delete=KEEP)
    case_id: int
    bid: Any = fields.ForeignKeyField("commonweal.Bid", related_name=False, on_delete=KEEP)
    bid_id: int
    scorer: Any = fields.ForeignKeyField("commonweal.Scorer", related_name=False, on_delete=KEEP)
    scorer_id: int
    number = fields.IntField()  # of the case's scores: the later, the higher
    criterion = fields.CharField(max_length=100)
    points = fields.SmallIntField()
    reason = fields.TextField()
    given_at = InstantField()

    class Meta:
        table = "score"
        unique_together = (("case_id", "number"),)


class Result(Model):
    """What the scores of a case came to, and why it was computed again. Append-only."""

    id = IdField()
    case: Any = fields.ForeignKeyField("commonweal.Case", related_name=False, on_delete=KEEP)
    case_id: int
    number = fields.IntField()
    cause = fields.TextField()
    totals: Any = fields.JSONField()  # as assessing writes them, and the API documents
    places: Any = fields.JSONField()  # [[bid]], the best first
    sensitivity: Any = fields.JSONField()  # what would change the winner
    voided: Any = fields.JSONField()  # [scorer], whose scores no longer count
    computed_at = InstantField()

    class Meta:
        table = "result"
        unique_together = (("case_id", "number"),)
