"""Asking the schema as an application does, without HTTP in between."""

from functools import cache
from typing import Any

import graphene
import orjson

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.reader import Reader
from commonweal.graph.request import GraphQLRequest
from commonweal.store.database import Database
from commonweal.web.answers import reader
from commonweal.web.schema import build


@cache
def schema() -> graphene.Schema:
    return build()


@cache
def reader_on(engine: str) -> Reader:
    return reader(schema(), engine)


async def ask(
    database: Database,
    query: str,
    variables: dict[str, Any] | None = None,
    viewer: Viewer = ANONYMOUS,
) -> dict[str, Any]:
    """The whole answer: data, and errors where there are any."""
    request = GraphQLRequest(query, variables, None, safe=False)
    answer = await reader_on(database.engine).answer(request, viewer, database)
    body: dict[str, Any] = orjson.loads(answer.body)
    return body


async def data(
    database: Database,
    query: str,
    variables: dict[str, Any] | None = None,
    viewer: Viewer = ANONYMOUS,
) -> dict[str, Any]:
    """The data of an answer that has no errors."""
    body = await ask(database, query, variables, viewer)
    assert "errors" not in body, body["errors"]
    found: dict[str, Any] = body["data"]
    return found
