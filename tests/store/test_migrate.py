"""Migrating: from nothing, twice, at once; what is refused, and in which words."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg
import pytest
from tortoise.migrations.executor import MigrationTarget
from tortoise.migrations.operations import RemoveField

from commonweal.kernel.clock import TestClock
from commonweal.store import database as database_module
from commonweal.store import migrate as migrate_module
from commonweal.store.database import Database, opened
from commonweal.store.errors import (
    DatabaseLocked,
    DatabaseMissing,
    DatabaseNewer,
    DatabaseOlder,
    DatabaseUnreachable,
)
from commonweal.store.migrate import (
    ADVISORY_LOCK,
    APP,
    Executor,
    Layout,
    applied,
    check_version,
    migrate,
)
from commonweal.store.transaction import begun
from commonweal.web.rooms import LAYOUT
from tests.conftest import TODAY
from tests.store.elsewhere import elsewhere
from tests.store.rows import added

ALL = sorted(LAYOUT.known())


@asynccontextmanager
async def unready(url: str, layout: Layout = LAYOUT) -> AsyncIterator[Database]:
    """The database as `commonweal migrate` opens it."""
    async with opened(url, TestClock(TODAY), layout, ready=False) as database:
        yield database


BEFORE = "0017_saved_searches"  # what comes after it refers to tables that were there


async def forget_last(database: Database) -> None:
    """Take the last migrations back: they are to be applied again."""
    async with begun(database, now="now()") as tx:
        executor = Executor(tx.client, LAYOUT.apps())
        await executor.migrate([MigrationTarget(APP, BEFORE)])


async def test_an_empty_database_is_brought_up_in_order_and_then_opens(empty_url: str) -> None:
    names: list[str] = []
    async with unready(empty_url) as database:
        assert await applied(database) == set()
        await migrate(database, names.append)
        await check_version(database)

    assert names == ALL
    async with opened(empty_url, TestClock(TODAY), LAYOUT) as database:
        await added(database)


async def test_migrating_twice_does_nothing_the_second_time(empty_url: str) -> None:
    names: list[str] = []
    async with unready(empty_url) as database:
        await migrate(database)
        await migrate(database, names.append)

    assert names == []


async def test_three_processes_that_migrate_at_once_all_succeed_and_apply_once(
    empty_url: str,
) -> None:
    printed = await asyncio.gather(*(elsewhere("migrate", empty_url) for _ in range(3)))

    assert sorted(printed) == [[], [], ALL]


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
async def test_a_migration_waits_for_another_without_a_services_time_limits(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {"statement_timeout": "100ms", "lock_timeout": "100ms"}
    monkeypatch.setattr(database_module, "POSTGRES_SETTINGS", short)
    other = await asyncpg.connect(empty_url)
    async with unready(empty_url) as database:
        await other.execute(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        ours = asyncio.create_task(migrate(database))
        await asyncio.sleep(0.3)
        assert not ours.done()
        await other.close()
        await ours
        await check_version(database)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_migration_does_not_wait_for_ever_for_a_table_that_somebody_holds(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everyone else would queue behind it."""
    monkeypatch.setattr(migrate_module, "TABLE_LOCK_SECONDS", 0.1)
    other = await asyncpg.connect(database_url)
    async with unready(database_url) as database:
        await forget_last(database)
        async with other.transaction():
            await other.execute("LOCK TABLE organisation IN EXCLUSIVE MODE")
            with pytest.raises(DatabaseLocked):
                await migrate(database)
    await other.close()


async def test_a_database_with_an_unknown_migration_is_newer(database_url: str) -> None:
    async with unready(database_url) as database:
        await database.client.execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('commonweal', '9999_tomorrow', '2027-01-01 00:00:00+00:00')"
        )
        with pytest.raises(DatabaseNewer, match=r"has 9999_tomorrow, .* Install the version that"):
            await migrate(database)
    with pytest.raises(DatabaseNewer):
        async with opened(database_url, TestClock(TODAY), LAYOUT):
            pass


async def test_a_database_that_lacks_a_migration_is_older_and_says_what_to_do(
    database_url: str,
) -> None:
    async with unready(database_url) as database:
        await forget_last(database)
    with pytest.raises(DatabaseOlder, match=f"{ALL[-1]} not applied. Run `commonweal migrate`"):
        async with opened(database_url, TestClock(TODAY), LAYOUT):
            pass


async def test_an_empty_database_is_older_than_everything(empty_url: str) -> None:
    async with unready(empty_url):  # which makes SQLite's file
        pass
    with pytest.raises(DatabaseOlder, match=", ".join(ALL)):
        async with opened(empty_url, TestClock(TODAY), LAYOUT):
            pass


async def test_a_file_that_is_missing_is_not_made_by_opening_it(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(DatabaseMissing, match=r"none\.db\. `commonweal migrate` makes it"):
        async with opened(f"sqlite:{path}", TestClock(TODAY), LAYOUT):
            pass
    assert not path.exists()


@pytest.mark.parametrize("ready", [True, False])
async def test_a_text_file_is_refused_and_left_as_it_is(tmp_path: Path, ready: bool) -> None:
    path = tmp_path / "notes.txt"
    text = "Dear council, " * 1000
    path.write_text(text)
    with pytest.raises(DatabaseUnreachable, match=r"notes\.txt cannot be used: file is not a da"):
        async with opened(f"sqlite:{path}", TestClock(TODAY), LAYOUT, ready=ready):
            pass
    assert path.read_text() == text


@pytest.mark.parametrize("ready", [True, False])
async def test_a_directory_is_refused(tmp_path: Path, ready: bool) -> None:
    with pytest.raises(DatabaseUnreachable, match=f"{tmp_path} cannot be used: unable to open"):
        async with opened(f"sqlite:{tmp_path}", TestClock(TODAY), LAYOUT, ready=ready):
            pass


async def test_a_file_is_made_with_its_folders_but_not_below_another_file(tmp_path: Path) -> None:
    async with unready(f"sqlite:{tmp_path}/data/commonweal.db") as database:
        await migrate(database)
    with pytest.raises(DatabaseUnreachable, match=r"commonweal\.db/no\.db cannot be used"):
        async with unready(f"sqlite:{tmp_path}/data/commonweal.db/no.db"):
            pass


@pytest.mark.parametrize("ready", [True, False])
async def test_a_file_that_another_process_keeps_to_itself_is_called_locked(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch, ready: bool
) -> None:
    monkeypatch.setitem(database_module.SQLITE_PRAGMAS, "busy_timeout", 50)
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseLocked, match=r"commonweal\.db locked\. Stop it, or try again"):
            async with opened(f"sqlite:{sqlite_file}", TestClock(TODAY), LAYOUT, ready=ready):
                pass


async def test_a_file_in_which_another_process_writes_on_is_called_locked(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading works, so opening comes as far as taking a lease, and migrating to its BEGIN."""
    monkeypatch.setitem(database_module.SQLITE_PRAGMAS, "busy_timeout", 50)
    monkeypatch.setattr(migrate_module, "MIGRATING_MILLISECONDS", 50)
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            async with opened(f"sqlite:{sqlite_file}", TestClock(TODAY), LAYOUT):
                pass
        async with unready(f"sqlite:{sqlite_file}") as database:
            with pytest.raises(DatabaseLocked):
                await migrate(database)
            assert await keeps_references(database)


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
async def test_a_server_that_is_not_there_or_has_no_such_database_is_unreachable(
    empty_url: str,
) -> None:
    base, _, name = empty_url.rpartition("/")
    for url, reason in (
        (f"{base}/nothing", 'database "nothing" does not exist'),
        (f"postgresql://nobody:secret@{base.rpartition('@')[2]}/{name}", "password authentication"),
        ("postgresql://nobody:secret@127.0.0.1:1/x", "Connect call failed"),
        ("postgresql://127.0.0.1:port/x", "Port is not an integer"),
        ("mysql://nobody:secret@127.0.0.1/x", "begins with sqlite: or postgresql:"),
        ("sqlite::memory:", "it must be a file"),
    ):
        with pytest.raises(DatabaseUnreachable, match=reason) as refused:
            async with opened(url, TestClock(TODAY), LAYOUT):
                pass
        assert "secret" not in str(refused.value)


async def keeps_references(database: Database) -> bool:
    if database.engine == "postgresql":
        return True
    _, [(on,)] = await database.client.execute_query("PRAGMA foreign_keys")
    return bool(on)


async def test_migrating_leaves_references_checked(empty_url: str) -> None:
    async with unready(empty_url) as database:
        await migrate(database)
        assert await keeps_references(database)


BROKEN = """
from tortoise import migrations
from commonweal.store.operations import RunOn

MANY = ["CREATE TABLE one (id INTEGER)", "INSERT INTO one VALUES (1)", "SELECT nonsense"]

class Migration(migrations.Migration):
    initial = True
    operations = [RunOn(sqlite=MANY, postgres=MANY)]
"""
ADDS = BROKEN.replace('"SELECT nonsense"', '"SELECT 1"').replace("one", "two")


async def test_a_migration_that_fails_leaves_nothing_of_itself_nor_of_those_before_it(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = f"broken_{tmp_path.name.replace('-', '_')}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    (tmp_path / package / "0001_adds.py").write_text(ADDS)
    (tmp_path / package / "0002_breaks.py").write_text(
        BROKEN.replace("initial = True", 'dependencies = [("commonweal", "0001_adds")]')
    )
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []
    async with unready(empty_url, Layout(("commonweal.store.tables",), package)) as database:
        with pytest.raises(Exception, match="nonsense"):
            await migrate(database, names.append)
        assert names == ["0001_adds"]
        assert await applied(database) == set()
        for table in ("one", "two", "tortoise_migrations"):
            with pytest.raises(Exception, match=f"(no such table: |relation .){table}"):
                await database.client.execute_query(f"SELECT * FROM {table}")
        assert await keeps_references(database)


async def test_the_models_before_an_operation_are_as_they_were_whenever_it_looks(
    database: Database,
) -> None:
    """They are rendered late, when the operation has changed the state already."""
    executor = Executor(database.client, LAYOUT.apps())
    await executor.loader.build_graph()
    state = await executor._project_state(set(executor.loader.graph.nodes))
    before = state.clone()
    RemoveField("Area", "code").state_forward(APP, state)
    assert "code" in before.apps.get_model(APP, "Area")._meta.fields_map
    assert "code" in before.models[APP, "Area"].fields
    assert "code" not in state.apps.get_model(APP, "Area")._meta.fields_map
    assert "code" in before.clone().apps.get_model(APP, "Area")._meta.fields_map
