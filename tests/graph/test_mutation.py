"""Refusals of a mutation: typed, with their facts and the input that they concern."""

from typing import Any, Final

import pytest

from commonweal.access import ANONYMOUS, Viewer
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from tests.asking import ask, data, schema
from tests.graph.town import ASSETS, ISLANDER, LISTINGS, OFFICER, VIEWERS

PUBLISH: Final = """mutation($input: PublishListingInput!) { made: publishListing(input: $input) {
  listing { id } asset { id }
  userErrors { __typename ... on UserError { code message path }
    ... on WrongState { noun move state allowed } ... on NotListable { name reason }
    ... on ClosesInThePast { closesOn today } ... on SummaryTooLong { most characters }
    ... on NotFound { what } ... on NotAllowed { who } ... on UnstorableText { what } } } }"""
WITHDRAW: Final = """mutation($input: WithdrawListingInput!) {
  made: withdrawListing(input: $input) { listing { id } asset { id }
  userErrors { __typename ... on UserError { code message path } } } }"""
HELD, LISTED, CHATTEL, THEIRS = (write_id("ast", ASSETS + n) for n in (1, 0, 4, 8))
MISSING_ASSET, MISSING_LISTING = write_id("ast", 5), write_id("lst", 5)


async def refusals(
    database: Database, query: str, given: dict[str, Any], viewer: Viewer = OFFICER
) -> list[dict[str, Any]]:
    made = (await data(database, query, {"input": given}, viewer))["made"]
    found: list[dict[str, Any]] = made["userErrors"]
    if found:
        assert made["listing"] is made["asset"] is None
    return found


REFUSED: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    (
        {"assetId": LISTED},
        {"code": "WRONG_STATE", "path": [], "noun": "asset", "move": "publish",
         "state": "listed", "allowed": ["held"]},
    ),
    (
        {"assetId": CHATTEL},
        {"code": "NOT_LISTABLE", "path": [], "name": "Plot 4", "reason": "a painting"},
    ),
    (
        {"assetId": HELD, "closesOn": "2026-11-22"},
        {"code": "CLOSES_IN_THE_PAST", "path": ["input", "closesOn"],
         "closesOn": "2026-11-22", "today": "2026-11-22"},
    ),
    (
        {"assetId": HELD, "summary": "x" * 2_001},
        {"code": "SUMMARY_TOO_LONG", "path": ["input", "summary"], "most": 2_000,
         "characters": 2_001},
    ),
    (
        {"assetId": MISSING_ASSET},
        {"code": "NOT_FOUND", "path": ["input", "assetId"], "what": "asset"},
    ),
    (
        {"assetId": THEIRS},
        {"code": "NOT_ALLOWED", "path": [], "who": "an officer of its council"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "refusal"), REFUSED, ids=lambda each: each.get("code", ""))
async def test_a_refusal_is_typed_and_says_which_input_it_concerns(
    own_town: Database, given: dict[str, Any], refusal: dict[str, Any]
) -> None:
    [found] = await refusals(own_town, PUBLISH, given)

    assert found.pop("message").endswith(".")
    assert found.pop("__typename").upper() == refusal["code"].replace("_", "")
    assert found == refusal


async def test_who_has_not_signed_in_is_told_so(own_town: Database) -> None:
    [refusal] = await refusals(own_town, PUBLISH, {"assetId": HELD}, ANONYMOUS)

    assert refusal["code"] == "SIGN_IN_NEEDED"


@pytest.mark.parametrize("given", ["", "ast", "nonsense", HELD[:-1], HELD + "0", MISSING_LISTING])
async def test_what_is_no_id_of_the_kind_is_an_id_of_nothing(
    own_town: Database, given: str
) -> None:
    missing = await refusals(own_town, PUBLISH, {"assetId": MISSING_ASSET})

    assert await refusals(own_town, PUBLISH, {"assetId": given}) == missing


@pytest.mark.parametrize("viewer", [ANONYMOUS, ISLANDER], ids=["anyone", "islander"])
async def test_what_one_may_not_see_and_what_is_not_there_are_one_answer(
    own_town: Database, viewer: Viewer
) -> None:
    """To the byte: listings that are closed or withdrawn, and those that are over."""
    hidden = [write_id("lst", number) for number in await unseen_listings(own_town, viewer)]
    assert len(hidden) >= 4
    for id_ in hidden:
        for query in (
            "query($id: ID!) { it: listing(id: $id) { title } }",
            "query($id: ID!) { it: node(id: $id) { id ... on Listing { title } } }",
            "query($id: ID!) { it: node(id: $id) { __typename } }",
        ):
            assert await ask(own_town, query, {"id": id_}, viewer) == {"data": {"it": None}}
            missing = await ask(own_town, query, {"id": MISSING_LISTING}, viewer)
            assert missing == {"data": {"it": None}}
        told = await refusals(own_town, WITHDRAW, {"listingId": id_, "reason": "x"}, viewer)
        gone = {"listingId": MISSING_LISTING, "reason": "x"}
        assert told == await refusals(own_town, WITHDRAW, gone, viewer)
        assert told[0]["code"] == "NOT_FOUND"


async def unseen_listings(database: Database, viewer: Viewer) -> list[int]:
    """The numbers of asset listings that are not open, and not of the viewer's council."""
    rows = await database.fetch(
        "SELECT id, council_id FROM listing WHERE kind = 'ASSET' "
        "AND (state <> 'open' OR closes_at <= commonweal_now())",
        [],
    )
    return [number for number, council in rows if council not in viewer.councils]


async def test_one_s_own_officers_see_what_is_no_longer_open(own_town: Database) -> None:
    query = "query($id: ID!) { listing(id: $id) { state } }"
    for name, viewer in VIEWERS.items():
        found = await ask(own_town, query, {"id": write_id("lst", LISTINGS + 12)}, viewer)
        seen = {"listing": {"state": "CLOSED"}} if name == "officer" else {"listing": None}
        assert found == {"data": seen}


def test_every_refusal_of_a_mutation_is_a_type_with_its_facts() -> None:
    core = schema().graphql_schema
    union: Any = core.type_map["PublishListingError"]
    facts = {type_.name: set(type_.fields) - {"code", "message", "path"} for type_ in union.types}

    assert facts["WrongState"] == {"noun", "move", "state", "allowed"}
    assert facts["NotFound"] == {"what"}
    assert all({"code", "message", "path"} <= set(type_.fields) for type_ in union.types)
    assert {i.name for type_ in union.types for i in type_.interfaces} == {"UserError"}
