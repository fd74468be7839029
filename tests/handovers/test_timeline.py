"""An asset's timeline: what is public of its way, and nothing by which bids could be counted."""

import ast
from pathlib import Path
from typing import Any, Final

import pytest

from commonweal import assets, handovers
from commonweal.handovers.rules import CLOSINGS
from commonweal.handovers.rules_timeline import PUBLIC, Happening
from commonweal.handovers.tables import Case
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.schema import build
from tests.asking import data
from tests.handovers.interested import a_listed_case, an_owner, expressed, number
from tests.people.signing import an_officer_of, signed_in

UNWRITTEN: Final = ("rules", "rules_timeline")  # names of moves, and of what is told: no audit
READ = """query($id: ID!, $first: Int = 20, $after: String) { asset(id: $id) {
  timeline(first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage }
    edges { node { at action what case { id } } } } } }"""


async def happens(database: Database, case: Case, *actions: str) -> None:
    """These actions, on the asset where they are an asset's, else on the case."""

    async def work(tx: Transaction, action: str) -> None:
        kind, subject = ("ast", case.asset_id) if action == "import" else ("cas", case.id)
        await record(tx, "somebody", [Entry(kind, subject or 0, action, {"secret": 1})])

    for action in actions:
        await in_transaction(database, lambda tx, action=action: work(tx, action))  # type: ignore[misc]


async def timeline(database: Database, case: Case, **more: Any) -> dict[str, Any]:
    variables = {"id": write_id("ast", case.asset_id or 0), **more}
    found: dict[str, Any] = (await data(database, READ, variables))["asset"]["timeline"]
    return found


async def test_a_timeline_has_what_is_public_of_an_asset_and_its_cases_and_of_no_other(
    database: Database,
) -> None:
    """Invariant 7."""
    case, other = await a_listed_case(database), await a_listed_case(database, title="Depot")
    secret = ("submit_bid", "express_interest", "ask_question", "give_score", "read_bid")
    await happens(database, case, "import", "list_case", *secret, "close_eoi")
    await happens(database, other, "import", "list_case")
    found = await timeline(database, case)
    told = [edge["node"] for edge in found["edges"]]
    assert [each["action"] for each in told] == ["close_eoi", "list_case", "import"]
    assert [each["what"] for each in told] == [PUBLIC[Happening(e["action"])] for e in told]
    assert [each["case"] for each in told] == [{"id": number(case)}] * 2 + [None]
    assert found["totalCount"] == 3


async def test_a_timeline_is_read_page_by_page(database: Database) -> None:
    case = await a_listed_case(database)
    await happens(database, case, "import", *(each.value for each in list(Happening)[7:12]))
    whole = (await timeline(database, case))["edges"]
    pages, after = [], None
    for _ in range(3):
        page = await timeline(database, case, first=2, after=after)
        pages += page["edges"]
        after = page["pageInfo"]["endCursor"]
    assert not page["pageInfo"]["hasNextPage"]
    assert pages == whole
    assert len(whole) == 6


async def test_nobody_counts_who_is_interested_or_who_asked(database: Database) -> None:
    """Invariant 7: two cases that differ in nothing else have the same timeline."""
    case = await a_listed_case(database)
    owner, group = await an_owner(database)
    await expressed(owner, group, case)
    await owner.does("askQuestion", caseId=number(case), text="Is it dry?")
    assert (await timeline(database, case))["totalCount"] == 0


def test_every_public_action_has_its_sentence_and_the_type_shows_neither_who_nor_what() -> None:
    assert PUBLIC.keys() == set(Happening)
    shown = build().graphql_schema.type_map["TimelineEntry"].fields
    assert set(shown) == {"at", "action", "what", "case"}


async def test_who_may_see_the_history_sees_no_more_in_the_timeline(database: Database) -> None:
    case = await a_listed_case(database)
    await happens(database, case, "express_interest", "list_case")
    officer = await an_officer_of(database, case.council_id)
    asset = write_id("ast", case.asset_id or 0)
    found = (await officer.asks(READ, id=asset))["asset"]["timeline"]
    assert found["totalCount"] == 1


@pytest.mark.parametrize("times", [1, 2])
async def test_an_asset_is_watched_once_until_it_is_not(database: Database, times: int) -> None:
    case = await a_listed_case(database)
    ada = await signed_in(database, "ada@example.org")
    bob = await signed_in(database, "bob@example.org")
    asset = write_id("ast", case.asset_id or 0)
    mine = "{ me { watches { edges { node { asset { id } } } } } }"
    for _ in range(times):
        assert (await ada.does("watchAsset", "asset { id }", assetId=asset))["userErrors"] == []
    for who, edges in ((ada, [{"node": {"asset": {"id": asset}}}]), (bob, [])):
        assert (await who.asks(mine))["me"]["watches"]["edges"] == edges
    for _ in range(times):
        assert (await ada.does("unwatchAsset", assetId=asset))["userErrors"] == []
    assert (await ada.asks(mine))["me"]["watches"]["edges"] == []


def test_every_public_action_is_one_that_the_code_writes() -> None:
    """Else its sentence is never read by anybody."""
    rooms = [Path(room.__file__ or "").parent for room in (assets, handovers)]
    files = [file for room in rooms for file in room.glob("*.py") if file.stem not in UNWRITTEN]
    trees = [ast.walk(ast.parse(file.read_text("utf-8"))) for file in files]
    said = {node.value for tree in trees for node in tree if isinstance(node, ast.Constant)}
    said |= {name for _, _, name in CLOSINGS}
    assert [each.value for each in Happening if each.value not in said] == []
