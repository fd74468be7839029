"""The bare limit: one statement a request by hand, with Starlette, asyncpg and orjson.

No GraphQL: the variables of the same request, and the same answer. Its nearest first is the
index's own order, without the exact sort and its proof; it knows neither limits nor permissions.
"""

import os
from base64 import urlsafe_b64encode
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POINT = "(SELECT ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 4326))::geography"
NEAREST = {
    kind: f"""
        SELECT l.id, l.title, l.summary, ST_Distance(l.location::geography, {POINT}),
            ST_AsGeoJSON(l.location), a.id, a.name, l.kind
        FROM listing l LEFT JOIN area a ON a.id = l.council_id
        WHERE l.state = 'open' AND l.kind = '{kind}'
            AND (l.closes_at IS NULL OR l.closes_at > now())
            AND ST_DWithin(l.location::geography, {POINT}, $3::float8)
        ORDER BY l.location::geography <-> {POINT} LIMIT (SELECT $4::int)
    """
    for kind in ("ASSET", "OPPORTUNITY", "SHOP", "OFFER")
}
AREA = "SELECT id, name FROM area WHERE id = $1"


@asynccontextmanager
async def lifespan(app):
    async with asyncpg.create_pool(
        os.environ["DATABASE"], min_size=8, max_size=8, server_settings={"jit": "off"}
    ) as app.state.pool:
        yield


async def search(request: Request) -> Response:
    asked = orjson.loads(await request.body())["variables"]
    near, first = asked["near"], asked["first"]
    async with request.app.state.pool.acquire() as connection:
        rows = await connection.fetch(
            NEAREST[asked["kinds"][0]],
            near["longitude"],
            near["latitude"],
            near["withinMetres"],
            first + 1,
        )
    edges = [
        {
            "distance": r[3],
            "node": {
                "id": f"lst_{r[0]}",
                "title": r[1],
                "summary": r[2],
                "location": orjson.Fragment(r[4]),
                "council": {"id": f"are_{r[5]}", "name": r[6]},
            },
        }
        for r in rows[:first]
    ]
    end = None
    if edges:
        last = rows[len(edges) - 1]
        end = urlsafe_b64encode(orjson.dumps([last[3], last[0]])).decode()
    answer = {"data": {"search": {"edges": edges, "pageInfo": {"endCursor": end}}}}
    return Response(orjson.dumps(answer), media_type="application/json")


async def area(request: Request) -> Response:
    asked = orjson.loads(await request.body())["variables"]
    async with request.app.state.pool.acquire() as connection:
        row = await connection.fetchrow(AREA, asked["number"])
    answer = {"data": {"area": {"id": f"are_{row[0]}", "name": row[1]}}}
    return Response(orjson.dumps(answer), media_type="application/json")


app = Starlette(
    routes=[Route("/search", search, methods=["POST"]), Route("/area", area, methods=["POST"])],
    lifespan=lifespan,
)
