"""An ordinary Python GraphQL server: graphene's resolvers over Tortoise's models, on Starlette.

As one writes it by the documentation of each: a query for the list, one for each thing it names.
Tortoise knows no places, so that the search itself is SQL by hand, along the same index.
"""

import os
from base64 import urlsafe_b64encode
from contextlib import asynccontextmanager

import graphene
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tortoise import Tortoise, connections, fields
from tortoise.models import Model

POINT = "(SELECT ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 4326))::geography"
NEAREST = """
    SELECT id, ST_AsGeoJSON(location) AS shape, ST_Distance(location::geography, {point}) AS metres
    FROM listing
    WHERE state = 'open' AND kind = '{kind}' AND (closes_at IS NULL OR closes_at > now())
        AND ST_DWithin(location::geography, {point}, $3::float8)
    ORDER BY location::geography <-> {point} LIMIT $4::int
"""


class AreaRow(Model):
    id = fields.BigIntField(primary_key=True)
    name = fields.TextField()

    class Meta:
        table = "area"


class ListingRow(Model):
    id = fields.BigIntField(primary_key=True)
    kind = fields.TextField()
    title = fields.TextField()
    summary = fields.TextField(null=True)
    council = fields.ForeignKeyField("peer.AreaRow", related_name="listings")

    class Meta:
        table = "listing"


class GeoJSON(graphene.Scalar):
    serialize = staticmethod(orjson.loads)


class ListingKind(graphene.Enum):
    ASSET = "ASSET"
    OPPORTUNITY = "OPPORTUNITY"
    SHOP = "SHOP"
    OFFER = "OFFER"


class NearInput(graphene.InputObjectType):
    longitude = graphene.Float(required=True)
    latitude = graphene.Float(required=True)
    within_metres = graphene.Float(default_value=10_000.0)


class Area(graphene.ObjectType):
    id = graphene.ID(required=True)
    name = graphene.String(required=True)


class Listing(graphene.ObjectType):
    id = graphene.ID(required=True)
    title = graphene.String(required=True)
    summary = graphene.String()
    location = GeoJSON()
    council = graphene.Field(Area)

    async def resolve_council(self, _info):
        return await self.council


class Edge(graphene.ObjectType):
    node = graphene.Field(Listing, required=True)
    distance = graphene.Float()


class PageInfo(graphene.ObjectType):
    end_cursor = graphene.String()


class Search(graphene.ObjectType):
    edges = graphene.List(graphene.NonNull(Edge), required=True)
    page_info = graphene.Field(PageInfo, required=True)


class Query(graphene.ObjectType):
    search = graphene.Field(
        Search,
        near=NearInput(required=True),
        kinds=graphene.List(graphene.NonNull(ListingKind)),
        first=graphene.Int(default_value=20),
    )

    async def resolve_search(self, _info, near, kinds, first):
        sql = NEAREST.format(point=POINT, kind=kinds[0].value)
        _, found = await connections.get("default").execute_query(
            sql, [near.longitude, near.latitude, near.within_metres, first]
        )
        known = await ListingRow.filter(id__in=[each["id"] for each in found])
        rows = {row.id: row for row in known}
        edges = []
        for each in found:
            row = rows[each["id"]]
            row.location = each["shape"]
            edges.append(Edge(node=row, distance=each["metres"]))
        last = found[-1] if found else None
        end = last and urlsafe_b64encode(orjson.dumps([last["metres"], last["id"]])).decode()
        return Search(edges=edges, page_info=PageInfo(end_cursor=end))


schema = graphene.Schema(query=Query)


@asynccontextmanager
async def lifespan(_app):
    await Tortoise.init(
        db_url=os.environ["DATABASE"].replace("postgres:", "asyncpg:", 1) + "?minsize=8&maxsize=8",
        modules={"peer": [__name__]},
        _enable_global_fallback=True,
    )
    yield
    await Tortoise.close_connections()


async def graphql(request: Request) -> Response:
    asked = orjson.loads(await request.body())
    result = await schema.execute_async(asked["query"], variable_values=asked.get("variables"))
    answer = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return Response(orjson.dumps(answer), media_type="application/json")


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
