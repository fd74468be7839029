"""The application on one screen: its routes, and the database that is open while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import Scope

from commonweal.access import Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.graph.subscription import Subscription, subscribe
from commonweal.people.queries import viewer_of
from commonweal.store.announcements import Relay
from commonweal.store.database import Database, opened
from commonweal.store.worker import run_forever

from .answers import reader
from .asgi import NotSignedIn, address_of, authorization_of
from .attachments import AttachmentsEndpoint
from .calendars import Calendars
from .certificates import Certificates
from .expenses import Expenses
from .feeds import ADDRESS as FEED
from .feeds import Feed
from .figures import Figures, Metrics
from .files import FilesEndpoint
from .hosts import OurHosts
from .http import GraphQLEndpoint
from .jobs import jobs_of
from .logs import request_log
from .me import MeEndpoint
from .observing import Observed
from .one_click import donating, giving_back, unsubscribing
from .outbox import outbox
from .pages import home
from .persisted import persisted_operations
from .probes import Readiness, alive
from .rates import Counted, Rates
from .registers import RegistersEndpoint
from .rooms import LAYOUT
from .rotas import Rotas
from .schema import build
from .sessions import SessionEndpoint, cookie_of
from .settings import Settings, clock_of
from .socket import GraphQLSocket
from .statements import Statements
from .timelines import Timelines
from .views import Views
from .warming import warm

CLICKED: Final = ["GET", "POST"]  # of a link in a letter: a look, and the click


class Service:
    """The open database and the answerer over it; nothing before `running`, nothing after."""

    def __init__(self, settings: Settings, today: date | None, worker: bool) -> None:
        self.settings, self.today, self.worker = settings, today, worker
        self.schema, self.rates = build(), Rates(settings.rates)
        self.jobs = jobs_of(settings)

    @contextlib.asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        opening = opened(
            self.settings.database_url,
            clock_of(self.today),
            LAYOUT,
            files=self.settings.files,
            keys=self.settings.keys,
            public_url=self.settings.public_url,
        )
        async with opening as database:
            self.database: Database = database
            introspection = self.settings.introspection
            self.reader = reader(self.schema, database.engine, introspection=introspection)
            warm(self.reader, self.settings.operations)
            self.relay = Relay(database)
            beside = [asyncio.create_task(self.relay.run())]
            if self.worker:
                beside.append(asyncio.create_task(run_forever(database, self.jobs)))
            try:
                yield
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    async def answer(self, request: GraphQLRequest, viewer: Viewer) -> Answer:
        await self.rates.mutations(viewer, self.reader.mutations(request))
        return await self.reader.answer(request, viewer, self.database)

    async def subscribe(self, request: GraphQLRequest, viewer: Viewer) -> Subscription | Answer:
        return await subscribe(self.reader, request, viewer, self.database)

    async def who(self, scope: Scope) -> Viewer:
        """Who asks, which counts (rates.py). Raises NotSignedIn; refuses with 429."""
        return await self.rates.counted(self._bearer, scope)

    async def _bearer(self, scope: Scope) -> Viewer:
        """The bearer of the request's token, in a header or a cookie. Raises NotSignedIn."""
        address = address_of(scope)
        if (given := authorization_of(scope)) is not None:
            return await self.bearer_of(given, address)
        if secret := cookie_of(scope):
            # one that is over is no reason to be refused: a browser sends it until it is replaced
            return await viewer_of(self.database, secret, address) or Viewer(address=address)
        return Viewer(address=address)

    async def bearer_of(self, authorization: str | None, address: str = "") -> Viewer:
        """The same by the header's text alone, as a socket brings it."""
        if authorization is None:
            return Viewer(address=address)
        kind, _, secret = authorization.partition(" ")
        viewer = None
        if kind.lower() == "bearer":
            viewer = await viewer_of(self.database, secret.strip(), address)
        if viewer is None:
            raise NotSignedIn
        return viewer


def application(settings: Settings, *, today: date | None = None, worker: bool = True) -> Starlette:
    """The ASGI application. The database is opened when it starts."""
    service = Service(settings, today, worker)
    counted = [Middleware(Counted, rates=service.rates)]  # of whom nobody asks who they are
    persisted = persisted_operations(settings, service.schema)
    graphql: Any = GraphQLEndpoint(
        service.answer,
        who=service.who,
        persisted=persisted,
    )
    socket: Any = GraphQLSocket(service, persisted)
    attachments: Any = AttachmentsEndpoint(lambda: service.database, who=service.who)
    files: Any = FilesEndpoint(lambda: service.database, who=service.who)
    me: Any = MeEndpoint(lambda: service.database, who=service.who)
    sessions: Any = SessionEndpoint(lambda: service.database, who=service.who)
    registers: Any = RegistersEndpoint(lambda: service.database)
    unsubscribe = unsubscribing(lambda: service.database).answer
    donate = donating(lambda: service.database).answer
    give_back = giving_back(lambda: service.database).answer
    statements: Any = Statements(service)
    rotas: Any = Rotas(service)
    expenses: Any = Expenses(service)
    views = Views(service.answer)
    feed, calendars = Feed(lambda: service.database), Calendars(lambda: service.database)
    certificates = Certificates(lambda: service.database)
    figures, readiness = Figures(), Readiness(lambda: service.database)
    metrics = Metrics(
        figures, settings.metrics, lambda: service.database, lambda: service.relay.listeners
    )
    log = request_log(settings.log_level, settings.log_format)
    app = Starlette(
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", socket),
            Route("/attachments/{file_id}", attachments),
            Route("/bids/{bid_id}/attachments", attachments),
            Route("/files", files),
            Route("/files/{file_id}", files),
            Route("/registers/{file}", registers, middleware=counted),
            Route("/session", sessions),
            Route("/me.json", me),
            Route("/unsubscribe/{token}", unsubscribe, methods=CLICKED, middleware=counted),
            Route("/donate/{warning}/{token}", donate, methods=CLICKED, middleware=counted),
            Route("/give-back/{place}/{token}", give_back, methods=CLICKED, middleware=counted),
            Route("/healthz", alive),
            Route("/readyz", readiness.answer),
            Route("/metrics", metrics.answer),
            Route("/statements/{account}", statements),
            Route("/rotas/{shift}", rotas),
            Route("/expenses/{organisation}", expenses),
            Route("/expenses/{expense}/receipt", expenses),
            Route("/timelines/{asset}", Timelines(service.answer).page, middleware=counted),
            Route(FEED, feed.page, middleware=counted),
            Route("/opportunities/{file}", calendars.opportunity, middleware=counted),
            Route("/calendars/{file}", calendars.own, middleware=counted),
            Route("/certificates/{code}", certificates.one, middleware=counted),
            Route("/.well-known/jwks.json", certificates.keys, middleware=counted),
            Route("/views", views.page, middleware=counted),
            Route("/views.geojson", views.geojson, middleware=counted),
            Route("/", home),
            *([Route("/outbox", outbox)] if settings.outbox else []),
        ],
        middleware=[
            Middleware(Observed, log=log, figures=figures),
            Middleware(OurHosts, names=settings.hosts),
        ],
        lifespan=service.running,
    )
    app.state.readiness = readiness
    return app
