"""DBS checks in the API: one's own, and others' by a reading that is logged. In no other way."""

import graphene

from commonweal.graph.declare import Column, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference

from . import actions_checks as actions
from . import queries_checks as queries
from . import rules_checks as rules
from . import tables_checks as tables
from .rules_organisations import NotAMember, OrganisationEnded
from .schema import Person
from .schema_organisations import Membership, Organisation

CheckLevel = graphene.Enum.from_enum(rules.CheckLevel)
CheckOutcome = graphene.Enum.from_enum(rules.CheckOutcome)


@rows_of(tables.Check, standing=queries.CHECK)
class Check(graphene.ObjectType):
    """What an organisation made of a member's DBS check."""

    id = Key("chk")
    level = Column(CheckLevel, "check_level", required=True)
    outcome = CheckOutcome(required=True)
    checked_on = graphene.Date(required=True)
    expires_on = graphene.Date(required=True, description="The last day on which it is good.")
    created_at = graphene.DateTime(required=True)
    checker = One(Person, by="checker", description="Who recorded it.")
    organisation = One(Organisation, by="organisation")


@rows_of(tables.CheckReading, standing=queries.READING)
class CheckReading(graphene.ObjectType):
    """That somebody read what an organisation has of a person's DBS checks."""

    id = Key("crd")
    at = graphene.DateTime(required=True)
    reader = One(Person, by="reader")
    organisation = One(Organisation, by="organisation")
    checks = Many(Check, through=queries.checks_read, where=queries.not_withdrawn)


OF_MEMBER = {"membership_id": Reference(Membership)}


class Mutation(graphene.ObjectType):
    record_check = Command(
        actions.record_check,
        subject="membership_id",
        input={
            **OF_MEMBER,
            "level": graphene.InputField(CheckLevel, required=True),
            "outcome": graphene.InputField(CheckOutcome, required=True),
            "checked_on": graphene.Date(required=True),
            "expires_on": graphene.Date(
                description=f"The last day on which it is good; else {rules.RECHECK.value} years."
            ),
        },
        result={"membership": Membership},
        refuses=[
            NotAMember,
            OrganisationEnded,
            rules.CheckedInFuture,
            rules.ExpiresTooSoon,
        ],
    )
    read_checks = Command(
        actions.read_checks,
        subject="membership_id",
        input=OF_MEMBER,
        result={"reading": CheckReading},
        refuses=[NotAMember, OrganisationEnded],
    )
    withdraw_check = Command(
        actions.withdraw_check,
        subject="check_id",
        input={"check_id": Reference(Check)},
        refuses=[rules.CheckWithdrawn, NotAMember],
    )


extends = {
    "Me": {
        "checks": Many(
            Check,
            by="person",
            where=queries.not_withdrawn,
            description="What organisations have of my DBS checks.",
        ),
        "check_readings": Many(
            CheckReading, by="person", description="Who read them, and for which organisation."
        ),
    }
}
