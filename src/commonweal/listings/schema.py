"""The shop window in the API: `search`, and a type for each kind of listing."""

from typing import Any

import graphene

from commonweal.graph.declare import (
    Announced,
    ByKey,
    Column,
    Computed,
    Expression,
    First,
    Groups,
    Key,
    Many,
    One,
    Remark,
    kind_of,
    rows_of,
)
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON
from commonweal.kernel.ids import write_id
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

from . import openings, queries, queries_words, rules, tables
from . import queries_clusters as clusters

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


def filters() -> dict[str, Any]:
    """What `queries.found` goes by: the arguments of whatever searches the window."""
    return {
        "words": graphene.String(
            description="Only what has every word, or a form of it; the last may be unfinished. "
            "A word that nobody knows is taken for the known word that is most like it."
        ),
        "near": NearInput(),
        "area": graphene.ID(description="Only in this area: a council, a ward, a parish."),
        "inside": GeoJSON(description="Only inside this polygon, of at most 1,000 vertices."),
        "kinds": graphene.List(graphene.NonNull(ListingKind)),
        "categories": graphene.List(graphene.NonNull(graphene.String)),
        "open_on": graphene.Date(description="Only what can be visited on this day."),
        "open_at": graphene.DateTime(
            description="Only what can be visited at this instant; without a zone, civil time."
        ),
    }


class Cluster(graphene.ObjectType):
    """The listings in one cell of a map's grid."""

    planned = True

    count = Expression(graphene.Int, lambda row, *_: row.count, required=True)
    centre = Computed(
        GeoJSON,
        clusters.centre,
        needs=("longitudes", "latitudes", "count"),
        required=True,
        description="Where they are on average.",
    )
    box = Computed(
        graphene.List(graphene.NonNull(graphene.Float)),
        lambda *sides: list(sides),
        needs=("west", "south", "east", "north"),
        required=True,
        description="How far they reach, as GeoJSON has it: west, south, east, north.",
    )
    listing_id = Computed(
        graphene.ID,
        lambda number: number and write_id("lst", number),
        needs=("only",),
        description="The only listing of the cell, where there is but one.",
    )


class Query(graphene.ObjectType):
    clusters = Groups(
        Cluster,
        Listing,
        where=queries.found,
        each=clusters.each,
        shapes=("words",),
        by=clusters.BY,
        values=clusters.values,
        **filters(),
        box=BoxInput(required=True),
        zoom=graphene.Int(
            required=True,
            description=f"The map's, from {clusters.MIN_ZOOM} to {clusters.MAX_ZOOM.value}: how "
            "fine the cells are.",
        ),
        description="What `search` would find in a box, gathered for a map.",
    )
    listing = ByKey(Listing)
    search = Many(
        Listing,
        name="Search",
        where=queries.found,
        sort=queries.in_order,
        named=queries.named_order,
        shapes=("order", "kinds", "words"),
        **filters(),
        box=BoxInput(),
        order=ListingOrder(
            description="Unless given: the best match first with `words`, else the nearest first "
            "with `near`, else the newest."
        ),
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
            ),
            "understood_as": Remark(
                graphene.String,
                queries_words.understood_as,
                description="The words that were looked for, where one of `words` is not known "
                "and another like it is; null where they are those that were asked for.",
            ),
        },
        description="What is open to the public now: near, inside, of a kind, in an order.",
    )


@rows_of(tables.Listing)
class ListingChange(graphene.ObjectType):
    """A listing that was published, taken back, closed or corrected."""

    id = Key("lst")
    listing = One(Listing, by="id", description="As it is now; null when it left the window.")
    at = Expression(
        graphene.DateTime,
        queries.this_instant,
        required=True,
        description="The instant at which it was so.",
    )


class Subscription(graphene.ObjectType):
    listing_changed = Announced(
        ListingChange,
        topic=rules.TOPIC,
        where=queries.changed,
        area=graphene.ID(description="Only in this area."),
        near=NearInput(),
        kinds=graphene.List(graphene.NonNull(ListingKind)),
        description="Each listing that comes, changes or goes: near, in an area, of a kind.",
    )


types = list(LISTING_TYPES.values())
