"""Who scores in a round, and who no longer does.

A conflict of interest takes a scorer out of the whole round at once: their scores are void, they
see nothing any more, and what was computed with them is computed anew and kept beside
(invariant 13).
"""

from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .assessing import partial_scorers, recompute
from .cases import cases_of, locked_round
from .rules_panel import AlreadyDeclared, AlreadyScorer, check_joinable
from .rules_texts import REASON, checked_lines
from .tables import Case, Round
from .tables_scores import Result, Scorer

BELONGS = "Belongs to a body that bids."  # what is written of who did not declare it


async def name_scorer(
    tx: Transaction, viewer: Viewer, *, round_id: int, person_id: int
) -> dict[str, Any]:
    """Put a colleague on a round's panel, before scores are all in, or when nobody is left on it.

    Who belongs to a bidder is out once bids are opened: before, nothing is to say who bids.
    """
    round_ = await locked_round(round_id)
    panel = Scorer.filter(round_id=round_id)
    if await panel.filter(person_id=person_id).exists():
        raise AlreadyScorer
    scoring = await panel.filter(conflicted_at__isnull=True).count()
    cases: list[Any] = await Case.filter(round_id=round_id).values_list("id", flat=True)
    opened_at = round_.bids_opened_at  # a case that an appeal brought here has results of before
    results = Result.filter(case_id__in=cases, computed_at__gte=opened_at)
    computed = opened_at is not None and await results.exists()
    check_joinable(await panel.count(), scoring, computed=computed)
    made = await Scorer.create(
        id=tx.new_id(), round_id=round_id, person_id=person_id, named_at=tx.now
    )
    await _say(tx, viewer.name, made, "name_scorer")
    if round_.bids_opened_at:
        await exclude_partial(tx, viewer, round_)
    return {"scorer": made.id}


async def declare_conflict(
    tx: Transaction, viewer: Viewer, *, scorer_id: int, conflict: str
) -> dict[str, Any]:
    """Say that I have a conflict of interest: I see and score nothing in this round any more."""
    return await _declared(tx, viewer, scorer_id, conflict, "declare_conflict")


async def record_conflict(
    tx: Transaction, viewer: Viewer, *, scorer_id: int, conflict: str
) -> dict[str, Any]:
    """Record a scorer's conflict of interest: they see and score nothing in this round any more."""
    return await _declared(tx, viewer, scorer_id, conflict, "record_conflict")


async def exclude_partial(tx: Transaction, viewer: Viewer, round_: Round) -> None:
    """Take out who belongs to a bidder; the round is locked, no case of it, its bids are opened."""
    for scorer in await partial_scorers(tx, round_):
        await _out(tx, viewer, scorer, BELONGS, "record_conflict")


async def _declared(
    tx: Transaction, viewer: Viewer, scorer_id: int, conflict: str, action: str
) -> dict[str, Any]:
    said = checked_lines(conflict, REASON.value, "conflict")
    scorer = await Scorer.get(id=scorer_id)
    await locked_round(scorer.round_id)
    scorer = await Scorer.get(id=scorer_id)
    if scorer.conflicted_at:
        raise AlreadyDeclared
    await _out(tx, viewer, scorer, said, action)
    return {"scorer": scorer.id}


async def _out(tx: Transaction, viewer: Viewer, scorer: Scorer, conflict: str, action: str) -> None:
    cases = await cases_of(scorer.round_id)
    await Scorer.filter(id=scorer.id).update(conflicted_at=tx.now, interest=conflict)
    await _say(tx, viewer.name, scorer, action)
    for case in cases:
        await recompute(tx, case, "A scorer has a conflict of interest.")


async def _say(tx: Transaction, actor: str, scorer: Scorer, action: str) -> None:
    facts = {"scorer": write_id("scr", scorer.id), "person": write_id("per", scorer.person_id)}
    await record(tx, actor, [Entry("rnd", scorer.round_id, action, facts)])
