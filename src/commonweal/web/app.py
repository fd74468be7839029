"""The application on one screen: its routes, and the database that is open while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Scope

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.people.queries import viewer_of
from commonweal.store.database import Database, opened

from .answers import reader
from .http import GraphQLEndpoint, NotSignedIn
from .jobs import run_forever
from .pages import health, home
from .rooms import LAYOUT
from .schema import build
from .settings import Settings, clock_of


class Service:
    """The open database and the answerer over it; nothing before `running`, nothing after."""

    def __init__(self, settings: Settings, today: date | None, worker: bool) -> None:
        self.settings, self.today, self.worker = settings, today, worker
        self.schema = build()

    @contextlib.asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        async with opened(self.settings.database_url, clock_of(self.today), LAYOUT) as database:
            self.database: Database = database
            self.reader = reader(self.schema, database.engine)
            work = asyncio.create_task(run_forever(database)) if self.worker else None
            try:
                yield
            finally:
                if work:
                    work.cancel()
                    await asyncio.gather(work, return_exceptions=True)

    async def answer(self, request: GraphQLRequest, viewer: Viewer) -> Answer:
        return await self.reader.answer(request, viewer, self.database)

    async def who(self, scope: Scope) -> Viewer:
        """The bearer of the request's token. Raises NotSignedIn for one that is not valid."""
        given = next((v for k, v in scope["headers"] if k == b"authorization"), None)
        if given is None:
            return ANONYMOUS
        kind, _, secret = given.decode("latin-1").partition(" ")
        viewer = None
        if kind.lower() == "bearer":
            viewer = await viewer_of(self.database, secret.strip())
        if viewer is None:
            raise NotSignedIn
        return viewer


def application(settings: Settings, *, today: date | None = None, worker: bool = True) -> Starlette:
    """The ASGI application. The database is opened when it starts."""
    service = Service(settings, today, worker)
    graphql: Any = GraphQLEndpoint(
        service.answer,
        who=service.who,
        allowed_hosts=settings.hosts,
        introspection=settings.introspection,
    )
    return Starlette(
        routes=[
            Route("/graphql", graphql),
            Route("/healthz", health),
            Route("/", home),
        ],
        lifespan=service.running,
    )
