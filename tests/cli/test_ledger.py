"""`commonweal ledger`, `export ledger` and what `verify` says of the ledger, as they are run."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from commonweal.kernel.clock import TestClock
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from tests.cli.test_jobs import command
from tests.conftest import TODAY
from tests.ledger import accounts
from tests.ledger.tampering import unguarded

SCRIPT = Path(__file__).parents[2] / "docs" / "check_ledger.py"


async def paid(database: Database) -> tuple[int, int]:
    """Who paid 30, and the transfer."""
    ann, bob = await accounts.opened(database, first=100), await accounts.opened(database)
    return ann, (await accounts.posted(database, accounts.order(ann, bob, 30, "paid"))).id


def checked_by_a_stranger(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script says of the one file that is there."""
    [file] = [path for path in folder.iterdir() if path.name.startswith("ledger.jsonl")]
    words = [sys.executable, "-I", str(SCRIPT), str(file)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


async def test_a_ledger_is_sealed_exported_proven_and_checked(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
        _, transfer = await paid(database)
        if database.engine == "postgresql":
            await database.client.execute_query("UPDATE test_clock SET at = at + interval '1 day'")
    named = write_id("trf", transfer)
    if database.engine == "sqlite":  # whose clock is the process's own: the day is not over
        early = await command(database_url, tmp_path, "ledger", "proof", named)
        assert early.returncode == 1
        assert "is not sealed yet" in early.stderr
    else:
        done = await command(database_url, tmp_path, "ledger", "seal")
        assert done.stdout == "1 days sealed.\n", done.stderr
        proof = await command(database_url, tmp_path, "ledger", "proof", named)
        found = json.loads(proof.stdout)
        assert (found["transfer"]["id"], found["size"]) == (named, 2)
    unknown = await command(database_url, tmp_path, "ledger", "proof", "trf_0000000000000")
    assert "There is no transfer trf_0000000000000." in unknown.stderr
    nothing = await command(database_url, tmp_path, "ledger", "proof", "acc_0000000000000")
    assert "There is no transfer acc_0000000000000." in nothing.stderr

    out = await command(database_url, tmp_path, "export", "ledger", "ledger.jsonl")
    assert "lines written to ledger.jsonl." in out.stdout, out.stderr
    checked = await asyncio.to_thread(checked_by_a_stranger, tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith("2 transfers and ")


async def test_verify_checks_the_ledger_and_rebuilds_it_when_asked(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, TestClock(TODAY), LAYOUT) as database:
        ann, _ = await paid(database)
        well = await command(database_url, tmp_path, "verify", "--rebuild")
        assert well.returncode == 0, well.stderr
        assert "The ledger holds, with 3 accounts, 2 transfers and 0 sealed days." in well.stdout
        assert "3 accounts rebuilt from their transfers agree" in well.stdout
        with unguarded(database, database_url) as run:
            run(f"UPDATE balance SET posted = posted + 1 WHERE account = {ann}")
    ill = await command(database_url, tmp_path, "verify", "--rebuild")
    assert ill.returncode == 1
    named = write_id("acc", ann)
    assert ill.stderr.splitlines() == [
        "min:town: all balances together are 1, and not 0.",
        f"{named}: shard 0 has 71 after 2 movements, and by its transfers 70 after 2.",
        f"{named}: shard 0 has 71, and its transfers come to 70.",
    ]
