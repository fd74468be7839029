"""How areas and places are read: which are meant, in what order.

What a request gives (points, circles, boxes, drawn shapes, names) is checked when the request
comes, by functions that `derive` calls; their refusals stand in rules.py, coordinates.py and
shapes.py. The SQL for near, within and inside is spatial.py's.
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.ask import FLOAT, STRING, Ask, Bound, derive
from commonweal.graph.declare import Standing
from commonweal.graph.sql import among, once_a_statement, storable, today
from commonweal.graph.walk import WIDER, Walk
from commonweal.kernel.ids import read_id
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import LAST_CHARACTER
from commonweal.store.core_tables import table

from .coordinates import degrees, shown
from .postcodes import key, parse
from .rules import (
    DEFAULT_RADIUS_METRES,
    BoxUpsideDown,
    BoxWithoutWidth,
    NearNeedsOnePlace,
    NotAnArea,
    checked_radius,
)
from .shapes import read_shape
from .spatial import (
    covers,
    inside,
    millimetres,
    nearness,
    point_at,
    shape_of,
    within,
)
from .tables import Area, Place

NEAREST_DEEPEST: Final = limit(
    "depth of nearest first", 5_000, "rows", "each page is reached from the centre again"
)
FIRST_REACH_METRES: Final = 500.0  # a step around the corner: in a town that holds a page
SPHERE_LEAST: Final = 0.99  # of a distance on the sphere is the true one at least: 0.9944 in fact


# a council's own ground is the council's; so are its wards and parishes
STANDING: Final[Standing] = {"council": lambda row: sa.func.coalesce(row.council_id, row.key)}


# ---- areas ---------------------------------------------------------------------------------------


def valid_on(row: Any, day: Any) -> Any:
    """True of areas that are valid on a day: today unless one is given."""
    day = today() if day is None else day
    return sa.and_(row.valid_from <= day, sa.or_(row.valid_until.is_(None), row.valid_until > day))


def areas_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What a list of areas asks for, by arguments that not every such list has."""
    yield valid_on(row, args.get("on"))
    if args.get("kinds") is not None:
        yield among(row.kind, args.kinds)
    if args.get("at") is not None:
        yield covers(row.shape, row.key, point_given(args.at))
    if args.get("code") is not None:
        yield row.code == args.code
    if args.get("within") is not None:
        yield row.council_id == area_number(args.within)
    if args.get("name_") is not None:
        low, high = derive(name_range, [args.name_], [STRING] * 2)
        names = (row.lookup, row.lookup_cy)
        yield sa.or_(*(sa.and_(name >= low, name < high) for name in names))


def name_range(text: str) -> tuple[str, str]:
    """From the key of a name's beginning to where those that begin so end."""
    low = key(storable(text))
    return low, low + LAST_CHARACTER if low or not text.strip() else low


def areas_around(owner: Any, row: Any, *_: Any) -> Any:
    """Relates what has a location to the areas it lies in: on a border, to both."""
    return covers(row.shape, row.key, owner.location)


def by_kind_and_name(row: Any, *_: Any) -> list[Any]:
    return [row.kind, row.name]


def area_number(given: Any) -> Any:
    """The number in an area's id, checked to be one. Raises NotAnArea when the request comes."""

    def number(text: str) -> tuple[int]:
        found = read_id("are", text)
        if found is None:
            raise NotAnArea(shown(text))
        return (found,)

    return derive(number, [given], [sa.BigInteger()])[0]


# ---- points, circles, boxes and shapes that a request gives --------------------------------------


def point_given(given: Any) -> Any:
    """A longitude and a latitude as a point, checked when the request comes."""
    pair = derive(degrees, [given.longitude, given.latitude], [FLOAT] * 2)
    return once_a_statement(point_at(*pair))


def centre(near: Any) -> Any:
    """The point that `near` means: its coordinates, or the place of that name. One for all uses."""
    if "centre" not in near.memo:
        near.memo["centre"] = _centre(near)
    return near.memo["centre"]


def _centre(near: Any) -> Any:
    by_name, by_degrees = near.place is not None, near.longitude is not None
    if by_name == by_degrees or by_degrees != (near.latitude is not None):
        raise NearNeedsOnePlace().at("near")
    return point_named(near.place) if by_name else point_given(near)


def radius(near: Any) -> Bound:
    """Metres, checked; the usual distance where none is given, or null."""
    if near.within_metres is None:
        return Bound(lambda _: float(DEFAULT_RADIUS_METRES), FLOAT)
    return derive(lambda m: (checked_radius(m),), [near.within_metres], [FLOAT])[0]


def reach(near: Any) -> Bound:
    """Metres that a step of a walk looks around; the whole radius where nothing walks."""
    whole = radius(near).compute

    def metres(ask: Ask) -> float:
        far = float(whole(ask))
        return far if ask.step is None else min(far, FIRST_REACH_METRES * WIDER**ask.step)

    return Bound(metres, FLOAT)


def in_circle(row: Any, near: Any) -> Any:
    """True of rows whose point is within the radius."""
    return within(row.location, row.key, centre(near), radius(near), reach(near))


def nearest(row: Any, near: Any, *, apart: Sequence[Any] = (), walked: bool = True) -> Walk:
    """Nearest first: by the exact distance. `apart` and `walked` are the walk's (graph/walk.py)."""
    here, reached, whole = centre(near), reach(near).compute, radius(near).compute
    return Walk(
        keys=[millimetres(row.location, here)],
        by=nearness(row.location, here) if walked else None,
        surely=lambda sphere_metres: int(sphere_metres * SPHERE_LEAST * 1000),
        apart=apart,
        all_seen=lambda ask: reached(ask) >= whole(ask),
        deepest=NEAREST_DEEPEST,
        nearly=lambda distance_millimetres: distance_millimetres / 1000 * SPHERE_LEAST,
    )


def in_box(row: Any, box: Any) -> Any:
    """True of rows whose point is in the box; west beyond east means across 180 degrees."""
    sides = [box.west, box.south, box.east, box.north]
    [text] = derive(lambda *given: (box_text(*given),), sides, [STRING])
    return inside(row.location, row.key, once_a_statement(shape_of(text)))


def in_shape(row: Any, shape: Any) -> Any:
    """True of rows whose point a drawn polygon covers."""
    [text] = derive(lambda given: (ewkt(read_shape(given).wkt),), [shape], [STRING])
    return inside(row.location, row.key, once_a_statement(shape_of(text)))


def in_area(row: Any, area_id: Any) -> Any:
    """True of rows whose point an area covers; of none where no such area is held."""
    area = table(Area).alias()
    shape = sa.select(area.c.shape).where(area.c.id == area_number(area_id)).scalar_subquery()
    return inside(row.location, row.key, shape)


def box_text(west: float, south: float, east: float, north: float) -> str:
    """The box as EWKT, in two parts where it crosses 180 degrees.

    Raises BoxUpsideDown, BoxWithoutWidth, and what `coordinates.degrees` raises of a corner.
    """
    for longitude, latitude in ((west, south), (east, north)):
        degrees(longitude, latitude)
    if south >= north:
        raise BoxUpsideDown(south, north).at("box")
    spans = [(west, east)] if west < east else [(west, 180.0), (-180.0, east)]
    rings = ", ".join(
        f"(({w} {south}, {e} {south}, {e} {north}, {w} {north}, {w} {south}))"
        for w, e in spans
        if w < e
    )
    if west == east or not rings:
        raise BoxWithoutWidth(west, east).at("box")
    return ewkt(f"MULTIPOLYGON ({rings})")


def ewkt(text: str) -> str:
    return f"SRID=4326;{text}"


# ---- the gazetteer -------------------------------------------------------------------------------


def keys_of(name: str) -> tuple[str, str]:
    """The key of a name, and of the postcode district that answers where a postcode is not held."""
    parts = parse(storable(name))
    whole = key(parts.full) if parts else key(name)
    return whole, key(parts.outcode) if parts else whole


def called(place: Any, name: Any) -> Any:
    """True of the places that a name may mean."""
    whole, district = derive(keys_of, [name], [STRING] * 2)
    return sa.or_(place.lookup == whole, place.lookup == district)


def likelihood(place: Any, name: Any) -> list[Any]:
    """Orders them: the place itself before its district; of several of one name, the larger."""
    whole, _ = derive(keys_of, [name], [STRING] * 2)
    return [sa.case((place.lookup == whole, 0), else_=1), place.rank, place.qualifier]


def point_named(name: Any) -> Any:
    """The point of the likeliest place of a name, once a statement; null where none is known."""
    place = table(Place).alias().c
    found = sa.select(place.location).where(called(place, name))
    return found.order_by(*likelihood(place, name), place.id).limit(1).scalar_subquery()


def name_asked(args: Any) -> Any:
    """The text by which a place was asked for, in `matching` or in `near`."""
    near = args.get("near")
    return args.get("matching") if near is None else near.get("place")


def named(row: Any, args: Any, _viewer: Any) -> list[Any]:
    """True of the places that were asked for; of none where no name was given."""
    name = name_asked(args)
    return [sa.false() if name is None else called(row, name)]


def likeliest(row: Any, args: Any, _viewer: Any) -> list[Any]:
    name = name_asked(args)
    return [] if name is None else likelihood(row, name)


def approximate(row: Any, *_: Any) -> Any:
    """True of a district that answers for a postcode of its own that is not held."""
    name = name_asked(row.via)
    if name is None:
        return sa.false()
    whole, district = derive(keys_of, [name], [STRING] * 2)
    return sa.and_(row.lookup == district, row.lookup != whole)


def begins_with(row: Any, args: Any, _viewer: Any) -> Any:
    """True of places whose key begins with that of the text; a range, so that the index serves."""
    if args.matching is not None:
        low, high = derive(key_range, [args.matching], [STRING] * 2)
        yield row.lookup >= low
        yield row.lookup < high
    if args.kinds is not None:
        yield among(row.kind, args.kinds)


def key_range(text: str) -> tuple[str, str]:
    low = keys_of(text)[0]
    if not low and text.strip():
        return low, low  # nothing that names are made of: none begins so
    return low, low + LAST_CHARACTER


def by_rank_and_name(row: Any, *_: Any) -> list[Any]:
    return [row.rank, row.lookup, row.qualifier]
