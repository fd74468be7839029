"""Whom I blocked, in the API."""

import graphene

from commonweal.graph.declare import Computed, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.kernel.ids import write_id

from . import actions_blocks as actions
from . import queries, rules, tables_blocks
from .schema import Me, Person


@rows_of(tables_blocks.Block, standing=queries.BLOCK)
class Block(graphene.ObjectType):
    """Somebody whom I want to hear nothing from."""

    id = Key("blk")
    person_id = Computed(
        graphene.ID,
        lambda number: write_id("per", number),
        needs=("blocked_id",),
        required=True,
        description="For `unblockPerson`.",
    )
    person = One(Person, by="blocked", description="Null once we share no organisation.")
    since = graphene.DateTime(required=True)


OF_PERSON = {"person_id": Reference(Person)}


class Mutation(graphene.ObjectType):
    block_person = Command(
        actions.block_person,
        subject="person_id",
        input=OF_PERSON,
        result={"me": Me},
        refuses=[rules.BlocksOneself, rules.TooManyBlocks],
    )
    unblock_person = Command(actions.unblock_person, input=OF_PERSON, result={"me": Me})


extends = {"Me": {"blocked": Many(Block, by="person", description="Whom I blocked.")}}
