"""Migration operations whose SQL differs by engine; each statement is sent whole, as it is written.

Used by `commonweal/migrations/`, beside Tortoise's own operations.
"""

from collections.abc import Sequence
from typing import Any

from tortoise.migrations.operations import CreateModel, TortoiseOperation


class RunOn(TortoiseOperation):
    """Statements for one engine or the other, and how to take them back."""

    def __init__(
        self,
        *,
        sqlite: Sequence[str] = (),
        postgres: Sequence[str] = (),
        undo_sqlite: Sequence[str] = (),
        undo_postgres: Sequence[str] = (),
    ) -> None:
        self.forward = {"sqlite": list(sqlite), "postgres": list(postgres)}
        self.backward = {"sqlite": list(undo_sqlite), "postgres": list(undo_postgres)}
        self.reversible = bool(undo_sqlite or undo_postgres)

    def describe(self) -> str:
        return "Run SQL of this engine's own"

    def state_forward(self, app_label: str, state: Any) -> None:
        """The models are not concerned."""

    async def database_forward(
        self,
        app_label: str,  # noqa: ARG002  # Tortoise's signature, here and below
        old_state: Any,  # noqa: ARG002
        new_state: Any,  # noqa: ARG002
        state_editor: Any = None,
    ) -> None:
        await _each(state_editor, self.forward)

    async def database_backward(
        self,
        app_label: str,  # noqa: ARG002
        old_state: Any,  # noqa: ARG002
        new_state: Any,  # noqa: ARG002
        state_editor: Any = None,
    ) -> None:
        await _each(state_editor, self.backward)


async def _each(editor: Any, statements: dict[str, list[str]]) -> None:
    if editor is None:
        return
    for sql in statements[editor.DIALECT]:
        if editor.collect_sql:
            editor.collected_sql.append(sql + ";")
        else:
            await editor.client.execute_query(sql)


class CreateWritten(CreateModel):
    """A model's table whose SQL is written out, for what Tortoise cannot say of it."""

    def __init__(
        self,
        name: str,
        fields: list[tuple[str, Any]],
        options: dict[str, Any],
        written: dict[str, str],
    ) -> None:
        super().__init__(name, fields, options, ["Model"])
        self.written = written

    async def database_forward(
        self,
        app_label: str,  # noqa: ARG002
        old_state: Any,  # noqa: ARG002
        new_state: Any,  # noqa: ARG002
        state_editor: Any = None,
    ) -> None:
        await _each(state_editor, {dialect: [sql] for dialect, sql in self.written.items()})

    async def database_backward(
        self,
        app_label: str,  # noqa: ARG002
        old_state: Any,  # noqa: ARG002
        new_state: Any,  # noqa: ARG002
        state_editor: Any = None,
    ) -> None:
        drops = {dialect: [_drop(sql)] for dialect, sql in self.written.items()}
        await _each(state_editor, drops)


def _drop(create: str) -> str:
    """What takes back a CREATE TABLE or a CREATE VIEW."""
    _, kind, name, *_ = create.split()
    return f"DROP {kind} {name}"


class SpatialIndex(RunOn):
    """GiST on PostGIS, on the plane and on the ellipsoid; on SQLite an R*Tree kept by triggers.

    `only` makes PostGIS's indexes partial: a condition that the statements repeat to the letter.
    """

    def __init__(self, table: str, column: str, *, geography: bool = True, only: str = "") -> None:
        tree, where = rtree(table, column), f" WHERE {only}" if only else ""
        box = ", ".join(f"ST_{side}({{0}}.{column})" for side in ("XMin", "XMax", "YMin", "YMax"))
        put = f"INSERT OR REPLACE INTO {tree} SELECT {{0}}.id, {box}"
        new = put.format("NEW") + f" WHERE NEW.{column} IS NOT NULL"
        drop = f"DELETE FROM {tree} WHERE id = OLD.id"
        updated = f"AFTER UPDATE OF {column} ON {table}"
        names = [f"{table}_{column}_gist"]
        postgres = [f"CREATE INDEX {names[0]} ON {table} USING gist ({column}){where}"]
        if geography:
            names.append(f"{table}_{column}_geography")
            postgres.append(
                f"CREATE INDEX {names[1]} ON {table} USING gist (({column}::geography)){where}"
            )
        super().__init__(
            postgres=postgres,
            sqlite=[
                f"CREATE VIRTUAL TABLE {tree} USING rtree(id, min_x, max_x, min_y, max_y)",
                put.format("t") + f" FROM {table} t WHERE t.{column} IS NOT NULL",
                f"CREATE TRIGGER {tree}_insert AFTER INSERT ON {table} BEGIN {new}; END",
                f"CREATE TRIGGER {tree}_update {updated} BEGIN {drop}; {new}; END",
                f"CREATE TRIGGER {tree}_delete AFTER DELETE ON {table} BEGIN {drop}; END",
            ],
            undo_postgres=[f"DROP INDEX {name}" for name in names],
            undo_sqlite=[
                *(f"DROP TRIGGER {tree}_{when}" for when in ("insert", "update", "delete")),
                f"DROP TABLE {tree}",
            ],
        )


def rtree(table: str, column: str) -> str:
    """The name of a column's R*Tree, by which statements find it."""
    return f"{table}_{column}_rtree"


class AppendOnly(RunOn):
    """The database itself refuses to change or delete a table's rows, whoever asks.

    `unique` are its unique keys besides the id: SQLite's REPLACE deletes a row that has the same,
    and no DELETE trigger hears of it on a stranger's connection. Where `stays` names columns, only
    these are not changed, and `unique` are all of its keys.
    """

    def __init__(
        self, table: str, unique: Sequence[Sequence[str]] = (), stays: Sequence[str] = ()
    ) -> None:
        keys = [*unique] if stays else [["id"], *unique]
        same = [" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys]
        taken = " OR ".join(f"({each})" for each in same)
        columns = f" OF {', '.join(stays)}" if stays else ""
        refusal = f"{table} keeps its rows" if stays else f"{table} is append-only"
        change = "leave" if stays else "change"  # grants.py knows an append-only table by its name
        name, trigger = f"{table}_refuse()", f"CREATE TRIGGER {table}_no"
        body = f"BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END"
        row, statement = (
            f"FOR EACH {each} EXECUTE FUNCTION {name}" for each in ("ROW", "STATEMENT")
        )
        whens = {
            "update": f"UPDATE{columns} ON {table}",
            "delete": f"DELETE ON {table}",
            "replace": f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})",
        }
        super().__init__(
            sqlite=[
                f"{trigger}_{verb} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
                for verb, when in whens.items()
            ],
            postgres=[
                f"CREATE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
                f"{trigger}_{change} BEFORE UPDATE{columns} OR DELETE ON {table} {row}",
                f"{trigger}_truncate BEFORE TRUNCATE ON {table} {statement}",
            ],
            undo_sqlite=[f"DROP TRIGGER {table}_no_{verb}" for verb in whens],
            undo_postgres=[
                f"DROP TRIGGER {table}_no_{change} ON {table}",
                f"DROP TRIGGER {table}_no_truncate ON {table}",
                f"DROP FUNCTION {name}",
            ],
        )
