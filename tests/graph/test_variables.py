"""Variables: the quick way and graphql-core's give the same values, or the same refusal."""

from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.graph.variables import Variables
from tests.asking import schema

TYPES = ["Int", "Float", "String", "ID", "Boolean", "ListingOrder", "NearInput", "[ListingKind!]"]
TYPES += [f"{name}!" for name in TYPES] + ["Int = 5", 'String = "x"', "Boolean! = true"]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**33), 2**33)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["NEWEST", "nearest", "ASSET", ["ASSET"], [None], {}, {"place": "x"}])
    | st.sampled_from([{"longitude": 1}, {"longitude": "1"}, {"unknown": 1}, [], [[]]])
)


def variables(type_: str) -> Variables:
    document = parse(f"query($it: {type_}) {{ __typename }}")
    [node] = document.definitions
    assert isinstance(node, OperationDefinitionNode)
    return Variables(schema().graphql_schema, document, node)


KNOWN = {type_: variables(type_) for type_ in TYPES}


@settings(deadline=None)
@given(st.sampled_from(TYPES), st.dictionaries(st.just("it"), VALUES))
def test_the_quick_way_agrees_with_graphql_core(type_: str, given_: dict[str, Any]) -> None:
    ours = KNOWN[type_]
    theirs = get_variable_values(ours.schema, ours.definitions, given_, hide_suggestions=True)
    if isinstance(theirs, list):
        with pytest.raises(GraphQLError) as refusal:
            ours.values(given_)
        assert refusal.value.message == theirs[0].message
    else:
        found = ours.values(given_)
        assert found == theirs
        assert [type(value) for value in found.values()] == [type(v) for v in theirs.values()]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(GraphQLError, match="Float cannot represent"):
        KNOWN["Float"].values({"it": value})


def test_only_the_fields_of_input_objects_that_are_given_are_told_apart() -> None:
    near = KNOWN["NearInput"]
    place = near.values({"it": {"place": "GL50"}})

    assert near.outline(place) == near.outline(near.values({"it": {"place": "BA1"}}))
    assert near.outline(place) != near.outline(near.values({"it": {"longitude": 1.5}}))
    assert near.outline({}) == near.outline({})
    assert near.outline({}) != near.outline({"it": None})  # the default of its place, or null
    assert KNOWN["ID!"].outline({"it": "x"}) == ()


def test_of_a_text_it_is_told_whether_it_is_blank() -> None:
    """An argument that counts as not given where it is blank has SQL of its own."""
    for type_ in ("String", "String!"):
        text = KNOWN[type_]
        assert text.outline({"it": "x"}) == text.outline({"it": "y"})
        assert text.outline({"it": ""}) == text.outline({"it": " \n"})
        assert len({text.outline({"it": value}) for value in ("x", "", None)}) == 3
