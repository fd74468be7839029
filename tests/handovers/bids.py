"""Bids as people make them, over the API."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from commonweal.handovers.round_keys import KeyFolder, for_holders
from commonweal.handovers.rules import Stage
from commonweal.handovers.rules_interests import InterestState, Verdict
from commonweal.handovers.tables import Case, Round, RoundStage
from commonweal.handovers.tables_interests import ExpressionOfInterest
from commonweal.kernel.ids import read_id, write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY
from tests.handovers.making import a_case, a_round, ends
from tests.makers import the_council
from tests.people.signing import Somebody, signed_in
from tests.people.stories import a_group

EARLIER: Final = timedelta(days=63)
DUE: Final = ends(Stage.BUSINESS_CASE) - EARLIER
TO_DEADLINE: Final = DUE - TODAY
PLANTED = "a kiosk for heron spotters"  # stands in no file in the clear before bids are opened


@dataclass(frozen=True)
class Offer:
    """A round that takes bids, its cases, and what its holders were given, if it has any."""

    round: Round
    cases: list[Case]
    shares: list[str]

    @property
    def id(self) -> str:
        return write_id("rnd", self.round.id)

    def case(self, at: int = 0) -> str:
        return write_id("cas", self.cases[at].id)


async def an_offer(database: Database, *titles: str, holders: int = 0, **more: Any) -> Offer:
    council, number, shares = await the_council(database), database.new_id(), list[str]()
    if holders:
        key, shares = for_holders(needed=2, holders=holders)
        more["holders_needed"] = 2
    else:
        key = KeyFolder(database.keys).make(number)
    round_ = await a_round(database, council, key=key, id=number, **more)
    for stage in await RoundStage.filter(round_id=number):  # so that nobody's session ends before
        await RoundStage.filter(id=stage.id).update(ends_at=stage.ends_at - EARLIER)
    cases = [await a_case(database, round_, title=title) for title in titles or ("The Old Hall",)]
    return Offer(round_, cases, shares)


async def passed(database: Database, offer: Offer, organisation: str) -> None:
    """An expression of interest in each case, which an officer let pass."""

    async def work(tx: Transaction) -> None:
        for case in offer.cases:
            await ExpressionOfInterest.create(
                id=tx.new_id(),
                case_id=case.id,
                organisation_id=read_id("org", organisation),
                state=InterestState.JUDGED,
                answers=[],
                verdict=Verdict.PASS,
                expressed_at=tx.now,
                judged_at=tx.now,
            )

    await in_transaction(database, work)


@dataclass
class Bidder:
    """Somebody who bids for a group, and the bid as they last saw it."""

    person: Somebody
    group: str
    bid: str = ""
    version: int = 1

    async def starts(self, offer: Offer, at: int = 0) -> list[str]:
        given = {"caseId": offer.case(at), "organisationId": self.group}
        return await self._does("startBid", **given)

    async def saves(self, contents: Any, version: int | None = None) -> dict[str, Any]:
        given = {"bidId": self.bid, "version": version or self.version, "contents": contents}
        payload = await self.person.does("saveDraft", "checklist bid { id version }", **given)
        self._note(payload)
        return payload

    async def reads(self) -> dict[str, Any]:
        return await self.person.does(
            "readDraft", "contents checklist bid { id version }", bidId=self.bid
        )

    async def submits(self) -> list[str]:
        return await self._does("submitBid", bidId=self.bid, version=self.version)

    async def withdraws(self, reason: str = "We found another hall.") -> list[str]:
        return await self._does("withdrawBid", bidId=self.bid, reason=reason)

    async def _does(self, verb: str, **given: Any) -> list[str]:
        payload = await self.person.does(verb, "bid { id version }", **given)
        self._note(payload)
        return [error["code"] for error in payload["userErrors"]]

    def _note(self, payload: dict[str, Any]) -> None:
        if found := payload["bid"]:
            self.bid, self.version = found["id"], found["version"]


async def a_bidder(database: Database, offer: Offer, name: str = "friends") -> Bidder:
    """A group whose expression of interest passed, and its founder."""
    founder = await signed_in(database, f"{name}@example.org")
    group = await a_group(founder, name.title())
    await passed(database, offer, group)
    return Bidder(founder, group)


async def a_submitted_bid(database: Database, offer: Offer, name: str = "friends") -> Bidder:
    """A bid for the first case, sealed."""
    bidder = await a_bidder(database, offer, name)
    assert await bidder.starts(offer) == []
    assert (await bidder.saves(a_document(offer)))["userErrors"] == []
    assert await bidder.submits() == []
    return bidder


def a_document(offer: Offer, text: str = PLANTED, *attachments: str, cases: int = 1) -> Any:
    """Contents that lack nothing."""
    return {
        "answers": [{"criterion": name, "text": text} for name in ("Need", "Money")],
        "asks": [
            {
                "caseId": offer.case(at),
                "instrument": "LEASE",
                "termMonths": 300,
                "considerationPence": 0,
                "rentPence": 100,
            }
            for at in range(cases)
        ],
        "funding": [{"source": "The lottery", "kind": "SECURED", "pence": 5_000_000}],
        "costs": [{"what": "A roof", "pence": 4_000_000}],
        "pledgedMinutes": 60_000,
        "attachments": [*attachments],
    }


def contents_in(payload: dict[str, Any]) -> Any:
    """What was read, of which nothing was refused."""
    assert payload["userErrors"] == []
    return json.loads(payload["contents"])
