"""What is measured of a document, and that what is counted is what could be asked."""

from collections.abc import Callable

import pytest
from graphql import DocumentNode, FieldNode, GraphQLError, GraphQLSchema, InlineFragmentNode, parse
from graphql.language import ast
from graphql.validation.rules import overlapping_fields_can_be_merged
from hypothesis import given
from hypothesis import strategies as st

from commonweal.web import limits
from commonweal.web.limits import Measured, check, parse_document

Measure = Callable[[str], Measured]
Refusal = Callable[[str], str]


@pytest.fixture(scope="module")
def measure(schema: GraphQLSchema) -> Measure:
    return lambda text: check(parse_document(text), schema)


@pytest.fixture(scope="module")
def refusal(schema: GraphQLSchema) -> Refusal:
    """The code with which a document is refused; empty when it is not."""

    def refusal(text: str) -> str:
        try:
            check(parse_document(text), schema)
        except GraphQLError as error:
            return str((error.extensions or {})["code"])
        return ""

    return refusal


def nested(levels: int) -> str:
    """A selection of an asset that is so many fields deep."""
    return "{beside" * (levels - 1) + "{title}" + "}" * (levels - 1)


@pytest.mark.parametrize(
    ("at_limit", "beyond", "code"),
    [
        ("#" * 9_992 + "\n{title}", "#" * 9_993 + "\n{title}", "DOCUMENT_TOO_LONG"),
        ("{" + "title " * 998 + "}", "{" + "title " * 999 + "}", "GRAPHQL_PARSE_FAILED"),
        ("#\n" * 50 + "{title}", "#\n" * 51 + "{title}", "GRAPHQL_PARSE_FAILED"),
        ("{asset" + nested(14) + "}", "{asset" + nested(15) + "}", "TOO_DEEP"),
        (
            "{asset{" + "".join(f"a{i}:id " for i in range(15)) + "}}",
            "{asset{" + "".join(f"a{i}:id " for i in range(16)) + "}}",
            "TOO_MANY_ALIASES",
        ),
        (
            "{" + "".join(f"a{i}:title " for i in range(10)) + "}",
            "{" + "".join(f"a{i}:title " for i in range(11)) + "}",
            "TOO_MANY_ROOT_FIELDS",
        ),
        (
            "mutation{" + "".join(f"a{i}:publish " for i in range(3)) + "}",
            "mutation{" + "".join(f"a{i}:publish " for i in range(4)) + "}",
            "TOO_MANY_MUTATIONS",
        ),
        ("{title" + "@a" * 20 + "}", "{title" + "@a" * 21 + "}", "TOO_MANY_DIRECTIVES"),
        (
            "{search(first:40){nodes{... on Asset{bids(first:49){edges{node{id}}}}}}}",
            "{search(first:40){nodes{... on Asset{bids(first:50){edges{node{id}}}}}}}",
            "TOO_COSTLY",
        ),
    ],
    ids=lambda value: value if value.isupper() else "",
)
def test_a_limit_lets_its_number_through_and_refuses_one_more(
    refusal: Refusal, at_limit: str, beyond: str, code: str
) -> None:
    assert refusal(at_limit) == ""
    assert refusal(beyond) == code


def test_a_refusal_says_how_much_was_asked_and_how_much_is_allowed(measure: Measure) -> None:
    with pytest.raises(GraphQLError, match=r"comes to 17 levels of fields; at most 15 are allowed"):
        measure("{asset" + nested(16) + "}")


def test_depth_counts_through_fragments(refusal: Refusal) -> None:
    text = "{asset{beside{... on Asset{...F}}}} fragment F on Asset"
    assert refusal(text + nested(13)) == ""
    assert refusal(text + nested(14)) == "TOO_DEEP"


@pytest.mark.parametrize("text", ["{__schema{%s}}", '{__type(name:"A"){%s}}'])
def test_introspection_is_exempt_from_depth_but_takes_no_aliases(
    refusal: Refusal, text: str
) -> None:
    deep = "ofType{" * 20 + "name" + "}" * 20
    fragment = " fragment F on __Type{" + deep + "}"
    assert refusal(text % deep) == ""
    assert refusal(text % "...F" + fragment) == ""
    assert refusal(text % "a:name") == "INTROSPECTION_ALIASED"
    assert refusal(text % "...F" + " fragment F on __Type{a:name}") == "INTROSPECTION_ALIASED"
    assert refusal("{asset{...F}} fragment F on Asset{a:id}") == ""


def test_the_whole_schema_is_not_asked_for_twice(refusal: Refusal) -> None:
    assert refusal("{a:__schema{types{name}}}") == "INTROSPECTION_ALIASED"
    assert refusal("{...F} fragment F on Query{a:__schema{types{name}}}") == "INTROSPECTION_ALIASED"
    assert refusal('{a:__type(name:"A"){name} b:__type(name:"B"){name}}') == ""


def test_aliases_of_a_fragment_count_wherever_it_is_spread(refusal: Refusal) -> None:
    aliases = "".join(f"a{i}:id " for i in range(5))
    text = "{asset{...F beside{...F beside{...F %s}}}} fragment F on Asset{" + aliases + "}"
    assert refusal(text % "") == ""
    assert refusal(text % "b:id") == "TOO_MANY_ALIASES"


def test_directives_count_wherever_they_stand(refusal: Refusal) -> None:
    text = "query($v:ID @a) @a {title @a ...@a{title} ...F @a} fragment F on Query @a {title%s}"
    assert refusal(text % (" @a" * 14)) == ""
    assert refusal(text % (" @a" * 15)) == "TOO_MANY_DIRECTIVES"


def test_root_fields_that_merge_into_one_count_once(refusal: Refusal) -> None:
    fields = "asset{id}" * 11
    assert refusal("{" + fields + "__typename ...F} fragment F on Query{" + fields + "}") == ""
    assert refusal("mutation{publish publish publish publish __typename}") == ""


def test_root_fields_count_through_fragments(refusal: Refusal) -> None:
    some, others = ("".join(f"{a}{i}:title " for i in range(n)) for a, n in (("a", 10), ("b", 1)))
    text = f"{{...F ...{{{some}}}}} fragment F on Query{{{others}}}"
    assert refusal(text) == "TOO_MANY_ROOT_FIELDS"
    assert refusal(f"{{asset{{...F}}}} fragment F on Query{{{some}{others}}}") == ""
    assert refusal(f"{{__typename ...{{{some}}}}}") == ""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("{title}", 0),
        ("{asset{id title beside{id}}}", 0),
        ("{search{nodes{id}}}", 20),
        ("{search(first:7){nodes{id}}}", 7),
        ("{search(first:0){nodes{... on Shop{offers{nodes{id}}}}}}", 0),
        ("{search(first:null){nodes{id}}}", 100),
        ('{search(first:"7"){nodes{id}}}', 100),
        ("{search(first:-1){nodes{id}}}", 100),
        ("{search(first:1000){nodes{id}}}", 100),
        ("{search(first:" + "9" * 200 + "){nodes{id}}}", 100),
        ("{asset{photos}}", 100),
        ("{asset{photos(first:3)}}", 3),
        ("{search(first:5){nodes{... on Shop{offers(first:4){nodes{id}}}}}}", 5 + 20),
        ("{assets(first:2){edges{node{bids(first:3){edges{node{photos(first:4)}}}}}}}", 2 + 6 + 24),
        ("{assets(first:2){edges{node{...F}}}} fragment F on Asset{bids{edges{node{id}}}}", 2 + 40),
        ("{a:search(first:3){nodes{id}} b:search(first:4){nodes{id}}}", 7),
        ("{...F ...F} fragment F on Query{search(first:3){nodes{id}}}", 6),
        ("{unknown(first:9){nodes{id}}}", 9),
        ("{asset{...Nowhere}}", 0),
        ("mutation{publish}", 0),
        ("subscription{published}", 0),
        ("{__schema{types{name}}}", 0),
        ("fragment F on Query{search{nodes{id}}}", 0),
    ],
)
def test_cost_is_the_rows_that_can_come_back(measure: Measure, text: str, rows: int) -> None:
    assert measure(text).cost(None, None) == rows


TWO_PAGES = """query Near($outer: Int = 4, $inner: Int) {
    search(first: $outer) { nodes { ... on Shop { offers(first: $inner) { nodes { id } } } } }
}"""


@pytest.mark.parametrize(
    ("variables", "rows"),
    [
        ({"outer": 2, "inner": 3}, 2 + 6),
        ({"outer": 2}, 2 + 40),  # the argument's default
        ({"inner": 3}, 4 + 12),  # the operation's
        (None, 4 + 80),
        ({"outer": None, "inner": 1}, 100 + 100),
        ({"outer": "2", "inner": 1}, 100 + 100),
        ({"outer": True, "inner": 1}, 100 + 100),
        ({"outer": 2.0, "inner": 1}, 100 + 100),
        ({"outer": [2], "inner": 1}, 100 + 100),
        ({"outer": -1, "inner": 1}, 100 + 100),
        ({"outer": 10**18, "inner": 1}, 100 + 100),
    ],
)
def test_a_variable_in_first_counts_what_it_is_or_the_worst(
    measure: Measure, variables: dict[str, object] | None, rows: int
) -> None:
    measured = measure(TWO_PAGES)
    assert measured.costs is None
    assert measured.cost("Near", variables) == rows
    assert measured.cost(None, variables) == rows


def test_a_page_of_thousands_of_digits_is_a_page_too(schema: GraphQLSchema) -> None:
    document = parse("{search(first:" + "9" * 5_000 + "){nodes{id}}}")  # by no limit of ours
    assert check(document, schema).cost(None, None) == 100


def test_an_operation_too_dear_by_its_variables_is_refused_with_the_rows(measure: Measure) -> None:
    measured = measure(TWO_PAGES)
    measured.refuse_cost("Near", {"outer": 40, "inner": 49})
    with pytest.raises(GraphQLError, match="2,040 rows; at most 2,000") as refused:
        measured.refuse_cost("Near", {"outer": 40, "inner": 50})
    assert refused.value.extensions == {"code": "TOO_COSTLY"}


def test_each_operation_of_a_document_costs_its_own(measure: Measure) -> None:
    text = "query A{search(first:3){nodes{id}}} query B{search(first:5){nodes{id}}}"
    measured = measure(text)
    assert [measured.cost(name, None) for name in ("A", "B")] == [3, 5]
    assert measured.cost(None, None) == measured.cost("C", None) == 5
    assert measure("{...F} fragment F on Query{a:search(first:$n)}").cost("X", {"n": 8}) == 8
    assert measure("fragment F on Query{search(first:$n){nodes{id}}}").cost(None, {}) == 0


def naive_rows(document: DocumentNode) -> int:
    """What the rows are by definition: every spread written out, every list multiplied."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, ast.FragmentDefinitionNode)
    }

    def rows(selections: ast.SelectionSetNode | None) -> int:
        total = 0
        for node in selections.selections if selections else ():
            if isinstance(node, ast.FragmentSpreadNode):
                total += rows(fragments[node.name.value].selection_set)
            elif isinstance(node, InlineFragmentNode):
                total += rows(node.selection_set)
            elif isinstance(node, FieldNode):
                value = node.arguments[0].value if node.arguments else None
                first = int(value.value) if isinstance(value, ast.IntValueNode) else None
                inner = rows(node.selection_set)
                total += inner if first is None else first * (1 + inner)
        return total

    operation = document.definitions[0]
    assert isinstance(operation, ast.OperationDefinitionNode)
    return rows(operation.selection_set)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A query over fragments that spread later ones, lists within lists; small enough to allow."""
    count = draw(st.integers(0, 3))

    def selection(fragment: int, levels: int) -> str:
        leaves = [st.just("id")]
        if fragment < count:
            leaves.append(st.sampled_from([f"...F{i}" for i in range(fragment, count)]))
        if levels:
            inner = st.deferred(lambda: st.just(selection(fragment, levels - 1)))
            leaves.append(inner.map(lambda text: "bids(first:2)" + text))
            leaves.append(inner.map(lambda text: "beside" + text))
            leaves.append(inner.map(lambda text: "... on Asset" + text))
        return "{" + " ".join(draw(st.lists(st.one_of(leaves), min_size=1, max_size=3))) + "}"

    fragments = [f"fragment F{i} on Asset{selection(i + 1, 1)}" for i in range(count)]
    return " ".join(["query{asset" + selection(0, 2) + "}", *fragments])


@given(text=documents())
def test_cost_is_that_of_the_document_with_every_fragment_written_out(
    schema: GraphQLSchema, text: str
) -> None:
    assert check(parse(text), schema).cost(None, None) == naive_rows(parse(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{title(of:"a\\u0000b")}', "NUL_CHARACTER"),
        ('{title(of:"a\\u{0}b")}', "NUL_CHARACTER"),
        ('{title(of:"""a\0b""")}', "NUL_CHARACTER"),
        ("{title} # \0", "NUL_CHARACTER"),
        ('{title(of:"\\ud800")}', "GRAPHQL_PARSE_FAILED"),
        ("{title(near:{points:[[1e999]]})}", "NUMBER_TOO_LARGE"),
        ("{title(near:{points:[[-" + "9" * 400 + "]]})}", "NUMBER_TOO_LARGE"),
        ('{title(of:"a\\\\u0000b")}', ""),
        ('{title(of:"""a\\u0000b""")}', ""),
        ('{title(of:"\\u0041 \\ud83d\\ude00")}', ""),
        ("{title(near:{points:[[1e99, -0.5]]})}", ""),
    ],
)
def test_what_no_database_can_hold_is_refused_in_a_document(
    refusal: Refusal, text: str, code: str
) -> None:
    assert refusal(text) == code


def test_validation_is_bounded_and_suggests_nothing(schema: GraphQLSchema) -> None:
    document = parse_document("{" + "".join(f"titl{i} " for i in range(9)) + "}")
    errors = limits.validate_document(schema, document)
    assert len(errors) == limits.VALIDATION_ERRORS.value + 1  # the last says that there are more
    assert all(error.extensions == {"code": "GRAPHQL_VALIDATION_FAILED"} for error in errors)
    misspelt = limits.validate_document(schema, parse_document("{titel}"))
    assert [error.message for error in misspelt] == ["Cannot query field 'titel' on type 'Query'."]


def test_comparisons_of_fields_are_bounded_and_an_honest_operation_is_far_below(
    schema: GraphQLSchema,
) -> None:
    assert overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET == 20_000
    honest = "{" + "asset{id title beside{id title bids{edges{node{id}}}}}" * 6 + "}"
    assert limits.validate_document(schema, parse_document(honest)) == []
    hostile = parse_document("{" + "title " * 998 + "}")
    assert limits.validate_document(schema, hostile)[0].message == "Validation aborted."
