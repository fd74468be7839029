"""Whom to call, in the API."""

import graphene

from commonweal.graph.declare import Key, Many, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.people.rules import PhoneUnlikely
from commonweal.people.rules_households import OfAge
from commonweal.people.schema import Me
from commonweal.people.schema_households import Child

from . import actions_emergency as actions
from . import queries, queries_emergency, rules, tables_emergency


@rows_of(tables_emergency.EmergencyContact, standing=queries_emergency.EMERGENCY_CONTACT)
class EmergencyContact(graphene.ObjectType):
    """Whom to call if something happens to somebody: for them, who cares for them, and who
    coordinates a shift of theirs, some hours before it and after.
    """

    class Meta:
        interfaces = (Node,)

    id = Key("emc")
    name = graphene.String(required=True)
    phone = graphene.String(required=True)
    set_at = graphene.DateTime(required=True)


OF_CHILD = {"child_id": Reference(Child, required=False)}


class Mutation(graphene.ObjectType):
    set_emergency_contact = Command(
        actions.set_emergency_contact,
        input={
            **OF_CHILD,
            "name": graphene.String(required=True),
            "phone": graphene.String(required=True),
        },
        result={"contact": EmergencyContact},
        refuses=[rules.TextUnfit, PhoneUnlikely, OfAge],
    )
    forget_emergency_contact = Command(
        actions.forget_emergency_contact, input=OF_CHILD, result={"me": Me}, refuses=[OfAge]
    )


THEIRS = Many(
    EmergencyContact,
    by="person",
    sort=queries.in_line,
    description="Whom to call if something happens: one, or none.",
)
extends = {
    "Me": {"emergency_contacts": THEIRS},
    "Child": {"emergency_contacts": THEIRS},
    "SignUp": {
        "emergency_contacts": Many(
            EmergencyContact,
            through=queries_emergency.of_sign_up,
            sort=queries.in_line,
            description="For who coordinates the shift, around its time: one, or none.",
        )
    },
}
