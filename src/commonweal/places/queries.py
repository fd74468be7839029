"""How areas and places are read: which are meant, in what order."""

from typing import Any, Final

import sqlalchemy as sa
from graphql import GraphQLError

from commonweal.graph.ask import derive
from commonweal.graph.sql import among, today
from commonweal.kernel.ids import read_id
from commonweal.store.core_tables import table

from .coordinates import point
from .postcodes import key, parse
from .rules import (
    BoxUpsideDown,
    NearNeedsOnePlace,
    checked_radius,
)
from .shapes import read_shape
from .spatial import constant, covers, inside, point_at, shape_of
from .tables import Area, Place

WORLD_DEGREES: Final = 360


# ---- areas ---------------------------------------------------------------------------------------


def valid_on(row: Any, day: Any) -> Any:
    """True of areas that are valid on a day: today unless one is given."""
    day = today() if day is None else day
    return sa.and_(row.valid_from <= day, sa.or_(row.valid_until.is_(None), row.valid_until > day))


def areas_asked(row: Any, args: Any, viewer: Any) -> Any:
    yield valid_on(row, args.get("on"))
    if args.get("kinds") is not None:
        yield among(row.kind, args.kinds)
    if args.get("at") is not None:
        yield covers(row.shape, row.key, point_given(args.at))
    if args.get("code") is not None:
        yield row.code == args.code


def areas_around(owner: Any, row: Any, args: Any, viewer: Any) -> Any:
    """Relates an area to what lies in it: on a border, to both areas."""
    return covers(row.shape, row.key, owner.location)


def by_kind_and_name(row: Any, args: Any, viewer: Any) -> list[Any]:
    return [row.kind, row.name]


# ---- points, circles, boxes, shapes that a request gives ------------------------------------------


def point_given(given: Any) -> Any:
    """A longitude and a latitude as a point, checked when the request comes."""

    def checked(longitude: float, latitude: float) -> tuple[float, float]:
        made = point(longitude, latitude)
        return made.x, made.y

    pair = derive(checked, [given.longitude, given.latitude], [sa.Float()] * 2)
    return constant(point_at(*pair))


def centre(near: Any) -> Any:
    """The point that `near` means: its coordinates, or the place of that name."""
    by_name, by_degrees = near.place is not None, near.longitude is not None
    if by_name == by_degrees or by_degrees != (near.latitude is not None):
        raise refusal(NearNeedsOnePlace().at("near"))
    return constant_place(near.place) if by_name else point_given(near)


def radius(near: Any) -> Any:
    """Metres, checked."""
    [metres] = derive(lambda m: (checked_radius(m),), [near.within_metres], [sa.Float()])
    return metres


def in_box(row: Any, box: Any) -> Any:
    """True of rows whose point is in the box; west beyond east means across 180 degrees."""
    sides = [box.west, box.south, box.east, box.north]
    [text] = derive(lambda *given: (box_text(*given),), sides, [sa.String()])
    return inside(row.location, row.key, constant(shape_of(text)))


def in_shape(row: Any, shape: Any) -> Any:
    """True of rows whose point a drawn polygon covers."""
    [text] = derive(lambda given: (ewkt(read_shape(given).wkt),), [shape], [sa.String()])
    return inside(row.location, row.key, constant(shape_of(text)))


def in_area(row: Any, area_id: Any) -> Any:
    """True of rows whose point an area covers; of none where there is no such area."""
    [number] = derive(lambda text: (read_id("are", text),), [area_id], [sa.BigInteger()])
    area = table(Area).alias()
    shape = sa.select(area.c.shape).where(area.c.id == number).scalar_subquery()
    return inside(row.location, row.key, shape)


def box_text(west: float, south: float, east: float, north: float) -> str:
    """The box as EWKT: two polygons where it crosses 180 degrees. Raises on impossible corners."""
    for longitude, latitude in ((west, south), (east, north)):
        point(longitude, latitude)
    if south >= north or west == east:
        raise BoxUpsideDown(south, north).at("box")
    spans = [(west, east)] if west < east else [(west, 180.0), (-180.0, east)]
    rings = ", ".join(
        f"(({w} {south}, {e} {south}, {e} {north}, {w} {north}, {w} {south}))" for w, e in spans
    )
    return ewkt(f"MULTIPOLYGON ({rings})")


def ewkt(text: str) -> str:
    return f"SRID=4326;{text}"


def refusal(error: Exception) -> GraphQLError:
    """What is wrong with the question itself, found while its SQL is written."""
    return GraphQLError(str(error), original_error=error)


# ---- the gazetteer -------------------------------------------------------------------------------


def keys_of(name: str) -> tuple[str, str]:
    """The key of a name, and of the postcode district that answers where a postcode is not held."""
    parts = parse(name)
    whole = key(parts.full or parts.outcode) if parts else key(name)
    return whole, key(parts.outcode) if parts else whole


def name_asked(args: Any) -> Any:
    """The text by which a place was asked for, in `matching` or in `near`."""
    near = args.get("near")
    return args.get("matching") if near is None else near.get("place")


def named(row: Any, args: Any, viewer: Any) -> list[Any]:
    """True of the places that a name may mean; of none where no name was asked for."""
    asked = name_asked(args)
    if asked is None:
        return [sa.false()]
    whole, district = derive(keys_of, [asked], [sa.String()] * 2)
    return [sa.or_(row.lookup == whole, row.lookup == district)]


def likeliest(row: Any, args: Any, viewer: Any) -> list[Any]:
    """The place itself before its district; of several with one name, the larger."""
    asked = name_asked(args)
    if asked is None:
        return []
    whole, _ = derive(keys_of, [asked], [sa.String()] * 2)
    return [sa.case((row.lookup == whole, 0), else_=1), row.rank, row.qualifier]


def approximate(row: Any, args: Any, viewer: Any) -> Any:
    asked = name_asked(row.via)
    if asked is None:
        return sa.false()
    whole, district = derive(keys_of, [asked], [sa.String()] * 2)
    return sa.and_(row.lookup == district, row.lookup != whole)


def begins_with(row: Any, args: Any, viewer: Any) -> Any:
    """True of places whose key begins with that of the text; a range, so that the index serves."""
    if args.matching is not None:
        low, high = derive(key_range, [args.matching], [sa.String()] * 2)
        yield row.lookup >= low
        yield row.lookup < high
    if args.kinds is not None:
        yield among(row.kind, args.kinds)


def key_range(text: str) -> tuple[str, str]:
    low = keys_of(text)[0]
    return low, low + "\U0010ffff"


def by_rank_and_name(row: Any, args: Any, viewer: Any) -> list[Any]:
    return [row.rank, row.lookup, row.qualifier]


def constant_place(name: Any) -> Any:
    """The point of the place that a name means, worked out once a statement; null if unknown."""
    place = table(Place).alias()
    whole, district = derive(keys_of, [name], [sa.String()] * 2)
    return (
        sa.select(place.c.location)
        .where(sa.or_(place.c.lookup == whole, place.c.lookup == district))
        .order_by(
            sa.case((place.c.lookup == whole, 0), else_=1),
            place.c.rank,
            place.c.qualifier,
            place.c.id,
        )
        .limit(1)
        .scalar_subquery()
    )
