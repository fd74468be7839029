"""Cases that wait for their decision, and all that one needs; asked over the API."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.rules_decisions import Declaration, PublicInterest, Restriction
from commonweal.handovers.tables import Case, Round
from commonweal.handovers.tables_bids import Bid, BidEntry
from commonweal.handovers.tables_decisions import Award, Decision
from commonweal.kernel.ids import write_id
from commonweal.people.tables_organisations import Organisation
from commonweal.places.tables import Area
from commonweal.store.database import Database
from tests.conftest import TODAY
from tests.handovers.making import a_bid, a_bidder, a_case, a_round
from tests.makers import the_council
from tests.people.signing import Somebody, an_officer_of

DAY: Final = TODAY.date()
MILLION: Final = 100_000_000  # pence
LICENCE: Final[dict[str, Any]] = {
    "instrument": "LICENCE",
    "beginsOn": str(DAY + timedelta(days=30)),
    "termMonths": 36,
    "considerationPence": 0,
    "restrictions": [{"restriction": each.value, "binds": False} for each in Restriction],
    "declarations": [each.value for each in Declaration],
    "publicInterest": [
        {"question": each.value, "yes": False, "reasons": "The roof is too dear."}
        for each in PublicInterest
    ],
    "decidedOn": str(DAY),
    "meetingReference": "CAB/2026/114",
    "delegated": False,
}
LEASE: Final[dict[str, Any]] = LICENCE | {
    "instrument": "LEASE",
    "termMonths": 300,
    "rentPence": 0,
    "considerationPence": MILLION,
    "heldUnder": "LOCAL_GOVERNMENT",
    "unrestrictedPence": 3 * MILLION,
    "valuedOn": str(DAY - timedelta(days=20)),
    "valuer": "A valuer, MRICS",
    "valuerIndependent": True,
    "wellbeingReason": "The only hall of three villages stays open.",
    "openSpace": False,
    "statutoryTrust": False,
}


@dataclass
class Deciding:
    """A case in due diligence: the first of its bids is chosen, the second in reserve."""

    officer: Somebody
    council: Area
    round: Round
    case: Case
    bidders: list[Organisation]
    bids: list[Bid]

    @property
    def id(self) -> str:
        return write_id("cas", self.case.id)

    async def prepares(self, **facts: Any) -> tuple[str, int, list[str]]:
        """The decision's id and version, and the codes of what is missing."""
        shown = "decision { id version missing }"
        begun = await Decision.get_or_none(case_id=self.case.id, set_aside_at__isnull=True)
        given = {"caseId": self.id, "version": begun and begun.version, **facts}
        payload = await self.officer.does("prepareDecision", shown, **given)
        assert payload["userErrors"] == []
        found = payload["decision"]
        return found["id"], found["version"], [each["code"] for each in found["missing"]]

    async def decides(self, **facts: Any) -> list[str]:
        """Written down and decided; the refusals' codes."""
        decision, version, _ = await self.prepares(**facts)
        return await self.signs(decision, version)

    async def signs(self, decision: str, version: int) -> list[str]:
        given = {"decisionId": decision, "version": version, "reasons": "The best bid."}
        return codes(await self.officer.does("decide", "decision { id }", **given))

    async def asks(self, name: str, shown: str = "case { state }", /, **given: Any) -> list[str]:
        return codes(await self.officer.does(name, shown, caseId=self.id, **given))

    async def state(self) -> CaseState:
        return (await Case.get(id=self.case.id)).state

    async def entries(self) -> list[EntryState]:
        rows = await BidEntry.filter(case_id=self.case.id).order_by("id")
        return [row.state for row in rows]

    async def live(self) -> list[Award]:
        return await Award.filter(case_id=self.case.id, ended_at__isnull=True)


async def deciding(
    database: Database, *, bids: int = 3, case: Case | None = None, **more: Any
) -> Deciding:
    council = await the_council(database)
    round_ = await a_round(database, council, bids_opened_at=TODAY)
    made = case or await a_case(database, round_, CaseState.DUE_DILIGENCE, **more)
    states = [EntryState.CHOSEN, EntryState.RESERVE, EntryState.ENTERED][:bids]
    bidders = [await a_bidder(database, council, f"Group {at}") for at in range(bids)]
    entered = [
        await a_bid(database, made, each, entry=state)
        for each, state in zip(bidders, states, strict=True)
    ]
    officer = await an_officer_of(database, council.id)
    return Deciding(officer, council, round_, made, bidders, entered)


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def ago(days: int) -> str:
    return str(DAY - timedelta(days=days))
