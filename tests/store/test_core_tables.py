"""The tables that the read side sees are those of the models and of the database."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from tortoise import Model

from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.core_tables import key_of, table
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord, ProcessLease
from commonweal.store.transaction import Transaction, in_transaction
from tests.store.rows import added

COLUMNS = {
    "sqlite": 'SELECT name, "notnull" = 0, pk > 0 FROM pragma_table_info({})',
    "postgresql": (
        "SELECT column_name, is_nullable = 'YES', column_name = (SELECT attname FROM pg_index"
        " JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
        " WHERE indisprimary AND indrelid = table_name::regclass)"
        " FROM information_schema.columns WHERE table_name = {} AND table_schema = 'public'"
    ),
}


WRITTEN = {
    "balance": "its key is of two columns",
    "movement": "a view, which has none",
    "pot_place": "a view, which has none",
}


def models(database: Database) -> list[type[Model]]:
    assert database.context.apps
    return [model for models in database.context.apps.values() for model in models.values()]


async def test_every_table_has_the_columns_that_the_database_has(database: Database) -> None:
    found = models(database)
    assert len(found) > 5
    for model in found:
        made = table(model)
        rows = await database.fetch(COLUMNS[database.engine].format(f"'{made.name}'"), [])
        if made.name in WRITTEN:
            assert {column.name for column in made.columns} == {row[0] for row in rows}
            continue
        assert {(column.name, column.nullable, column.primary_key) for column in made.columns} == {
            (name, bool(nullable), bool(key)) for name, nullable, key in rows
        }, made.name
        assert key_of(made.alias(), model).name == model._meta.db_pk_column


async def test_sql_is_told_the_type_of_every_column(database: Database) -> None:
    """What it is not told it cannot compare: PostgreSQL would take it for text."""
    for model in models(database):
        for column in table(model).columns:
            base = getattr(column.type, "base", column.type)
            assert not isinstance(base, sa.types.NullType), column


async def selected(database: Database, where: Any) -> int:
    """How many rows a condition with bound values finds, on the engine itself."""
    dialect: Any = (
        sqlite.dialect(paramstyle="qmark") if database.engine == "sqlite" else asyncpg.dialect()  # type: ignore[no-untyped-call]
    )
    compiled: Any = sa.select(sa.func.count()).where(where).compile(dialect=dialect)
    convert, given = compiled._bind_processors, compiled.params
    values = [
        convert[name](given[name]) if name in convert else given[name]
        for name in compiled.positiontup
    ]
    [row] = await database.fetch(str(compiled), values)
    return int(row[0])


async def test_values_are_bound_in_the_form_in_which_they_are_stored(database: Database) -> None:
    await added(database, valid_until=date(2027, 1, 1), name_cy="Tŷ")

    async def work(tx: Transaction) -> None:
        await AuditRecord.create(
            id=tx.new_id(),
            subject_kind="ast",
            subject_id=1,
            sequence=1,
            at=datetime(2026, 11, 22, 12, tzinfo=UTC),
            actor="",
            action="",
            facts={"a": 1},
            previous_hash="",
            hash="",
        )

    await in_transaction(database, work)
    area, audit, lease = (table(model).c for model in (Area, AuditRecord, ProcessLease))
    elsewhere = datetime(2026, 11, 22, 13, tzinfo=timezone(timedelta(hours=1)))
    for condition in (
        area.kind == AreaKind.WARD,
        area.valid_until == date(2027, 1, 1),
        area.valid_until > date(2026, 12, 31),
        area.name_cy == "Tŷ",
        audit.at == elsewhere,
        audit.at < elsewhere + timedelta(microseconds=1),
        audit.sequence + 1 == 2,
        lease.number == 0,
    ):
        assert await selected(database, condition) == 1, str(condition)
    assert await selected(database, audit.at < elsewhere) == 0


@pytest.mark.parametrize("kind", [AreaKind.WARD, AreaKind.COUNCIL])
async def test_a_rules_own_constant_is_written_out_as_it_is_stored(
    database: Database, kind: AreaKind
) -> None:
    await added(database)
    condition = table(Area).c.kind == kind
    compiled = condition.compile(
        dialect=sqlite.dialect(paramstyle="qmark"), compile_kwargs={"literal_binds": True}
    )
    [row] = await database.fetch(f"SELECT count(*) FROM area WHERE {compiled}", [])
    assert row[0] == (kind is AreaKind.WARD)
