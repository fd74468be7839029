"""The ways to change a state: a compare-and-swap that the lifecycle allows, of a row or of many."""

from collections.abc import Collection
from typing import Any

from tortoise.expressions import F
from tortoise.models import Model

from commonweal.kernel.lifecycle import Lifecycle

from .errors import TryAgain


async def move(row: Model, lifecycle: Lifecycle, name: str, **changes: Any) -> None:
    """Move a row that this transaction has read, and change what goes with it.

    Raises WrongState where the lifecycle forbids it, TryAgain where another was first.
    """
    found: Any = row
    target = lifecycle.check(name, found.state)
    rows = type(row).filter(id=found.id, state=found.state, version=found.version)
    changed = await rows.update(state=target, version=found.version + 1, **changes)
    if changed != 1:
        raise TryAgain
    await found.refresh_from_db()


async def move_all(
    model: type[Model], ids: Collection[int], lifecycle: Lifecycle, name: str, **changes: Any
) -> None:
    """Move those of these rows that are in a state from which the lifecycle allows it.

    Whoever is moving one of them is waited for; rows are locked in id order.
    """
    source = lifecycle.move(name).sources
    rows = model.filter(id__in=list(ids), state__in=source).order_by("id")
    found = await rows.select_for_update(no_key=True).values_list("id", flat=True)
    changes |= {"state": lifecycle.move(name).to, "version": F("version") + 1}
    if found:
        await model.filter(id__in=list(found), state__in=source).update(**changes)
