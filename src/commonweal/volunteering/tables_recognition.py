"""What is said to others of somebody's time."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.people.rules import MAX_NAME
from commonweal.people.rules_organisations import MAX_ORGANISATION_NAME
from commonweal.store.fields import IdField, InstantField, to

from .rules_recognition import CODE_LETTERS, GROUP


class Certificate(Model):
    """So many minutes that somebody gave an organisation in some days, as approved when issued."""

    id = IdField()
    person: Any = to("Person")
    person_id: int
    organisation: Any = to("Organisation")
    organisation_id: int
    name = fields.CharField(max_length=MAX_NAME)  # both as they were called then
    organisation_name = fields.CharField(max_length=MAX_ORGANISATION_NAME)
    since = fields.DateField()
    until = fields.DateField()  # the last day
    begins_at = InstantField()  # of the same days: [begins_at, over_at)
    over_at = InstantField()
    minutes = fields.IntField()
    shifts = fields.IntField()  # claims, one of each shift, or of work outside any
    code = fields.CharField(max_length=CODE_LETTERS.value * (GROUP + 1) // GROUP - 1, unique=True)
    issued_at = InstantField()
    revoked_at: Any = InstantField(null=True)

    class Meta:
        table = "certificate"
