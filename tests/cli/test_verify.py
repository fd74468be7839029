"""`commonweal verify`: what was tampered with is named, and by exit status told."""

from pathlib import Path

from commonweal.kernel.clock import SYSTEM
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.database import opened
from commonweal.store.transaction import in_transaction
from commonweal.web.rooms import LAYOUT
from tests.cli.test_jobs import command
from tests.store.test_audit import unguarded

FIRST, SECOND = 7_000_000_000_000, 7_000_000_000_001


async def test_every_chain_is_followed_and_each_broken_subject_named(
    database_url: str, tmp_path: Path
) -> None:
    entries = [Entry("ast", subject, "publish", {}) for subject in (FIRST, SECOND)] * 3
    async with opened(database_url, SYSTEM, LAYOUT) as database:
        await in_transaction(database, lambda tx: record(tx, "prs_1", entries))
        well = await command(database_url, tmp_path, "verify")
        assert well.returncode == 0, well.stderr
        assert "Audit records: 6" in well.stdout
        assert "2 audit chains hold, with 6 records." in well.stdout

        with unguarded(database, database_url) as run:
            run(f"UPDATE audit_record SET actor = 'prs_2' WHERE subject_id = {FIRST}")
            run(f"DELETE FROM audit_record WHERE subject_id = {SECOND} AND sequence = 2")
    ill = await command(database_url, tmp_path, "verify")
    assert ill.returncode == 1
    assert "0 audit chains hold, with 1 records." in ill.stdout
    first, second = write_id("ast", FIRST), write_id("ast", SECOND)
    assert ill.stderr.splitlines() == [
        f"The audit of {first} breaks at record 1: its hash is not that of its content.",
        f"The audit of {second} breaks at record 2: it is missing: record 3 is the next.",
    ]


async def test_a_subject_whose_kind_was_tampered_with_is_named_as_it_stands(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, SYSTEM, LAYOUT) as database:
        await in_transaction(
            database, lambda tx: record(tx, "prs_1", [Entry("ast", FIRST, "publish", {})])
        )
        with unguarded(database, database_url) as run:
            run("UPDATE audit_record SET subject_kind = 'a t'")
    ill = await command(database_url, tmp_path, "verify")
    assert ill.returncode == 1
    assert f"The audit of 'a t' {FIRST} breaks at record 1" in ill.stderr
    assert "Traceback" not in ill.stderr
