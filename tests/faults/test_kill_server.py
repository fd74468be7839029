"""The service is killed under load, again and again: nothing acknowledged is lost or doubled.

What is killed is a process that serves over HTTP (paying.py): store, ledger, teller and idempotency
keys are the real ones, the mutation is the test's own. COMMONWEAL_KILLS says how often; -s shows
what the run prints.
"""

from pathlib import Path

import asyncpg
import pytest

from tests.faults.load import accounts_in, compare, running, under_load

REAL_TIME = """
CREATE OR REPLACE FUNCTION commonweal_now() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT now() $$
"""


@pytest.mark.alone
async def test_a_killed_service_has_lost_and_doubled_nothing(
    database_url: str, tmp_path: Path
) -> None:
    if database_url.startswith("postgres"):  # a process of its own has the time of day
        connection = await asyncpg.connect(database_url)
        await connection.execute(REAL_TIME)
        await connection.close()
    accounts = await accounts_in(database_url)
    async with running(database_url, tmp_path / "files") as service:

        async def kill() -> None:
            await service.kill()
            await service.start()

        journal = await under_load(service, accounts, kill)
        await service.idle()
    await compare(database_url, journal)
