"""What may be written into SQL, and what no engine is to hold."""

from datetime import date
from enum import Enum
from typing import Any, Final

import pytest
import sqlalchemy as sa

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask, Bound, constant
from commonweal.graph.sql import DIALECTS, SMALL, among, compiled
from commonweal.listings.rules import ListingOrder
from commonweal.store.database import Database
from tests.asking import ask, data
from tests.graph.town import OFFICER

NUL, HALF = "a\x00b", "a\ud800b"
on_both = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


@on_both
@pytest.mark.parametrize(
    "value",
    ["text", "", 1.5, 2.0, SMALL + 1, -SMALL - 1, 2**40, date(2026, 1, 1), b"bytes", (1, 2)],
    ids=repr,
)
def test_a_value_is_not_written_into_sql(dialect: sa.Dialect, value: Any) -> None:
    with pytest.raises(TypeError, match="is to be bound, not written into SQL"):
        compiled(sa.select(sa.literal(value)), dialect)


@on_both
@pytest.mark.parametrize("value", [None, True, False, 0, SMALL, -SMALL], ids=repr)
def test_a_rule_s_own_constants_are_written_into_sql(dialect: sa.Dialect, value: Any) -> None:
    statement = compiled(sa.select(sa.literal(value)), dialect)

    assert statement.values(Ask({}, ANONYMOUS)) == []


def test_what_a_condition_compares_with_is_refused_too() -> None:
    """The way in which a value would get there by oversight."""
    column = sa.column("title", sa.String())
    with pytest.raises(TypeError):
        compiled(sa.select(column).where(column == "from a request"), DIALECTS["sqlite"])
    with pytest.raises(TypeError):
        compiled(sa.select(column).where(column.in_(["a", "b"])), DIALECTS["postgresql"])


class Colour(Enum):
    RED = "red"


@on_both
def test_an_enum_s_member_is_written_as_its_column_holds_it(dialect: sa.Dialect) -> None:
    colour = sa.column("colour", sa.Enum(Colour, values_callable=lambda e: [m.value for m in e]))

    assert "colour = 'red'" in compiled(sa.select(colour).where(colour == Colour.RED), dialect).sql


@on_both
def test_a_list_of_any_length_is_one_value(dialect: sa.Dialect) -> None:
    column = sa.column("id", sa.BigInteger())
    given: Any = Bound(lambda ask: ask.variables["ids"])
    statement = compiled(sa.select(column).where(among(column, given)), dialect)

    for ids in ([], [1], list(range(50))):
        [value] = statement.values(Ask({"ids": ids}, ANONYMOUS))
        assert value == (ids if dialect.name == "postgresql" else str(ids))


@on_both
@pytest.mark.parametrize("text", [NUL, HALF], ids=["NUL", "half a character"])
def test_text_that_cannot_be_stored_is_refused_alone_and_in_a_list(
    dialect: sa.Dialect, text: str
) -> None:
    column = sa.column("title", sa.String())
    for condition in (
        column == Bound(constant(text), sa.String()),
        among(column, Bound(constant(["fine", text]))),
    ):
        statement = compiled(sa.select(column).where(condition), dialect)
        with pytest.raises(Exception, match="Text cannot hold"):
            statement.values(Ask({}, ANONYMOUS))


# Every argument that takes text: the query, and the code of the refusal.
TEXT_ARGUMENTS: Final = {
    "query($it: String!) { place(matching: $it) { place { id } } }": "UNSTORABLE_TEXT",
    "query($it: String!) { places(matching: $it) { totalCount } }": "UNSTORABLE_TEXT",
    "query($it: String!) { areas(code: $it) { totalCount } }": "UNSTORABLE_TEXT",
    "query($it: String!) { assets(reference: $it) { totalCount } }": "UNSTORABLE_TEXT",
    "query($it: String!) { search(near: {place: $it}) { totalCount } }": "UNSTORABLE_TEXT",
    "query($it: String!) { search(near: {place: $it}) {centre {approximate}} }": "UNSTORABLE_TEXT",
    'query($it: String!) { search(categories: ["x", $it]) { totalCount } }': "UNSTORABLE_TEXT",
    "query($it: [String!]) { search(categories: $it) { totalCount } }": "UNSTORABLE_TEXT",
    "query($it: String!) { search(after: $it) { edges { cursor } } }": "NOT_A_CURSOR",
    "query($it: ID!) { search(area: $it) { totalCount } }": "NOT_AN_AREA",
    "query($it: ID!) { assets(council: $it) { totalCount } }": "NOT_AN_AREA",
    "query($it: ID!) { asset(id: $it) { id } }": "NOT_AN_ID",
    "query($it: ID!) { listing(id: $it) { id } }": "NOT_AN_ID",
    "query($it: ID!) { area(id: $it) { id } }": "NOT_AN_ID",
    "query($it: ID!) { node(id: $it) { id } }": "NOT_AN_ID",
}


@pytest.mark.parametrize("text", [NUL, HALF], ids=["NUL", "half a character"])
async def test_every_argument_of_text_refuses_what_cannot_be_stored(
    town: Database, text: str
) -> None:
    for query, code in TEXT_ARGUMENTS.items():
        body = await ask(town, query, {"it": [text] if "[String!]" in query else text})

        assert [error["extensions"]["code"] for error in body["errors"]] == [code], query


async def test_a_mutation_says_which_text_cannot_be_stored(own_town: Database) -> None:
    told = "{ userErrors { ... on UserError { code path } } }"
    for name, given in {
        "reason": 'withdrawListing(input: {listingId: "lst_0000000001gtg", reason: $it})',
        "summary": 'publishListing(input: {assetId: "ast_00000000009rh", summary: $it})',
        "assetId": "publishListing(input: {assetId: $it})",
        "listingId": 'withdrawListing(input: {listingId: $it, reason: "x"})',
    }.items():
        type_ = "ID" if name.endswith("Id") else "String"
        query = f"mutation($it: {type_}!) {{ made: {given} {told} }}"
        for text in (NUL, HALF):
            made = (await data(own_town, query, {"it": text}, OFFICER))["made"]

            assert made["userErrors"] == [{"code": "UNSTORABLE_TEXT", "path": ["input", name]}]


LITERALS: Final = (r'"\u0000"', r'"\u{0}"', '"""a\x00b"""', r'"\uD800"', '"\ud800"')


async def test_a_document_with_such_text_is_refused_whole(town: Database) -> None:
    for query in (
        "{ place(matching: LITERAL) { place { id } } }",
        "{ search(near: {place: LITERAL}) { totalCount } }",
        '{ search(categories: ["x", LITERAL]) { totalCount } }',
        "{ search(inside: {type: LITERAL, coordinates: []}) { totalCount } }",
        "mutation { withdrawListing(input: {listingId: LITERAL, reason: LITERAL}) { __typename } }",
    ):
        for literal in LITERALS:
            body = await ask(town, query.replace("LITERAL", literal), None, OFFICER)

            codes = {error["extensions"]["code"] for error in body["errors"]}
            assert codes <= {"NUL_CHARACTER", "GRAPHQL_PARSE_FAILED"}, (query, literal)
            assert "data" not in body


async def test_text_too_long_for_its_column_matches_nothing(town: Database) -> None:
    """What a column holds at most limits what is written, not what may be asked."""
    query = """query($one: String!, $some: [String!]) {
          search(categories: $some) { totalCount }
          areas(code: $one) { totalCount }
          places(matching: $one) { totalCount }
          place(matching: $one) { place { id } }
          assets(reference: $one) { totalCount }
        }"""
    for words in ("x" * 41, "é" * 300, "🌊" * 2_000):
        found = await data(town, query, {"one": words, "some": [words]})

        assert found.pop("place") is None
        assert [*found.values()] == [{"totalCount": 0}] * 4


async def test_an_order_is_a_shape_of_the_statement_not_a_text_of_the_request(
    town: Database,
) -> None:
    for order in ListingOrder:
        given = f'order: {order.name}, near: {{place: "GL50"}}, words: "hall"'
        query = f"{{ search({given}) {{ totalCount edges {{ cursor }} }} }}"
        assert "errors" not in await ask(town, query)
