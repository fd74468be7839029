"""The history of migrations itself: up, down and up again, and equal to what the models say."""

from collections.abc import Awaitable, Callable

import pytest
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationTarget
from tortoise.migrations.recorder import MigrationRecorder

from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.migrate import APP, Executor, applied, check_version
from commonweal.store.transaction import Transaction, begun
from commonweal.web.rooms import LAYOUT
from tests.store.test_migrate import unready

ALL = sorted(LAYOUT.known())
Step = Callable[[str], Awaitable[None]]
# where the other engine has no need of it
FOR_ONE = {"0000_engine": "postgresql", "0010_nearest": "postgresql"}
# Everything that the history makes, as text. Not what the extension or SQLite itself brings, nor
# in which order a table's columns stand.
SCHEMA = {
    # a table that SQLite made anew is written otherwise, and means the same
    "sqlite": """
        SELECT type, name, tbl_name, CASE type WHEN 'table' THEN '' ELSE sql END FROM sqlite_master
        WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'uid_%' AND name <> 'tortoise_migrations';

        SELECT m.name, i.name, i.type, i."notnull", i.dflt_value, i.pk
        FROM sqlite_master m, pragma_table_info(m.name) i
        WHERE m.type = 'table' AND m.name NOT IN ('sqlite_sequence', 'tortoise_migrations');

        SELECT m.name, f."table", f."from", f."to", f.on_delete
        FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table';

        SELECT m.name, l.partial, (SELECT group_concat(name) FROM pragma_index_info(l.name))
        FROM sqlite_master m, pragma_index_list(m.name) l
        WHERE m.type = 'table' AND l."unique" AND m.name <> 'tortoise_migrations'
    """,
    "postgresql": """
        SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
        collation_name, column_default, udt_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT IN
        ('spatial_ref_sys', 'geometry_columns', 'geography_columns', 'tortoise_migrations');

        SELECT indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename NOT IN ('spatial_ref_sys', 'tortoise_migrations');

        SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
        AND conrelid::regclass::text NOT IN ('spatial_ref_sys', 'tortoise_migrations');

        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal;

        SELECT proname, prosrc FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """,
}


async def schema(tx: Transaction) -> list[str]:
    found: list[str] = []
    for sql in SCHEMA[tx.database.engine].split(";"):
        found += [str(tuple(row)) for row in await tx.fetch(sql, ())]
    return sorted(found)


class Watched(MigrationRecorder):
    """Calls `step` with the name of each migration that was applied or undone."""

    def __init__(self, tx: Transaction, step: Step) -> None:
        super().__init__(tx.client)
        self.step = step

    async def record_applied(self, app: str, name: str) -> None:
        await super().record_applied(app, name)
        await self.step(name)

    async def record_unapplied(self, app: str, name: str) -> None:
        await super().record_unapplied(app, name)
        await self.step(name)


async def move_to(database: Database, name: str) -> dict[str, list[str]]:
    """Forward or backward to one migration, or to `__first__`, which is before all of them.

    Gives the schema as it was after each step. It is one walk, for the executor goes through the
    whole history in its mind before each, which takes seconds.
    """
    after: dict[str, list[str]] = {}
    if database.engine == "sqlite":
        await database.client.execute_query("PRAGMA foreign_keys = OFF")
    async with begun(database, now="now()") as tx:

        async def step(done: str) -> None:
            after[done] = await schema(tx)

        executor = Executor(tx.client, LAYOUT.apps())
        executor.recorder = Watched(tx, step)
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
        await executor.migrate([MigrationTarget(APP, name)])
    if database.engine == "sqlite":
        await database.client.execute_query("PRAGMA foreign_keys = ON")
    return after


async def test_each_migration_leaves_behind_what_was_there_before_it_and_can_be_applied_again(
    empty_url: str,
) -> None:
    async with unready(empty_url) as database:
        made = await move_to(database, ALL[-1])
        undone = await move_to(database, "__first__")
        assert await applied(database) == set()
        again = await move_to(database, ALL[-1])
        await check_version(database)
    assert (list(made), list(undone)) == (ALL, ALL[::-1])
    for name, before in zip(undone, [*ALL[-2::-1], None], strict=True):  # the culprit first
        there = made[before] if before else []
        concerned = FOR_ONE.get(name, database.engine) == database.engine
        assert (made[name] != there) == concerned, f"{name} does nothing"
        assert undone[name] == there, f"{name} leaves something behind"
        assert again[name] == made[name], f"{name} makes something else when applied again"


async def forgotten(database: Database) -> list[str]:
    """What `makemigrations` would write."""
    detector = MigrationAutodetector(database.context.apps, LAYOUT.apps())  # type: ignore[arg-type]
    return [op.describe() for writer in await detector.changes() for op in writer.operations]


async def test_the_models_say_what_the_migrations_made(database: Database) -> None:
    """A model that was changed without a migration fails here."""
    assert await forgotten(database) == []


async def test_a_forgotten_migration_would_be_seen(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Area._meta.fields_map["code"], "null", True)
    assert await forgotten(database) == ["Alter field code on Area"]
