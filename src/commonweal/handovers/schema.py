"""Rounds and cases in the API."""

import graphene

from commonweal.assets.schema import Asset
from commonweal.graph.declare import ByKey, Key, Many, One, rows_of
from commonweal.graph.history import history
from commonweal.graph.node import Node
from commonweal.graph.scalars import JSON
from commonweal.people.schema_organisations import Organisation
from commonweal.places.schema import Area

from . import queries, rules, rules_assessment, tables

CaseState = graphene.Enum.from_enum(rules.CaseState)
Stage = graphene.Enum.from_enum(rules.Stage)
LastResort = graphene.Enum.from_enum(rules_assessment.LastResort)


@rows_of(tables.RoundStage)
class RoundStage(graphene.ObjectType):
    """A stage of a round, and its last instant, which still belongs to it."""

    id = Key("rst")
    stage = Stage(required=True)
    ends_at = graphene.DateTime(required=True)


@rows_of(tables.Round, standing=queries.ROUND)
class Round(graphene.ObjectType):
    """A timetable that cases share, and what bids are assessed by: fixed since it was opened."""

    class Meta:
        interfaces = (Node,)

    id = Key("rnd")
    title = graphene.String(required=True)
    questions = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What an expression of interest answers.",
    )
    criteria = JSON(
        required=True, description="[{name, weight, scale, least}], weights per 10,000."
    )
    ties = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Of tied bids the better in these criteria, in their order, is first.",
    )
    last_resort = LastResort(required=True)
    public_key = graphene.String(
        required=True, description="X25519, in hexadecimal: bids are sealed for it."
    )
    holders_needed = graphene.Int(
        description="How many holders of the key open bids together; null where the service does."
    )
    opened_at = graphene.DateTime(required=True)
    bids_opened_at = graphene.DateTime(description="Null until they are.")
    version = graphene.Int(required=True)
    council = One(Area, by="council")
    stages = Many(RoundStage, by="round", sort=queries.by_end)
    cases = Many(lambda: Case, by="round")


@rows_of(tables.Case, standing=queries.CASE)
class Case(graphene.ObjectType):
    """One asset's way to a group, from its proposal to the keys and back; or a service's."""

    class Meta:
        interfaces = (Node,)

    id = Key("cas")
    state = CaseState(required=True)
    version = graphene.Int(required=True)
    title = graphene.String(required=True)
    summary = graphene.String()
    answers = JSON(
        description="{question: yes or no}, of the four that keep it from being offered."
    )
    began_on = graphene.Date(required=True)
    reason = graphene.String(description="Why it was withheld, withdrawn or not awarded.")
    frozen_at = CaseState(description="Where it stood when an appeal stopped it.")
    rules = JSON(
        required=True, description="{name: value}: what held on its first day holds for all of it."
    )
    asset = One(Asset, by="asset", description="Null where a service is to be taken over.")
    council = One(Area, by="council")
    round = One(Round, by="round", description="Null until it is offered.")
    proposer = One(Organisation, by="proposer", description="The group that proposed it.")
    history = history("its council's officers")


class Query(graphene.ObjectType):
    case = ByKey(Case)
    cases = Many(
        Case,
        where=queries.cases_asked,
        sort=queries.newest,
        council=graphene.ID(),
        states=graphene.List(graphene.NonNull(CaseState)),
        description="Cases of whatever state, the newest first.",
    )
    round = ByKey(Round)
    rounds = Many(Round, where=queries.rounds_asked, sort=queries.newest, council=graphene.ID())


extends = {
    "Asset": {
        "cases": Many(
            Case, by="asset", sort=queries.newest, description="Its ways to a group, newest first."
        )
    }
}
