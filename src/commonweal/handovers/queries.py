"""How rounds, cases and bids are read, and who is behind each.

A select within a select names what it does not take from outside (`correlate_except`): SQLAlchemy
looks one level up by itself, and two levels up takes all rows there are, whosever they be.
"""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.graph.sql import among, now
from commonweal.people.queries import current
from commonweal.people.tables_organisations import Membership, Organisation
from commonweal.people.tables_partners import Partner
from commonweal.places.queries import area_number
from commonweal.store.core_tables import table

from .rules import Stage
from .rules_bidders import BidState
from .sealing import Kind
from .tables import Case, Round, RoundStage
from .tables_bids import Bid, SealedVersion
from .tables_scores import Scorer


def bodies_of(organisation: Any) -> Any:
    """The ids of a bidder, and of a consortium's partners."""
    body, partners = table(Organisation).alias().c, table(Partner).alias()
    of = partners.c
    joined = sa.select(of.organisation_id).where(
        of.consortium_id == organisation, of.since.is_not(None), of.until.is_(None)
    )
    within = joined.correlate_except(partners)
    return sa.select(body.id).where(sa.or_(body.id == organisation, body.id.in_(within)))


def council_of_round(round_id: Any) -> Any:
    of = table(Round).alias().c
    return sa.select(of.council_id).where(of.id == round_id)


def council_of_opened(round_id: Any) -> Any:
    """The council, once it has opened the bids: before, nobody of it sees one."""
    of = table(Round).alias().c
    return sa.select(of.council_id).where(of.id == round_id, of.bids_opened_at.is_not(None))


def council_of_case(case_id: Any) -> Any:
    of = table(Case).alias().c
    return sa.select(of.council_id).where(of.id == case_id)


def panel_of(round_id: Any, told: Callable[[Any], Any] | None = None) -> Any:
    """The persons who score in a round, once bids are opened: none who declared an interest, and
    none who belongs to a bidder now, whether or not anybody has noticed (invariant 13).

    `told` says of a scorer's row whether it is for them yet.
    """
    scorer, of = table(Scorer).alias().c, table(Round).alias().c
    return sa.select(scorer.person_id).where(
        of.id == round_id,
        of.bids_opened_at.is_not(None),
        scorer.round_id == of.id,
        scorer.conflicted_at.is_(None),
        ~_bids_in(of.id, scorer.person_id),
        told(scorer) if told else sa.true(),
    )


def conflicted_in(round_id: Any) -> Any:
    """The persons who declared a conflict in a round, or of whom one was found."""
    scorer = table(Scorer).alias().c
    return sa.select(scorer.person_id).where(
        scorer.round_id == round_id, scorer.conflicted_at.is_not(None)
    )


def bidders_in(round_id: Any) -> Any:
    """The bodies behind the bids of a round that were ever sent."""
    body, bid, partner = (table(each).alias() for each in (Organisation, Bid, Partner))
    joined = sa.select(partner.c.organisation_id).where(
        partner.c.consortium_id == bid.c.organisation_id,
        partner.c.since.is_not(None),
        partner.c.until.is_(None),
    )
    behind = sa.or_(
        body.c.id == bid.c.organisation_id,
        body.c.id.in_(joined.correlate_except(partner)),
    )
    sent = sa.select(bid.c.id).where(
        bid.c.round_id == round_id, bid.c.submitted_at.is_not(None), behind
    )
    return sa.select(body.c.id).where(sent.correlate_except(bid).exists())


def _bids_in(round_id: Any, person_id: Any) -> Any:
    """Whether somebody belongs to a body behind a bid of the round."""
    bid, post, partner = (table(each).alias() for each in (Bid, Membership, Partner))
    joined = sa.and_(
        partner.c.consortium_id == bid.c.organisation_id,
        partner.c.since.is_not(None),
        partner.c.until.is_(None),
    )
    behind = sa.or_(
        post.c.organisation_id == bid.c.organisation_id,
        post.c.organisation_id == partner.c.organisation_id,
    )
    belongs = (
        sa.select(post.c.id)
        .select_from(bid.outerjoin(partner, joined).join(post, behind))
        .where(
            bid.c.round_id == round_id,
            bid.c.state == BidState.SUBMITTED,
            post.c.person_id == person_id,
            current(post.c),
        )
    )
    return belongs.correlate_except(bid, post, partner).exists()


def is_over(round_id: Any, stage: Stage) -> Any:
    """Whether a stage's last instant is past."""
    of = table(RoundStage).alias().c
    ended = sa.select(of.id).where(of.round_id == round_id, of.stage == stage, of.ends_at < now())
    return ended.exists()


def of_bid(bid_id: Any, column: str) -> Any:
    """A column of a bid, as a value."""
    of = table(Bid).alias()
    found = sa.select(of.c[column]).where(of.c.id == bid_id)
    return found.correlate_except(of).scalar_subquery()


ROUND: Final[Standing] = {"council": "council_id"}
CASE: Final[Standing] = {
    "council": "council_id",
    "panel": lambda row: panel_of(row.round_id),
}
BID: Final[Standing] = {
    "bidders": lambda row: bodies_of(row.organisation_id),
    "opener": lambda row: council_of_opened(_sent(row.key)),
    "panel": lambda row: panel_of(_sent(row.key)),
    "conflicted": lambda row: conflicted_in(row.round_id),
    "rivals": lambda row: bidders_in(row.round_id),
}
ATTACHMENT: Final[Standing] = {
    "bidders": lambda row: bodies_of(of_bid(row.bid_id, "organisation_id")),
    "opener": lambda row: council_of_opened(_sent(row.bid_id)).where(row.submitted),
    "panel": lambda row: panel_of(_sent(row.bid_id)).where(row.submitted),
    "conflicted": lambda row: conflicted_in(of_bid(row.bid_id, "round_id")),
    "rivals": lambda row: bidders_in(of_bid(row.bid_id, "round_id")),
}
ENTRY: Final[Standing] = {
    "bidders": lambda row: bodies_of(of_bid(row.bid_id, "organisation_id")),
    "opener": lambda row: council_of_opened(_sent(row.bid_id)),
    "panel": lambda row: panel_of(_sent(row.bid_id)),
    "conflicted": lambda row: conflicted_in(of_bid(row.bid_id, "round_id")),
    "rivals": lambda row: bidders_in(of_bid(row.bid_id, "round_id")),
}


def _sent(bid_id: Any) -> Any:
    """A bid's round, once it was submitted: a draft that never was is its bidders' for ever."""
    of = table(Bid).alias()
    sent = sa.select(of.c.round_id).where(of.c.id == bid_id, of.c.submitted_at.is_not(None))
    return sent.correlate_except(of).scalar_subquery()


def stood(row: Any, *_: Any) -> Any:
    """Of bids as receipts: those that stood at the deadline, once that is over."""
    yield row.receipt.is_not(None)
    yield is_over(row.round_id, Stage.BUSINESS_CASE)


def has_newer_draft(row: Any, *_: Any) -> Any:
    """Whether something was saved since it was submitted, and is not in."""
    of = table(SealedVersion).alias()
    drafts = sa.select(of.c.id).where(of.c.bid_id == row.key, of.c.kind == Kind.DRAFT)
    newer = drafts.correlate_except(of).exists()
    return sa.and_(row.state == BidState.SUBMITTED, newer)


def bids_in(row: Any, *_: Any) -> Any:
    """How many bids are in; null where the round hides that until they are opened."""
    of = table(Bid).alias().c
    standing = sa.select(sa.func.count()).where(
        of.round_id == row.key, of.state == BidState.SUBMITTED
    )
    hidden = sa.and_(row.hides_number, row.bids_opened_at.is_(None))
    return sa.case((hidden, sa.null()), else_=standing.scalar_subquery())


def cases_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `cases` was asked for."""
    if args.council is not None:
        yield row.council_id == area_number(args.council)
    if args.states is not None:
        yield among(row.state, args.states)


def rounds_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `rounds` was asked for."""
    if args.council is not None:
        yield row.council_id == area_number(args.council)


def rules_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """A council's own rules."""
    yield row.council_id == area_number(args.council)


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time


def by_end(row: Any, *_: Any) -> list[Any]:
    return [row.ends_at]
