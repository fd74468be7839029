"""Erasing, in the API. What is held is read at /me.json (web/me.py)."""

from typing import Any

import graphene

from commonweal.graph.mutation import Command, Reference
from commonweal.messages.rules import AddressNotUsable
from commonweal.people import rules_organisations as organisations
from commonweal.people.rules import AlreadyClaimed, TooManyTries
from commonweal.people.rules_households import CardNeeded, LastAdult, OfAge
from commonweal.people.schema import CODE, PROVING, Person
from commonweal.people.schema_households import Child

from . import actions, rules

LEAVING: Any = [
    rules.StillOwner,
    LastAdult,
    CardNeeded,
    organisations.OrganisationEnded,
    organisations.StillLeads,
    organisations.StillActsForPeople,
]


class Mutation(graphene.ObjectType):
    request_erasure_code = Command(
        actions.request_erasure_code, refuses=[rules.NoAddress, AddressNotUsable, TooManyTries]
    )
    erase_me = Command(
        actions.erase_me,
        input={"code": CODE},
        refuses=[*PROVING, rules.NoAddress, *LEAVING],
    )
    erase_child = Command(
        actions.erase_child,
        subject="child_id",
        input={"child_id": Reference(Child)},
        refuses=[OfAge, *LEAVING],
    )
    erase_person = Command(
        actions.erase_person,
        subject="person_id",
        input={"person_id": Reference(Person)},
        refuses=[AlreadyClaimed, *LEAVING],
    )
