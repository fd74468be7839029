"""Every operation of fixtures/operations, asked with arguments that nobody would send (G2).

Whatever is given, the answer is data or a refusal that says why; never a defect of ours, not even
one that the executor made good. Each example mixes what is asked in earnest with what its type
allows, and with what it does not.
"""

import json
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from graphql import (
    get_nullable_type,
    get_operation_ast,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    parse,
    type_from_ast,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.people.actions import create_council_token
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.app import application
from commonweal.web.observing import FAILURES
from commonweal.web.settings import Settings
from tests.asking import schema
from tests.conftest import ENGINES, TODAY, copied
from tests.graph.arguments import ANY_ID
from tests.graph.operations import OPERATIONS, Operation
from tests.graph.town import COUNCIL

# Of each operation, on each engine. Fifty are the same each time; COMMONWEAL_FUZZ=500 are not.
FIXED = 50
EXAMPLES = int(os.environ.get("COMMONWEAL_FUZZ", FIXED))
INTEGERS = st.one_of(
    st.sampled_from([0, 1, -1, 100, 101, 2**31 - 1, -(2**31)]), st.integers(-(2**31), 2**31 - 1)
)
NUMBERS = st.one_of(
    st.sampled_from([1e308, -0.0, 5e-324, 180.0, -180.0, 90.0, 90.0000001, 1e7]),
    st.floats(-180, 180),
    st.floats(allow_nan=False, allow_infinity=False),
)
WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "%", "\ud800", "\0", "é", "2026-02-30", "GL50 1DY", "9" * 400, "x" * 9_000]
    ),
)
IDS = st.one_of(st.sampled_from([*ANY_ID, "are_1", "ast_" + "z" * 13]), WORDS)
POSITIONS = st.lists(NUMBERS, min_size=1, max_size=4)
SHAPES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Point", "GeometryCollection", "x"]),
        "coordinates": st.recursive(POSITIONS, lambda inner: st.lists(inner, max_size=5)),
    },
    optional={"crs": WORDS, "geometries": st.lists(st.none(), max_size=2)},
)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), NUMBERS, WORDS, st.lists(NUMBERS, max_size=3), SHAPES
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": INTEGERS, "Float": NUMBERS, "Boolean": st.booleans(), "String": WORDS, "ID": IDS,
    "Date": st.dates().map(str), "GeoJSON": SHAPES, "JSON": ANYTHING,
}  # fmt: skip


def of_type(type_: Any) -> st.SearchStrategy[Any]:
    """Whatever a type allows."""
    inner: Any = get_nullable_type(type_)
    if is_list_type(inner):
        strategy: st.SearchStrategy[Any] = st.lists(of_type(inner.of_type), max_size=4)
    elif is_enum_type(inner):
        strategy = st.sampled_from(sorted(inner.values))
    elif is_input_object_type(inner):
        fields = {name: of_type(field.type) for name, field in inner.fields.items()}
        strategy = some_of(fields, inner.fields)
    else:
        strategy = SCALARS.get(inner.name, ANYTHING)
    return strategy if is_non_null_type(type_) else st.one_of(strategy, strategy, st.none())


def some_of(values: dict[str, Any], declared: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """What must be given, and some of what may be."""
    needed = {name: each for name, each in values.items() if is_non_null_type(declared[name].type)}
    return st.fixed_dictionaries(
        needed, optional={name: each for name, each in values.items() if name not in needed}
    )


@dataclass
class Variable:
    type: Any


def arguments_of(operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """Values for an operation's variables: those of its own askings, any, and now and then none
    that could be."""
    definition = get_operation_ast(parse(operation.text))
    assert definition
    declared = {
        each.variable.name.value: Variable(type_from_ast(schema().graphql_schema, each.type))
        for each in definition.variable_definitions
    }
    values = {name: of_type(each.type) for name, each in declared.items()}
    meant = {
        name: [asking[name] for asking in operation.askings if name in asking] for name in declared
    }
    mixed = {
        name: st.one_of(st.sampled_from(meant[name]), each) if meant[name] else each
        for name, each in values.items()
    }
    wrong = dict.fromkeys(declared, ANYTHING)
    right = some_of(mixed, declared), some_of(values, declared)
    return st.one_of(*right, *right, st.fixed_dictionaries({}, optional=mixed | wrong))


@pytest.fixture(scope="module", params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a town on each engine."""
    with copied(request, request.param, tmp_path_factory.mktemp("fuzz"), "town") as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    """An officer before the whole application, over the town."""

    async def make(tx: Transaction) -> str:
        return await create_council_token(tx, council_id=COUNCIL, label="o", days=300)

    files = tmp_path_factory.mktemp("files")
    given = Settings(database_url=url, files=files, log_level="error", rates="off")
    app = application(given, today=TODAY.date(), worker=False)
    async with app.router.lifespan_context(app):
        token = await in_transaction(app.state.readiness.database(), make)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            client.headers["authorization"] = f"Bearer {token}"
            yield client


class Complaints(logging.Handler):
    """What is logged as wrong: an answer may be right and hide it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(logging.Formatter().format(record))


@pytest.fixture(scope="module")
def complaints() -> Iterator[list[str]]:
    handler = Complaints()
    logging.getLogger("commonweal").addHandler(handler)
    yield handler.heard
    logging.getLogger("commonweal").removeHandler(handler)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == FIXED, database=None, deadline=None)
@given(data=st.data())
async def test_no_arguments_make_a_defect(
    client: httpx2.AsyncClient, complaints: list[str], operation: Operation, data: st.DataObject
) -> None:
    variables = data.draw(arguments_of(operation))
    complaints.clear()
    answer = await client.post(
        "/graphql",
        content=json.dumps({"query": operation.text, "variables": variables}),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (200, 400), answer.text
    codes = {each.get("extensions", {}).get("code") for each in answer.json().get("errors", ())}
    assert not codes & FAILURES, answer.text
    assert not complaints, complaints[0]
