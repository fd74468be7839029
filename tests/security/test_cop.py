"""What graphql-cop would find, asked anew: nothing, but for two things that are meant (G4).

Introspection is on, because the schema is public (test_introspection.py turns it off); and queries
may come by GET, because signing in is never by cookie, so that a foreign page gains nothing by it.
"""

import httpx2
import pytest


async def ask(service: httpx2.AsyncClient, query: str) -> httpx2.Response:
    return await service.post("/graphql", json={"query": query, "operationName": "cop"})


async def test_aliases_do_not_repeat_a_field_a_hundred_times(service: httpx2.AsyncClient) -> None:
    aliases = " ".join(f"alias{i}:__typename" for i in range(101))
    answer = (await ask(service, f"query cop {{ {aliases} }}")).json()
    assert "data" not in answer
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["TOO_MANY_ALIASES"]


async def test_operations_do_not_come_in_arrays(service: httpx2.AsyncClient) -> None:
    batch = [{"query": "query cop { __typename }"}] * 10
    answer = await service.post("/graphql", json=batch)
    assert answer.status_code == 400
    assert "data" not in answer.json()


async def test_ten_unknown_directives_are_not_ten_errors(service: httpx2.AsyncClient) -> None:
    answer = (await ask(service, "query cop { __typename " + "@aa" * 10 + " }")).json()
    assert "data" not in answer
    assert len(answer["errors"]) <= 6


async def test_a_field_is_not_repeated_five_hundred_times(service: httpx2.AsyncClient) -> None:
    answer = (await ask(service, "query cop { " + "__typename \n" * 500 + "}")).json()
    assert "data" not in answer


async def test_a_schema_is_not_asked_for_in_circles(service: httpx2.AsyncClient) -> None:
    circle = "fields { type { " * 4 + "name" + " } }" * 4
    answer = (await ask(service, f"query cop {{ __schema {{ types {{ {circle} }} }} }}")).json()
    assert "data" not in answer


async def test_fragments_in_a_circle_are_refused(service: httpx2.AsyncClient) -> None:
    fragments = "fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }"
    answer = (await ask(service, f"query cop {{ __schema {{ ...A }} }} {fragments}")).json()
    assert "errors" in answer


async def test_no_field_is_suggested(service: httpx2.AsyncClient) -> None:
    answer = await ask(service, "query cop { __schema { directive } }")
    assert "errors" in answer.json()
    assert "Did you mean" not in answer.text


async def test_no_mutation_is_done_by_get(service: httpx2.AsyncClient) -> None:
    query = {"query": "mutation cop { __typename }"}
    answer = await service.get("/graphql", params=query)
    assert answer.status_code == 405
    assert "data" not in answer.json()


@pytest.mark.parametrize("body", [b"", b"query=query+cop+%7B__typename%7D"])
async def test_no_form_is_taken_for_a_request(service: httpx2.AsyncClient, body: bytes) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    query = {"query": "query cop { __typename }"}
    answer = await service.post("/graphql", params=query, content=body, headers=form)
    assert answer.status_code == 415
    assert "data" not in answer.json()


@pytest.mark.parametrize("path", ["/graphiql", "/playground", "/console", "/graphql"])
async def test_no_playground_is_left_open(service: httpx2.AsyncClient, path: str) -> None:
    answer = await service.get(path, headers={"accept": "text/html"})
    assert answer.status_code in (404, 406)
    for word in ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground"):
        assert word not in answer.text


@pytest.mark.parametrize("query", ["query cop { __typename }", "qwerty cop { abc }"])
async def test_an_answer_holds_no_trace_and_no_exception(
    service: httpx2.AsyncClient, query: str
) -> None:
    answer = await ask(service, query)
    text = answer.text.lower()
    for word in ("tracing", "exception", "stacktrace", "traceback", "debug"):
        assert word not in text
    for error in answer.json().get("errors", ()):
        assert set(error["extensions"]) == {"code"}
