"""Bids begin, are saved by members together, are submitted in time and withdrawn."""

import asyncio
import json
from datetime import timedelta

import pytest

from commonweal.handovers.rules_bidders import BidState, EntryState
from commonweal.handovers.sealing import Kind
from commonweal.handovers.tables_bids import Bid, BidEntry, SealedVersion
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.conftest import Advance
from tests.handovers.bids import (
    DUE,
    TO_DEADLINE,
    Bidder,
    a_bidder,
    a_document,
    a_submitted_bid,
    an_offer,
    contents_in,
    passed,
)
from tests.people.signing import an_officer_of, refused, signed_in
from tests.people.stories import a_group, taken_on

MILLISECOND = timedelta(milliseconds=1)


async def test_a_draft_is_saved_read_and_submitted_for_a_receipt(database: Database) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    first = json.loads((await bidder.saves({}))["checklist"])
    assert [(each["need"], each["blocks"]) for each in first] == [
        ("ANSWER", True),
        ("ANSWER", True),
        ("ASK", True),
        ("COSTS", False),
    ]
    assert {each["by"] for each in first} == {DUE.isoformat()}
    assert await bidder.submits() == ["BID_INCOMPLETE"]
    saved = await bidder.saves(a_document(offer))
    assert saved["checklist"] == "[]"
    assert contents_in(await bidder.reads()) == a_document(offer)
    assert await SealedVersion.all().count() == 1, "of drafts the last is kept"
    assert await bidder.submits() == []
    [row] = await SealedVersion.all()
    bid = await Bid.get(id=row.bid_id)
    assert (bid.receipt, bid.version, bid.state) == (row.receipt, row.number, BidState.SUBMITTED)
    assert row.kind is Kind.BID
    assert await bidder.submits() == ["NOTHING_TO_SUBMIT"]
    assert contents_in(await bidder.reads()) == a_document(offer)


async def test_a_bid_is_replaced_until_the_deadline_and_all_versions_are_kept(
    database: Database, advance: Advance
) -> None:
    """Invariants 7, 8."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    assert (await bidder.saves(a_document(offer, "More")))["userErrors"] == []
    await advance(TO_DEADLINE)
    assert await bidder.submits() == []
    assert contents_in(await bidder.reads()) == a_document(offer, "More")
    assert await SealedVersion.filter(kind=Kind.BID).count() == 2
    assert (await Bid.get(id=read_id("bid", bidder.bid))).submitted_at == DUE
    assert (await bidder.saves(a_document(offer, "At the last")))["userErrors"] == []
    await advance(MILLISECOND)
    assert await bidder.submits() == ["DEADLINE_PASSED"]
    assert refused(await bidder.saves({})) == ["DEADLINE_PASSED"]
    assert await SealedVersion.filter(kind=Kind.BID).count() == 2


async def test_twenty_submit_at_the_instant_and_all_are_in_time(
    database: Database, advance: Advance
) -> None:
    """Invariant 8."""
    offer = await an_offer(database)
    bidders = [await a_bidder(database, offer, f"group{n}") for n in range(20)]
    for bidder in bidders:
        assert await bidder.starts(offer) == []
        assert (await bidder.saves(a_document(offer)))["userErrors"] == []
    await advance(TO_DEADLINE)
    assert await asyncio.gather(*(bidder.submits() for bidder in bidders)) == [[]] * 20
    assert await Bid.filter(state=BidState.SUBMITTED).count() == 20


async def test_of_two_members_who_save_at_once_the_second_is_told(database: Database) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    other = await signed_in(database, "other@example.org")
    await taken_on(bidder.person, bidder.group, other, "other@example.org")
    second = Bidder(other, bidder.group, bidder.bid, bidder.version)
    payloads = await asyncio.gather(
        bidder.saves({"pledgedMinutes": 1}), second.saves({"pledgedMinutes": 2})
    )
    [told] = [p["userErrors"][0] for p in payloads if p["userErrors"]]
    assert told["code"] == "DRAFT_CHANGED"
    assert "version 2" in told["message"]
    [won] = [n for n, p in enumerate(payloads, start=1) if not p["userErrors"]]
    assert contents_in(await second.reads()) == {"pledgedMinutes": won}
    assert await SealedVersion.all().count() == 1


@pytest.mark.parametrize(
    ("contents", "where"),
    [
        ([], "the whole"),
        ({"price": 1}, "the whole"),
        ({"costs": [{"what": "A roof", "pence": 1.5}]}, "costs[0].pence"),
        ({"costs": [{"what": "A roof", "pence": True}]}, "costs[0].pence"),
        ({"funding": [{"source": "x", "kind": "HOPED", "pence": 1}]}, "funding[0].kind"),
        ({"pledgedMinutes": -1}, "pledgedMinutes"),
        ({"answers": [{"criterion": "Need", "text": "x" * 10_001}]}, "answers[0].text"),
        ({"answers": [{"criterion": "Need", "text": "x"}] * 2}, "answers"),
        ({"asks": [{"caseId": "ast_0000000000001"}]}, "asks[0].caseId"),
        ({"attachments": ["att_0000000000001"] * 21}, "attachments"),
    ],
)
async def test_what_is_no_bid_is_refused_by_its_place_and_never_quoted(
    database: Database, contents: object, where: str
) -> None:
    """Invariant 7."""
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    payload = await bidder.saves(contents)
    assert refused(payload) == ["CONTENTS_UNFIT"]
    assert f"In a bid, {where} is" in payload["userErrors"][0]["message"]
    assert "HOPED" not in str(payload)


async def test_who_bids_has_passed_before_and_has_so_many_bids(database: Database) -> None:
    """Invariant 10."""
    offer = await an_offer(database)
    founder = await signed_in(database, "friends@example.org")
    bidder = Bidder(founder, await a_group(founder))
    assert await bidder.starts(offer) == ["INTEREST_NOT_PASSED"]
    await passed(database, offer, bidder.group)
    assert [await bidder.starts(offer) for _ in range(6)] == [[]] * 5 + [["TOO_MANY_BIDS"]]
    assert await bidder.withdraws() == []
    assert await bidder.starts(offer) == []


async def test_one_bid_is_for_several_cases_of_its_round(database: Database) -> None:
    """Invariant 10."""
    offer, other = await an_offer(database, "Hall", "Park"), await an_offer(database, "Baths")
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    assert await bidder._does("addCaseToBid", bidId=bidder.bid, caseId=offer.case(1)) == []
    for case, code in ((offer.case(1), "ALREADY_IN_BID"), (other.case(), "OTHER_ROUND")):
        assert await bidder._does("addCaseToBid", bidId=bidder.bid, caseId=case) == [code]
    await bidder.saves(a_document(offer))
    assert await bidder.submits() == ["BID_INCOMPLETE"], "nothing is asked for in the second"
    await bidder.saves(a_document(offer, cases=2))
    assert await bidder.submits() == []
    given = {"bidId": bidder.bid, "caseId": offer.case(1)}
    assert await bidder._does("removeCaseFromBid", **given) == []
    given["caseId"] = offer.case(0)
    assert await bidder._does("removeCaseFromBid", **given) == ["LAST_CASE"]
    assert await bidder._does("addCaseToBid", **given) == ["WRONG_STATE"], "it was submitted"


async def test_a_consortium_bids_by_its_leads_expression_and_partners_write(
    database: Database,
) -> None:
    """Invariant 10."""
    offer = await an_offer(database)
    lead = await a_bidder(database, offer)
    partner = await signed_in(database, "partner@example.org")
    partners = await a_group(partner, "Partners")
    formed = await lead.person.does(
        "formConsortium", "organisation { id }", organisationId=lead.group, name="Together"
    )
    together = formed["organisation"]["id"]
    both = {"organisationId": together, "partnerId": partners}
    await lead.person.does("invitePartner", "", **both)
    joined = {"organisationId": partners, "consortiumId": together}
    assert (await partner.does("joinConsortium", "", **joined))["userErrors"] == []
    consortium = Bidder(lead.person, together)
    assert await consortium.starts(offer) == []
    theirs = Bidder(partner, together, consortium.bid, consortium.version)
    assert (await theirs.saves(a_document(offer)))["userErrors"] == []
    assert await theirs.submits() == []
    rivals = await a_submitted_bid(database, offer, "rivals")
    for somebody in (lead.person, partner):
        assert refused(await somebody.does("readDraft", "", bidId=rivals.bid)) == ["NOT_FOUND"]
    assert refused(await rivals.person.does("readDraft", "", bidId=theirs.bid)) == ["NOT_FOUND"]


async def test_withdrawn_before_the_deadline_nothing_is_left_but_that_it_was_there(
    database: Database,
) -> None:
    """Invariant 9."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    assert await bidder.withdraws(" ") == ["TEXT_LENGTH"]
    assert await bidder.withdraws() == []
    assert await SealedVersion.all().count() == 0
    [bid] = await Bid.all()
    assert (bid.state, bid.receipt) == (BidState.WITHDRAWN, None)
    assert [e.state for e in await BidEntry.all()] == [EntryState.OUT]
    kept = await AuditRecord.filter(subject_id=bid.id).order_by("sequence")
    assert [r.action for r in kept] == ["start_bid", "submit_bid", "withdraw_bid"]
    assert await AuditRecord.filter(subject_id=offer.cases[0].id).count() == 0, "officers read it"
    assert await bidder.withdraws() == ["WRONG_STATE"]
    assert refused(await bidder.saves({})) == ["WRONG_STATE"]
    assert refused(await bidder.reads()) == ["BID_NOT_READABLE"]


async def test_a_draft_for_what_is_offered_no_more_is_erased_as_well(database: Database) -> None:
    """Invariant 9: its entry is out already, and its words are still not to stay."""
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    await bidder.saves(a_document(offer))
    assert await SealedVersion.all().count() == 1
    officer = await an_officer_of(database, offer.round.council_id)
    await officer.does("withdrawCase", caseId=offer.case(), reason="It was sold.")
    assert await bidder.withdraws() == []
    assert await SealedVersion.all().count() == 0


async def test_a_bid_for_two_of_which_one_is_withdrawn_says_which_and_goes_on_without(
    database: Database,
) -> None:
    offer = await an_offer(database, "The Old Hall", "The Yard")
    bidder = await a_bidder(database, offer)
    await bidder.starts(offer)
    second = {"bidId": bidder.bid, "caseId": offer.case(1)}
    assert refused(await bidder.person.does("addCaseToBid", "", **second)) == []
    await bidder.saves(a_document(offer, cases=2))
    officer = await an_officer_of(database, offer.round.council_id)
    await officer.does("withdrawCase", caseId=offer.case(1), reason="It was sold.")
    given = {"bidId": bidder.bid, "version": bidder.version}
    told = (await bidder.person.does("submitBid", "", **given))["userErrors"]
    assert [(each["code"], each["message"]) for each in told] == [
        (
            "OFFER_ENDED",
            "The Yard is not offered any more: take it out of this bid, then submit it.",
        )
    ]
    assert refused(await bidder.person.does("removeCaseFromBid", "", **second)) == []
    await bidder.saves(a_document(offer))
    assert await bidder.submits() == []


@pytest.mark.parametrize("kind", ["SPONSOR", "BUSINESS"])
async def test_what_cannot_be_given_an_asset_begins_no_bid(database: Database, kind: str) -> None:
    """The same as for expressions of interest, in a round that takes none of these."""
    offer = await an_offer(database)
    owner = await signed_in(database, "owner@example.org")
    group = await a_group(owner, "Sponsors", kind)
    await passed(database, offer, group)
    told = await owner.does("startBid", "", caseId=offer.case(), organisationId=group)
    assert refused(told) == ["GROUP_UNFIT"]


async def test_until_bids_are_opened_there_is_none_for_anybody_else(
    database: Database, advance: Advance
) -> None:
    """Invariants 7, 35."""
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    officer = await an_officer_of(database, offer.round.council_id)
    sponsor = await signed_in(database, "sponsor@example.org")
    await a_group(sponsor, "Sponsors", "SPONSOR")
    asked = """query($bid: ID!, $none: ID!, $case: ID!, $round: ID!) {
      bid(id: $bid) { id } nothing: bid(id: $none) { id }
      node(id: $bid) { id }
      case(id: $case) { entries { totalCount } }
      round(id: $round) { bids { totalCount } receipts { totalCount } bidsIn } }"""
    ids = {"bid": bidder.bid, "none": "bid_0000000000005", "case": offer.case(), "round": offer.id}
    for somebody in (officer, sponsor):
        assert await somebody.asks(asked, **ids) == {
            "bid": None,
            "nothing": None,
            "node": None,
            "case": {"entries": {"totalCount": 0}},
            "round": {"bids": {"totalCount": 0}, "receipts": {"totalCount": 0}, "bidsIn": None},
        }
        for verb in ("readBid", "readDraft"):
            theirs = await somebody.does(verb, "", bidId=bidder.bid)
            none = await somebody.does(verb, "", bidId=ids["none"])
            assert theirs == none
            assert refused(none) == ["NOT_FOUND"]
    await advance(TO_DEADLINE)
    assert (await sponsor.asks(asked, **ids))["round"]["receipts"]["totalCount"] == 0
    await advance(MILLISECOND)
    asked = (
        "query($r: ID!) { round(id: $r) { receipts { edges { node { sha256 submittedAt } } } } }"
    )
    found = await sponsor.asks(asked, r=offer.id)
    [bid] = await Bid.all()
    [edge] = found["round"]["receipts"]["edges"]
    assert edge["node"]["sha256"] == bid.receipt
