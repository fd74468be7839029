"""Somebody with the file, or with the server's password, who takes the ledger's guards away."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import asyncpg

from commonweal.store.database import Database
from tests.conftest import done

CHECKS = """
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT conname, conrelid::regclass AS place FROM pg_constraint WHERE contype IN
  ('c', 'u') AND conrelid IN ('balance'::regclass, 'transfer'::regclass, 'hold'::regclass)
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', each.place, each.conname);
  END LOOP;
END $$
"""


@contextmanager
def unguarded(database: Database, url: str) -> Iterator[Any]:
    """What runs SQL past triggers, keys and checks."""
    if database.engine == "sqlite":
        with closing(sqlite3.connect(database.url, isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                if name.startswith(("balance_", "transfer_", "sealed_day_")):
                    connection.execute(f"DROP TRIGGER {name}")
            yield connection.execute
        return

    async def run(sql: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(CHECKS)
        await connection.execute(sql)
        await connection.close()

    yield lambda sql: done(run(sql))
