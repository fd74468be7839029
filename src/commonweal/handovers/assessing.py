"""Between rows and the rules of assessment: a round's matrix, a case's panel, what came of it.

Whoever asks holds the case's row. A scorer is the number of their `Scorer`, a bid its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.tables_organisations import Membership
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import tables_scores
from .cases import bodies_behind, rules_of, say
from .rules import CASE, CaseState
from .rules_assessment import (
    Criterion,
    LastResort,
    Matrix,
    Panel,
    Result,
    Scale,
    Score,
    result,
    scores_left,
    standing,
)
from .rules_bidders import ENTRY, BidState, EntryState
from .rules_panel import is_partial
from .rules_sensitivity import Sensitivity, sensitivity
from .tables import Case, Round
from .tables_bids import Bid, BidEntry
from .tables_scores import Scorer

SCORES = Viewer(name="system:scores")
COMPUTED = (  # afterwards too: what would have come of it is what an appeal goes by
    *(CaseState.ASSESSMENT, CaseState.DUE_DILIGENCE),
    *(CaseState.DECIDED, CaseState.HEADS_OF_TERMS, CaseState.APPEAL),
)
ASSESSED = (*(EntryState.ENTERED, EntryState.CHOSEN, EntryState.RESERVE, EntryState.NOT_CHOSEN),)


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that a case's result follows from."""

    matrix: Matrix
    panel: Panel
    scores: tuple[Score, ...]

    def result(self) -> Result:
        """Raises NobodyScores, ScoresMissing."""
        return result(self.scores, self.matrix, self.panel)

    @property
    def left(self) -> int:
        """How many scores are still to come."""
        counted = standing(self.scores, self.matrix, self.panel)
        return scores_left(counted, self.matrix, self.panel)

    @property
    def last_number(self) -> int:
        return max((score.number for score in self.scores), default=0)


def matrix_of(round_: Round) -> Matrix:
    """As it was fixed."""
    criteria = (
        Criterion(each["name"], each["weight"], Scale(each["scale"]), each["least"])
        for each in round_.criteria
    )
    return Matrix(tuple(criteria), tuple(round_.ties), LastResort(round_.last_resort))


async def assessment_of(case: Case) -> Assessment:
    """Of the bids that stand in a case, in the order in which they came."""
    round_ = await Round.get(id=case.round_id)
    entered = BidEntry.filter(case_id=case.id, state__in=ASSESSED)
    ids: list[Any] = await entered.values_list("bid_id", flat=True)
    in_round = Bid.filter(id__in=ids, round_id=round_.id)
    bids = in_round.filter(state=BidState.SUBMITTED, unopened__isnull=True)
    ordered: list[Any] = await bids.order_by("submitted_at", "id").values_list("id", flat=True)
    scorers = await Scorer.filter(round_id=round_.id)
    panel = Panel(
        frozenset(each.id for each in scorers),
        tuple(ordered),
        frozenset(each.id for each in scorers if each.conflicted_at),
    )
    rows = await tables_scores.Score.filter(case_id=case.id).order_by("number")
    given = (Score(r.number, r.bid_id, r.criterion, r.scorer_id, r.points, r.reason) for r in rows)
    return Assessment(matrix_of(round_), panel, tuple(given))


async def partial_scorers(tx: Transaction, round_: Round) -> list[Scorer]:
    """Who of a round's panel belongs to a body behind a bid, and has not declared it (13)."""
    bids = Bid.filter(round_id=round_.id, state=BidState.SUBMITTED)
    found: list[Any] = await bids.distinct().values_list("organisation_id", flat=True)
    bidders = await bodies_behind(*found)
    scorers = await Scorer.filter(round_id=round_.id, conflicted_at__isnull=True).order_by("id")
    bodies: dict[int, set[int]] = {each.person_id: set() for each in scorers}
    for post in await Membership.filter(person_id__in=list(bodies), since__lte=tx.now):
        if post.until is None or post.until > tx.now:
            bodies[post.person_id].add(post.organisation_id)
    return [each for each in scorers if is_partial(bodies[each.person_id], bidders)]


async def recompute(tx: Transaction, case: Case, cause: str) -> None:
    """What the scores come to now, beside what they came to before; the case is locked.

    Nothing while scores are still to come, or where nobody is left who may score. A case in due
    diligence whose chosen bid is not first any more goes back to its assessment.
    """
    if case.state not in COMPUTED:
        return
    found = await assessment_of(case)
    if found.panel.scoring and found.panel.bids and not found.left:
        came = found.result()
        await keep_result(tx, case, found, came, cause)
        if case.state is CaseState.DUE_DILIGENCE:
            await _reassess(tx, case, came)
    elif case.state is CaseState.DUE_DILIGENCE and found.panel.all_conflicted:
        await _reassess(tx, case, None)  # nobody's scores are left to recommend anything by


async def _reassess(tx: Transaction, case: Case, came: Result | None) -> None:
    """What is written down for a decision stays: it is of the land, and of no bid."""
    standing_ = (EntryState.CHOSEN, EntryState.RESERVE)
    entries = BidEntry.filter(case_id=case.id, state__in=standing_).order_by("id")
    rows = await entries.select_for_update(no_key=True)
    chosen = {entry.bid_id for entry in rows if entry.state is EntryState.CHOSEN}
    if came and came.places and chosen & {*came.places[0]}:
        return
    await move(case, CASE, "reassess")
    for entry in rows:
        await move(entry, ENTRY, "reconsider")
    await say(tx, SCORES, case, "reassess")


async def keep_result(
    tx: Transaction, case: Case, found: Assessment, came: Result, cause: str
) -> None:
    """A row for what the scores of an assessment came to, and why."""
    moved = rules_of(case).weight_moved
    would = sensitivity(found.scores, found.matrix, found.panel, moved)
    number = await tables_scores.Result.filter(case_id=case.id).count() + 1
    await tables_scores.Result.create(
        id=tx.new_id(),
        case_id=case.id,
        number=number,
        cause=cause,
        totals=_totals(came, found.matrix),
        places=[[_bid(bid) for bid in place] for place in came.places],
        sensitivity=_sensitivity(would),
        voided=[write_id("scr", each) for each in sorted(came.voided)],
        computed_at=tx.now,
    )


def _totals(came: Result, matrix: Matrix) -> list[dict[str, Any]]:
    return [
        {
            "bid": _bid(each.bid),
            "total": _text(each.total),
            "points": [
                {
                    "criterion": criterion.name,
                    "weight": criterion.weight,
                    "points": _text(points),
                    "of": criterion.scale.span[1],
                }
                for criterion, points in zip(matrix.criteria, each.points, strict=True)
            ],
            "failed": list(each.failed),
        }
        for each in came.totals
    ]


def _sensitivity(would: Sensitivity) -> dict[str, Any]:
    return {
        "holds": would.holds,
        "shifts": [
            {
                "from": each.from_criterion,
                "to": each.to_criterion,
                "by": each.by,
                "winner": _bid(each.winner),
            }
            for each in would.shifts
        ],
        "absences": [
            {"scorer": write_id("scr", each.scorer), "winner": _bid(each.winner)}
            for each in would.absences
        ],
    }


def _bid(number: int | None) -> str | None:
    return None if number is None else write_id("bid", number)


def _text(value: Fraction) -> str:
    """Exact: "7450" or "22351/3"."""
    return str(value)


def explained(totals: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each bid, the best first, from what `_totals` kept."""
    ordered = sorted(totals, key=lambda each: Fraction(each["total"]), reverse=True)
    return [_sentence(each) for each in ordered]


def _sentence(each: dict[str, Any]) -> str:
    parts = "; ".join(
        f"{p['criterion']} {round(float(Fraction(p['points'])), 2):g} of {p['of']}"
        f" (weight {p['weight'] / 100:g} %)"
        for p in each["points"]
    )
    failed = f" It fails on {', '.join(each['failed'])}." if each["failed"] else ""
    return f"{each['bid']} has {float(Fraction(each['total'])):,.0f} of 10,000: {parts}.{failed}"
