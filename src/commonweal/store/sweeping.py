"""Deleting what has been kept long enough, a short transaction at a time."""

from typing import Any, Final

from tortoise.queryset import QuerySet

SWEPT_AT_ONCE: Final = 1_000  # rows that one transaction deletes: others wait behind it


async def swept(old: QuerySet[Any]) -> int:
    """Delete the first of these rows, in the order that is asked for: how many."""
    ids = await old.limit(SWEPT_AT_ONCE).values_list("pk", flat=True)
    return await old.model.filter(pk__in=list(ids)).delete() if ids else 0
