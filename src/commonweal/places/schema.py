"""Areas and places in the API."""

import graphene

from commonweal.graph.declare import ByKey, Expression, First, Key, Many, One, rows_of
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON

from . import queries, rules, tables
from .spatial import geojson, metres

AreaKind = graphene.Enum.from_enum(rules.AreaKind)
PlaceKind = graphene.Enum.from_enum(rules.PlaceKind)
AREA_KINDS = graphene.List(graphene.NonNull(AreaKind))
PLACE_KINDS = graphene.List(graphene.NonNull(PlaceKind))


class PointInput(graphene.InputObjectType):
    """A point in WGS84 degrees."""

    longitude = graphene.Float(required=True)
    latitude = graphene.Float(required=True)


class NearInput(graphene.InputObjectType):
    """A circle: around a point, or around a place by its name or postcode."""

    longitude = graphene.Float()
    latitude = graphene.Float()
    place = graphene.String(description="A postcode, a district, a town: `gl50 1dy`, `GL50`.")
    within_metres = graphene.Float(default_value=float(rules.DEFAULT_RADIUS_METRES))


class BoxInput(graphene.InputObjectType):
    """A box in degrees; west beyond east means that it crosses 180 degrees."""

    west = graphene.Float(required=True)
    south = graphene.Float(required=True)
    east = graphene.Float(required=True)
    north = graphene.Float(required=True)


def distance_field(column: str = "location") -> Expression:
    """`distance(from:)` of anything with a location, by a column that everybody may see."""
    return Expression(
        graphene.Float,
        lambda row, args, _: metres(getattr(row, column), queries.point_given(args.get("from_"))),
        from_=graphene.Argument(PointInput, name="from", required=True),
        description="Metres on the ellipsoid, to the millimetre.",
    )


@rows_of(tables.Area, standing=queries.STANDING)
class Area(graphene.ObjectType):
    """A council's, ward's or parish's ground, from one day until another."""

    class Meta:
        interfaces = (Node,)

    id = Key("are")
    kind = AreaKind(required=True)
    code = graphene.String(required=True, description="As a rule the GSS code.")
    name = graphene.String(required=True)
    name_cy = graphene.String(description="In Welsh, where it has one.")
    valid_from = graphene.Date(required=True)
    valid_until = graphene.Date(description="The first day on which it was no longer valid.")
    shape = Expression(GeoJSON, lambda row, *_: geojson(row.shape))
    council = One(lambda: Area, by="council")
    licence = graphene.String(required=True)


@rows_of(tables.Place)
class Place(graphene.ObjectType):
    """An entry of the gazetteer: a postcode, a district, a town, a village."""

    class Meta:
        interfaces = (Node,)

    id = Key("plc")
    kind = PlaceKind(required=True)
    name = graphene.String(required=True)
    qualifier = graphene.String(required=True, description="Tells two places of one name apart.")
    location = Expression(GeoJSON, lambda row, *_: geojson(row.location), required=True)
    distance = distance_field()


@rows_of(tables.Place)
class PlaceMatch(graphene.ObjectType):
    """What a name or a postcode was taken to mean: the place is one thing, the match another."""

    place = One(Place, by="id")
    approximate = Expression(
        graphene.Boolean,
        queries.approximate,
        required=True,
        description="True where a full postcode was asked for and its district answers.",
    )


def areas_of(description: str) -> Many:
    """The areas in which something with a location lies."""
    return Many(
        Area,
        through=queries.areas_around,
        where=queries.areas_asked,
        sort=queries.by_kind_and_name,
        kinds=AREA_KINDS,
        on=graphene.Date(description="As they were on this day; today unless given."),
        description=description,
    )


class Query(graphene.ObjectType):
    area = ByKey(Area)
    areas = Many(
        Area,
        where=queries.areas_asked,
        sort=queries.by_kind_and_name,
        kinds=AREA_KINDS,
        at=PointInput(description="Only areas that cover this point, on their border too."),
        on=graphene.Date(description="As they were on this day; today unless given."),
        code=graphene.String(),
        within=graphene.ID(description="Only the wards and parishes of this council."),
        name_=graphene.Argument(
            graphene.String,
            name="name",
            description="Only areas whose name begins so, in English or in Welsh.",
        ),
    )
    place = First(
        PlaceMatch,
        where=queries.named,
        sort=queries.likeliest,
        matching=graphene.String(required=True),
        description="The place that a name or a postcode means, however it is typed.",
    )
    places = Many(
        Place,
        where=queries.begins_with,
        sort=queries.by_rank_and_name,
        matching=graphene.String(description="Only places whose name begins so."),
        kinds=PLACE_KINDS,
    )
