"""Scores are given, what they come to is kept, and a bid is recommended by it.

All of it under the case's row, so that two who give the last score at once make one result.
"""

from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_panel import exclude_partial
from .assessing import assessment_of, keep_result, recompute
from .cases import entries_of, locked, locked_round, say
from .impartial import check_impartial
from .rules import CASE
from .rules_assessment import NotAScorer, Score, check_score, parted
from .rules_bidders import ENTRY, EntryState, next_in_line
from .rules_panel import FeedbackTooEarly
from .rules_texts import REASON, TEXT, checked_lines, checked_reason
from .tables import Case
from .tables_bids import BidEntry
from .tables_scores import Result, Scorer
from .tables_scores import Score as ScoreRow


async def record_score(
    tx: Transaction,
    viewer: Viewer,
    *,
    case_id: int,
    bid_id: int,
    criterion: str,
    points: int,
    reason: str,
) -> dict[str, Any]:
    """Score a bid on a criterion, with a reason. A later score of mine takes its place.

    Once all are in, each further one is moderation: its reason says why, and the result is new.
    """
    case = await _assessed(tx, viewer, case_id, "score")
    scorer = await Scorer.get_or_none(round_id=case.round_id, person_id=viewer.id)
    if scorer is None:
        raise NotAScorer
    before = await assessment_of(case)
    why = checked_reason(reason)
    given = Score(before.last_number + 1, bid_id, criterion, scorer.id, points, why)
    check_score(given, before.matrix, before.panel)
    made = await ScoreRow.create(
        id=tx.new_id(),
        case_id=case.id,
        bid_id=bid_id,
        scorer_id=scorer.id,
        number=given.number,
        criterion=criterion,
        points=points,
        reason=given.reason,
        given_at=tx.now,
    )
    facts = {"bid": write_id("bid", bid_id), "criterion": criterion, "points": points}
    await record(tx, viewer.name, [Entry("scr", scorer.id, "record_score", facts)])
    moderated = await Result.exists(case_id=case.id)
    await recompute(tx, case, "Moderated." if moderated else "All scores are in.")
    return {"score": made.id}


async def recommend(
    tx: Transaction,
    viewer: Viewer,
    *,
    case_id: int,
    bid_id: int | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Recommend the bid in the first place, and keep the next one in reserve.

    Where several share the first place, `bid_id` is the one that was chosen, and `reason` why.
    """
    case = await _assessed(tx, viewer, case_id, "recommend")
    found = await assessment_of(case)
    why = checked_lines(reason or "", REASON.value, "reason", least=0)
    came = found.result()
    (winner,), *left = (chosen := parted(came, bid_id, why)).places
    if chosen != came:
        cause = f"Of those in the first place {write_id('bid', winner)} was chosen: {why}"
        await keep_result(tx, case, found, chosen, cause)
    entries = {entry.bid_id: entry for entry in await entries_of(case.id)}
    await move(entries[winner], ENTRY, "choose")
    if (reserve := next_in_line(left, entries)) is not None:
        await move(entries[reserve], ENTRY, "keep")
    await move(case, CASE, "recommend")
    await say(tx, viewer, case, "recommend", bid=write_id("bid", winner))
    return {"case": case.id}


async def give_feedback(
    tx: Transaction, viewer: Viewer, *, entry_id: int, text: str
) -> dict[str, Any]:
    """Tell a bidder who was not chosen why, and what would have been better."""
    said = checked_lines(text, TEXT.value, "text")
    entry = await BidEntry.select_for_update(no_key=True).get(id=entry_id)
    if entry.state not in {EntryState.NOT_CHOSEN, EntryState.OUT}:
        raise FeedbackTooEarly
    await BidEntry.filter(id=entry.id).update(feedback=said, version=entry.version + 1)
    facts = {"case": write_id("cas", entry.case_id)}
    await record(tx, viewer.name, [Entry("bid", entry.bid_id, "give_feedback", facts)])
    return {"entry": entry.id}


async def _assessed(tx: Transaction, viewer: Viewer, case_id: int, name: str) -> Case:
    """The case, locked, in assessment, and nobody on its panel any more who belongs to a bidder.

    Raises WrongState.
    """
    found = await Case.get(id=case_id)
    CASE.check(name, found.state)
    if name == "recommend":
        await check_impartial(viewer, found.round_id)
    assert found.round_id is not None, "what is assessed was bid for in a round"
    await exclude_partial(tx, viewer, await locked_round(found.round_id))
    case = await locked(case_id)
    CASE.check(name, case.state)
    return case
