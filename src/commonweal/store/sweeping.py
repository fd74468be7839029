"""Deleting what has been kept long enough, a short transaction at a time."""

from typing import Any, Final

from tortoise.queryset import QuerySet

SWEPT_AT_ONCE: Final = 1_000  # rows that one transaction deletes: others wait behind it


async def swept(old: QuerySet[Any]) -> int:
    """Delete the first of these rows, in the order that is asked for: how many."""
    key = old.model._meta.pk_attr
    ids = await old.limit(SWEPT_AT_ONCE).values_list(key, flat=True)
    return await old.model.filter(**{f"{key}__in": list(ids)}).delete() if ids else 0
