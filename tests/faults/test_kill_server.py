"""The service is killed under load, again and again: nothing acknowledged is lost or doubled.

What is killed is a process that serves over HTTP (paying.py): store, ledger, teller and idempotency
keys are the real ones, the mutation is the test's own. COMMONWEAL_KILLS says how often; -s shows
what the run prints.
"""

from pathlib import Path

import pytest

from tests.faults.load import accounts_in, compare, on_real_time, running, under_load


@pytest.mark.alone
async def test_a_killed_service_has_lost_and_doubled_nothing(
    database_url: str, tmp_path: Path
) -> None:
    await on_real_time(database_url)
    accounts = await accounts_in(database_url)
    async with running(database_url, tmp_path / "files") as service:

        async def kill() -> None:
            await service.kill()
            await service.start()

        journal = await under_load(service, accounts, kill)
        await service.idle()
    await compare(database_url, journal)
