"""PostgreSQL is killed under load, with all its processes: what was acknowledged is there again.

The service lives on: its askers are told to ask again, its pools heal, and no connection is lost.
COMMONWEAL_KILLS says how often; -s shows what the run prints.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import migrated
from tests.faults.load import accounts_in, compare, running, under_load
from tests.postgres import Cluster, Unavailable, cluster

# Unlike the other tests' cluster: what is acknowledged was written, and no killed process can take
# it along. That the disk has it too (fsync) is a matter of power cuts, which are not tried here.
DURABLE = """
synchronous_commit = on
full_page_writes = on
"""


@pytest.fixture
def own_postgres(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster that nobody else uses, even where the environment names a server."""
    monkeypatch.delenv("COMMONWEAL_TEST_POSTGRES_URL", raising=False)
    with cluster(DURABLE) as server:
        if isinstance(server, Unavailable):
            if os.environ.get("COMMONWEAL_REQUIRE_POSTGRES") == "1":
                pytest.fail(server.reason)
            pytest.skip(server.reason)
        yield server


@pytest.mark.alone
async def test_a_killed_postgres_has_lost_and_doubled_nothing_and_the_service_lives_on(
    own_postgres: Cluster, tmp_path: Path
) -> None:
    killable = own_postgres.killable
    assert killable
    url = await own_postgres.create_database("commonweal_killed")
    await migrated(url)
    accounts = await accounts_in(url)

    async def kill() -> None:
        await asyncio.to_thread(killable.kill)
        await asyncio.to_thread(killable.start)

    async with running(url, tmp_path / "files") as service:
        journal = await under_load(service, accounts, kill)
        assert service.process
        assert service.process.returncode is None
        await service.idle()
    await compare(url, journal)
