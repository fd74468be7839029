"""Who has an interest in a round does nothing for its cases: officers as well as scorers (13)."""

from typing import Any

from commonweal.access import Viewer
from commonweal.safety.rules import NotYoursToJudge

from .cases import bodies_behind
from .tables_bids import Bid
from .tables_scores import Scorer


async def check_impartial(viewer: Viewer, round_id: int | None) -> None:
    """Raises NotYoursToJudge for who declared a conflict in this round, or belongs to a bidder.

    Verbs on a bid or an entry need not ask: these are not there for who has an interest
    (`access.impartial`). A council's own token belongs nowhere: whoever runs a program by it
    answers for who asks.
    """
    if round_id is None:
        return
    scorers = Scorer.filter(round_id=round_id, conflicted_at__isnull=False)
    if viewer.id is not None and await scorers.filter(person_id=viewer.id).exists():
        raise NotYoursToJudge
    if not viewer.belongs:
        return
    sent = Bid.filter(round_id=round_id, submitted_at__isnull=False)
    bidders: list[Any] = await sent.distinct().values_list("organisation_id", flat=True)
    if await bodies_behind(*bidders) & {*viewer.belongs}:
        raise NotYoursToJudge
