"""How the shop window is searched."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.graph.sql import among, never, now
from commonweal.places import queries as places
from commonweal.places.spatial import metres, millimetres, within

from .rules import ListingOrder, ListingState, NearestNeedsNear


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
