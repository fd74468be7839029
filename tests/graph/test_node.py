"""Ids: what is none is refused; what names nothing, or another kind of thing, finds nothing."""

import random
import string
from typing import Final

from commonweal.kernel.ids import MOST_ID, write_id
from commonweal.store.database import Database
from tests.asking import ask, data
from tests.graph.arguments import IDS

JUNK: Final = [
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "null",
    str(10**400),
    "ast",
    "ast_",
    "ast_10000",
    "ast_zzzzzzzzzzzzz",
    "_00000000009rg",
    "ast_00000000009rg ",
    "ast_00000000009rg\n",
    "ast_00000000009rgg",
    "ast-00000000009rg",
    "ａｓｔ_00000000009rg",  # noqa: RUF001  # letters of full width
    "ast_٠0000000009rg",  # noqa: RUF001  # an Arabic zero
    "QXNzZXQ6MTAwMDA=",
    "'; DROP TABLE asset; --",
    "🌊" * 50,
    write_id("ast", MOST_ID),
    write_id("xyz", 10_000),
]
FIELDS: Final = ("node", "asset", "area", "listing")


async def test_what_is_no_id_is_refused_and_what_names_nothing_is_null(town: Database) -> None:
    pick = random.Random(5)
    noise = ["".join(pick.choices(string.printable, k=pick.randint(1, 40))) for _ in range(40)]
    body = "{ " + " ".join(f"{name}(id: $id) {{ id }}" for name in FIELDS) + " }"
    for id_ in JUNK + noise:
        answer = await ask(town, f"query($id: ID!) {body}", {"id": id_})

        if id_ == write_id("ast", MOST_ID):  # one of a kind, but of nothing
            assert answer["data"] == dict.fromkeys(FIELDS)
        else:
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_AN_ID"], id_


async def test_an_id_of_another_kind_names_nothing(town: Database) -> None:
    for name in FIELDS[1:]:
        query = f"query($id: ID!) {{ node(id: $id) {{ id }} one: {name}(id: $id) {{ id }} }}"
        for kind, ids in IDS.items():
            found = await data(town, query, {"id": ids[0]})

            there = kind not in (
                "bid",
                "decision",
                "file",
                "ledgerAccount",
                "ledgerTransfer",
                "opportunity",
                "pot",
                "scheme",
                "wallet",
            )  # the town has none
            assert found["node"] == ({"id": ids[0]} if there else None)
            assert (found["one"] is not None) is (there and kind == name)


async def test_an_id_may_be_given_as_people_copy_it(town: Database) -> None:
    query = "query($id: ID!) { asset(id: $id) { id } }"
    for id_ in ("AST_00000000009RG", "ast_OOOOOOOOOO9rg"):
        assert (await data(town, query, {"id": id_}))["asset"] == {"id": "ast_00000000009rg"}


async def test_a_whole_number_may_stand_for_text_as_graphql_has_it_and_is_no_id(
    town: Database,
) -> None:
    for query, values in (
        ("query($id: ID!) { asset(id: $id) { id } }", {"id": 10_000}),
        ("{ asset(id: 10000) { id } }", None),
    ):
        [error] = (await ask(town, query, values))["errors"]
        assert error["extensions"]["code"] == "NOT_AN_ID"


async def test_where_an_id_narrows_a_list_what_is_none_is_refused(town: Database) -> None:
    for field in ("search(area: $id)", "assets(council: $id)"):
        for id_ in JUNK:
            body = await ask(town, f"query($id: ID!) {{ {field} {{ totalCount }} }}", {"id": id_})

            if "errors" in body:
                [error] = body["errors"]
                assert error["extensions"]["code"] == "NOT_AN_AREA"
            else:
                assert body["data"].popitem()[1] == {"totalCount": 0}
