"""What was done to an asset: a chain that verifies, for its council's officers only."""

from datetime import timedelta
from typing import Any

import pytest

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets.actions import close_due_listings, publish_listing, withdraw_listing
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.store.audit import BEGINNING, verify
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.assets.estate import OFFICER, STRANGER, estate
from tests.conftest import Advance

LATER = timedelta(days=3)

HISTORY = """query($id: ID!) { asset(id: $id) { name history(first: 50) { totalCount
  edges { node { sequence actor action facts previousHash hash } } } } }"""


async def history(database: Database, number: int, viewer: Viewer = OFFICER) -> Any:
    asked = {"id": write_id("ast", number)}
    return (await data(database, HISTORY, asked, viewer))["asset"]["history"]


async def test_import_publish_withdraw_and_close_are_one_chain_that_verifies(
    database: Database, advance: Advance
) -> None:
    number = (await estate(database))["V/001"]
    listings: list[int] = []

    async def publish(tx: Transaction) -> None:
        done = await publish_listing(
            tx, OFFICER, asset_id=number, closes_on=tx.now.date().replace(day=24)
        )
        listings.append(done["listing"])

    async def withdraw(tx: Transaction) -> None:
        await withdraw_listing(tx, OFFICER, listing_id=listings[-1], reason=" Roof fell in ")

    await in_transaction(database, publish)
    await in_transaction(database, withdraw)
    await in_transaction(database, publish)
    await advance(LATER)
    assert await in_transaction(database, close_due_listings) == 1

    nodes = [edge["node"] for edge in (await history(database, number))["edges"]]
    assert [(n["sequence"], n["actor"], n["action"]) for n in nodes] == [
        (1, "import", "import"),
        (2, "officer of the vale", "publish_listing"),
        (3, "officer of the vale", "withdraw_listing"),
        (4, "officer of the vale", "publish_listing"),
        (5, "system:clock", "close_listing"),
    ]
    first, second = (write_id("lst", listing) for listing in listings)
    assert nodes[0]["facts"]["row"] == 2
    assert nodes[0]["facts"]["file"].startswith("rgf_")
    assert nodes[1]["facts"] == {"listing": first, "closes_on": "2026-11-24"}
    assert nodes[2]["facts"] == {"listing": first, "reason": "Roof fell in"}
    assert nodes[4]["facts"] == {"listing": second}
    assert [n["previousHash"] for n in nodes] == [BEGINNING, *(n["hash"] for n in nodes[:-1])]
    assert not (await verify(database)).broken


async def test_what_was_refused_leaves_no_record(database: Database) -> None:
    number = (await estate(database))["V/003"]
    with pytest.raises(UserError):
        await in_transaction(database, lambda tx: publish_listing(tx, OFFICER, asset_id=number))
    assert (await history(database, number))["totalCount"] == 1
    assert not (await verify(database)).broken


async def test_a_history_is_for_officers_of_its_council_and_null_for_others(
    database: Database,
) -> None:
    number = (await estate(database))["V/001"]
    assert (await history(database, number))["totalCount"] == 1
    for viewer in (ANONYMOUS, STRANGER, Viewer(9, "of no council")):
        assert await history(database, number, viewer) is None
