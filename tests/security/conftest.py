"""A small schema behind the real endpoint and the real limits, for requests that mean harm."""

import gc
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graphene
import httpx2
import orjson
import pytest
from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
    get_operation_ast,
)
from starlette.types import ASGIApp, Scope

from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.web.app import application
from commonweal.web.hosts import OurHosts
from commonweal.web.http import GraphQLEndpoint
from commonweal.web.limits import check, parse_document, validate_document
from commonweal.web.settings import Settings


class Listing(graphene.Interface):
    id = graphene.ID(required=True)
    title = graphene.String()

    @classmethod
    def resolve_type(cls, instance: object, info: object) -> type[graphene.ObjectType]:
        return Asset


class Asset(graphene.ObjectType):
    class Meta:
        interfaces = (Listing,)

    tenure = graphene.String()
    beside = graphene.Field(lambda: Asset)
    bids = graphene.Field(lambda: AssetConnection, first=graphene.Int(default_value=20))
    photos = graphene.List(graphene.String, first=graphene.Int())  # no default: a page


class Shop(graphene.ObjectType):
    class Meta:
        interfaces = (Listing,)

    offers = graphene.Field(lambda: ListingConnection, first=graphene.Int(default_value=20))


class AssetEdge(graphene.ObjectType):
    node = graphene.Field(Asset)


class AssetConnection(graphene.ObjectType):
    edges = graphene.List(AssetEdge)


class ListingConnection(graphene.ObjectType):
    nodes = graphene.List(Listing)


class Near(graphene.InputObjectType):
    points = graphene.List(graphene.List(graphene.Float))
    inner = graphene.Field(lambda: Near)


class Query(graphene.ObjectType):
    title = graphene.String(of=graphene.String(), near=Near())
    asset = graphene.Field(Asset, id=graphene.ID())
    assets = graphene.Field(AssetConnection, first=graphene.Int(default_value=20))
    search = graphene.Field(ListingConnection, first=graphene.Int(default_value=20))

    def resolve_title(self, info: object, of: str = "", **_: object) -> str:
        return of

    def resolve_asset(self, info: object, **_: object) -> Asset:
        return Asset(id="1", title="Hall")


class Mutation(graphene.ObjectType):
    sign_in = graphene.Boolean(email=graphene.String(), password=graphene.String())
    publish = graphene.Boolean(id=graphene.ID())

    def resolve_sign_in(self, info: object, **_: object) -> bool:
        return False

    def resolve_publish(self, info: object, **_: object) -> bool:
        return True


class Subscription(graphene.ObjectType):
    published = graphene.ID()


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    made = graphene.Schema(query=Query, mutation=Mutation, subscription=Subscription, types=[Shop])
    schema: GraphQLSchema = made.graphql_schema
    return schema


Answerer = Callable[[GraphQLRequest, None], Awaitable[Answer]]


@pytest.fixture(scope="session")
def answer(schema: GraphQLSchema) -> Answerer:
    """Limits, validation and graphql-core's executor, in the order that limits.py asks for."""

    def refused(*errors: GraphQLError) -> Answer:
        shown = [error.formatted for error in errors]
        return Answer(orjson.dumps({"errors": shown}), "request_error")

    async def answer(request: GraphQLRequest, viewer: None) -> Answer:
        try:
            document = parse_document(request.query)
            measured = check(document, schema)
            if errors := validate_document(schema, document):
                return refused(*errors)
            measured.refuse_cost(request.operation_name, request.variables)
        except GraphQLError as error:
            return refused(error)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            codes = {"code": "NO_OPERATION"}
            return refused(GraphQLError("Which operation?", extensions=codes))
        if operation.operation is OperationType.SUBSCRIPTION:
            return Answer(b"", "subscription")
        if operation.operation is OperationType.MUTATION and request.safe:
            return Answer(b"", "mutation_by_get")
        variables = dict(request.variables or {})
        name = request.operation_name
        result = execute(schema, document, variable_values=variables, operation_name=name)
        assert not isinstance(result, Awaitable)
        if result.data is None and not any(error.path for error in result.errors or ()):
            codes = {"code": "NOT_COERCED"}
            return refused(
                *(GraphQLError(e.message, extensions=codes) for e in result.errors or ())
            )
        return Answer(orjson.dumps(result.formatted), "data")

    return answer


async def anyone(scope: Scope) -> None:
    """Nobody signs in here."""


@pytest.fixture
def endpoint(answer: Answerer) -> ASGIApp:
    return OurHosts(GraphQLEndpoint(answer, who=anyone), names={"localhost"})


@pytest.fixture
def client(endpoint: ASGIApp) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=endpoint)
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.fixture
async def service(
    sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole application, for what is refused before any engine is asked.

    Settings may be given as the fixture's parameter.
    """
    path = shutil.copy(sqlite_template, tmp_path / "commonweal.db")
    given = {"database_url": f"sqlite:{path}", "files": tmp_path, "log_level": "error"}
    app = application(Settings(**given | getattr(request, "param", {})), worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


@dataclass(frozen=True)
class Reply:
    status: int
    body: Mapping[str, Any]
    cpu_seconds: float

    @property
    def codes(self) -> set[str]:
        return {error["extensions"]["code"] for error in self.body.get("errors", ())}


Ask = Callable[..., Awaitable[Reply]]


@pytest.fixture
def ask(client: httpx2.AsyncClient) -> Ask:
    """Send a document and variables; the time is the processor's, of client and service."""

    async def ask(query: str, variables: object = None, **more: object) -> Reply:
        body = orjson.dumps({"query": query, "variables": variables, **more})
        headers = {"content-type": "application/json", "accept": "application/json"}
        # of this thread, and without collecting what thousands of tests left: that takes a second
        gc.disable()
        try:
            before = time.thread_time()
            response = await client.post("/graphql", content=body, headers=headers)
            spent = time.thread_time() - before
        finally:
            gc.enable()
        return Reply(response.status_code, response.json(), spent)

    return ask
