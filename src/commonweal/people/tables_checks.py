"""DBS checks, and who read them. No column can hold a certificate: neither number nor text."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, IdField, InstantField

from .rules_checks import CheckLevel, CheckOutcome


class Check(Model):
    """What an organisation made of a member's DBS check."""

    id = IdField()
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    check_level = fields.CharEnumField(CheckLevel, max_length=26)
    outcome = fields.CharEnumField(CheckOutcome, max_length=18)
    checked_on = fields.DateField()
    expires_on = fields.DateField()  # the last day on which it is good
    checker: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    checker_id: int
    created_at = InstantField()
    withdrawn_at: Any = InstantField(null=True)

    class Meta:
        table = "dbs_check"


class CheckReading(Model):
    """That somebody read what an organisation has of a person's checks."""

    id = IdField()
    organisation: Any = fields.ForeignKeyField(
        "commonweal.Organisation", related_name=False, db_index=True, on_delete=KEEP
    )
    organisation_id: int
    person: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    person_id: int
    reader: Any = fields.ForeignKeyField(
        "commonweal.Person", related_name=False, db_index=True, on_delete=KEEP
    )
    reader_id: int
    at = InstantField()

    class Meta:
        table = "check_reading"
