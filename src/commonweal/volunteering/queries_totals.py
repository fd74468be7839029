"""What was given in all: minutes that were worked and approved, and by how many people.

The public is told nothing of fewer than five people, as it is of pots (credits/queries.py). So that
one total is not told less the others, a council is told by cause and a ward in all, and neither
both ways. Where an opportunity lies goes by what everybody is shown of it.
"""

from typing import Any

import sqlalchemy as sa

from commonweal.credits.rules import FEWEST
from commonweal.people.tables_partners import Partner
from commonweal.places.rules import AreaKind
from commonweal.places.spatial import inside
from commonweal.store.core_tables import table

from .rules_hours import ClaimState
from .tables import Opportunity
from .tables_hours import HoursClaim


def _minutes(claim: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(claim.minutes), 0)


def _people(claim: Any) -> Any:
    return sa.func.count(sa.distinct(claim.person_id))


def _approved(said: Any, which: Any) -> Any:
    """Something said of all claims that are approved, in opportunities of which `which` is so."""
    claim, of = table(HoursClaim).alias(), table(Opportunity).alias()
    found = sa.select(said(claim.c)).join_from(claim, of, of.c.id == claim.c.opportunity_id)
    found = found.where(claim.c.state == ClaimState.APPROVED, which(of.c))
    return found.correlate_except(claim, of).scalar_subquery()


def _of_enough(said: Any) -> Any:
    """The same, null of fewer than five people."""
    fewest: Any = sa.literal_column(str(FEWEST.value))
    return lambda claim: sa.case((_people(claim) >= fewest, said(claim)))


def _by_organisation(said: Any) -> Any:
    return lambda row, *_: _approved(_of_enough(said), lambda of: of.organisation_id == row.key)


def _by_area(said: Any) -> Any:
    def sql(row: Any, args: Any, _viewer: Any) -> Any:
        if args.cause is not None:
            its = _approved(
                _of_enough(said),
                lambda of: sa.and_(of.council_id == row.key, of.cause == args.cause),
            )
            return sa.case((row.kind == AreaKind.COUNCIL, its))
        its = _approved(_of_enough(said), lambda of: inside(of.shown_location, of.id, row.shape))
        return sa.case((row.kind == AreaKind.WARD, its))

    return sql


def _by_bid(said: Any) -> Any:
    """For whom may read the bid, of however few: with a consortium's partners."""

    def sql(row: Any, *_: Any) -> Any:
        partner = table(Partner).alias()
        joined = sa.select(partner.c.organisation_id).where(
            partner.c.consortium_id == row.organisation_id,
            partner.c.since.is_not(None),
            partner.c.until.is_(None),
        )
        within = joined.correlate_except(partner)
        return _approved(
            said,
            lambda of: sa.or_(
                of.organisation_id == row.organisation_id, of.organisation_id.in_(within)
            ),
        )

    return sql


minutes_of_organisation = _by_organisation(_minutes)
people_of_organisation = _by_organisation(_people)
minutes_of_area = _by_area(_minutes)
people_of_area = _by_area(_people)
minutes_of_bid = _by_bid(_minutes)
people_of_bid = _by_bid(_people)
