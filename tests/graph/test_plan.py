"""What a plan is keyed by, and what never gets into it (architecture: the read path)."""

import re
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.ask import Ask
from commonweal.graph.plan import Plan
from commonweal.graph.reader import DOCUMENTS, PLANS, Reader
from commonweal.graph.request import GraphQLRequest
from commonweal.store.database import Database
from commonweal.web.answers import prepare
from tests.asking import data, reader_on, schema
from tests.graph.both_ways import both_ways, operation_of
from tests.graph.town import COUNCIL, ISLANDER, ISLES, OFFICER


def planned(reader: Reader, query: str, values: dict[str, Any], viewer: Viewer) -> Plan:
    operation = operation_of(reader, query)
    plan = operation.plan(Ask(operation.variables.values(values), viewer))
    assert plan
    return plan


async def test_two_people_in_turn_on_one_plan_each_get_their_own(town: Database) -> None:
    """A thousand times: whose answer it is depends on who asks, never on who asked before."""
    reader = Reader(schema(), town.engine, prepare)
    query = "{ assets(first: 9) { edges { node { id history(first: 1) { totalCount } } } } }"
    two = [OFFICER, ISLANDER]
    expected = [(await both_ways(reader, town, query, {}, viewer)).executed for viewer in two]
    assert expected[0] != expected[1]

    for i in range(1_000):
        answer = await reader.answer(GraphQLRequest(query, None, None, safe=True), two[i % 2], town)
        assert answer.body == expected[i % 2]
    assert len(operation_of(reader, query).plans) == 1


SEARCH: Final = """query($near: NearInput, $box: BoxInput, $kinds: [ListingKind!], $n: Int,
  $order: ListingOrder, $inside: GeoJSON, $no: Boolean = false) {
  search(near: $near, box: $box, kinds: $kinds, first: $n, order: $order, inside: $inside) {
    edges { node { id title @skip(if: $no) } } } }"""
POLYGON: Final = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
SAME: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {}),
    ({"n": 3}, {"n": 90}),
    ({"near": {"place": "GL50"}}, {"near": {"place": "BA1", "withinMetres": 5}}),
    (
        {"near": {"longitude": 1, "latitude": 2}},
        {"near": {"longitude": 180.0, "latitude": -90, "withinMetres": 1.5}},
    ),
    ({"kinds": ["SHOP", "ASSET"]}, {"kinds": ["ASSET", "SHOP", "SHOP"]}),
    ({"inside": POLYGON}, {"inside": {**POLYGON, "bbox": [0, 0, 1, 1], "x1": 1, "x2": {}}}),
    ({"order": "NEWEST"}, {"order": "NEWEST"}),
    ({"no": False}, {}),
]
OTHER: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({"near": {"place": "GL50"}}, {}),
    ({"near": None}, {}),  # where it is left out, the default of its place would count
    ({"near": {"place": "GL50"}}, {"near": {"longitude": 1, "latitude": 2}}),
    ({"kinds": []}, {"kinds": None}),
    ({"kinds": ["SHOP"]}, {"kinds": ["ASSET", "OFFER", "SHOP"]}),  # each kind has its own index
    ({"inside": POLYGON}, {"inside": None}),
    ({"order": "NEWEST"}, {"order": "CLOSING_SOON"}),
    ({"no": False}, {"no": True}),
]


async def test_a_plan_is_keyed_by_what_is_given_never_by_values(town: Database) -> None:
    for pairs, shared in ((SAME, True), (OTHER, False)):
        for one, other in pairs:
            reader = Reader(schema(), town.engine, prepare)
            plan = planned(reader, SEARCH, one, ANONYMOUS)

            assert (planned(reader, SEARCH, other, ANONYMOUS) is plan) is shared, (one, other)


async def test_who_asks_is_not_part_of_a_plan_only_whether_they_signed_in(town: Database) -> None:
    reader = Reader(schema(), town.engine, prepare)
    query = "{ assets { edges { node { history { totalCount } } } } }"

    plan = planned(reader, query, {}, OFFICER)
    assert planned(reader, query, {}, Viewer(5, "both", (COUNCIL, ISLES))) is plan
    assert planned(reader, query, {}, Viewer(6, "neither", ())) is plan
    assert planned(reader, query, {}, ANONYMOUS) is not plan


async def test_the_plans_of_a_document_are_capped(town: Database) -> None:
    query = """query($council: ID, $reference: String, $surplus: Boolean, $first: Int,
      $after: String, $categories: [AssetCategory!], $states: [AssetState!]) {
      assets(council: $council, reference: $reference, declaredSurplus: $surplus, first: $first,
        after: $after, categories: $categories, states: $states) { pageInfo { hasNextPage } } }"""
    some: dict[str, Any] = {"council": "x", "reference": "x", "surplus": True, "first": 1}
    some |= {"after": "x", "categories": [], "states": []}
    reader = Reader(schema(), town.engine, prepare)

    for shape in range(2 ** len(some)):
        values = {name: value for i, (name, value) in enumerate(some.items()) if shape >> i & 1}
        planned(reader, query, values, ANONYMOUS)
    assert len(operation_of(reader, query).plans) == PLANS


def test_the_documents_that_are_kept_are_capped() -> None:
    assert reader_on("sqlite").operation.cache_info().maxsize == DOCUMENTS


# ---- values and SQL ------------------------------------------------------------------------------

# No SQL of ours holds the like: so that finding one means that it came from the request.
WORDS = st.integers(10**6, 10**9).map(lambda n: f"zq{n}'\";--")
DEGREES = st.integers(10**6, 8 * 10**7).map(lambda n: n / 10**6 + 1e-7)
METRES = st.integers(10**6, 9 * 10**8).map(lambda n: n / 1000)
PAGES = st.integers(31, 43)  # a page of pages is within the limits
DAYS = st.dates().map(str)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[str]]:
    """A question with values of which each is written out or a variable; and their texts."""
    given: dict[str, tuple[str, Any]] = {
        "metres": ("Float", draw(METRES)),
        "place": ("String", draw(WORDS)),
        "categories": ("[String!]", [draw(WORDS), draw(WORDS)]),
        "n": ("Int", draw(PAGES)),
        "west": ("Float!", draw(DEGREES)),
        "shape": ("GeoJSON", {**POLYGON, "coordinates": [[[draw(DEGREES), draw(DEGREES)]]]}),
        "code": ("String", draw(WORDS)),
        "day": ("Date", draw(DAYS)),
        "name": ("String!", draw(WORDS)),
        "reference": ("String", draw(WORDS)),
        "from": ("Float!", draw(DEGREES)),
    }
    bound = {name: draw(st.booleans()) for name in given}

    def at(name: str) -> str:
        return f"${name}" if bound[name] else literal(given[name][1])

    query = f"""{{
      search(near: {{place: {at("place")}, withinMetres: {at("metres")}}}, first: {at("n")},
        categories: {at("categories")}, inside: {at("shape")},
        box: {{west: {at("west")}, south: 1.25, east: 9.75, north: 2.5}}) {{
          totalCount edges {{ node {{ id distance(from: {{longitude: {at("from")}, latitude: 3}})
            areas(on: {at("day")}, first: {at("n")}) {{ totalCount }} }} }} }}
      areas(code: {at("code")}, on: {at("day")}) {{ totalCount }}
      places(matching: {at("name")}) {{ edges {{ node {{ id }} }} }}
      place(matching: {at("name")}) {{ place {{ id }} }}
      assets(reference: {at("reference")}) {{ totalCount }}
    }}"""
    declared = ", ".join(f"${name}: {given[name][0]}" for name in given if bound[name])
    texts = [str(v) for _, value in given.values() for v in flat(value)]
    values = {name: value for name, (_, value) in given.items() if bound[name]}
    return f"query({declared}) {query}" if declared else query, values, texts


def literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return '"' + value.replace('"', '\\"') + '"' if isinstance(value, str) else str(value)


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = value["coordinates"]
    return [v for inner in value for v in flat(inner)] if isinstance(value, list) else [value]


async def test_nothing_of_a_request_is_written_into_sql(town: Database) -> None:
    """Not its text, not its numbers, not its days: whether literals or variables."""

    @given(requests())
    @settings(max_examples=30, deadline=None)
    def check(request: tuple[str, dict[str, Any], list[str]]) -> None:
        query, values, texts = request
        plan = planned(Reader(schema(), town.engine, prepare), query, values, ANONYMOUS)
        statements = [level.statement.sql for level in plan.levels]
        assert len(statements) == 10
        for text in texts:
            for sql in statements:
                assert not re.search(rf"(?<![\w.$]){re.escape(text)}(?!\w)", sql), (text, sql)

    check()


async def test_a_plan_s_python_holds_nothing_of_a_request_but_its_response_keys(
    town: Database,
) -> None:
    query = '{ mine: places(matching: "zq12345", first: 37) { edges { own: node { id } } } }'
    plan = planned(Reader(schema(), town.engine, prepare), query, {}, ANONYMOUS)
    source: str = getattr(plan.assemble, "source")  # noqa: B009  # mypy knows a function's own

    assert "'mine'" in source
    assert "'own'" in source
    assert "zq12345" not in source
    assert "37" not in source


async def test_a_variable_left_out_and_one_that_is_null_have_plans_of_their_own(
    town: Database,
) -> None:
    """Left out, the default of the place that it stands in counts: the two differ in SQL."""
    query = """query($metres: Float) {
      search(near: {place: "GL50 1DY", withinMetres: $metres}, first: 3) { totalCount } }"""
    asked: list[dict[str, Any]] = [{}, {"metres": None}, {"metres": 10_000.0}, {}, {"metres": None}]
    counts = [(await data(town, query, each))["search"]["totalCount"] for each in asked]
    assert len(set(counts)) == 1
