"""How accounts, transfers and sealed days are read, by auditors."""

from typing import Any

import sqlalchemy as sa

from commonweal.graph.ask import derive
from commonweal.graph.sql import now
from commonweal.kernel.ids import read_id
from commonweal.store.core_tables import table

from .tables import Balance, Hold


def total(column: str) -> Any:
    """A column of an account's balances, all its shards together."""

    def found(row: Any, *_: Any) -> Any:
        balance = table(Balance).alias().c
        whole = sa.select(sa.func.sum(balance[column])).where(balance.account == row.key)
        return sa.func.coalesce(whole.scalar_subquery(), 0)

    return found


def available(row: Any, *_: Any) -> Any:
    """What may be debited: a hold that is over, and was not let go yet, keeps nothing back."""
    balance, hold = table(Balance).alias().c, table(Hold).alias().c
    free = sa.select(sa.func.sum(balance.posted - balance.held - balance.floor))
    over = sa.select(sa.func.coalesce(sa.func.sum(hold.amount), 0)).where(
        hold.account == row.key, hold.state == sa.literal_column("'held'"), hold.expires_at <= now()
    )
    return free.where(balance.account == row.key).scalar_subquery() + over.scalar_subquery()


def accounts_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `ledgerAccounts` was asked for."""
    for name in ("owner", "unit", "kind"):
        if (given := args.get(name)) is not None:
            yield getattr(row, name) == given


def journal_number(given: Any) -> Any:
    """The number in a journal's id; what is none of those names no journal."""
    return derive(lambda text: (read_id("jnl", text) or 0,), [given], [sa.BigInteger()])[0]


def transfers_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `ledgerTransfers` was asked for."""
    if args.journal is not None:
        number = journal_number(args.journal)  # a transfer alone is its own journal
        yield sa.or_(row.key == number, sa.and_(row.journal == number, row.journal != row.key))
    if args.cause is not None:
        yield row.cause == args.cause


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time


def newest_movement(row: Any, *_: Any) -> list[Any]:
    """By their numbers; where shards number theirs side by side, by the transfers' ids."""
    number = sa.case((row.shard == 0, row.version), else_=0)
    return [sa.desc(number), sa.desc(row.transfer)]


def latest_day(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.day)]
