"""Rounds, cases and bids that tests begin from, made through the models."""

from datetime import datetime, timedelta
from typing import Any, Final

from commonweal.handovers.cases import as_kept
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.rules_assessment import LastResort
from commonweal.handovers.rules_bidders import BidState, EntryState
from commonweal.handovers.rules_defaults import rules_on
from commonweal.handovers.tables import Case, Round, RoundStage
from commonweal.handovers.tables_bids import Bid, BidEntry
from commonweal.people.rules_organisations import OrganisationKind, OrganisationState
from commonweal.people.tables_organisations import Organisation
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY
from tests.makers import an_asset

CRITERIA: Final = [
    {"name": "Need", "weight": 6000, "scale": "ONE_TO_FIVE", "least": 2},
    {"name": "Money", "weight": 4000, "scale": "ONE_TO_FIVE", "least": 1},
]
STAGES: Final = {  # days from TODAY
    Stage.EOI: 28,
    Stage.SHORTLISTING: 49,
    Stage.BUSINESS_CASE: 77,
    Stage.ASSESSMENT: 105,
    Stage.DECISION: 161,
}


def ends(stage: Stage) -> datetime:
    """The last instant of a stage of `a_round`."""
    return TODAY + timedelta(days=STAGES[stage])


async def a_round(
    database: Database, council: Area, *, key: bytes = bytes(32), **more: Any
) -> Round:
    """An open round with all stages, whose bids are sealed for this key; `id`, if it has one."""
    values: dict[str, Any] = {
        "council_id": council.id,
        "title": "Spring round",
        "questions": ["Who are you?", "What is it for?"],
        "criteria": CRITERIA,
        "ties": ["Need"],
        "last_resort": LastResort.SHARED,
        "hides_number": True,
        "public_key": key.hex(),
    }

    async def work(tx: Transaction) -> Round:
        values["id"] = tx.new_id()
        made = await Round.create(opened_at=tx.now, **(values | more))
        for stage in STAGES:
            await RoundStage.create(
                id=tx.new_id(), round_id=made.id, stage=stage, ends_at=ends(stage)
            )
        return made

    return await in_transaction(database, work)


async def a_case(
    database: Database,
    round_: Round,
    state: CaseState = CaseState.BUSINESS_CASE,
    title: str = "The Old Hall",
    **more: Any,
) -> Case:
    """A case of a round, over an asset of its own; it stands in no shop window."""
    council = await Area.get(id=round_.council_id)
    asset = await an_asset(database, council, name=title)
    values: dict[str, Any] = {"council_id": council.id, "asset_id": asset.id, "title": title}
    values |= {"round_id": round_.id, "began_on": TODAY.date(), "state": state}
    values["rules"] = as_kept(rules_on(TODAY.date()))

    async def work(tx: Transaction) -> Case:
        return await Case.create(id=tx.new_id(), **(values | more))

    return await in_transaction(database, work)


async def a_bidder(
    database: Database, council: Area, name: str = "Friends", **more: Any
) -> Organisation:
    """A community group; tests.people.stories has one with a founder, over the API."""
    values: dict[str, Any] = {"kind": OrganisationKind.COMMUNITY_GROUP, "name": name}
    values |= {"state": OrganisationState.VERIFIED, "council_id": council.id}

    async def work(tx: Transaction) -> Organisation:
        return await Organisation.create(id=tx.new_id(), created_at=tx.now, **(values | more))

    return await in_transaction(database, work)


async def a_bid(
    database: Database,
    case: Case,
    bidder: Organisation,
    state: BidState = BidState.SUBMITTED,
    entry: EntryState = EntryState.ENTERED,
) -> Bid:
    """A bid for one case, with nothing sealed in it."""

    async def work(tx: Transaction) -> Bid:
        made = await Bid.create(
            id=tx.new_id(),
            round_id=case.round_id,
            organisation_id=bidder.id,
            state=state,
            receipt="0" * 64 if state is BidState.SUBMITTED else None,
            submitted_at=tx.now if state is BidState.SUBMITTED else None,
            created_at=tx.now,
        )
        await BidEntry.create(id=tx.new_id(), bid_id=made.id, case_id=case.id, state=entry)
        return made

    return await in_transaction(database, work)
