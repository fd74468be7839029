"""The database itself refuses what must not be, whoever asks: raw SQL past all of our own code.

Three times: on SQLite, on PostgreSQL as the tables' owner, and as the service's own role.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.kernel.clock import TestClock
from commonweal.ledger.rules import UNBOUNDED, Posted
from commonweal.ledger.statements import COLUMNS
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.grants import NoServiceRole, grant
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance, copied

from .accounts import balance, opened, order, outcome, posted
from .acting import hold, lapsed, settle, sound, swept, taken_back
from .service_role import service_role

REFUSED = r"(?i)append-only|permission denied"
TABLES = ("transfer", "sealed_day", "balance", "hold", "account")


@pytest.fixture(params=["sqlite", "postgresql", "service"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, clock: TestClock) -> Iterator[str]:
    engine = "sqlite" if request.param == "sqlite" else "postgresql"
    with copied(request, engine, tmp_path) as url:
        if request.param != "service":
            yield url
            return
        with service_role(url, clock) as (_, own):
            yield own


async def everything(database: Database) -> list[list[tuple[Any, ...]]]:
    return [
        sorted(tuple(row) for row in await database.fetch(f"SELECT * FROM {table}", []))
        for table in TABLES
    ]


async def refused(database: Database, sql: str, why: str) -> None:
    """The statement is refused for that reason, and has done nothing."""
    before = await everything(database)
    with pytest.raises(Exception, match=why):
        await database.client.execute_query(sql)
    assert await everything(database) == before


def inserting(database: Database, like: Posted, **changes: Any) -> str:
    """The SQL of a transfer like another, the next of both accounts, but for the changes."""
    text = "CAST({} AS {})".format
    instant = "TEXT" if database.engine == "sqlite" else "timestamptz"
    values = {name: getattr(like, name) for name in COLUMNS}
    values |= {"id": like.id + 1_000_000, "cause": "attack"}
    values |= {f"{side}_version": values[f"{side}_version"] + 90 for side in ("debit", "credit")}
    written = [_literal(value) for value in (values | changes).values()]
    for index, name in enumerate(COLUMNS):
        if name in ("event_at", "created_at"):
            written[index] = text(written[index], instant)
    return f"INSERT INTO transfer ({', '.join(COLUMNS)}) VALUES ({', '.join(written)})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else f"'{value}'"


async def paid(database: Database) -> Posted:
    ann, bob = await opened(database, first=100), await opened(database, ceiling=500)
    return await posted(database, order(ann, bob, 60, "visit"))


async def test_a_transfer_is_not_changed_deleted_or_replaced(database: Database) -> None:
    visit = await paid(database)
    for sql in (
        "UPDATE transfer SET amount = amount + 1",
        f"UPDATE transfer SET amount = amount WHERE id = {visit.id}",
        "DELETE FROM transfer",
        f"DELETE FROM transfer WHERE id = {visit.id}",
        f"INSERT INTO transfer SELECT * FROM transfer WHERE id = {visit.id}"
        " ON CONFLICT (id) DO UPDATE SET amount = 1" if database.engine == "postgresql" else
        f"REPLACE INTO transfer SELECT * FROM transfer WHERE id = {visit.id}",
        "TRUNCATE transfer CASCADE" if database.engine == "postgresql" else
        inserting(database, visit, cause="visit").replace("INSERT", "INSERT OR REPLACE", 1),
    ):  # fmt: skip
        await refused(database, sql, REFUSED)
    await sound(database)


async def whoever(database: Database) -> str:
    """The role as which the database is open."""
    if database.engine == "sqlite":
        return ""
    [row] = await database.fetch("SELECT current_user::text", [])
    return str(row[0])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_stranger_s_connection_replaces_nothing_either(database: Database) -> None:
    """Foreign keys and recursive triggers are off there, as SQLite begins."""
    visit = await paid(database)
    before = await everything(database)
    for changes in (
        {"id": visit.id},
        {"cause": "visit"},
        {"debit_version": visit.debit_version},
        {"credit_version": visit.credit_version},
    ):
        sql = inserting(database, visit, **changes).replace("INSERT", "INSERT OR REPLACE", 1)
        with (
            closing(sqlite3.connect(database.url)) as stranger,
            pytest.raises(sqlite3.IntegrityError, match="append-only"),
        ):
            stranger.execute(sql)
    assert await everything(database) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_stranger_finds_no_other_key_by_which_a_balance_could_be_replaced(
    database: Database,
) -> None:
    visit = await paid(database)
    before = await everything(database)
    other = f"(SELECT rowid FROM balance WHERE account = {visit.credit})"
    for sql in (
        f"UPDATE OR REPLACE balance SET rowid = {other} WHERE account = {visit.debit}",
        f"INSERT OR REPLACE INTO balance SELECT * FROM balance WHERE account = {visit.debit}",
    ):
        with closing(sqlite3.connect(database.url)) as stranger, pytest.raises(sqlite3.Error):
            stranger.execute(sql)
    assert await everything(database) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("at", ["zzz", "2026-11-23 00:30:00+02:00", "2026-11-22T12:00:00+00:00"])
async def test_an_instant_is_written_in_one_form(database: Database, at: str) -> None:
    """What is compared as text would else be on another day than it says."""
    visit = await paid(database)
    await refused(database, inserting(database, visit, created_at=at), "CHECK")


async def test_units_do_not_mix(database: Database) -> None:
    visit = await paid(database)
    pence = await opened(database, first=5, unit="pence")
    key, missing = r"(?i)foreign key", "a balance of that unit is missing"
    await refused(database, inserting(database, visit, unit="pence"), missing)
    await refused(database, inserting(database, visit, credit=pence), missing)
    await refused(database, inserting(database, visit, debit=pence), missing)
    await refused(database, inserting(database, visit, credit=12345), missing)
    await refused(database, inserting(database, visit, debit_shard=1), missing)
    await refused(database, f"UPDATE account SET unit = 'pence' WHERE id = {visit.debit}", key)
    await refused(database, f"UPDATE account SET lapses_to = {pence} WHERE id = {visit.debit}", key)


async def test_no_table_of_one_s_own_is_taken_for_the_ledger_s(database: Database) -> None:
    """A temporary table is found before any other of its name, and its maker fills it."""
    visit = await paid(database)
    pence = await opened(database, first=5, unit="pence")

    async def attack(tx: Transaction) -> None:
        run = tx.client.execute_query
        await run(f"CREATE TEMPORARY TABLE stolen AS SELECT * FROM {own}balance")
        await run("ALTER TABLE stolen RENAME TO balance")
        await run(f"UPDATE {temporary}balance SET unit = 'pence'")
        await run(f"CREATE TEMPORARY TABLE sealed_day AS SELECT * FROM {own}sealed_day")
        sql = inserting(database, visit, credit=pence, unit="pence")
        await run(sql.replace("INTO transfer", f"INTO {own}transfer"))

    sqlite = database.engine == "sqlite"
    own, temporary = ("main.", "temp.") if sqlite else ("public.", "pg_temp.")
    with pytest.raises(Exception, match="a balance of that unit is missing"):
        await in_transaction(database, attack)
    await sound(database)


async def test_a_balance_stays_and_is_of_its_unit(database: Database) -> None:
    """Transfers have no key to it, so that it is asked for once, and not locked twice."""
    visit = await paid(database)
    pence = await opened(database, first=5, unit="pence")
    mine = f"WHERE account = {visit.debit}"
    columns = "account, shard, unit, posted, held, owed, version, floor, ceiling"
    for sql in (
        f"UPDATE balance SET unit = 'pence' {mine}",
        f"UPDATE balance SET account = {pence}, shard = 7 {mine}",
        f"DELETE FROM balance {mine}",
        "TRUNCATE balance" if database.engine == "postgresql" else
        f"REPLACE INTO balance ({columns}) SELECT account, shard, 'pence', 9, 0, 0, 0, 0, 9"
        f" FROM balance {mine}",
    ):  # fmt: skip
        await refused(database, sql, "balance keeps its rows|permission denied")


async def test_no_bound_is_crossed(database: Database) -> None:
    visit = await paid(database)
    await hold(database, visit.debit, 30)
    for change, account in (
        ("posted = posted - 11", visit.debit),
        ("held = held + 11", visit.debit),
        ("posted = -1", visit.credit),
        ("posted = 501", visit.credit),
        ("held = -1", visit.debit),
        ("owed = -1", visit.debit),
        ("floor = 11", visit.debit),
        ("ceiling = 59", visit.credit),
        (f"floor = {UNBOUNDED - 1}", visit.debit),
        (f"ceiling = {-UNBOUNDED + 1}", visit.debit),
    ):
        sql = f"UPDATE balance SET {change} WHERE account = {account}"
        await refused(database, sql, r"(?i)check constraint")


async def test_a_cause_and_a_version_are_used_once(database: Database) -> None:
    visit = await paid(database)
    await hold(database, visit.debit, 5, cause="kept")
    once = r"(?i)unique|append-only"  # SQLite's trigger comes before the key
    for changes in (
        {"cause": "visit"},
        {"debit_version": visit.debit_version},
        {"credit_version": visit.credit_version},
        {"id": visit.id},
    ):
        await refused(database, inserting(database, visit, **changes), once)
    columns = "account, amount, cause, actor, state, version, created_at, expires_at"
    again = f"INSERT INTO hold (id, {columns}) SELECT id + 1, {columns} FROM hold"
    await refused(database, again, once)


@pytest.mark.parametrize("amount", [0, -1, 2**53, "NULL"])
async def test_an_amount_is_one_that_a_transfer_moves(database: Database, amount: Any) -> None:
    visit = await paid(database)
    given = None if amount == "NULL" else amount
    await refused(database, inserting(database, visit, amount=given), r"(?i)check|not.null")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_fraction_or_a_word_is_no_amount(database: Database) -> None:
    visit = await paid(database)
    for amount in (1.5, "x"):
        await refused(database, inserting(database, visit, amount=amount), "cannot store")
        value = _literal(amount)
        await refused(database, f"UPDATE balance SET posted = {value}", "cannot store")


async def test_nobody_pays_themselves(database: Database) -> None:
    visit = await paid(database)
    sql = inserting(database, visit, credit=visit.debit, credit_version=99)
    await refused(database, sql, r"(?i)check constraint")


async def test_a_reversal_fits_what_it_takes_back(database: Database) -> None:
    visit = await paid(database)
    other = await posted(database, order(visit.credit, visit.debit, 3, "other"))
    [back] = await taken_back(database, "visit", amount=50)
    fits: dict[str, Any] = {"reverses": visit.id, "reversal": 2, "amount": 10}
    for changes in (
        {"amount": 11},
        {"reversal": 1},
        {"reversal": 3},
        {"reversal": None},
        {"reverses": None},
        {"reverses": other.id, "amount": 1, "reversal": 1},  # it goes the same way
        {"reverses": back.id, "amount": 1, "reversal": 1},
        {"reverses": 12345, "reversal": 1},
    ):
        sql = inserting(database, back, **(fits | changes))
        await refused(database, sql, r"(?i)does not fit|check constraint")
    await sound(database)


async def test_a_hold_that_has_ended_says_when(database: Database) -> None:
    visit = await paid(database)
    await hold(database, visit.debit, 5)
    await refused(database, "UPDATE hold SET state = 'settled'", r"(?i)check")
    await refused(database, "UPDATE hold SET state = 'lost'", r"(?i)check")
    await refused(database, "UPDATE hold SET amount = 0", r"(?i)check")


@pytest.mark.parametrize("database_url", ["service"], indirect=True)
async def test_the_service_s_role_takes_no_guard_away(database: Database) -> None:
    await paid(database)
    for sql in (
        "ALTER TABLE transfer DISABLE TRIGGER ALL",
        "DROP TRIGGER transfer_no_change ON transfer",
        "DROP FUNCTION transfer_refuse() CASCADE",
        "ALTER TABLE balance DROP CONSTRAINT balance_floor",
        "DROP TABLE transfer CASCADE",
        "SET session_replication_role = replica",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "UPDATE audit_record SET sequence = 1",
        "UPDATE sealed_day SET root = 'x'",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record CASCADE",
        "TRUNCATE sealed_day",
        "TRUNCATE balance CASCADE",
    ):
        await refused(database, sql, r"(?i)permission denied|must be (owner|superuser)")


@pytest.mark.parametrize("database_url", ["service"], indirect=True)
async def test_the_service_runs_as_its_own_role(database: Database, advance: Advance) -> None:
    """It has its lease, posts, holds, lapses, takes back, records, and reads it all."""

    async def looked(tx: Transaction) -> None:
        await record(tx, "per_tester", [Entry("acc", ann, "look", {})])

    pot, issuer = await opened(database), await opened(database, first=100)
    shop, ann = await opened(database, hot=True), await opened(database, lapses_to=pot)
    expires = TODAY + timedelta(days=1)
    await posted(database, order(issuer, ann, 50, expires_at=expires))
    await posted(database, order(ann, shop, 10, "visit"))
    kept = await hold(database, ann, 5)
    await settle(database, kept, order(ann, shop, 5))
    await taken_back(database, "visit", amount=4)
    await hold(database, ann, 5)
    await advance(timedelta(days=1))
    assert (await swept(database), await lapsed(database)) == (1, 1)
    for _ in range(2):
        await in_transaction(database, looked)
    with pytest.raises(Exception, match="append-only"):  # it may lock a record, and no more
        await database.client.execute_query("UPDATE audit_record SET id = id + 1")
    assert (await balance(database, pot), await balance(database, shop)) == (39, 11)
    await sound(database)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_no_service_s_role_is_named(database: Database) -> None:
    for role in (await whoever(database), "nobody; DROP TABLE hold"):
        assert await outcome(grant(database, role)) == NoServiceRole(role)
