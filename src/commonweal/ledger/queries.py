"""How accounts, transfers and sealed days are read, by auditors."""

from functools import reduce
from typing import Any

import sqlalchemy as sa

from commonweal.graph.ask import derive
from commonweal.graph.sql import now
from commonweal.kernel.ids import read_id
from commonweal.store.core_tables import table

from .tables import Balance, Checkpoint, Hold, Transfer

BAR, ONE, EMPTY, BETWEEN = (
    sa.literal_column(text, sa.String) for text in ("'|'", "'1'", "''", "';'")
)


def total(column: str) -> Any:
    """A column of an account's balances, all its shards together."""
    return lambda row, *_: total_of(row.key, column)


def total_of(account: Any, column: str) -> Any:
    """The same of an account that another room names."""
    balance = table(Balance).alias()
    whole = sa.select(sa.func.sum(balance.c[column])).where(balance.c.account == account)
    return sa.func.coalesce(whole.correlate_except(balance).scalar_subquery(), 0)


def available(row: Any, *_: Any) -> Any:
    """What may be debited."""
    return available_of(row.key)


def available_of(account: Any) -> Any:
    """A hold that is over, and was not let go yet, keeps nothing back."""
    balance, hold = table(Balance).alias(), table(Hold).alias()
    free = sa.select(sa.func.sum(balance.c.posted - balance.c.held - balance.c.floor))
    over = sa.select(sa.func.coalesce(sa.func.sum(hold.c.amount), 0)).where(
        hold.c.account == account,
        hold.c.state == sa.literal_column("'held'"),
        hold.c.expires_at <= now(),
    )
    ours = free.where(balance.c.account == account).correlate_except(balance)
    return ours.scalar_subquery() + over.correlate_except(hold).scalar_subquery()


def of_transfer(number: Any, column: str) -> Any:
    """A column of a transfer, as a value."""
    transfer = table(Transfer).alias()
    found = sa.select(transfer.c[column]).where(transfer.c.id == number)
    return found.correlate_except(transfer).scalar_subquery()


def steps_of(account: Any, side: str) -> Any:
    """An account's debits or credits since its last lapse, as text that `rules_lots` reads.

    One value of a row, so that what is left of each credit can be read with the row.
    """
    of, kept = table(Transfer).alias(), table(Checkpoint).alias()
    since = sa.select(kept.c.version).where(kept.c.account == account).correlate_except(kept)
    version, t = of.c[f"{side}_version"], of.c
    over = sa.or_(t.hold.is_not(None), t.cause.like(sa.literal_column("'%/lapse/%'")))
    told = (version, t.amount, t.created_at, sa.func.coalesce(_text(t.expires_at), EMPTY))
    parts = [*map(_text, told), sa.case((over, ONE), else_=EMPTY)]
    line = reduce(lambda left, right: left + BAR + right, parts)
    together = sa.func.aggregate_strings(line, BETWEEN)  # type: ignore[arg-type]  # no bound value
    found = sa.select(together).where(
        t[side] == account,
        t[f"{side}_shard"] == sa.literal_column("0"),
        version > sa.func.coalesce(since.scalar_subquery(), 0),
    )
    return found.correlate_except(of).scalar_subquery()


def checkpoint_of(account: Any) -> Any:
    """What was left of each credit after its last lapse, as kept."""
    kept = table(Checkpoint).alias()
    found = sa.select(kept.c.lots).where(kept.c.account == account)
    return found.correlate_except(kept).scalar_subquery()


def _text(value: Any) -> Any:
    return sa.cast(value, sa.String)


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
