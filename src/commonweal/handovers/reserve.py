"""Who comes next when a chosen bid goes, and what of a decision is undone by it (invariant 9).

Nothing is deleted: a decision is set aside, an award ended, and both stay to be read.
"""

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .cases import say
from .rules import CASE, CaseState
from .rules_bidders import ENTRY, EntryState
from .tables import Case
from .tables_bids import BidEntry
from .tables_decisions import Award, Decision


async def reserve_next(tx: Transaction, viewer: Viewer, case: Case, entry: BidEntry) -> None:
    """The chosen entry leaves; the reserve is looked into, or nobody is awarded it.

    Both rows are locked. Raises WrongState where the case has come too far, or is frozen.
    """
    await move(entry, ENTRY, "leave")
    await undo(tx, case, "The chosen bid is gone.")
    reserves = BidEntry.filter(case_id=case.id, state=EntryState.RESERVE)
    found = await reserves.select_for_update(no_key=True)
    left = BidEntry.filter(case_id=case.id, state=EntryState.ENTERED)
    if not found and case.state is CaseState.DUE_DILIGENCE and await left.exists():
        await move(case, CASE, "reassess")  # others stand still: people recommend anew
        return await say(tx, viewer, case, "reassess")
    if not found:
        await move(case, CASE, "run_out", reason="The chosen bid is gone, and none is next.")
        return await say(tx, viewer, case, "run_out")
    await move(found[0], ENTRY, "choose")
    if case.state is not CaseState.DUE_DILIGENCE:
        await move(case, CASE, "fall_back")
    return await say(tx, viewer, case, "fall_back", bid=write_id("bid", found[0].bid_id))


async def undo(tx: Transaction, case: Case, why: str) -> None:
    """Set the case's decision aside and end its award; the case is locked."""
    await Decision.filter(case_id=case.id, set_aside_at__isnull=True).update(set_aside_at=tx.now)
    await end_award(tx, case, why)


async def end_award(tx: Transaction, case: Case, why: str) -> None:
    """What was given is given no more; others may have it."""
    live = Award.filter(case_id=case.id, ended_at__isnull=True)
    await live.update(ended_at=tx.now, ended_because=why)
