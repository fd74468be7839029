"""What the town hands over: a library, with three bids for it that four people have scored."""

from itertools import product
from typing import Any, Final

from commonweal.handovers.cases import as_kept
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_assessment import LastResort, Scale
from commonweal.handovers.rules_bidders import BidState, EntryState
from commonweal.handovers.rules_defaults import rules_on
from commonweal.handovers.tables import Case, Round
from commonweal.handovers.tables_bids import Bid, BidEntry
from commonweal.handovers.tables_scores import Result, Score, Scorer
from commonweal.kernel.ids import write_id
from commonweal.people.tables import Person
from tests.conftest import TODAY
from tests.graph.townspeople import GROUPS, PEOPLE

ROUND, CASE, BIDS, ENTRIES, SEATS, SCORES, RESULT = 9_500, 9_510, 9_520, 9_560, 9_600, 9_700, 9_650
CRITERIA: Final = ("Need", "Plan", "Money", "People", "Place")
JUDGES: Final = (PEOPLE, PEOPLE + 11, PEOPLE + 12, PEOPLE + 13)  # the first is SOMEBODY


async def hand_over(council: int, scale: int) -> None:
    """In the caller's transaction; of bids so many times as many."""
    every: dict[str, Any] = {"scale": Scale.ONE_TO_FIVE, "least": 1, "weight": 2_000}
    values: dict[str, Any] = {"council_id": council, "title": "The library"}
    await Round.create(
        id=ROUND,
        questions=[],
        criteria=[{"name": name, **every} for name in CRITERIA],
        ties=[],
        last_resort=LastResort.EARLIEST,
        hides_number=False,
        public_key="0" * 64,
        opened_at=TODAY,
        bids_opened_at=TODAY,
        **values,
    )
    day = TODAY.date()
    values |= {"round_id": ROUND, "state": CaseState.ASSESSMENT, "began_on": day}
    await Case.create(id=CASE, rules=as_kept(rules_on(day)), **values)
    await Person.bulk_create(Person(id=each, name="Dai", created_at=TODAY) for each in JUDGES[1:])
    await bids(3 * scale)
    await scores(3 * scale)


async def bids(count: int) -> None:
    """By groups of which no judge is one."""
    stood: dict[str, Any] = {"state": BidState.SUBMITTED, "receipt": "0" * 64}
    stood |= {"created_at": TODAY, "submitted_at": TODAY, "organisation_id": GROUPS + 2}
    await Bid.bulk_create(Bid(id=BIDS + i, round_id=ROUND, **stood) for i in range(count))
    await BidEntry.bulk_create(
        BidEntry(id=ENTRIES + i, bid_id=BIDS + i, case_id=CASE, state=EntryState.ENTERED)
        for i in range(count)
    )


async def scores(count: int) -> None:
    """Each judge's for each bid by each criterion, and what they came to."""
    await Scorer.bulk_create(
        Scorer(id=SEATS + i, round_id=ROUND, person_id=each, named_at=TODAY)
        for i, each in enumerate(JUDGES)
    )
    given = product(range(count), CRITERIA, range(len(JUDGES)))
    await Score.bulk_create(
        Score(
            id=SCORES + i,
            case_id=CASE,
            bid_id=BIDS + bid,
            scorer_id=SEATS + judge,
            number=i + 1,
            criterion=criterion,
            points=3,
            reason="So.",
            given_at=TODAY,
        )
        for i, (bid, criterion, judge) in enumerate(given)
    )
    points = [{"criterion": c, "weight": 2_000, "points": "3", "of": 5} for c in CRITERIA]
    came = [write_id("bid", BIDS + i) for i in range(count)]
    await Result.create(
        id=RESULT,
        case_id=CASE,
        number=1,
        cause="All scores are in.",
        totals=[{"bid": bid, "total": "6000", "points": points, "failed": []} for bid in came],
        places=[[bid] for bid in came],
        sensitivity={"holds": True, "shifts": [], "absences": []},
        voided=[],
        computed_at=TODAY,
    )
