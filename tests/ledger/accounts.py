"""Accounts to move value between, and what tests ask of them afterwards."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from commonweal.kernel.errors import UserError
from commonweal.ledger.actions import open_account, post
from commonweal.ledger.rules import UNBOUNDED, Order, Posted
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

T = TypeVar("T")
UNIT = "min:town"
EVENT = datetime(2026, 11, 21, 9, tzinfo=UTC)
_causes = count(1)


def order(debit: int, credit: int, amount: int = 1, cause: str = "", **more: Any) -> Order:
    """An order with a cause that no other has, unless it is given one."""
    given: dict[str, Any] = {"unit": UNIT, "actor": "per_tester", "event_at": EVENT} | more
    return Order(debit, credit, amount=amount, cause=cause or f"test/{next(_causes)}", **given)


async def opened(database: Database, *, first: int = 0, **more: Any) -> int:
    """An ordinary account of a wallet's kind, with `first` minutes in it that were issued."""
    given = {"kind": "wallet", "owner": "per_tester", "unit": UNIT} | more

    async def work(tx: Transaction) -> int:
        number = await open_account(tx, **given)
        if first:
            unit = given["unit"]
            issuer = await open_account(
                tx, kind="issuer", owner="org_tester", unit=unit, floor=UNBOUNDED
            )
            await post(tx, order(issuer, number, first, unit=unit))
        return number

    return await in_transaction(database, work)


async def posted(database: Database, what: Order) -> Posted:
    return await in_transaction(database, lambda tx: post(tx, what))


async def outcome(working: Awaitable[T]) -> T | UserError:
    """What came of it, or the refusal."""
    try:
        return await working
    except UserError as refusal:
        return refusal


async def balance(database: Database, account: int) -> int:
    """What the account has, all its shards together."""
    mark = "?" if database.engine == "sqlite" else "$1"
    [row] = await database.fetch(
        f"SELECT sum(posted) FROM balance WHERE account = {mark}", [account]
    )
    return int(row[0])


async def transfers(database: Database) -> int:
    [row] = await database.fetch("SELECT count(*) FROM transfer", [])
    return int(row[0])
