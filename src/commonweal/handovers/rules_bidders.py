"""Who asks for an asset: expressions of interest, bids, and what becomes of them. Pure.

Whether it is in time says rules, which interest it may have says rules_interests, and who
comes first says rules_assessment. A bid is never deleted: it is withdrawn, or no longer eligible,
and the audit keeps that it was there (design note: assets, 2.1, invariants 9-11).
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit

BIDS_AT_ONCE: Final = limit(
    "bids of one bidder in a round", 5, "bids", "one for each way to do it; a withdrawn one is none"
)
REASON: Final = limit("reason why a bid goes", 2_000, "characters", "a page, shown with the bid")


class Verdict(StrEnum):
    """What an officer makes of an answer, and what comes of all of them."""

    PASS = "PASS"  # noqa: S105
    PASS_WITH_CAVEATS = "PASS_WITH_CAVEATS"  # noqa: S105
    FAIL = "FAIL"


class InterestState(StrEnum):
    """How far an expression of interest has come."""

    EXPRESSED = "expressed"
    JUDGED = "judged"
    WITHDRAWN = "withdrawn"


INTEREST: Final = Lifecycle(
    noun="expression of interest",
    states=tuple(state.value for state in InterestState),
    initial="expressed",
    moves=(
        Move("revise", "expressed", to="expressed", says="by its group, before the deadline"),
        Move("judge", "expressed", to="judged", says="each answer passes or fails, with reasons"),
        Move("withdraw", "expressed", "judged", to="withdrawn", says="its group takes it back"),
    ),
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


class Withdrawal(StrEnum):
    """What a withdrawal brings with it (invariant 9)."""

    ERASED = "ERASED"  # its contents are never read; the audit keeps that it was there
    LEFT_OUT = "LEFT_OUT"  # of the assessment, which is computed anew without it
    RESERVE_NEXT = "RESERVE_NEXT"
    RELISTED = "RELISTED"  # no reserve stands: nobody is awarded it, and it may be offered again


@fact
class BidderUnfit(UserError):
    says = "A {kind} does not bid for what councils hand over."
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


@fact
class BidReasonLength(UserError):
    says = "Say why, in at most {most:,} characters."
    most: int


@fact
class CaveatMissing(UserError):
    says = "Write what the caveat is: {question} passes only with one."
    question: str


@fact
class CaveatUnused(UserError):
    says = "{question} has a caveat, and is {verdict}: let it pass with caveats, or leave it out."
    question: str
    verdict: str


@fact
class AnswersUnjudged(UserError):
    says = "Not every answer is judged yet: {questions}."
    questions: tuple[str, ...]


@fact
class QuestionUnknown(UserError):
    says = "{question} is no question of this round, or is judged already."
    question: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an officer makes of one answer."""

    question: str
    verdict: Verdict
    caveat: str = ""


def eoi_verdict(judgements: Iterable[Judgement], questions: Iterable[str]) -> Verdict:
    """The worst of the answers: one that fails fails it all, a caveat is a condition on all.

    Raises QuestionUnknown, AnswersUnjudged, CaveatMissing, CaveatUnused.
    """
    given, left = [*judgements], [*questions]
    for each in given:
        if each.question not in left:
            raise QuestionUnknown(each.question)
        left.remove(each.question)
        with_caveat = each.verdict is Verdict.PASS_WITH_CAVEATS
        if with_caveat and not each.caveat.strip():
            raise CaveatMissing(each.question)
        if each.caveat.strip() and not with_caveat:
            raise CaveatUnused(each.question, each.verdict.value)
    if left:
        raise AnswersUnjudged(tuple(left))
    verdicts = {each.verdict for each in given}
    return next((v for v in reversed(Verdict) if v in verdicts), Verdict.PASS)


def checked_reason(given: str) -> str:
    """Why a bid goes. Raises BidReasonLength."""
    reason = given.strip()
    if not 0 < len(reason) <= REASON.value:
        raise BidReasonLength(REASON.value).at("input", "reason")
    return reason


def next_in_line(places: Iterable[tuple[int, ...]], standing: Container[int]) -> int | None:
    """The bid that takes over: the best placed that still stands.

    None where none does, and where several that stand share that place: then people choose.
    """
    for place in places:
        if left := [bid for bid in place if bid in standing]:
            return left[0] if len(left) == 1 else None
    return None


def withdrawal(
    bid: str, entry: str, at: datetime, ends_at: datetime, reserve: int | None
) -> Withdrawal:
    """What it brings with it for one asset, asked of each entry that stands; `reserve` is
    next_in_line's. A bidder that is not eligible any more leaves its place in the same way.

    At the deadline instant a bid can still be taken out unread; a draft is never read at all.
    Raises WrongState.
    """
    BID.check("withdraw", bid)
    if at <= ends_at or bid == BidState.DRAFT:
        return Withdrawal.ERASED
    ENTRY.check("leave", entry)
    if entry != EntryState.CHOSEN:
        return Withdrawal.LEFT_OUT
    return Withdrawal.RELISTED if reserve is None else Withdrawal.RESERVE_NEXT
