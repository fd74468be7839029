"""How the shop window is searched."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.ask import derive
from commonweal.graph.declare import Standing
from commonweal.graph.sql import among, never, now
from commonweal.places import queries as places
from commonweal.places.spatial import metres, millimetres, within
from commonweal.store.core_tables import table

from .openings import civil_minute
from .rules import ListingOrder, ListingState, NearestNeedsNear
from .tables import ListingOpening

OPENING_TYPES: Final = (sa.Date(), sa.SmallInteger(), sa.SmallInteger())  # day, weekday, minute


def is_open(row: Any) -> Any:
    """In the window now, whether or not a job has closed what is over."""
    return sa.and_(
        row.state == ListingState.OPEN,
        sa.or_(row.closes_at.is_(None), row.closes_at > now()),
    )


STANDING: Final[Standing] = {"open": is_open, "council": "council_id"}


def found(row: Any, args: Any, _viewer: Any) -> Any:
    """What a search asks for."""
    yield is_open(row)
    if args.kinds is not None:
        yield among(row.kind, args.kinds)
    if args.categories is not None:
        yield among(row.category, args.categories)
    if args.near is not None:
        yield within(row.location, row.key, places.centre(args.near), places.radius(args.near))
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


def in_order(row: Any, args: Any, _viewer: Any) -> list[Any]:
    """Nearest first where there is a point to measure from, else newest, unless asked otherwise."""
    order = args.order or (ListingOrder.NEAREST if args.near is not None else ListingOrder.NEWEST)
    match order:
        case ListingOrder.NEAREST:
            if args.near is None:
                raise NearestNeedsNear().at("order")
            return [millimetres(row.location, places.centre(args.near))]
        case ListingOrder.CLOSING_SOON:
            return [closing(row)]
    return [sa.desc(row.published_at)]


def closing(row: Any) -> Any:
    """What never closes stands after all that does."""
    return sa.func.coalesce(row.closes_at, never(), type_=row.closes_at.type)


def distance(row: Any, args: Any, _viewer: Any) -> Any:
    """Metres from the search's point; null where it has none."""
    if args.near is None:
        return sa.null().cast(sa.Float())
    return metres(row.location, places.centre(args.near))
