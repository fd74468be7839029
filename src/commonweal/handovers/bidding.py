"""What every verb asks of a bid: its row and all around it, locked in the order of all.

Whatever is done to a bid is said in the bid's own audit, and not in a case's: that one is read by
officers, who before the opening are not to know that there is a bid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.access import Viewer
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .cases import locked_round, timetable_of
from .rules import Stage, Timetable, check_in_time, end_of
from .rules_bidders import BID, BidState
from .rules_contents import Contents, Needed, checklist
from .tables import Case, Round
from .tables_bids import Attachment, Bid, BidEntry


@dataclass(frozen=True, slots=True)
class Held:
    """A bid, and the rows that were locked before and after it."""

    round: Round
    timetable: Timetable
    cases: dict[int, Case]
    bid: Bid
    entries: list[BidEntry]


async def held(bid_id: int, *, also: int | None = None) -> Held:
    """Round, cases, bid, entries. Entries change only under the round's lock.

    `also` is a case that it is to be for.
    """
    bid = await Bid.get(id=bid_id)
    round_ = await locked_round(bid.round_id)
    ids = [*await case_ids(bid_id), *([] if also is None else [also])]
    cases = await Case.filter(id__in=ids).order_by("id").select_for_update(no_key=True)
    bid = await locked_bid(bid_id)
    entries = BidEntry.filter(bid_id=bid_id).order_by("id").select_for_update(no_key=True)
    return Held(round_, await timetable_of(round_.id), {c.id: c for c in cases}, bid, await entries)


async def locked_bid(bid_id: int) -> Bid:
    """A bid's row."""
    return await Bid.select_for_update(no_key=True).get(id=bid_id)


async def case_ids(bid_id: int) -> list[int]:
    """What it is for."""
    found: list[Any] = await BidEntry.filter(bid_id=bid_id).values_list("case_id", flat=True)
    return sorted(map(int, found))


def deadline(timetable: Timetable) -> datetime:
    """The last instant for bids: every round has one."""
    ends_at = end_of(timetable, Stage.BUSINESS_CASE)
    assert ends_at is not None
    return ends_at


def sending(bid: Bid) -> str:
    """The move that submits it now. Raises WrongState where it is out."""
    name = "replace" if bid.state is BidState.SUBMITTED else "submit"
    BID.check(name, bid.state)
    return name


def check_open(bid: Bid, timetable: Timetable, at: datetime) -> None:
    """A bid is worked on until the deadline. Raises WrongState, DeadlinePassed."""
    sending(bid)
    check_in_time(Stage.BUSINESS_CASE, deadline(timetable), at)


async def still_needed(bid: Bid, contents: Contents, timetable: Timetable) -> Sequence[Needed]:
    """Its checklist."""
    round_ = await Round.get(id=bid.round_id)
    attachments: list[Any] = await Attachment.filter(bid_id=bid.id).values_list("id", flat=True)
    return checklist(
        contents,
        criteria=[each["name"] for each in round_.criteria],
        cases=await case_ids(bid.id),
        attachments=attachments,
        due=deadline(timetable),
    )


async def tell(tx: Transaction, viewer: Viewer, bid: Bid, action: str, **facts: Any) -> None:
    """Keep in a bid's audit what was done to it."""
    about = {"state": bid.state.value, **facts}
    await record(tx, viewer.name, [Entry("bid", bid.id, action, about)])
