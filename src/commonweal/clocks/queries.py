"""How bank holidays are read: those that are known now."""

from typing import Any

import sqlalchemy as sa

from commonweal.graph.sql import now
from commonweal.store.core_tables import table

from .tables import Holiday


def known_now(row: Any, args: Any, _viewer: Any) -> Any:
    """True of the bank holidays of a jurisdiction, as of now; taken back ones are not."""
    later = table(Holiday).alias().c
    same = sa.and_(later.jurisdiction == row.jurisdiction, later.day == row.day)
    newer = sa.select(later.id).where(same, later.added_at > row.added_at, later.added_at <= now())
    yield row.jurisdiction == args.jurisdiction
    yield row.added_at <= now()
    yield row.observed
    yield ~newer.exists()


def by_day(row: Any, *_: Any) -> list[Any]:
    return [row.day]
