"""How the ledger's rows are locked, read and written: the SQL of both engines.

Every balance that is touched is locked before the first change, in one order: ordinary accounts by
id, which have the shard 0, then sharded ones, 1 to 32, by (account, shard). On SQLite the
transaction itself is the lock.
"""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import orjson
from tortoise.exceptions import IntegrityError

from commonweal.store.core_tables import sqlite_value
from commonweal.store.database import Database
from commonweal.store.moves import move_all
from commonweal.store.transaction import Overtaken, Transaction

from .rules import HOLD, SHARDS, DaySealed, Order, Posted
from .rules_book import Account, Book, Row
from .tables import Checkpoint, Hold

# A transfer's columns, in the order in which they are read and written.
COLUMNS: Final = tuple(each.name for each in fields(Posted) if each.name != "replayed")
INSTANTS: Final = tuple(COLUMNS.index(name) for name in ("event_at", "created_at", "expires_at"))
BALANCE: Final = (
    "b.account, b.shard, b.unit, b.posted, b.held, b.owed, b.version, b.floor, b.ceiling,"
    " b.next_expiry"
)
ACCOUNT: Final = "a.closed_at IS NOT NULL, a.shards, a.lapses_to"

# Of an account that everybody pays, the shard that takes this connection's payments.
MINE: Final = f"1 + pg_backend_pid() % {SHARDS}"
# What pays has all its shards in hand; what is paid one, and payers on other connections another.
LOCKED: Final = {
    "postgresql": f"""
        SELECT {ACCOUNT}, {BALANCE} FROM account a JOIN balance b ON b.account = a.id
        WHERE a.id = ANY($1::bigint[])
        AND (b.shard = ANY(ARRAY[0, {MINE}]) OR a.id = ANY($2::bigint[]))
        ORDER BY b.shard > 0, b.account, b.shard FOR NO KEY UPDATE OF b
    """,
    "sqlite": f"""
        SELECT {ACCOUNT}, {BALANCE} FROM account a JOIN balance b ON b.account = a.id
        WHERE a.id IN (SELECT value FROM json_each(?)) ORDER BY b.account, b.shard
    """,
}

# One order in one round trip. It either applies whole or does nothing, and then the book says why:
# who pays from many shards, or has what may have expired, has more to lock, and so nothing here.
# x and y are the two balances in the one order in which they are locked, and all that is asked of
# them is asked again once they are. From those rows the update sets what the checks speak of, too:
# the engine asks a check before it finds that the row that the statement saw when it began is no
# longer the newest. That a cause is new is asked of the moment at which it began, and the unique
# index has the last word. A closed account is refused by its bounds.
ABLE: Final = """{0}.unit = given.unit AND CASE {0}.account
        WHEN debit THEN {0}.posted - {0}.held - amount >= {0}.floor
          AND ({0}.next_expiry IS NULL OR {0}.next_expiry > now)
        ELSE {0}.posted + amount <= {0}.ceiling END"""
READ: Final = ("account", "shard", "posted", "held", "owed", "version", "floor", "ceiling")


def side(pattern: str) -> str:
    """Each column that is read of a balance, in a pattern."""
    return ", ".join(pattern.format(name) for name in READ)


AT_ONCE: Final = f"""
    WITH given AS NOT MATERIALIZED (
      SELECT $1::bigint AS id, $2::bigint AS journal, $3::bigint AS debit, $4::bigint AS credit,
      $5::text AS unit, $6::bigint AS amount, $7::text AS cause, $8::text AS actor,
      $9::timestamptz AS event_at, $10::timestamptz AS now
    ), two AS MATERIALIZED (
      SELECT {side("x.{0} AS x_{0}")}, {side("y.{0} AS y_{0}")}
      FROM given CROSS JOIN balance x JOIN balance y
      ON y.account = CASE x.account WHEN debit THEN credit ELSE debit END
      AND y.shard = ANY(ARRAY[0, {MINE}]::smallint[])
      AND CASE y.shard WHEN 0 THEN x.account < y.account ELSE y.account = credit END
      WHERE x.account = ANY(ARRAY[debit, credit]) AND x.shard = 0
      AND {ABLE.format("x")} AND {ABLE.format("y")}
      AND NOT EXISTS (SELECT FROM transfer t WHERE t.cause = given.cause)
      FOR NO KEY UPDATE OF x, y
    ), moved AS (
      UPDATE balance b
      SET posted = side.posted + CASE side.account WHEN debit THEN -amount ELSE amount END,
      owed = CASE side.account WHEN debit THEN side.owed ELSE greatest(side.owed - amount, 0) END,
      version = side.version + 1, held = side.held, floor = side.floor, ceiling = side.ceiling
      FROM given, two, LATERAL (VALUES ({side("x_{0}")}), ({side("y_{0}")}))
        AS side ({side("{0}")})
      WHERE b.account = side.account AND b.shard = side.shard
      RETURNING b.account, b.shard, b.version, b.posted
    )
    INSERT INTO transfer ({", ".join(COLUMNS)})
    SELECT id, journal, cause, unit, amount, event_at, now, actor, NULL, NULL, NULL, NULL,
    debit, out.shard, out.version, out.posted, credit, come.shard, come.version, come.posted
    FROM given, moved out, moved come WHERE out.account = debit AND come.account = credit
    RETURNING debit_shard, debit_version, debit_after, credit_shard, credit_version, credit_after
"""

# The same on SQLite, where the transaction is the lock and two statements do it: each goes to
# the engine's thread and back, which takes longer than the statement.
SQLITE_AT_ONCE: Final = f"""
    INSERT INTO transfer ({", ".join(COLUMNS)})
    SELECT ?1, ?2, ?7, ?5, ?6, ?9, ?10, ?8, NULL, NULL, NULL, NULL,
    d.account, d.shard, d.version + 1, d.posted - ?6,
    c.account, c.shard, c.version + 1, c.posted + ?6
    FROM balance d JOIN balance c ON d.unit = ?5 AND c.unit = ?5
    WHERE d.account = ?3 AND c.account = ?4 AND d.posted - d.held - ?6 >= d.floor
    AND (d.next_expiry IS NULL OR d.next_expiry > ?10) AND c.posted + ?6 <= c.ceiling
    AND NOT EXISTS (SELECT 1 FROM transfer WHERE cause = ?7)
    RETURNING debit_shard, debit_version, debit_after, credit_shard, credit_version, credit_after
"""
SQLITE_MOVED: Final = """
    UPDATE balance SET posted = posted + iif(account = ?1, -?3, ?3), version = version + 1,
    owed = max(owed - iif(account = ?1, 0, ?3), 0) WHERE account IN (?1, ?2)
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
        shut = bool(closed) or row.floor == row.ceiling == 0  # while its row was waited for
        account = Account(row.account, shut, shards, lapses_to)
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
    """Post an order with the least that does it, where nothing is in its way."""
    plain = not (order.special or order.expires_at or order.may_owe)
    if not plain or order.debit == order.credit:
        return None
    number = tx.new_id()
    head = [number, number, order.debit, order.credit, order.unit, order.amount, order.cause]
    values = [*head, order.actor, order.event_at, tx.now]
    try:
        if tx.database.engine == "sqlite":
            rows = await tx.fetch(SQLITE_AT_ONCE, [sqlite_value(value) for value in values])
            if rows:
                await tx.fetch(SQLITE_MOVED, [order.debit, order.credit, order.amount])
        else:
            rows = await tx.fetch(AT_ONCE, values)
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
    """Write what the book holds: each balance once, and the transfers. Raises Overtaken.

    All of it is written here and nothing before: who catches a refusal has changed nothing.
    """
    rows = [values_of_row(each) for each in book.changed]
    if not rows:
        return
    if book.over:
        await move_all(Hold, book.over, HOLD, "expire", ended_at=tx.now)
    for account, (version, lots) in book.checkpoints.items():
        kept = {"version": version, "lots": lots}
        await Checkpoint.update_or_create(kept, account=account)
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
    assert row.read is not None
    now = [row.account, row.shard, row.posted, row.held, row.owed, row.version, row.next_expiry]
    return [*now, *row.read]


def values_of(posted: Posted) -> list[Any]:
    return [getattr(posted, name) for name in COLUMNS]


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


def overtaken(error: IntegrityError) -> Exception:
    """Another transaction used the cause first: what it posted is seen when this is run again.

    Or it is DaySealed; everything else is a defect, and the engine's own error.
    """
    says = str(error).partition("\n")[0]  # below stand values, which anybody may have written
    if "the day is sealed" in says:
        return DaySealed()
    names = ("transfer_cause", "transfer.cause", "hold_cause", "hold.cause")
    taken = any(name in says for name in names)
    return Overtaken() if taken else error


def numbered(database: Database, sql: str, *values: Any) -> tuple[str, list[Any]]:
    """A statement over $1, $2 … and its values, as the engine takes them."""
    if database.engine == "sqlite":
        return sql.replace("$", "?"), [sqlite_value(value) for value in values]
    return sql, list(values)


def instant(value: Any) -> datetime | None:
    """An instant as either engine gives it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
