"""Bids at once with one another, and with what makes them wait."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.handovers.cases import locked_round
from commonweal.handovers.rules_bidders import BIDS_AT_ONCE, BidState
from commonweal.handovers.tables_bids import Attachment, Bid, BidEntry
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.handovers.bids import DUE, TO_DEADLINE, a_bidder, a_document, a_submitted_bid, an_offer
from tests.people.signing import signed_in


async def test_who_began_in_time_is_in_time_however_long_they_wait(
    database: Database, advance: Advance
) -> None:
    """Invariant 8."""
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    await bidder.saves(a_document(offer))
    await advance(TO_DEADLINE)
    held, over = asyncio.Event(), asyncio.Event()

    async def holding(_tx: Transaction) -> None:
        await locked_round(offer.round.id)
        held.set()
        await over.wait()

    holder = asyncio.create_task(in_transaction(database, holding))
    await held.wait()
    waiting = asyncio.create_task(bidder.submits())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await advance(timedelta(hours=1))
    over.set()
    await holder
    assert await waiting == []
    assert (await Bid.get(id=read_id("bid", bidder.bid))).submitted_at == DUE


async def test_of_many_begun_at_once_there_are_as_many_as_one_bidder_may_have(
    database: Database,
) -> None:
    offer = await an_offer(database, *(f"Hall {n}" for n in range(12)))
    bidder = await a_bidder(database, offer)
    given = {"organisationId": bidder.group}
    payloads = await asyncio.gather(
        *(
            bidder.person.does("startBid", "bid { id }", caseId=offer.case(at), **given)
            for at in range(12)
        )
    )
    refusals = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert refusals == ["TOO_MANY_BIDS"] * (12 - BIDS_AT_ONCE.value)
    assert await Bid.all().count() == await BidEntry.all().count() == BIDS_AT_ONCE.value


async def test_submitting_and_withdrawing_at_once_leaves_nothing_sealed_of_what_is_withdrawn(
    database: Database,
) -> None:
    """Invariant 9."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    await bidder.saves(a_document(offer, "More"))
    submitted, withdrawn = await asyncio.gather(bidder.submits(), bidder.withdraws())
    assert withdrawn == []
    assert submitted in ([], ["WRONG_STATE"])
    [bid] = await Bid.all()
    assert bid.state is BidState.WITHDRAWN
    assert (await bidder.reads())["contents"] is None


async def test_a_rival_sees_entries_and_attachments_of_their_own_alone(database: Database) -> None:
    """Invariant 7: a bidder sees only their own."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    rival = await a_submitted_bid(database, offer, "rivals")
    for each in (bidder, rival):
        number = read_id("bid", each.bid)
        sealed: dict[str, Any] = {"sha256": "0" * 64, "size_bytes": 1, "sealed_at": DUE}
        await Attachment.create(id=database.new_id(), bid_id=number, **sealed)
    asked = """query($case: ID!, $round: ID!, $theirs: ID!) {
      case(id: $case) { entries { edges { node { bid { id attachments { totalCount } } } } } }
      round(id: $round) { bids { totalCount } }
      bid(id: $theirs) { id } }"""
    given = {"case": offer.case(), "round": offer.id}
    for each, other in ((bidder, rival), (rival, bidder)):
        found = await each.person.asks(asked, **given, theirs=other.bid)
        own = {"bid": {"id": each.bid, "attachments": {"totalCount": 1}}}
        assert found["case"]["entries"]["edges"] == [{"node": own}]
        assert found["round"]["bids"]["totalCount"] == 1
        assert found["bid"] is None
    stranger = await signed_in(database, "stranger@example.org")
    found = await stranger.asks(asked, **given, theirs=bidder.bid)
    assert found["case"]["entries"]["edges"] == []
