"""Whom I blocked, in the API."""

import graphene

from commonweal.graph.declare import Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference

from . import actions_blocks as actions
from . import queries, rules, tables_blocks
from .schema import Me, Person


@rows_of(tables_blocks.Block, standing=queries.BLOCK)
class Block(graphene.ObjectType):
    """Somebody whom I want to hear nothing from."""

    id = Key("blk")
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
    unblock_person = Command(
        actions.unblock_person,
        subject="block_id",
        input={"block_id": Reference(Block)},
        result={"me": Me},
    )


extends = {"Me": {"blocked": Many(Block, by="person", description="Whom I blocked.")}}
