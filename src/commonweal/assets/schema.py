"""Assets in the API."""

import graphene

from commonweal.graph.declare import ByKey, Computed, Expression, Key, Link, Many, One, rows_of
from commonweal.graph.history import history
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.openings import OPENING_REFUSALS
from commonweal.listings.rules import (
    ClosesInThePast,
    ClosesTooLate,
    ReasonLength,
    SummaryTooLong,
)
from commonweal.listings.schema import AssetListing, OpeningInput
from commonweal.places.grids import grid_reference
from commonweal.places.schema import Area, areas_of, distance_field
from commonweal.places.spatial import geojson

from . import actions, queries, rules, tables
from .schema_registers import AssetValue, RegisterRow

AssetState = graphene.Enum.from_enum(rules.AssetState)
AssetCategory = graphene.Enum.from_enum(rules.AssetCategory)
Tenure = graphene.Enum.from_enum(rules.Tenure)
Occupation = graphene.Enum.from_enum(rules.Occupation)


@rows_of(tables.Asset, standing=queries.STANDING)
class Asset(graphene.ObjectType):
    """A building or a piece of land of a council, as its register has it."""

    class Meta:
        interfaces = (Node,)

    id = Key("ast")
    state = AssetState(required=True)
    version = graphene.Int(required=True)
    reference = graphene.String(description="The council's own: not always unique.")
    uprn = graphene.String(description="Without leading zeros: not unique per asset.")
    name = graphene.String(required=True)
    street_number = graphene.String()
    street = graphene.String()
    locality = graphene.String()
    post_town = graphene.String()
    postcode = graphene.String()
    address = graphene.String()
    location = Expression(GeoJSON, lambda row, *_: geojson(row.location))
    grid_reference = Computed(
        graphene.String,
        lambda location: location and grid_reference(location),
        needs=("location",),
        description="In the grid of where it lies, which it names by its letters.",
    )
    coordinate_system = graphene.String(description="The one it was published in.")
    distance = distance_field()
    tenure = Tenure(required=True)
    occupation = Occupation(required=True)
    tenure_detail = graphene.String()
    land_only = graphene.Boolean(description="Land only, or land with a permanent building.")
    holding_type = graphene.String(description="In the council's own words.")
    category = AssetCategory(required=True)
    area_square_metres = graphene.Float()
    description = graphene.String()
    reason_for_holding = graphene.String()
    services = graphene.String()
    status_text = graphene.String()
    transfer_status = graphene.String()
    running_costs = graphene.String()
    required_maintenance = graphene.String()
    functional_suitability = graphene.String()
    energy_rating = graphene.String()
    declared_surplus = graphene.Boolean(required=True)
    listable = Expression(graphene.Boolean, queries.listable, required=True)
    not_land_reason = graphene.String(description="Why it may never be listed.")
    council = One(Area, by="council")
    areas = areas_of("The council, ward and parish in which it lies, or lay on a day.")
    listings = Many(
        AssetListing,
        through=lambda owner, row, *_: row.subject_id == owner.key,
        sort=queries.newest_first,
    )
    values = Many(
        AssetValue,
        by="asset",
        where=queries.values_asked,
        sort=queries.newest,
        field=graphene.String(description="Only of this field: its history."),
        description="Every value with its file, row and licence, the newest first.",
    )
    rows = Many(
        RegisterRow,
        link=Link(tables.AssetRow, parent="asset_id", row="row_id"),
        description="The rows of registers that it stands in.",
    )
    history = history("its council's officers")


class Query(graphene.ObjectType):
    asset = ByKey(Asset)
    assets = Many(
        Asset,
        where=queries.asked,
        council=graphene.ID(),
        categories=graphene.List(graphene.NonNull(AssetCategory)),
        states=graphene.List(graphene.NonNull(AssetState)),
        declared_surplus=graphene.Boolean(),
        reference=graphene.String(description="The council's own, in any case."),
        description="Every asset of every register, listed or not.",
    )


class Mutation(graphene.ObjectType):
    publish_listing = Command(
        actions.publish_listing,
        subject="asset_id",
        input={
            "asset_id": Reference(Asset),
            "summary": graphene.String(),
            "closes_on": graphene.Date(description="The last day on which it is open."),
            "openings": graphene.List(
                graphene.NonNull(OpeningInput), description="When it can be visited."
            ),
        },
        result={"listing": AssetListing, "asset": Asset},
        refuses=[
            WrongState,
            rules.NotListable,
            ClosesInThePast,
            ClosesTooLate,
            SummaryTooLong,
            *OPENING_REFUSALS,
        ],
    )
    withdraw_listing = Command(
        actions.withdraw_listing,
        subject="listing_id",
        input={
            "listing_id": Reference(AssetListing),
            "reason": graphene.String(required=True),
        },
        result={"listing": AssetListing, "asset": Asset},
        refuses=[WrongState, ReasonLength],
    )


extends = {"AssetListing": {"asset": One(Asset, by="subject_id", description="What it offers.")}}
