"""How assets are read."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.ask import derive
from commonweal.graph.declare import Standing
from commonweal.graph.sql import among
from commonweal.places.queries import area_number

from .rules import RegisterState, reference_key

STANDING: Final[Standing] = {"council": "council_id"}
REGISTER: Final[Standing] = {
    "imported": lambda row: row.state == RegisterState.IMPORTED,
    "council": "council_id",
}


def asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `assets` was asked for."""
    if args.council is not None:
        yield row.council_id == area_number(args.council)
    if args.categories is not None:
        yield among(row.category, args.categories)
    if args.states is not None:
        yield among(row.state, args.states)
    if args.declared_surplus is not None:
        yield row.declared_surplus == args.declared_surplus
    if args.reference is not None:
        [key] = derive(lambda text: (reference_key(text),), [args.reference], [sa.String()])
        yield row.reference_key == key


def listable(row: Any, *_: Any) -> Any:
    return row.not_land_reason.is_(None)


def registers_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `registers` was asked for."""
    if args.council is not None:
        yield row.council_id == area_number(args.council)
    if args.states is not None:
        yield among(row.state, args.states)


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time


def proposals_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `proposals` was asked for."""
    if args.kinds is not None:
        yield among(row.kind, args.kinds)
    if args.states is not None:
        yield among(row.state, args.states)


def by_kind(row: Any, *_: Any) -> list[Any]:
    return [row.kind]


def values_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `values` was asked for."""
    if args.field is not None:
        yield row.field == args.field


def newest_first(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.published_at)]
