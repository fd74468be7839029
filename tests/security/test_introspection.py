"""One setting hides the schema, and then nothing of it comes out by guessing (reliability: G5).

The guesses are those of clairvoyance, which reads a schema out of graphql-core's messages: words as
fields, arguments, types and inputs. Its word list is the best there can be: our schema's own names.
"""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query, is_input_object_type, is_interface_type, is_object_type

from commonweal.web.settings import Settings
from tests.asking import schema

UNFIT = {
    "errors": [
        {
            "message": "The request does not fit the schema, which this service does not show.",
            "extensions": {"code": "DOES_NOT_FIT"},
        }
    ]
}
INTROSPECTION = [
    get_introspection_query(),
    "{__schema{types{name}}}",
    '{...{a:__type(name:"Query"){name}}}',
    "query A{__typename} query B{__schema{types{name}}}",
]


def names() -> Iterator[str]:
    """Every name that the schema has."""
    for name, type_ in schema().graphql_schema.type_map.items():
        yield name
        if is_object_type(type_) or is_interface_type(type_) or is_input_object_type(type_):
            for field, declared in type_.fields.items():
                yield field
                yield from getattr(declared, "args", ())


WORDS = sorted({name for name in names() if not name.startswith("__")})


hidden = pytest.mark.parametrize("service", [{"introspection": False}], indirect=True)


def test_a_variable_of_the_environment_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().introspection
    monkeypatch.setenv("COMMONWEAL_INTROSPECTION", "false")
    assert not Settings().introspection


async def both_ways(service: httpx2.AsyncClient, query: str) -> list[dict[str, Any]]:
    """What is answered by POST and by GET."""
    asked = {"query": query} | ({"operationName": "B"} if "query B" in query else {})
    posted = await service.post("/graphql", json=asked)
    return [posted.json(), (await service.get("/graphql", params=asked)).json()]


@pytest.mark.parametrize("query", INTROSPECTION, ids=["whole", "schema", "type", "beside"])
async def test_the_schema_is_told(service: httpx2.AsyncClient, query: str) -> None:
    for body in await both_ways(service, query):
        assert "errors" not in body


@hidden
@pytest.mark.parametrize("query", INTROSPECTION, ids=["whole", "schema", "type", "beside"])
async def test_the_schema_is_not_told_where_it_is_turned_off(
    service: httpx2.AsyncClient, query: str
) -> None:
    for body in await both_ways(service, query):
        assert [each["extensions"]["code"] for each in body["errors"]] == ["INTROSPECTION_OFF"]
        assert "data" not in body


@hidden
async def test_the_name_of_a_type_is_told_all_the_same(service: httpx2.AsyncClient) -> None:
    query = "query($t:String!){__typename place(matching:$t){__typename}}"
    asked = {"query": query, "variables": {"t": "__schema"}}
    assert (await service.post("/graphql", json=asked)).json()["data"]["__typename"] == "Query"


@hidden
@pytest.mark.parametrize(
    "guess",
    [
        "query {{ {word} }}",
        "mutation {{ {word} }}",
        "query {{ search {{ {word} {{ imwrongfield }} }} }}",
        "query {{ search({word}: [[7]]) {{ edges }} }}",
        "query {{ asset({word}: [[7]]) {{ name }} }}",
        "query($v: {word}!) {{ search(near: $v) {{ edges }} }}",
        "query {{ search(near: {{{word}: []}}) {{ totalCount }} }}",
        "query {{ search {{ edges {{ ...on {word} {{ imwrongfield }} }} }} }}",
    ],
)
async def test_every_guess_gets_the_same_answer(service: httpx2.AsyncClient, guess: str) -> None:
    assert len(WORDS) > 150
    for word in WORDS[len(guess) % 4 :: 4]:  # a quarter of them each: names are of all kinds
        answer = await service.post("/graphql", json={"query": guess.format(word=word)})
        assert answer.json() == UNFIT, word


@hidden
@pytest.mark.parametrize("given", [{}, {"n": {}}, {"n": {"longitud": 1}}, {"n": 7}, {"n": "x"}])
async def test_variables_that_do_not_fit_tell_nothing_either(
    service: httpx2.AsyncClient, given: dict[str, object]
) -> None:
    query = "query($n: PointInput!) { areas(at: $n) { totalCount } }"
    answer = await service.post("/graphql", json={"query": query, "variables": given})
    assert answer.json() == UNFIT


@pytest.mark.parametrize("service", [{}, {"introspection": False}], indirect=True)
async def test_nothing_is_ever_suggested(service: httpx2.AsyncClient) -> None:
    for query, variables in (
        ("{ serch { totalCount } }", {}),
        ("{ search(neer: 1) { totalCount } }", {}),
        ("{ search { totalCont } }", {}),
        ("{ search { ...on Asse { id } } }", {}),
        ("query($n: NearInpu) { search(near: $n) { totalCount } }", {}),
        ("query($n: NearInput) { search(near: $n) { totalCount } }", {"n": {"placce": "x"}}),
        ("query($k: [ListingKind!]) { search(kinds: $k) { totalCount } }", {"k": ["ASSETT"]}),
        ("{ search(kinds: [ASSETT]) { totalCount } }", {}),
    ):
        answer = await service.post("/graphql", json={"query": query, "variables": variables})
        assert "errors" in answer.json()
        assert "did you mean" not in answer.text.lower(), answer.text
