"""Rounds, cases and bids of the access matrix: bidders', and since the opening the council's."""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from commonweal.handovers.cases import as_kept
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.rules_assessment import LastResort
from commonweal.handovers.rules_bidders import BidState, EntryState
from commonweal.handovers.rules_defaults import rules_on
from commonweal.handovers.tables import Case, Round, RoundStage
from commonweal.handovers.tables_bids import Attachment, Bid, BidEntry
from commonweal.handovers.tables_scores import Scorer
from commonweal.people.tables import Person
from commonweal.store.transaction import Transaction
from tests.security.sides import Maker, Row, Side


async def a_round(tx: Transaction, side: Side, *, opened: bool = False) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"title": "x", "questions": [], "criteria": [], "ties": []}
    values |= {"last_resort": LastResort.SHARED, "hides_number": False, "public_key": "0" * 64}
    values |= {"opened_at": tx.now, "bids_opened_at": tx.now if opened else None}
    await Round.create(id=number, council_id=side.council, **values)
    ends_at = tx.now + timedelta(days=1)
    of: dict[str, Any] = {"round_id": number, "stage": Stage.BUSINESS_CASE}
    await RoundStage.create(id=tx.new_id(), ends_at=ends_at, **of)
    return number


async def a_case(tx: Transaction, side: Side, round_id: int) -> int:
    number, day = tx.new_id(), tx.now.date()
    values: dict[str, Any] = {"title": "x", "rules": as_kept(rules_on(day)), "began_on": day}
    values |= {"council_id": side.council, "round_id": round_id}
    await Case.create(id=number, state=CaseState.BUSINESS_CASE, **values)
    return number


async def a_bid(tx: Transaction, side: Side, *, opened: bool) -> tuple[int, dict[str, Any]]:
    """A submitted bid, and whom its standings name."""
    number, round_id = tx.new_id(), await a_round(tx, side, opened=opened)
    values: dict[str, Any] = {"state": BidState.SUBMITTED, "receipt": "0" * 64}
    values |= {"submitted_at": tx.now, "created_at": tx.now, "round_id": round_id}
    await Bid.create(id=number, organisation_id=side.organisation, **values)
    of: dict[str, Any] = {"bid_id": number, "case_id": await a_case(tx, side, round_id)}
    await BidEntry.create(id=tx.new_id(), state=EntryState.ENTERED, **of)
    judge = tx.new_id()  # somebody else: whoever belongs to a bidder sees nothing as a judge
    await Person.create(id=judge, name="x", created_at=tx.now)
    scores: dict[str, Any] = {"round_id": round_id, "person_id": judge}
    await Scorer.create(id=tx.new_id(), named_at=tx.now, **scores)
    facts = {"opener": side.council, "panel": judge} if opened else {}
    nobody = {"opener": None, "panel": None}
    behind = {"conflicted": None, "rivals": side.organisation}
    return number, {"bidders": side.organisation, **behind, **nobody, **facts}


async def case(tx: Transaction, side: Side) -> Row:
    number = await a_case(tx, side, await a_round(tx, side))
    return Row.of("cas", number, council=side.council, panel=None)


async def a_seat(tx: Transaction, side: Side, round_id: int) -> int:
    number = tx.new_id()
    of: dict[str, Any] = {"round_id": round_id, "person_id": side.person}
    await Scorer.create(id=number, named_at=tx.now, **of)
    return number


async def judged_case(tx: Transaction, side: Side) -> Row:
    """Of a round whose bids, of whoever else, are opened."""
    round_id = await a_round(tx, side, opened=True)
    await a_seat(tx, side, round_id)
    number = await a_case(tx, side, round_id)
    return Row.of("cas", number, council=side.council, panel=side.person)


async def round_(tx: Transaction, side: Side) -> Row:
    return Row.of("rnd", await a_round(tx, side), council=side.council)


def bid(*, opened: bool) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number, facts = await a_bid(tx, side, opened=opened)
        return Row.of("bid", number, **facts)

    return made


async def attachment(tx: Transaction, side: Side) -> Row:
    bid_id, facts = await a_bid(tx, side, opened=True)
    number = tx.new_id()
    values: dict[str, Any] = {"sha256": uuid4().hex * 2, "size_bytes": 1, "sealed_at": tx.now}
    await Attachment.create(id=number, bid_id=bid_id, submitted=True, **values)
    return Row.of("att", number, **facts)


async def entry(tx: Transaction, side: Side) -> Row:
    bid_id, facts = await a_bid(tx, side, opened=True)
    return Row.of("ent", (await BidEntry.get(bid_id=bid_id)).id, **facts)


BIDS: Final[dict[str, list[Maker]]] = {
    "Attachment": [attachment],
    "Bid": [bid(opened=False), bid(opened=True)],
    "BidEntry": [entry],
    "Case": [case, judged_case],
    "Round": [round_],
}
