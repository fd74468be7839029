"""What once broke a server like this one: a test for each advisory about documents, named after it.

Each is refused, or answered, for next to nothing. They are asked of the real endpoint and limits
over a small schema (conftest.py), which has what the documents need; the forty of hostile.py are
asked of the real one. Advisories about all else: test_advisories_of_requests.py.
"""

import time
from functools import partial

import orjson
import pytest
from graphql import GraphQLError

from commonweal.store.database import Database
from commonweal.web.limits import TOKENS, parse_document
from tests.asking import ask as asking

from .conftest import Ask
from .hostile import DEEP, INVALID, LONG, PARSE, chain, full
from .pace import CPU_SECONDS, slowness

pytestmark = pytest.mark.alone
fragments = partial(chain, last="title")


async def cheaply(ask: Ask, document: str, code: str, variables: object = None) -> None:
    replies = [await ask(document, variables) for _ in range(2)]  # nothing is kept here
    for reply in replies:
        assert reply.status == 200  # the client takes application/json
        assert reply.codes == ({code} if code else set()), reply.body
    spent = min(reply.cpu_seconds for reply in replies)
    assert spent < CPU_SECONDS * slowness(), f"{spent * 1000:.0f} ms of CPU"


def shapes(**documents: tuple[str, str]) -> pytest.MarkDecorator:
    """Documents by name, each with the code that refuses it, or none where it is answered."""
    cases = [pytest.param(*each, id=name) for name, each in documents.items()]
    return pytest.mark.parametrize(("document", "code"), cases)


@shapes(
    repeated_leaf=(full("title ", tokens=1), INVALID),
    repeated_object=(full("asset{title}", tokens=4), INVALID),
    repeated_nested_object=(full("asset{beside{title}}", tokens=7), INVALID),
    repeated_deep_object=(full("asset{beside{beside{beside{title}}}}", tokens=13), INVALID),
    repeated_inline_fragment=(full("...{asset{title}}", tokens=7), INVALID),
    repeated_inline_fragment_on_a_type=(
        full("...on Query{asset{...on Asset{title}}}", tokens=14),
        "",
    ),
    repeated_abstract_inline_fragment=(
        full("...on Listing{id}", tokens=6, around="{search{nodes{%s}}}"),
        INVALID,
    ),
    repeated_typename=(full("__typename ", tokens=1), INVALID),
    two_thousand_fields=("{" + "a{x} " * 2_000 + "}", LONG),
    conflicting_arguments=(
        "{" + "".join(f'title(of:"{i}")' for i in range(160)) + "}",
        INVALID,
    ),
    fragments_that_spread_all_others=(
        "{asset{...F0}}"
        + "".join(
            f"fragment F{i} on Asset{{title {' '.join(f'...F{j}' for j in range(i + 1, 22))}}}"
            for i in range(21)
        )
        + "fragment F21 on Asset{title}",
        "",
    ),
)
async def test_cve_2026_75507_fields_that_merge_are_not_compared_for_ever(
    ask: Ask, document: str, code: str
) -> None:
    await cheaply(ask, document, code)


@shapes(
    many=("#\n" * 30_000 + "{title}", LONG),
    as_many_as_fit=("#\n" * 4_900 + "{title}", PARSE),
    after_the_document=("{title}" + "\n#" * 4_900, PARSE),
    between_every_token=("{" + "#\ntitle " * 1_000 + "}", PARSE),
    one_long_one=("{title}#" + "x" * 9_900, ""),
)
async def test_cve_2026_75508_comments_count(ask: Ask, document: str, code: str) -> None:
    await cheaply(ask, document, code)


def test_cve_2026_75508_two_hundred_thousand_comments_are_not_even_read() -> None:
    document = "#\n" * 200_000 + "{title}"
    before = time.thread_time()
    with pytest.raises(GraphQLError, match="400,007 characters"):
        parse_document(document)
    assert time.thread_time() - before < 0.05


@shapes(
    doubled=("{asset{...F0}}" + fragments(60, "{next} {next}"), ""),
    doubled_in_objects=("{asset{...F0}}" + fragments(50, "beside{{next}}beside{{next}}"), DEEP),
    doubled_in_introspection=(
        "{__schema{types{...F0}}}" + fragments(55, "{next} {next}", "__Type", last="fields{name}"),
        "",
    ),
    doubled_types_in_introspection=(
        "{__schema{types{...F0}}}"
        + fragments(50, "ofType{{next}}ofType{{next}}", "__Type", last="name"),
        "",
    ),
    many_operations_of_one_fragment=(
        "".join(f"query Q{i}{{...F}}" for i in range(130)) + "fragment F on Query{title}",
        "NO_OPERATION",
    ),
    many_operations_of_a_chain=(
        "".join(f"query Q{i}{{...F0}}" for i in range(70)) + fragments(45, "{next}", "Query"),
        "NO_OPERATION",
    ),
    many_operations_with_variables=(
        "".join(f"query Q{i}($n:Int){{...F0}}" for i in range(35))
        + fragments(20, "assets(first:$n){edges{node{id}}}{next}", "Query"),
        "NO_OPERATION",
    ),
)
async def test_graphql_core_3_2_14_shared_fragments_are_measured_once(
    ask: Ask, document: str, code: str
) -> None:
    await cheaply(ask, document, code)


@shapes(
    unknown=("{asset{...Nowhere}}", INVALID),
    many_unknown=(full("...X ", tokens=2), INVALID),
    itself=("{asset{...F}}fragment F on Asset{...F}", INVALID),
    each_other=(
        "{asset{...A}}fragment A on Asset{beside{...B}}fragment B on Asset{beside{...A}}",
        INVALID,
    ),
    cycle_of_doubles=(
        "{asset{...F0}}"
        + "".join(
            f"fragment F{i} on Asset{{...F{(i + 1) % 60} ...F{(i + 2) % 60}}}" for i in range(60)
        ),
        INVALID,
    ),
    all_with_all=(
        "{asset{...F0}}"
        + "".join(
            f"fragment F{i} on Asset{{title {' '.join(f'...F{j}' for j in range(20))}}}"
            for i in range(20)
        ),
        INVALID,
    ),
    on_no_type=("{asset{...F}}fragment F on Nothing{title}", INVALID),
    unused=("{title}" + "".join(f"fragment F{i} on Query{{title}}" for i in range(120)), INVALID),
    one_name=("{...F}" + "fragment F on Query{title}" * 120, INVALID),
)
async def test_graphene_1538_odd_fragments_are_a_refusal_and_no_failure(
    ask: Ask, document: str, code: str
) -> None:
    await cheaply(ask, document, code)


@shapes(
    fields=("{" + "a{" * 3_000 + "a" + "}" * 3_001, PARSE),
    fields_that_parse=("{" + "a{" * 190 + "a" + "}" * 191, DEEP),
    inline_fragments=("{asset{" + "...{" * 180 + "title" + "}" * 182, ""),
    lists=("{title(near:" + "[" * 3_000 + "]" * 3_000 + ")}", PARSE),
    lists_that_parse=("{title(near:{points:" + "[" * 180 + "]" * 180 + "})}", INVALID),
    objects=("{title(near:" + "{inner:" * 1_200 + "1" + "}" * 1_200 + ")}", PARSE),
    objects_that_parse=("{title(near:" + "{inner:" * 180 + "{}" + "}" * 180 + ")}", ""),
    types=("query($a:" + "[" * 3_000 + "Int" + "]" * 3_000 + "){title}", PARSE),
    types_that_parse=("query($a:" + "[" * 150 + "Int" + "]" * 150 + "){title}", INVALID),
    fragments=("{asset{...F0}}" + fragments(120, "{next}"), ""),
    fragments_of_inline_fragments=(
        "{asset{...F0}}" + fragments(15, "...{" * 19 + "{next}" + "}" * 19),
        INVALID,
    ),
)
async def test_cve_2026_40324_nesting_exhausts_no_stack(ask: Ask, document: str, code: str) -> None:
    await cheaply(ask, document, code)


@shapes(
    aliases=("{" + "".join(f"a{i}:title " for i in range(320)) + "}", "TOO_MANY_ALIASES"),
    sixteen_aliases=(
        "{asset{" + "".join(f"a{i}:title " for i in range(16)) + "}}",
        "TOO_MANY_ALIASES",
    ),
    aliases_by_doubling=(
        "{asset{...F0}}" + fragments(60, "{next} {next}", last="a:title"),
        "TOO_MANY_ALIASES",
    ),
    guesses=(
        "mutation{"
        + "".join(f'a{i}:signIn(email:"a@b.example",password:"{i}")' for i in range(4))
        + "}",
        "TOO_MANY_MUTATIONS",
    ),
    mutations_in_a_fragment=(
        "mutation{...F a:publish}fragment F on Mutation{b:publish c:publish d:publish}",
        "TOO_MANY_MUTATIONS",
    ),
)
async def test_cve_2026_35401_aliases_do_not_multiply_a_request(
    ask: Ask, document: str, code: str
) -> None:
    await cheaply(ask, document, code)


async def test_a_rule_that_fails_over_a_subscriptions_directive_is_no_failure_of_ours(
    database: Database,
) -> None:
    for directive in ("include", "skip"):
        asked = f"subscription($y:Boolean!){{listingChanged @{directive}(if:$y){{__typename}}}}"
        body = await asking(database, asked, {"y": True})
        assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@shapes(
    unknown_directives=("{title" + "@a" * 490 + "}", "TOO_MANY_DIRECTIVES"),
    known_directives=("{title" + "@include(if:true)" * 120 + "}", "TOO_MANY_DIRECTIVES"),
    directives_of_an_operation=("query" + "@a" * 490 + "{title}", "TOO_MANY_DIRECTIVES"),
    directives_of_a_variable=("query($a:Int" + "@a" * 480 + "){title}", "TOO_MANY_DIRECTIVES"),
    directives_of_a_type=("type A" + "@a" * 490, INVALID),
    unknown_fields=("{" + "".join(f"x{i} " for i in range(990)) + "}", "TOO_MANY_ROOT_FIELDS"),
    unknown_fields_below=("{asset{" + "".join(f"x{i} " for i in range(900)) + "}}", INVALID),
    unknown_arguments=("{title(" + "".join(f"o{i}:a " for i in range(300)) + ")}", INVALID),
    repeated_arguments=("{title(" + "of:a " * 300 + ")}", INVALID),
    repeated_input_fields=("{title(near:{" + "inner:{}" * 190 + "})}", INVALID),
    operations_without_a_name=("{title}" * 300, INVALID),
    operations_of_one_name=("query A{title}" * 190, INVALID),
    unused_variables=(
        "query(" + "".join(f"$v{i}:Int=1 " for i in range(150)) + "){title}",
        INVALID,
    ),
    one_variable=("query(" + "$v:Int=1 " * 150 + "){title}", INVALID),
    type_definitions=("type A " * 490, INVALID),
)
async def test_cve_2023_26144_errors_do_not_pile_up(ask: Ask, document: str, code: str) -> None:
    await cheaply(ask, document, code)


@shapes(
    fields_of_fields=("{__schema{types{fields{type{fields{name}}}}}}", INVALID),
    lists_of_fields_by_fragment=(
        "{__schema{types{fields{type{...F}}}}}fragment F on __Type{interfaces{name}}",
        INVALID,
    ),
    types_of_types=('{__type(name:"Asset"){' + "ofType{" * 180 + "name" + "}" * 182, ""),
    schemas=(
        "{" + "".join(f"a{i}:__schema{{types{{name}}}}" for i in range(10)) + "}",
        "INTROSPECTION_ALIASED",
    ),
    aliases_within=(
        "{__schema{types{" + "".join(f"a{i}:fields{{name}}" for i in range(10)) + "}}}",
        "INTROSPECTION_ALIASED",
    ),
)
async def test_introspection_walks_the_schema_once(ask: Ask, document: str, code: str) -> None:
    await cheaply(ask, document, code)


@shapes(
    commas=("," * 9_900 + "{title}", ""),
    name=("{" + "a" * 9_990 + "}", INVALID),
    string=('{title(of:"' + "x" * 9_900 + '")}', ""),
    escapes=('{title(of:"' + "\\u0041" * 1_600 + '")}', ""),
    block=('{title(of:"""' + "\n  x" * 2_400 + '""")}', ""),
    integer=("{search(first:" + "9" * 9_900 + "){nodes{id}}}", "NUMBER_TOO_LARGE"),
    integer_below_infinity=("{search(first:" + "9" * 300 + "){nodes{id}}}", INVALID),
    exponent=("{title(near:{points:[[1e" + "9" * 9_900 + "]]})}", "NUMBER_TOO_LARGE"),
    digits=("{title(near:{points:[[0." + "1" * 9_900 + "]]})}", ""),
    enum=("{title(of:" + "a" * 9_900 + ")}", INVALID),
    rows=("{search(first:100){nodes{...on Shop{offers(first:100){nodes{id}}}}}}", "TOO_COSTLY"),
    rows_by_doubling=(
        "{asset{...F0}}" + fragments(60, "{next} {next}", last="bids{edges{node{id}}}"),
        "TOO_COSTLY",
    ),
)
async def test_long_tokens_and_large_pages_are_cheap(ask: Ask, document: str, code: str) -> None:
    await cheaply(ask, document, code)


POINTS = "query($n:Near){title(near:$n)}"
PAGES = "query($n:Int){search(first:$n){nodes{...on Shop{offers(first:$n){nodes{id}}}}}}"


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        pytest.param("{title}", {f"v{i}": i for i in range(6_000)}, "", id="unused"),
        pytest.param(
            POINTS, {"n": {f"v{i}": i for i in range(6_000)}}, "NOT_COERCED", id="unknown-fields"
        ),
        pytest.param(POINTS, {"n": {"points": [["x"]] * 9_000}}, "NOT_COERCED", id="wrong-types"),
        pytest.param(POINTS, {"n": {"points": [[1]] * 9_000}}, "", id="many-points"),
        pytest.param(POINTS, {"n": [[[]]]}, "NOT_COERCED", id="lists"),
        pytest.param(PAGES, {"n": 10**15}, "TOO_COSTLY", id="huge-page"),
        pytest.param(PAGES, {"n": None}, "TOO_COSTLY", id="null-page"),
        pytest.param(PAGES, {"n": "9" * 5_000}, "TOO_COSTLY", id="text-for-a-page"),
        pytest.param(PAGES, {"n": 45}, "TOO_COSTLY", id="page-squared"),
        pytest.param(PAGES, {"n": 40}, "", id="allowed"),
        pytest.param("query($i:ID){asset(id:$i){id}}", {"i": "x" * 90_000}, "", id="long-id"),
    ],
)
async def test_variables_bombs_are_cheap(
    ask: Ask, document: str, variables: object, code: str
) -> None:
    assert len(orjson.dumps(variables)) < 95_000  # the body's limit is not what is tested
    await cheaply(ask, document, code, variables)


async def test_cve_2023_49559_a_document_of_1500_tokens_is_not_even_validated(ask: Ask) -> None:
    """graphql-java 17.3 and gqlgen: many tokens, and an error for each."""
    assert TOKENS.value < 1_500
    reply = await ask("{" + "a " * 1_500 + "}")
    assert reply.codes == {PARSE}
    assert len(reply.body["errors"]) == 1
