"""Rounds, and the cases that share their timetables."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules import CaseState, Stage
from .rules_assessment import LastResort
from .rules_texts import TITLE


class CouncilRule(Model):
    """A number or a consent that a council sets for cases that begin on or after a day.

    Append-only: a later row of the name takes its place, and what it was stays known.
    """

    id = IdField()
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    name = fields.CharField(max_length=40)  # a field of rules_defaults.Rules
    value = fields.TextField()  # as JSON: a whole number or a text
    since = fields.DateField()
    citation = fields.TextField()
    set_at = InstantField()

    class Meta:
        table = "council_rule"


class Round(Model):
    """What bidders rely on, fixed from its beginning: the database lets only the last three change.

    Its ends are rows of their own, which an officer may put off.
    """

    id = IdField()
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    title = fields.CharField(max_length=TITLE.value)
    questions: Any = fields.JSONField()  # [text], of an expression of interest
    criteria: Any = fields.JSONField()  # [{name, weight, scale, least}]
    ties: Any = fields.JSONField()  # [name], of criteria
    last_resort = fields.CharEnumField(LastResort, max_length=8)
    hides_number = fields.BooleanField()  # how many bids there are, until they are opened
    public_key = fields.CharField(max_length=64)  # in hexadecimal; whose other half, round_keys
    holders_needed = fields.SmallIntField(null=True)  # null: the key folder has the private half
    opened_at = InstantField()
    bids_opened_at: Any = InstantField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "round"


class RoundStage(Model):
    """The last instant of a stage of a round."""

    id = IdField()
    round: Any = fields.ForeignKeyField("commonweal.Round", related_name=False, on_delete=KEEP)
    round_id: int
    stage = fields.CharEnumField(Stage, max_length=16)
    ends_at = InstantField()

    class Meta:
        table = "round_stage"
        unique_together = (("round_id", "stage"),)


class Case(Model):
    """One asset's way to a group, or a service's, which is no asset and has a title only.

    Of an asset at most one is on offer (`rules.ON_OFFER`): an index sees to it.
    """

    id = IdField()
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    asset: Any = fields.ForeignKeyField(
        "commonweal.Asset", related_name=False, null=True, on_delete=KEEP
    )
    asset_id: int | None
    round: Any = fields.ForeignKeyField(
        "commonweal.Round", related_name=False, null=True, db_index=True, on_delete=KEEP
    )
    round_id: int | None
    state = fields.CharEnumField(CaseState, max_length=16)
    version = fields.IntField(default=1)
    title = fields.CharField(max_length=TITLE.value)
    summary: Any = fields.TextField(null=True)
    proposer: Any = fields.ForeignKeyField(  # the group that proposed it; null: an officer did
        "commonweal.Organisation", related_name=False, null=True, on_delete=KEEP
    )
    proposer_id: int | None
    answers: Any = fields.JSONField(null=True)  # {question: bool}, of the four that block
    rules: Any = fields.JSONField()  # {name: value}: those of its first day, for ever
    began_on = fields.DateField()
    listing_id = fields.BigIntField(null=True)  # in the shop window, while groups are asked for
    frozen_at: Any = fields.CharEnumField(CaseState, max_length=16, null=True)  # by an appeal
    reason = fields.TextField(null=True)  # why it was withheld, withdrawn, or not awarded

    class Meta:
        table = "handover_case"


class CaseQuestion(Model):
    """A question about a case, and its answer, which goes to everybody."""

    id = IdField()
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    asker_id = fields.BigIntField(null=True)  # the person; nobody else is told who asked
    text = fields.TextField()
    asked_at = InstantField()
    answer = fields.TextField(null=True)
    answered_at: Any = InstantField(null=True)

    class Meta:
        table = "case_question"


class CaseDocument(Model):
    """A file that everybody may read: a plan, a survey, an advert."""

    id = IdField()
    case: Any = fields.ForeignKeyField(
        "commonweal.Case", related_name=False, db_index=True, on_delete=KEEP
    )
    case_id: int
    file_id = fields.BigIntField()
    title = fields.CharField(max_length=TITLE.value)
    published_at = InstantField()

    class Meta:
        table = "case_document"
        unique_together = (("case_id", "file_id"),)


class Watch(Model):
    """Who is told by mail when something public happened to an asset."""

    id = IdField()
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    asset: Any = fields.ForeignKeyField(
        "commonweal.Asset", related_name=False, db_index=True, on_delete=KEEP
    )
    asset_id: int
    since = InstantField()
    seen_until: Any = InstantField()  # what happened before it was told already
    last_told_on: Any = fields.DateField(db_index=True)  # the last civil day that was seen to

    class Meta:
        table = "watch"
        unique_together = (("person_id", "asset_id"),)
