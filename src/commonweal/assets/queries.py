"""How assets are read."""

from typing import Any, Final

from commonweal.graph.ask import derive
from commonweal.graph.declare import Standing
from commonweal.graph.sql import among
from commonweal.kernel.ids import read_id

import sqlalchemy as sa

ASSET: Final[Standing] = {"council": "council_id"}


def asked(row: Any, args: Any, viewer: Any) -> Any:
    """What `assets` was asked for."""
    if args.council is not None:
        [number] = derive(lambda text: (read_id("are", text),), [args.council], [sa.BigInteger()])
        yield row.council_id == number
    if args.categories is not None:
        yield among(row.category, args.categories)
    if args.states is not None:
        yield among(row.state, args.states)
    if args.declared_surplus is not None:
        yield row.declared_surplus == args.declared_surplus
    if args.reference is not None:
        yield sa.func.lower(row.reference) == sa.func.lower(args.reference)


def listable(row: Any, args: Any, viewer: Any) -> Any:
    return row.not_land_reason.is_(None)


def newest_first(row: Any, args: Any, viewer: Any) -> list[Any]:
    return [sa.desc(row.published_at)]


def changes_of(owner: Any, row: Any, args: Any, viewer: Any) -> Any:
    """Relates a subject to the records of its audit."""
    return row.subject_id == owner.key


def in_sequence(row: Any, args: Any, viewer: Any) -> list[Any]:
    return [row.sequence]
