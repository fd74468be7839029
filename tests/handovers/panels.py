"""Cases that are assessed, with the panel that scores them; from rows, asked over the API."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

from commonweal.handovers.cases import locked_round
from commonweal.handovers.rules import CaseState
from commonweal.handovers.tables import Case, Round
from commonweal.handovers.tables_bids import Bid
from commonweal.handovers.tables_scores import Scorer
from commonweal.kernel.ids import write_id
from commonweal.people.tables_organisations import Organisation
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY
from tests.handovers.making import a_bid, a_bidder, a_case, a_round
from tests.makers import the_council
from tests.people.signing import Somebody, an_officer_of, signed_in

T = TypeVar("T")
NAMES = ("Need", "Money")


@dataclass(frozen=True)
class Judge:
    """Somebody on the panel."""

    person: Somebody
    row: Scorer

    @property
    def id(self) -> str:
        return write_id("scr", self.row.id)


@dataclass(frozen=True)
class Assessed:
    """A case in assessment."""

    council: Area
    officer: Somebody
    round: Round
    case: Case
    bidders: list[Organisation]
    bids: list[Bid]
    judges: list[Judge]

    @property
    def id(self) -> str:
        return write_id("cas", self.case.id)

    def bid(self, at: int) -> str:
        return write_id("bid", self.bids[at].id)

    async def scores(self, judge: Judge, at: int, points: str, reason: str = "So.") -> list[str]:
        """Points for each criterion of a bid: "35". The refusals' codes."""
        codes = []
        for name, each in zip(NAMES, points, strict=True):
            codes += await self.score(judge, at, name, int(each), reason)
        return codes

    async def score(
        self, judge: Judge, at: int, criterion: str, points: int, reason: str = "So."
    ) -> list[str]:
        given = {"caseId": self.id, "bidId": self.bid(at), "criterion": criterion}
        payload = await judge.person.does(
            "recordScore", "score { id }", **given, points=points, reason=reason
        )
        return [error["code"] for error in payload["userErrors"]]

    async def all_in(self, *of_each: tuple[str, ...]) -> None:
        """For each judge the points of each bid."""
        for judge, bids in zip(self.judges, of_each, strict=True):
            for at, points in enumerate(bids):
                assert await self.scores(judge, at, points) == []

    async def results(self, asker: Somebody | None = None) -> list[dict[str, Any]]:
        shown = "number cause totals places sensitivity voided explains"
        query = f'{{ case(id: "{self.id}") {{ results {{ edges {{ node {{ {shown} }} }} }} }} }}'
        edges = (await (asker or self.officer).asks(query))["case"]["results"]["edges"]
        return [edge["node"] for edge in edges]

    async def seen(self, asker: Somebody) -> tuple[int, int]:
        """How many scores there are for somebody: in the list, and by its count."""
        query = (
            f'{{ case(id: "{self.id}") {{ scores {{ totalCount edges {{ node {{ id }} }} }} }} }}'
        )
        found = (await asker.asks(query))["case"]["scores"]
        return len(found["edges"]), found["totalCount"]


async def assessed(database: Database, *, bids: int = 2, judges: int = 2, **more: Any) -> Assessed:
    """A case with bids, opened, and judges who have scored nothing."""
    council = await the_council(database)
    round_ = await a_round(database, council, bids_opened_at=TODAY, **more)
    case = await a_case(database, round_, CaseState.ASSESSMENT)
    bidders = [await a_bidder(database, council, f"Group {at}") for at in range(bids)]
    entered = [await a_bid(database, case, each) for each in bidders]
    people = [await signed_in(database, f"judge{at}@example.org") for at in range(judges)]
    panel = [Judge(each, await a_scorer(database, round_, each)) for each in people]
    officer = await an_officer_of(database, council.id)
    return Assessed(council, officer, round_, case, bidders, entered, panel)


async def at_once(database: Database, round_: Round, *attempts: Awaitable[T]) -> list[T]:
    """What comes of these when all have begun, and wait for the round's row."""
    held, over = asyncio.Event(), asyncio.Event()

    async def holding(_tx: Transaction) -> None:
        await locked_round(round_.id)
        held.set()
        await over.wait()

    holder = asyncio.create_task(in_transaction(database, holding))
    await held.wait()
    waiting = [asyncio.ensure_future(each) for each in attempts]
    done, _ = await asyncio.wait(waiting, timeout=0.3)
    over.set()
    await holder
    assert not done, "it did not wait"
    return await asyncio.gather(*waiting)


async def a_scorer(database: Database, round_: Round, person: Somebody) -> Scorer:
    viewer = await person.viewer()

    async def work(tx: Transaction) -> Scorer:
        return await Scorer.create(
            id=tx.new_id(), round_id=round_.id, person_id=viewer.id, named_at=tx.now
        )

    return await in_transaction(database, work)
