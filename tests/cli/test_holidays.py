"""`commonweal holiday`: a bank holiday that comes after a release, as it is added."""

from datetime import timedelta
from pathlib import Path

from commonweal.clocks.actions import holidays_known
from commonweal.clocks.rules_regimes import Jurisdiction
from commonweal.kernel.clock import TestClock
from commonweal.store.database import opened
from commonweal.web.rooms import LAYOUT
from tests.cli.test_jobs import command
from tests.conftest import TODAY

DAY, YEAR = "2026-12-15", timedelta(days=365)


async def test_a_holiday_is_added_refused_twice_and_withdrawn(
    database_url: str, tmp_path: Path
) -> None:
    said = ("--source", "Proclamation of 23 November 2026")
    add = ("holiday", "add", "scotland", DAY, "--name", "State funeral", *said)

    done = await command(database_url, tmp_path, *add)
    assert done.stdout == f"{DAY} is a bank holiday in SCOTLAND.\n", done.stderr
    again = await command(database_url, tmp_path, *add)
    assert again.returncode == 1
    assert f"{DAY} is a bank holiday in SCOTLAND already." in again.stderr
    async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
        [wales, scotland] = [
            {str(day) for day in await holidays_known(place, database.clock.now() + 9 * YEAR)}
            for place in (Jurisdiction.WALES, Jurisdiction.SCOTLAND)
        ]
        if database.engine == "postgresql":  # whose clock stands still here
            await database.client.execute_query("UPDATE test_clock SET at = at + interval '1 day'")
    assert DAY in scotland - wales
    none = await command(database_url, tmp_path, "holiday", "withdraw", "wales", DAY, *said)
    assert f"{DAY} is no bank holiday in WALES." in none.stderr
    gone = await command(database_url, tmp_path, "holiday", "withdraw", "scotland", DAY, *said)
    assert gone.stdout == f"{DAY} is no bank holiday in SCOTLAND.\n", gone.stderr
