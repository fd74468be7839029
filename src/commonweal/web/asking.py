"""A page that asks the endpoint what its asker may ask: so it shows what they see, and no more."""

from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.types import Scope

from commonweal.access import Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.store.database import Database

from .asgi import Refused
from .http import checked
from .observing import trace_of


class Asked(Protocol):
    """Of the service: who asks, what is answered, and by which clock."""

    database: Database

    async def who(self, scope: Scope) -> Viewer: ...
    async def answer(self, asked: GraphQLRequest, viewer: Viewer) -> Answer: ...


async def ask(
    service: Asked, request: Request, viewer: Viewer, query: str, variables: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What is answered; None where what is asked for is malformed. Refuses with 503."""
    given = {"query": query, "variables": variables}
    asked = checked(given, safe=True, trace=trace_of(request.scope))
    answer = await service.answer(asked, viewer)
    body: dict[str, Any] = orjson.loads(answer.body)
    if "errors" in body and answer.kind != "request_error":
        raise Refused(503, "AWAY", "It could not be read just now. Try again in a moment.")
    data: dict[str, Any] | None = None if "errors" in body else body["data"]
    return data
