"""Bids are opened once, by the round's key or its holders; each reading is on record."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import BidState, EntryState
from commonweal.handovers.sealing import Kind
from commonweal.handovers.tables import Case, Round
from commonweal.handovers.tables_bids import Bid, BidEntry, SealedVersion
from commonweal.handovers.tables_scores import Scorer
from commonweal.kernel.ids import read_id, write_id
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.handovers.bids import (
    TO_DEADLINE,
    Offer,
    a_bidder,
    a_document,
    a_submitted_bid,
    an_offer,
    contents_in,
)
from tests.people.signing import Somebody, an_officer_of, refused, signed_in

OVER = TO_DEADLINE + timedelta(milliseconds=1)


async def opens(officer: Somebody, offer: Offer, *shares: str) -> list[str]:
    more = {"shares": [*shares]} if shares else {}
    return refused(await officer.does("openBids", "round { id }", roundId=offer.id, **more))


async def reads(somebody: Somebody, bid: str) -> object:
    return contents_in(await somebody.does("readBid", "contents", bidId=bid))


async def test_bids_are_opened_once_it_is_over_and_read_on_record(
    database: Database, advance: Advance
) -> None:
    """Invariant 7, 25."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    never = await a_bidder(database, offer, "others")
    await never.starts(offer)
    await never.saves(a_document(offer))
    officer = await an_officer_of(database, offer.round.council_id)
    await advance(TO_DEADLINE)
    assert await opens(officer, offer) == ["STAGE_NOT_OVER"]
    await advance(timedelta(milliseconds=1))
    assert refused(await bidder.person.does("openBids", "", roundId=offer.id)) == ["NOT_ALLOWED"]
    assert await opens(officer, offer) == []
    assert await opens(officer, offer) == ["ALREADY_OPENED"]
    assert (await Case.get(id=offer.cases[0].id)).state is CaseState.ASSESSMENT
    assert await reads(officer, bidder.bid) == a_document(offer)
    read = AuditRecord.filter(subject_id=read_id("bid", bidder.bid), action="read_bid")
    assert await read.count() == 1
    found = await officer.asks(
        "query($r: ID!) { round(id: $r) { bidsIn bids { edges { node { id } } } } }", r=offer.id
    )
    assert found["round"] == {"bidsIn": 1, "bids": {"edges": [{"node": {"id": bidder.bid}}]}}
    theirs = await officer.does("readBid", "", bidId=never.bid)
    assert refused(theirs) == ["NOT_FOUND"], "a draft that was never submitted stays its bidder's"


async def test_the_panel_reads_and_who_has_an_interest_does_not(
    database: Database, advance: Advance
) -> None:
    """Invariant 13."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    elsewhere = await an_offer(database, "Baths")
    another = await a_submitted_bid(database, elsewhere, "others")
    scorer = await signed_in(database, "scorer@example.org")
    person = await Person.get(email="scorer@example.org")

    async def named(tx: Transaction) -> None:
        belongs = {"round_id": offer.round.id, "person_id": person.id}
        await Scorer.create(id=tx.new_id(), named_at=tx.now, **belongs)

    await in_transaction(database, named)
    assert refused(await scorer.does("readBid", "", bidId=bidder.bid)) == ["NOT_FOUND"]
    await advance(OVER)
    officer = await an_officer_of(database, offer.round.council_id)
    assert await opens(officer, offer) == []
    assert await opens(officer, elsewhere) == []
    assert refused(await scorer.does("readBid", "", bidId=another.bid)) == ["NOT_FOUND"]
    assert await reads(scorer, bidder.bid) == a_document(offer)
    await Scorer.filter(person_id=person.id).update(conflicted_at=offer.round.opened_at)
    assert refused(await scorer.does("readBid", "", bidId=bidder.bid)) == ["NOT_FOUND"]


async def test_with_holders_nobody_reads_until_so_many_of_them_open(
    database: Database, advance: Advance
) -> None:
    """Invariant 7."""
    offer, other = await an_offer(database, holders=3), await an_offer(database, holders=2)
    bidder = await a_submitted_bid(database, offer)
    assert refused(await bidder.reads()) == ["BID_NOT_READABLE"]
    assert await SealedVersion.filter(for_bidder__isnull=False).count() == 0
    await advance(OVER)
    officer = await an_officer_of(database, offer.round.council_id)
    one, two, three = offer.shares
    assert await opens(officer, offer) == ["SHARES_MISSING"]
    assert await opens(officer, offer, one, one) == ["SHARES_MISSING"]
    mistyped = two[:-1] + ("B" if two.endswith("A") else "A")
    assert await opens(officer, offer, one, mistyped) == ["SHARE_MISTYPED"]
    assert await opens(officer, offer, one, other.shares[0]) == ["SHARE_OF_ANOTHER_ROUND"]
    assert (await Round.get(id=offer.round.id)).bids_opened_at is None
    assert await opens(officer, offer, three, one.lower()) == []
    assert await reads(officer, bidder.bid) == a_document(offer)
    assert contents_in(await bidder.reads()) == a_document(offer)


async def test_without_the_key_folder_nothing_is_opened_and_nothing_changes(
    database: Database, advance: Advance
) -> None:
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    await advance(OVER)
    shutil.move(database.keys, database.keys.with_name("elsewhere"))
    officer = await an_officer_of(database, offer.round.council_id)
    assert await opens(officer, offer) == ["KEY_MISSING"]
    assert (await Round.get(id=offer.round.id)).bids_opened_at is None
    assert (await Case.get(id=offer.cases[0].id)).state is CaseState.BUSINESS_CASE
    shutil.rmtree(database.keys, ignore_errors=True)
    shutil.move(database.keys.with_name("elsewhere"), database.keys)
    assert await opens(officer, offer) == []
    assert await reads(officer, bidder.bid) == a_document(offer)


async def test_one_that_was_changed_is_marked_and_the_others_are_opened(
    database: Database, advance: Advance
) -> None:
    offer = await an_offer(database)
    changed = await a_submitted_bid(database, offer)
    other = await a_submitted_bid(database, offer, "others")
    number = read_id("bid", changed.bid)
    [row] = await SealedVersion.filter(bid_id=number)
    await SealedVersion.filter(id=row.id).update(ciphertext=bytes(row.ciphertext)[::-1])
    await advance(OVER)
    officer = await an_officer_of(database, offer.round.council_id)
    assert await opens(officer, offer) == []
    payload = await officer.does("readBid", "", bidId=changed.bid)
    assert refused(payload) == ["BID_UNOPENED"]
    assert (await Bid.get(id=number)).unopened == "RECEIPT_DIFFERS"
    told = await AuditRecord.get(subject_id=offer.round.id, action="open_bids")
    assert told.facts == {"unopened": [changed.bid]}
    assert await reads(officer, other.bid) == a_document(offer)


async def test_a_bid_of_another_is_no_bid_though_its_envelope_is_put_in_its_place(
    database: Database, advance: Advance
) -> None:
    offer = await an_offer(database)
    theirs = await a_submitted_bid(database, offer)
    other = await a_submitted_bid(database, offer, "others")
    [row] = await SealedVersion.filter(bid_id=read_id("bid", other.bid))
    of = read_id("bid", theirs.bid)
    await SealedVersion.filter(bid_id=of).update(
        ciphertext=row.ciphertext, for_round=row.for_round, receipt=row.receipt
    )
    await Bid.filter(id=of).update(receipt=row.receipt)
    await advance(OVER)
    officer = await an_officer_of(database, offer.round.council_id)
    assert await opens(officer, offer) == []
    assert (await Bid.get(id=of)).unopened == "KEY_DOES_NOT_FIT"


async def test_submitting_races_opening_and_what_began_in_time_is_opened_or_refused(
    database: Database, advance: Advance
) -> None:
    """Invariant 8: nothing is submitted that was not opened."""
    offer = await an_offer(database)
    bidders = [await a_bidder(database, offer, f"group{n}") for n in range(6)]
    for bidder in bidders:
        await bidder.starts(offer)
        await bidder.saves(a_document(offer))
    officer = await an_officer_of(database, offer.round.council_id)
    await advance(TO_DEADLINE)
    submitting = [asyncio.create_task(bidder.submits()) for bidder in bidders]
    await asyncio.sleep(0)
    await advance(timedelta(milliseconds=1))
    assert await opens(officer, offer) == []
    outcomes = await asyncio.gather(*submitting)
    assert {code for found in outcomes for code in found} <= {"NOT_TAKEN", "DEADLINE_PASSED"}
    for bidder, refusals in zip(bidders, outcomes, strict=True):
        if not refusals:
            assert await reads(officer, bidder.bid) == a_document(offer)
    submitted = await Bid.filter(state=BidState.SUBMITTED).values_list("id", flat=True)
    unreadable = SealedVersion.filter(bid_id__in=submitted, kind=Kind.BID, for_bidder=None)
    assert await unreadable.count() == 0


async def test_withdrawing_races_opening_and_one_of_them_is_first(
    database: Database, advance: Advance
) -> None:
    """Invariant 9."""
    offer = await an_offer(database)
    bidders = [await a_submitted_bid(database, offer, f"group{n}") for n in range(6)]
    officer = await an_officer_of(database, offer.round.council_id)
    await advance(OVER)
    outcomes = await asyncio.gather(
        opens(officer, offer), *(bidder.withdraws() for bidder in bidders)
    )
    assert outcomes == [[]] * 7
    assert {e.state for e in await BidEntry.all()} == {EntryState.OUT}
    assert await SealedVersion.filter(kind=Kind.BID).count() == 6, "withdrawn too late to erase"


async def test_a_bidder_that_is_not_eligible_any_more_leaves_with_the_reason(
    database: Database, advance: Advance
) -> None:
    """Invariant 11."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    officer = await an_officer_of(database, offer.round.council_id)
    given = {"bidId": bidder.bid, "reason": "The charity was dissolved."}
    assert refused(await officer.does("loseEligibility", "", **given)) == ["NOT_FOUND"]
    await advance(OVER)
    assert await opens(officer, offer) == []
    payload = await officer.does("loseEligibility", "bid { state reason }", **given)
    assert payload["bid"] == {"state": "ELIGIBILITY_LOST", "reason": given["reason"]}
    assert [e.state for e in await BidEntry.all()] == [EntryState.OUT]
    assert await reads(officer, bidder.bid) == a_document(offer), "nothing is deleted"


async def test_when_the_chosen_one_goes_the_reserve_is_next_and_then_nobody(
    database: Database, advance: Advance
) -> None:
    """Invariant 9."""
    offer = await an_offer(database)
    first, second = [await a_submitted_bid(database, offer, name) for name in ("first", "second")]
    officer = await an_officer_of(database, offer.round.council_id)
    await advance(OVER)
    assert await opens(officer, offer) == []
    for bidder, state in ((first, EntryState.CHOSEN), (second, EntryState.RESERVE)):
        await BidEntry.filter(bid_id=read_id("bid", bidder.bid)).update(state=state)
    await Case.filter(id=offer.cases[0].id).update(state=CaseState.DECIDED)
    assert await first.withdraws() == []
    case = await Case.get(id=offer.cases[0].id)
    assert case.state is CaseState.DUE_DILIGENCE
    chosen = await BidEntry.get(case_id=case.id, state=EntryState.CHOSEN)
    assert write_id("bid", chosen.bid_id) == second.bid
    assert await second.withdraws() == []
    assert (await Case.get(id=case.id)).state is CaseState.NO_AWARD


async def test_nothing_that_a_bid_says_stands_in_a_row_a_file_or_the_log(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Invariant 7: keys of doing once, audit, outbox and the engine's own files among them."""
    caplog.set_level("DEBUG")
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    await bidder.saves(a_document(offer, "another draft, of herons too"))
    apps = database.context.apps
    assert apps
    for model in apps.get_models_iterable():
        for row in await model.all().values():
            shown = json.dumps(row, default=repr).lower()
            assert "heron" not in shown, model.__name__
            assert "5000000" not in shown, model.__name__
    assert "heron" not in caplog.text
    assert [path for path, content in files(tmp_path) if b"heron" in content] == []


def files(folder: Path) -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
