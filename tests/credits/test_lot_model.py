"""What is left of each credit, against an explicit list of lots: 2,500 random wallets an engine.

Lifetimes are mixed, spending takes what lapses soonest, refunds bring back what was spent with its
own day, and what had lapsed meanwhile for a week; each round the days go by and the job lapses.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from commonweal.access import Viewer
from commonweal.credits.expiring import together
from commonweal.graph.ask import Ask
from commonweal.graph.sql import DIALECTS, compiled
from commonweal.ledger import queries
from commonweal.ledger.actions import open_account, post_many
from commonweal.ledger.actions_lapses import lapse_expired
from commonweal.ledger.actions_lots import lots_in
from commonweal.ledger.actions_reversals import reverse
from commonweal.ledger.rules import UNBOUNDED, Order, Posted
from commonweal.ledger.rules_lots import left_of
from commonweal.ledger.tables import Account, Balance
from commonweal.store.core_tables import table
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.credits.making import sound

WALLETS: Final = 2_500
ROUNDS: Final = 5
TOGETHER: Final = 500  # of a transaction
GRACE: Final = timedelta(days=7)
LIFETIMES: Final = (None, 10, 30, 30, 45, 90)
UNIT: Final = "minutes"


@dataclass
class Wallet:
    """The model: what is there, by when it lapses, and what each spending took."""

    account: int
    lots: list[tuple[datetime | None, int]] = field(default_factory=list)
    spent: dict[str, list[tuple[datetime | None, int]]] = field(default_factory=dict)
    lapsed: int = 0

    @property
    def balance(self) -> int:
        return sum(amount for _, amount in self.lots)

    def lapses(self, now: datetime) -> None:
        over = [amount for at, amount in self.lots if at is not None and at <= now]
        self.lots = [lot for lot in self.lots if lot[0] is None or lot[0] > now]
        self.lapsed += sum(over)

    def spends(self, amount: int, cause: str) -> None:
        taken = []
        for at, there in sorted(self.lots, key=soonest):
            if part := min(there, amount):
                amount -= part
                taken.append((at, part))
                self.lots.remove((at, there))
                if there > part:
                    self.lots.append((at, there - part))
        self.spent[cause] = taken

    def is_given_back(self, cause: str, now: datetime) -> None:
        for at, amount in self.spent.pop(cause):
            self.lots.append((at if at is None or at > now else now + GRACE, amount))


def soonest(lot: tuple[datetime | None, int]) -> tuple[bool, float]:
    return (lot[0] is None, lot[0].timestamp() if lot[0] else 0)


def by_day(lots: list[tuple[datetime | None, int]]) -> dict[datetime | None, int]:
    found: dict[datetime | None, int] = defaultdict(int)
    for at, amount in lots:
        found[at] += amount
    return dict(found)


async def test_each_wallet_has_what_the_model_says_of_every_lot(
    database: Database, advance: Advance
) -> None:
    chance = random.Random(7)
    issuer, pot, shop, wallets = await in_transaction(database, opened)
    for number in range(ROUNDS):
        now = database.clock.now()
        while await in_transaction(database, lapse_expired):
            pass
        for wallet in wallets:
            wallet.lapses(now)
        earned = [earns(wallet, issuer, number, now, chance) for wallet in wallets]
        await posted(database, [order for order in earned if order])
        spent = [spends(wallet, shop, number, now, chance) for wallet in wallets]
        await posted(database, [order for order in spent if order])
        await given_back(database, [w for w in wallets if w.spent and chance.random() < 0.1], now)
        await advance(timedelta(days=chance.choice((1, 9, 20))))
    balances = dict(await Balance.all().values_list("account", "posted"))
    for wallet in wallets:
        assert balances[wallet.account] == wallet.balance
    assert balances[pot] == sum(wallet.lapsed for wallet in wallets) > 0
    await in_transaction(database, lambda tx: compared(tx, wallets))
    await sound(database)


async def opened(tx: Transaction) -> tuple[int, int, int, list[Wallet]]:
    of: dict[str, Any] = {"owner": "x", "unit": UNIT}
    issuer = await open_account(tx, kind="issuance", floor=UNBOUNDED, **of)
    pot = await open_account(tx, kind="pot", **of)
    shop = await open_account(tx, kind="shop", **of)
    numbers = [await open_account(tx, kind="wallet", lapses_to=pot, **of) for _ in range(WALLETS)]
    return issuer, pot, shop, [Wallet(number) for number in numbers]


def earns(
    wallet: Wallet, issuer: int, number: int, now: datetime, chance: random.Random
) -> Order | None:
    if chance.random() < 0.3:
        return None
    days, amount = chance.choice(LIFETIMES), chance.randint(1, 90)
    expires_at = None if days is None else now + timedelta(days=days)
    wallet.lots.append((expires_at, amount))
    cause = f"{wallet.account}/earned/{number}"
    return Order(issuer, wallet.account, UNIT, amount, cause, "x", now, expires_at)


def spends(
    wallet: Wallet, shop: int, number: int, now: datetime, chance: random.Random
) -> Order | None:
    if wallet.balance == 0 or chance.random() < 0.4:
        return None
    amount, cause = chance.randint(1, wallet.balance), f"{wallet.account}/spent/{number}"
    wallet.spends(amount, cause)
    return Order(wallet.account, shop, UNIT, amount, cause, "x", now)


async def posted(database: Database, orders: list[Order]) -> None:
    for start in range(0, len(orders), TOGETHER):
        some = orders[start : start + TOGETHER]
        done = await in_transaction(database, lambda tx, some=some: post_many(tx, some))  # type: ignore[misc]
        assert all(isinstance(each, Posted) for each in done)


async def given_back(database: Database, wallets: list[Wallet], now: datetime) -> None:
    """All of one spending, of this round or of an earlier one."""

    async def work(tx: Transaction) -> None:
        for wallet in wallets:
            cause = next(iter(wallet.spent))
            await reverse(tx, cause, actor="x", event_at=now, grace=GRACE)
            wallet.is_given_back(cause, now)

    await in_transaction(database, work)


async def compared(tx: Transaction, wallets: list[Wallet]) -> None:
    """What the letters read, and what `wallet { expiring }` does: both are what the model says."""
    shown = await read_with_the_row(tx)
    for wallet in wallets:
        left = await lots_in(tx, wallet.account)
        assert by_day(left) == by_day(wallet.lots)
        assert by_day(shown[wallet.account]) == by_day(wallet.lots)
        assert sum(together(left).values()) <= wallet.balance


async def read_with_the_row(tx: Transaction) -> dict[int, list[tuple[datetime | None, int]]]:
    account = table(Account).alias().c
    steps = [queries.steps_of(account.id, side) for side in ("debit", "credit")]
    select = sa.select(account.id, queries.checkpoint_of(account.id), *steps)
    statement = compiled(select.where(account.lapses_to.is_not(None)), DIALECTS[tx.database.engine])
    rows = await tx.fetch(statement.sql, statement.values(Ask({}, Viewer())))
    return {number: left_of(kept, *steps) for number, kept, *steps in map(tuple, rows)}
