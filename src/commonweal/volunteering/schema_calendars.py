"""A calendar's secret address, in the API."""

import graphene

from commonweal.graph.mutation import Command
from commonweal.graph.payload import Secret
from commonweal.people.schema import Me

from . import actions_calendars as actions

URL = Secret("url", "Shown once: subscribe to it in a calendar. Whoever knows it sees my shifts.")


class Mutation(graphene.ObjectType):
    make_calendar_address = Command(actions.make_calendar_address, result={"me": Me, "url": URL})
    end_calendar_address = Command(actions.end_calendar_address, result={"me": Me})
