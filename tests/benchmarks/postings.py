"""The ledger's own `post` and `post_many`, each in `in_transaction` as the service calls them.

Also what SQLite takes for the least of it: two rows updated and committed, by hand.
"""

import asyncio
import random
import sqlite3
import time
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.kernel.clock import SYSTEM
from commonweal.kernel.ids import id_writer
from commonweal.ledger.actions import open_account, post, post_many
from commonweal.ledger.rules import Order, Posted
from commonweal.store.database import SQLITE_PRAGMAS, Database, opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT

UNIT: Final = "min:town"
ACTOR: Final = "per_0c1n2h5xjz3qk"
EVENT: Final = "2026-11-21 09:00:00+00:00"
FIRST: Final = 1_000_000_000  # what everybody has in the beginning
TASKS: Final = 16  # who ask at once on PostgreSQL; SQLite has one writer
BATCH: Final = 100
# For either engine.
ACCOUNTS: Final = f"""
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{0}})
INSERT INTO account (id, kind, owner, unit, shards, opened_at)
SELECT i, 'wallet', 'per_' || i, '{UNIT}', 1, '{EVENT}' FROM n
"""
BALANCES: Final = f"""
INSERT INTO balance (account, shard, unit, posted, held, owed, version, floor, ceiling)
SELECT id, 0, unit, {FIRST}, 0, 0, 0, 0, {MOST_AMOUNT} FROM account
"""
cause_id: Final = id_writer("tkt")


async def seed(url: str, accounts: int) -> int:
    """Accounts 1, 2, 3 … with value in each, and one that everybody pays: its id."""

    async def work(tx: Transaction) -> int:
        await tx.client.execute_query(ACCOUNTS.format(accounts))
        await tx.client.execute_query(BALANCES)
        return await open_account(tx, kind="shop", owner="org_shop", unit=UNIT, hot=True)

    async with opened(url, SYSTEM, LAYOUT) as database:
        return await in_transaction(database, work)


class Orders:
    """Orders between random accounts, or to the one that is hot."""

    def __init__(self, database: Database, accounts: int, hot: int | None) -> None:
        self.database, self.accounts, self.hot = database, accounts, hot
        self.chance = random.Random()

    def make(self) -> Order:
        debit, credit = self.chance.sample(range(1, self.accounts + 1), 2)
        cause = f"{cause_id(self.database.new_id())}/capture"
        amount = self.chance.randint(1, 100)
        return Order(debit, self.hot or credit, UNIT, amount, cause, ACTOR, SYSTEM.now())


async def fill(url: str, accounts: int, transfers: int) -> None:
    """So many transfers between random accounts."""
    async with opened(url, SYSTEM, LAYOUT) as database:
        orders = Orders(database, accounts, None)
        for _ in range(transfers // BATCH):
            await many(database, orders)


async def one(database: Database, orders: Orders) -> int:
    asked = orders.make()
    await in_transaction(database, lambda tx: post(tx, asked))
    return 1


async def many(database: Database, orders: Orders) -> int:
    asked = [orders.make() for _ in range(BATCH)]
    done = await in_transaction(database, partial(post_many, orders=asked))
    assert all(isinstance(each, Posted) for each in done), done
    return len(done)


async def posting(
    url: str, accounts: int, seconds: float, *, hot: int | None = None, batches: bool = False
) -> tuple[float, int]:
    """Transfers a second, and how many there were."""
    async with opened(url, SYSTEM, LAYOUT) as database:
        work, orders = many if batches else one, Orders(database, accounts, hot)
        await work(database, orders)  # the statements are prepared
        began = time.perf_counter()

        async def ask() -> int:
            done = 0
            while time.perf_counter() - began < seconds:
                done += await work(database, orders)
            return done

        tasks = TASKS if database.engine == "postgresql" and not batches else 1
        done = sum(await asyncio.gather(*(ask() for _ in range(tasks))))
        return done / (time.perf_counter() - began), done + (BATCH if batches else 1)


def by_hand(path: Path, accounts: int, seconds: float) -> float:
    """Commits a second of two updated rows each, on a file of its own that is as safe."""
    chance = random.Random()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma, value in SQLITE_PRAGMAS.items():
            database.execute(f"PRAGMA {pragma}={value}")
        database.execute("DROP TABLE IF EXISTS balance")
        database.execute("CREATE TABLE balance (id INTEGER PRIMARY KEY, posted INTEGER)")
        rows = ((number, FIRST) for number in range(1, accounts + 1))
        database.execute("BEGIN")
        database.executemany("INSERT INTO balance VALUES (?, ?)", rows)
        database.execute("COMMIT")
        began = time.perf_counter()
        for done in count():
            if (took := time.perf_counter() - began) >= seconds:
                return done / took
            debit, credit = chance.sample(range(1, accounts + 1), 2)
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE balance SET posted = posted - 1 WHERE id = ?", (debit,))
            database.execute("UPDATE balance SET posted = posted + 1 WHERE id = ?", (credit,))
            database.execute("COMMIT")
    raise AssertionError("time passes")
