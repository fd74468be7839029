"""The rooms' parts of the schema, merged and checked.

A room exports `Query`, `Mutation`, `types`, and `extends`: fields that it adds to a lower room's
types. Building fails when an operation lacks its row in `access`, or a row its operation.
"""

from typing import Any, Final

import graphene

from commonweal.assets import schema as assets
from commonweal.assets import schema_proposals as proposals
from commonweal.assets import schema_registers as registers
from commonweal.clocks import schema as clocks
from commonweal.credits import schema as credits_
from commonweal.credits import schema_bulk as bulk
from commonweal.credits import schema_wallets as wallets
from commonweal.exchanges import schema as exchanges
from commonweal.files import schema as files
from commonweal.graph.checks import check
from commonweal.graph.declare import ByKey
from commonweal.graph.node import Node
from commonweal.handovers import schema as handovers
from commonweal.handovers import schema_awards as awards
from commonweal.handovers import schema_bids as bids
from commonweal.handovers import schema_decisions as decisions
from commonweal.handovers import schema_interests as interests
from commonweal.handovers import schema_questions as questions
from commonweal.handovers import schema_rounds as rounds
from commonweal.handovers import schema_scores as scores
from commonweal.handovers import schema_timeline as timeline
from commonweal.ledger import schema as ledger
from commonweal.listings import schema as listings
from commonweal.listings import schema_searches as searches
from commonweal.people import schema as people
from commonweal.people import schema_blocks as blocks
from commonweal.people import schema_cards as cards
from commonweal.people import schema_checks as checks
from commonweal.people import schema_households as households
from commonweal.people import schema_organisations as organisations
from commonweal.people import schema_partners as partners
from commonweal.people import schema_passkeys as passkeys
from commonweal.places import schema as places
from commonweal.privacy import schema as privacy
from commonweal.safety import schema as safety
from commonweal.volunteering import schema as volunteering
from commonweal.volunteering import schema_calendars as calendars
from commonweal.volunteering import schema_emergency as emergency
from commonweal.volunteering import schema_expenses as expenses
from commonweal.volunteering import schema_hours as hours
from commonweal.volunteering import schema_recognition as recognition
from commonweal.volunteering import schema_signups as sign_ups
from commonweal.volunteering import schema_totals as totals

ROOMS: Final = (
    assets,
    proposals,
    registers,
    awards,
    bids,
    bulk,
    calendars,
    clocks,
    credits_,
    decisions,
    emergency,
    exchanges,
    expenses,
    files,
    handovers,
    hours,
    interests,
    ledger,
    listings,
    blocks,
    cards,
    checks,
    households,
    organisations,
    partners,
    passkeys,
    people,
    places,
    privacy,
    rounds,
    questions,
    recognition,
    safety,
    scores,
    searches,
    sign_ups,
    timeline,
    totals,
    volunteering,
    wallets,
)


class AnyNode(graphene.ObjectType):
    node = ByKey(Node, description="Whatever has this id, of those that have pages of their own.")


def build() -> graphene.Schema:
    """The whole schema. Raises TypeError for a declaration that does not hold together."""
    for room in ROOMS:
        for name, fields in getattr(room, "extends", {}).items():
            _type_named(name)._meta.fields.update(fields)
    schema = graphene.Schema(
        query=_merged("Query"),
        mutation=_merged("Mutation"),
        subscription=_merged("Subscription"),
        types=[t for room in ROOMS for t in getattr(room, "types", ())],
    )
    check(schema)
    return schema


def _merged(root: str) -> Any:
    parts = [getattr(room, root) for room in ROOMS if hasattr(room, root)]
    if root == "Query":
        parts.append(AnyNode)
    return type(root, (*parts, graphene.ObjectType), {})


def _type_named(name: str) -> Any:
    """A room's type. Raises TypeError where `extends` names none."""
    for room in ROOMS:
        for found in (*vars(room).values(), *getattr(room, "types", ())):
            if isinstance(found, type) and getattr(found, "_meta", None) and found.__name__ == name:
                return found
    raise TypeError(f"a room extends {name}, which no room has")
