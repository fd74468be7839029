"""What suits somebody, and why: by what they can do, when they are free, what they need, and where
they live. What they said of themselves stays theirs: the suggestions are for nobody else.

Looked at is what the window has within a ride of their home; and what asks for something that they
can do, where it has no place to go to or they have not said where they live.
"""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.sql import now
from commonweal.listings.queries import is_open
from commonweal.listings.rules import ListingKind
from commonweal.listings.tables import Listing
from commonweal.people.tables import Person
from commonweal.places.spatial import in_metres, latitude, longitude, millimetres, point_at, within
from commonweal.store.core_tables import table

from .rules import OpportunityState
from .rules_terms import Taxonomy
from .tables import Opportunity, OpportunityTerm, Shift, Term
from .tables_signups import Qualification

RIDE: Final = 25_000  # metres: an hour by bus
NEARBY: Final = 5_000  # metres: half an hour by bicycle
WEIGHTS: Final = (4, 2, 1)  # of a skill, of the time, of the distance: what is rarest weighs most


def suits(_me: Any, row: Any, _args: Any, viewer: Any) -> Any:
    """Relates somebody to what is open, has all that they need, and suits them in some way."""
    reasons = (_skill(row, viewer), _time(row, viewer), _near(row, viewer))
    return sa.and_(
        row.key.in_(_near_home(viewer).union(_asking_for(viewer))),
        row.state == OpportunityState.OPEN,
        _lacks(row, viewer).is_(None),
        sa.or_(*(each.is_not(None) for each in reasons)),
    )


def best_first(row: Any, _args: Any, viewer: Any) -> list[Any]:
    """Those with more, and rarer, reasons."""
    reasons = (_skill(row, viewer), _time(row, viewer), _near(row, viewer))
    score: Any = sum(
        sa.case((each.is_not(None), sa.literal_column(str(weight))), else_=sa.literal_column("0"))
        for each, weight in zip(reasons, WEIGHTS, strict=True)
    )
    return [sa.desc(score), sa.desc(row.key)]


def skill(row: Any, _args: Any, viewer: Any) -> Any:
    """What it asks for that they can do."""
    return _skill(row, viewer)


def time(row: Any, _args: Any, viewer: Any) -> Any:
    """When it is, of the times when they are free."""
    return _time(row, viewer)


def metres_from_home(row: Any, _args: Any, viewer: Any) -> Any:
    """How far it is, where that is near; from the shown home, which is never the home itself."""
    return _near(row, viewer)


def accessible(row: Any, _args: Any, viewer: Any) -> Any:
    """Something that they need, which it has."""
    return _said(viewer, Taxonomy.ACCESSIBILITY, lambda term: _asked(row, term.id))


def _near_home(viewer: Any) -> Any:
    """What is in the window within a ride."""
    home, listing = table(Person).alias("home"), table(Listing).alias("listed")
    near = within(
        listing.c.location, listing.c.id, _home(home.c), *[sa.literal_column(str(RIDE))] * 2
    )
    found = sa.select(listing.c.subject_id).where(
        home.c.id == viewer.own_id,
        near,
        is_open(listing.c),
        listing.c.kind == ListingKind.OPPORTUNITY,
    )
    return found.correlate_except(home, listing)


def _asking_for(viewer: Any) -> Any:
    """What asks for something that they said of themselves, and is not known to be far."""
    home, said = table(Person).alias("home"), table(Qualification).alias("said")
    link, of = table(OpportunityTerm).alias("link"), table(Opportunity).alias("of")
    found = sa.select(of.c.id).where(
        home.c.id == viewer.own_id,
        said.c.person_id == viewer.own_id,
        link.c.term_id == said.c.term_id,
        of.c.id == link.c.opportunity_id,
        sa.or_(of.c.shown_location.is_(None), home.c.shown_home.is_(None)),
    )
    return found.correlate_except(home, said, link, of)


def _home(home: Any) -> Any:
    return point_at(longitude(home.shown_home), latitude(home.shown_home))


def _skill(row: Any, viewer: Any) -> Any:
    return _said(viewer, Taxonomy.SKILL, lambda term: _asked(row, term.id))


def _time(row: Any, viewer: Any) -> Any:
    shift = table(Shift).alias()
    there = sa.exists().where(
        shift.c.opportunity_id == row.key,
        shift.c.part == sa.literal_column("term_said.code"),
        shift.c.starts_at > now(),
        shift.c.cancelled_at.is_(None),
    )
    return _said(viewer, Taxonomy.TIME, lambda _: there.correlate_except(shift))


def _lacks(row: Any, viewer: Any) -> Any:
    return _said(viewer, Taxonomy.ACCESSIBILITY, lambda term: ~_asked(row, term.id))


def _asked(row: Any, term_id: Any) -> Any:
    """Whether an opportunity has a term."""
    link = table(OpportunityTerm).alias()
    found = sa.exists().where(link.c.opportunity_id == row.key, link.c.term_id == term_id)
    return found.correlate_except(link)


def _said(viewer: Any, taxonomy: Taxonomy, fits: Any) -> Any:
    """The label of a term that somebody said of themselves, and that fits; null where none does."""
    term, said = table(Term).alias("term_said"), table(Qualification).alias()
    found = sa.select(sa.func.min(term.c.label)).where(
        said.c.person_id == viewer.own_id,
        said.c.term_id == term.c.id,
        said.c.organisation_id.is_(None),
        said.c.withdrawn_at.is_(None),
        term.c.taxonomy == taxonomy,
        fits(term.c),
    )
    return found.correlate_except(term, said).scalar_subquery()


def _near(row: Any, viewer: Any) -> Any:
    home = table(Person).alias()
    away = in_metres(millimetres(row.shown_location, _home(home.c)))
    most: Any = sa.literal_column(str(NEARBY))
    found = sa.select(sa.case((away <= most, away))).where(home.c.id == viewer.own_id)
    return found.correlate_except(home).scalar_subquery()
