"""The one way to change a state: a compare-and-swap that the row's lifecycle allows."""

from typing import Any

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
