"""Bringing a database up to this version, all of it or nothing.

Every migration and its record run in one transaction, under one lock for all who migrate at once:
the write lock on SQLite, an advisory lock on PostgreSQL. Three mends of Tortoise 1.1.9's executor:
SQLite's remaking of a table keeps children (foreign keys are off meanwhile and checked after),
indexes and triggers, and drops a removed relation's column; SQL is cut at the ends of statements,
not at every semicolon; and the models before an operation are rendered only for one that looks.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_editor.sqlite import SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps

from .errors import DatabaseLocked, DatabaseNewer, DatabaseOlder
from .sqlite import statements_of
from .transaction import Transaction, begun, lost

if TYPE_CHECKING:
    from .database import Database

APP: Final = "commonweal"  # one history for all rooms: their tables refer to each other
ADVISORY_LOCK: Final = 0x636F6D6D6F6E  # "common", so that it meets nobody else's number
MIGRATING_MILLISECONDS: Final = 60_000  # all migrations of a new file take some seconds
TABLE_LOCK_SECONDS: Final = 5  # while we wait for a table, everyone else queues behind us
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Layout:
    """Where the rooms' tables and their migrations are: modules, and a package."""

    tables: Sequence[str]
    migrations: str

    def apps(self) -> dict[str, Any]:
        """As Tortoise's configuration wants it."""
        return {
            APP: {
                "models": list(self.tables),
                "default_connection": "default",
                "migrations": self.migrations,
            }
        }

    def known(self) -> set[str]:
        package = importlib.import_module(self.migrations)
        return {m.name for m in pkgutil.iter_modules(package.__path__) if m.name[0] not in "_~"}


class SafeSqliteEditor(SqliteSchemaEditor):
    """Remakes a table with what Tortoise leaves out: indexes, triggers, unique combinations."""

    async def _run_sql(self, sql: str) -> None:
        if self.collect_sql:
            await super()._run_sql(sql)
            return
        for statement in statements_of(sql):
            await self.client.execute_query(statement)

    async def _remake_table(
        self,
        model: Any,
        create_field: Any = None,
        delete_field: Any = None,
        alter_fields: Any = None,
    ) -> None:
        _, rows = await self.client.execute_query(
            "SELECT type, name, sql FROM sqlite_master"
            " WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
            [model._meta.db_table],
        )
        gone = delete_field and (delete_field.source_field or delete_field.model_field_name)
        if isinstance(delete_field, ForeignKeyFieldInstance):
            model._meta.fields_map.pop(gone)  # else the column stays, and is no reference any more
        await super()._remake_table(model, create_field, delete_field, alter_fields)
        for kind, name, sql in map(tuple, rows):
            if not (gone and re.search(rf"\b{gone}\b", sql)):
                await self.client.execute_query(sql)
            elif kind == "trigger":
                raise RuntimeError(f"the trigger {name} needs the column {gone}: drop it first")
        names = {name for _, name, _ in map(tuple, rows)}
        for together in model._meta.unique_together:
            unique = UniqueConstraint(tuple(self._resolve_fields_to_columns(model, together)))
            again = self._constraint_name_for_model(model, unique) in names
            if gone not in unique.fields and not again:
                await self.add_constraint(model, unique)


class LateState(State):
    """Renders its models when somebody asks for one.

    Tortoise copies the state before each operation, and rendering every model of the copies was
    most of what a new file costs; few operations look at the copy.
    """

    def __init__(self, models: dict[tuple[str, str], ModelState], empty: StateApps) -> None:
        self.models, self.empty = models, empty
        self.as_they_are = {key: model.clone() for key, model in models.items()}

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        return self.empty.clone(model_states=self.as_they_are)

    def clone(self) -> "LateState":
        return LateState({key: model.clone() for key, model in self.models.items()}, self.empty)


def late(state: State) -> LateState:
    return LateState(state.models, state.apps.clone(model_states={}))


class Executor(MigrationExecutor):
    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        return late(await super()._project_state(applied, upto=upto))

    async def _project_state_cache(self, applied: set[MigrationKey]) -> dict[MigrationKey, State]:
        before = await super()._project_state_cache(applied)
        return {key: late(state) for key, state in before.items()}

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> Any:
        if self.connection.capabilities.dialect == "sqlite":
            return SafeSqliteEditor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic, collect_sql)


async def applied(database: "Database") -> set[str]:
    """The migrations that the database has, none where it is empty."""
    there = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'tortoise_migrations'",
        "postgresql": "SELECT 1 WHERE to_regclass('tortoise_migrations') IS NOT NULL",
    }
    if not await database.fetch(there[database.engine], ()):
        return set()
    sql = f"SELECT name FROM tortoise_migrations WHERE app = '{APP}'"
    return {row[0] for row in await database.fetch(sql, ())}


async def check_version(database: "Database") -> None:
    """Raises DatabaseOlder or DatabaseNewer."""
    has, known = await applied(database), database.layout.known()
    if unknown := has - known:
        raise DatabaseNewer(", ".join(sorted(unknown)))
    if missing := known - has:
        raise DatabaseOlder(", ".join(sorted(missing)))


async def migrate(database: "Database", progress: Progress = lambda _: None) -> None:
    """Apply what is missing. Safe to run twice, and twice at once.

    Raises DatabaseNewer, and DatabaseLocked when something else holds the database too long.
    """
    if unknown := await applied(database) - database.layout.known():
        raise DatabaseNewer(", ".join(sorted(unknown)))
    sqlite = database.engine == "sqlite"
    if sqlite:  # the connection is only for this: whoever else migrates at once is waited for
        await database.client.execute_query("PRAGMA foreign_keys = OFF")
        await database.client.execute_query(f"PRAGMA busy_timeout = {MIGRATING_MILLISECONDS}")
    try:
        async with begun(database, now="now()") as tx:
            await _apply(tx, progress)
    except Exception as error:
        if lost(error):
            raise DatabaseLocked(database.url) from error
        raise
    finally:
        if sqlite:
            await database.client.execute_query("PRAGMA foreign_keys = ON")


async def _apply(tx: Transaction, progress: Progress) -> None:
    def told(event: str, _: str, name: str) -> None:
        if event == "apply_done":
            progress(name)

    if tx.database.engine == "postgresql":
        await tx.client.execute_script(
            # a big table takes its time, and so does another's migration
            "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
            f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK});"
            f"SET LOCAL lock_timeout = '{TABLE_LOCK_SECONDS}s'"
        )
    executor = Executor(tx.client, tx.database.layout.apps())
    # its first look would fail where the table is not there, and PostgreSQL's transaction with it
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
    await executor.migrate(progress=told)
    if tx.database.engine == "sqlite":
        _, broken = await tx.client.execute_query("PRAGMA foreign_key_check")
        if broken:
            raise RuntimeError(f"the migration would break {len(broken)} references")
