"""How the ledger's rows are locked, read and written: the SQL of both engines.

Every balance that is touched is locked before the first change, in one order: ordinary accounts by
id, then sharded ones by (account, shard). On SQLite the transaction itself is the lock.
"""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import orjson
from tortoise.exceptions import IntegrityError

from commonweal.store.core_tables import sqlite_value
from commonweal.store.transaction import Overtaken, Transaction

from .rules import Account, Book, Order, Posted, Row

# A transfer's columns, in the order in which they are read and written.
COLUMNS: Final = tuple(each.name for each in fields(Posted) if each.name != "replayed")
INSTANTS: Final = tuple(COLUMNS.index(name) for name in ("event_at", "created_at", "expires_at"))
BALANCE: Final = (
    "b.account, b.shard, b.unit, b.posted, b.held, b.owed, b.version, b.floor, b.ceiling,"
    " b.next_expiry"
)
ACCOUNT: Final = "a.closed_at IS NOT NULL, a.shards, a.lapses_to"

# What pays has all its shards in hand; what is paid one, and payers on other connections another.
LOCKED: Final = {
    "postgresql": f"""
        SELECT {ACCOUNT}, {BALANCE} FROM account a JOIN balance b ON b.account = a.id
        WHERE a.id = ANY($1::bigint[])
        AND (b.shard = pg_backend_pid() % a.shards OR a.id = ANY($2::bigint[]))
        ORDER BY a.shards > 1, b.account, b.shard FOR NO KEY UPDATE OF b
    """,
    "sqlite": f"""
        SELECT {ACCOUNT}, {BALANCE} FROM account a JOIN balance b ON b.account = a.id
        WHERE a.id IN (SELECT value FROM json_each(?)) ORDER BY b.account, b.shard
    """,
}

# One order in one round trip. It either applies whole or does nothing, and then the book says why.
# Its guards are asked of the rows as they are once they are locked; that a cause is new is asked of
# the moment at which it began, and the unique index has the last word.
AT_ONCE: Final = f"""
    WITH side AS MATERIALIZED (
      SELECT b.account, b.shard, b.unit, b.posted, b.held, b.floor, b.ceiling, b.next_expiry
      FROM account a JOIN balance b ON b.account = a.id AND b.shard = pg_backend_pid() % a.shards
      WHERE a.id IN ($3, $4) AND a.closed_at IS NULL
      ORDER BY a.shards > 1, b.account, b.shard FOR NO KEY UPDATE OF b
    ), able AS MATERIALIZED (
      SELECT FROM side HAVING count(*) = 2 AND bool_and(unit = $5 AND CASE account
        WHEN $3 THEN posted - held - $6 >= floor AND (next_expiry IS NULL OR next_expiry > $10)
        ELSE posted + $6 <= ceiling END)
      AND NOT EXISTS (SELECT FROM transfer WHERE cause = $7)
    ), out AS (
      UPDATE balance b SET posted = b.posted - $6, version = b.version + 1 FROM side, able
      WHERE side.account = $3 AND b.account = $3 AND b.shard = side.shard
      RETURNING b.shard, b.version, b.posted
    ), come AS (
      UPDATE balance b SET posted = b.posted + $6, owed = greatest(b.owed - $6, 0),
      version = b.version + 1 FROM side, able
      WHERE side.account = $4 AND b.account = $4 AND b.shard = side.shard
      RETURNING b.shard, b.version, b.posted
    )
    INSERT INTO transfer ({", ".join(COLUMNS)})
    SELECT $1::bigint, $2::bigint, $7, $5, $6, $9::timestamptz, $10, $8::text,
    NULL, NULL, NULL, NULL, $3, out.shard, out.version, out.posted,
    $4, come.shard, come.version, come.posted
    FROM out, come
    RETURNING debit_shard, debit_version, debit_after, credit_shard, credit_version, credit_after
"""


def json(index: int) -> str:
    """One column of the balances that SQLite is given as JSON."""
    return f"json_extract(n.value, '$[{index}]')"


WRITE: Final = {
    # compared with what was read, though it is locked: a defect here must not lose a movement
    "balances": """
        UPDATE balance AS b SET posted = n.posted, held = n.held, owed = n.owed,
        version = n.version, next_expiry = n.next_expiry
        FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[],
          $6::bigint[], $7::timestamptz[], $8::bigint[], $9::bigint[])
          AS n (account, shard, posted, held, owed, version, next_expiry, was, held_was)
        WHERE b.account = n.account AND b.shard = n.shard AND b.version = n.was
        AND b.held = n.held_was
    """,
    "transfers": f"""
        INSERT INTO transfer ({", ".join(COLUMNS)}) SELECT * FROM unnest($1::bigint[], $2::bigint[],
        $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::text[],
        $9::timestamptz[], $10::bigint[], $11::bigint[], $12::smallint[],
        $13::bigint[], $14::smallint[], $15::bigint[], $16::bigint[],
        $17::bigint[], $18::smallint[], $19::bigint[], $20::bigint[])
    """,
    "sqlite_balances": f"""
        UPDATE balance AS b SET posted = {json(2)}, held = {json(3)}, owed = {json(4)},
        version = {json(5)}, next_expiry = {json(6)} FROM json_each(?) n
        WHERE b.account = {json(0)} AND b.shard = {json(1)} AND b.version = {json(7)}
        AND b.held = {json(8)}
    """,
    "sqlite_transfers": f"""
        INSERT INTO transfer ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
    """,
}


async def locked(tx: Transaction, paying: Collection[int], paid: Collection[int]) -> Book:
    """The book of these accounts, their balances locked; one that is not there is not in it."""
    everybody = sorted({*paying, *paid})
    values: list[Any] = [everybody, sorted(set(paying))]
    if tx.database.engine == "sqlite":
        values = [str(everybody)]
    accounts: dict[int, Account] = {}
    for closed, shards, lapses_to, *balance in await tx.fetch(LOCKED[tx.database.engine], values):
        balance[-1] = instant(balance[-1])
        row = Row(*balance)
        account = Account(row.account, bool(closed), shards, lapses_to)
        accounts.setdefault(row.account, account).rows.append(row)
    return Book(tx.now, tx.new_id, accounts)


async def posted_for(tx: Transaction, causes: Collection[str]) -> dict[str, Posted]:
    """What was posted for these causes, by cause."""
    there = {
        "postgresql": "cause = ANY($1::text[])",
        "sqlite": "cause IN (SELECT value FROM json_each(?))",
    }
    return {each.cause: each for each in await select(tx, there, list(causes))}


async def reversals_of(tx: Transaction, number: int) -> list[Posted]:
    """What took a transfer back so far, in order."""
    there = {"postgresql": "reverses = $1", "sqlite": "reverses = ?"}
    found = await select(tx, there, number)
    return sorted(found, key=lambda each: each.reversal or 0)


async def select(tx: Transaction, where: dict[str, str], value: Any) -> list[Posted]:
    """Transfers by one condition over one value; a list is JSON on SQLite."""
    sql = f"SELECT {', '.join(COLUMNS)} FROM transfer WHERE {where[tx.database.engine]}"
    if tx.database.engine == "sqlite" and isinstance(value, list):
        value = orjson.dumps(value).decode()
    return [posted_of(row) for row in await tx.fetch(sql, [value])]


def posted_of(row: Sequence[Any], *, replayed: bool = True) -> Posted:
    """A transfer as it was read."""
    values: Any = list(row)
    for index in INSTANTS:
        values[index] = instant(values[index])
    values.append(replayed)
    return Posted(*values)


async def at_once(tx: Transaction, order: Order) -> Posted | None:
    """Post an order in one round trip where the engine can, and where nothing is in its way."""
    plain = not (order.expires_at or order.hold or order.reverses or order.may_owe)
    if tx.database.engine == "sqlite" or not plain or order.debit == order.credit:
        return None
    number = tx.new_id()
    head = [number, number, order.debit, order.credit, order.unit, order.amount, order.cause]
    try:
        rows = await tx.fetch(AT_ONCE, [*head, order.actor, order.event_at, tx.now])
    except IntegrityError as error:
        raise overtaken(error) from error
    if not rows:
        return None
    found: Any = rows[0]
    return Posted(
        number, number, order.cause, order.unit, order.amount, order.event_at, tx.now, order.actor,
        None, None, None, None,
        order.debit, found[0], found[1], found[2], order.credit, found[3], found[4], found[5],
    )  # fmt: skip


async def write(tx: Transaction, book: Book) -> None:
    """Write what the book holds: each balance once, and the transfers. Raises Overtaken."""
    rows = [values_of_row(each) for each in book.changed]
    if not rows:
        return
    engine = _sqlite if tx.database.engine == "sqlite" else _postgres
    try:
        done = await engine(tx, book, rows)
    except IntegrityError as error:
        raise overtaken(error) from error
    if done != len(rows):
        raise AssertionError("a locked balance was changed by another: nothing is written")


async def _postgres(tx: Transaction, book: Book, rows: Sequence[Sequence[Any]]) -> int:
    done, _ = await tx.client.execute_query(WRITE["balances"], columns(rows))
    if book.written:
        values = columns([values_of(each) for each in book.written])
        await tx.client.execute_query(WRITE["transfers"], values)
    return done


async def _sqlite(tx: Transaction, book: Book, rows: Sequence[Sequence[Any]]) -> int:
    text = orjson.dumps([[sqlite_value(value) for value in row] for row in rows]).decode()
    done, _ = await tx.client.execute_query(WRITE["sqlite_balances"], [text])
    if book.written:
        values = [[sqlite_value(value) for value in values_of(each)] for each in book.written]
        await tx.client.execute_many(WRITE["sqlite_transfers"], values)
    return done


def values_of_row(row: Row) -> list[Any]:
    """A balance as it is to be, and at last the version and held amount that it had."""
    assert row.before is not None
    now = [row.account, row.shard, row.posted, row.held, row.owed, row.version, row.next_expiry]
    return [*now, row.before.version, row.before.held]


def values_of(posted: Posted) -> list[Any]:
    return [getattr(posted, name) for name in COLUMNS]


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


def overtaken(error: IntegrityError) -> Exception:
    """Another transaction used the cause first: what it posted is seen when this is run again."""
    taken = any(name in str(error) for name in ("transfer_cause", "transfer.cause"))
    return Overtaken() if taken else error


def instant(value: Any) -> datetime | None:
    """An instant as either engine gives it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
