"""What was given in all, in the API: of a group, a cause and a place; and as evidence in a bid."""

import graphene

from commonweal.graph.declare import Expression
from commonweal.graph.scalars import Amount

from . import queries_totals as queries

CAUSE = {"cause": graphene.String(description="The code of a term: of a council, by cause.")}
FEW = "Null of fewer than five people."
WHERE = f"Of a council for a cause, of a ward in all; null of others. {FEW}"
extends = {
    "Organisation": {
        "volunteered_minutes": Expression(
            Amount, queries.minutes_of_organisation, description=f"Worked and approved. {FEW}"
        ),
        "volunteers": Expression(
            graphene.Int, queries.people_of_organisation, description=f"Whose minutes. {FEW}"
        ),
    },
    "Area": {
        "volunteered_minutes": Expression(
            Amount, queries.minutes_of_area, description=f"Worked and approved. {WHERE}", **CAUSE
        ),
        "volunteers": Expression(
            graphene.Int, queries.people_of_area, description=f"Whose minutes. {WHERE}", **CAUSE
        ),
    },
    "Bid": {
        "verified_minutes": Expression(
            Amount,
            queries.minutes_of_bid,
            required=True,
            description="That people gave the bidder, or a consortium's partners: approved.",
        ),
        "verified_volunteers": Expression(
            graphene.Int, queries.people_of_bid, required=True, description="Whose minutes."
        ),
    },
}
