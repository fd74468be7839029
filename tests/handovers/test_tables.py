"""What the database itself refuses of rounds and cases, whoever asks."""

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables import Case, Round
from commonweal.handovers.tables_bids import BidEntry
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.handovers.making import a_bid, a_bidder, a_case, a_round
from tests.makers import the_council

REFUSED = (IntegrityError, OperationalError)


@pytest.mark.parametrize(
    "change", ["criteria = '[]'", "ties = '[]'", "public_key = '00'", "hides_number = false"]
)
async def test_what_bidders_rely_on_does_not_change_once_a_round_is_open(
    database: Database, change: str
) -> None:
    """Invariant 16."""
    made = await a_round(database, await the_council(database))
    with pytest.raises(REFUSED, match="round keeps its rows"):
        await database.client.execute_query(f"UPDATE round SET {change} WHERE id = {made.id}")
    with pytest.raises(REFUSED, match="round keeps its rows"):
        await database.client.execute_query(f"DELETE FROM round WHERE id = {made.id}")
    assert (await Round.get(id=made.id)).criteria == made.criteria


async def test_of_an_asset_one_case_is_on_offer(database: Database) -> None:
    of = await a_round(database, await the_council(database))
    first = await a_case(database, of, CaseState.MONITORING)
    values: dict[str, Any] = {"asset_id": first.asset_id}
    await again(database, first, CaseState.LISTED)
    with pytest.raises(IntegrityError):
        await again(database, first, CaseState.PROPOSED)
    assert await Case.filter(**values).count() == 2


async def again(database: Database, case: Case, state: CaseState) -> None:
    async def work(tx: Transaction) -> None:
        same: dict[str, Any] = {"council_id": case.council_id, "asset_id": case.asset_id}
        same |= {"title": case.title, "rules": case.rules, "began_on": case.began_on}
        await Case.create(id=tx.new_id(), state=state, **same)

    await in_transaction(database, work)


async def test_of_those_that_bid_for_a_case_one_is_chosen(database: Database) -> None:
    council = await the_council(database)
    case = await a_case(database, await a_round(database, council))
    await a_bid(database, case, await a_bidder(database, council), entry=EntryState.CHOSEN)
    await a_bid(database, case, await a_bidder(database, council, "Others"))
    with pytest.raises(IntegrityError):
        await BidEntry.filter(case_id=case.id, state=EntryState.ENTERED).update(
            state=EntryState.CHOSEN
        )
