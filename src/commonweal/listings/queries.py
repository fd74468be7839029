"""How the shop window is searched."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.ask import derive
from commonweal.graph.declare import Standing
from commonweal.graph.sql import among, never, now
from commonweal.graph.walk import Walk
from commonweal.places import queries as places
from commonweal.places.spatial import in_metres, metres, millimetres
from commonweal.store.core_tables import table

from .openings import civil_minute
from .queries_words import best_match, matches
from .rules import (
    BestMatchNeedsWords,
    ListingKind,
    ListingOrder,
    ListingState,
    NearestNeedsNear,
)
from .tables import Listing, ListingOpening

OPENING_TYPES: Final = (sa.Date(), sa.SmallInteger(), sa.SmallInteger())  # day, weekday, minute


def is_open(row: Any) -> Any:
    """In the window now, whether or not a job has closed what is over."""
    return sa.and_(
        row.state == ListingState.OPEN,
        sa.or_(row.closes_at.is_(None), row.closes_at > now()),
    )


def is_hidden(kind: ListingKind, subject_id: Any) -> Any:
    """Whether an officer took what a listing is about out of sight."""
    its = table(Listing).alias()
    found = sa.exists().where(
        its.c.subject_id == subject_id, its.c.kind == kind, its.c.state == ListingState.HIDDEN
    )
    return found.correlate_except(its)


STANDING: Final[Standing] = {"open": is_open, "council": "council_id"}
SAVED_SEARCH: Final[Standing] = {"person": "person_id"}


def found(row: Any, args: Any, _viewer: Any) -> Any:
    """What a search asks for."""
    yield row.standing("open")
    if args.words is not None:
        yield matches(row, args)  # first: of several ways to find rows SQLite takes the first
    if args.kinds is not None:
        yield of_kinds(row, args)
    if args.categories is not None:
        yield among(row.category, args.categories)
    if args.near is not None:
        yield places.in_circle(row, args.near)
    if args.area is not None:
        yield places.in_area(row, args.area)
    if args.box is not None:
        yield places.in_box(row, args.box)
    if args.inside is not None:
        yield places.in_shape(row, args.inside)
    if args.open_on is not None:
        parts = derive(lambda day: (day, day.weekday()), [args.open_on], OPENING_TYPES[:2])
        yield visitable(row, *parts)
    if args.open_at is not None:
        yield visitable(row, *derive(civil_minute, [args.open_at], OPENING_TYPES))


def of_kinds(row: Any, args: Any) -> Any:
    """True of rows of the kinds; they stand in the statement where it is made for them."""
    known = args.known("kinds")
    if known is None:
        return among(row.kind, args.kinds)
    return sa.or_(sa.false(), *(row.kind == kind for kind in known))


def changed(row: Any, args: Any, _viewer: Any) -> Any:
    """Whose changes a subscriber asks for: of what is or was in the window, open or no longer."""
    if args.kinds is not None:
        yield among(row.kind, args.kinds)
    if args.near is not None:
        yield places.in_circle(row, args.near)
    if args.area is not None:
        yield places.in_area(row, args.area)


def this_instant(row: Any, *_: Any) -> Any:
    """When this is read, in the form in which the engine keeps instants."""
    return sa.type_coerce(now(), row.published_at.type)


def visitable(row: Any, on: Any, weekday: Any, at_minute: Any = None) -> Any:
    """True of rows that can be visited on a day, at a minute of it; see openings.py."""
    opening = table(ListingOpening).alias().c

    def is_there(*conditions: Any) -> Any:
        return sa.exists().where(opening.listing_id == row.key, *conditions)

    opens = [opening.opens_minute.is_not(None)]
    if at_minute is not None:
        opens = [opening.opens_minute <= at_minute, opening.closes_minute > at_minute]
    weekly = is_there(opening.weekday == weekday, *opens)
    return sa.or_(
        is_there(opening.on_day == on, *opens),
        sa.and_(weekly, sa.not_(is_there(opening.on_day == on))),
    )


def order_of(args: Any) -> ListingOrder:
    """The one asked for; else best match, nearest or newest first, as there is what to go by."""
    if args.order is not None:
        return ListingOrder(args.order)
    if args.words is not None:
        return ListingOrder.BEST_MATCH
    return ListingOrder.NEWEST if args.near is None else ListingOrder.NEAREST


def named_order(args: Any) -> str:
    """What a cursor says of its order, so that it is refused in another one."""
    return order_of(args).value


def in_order(row: Any, args: Any, _viewer: Any) -> Walk | list[Any]:
    """The keys of the order that is meant."""
    match order_of(args):
        case ListingOrder.NEAREST:
            if args.near is None:
                raise NearestNeedsNear().at("order")
            return nearest_first(row, args)
        case ListingOrder.CLOSING_SOON:
            return [closing(row)]
        case ListingOrder.BEST_MATCH:
            if args.words is None:
                raise BestMatchNeedsWords().at("order")
            far = [] if args.near is None else [millimetres(row.location, places.centre(args.near))]
            return [*best_match(row, args), *far]
    return [sa.desc(row.published_at)]


def nearest_first(row: Any, args: Any) -> Walk:
    """Walked where nothing but the circle is selective: each kind has an index (migration 0010)."""
    kinds = args.known("kinds") or ()
    selective = (args.area, args.box, args.inside, args.words)
    return places.nearest(
        row,
        args.near,
        apart=[row.kind == kind for kind in kinds] if len(kinds) > 1 else (),
        walked=all(given is None for given in selective),
    )


def closing(row: Any) -> Any:
    """What never closes stands after all that does."""
    return sa.func.coalesce(row.closes_at, never(), type_=row.closes_at.type)


def distance(row: Any, args: Any, _viewer: Any) -> Any:
    """Metres from the search's point; null where it has none."""
    if args.near is None:
        return sa.null().cast(sa.Float())
    if row.ranks and order_of(args) is ListingOrder.NEAREST:
        return in_metres(row.ranks[0])
    return metres(row.location, places.centre(args.near))
