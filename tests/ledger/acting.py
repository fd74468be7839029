"""What the ledger's tests do over and over: hold, settle, take back; and look whether all holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from commonweal.ledger.actions_holds import expire_holds, place_hold, settle_hold, void_hold
from commonweal.ledger.actions_lapses import lapse_expired
from commonweal.ledger.actions_reversals import reverse
from commonweal.ledger.rules import Order, Posted
from commonweal.ledger.tables import Hold
from commonweal.ledger.verifying import verify
from commonweal.store import transaction
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction, unwrapped

from .accounts import EVENT, UNIT

_causes = count(1)


@dataclass(frozen=True)
class Has:
    """What an account of one row has."""

    posted: int
    held: int
    owed: int
    version: int


async def has(database: Database, account: int) -> Has:
    mark = "?" if database.engine == "sqlite" else "$1"
    [row] = await database.fetch(
        f"SELECT posted, held, owed, version FROM balance WHERE account = {mark}", [account]
    )
    return Has(*row)


async def sound(database: Database) -> None:
    """Whether `commonweal verify` finds nothing."""
    assert (await verify(database)).faults == []


async def hold(
    database: Database, account: int, amount: int, minutes: float = 10, cause: str = ""
) -> Hold:
    work = partial(
        place_hold, account=account, unit=UNIT, amount=amount, actor="per_tester",
        cause=cause or f"hold/{next(_causes)}",
        expires_at=database.clock.now() + timedelta(minutes=minutes),
    )  # fmt: skip
    return await in_transaction(database, work)


async def settle(database: Database, what: Hold, *orders: Order) -> list[Posted]:
    return await in_transaction(database, partial(settle_hold, hold_id=what.id, orders=orders))


async def void(database: Database, what: Hold) -> Hold:
    return await in_transaction(database, partial(void_hold, hold_id=what.id))


async def swept(database: Database) -> int:
    return await in_transaction(database, expire_holds)


async def lapsed(database: Database) -> int:
    return len(await in_transaction(database, lapse_expired))


async def taken_back(database: Database, cause: str, **more: Any) -> list[Posted]:
    given: dict[str, Any] = {"actor": "per_tester", "event_at": EVENT} | more
    return await in_transaction(database, partial(reverse, cause=cause, **given))


@contextmanager
def losses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the engine gave a transaction up for, while the block runs: the errors' names."""
    seen: list[str] = []
    told = transaction.lost

    def lost(error: BaseException) -> bool:
        if given_up := told(error):
            seen.append(type(unwrapped(error)).__name__)
        return given_up

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "lost", lost)
        yield seen
