"""The shop window in the API: `search`, and a type for each kind of listing."""

import graphene

from commonweal.graph.declare import (
    ByKey,
    Column,
    Computed,
    Expression,
    First,
    Key,
    Many,
    One,
    kind_of,
    rows_of,
)
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON
from commonweal.places import queries as places
from commonweal.places.schema import (
    Area,
    BoxInput,
    NearInput,
    PlaceMatch,
    areas_of,
    distance_field,
)
from commonweal.places.spatial import geojson

from . import openings, queries, rules, tables

ListingKind = graphene.Enum.from_enum(rules.ListingKind)
ListingState = graphene.Enum.from_enum(rules.ListingState)
ListingOrder = graphene.Enum.from_enum(rules.ListingOrder)
Weekday = graphene.Enum.from_enum(openings.Weekday)


class OpeningInput(graphene.InputObjectType):
    """When it can be visited: weekly, or on one day instead of what is weekly."""

    weekday = graphene.InputField(Weekday)
    on = graphene.Date()
    opens = graphene.Time(description="In the place's own time, to the minute.")
    closes = graphene.Time(description="00:00 is the end of the day. Neither time: closed then.")


@rows_of(tables.ListingOpening)
class Opening(graphene.ObjectType):
    """When it can be visited: weekly, or on one day instead of what is weekly."""

    id = Key("lso")
    weekday = Computed(Weekday, openings.of_number, needs=("weekday",))
    on = Column(graphene.Date, "on_day")
    opens = Computed(graphene.Time, openings.of_minute, needs=("opens_minute",))
    closes = Computed(graphene.Time, openings.of_minute, needs=("closes_minute",))


@rows_of(tables.Listing, standing=queries.STANDING, kind="kind")
class Listing(graphene.Interface):
    """Something in the shop window, or that was."""

    id = graphene.ID(required=True)
    kind = ListingKind(required=True)
    state = ListingState(required=True)
    title = graphene.String(required=True)
    summary = graphene.String()
    category = graphene.String(required=True)
    address = graphene.String()
    location = Expression(
        GeoJSON,
        lambda row, *_: geojson(row.location),
        description="Null where it is listed but not on the map.",
    )
    distance = distance_field()
    published_at = graphene.DateTime(required=True)
    closes_at = graphene.DateTime(description="The instant from which it is no longer open.")
    council = One(Area, by="council")
    areas = areas_of("The council, ward and parish in which it lies.")
    openings = Many(Opening, by="listing", description="When it can be visited.")


def listing_type(kind: rules.ListingKind) -> type:
    """A kind's type. What only it has, the room with its subject adds (`extends`)."""
    meta = type("Meta", (), {"interfaces": (Node, Listing)})
    doc = f"A listing of the kind {kind.name}."
    body = {"id": Key("lst"), "Meta": meta, "__doc__": doc}
    made = type(f"{kind.name.title()}Listing", (graphene.ObjectType,), body)
    declared: type = kind_of(Listing, kind)(made)
    return declared


LISTING_TYPES = {kind: listing_type(kind) for kind in rules.ListingKind}
AssetListing = LISTING_TYPES[rules.ListingKind.ASSET]


class Query(graphene.ObjectType):
    listing = ByKey(Listing)
    search = Many(
        Listing,
        name="Search",
        where=queries.found,
        sort=queries.in_order,
        shapes=("order",),
        near=NearInput(),
        area=graphene.ID(description="Only in this area."),
        box=BoxInput(),
        inside=GeoJSON(description="Only inside this polygon, of at most 1,000 vertices."),
        kinds=graphene.List(graphene.NonNull(ListingKind)),
        categories=graphene.List(graphene.NonNull(graphene.String)),
        open_on=graphene.Date(description="Only what can be visited on this day."),
        open_at=graphene.DateTime(
            description="Only what can be visited at this instant; without a zone, civil time."
        ),
        order=ListingOrder(description="Nearest first with `near`, else newest, unless given."),
        on_edge={
            "distance": Expression(
                graphene.Float,
                queries.distance,
                description="Metres from the point of `near`, to the millimetre.",
            )
        },
        on_list={
            "centre": First(
                PlaceMatch,
                where=places.named,
                sort=places.likeliest,
                description="The place that `near` named; null where no such place is known.",
            )
        },
        description="What is open to the public now: near, inside, of a kind, in an order.",
    )


types = list(LISTING_TYPES.values())
