"""Who bids for an asset, and what becomes of their bids. Pure.

Whether it is in time says rules, who comes first says rules_assessment. A bid is never deleted: it
is withdrawn, or no longer eligible, and the audit keeps that it was there (design note: assets,
2.1, invariants 9-11).
"""

from collections.abc import Container, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit

GROUPS: Final = frozenset({"COMMUNITY_GROUP", "CONSORTIUM"})  # OrganisationKind
PARISH: Final = "PARISH_OR_TOWN_COUNCIL"  # LegalForm
BIDS_AT_ONCE: Final = limit(
    "bids of one bidder in a round", 5, "bids", "one for each way to do it; a withdrawn one is none"
)


class BidState(StrEnum):
    """What its bidder made of a bid."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    ELIGIBILITY_LOST = "eligibility_lost"


BID: Final = Lifecycle(
    noun="bid",
    states=tuple(state.value for state in BidState),
    initial="draft",
    moves=(
        Move("submit", "draft", to="submitted", says="it is sealed, and its receipt is given"),
        Move("replace", "submitted", to="submitted", says="by its bidder, before the deadline"),
        Move("withdraw", "draft", "submitted", to="withdrawn", says="its bidder takes it back"),
        Move("disqualify", "submitted", to="eligibility_lost", says="for the reason that is said"),
    ),
)


class EntryState(StrEnum):
    """What the council made of a bid for one asset; a bid for several has an entry for each."""

    ENTERED = "entered"
    CHOSEN = "chosen"
    RESERVE = "reserve"
    NOT_CHOSEN = "not_chosen"
    OUT = "out"


ENTRY: Final = Lifecycle(
    noun="entry",
    states=tuple(state.value for state in EntryState),
    initial="entered",
    moves=(
        Move("choose", "entered", "reserve", to="chosen", says="it is to be awarded the asset"),
        Move("keep", "entered", to="reserve", says="it comes next should the chosen one go"),
        Move("decline", "entered", "chosen", "reserve", to="not_chosen", says="with feedback"),
        Move("reconsider", "chosen", "reserve", "not_chosen", to="entered", says="on appeal"),
        Move(
            "leave",
            "entered",
            "chosen",
            "reserve",
            to="out",
            says="its bid is withdrawn, or not eligible any more",
        ),
    ),
)


@fact
class GroupUnfit(UserError):
    says = "An asset passes to a community group, a consortium, or a parish; this is a {kind}."
    kind: str


@fact
class InterestNotPassed(UserError):
    says = "Bids are taken from those whose expression of interest in this case passed."


@fact
class TooManyBids(UserError):
    says = "A bidder has at most {most} bids in a round: withdraw one first."
    most: int


@fact
class AlreadyInBid(UserError):
    says = "The bid is for this case already."


@fact
class OtherRound(UserError):
    says = "This case is not in the bid's round: begin a bid there."


@fact
class LastCase(UserError):
    says = "The bid is for nothing else: withdraw it instead."


@fact
class OfferEnded(UserError):
    says = "{title} is not offered any more: take it out of this bid, then submit it."
    title: str


@fact
class DraftChanged(UserError):
    """Of two who save at once the second is told: nobody's words are written over unread."""

    says = "Somebody else saved version {version} meanwhile: read it, and save yours on top of it."
    version: int


@fact
class NothingToSubmit(UserError):
    says = "Nothing was saved since the bid was begun or submitted: save a draft first."


@fact
class BidNotReadable(UserError):
    """With holders of the key a bidder replaces what they cannot read again (decision 17)."""

    says = "There is nothing in this bid that can be read, or not before it is opened."


@fact
class BidUnopened(UserError):
    says = "This bid could not be opened with the others: {why}."
    why: str


@fact
class AlreadyOpened(UserError):
    says = "The bids of this round are opened already."


def check_group(kind: str, legal_form: str | None) -> None:
    """Who may be given an asset. Raises GroupUnfit."""
    if kind not in GROUPS and legal_form != PARISH:
        raise GroupUnfit(kind.replace("_", " ").lower())


def next_in_line(places: Iterable[tuple[int, ...]], standing: Container[int]) -> int | None:
    """The bid that takes over: the best placed that still stands.

    None where none does, and where several that stand share that place: then people choose.
    """
    for place in places:
        if left := [bid for bid in place if bid in standing]:
            return left[0] if len(left) == 1 else None
    return None


def is_erased(bid: str, at: datetime, ends_at: datetime) -> bool:
    """Whether what is in a bid that is withdrawn is deleted, and never read (invariant 9).

    At the deadline instant it still is; a draft always, which nobody but its bidders ever reads.
    Raises WrongState.
    """
    BID.check("withdraw", bid)
    return at <= ends_at or bid == BidState.DRAFT
