"""Who has an interest does nothing in a case, whatever office they have (invariant 13)."""

from typing import Any

import httpx2
import pytest

from commonweal.access import Role
from commonweal.kernel.ids import read_id, write_id
from commonweal.people.tables_organisations import Membership
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.handovers.bids import Bidder, a_bidder, a_submitted_bid, an_offer
from tests.handovers.decided import LEASE, codes, deciding
from tests.handovers.panels import assessed
from tests.handovers.test_actions_panel import an_officer
from tests.handovers.test_appeals import a_member, appeals, ends, has_been
from tests.handovers.test_attachments import get, http, put
from tests.handovers.test_opening import OVER, opens
from tests.people.signing import Somebody, an_officer_of, refused

__all__ = ["http"]  # a fixture
OWN = ["NOT_YOURS_TO_JUDGE"]


async def joins(person: Somebody, organisation: int) -> None:
    number = (await person.viewer()).id

    async def work(tx: Transaction) -> None:
        belongs: dict[str, Any] = {"organisation_id": organisation, "person_id": number}
        await Membership.create(id=tx.new_id(), role=Role.COORDINATOR, since=tx.now, **belongs)

    await in_transaction(person.database, work)


async def seen(person: Somebody, case: str) -> list[int]:
    """How many entries, scores and results of a case there are for them."""
    counted = "{ totalCount }"
    asked = f"entries {counted} scores {counted} results {counted}"
    query = f"query($id: ID!) {{ case(id: $id) {{ {asked} }} }}"
    found = (await person.asks(query, id=case))["case"]
    return [found[each]["totalCount"] for each in ("entries", "scores", "results")]


async def test_an_officer_who_declared_a_conflict_reads_no_bid_and_removes_none(
    database: Database, advance: Advance
) -> None:
    offer = await an_offer(database)
    bidder = await a_submitted_bid(database, offer)
    await advance(OVER)
    otto = await an_officer(database)
    me = write_id("per", (await otto.viewer()).id or 0)
    named = await otto.does("nameScorer", "scorer { id }", roundId=offer.id, personId=me)
    assert await opens(otto, offer) == []
    said = {"scorerId": named["scorer"]["id"], "conflict": "My sister chairs it."}
    assert refused(await otto.does("declareConflict", **said)) == []
    assert refused(await otto.does("readBid", "", bidId=bidder.bid)) == ["NOT_FOUND"]
    gone = await otto.does("loseEligibility", bidId=bidder.bid, reason="I do not like them.")
    assert refused(gone) == ["NOT_FOUND"]
    assert await seen(otto, offer.case()) == [0, 0, 0]
    other = await an_officer_of(database, offer.round.council_id)
    assert (await seen(other, offer.case()))[0] == 1


async def test_an_officer_of_a_bidder_reads_and_removes_no_rival(
    database: Database, advance: Advance
) -> None:
    offer = await an_offer(database)
    mine = await a_submitted_bid(database, offer, "mine")
    rival = await a_submitted_bid(database, offer, "rival")
    await advance(OVER)
    otto = await an_officer(database)
    await joins(otto, read_id("org", mine.group) or 0)
    assert await opens(otto, offer) == []
    assert refused(await otto.does("readBid", "", bidId=rival.bid)) == ["NOT_FOUND"]
    gone = await otto.does("loseEligibility", bidId=rival.bid, reason="So.")
    assert refused(gone) == ["NOT_FOUND"]
    assert await seen(otto, offer.case()) == [1, 0, 0], "their own entry"


async def test_an_officer_with_a_conflict_sees_no_scores_and_no_result(database: Database) -> None:
    of = await assessed(database, judges=1)
    otto = await an_officer(database)
    me = write_id("per", (await otto.viewer()).id or 0)
    given = {"roundId": write_id("rnd", of.round.id), "personId": me}
    named = await otto.does("nameScorer", "scorer { id }", **given)
    said = {"scorerId": named["scorer"]["id"], "conflict": "My sister chairs it."}
    assert refused(await otto.does("declareConflict", **said)) == []
    await of.all_in(("55", "11"))
    assert await seen(otto, of.id) == [0, 0, 0]
    assert await seen(of.officer, of.id) == [2, 4, 1]


async def test_an_officer_of_a_bidder_prepares_and_decides_nothing(database: Database) -> None:
    of = await deciding(database)
    otto = await an_officer(database)
    await joins(otto, of.bidders[0].id)
    assert codes(await otto.does("prepareDecision", "", caseId=of.id, **LEASE)) == OWN
    decision, version, _ = await of.prepares(**LEASE)
    given = {"decisionId": decision, "version": version}
    assert codes(await otto.does("confirmDecision", "", **given)) == OWN
    assert codes(await otto.does("decide", "", **given, reasons="They are good.")) == OWN
    assert await of.decides() == []


async def test_an_officer_decides_no_appeal_of_their_own_group(database: Database) -> None:
    of = await deciding(database)
    await has_been(of, "listed", "eoi_closed", "business_case", "assessment")
    assert await of.decides(**LEASE) == []
    bob = await a_member(database, of, 1, "bob")
    refusals, appeal = await appeals(of, bob, 1)
    assert refusals == []
    otto = await an_officer(database)
    await joins(otto, of.bidders[1].id)
    assert await ends(otto, appeal, True, "ASSESSMENT") == OWN


@pytest.mark.parametrize("scope", ["PERSONAL", "SAFETY"])
async def test_a_token_for_something_else_reads_and_brings_no_attachment(
    database: Database, http: httpx2.AsyncClient, scope: str
) -> None:
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer)
    assert await bidder.starts(offer) == []
    brought = await put(http, bidder)
    made = await bidder.person.does("createAccessToken", "token", label="app", scopes=[scope])
    app = Somebody(database, made["token"])
    read = await get(http, app, brought.json()["id"])
    more = await put(http, Bidder(app, bidder.group, bidder.bid))
    assert {read.status_code, more.status_code} <= {403, 404}
