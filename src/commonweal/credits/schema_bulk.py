"""Grants from a file in the API: for who grants from the pot."""

import graphene

from commonweal.files.schema import File
from commonweal.graph.declare import Column, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import Amount
from commonweal.kernel.lifecycle import WrongState

from . import actions_bulk, queries, rules, rules_bulk, tables_bulk
from .schema import Grant, Pot

LineState = graphene.Enum.from_enum(rules_bulk.LineState)


@rows_of(tables_bulk.GrantLine, standing=queries.GRANT_LINE)
class GrantLine(graphene.ObjectType):
    """A line of a file of grants, and what became of it."""

    line = Column(graphene.Int, "number", required=True, description="In the file; 1 is the head.")
    minutes = Amount()
    purpose = graphene.String(required=True)
    state = LineState(required=True)
    code = graphene.String(description="Why it was refused, as an error's code.")
    grant = One(Grant, by="grant")


@rows_of(tables_bulk.GrantFile, standing=queries.OF_POT)
class GrantFile(graphene.ObjectType):
    """A file of grants from a pot; in a run, somebody is granted once for a purpose."""

    class Meta:
        interfaces = (Node,)

    id = Key("grf")
    name = graphene.String(required=True)
    reference = graphene.String(required=True)
    read_at = graphene.DateTime(required=True)
    pot = One(Pot, by="pot")
    lines = Many(GrantLine, by="file", sort=queries.by_number)


class Mutation(graphene.ObjectType):
    grant_from_file = Command(
        actions_bulk.grant_from_file,
        subject="pot_id",
        input={
            "pot_id": Reference(Pot),
            "file_id": Reference(File),
            "reference": graphene.String(
                required=True, description="Of the run: in one, a line is granted once."
            ),
        },
        result={"file": GrantFile, "pot": Pot},
        refuses=[
            WrongState,
            rules.WordsUnfit,
            rules_bulk.GrantsUnreadable,
            rules_bulk.TooManyLines,
        ],
        prepare=actions_bulk.lines_of,
    )


extends = {"Pot": {"grant_files": Many(GrantFile, by="pot", sort=queries.newest)}}
