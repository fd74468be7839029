"""What a list is in the order of, and which of its rows come after a cursor."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators

from .ask import INTEGER, Args, Bound, Compute, PlanViewer, constant, derive
from .cursor import read_cursor
from .declare import Many
from .walk import Walk, depth


def order_keys(
    row: Any, declared: Many, args: Args, viewer: PlanViewer
) -> tuple[list[Any], Walk | None]:
    """What a list is in the order of, the row's own key last. Raises TypeError for a null one."""
    given = declared.sort(row, args, viewer) if declared.sort else ()
    walk = given if isinstance(given, Walk) else None
    keys = list(walk.keys if walk else given)
    if not keys or plain(keys[-1]) is not row.key:  # a list may be sorted by it, newest first
        keys.append(row.key)
    for key in keys:
        if getattr(plain(key), "nullable", False):
            raise TypeError(f"{plain(key)} may be null: no page could begin after it")
    return keys, walk


def after_cursor(
    keys: list[Any], walk: Walk | None, declared: Many, args: Args, *, quick: bool = False
) -> tuple[Any, Compute | None]:
    """True of rows beyond the cursor that was given, or None where none was; and their depth.

    `quick` is for the planner: the reference asks plainly.
    """
    if args.after is None:
        return None, constant(0) if walk else None
    types, named = [plain(key).type for key in keys], declared.name_of_order(args)
    types += [INTEGER] if walk else []

    def read(text: str) -> list[Any]:
        found = read_cursor(text, types, named)
        return [*found[:-1], depth(found[-1], walk.deepest)] if walk else found

    last = derive(read, [args.after], types)
    if walk is None:
        return beyond(keys, last), None
    told = walk.beyond(keys, last[:-1]) if quick else beyond(keys, last[:-1])
    return told, last[-1].compute


def falls(key: Any) -> bool:
    return getattr(key, "modifier", None) is operators.desc_op


def plain(key: Any) -> Any:
    return key.element if falls(key) else key


def beyond(keys: Sequence[Any], last: Sequence[Bound]) -> Any:
    """True of rows that come after the last one seen, key by key."""
    found: Any = None
    for key, value in reversed(list(zip(keys, last, strict=True))):
        further = plain(key) < value if falls(key) else plain(key) > value
        if found is not None:
            further = sa.or_(further, sa.and_(plain(key) == value, found))
        found = further
    start = plain(keys[0]) <= last[0] if falls(keys[0]) else plain(keys[0]) >= last[0]
    return sa.and_(start, found)  # implied, but a range that an index can use
