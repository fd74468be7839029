"""What is swept goes by the dated rows of kernel/retention.py."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from commonweal.kernel.retention import RETENTION, Kept
from commonweal.store import idempotency, jobs
from commonweal.store.database import Database
from commonweal.store.tables import IdempotencyKey, Job
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance

DAY: Final = timedelta(days=1)


async def key(tx: Transaction, age: timedelta) -> None:
    await IdempotencyKey.create(
        id=tx.new_id(), actor="tok_1", key=str(age), operation="x", fingerprint="",
        claimed_at=tx.now - age,
    )  # fmt: skip


async def job(tx: Transaction, age: timedelta) -> None:
    then = tx.now - age
    await Job.create(
        id=tx.new_id(), kind="mail", facts={}, due_at=then, created_at=then, done_at=then
    )


@pytest.mark.parametrize(
    ("kept", "make", "sweep"),
    [(idempotency.KEYS_KEPT, key, idempotency.sweep), (jobs.DONE_KEPT, job, jobs.sweep)],
    ids=["keys", "jobs"],
)
async def test_a_sweep_goes_by_the_row_of_its_day(
    database: Database,
    advance: Advance,
    monkeypatch: pytest.MonkeyPatch,
    kept: Kept,
    make: Callable[[Transaction, timedelta], Awaitable[None]],
    sweep: Callable[[Transaction], Awaitable[int]],
) -> None:
    for days, ahead in ((4, 1), (None, 2), (1, 3)):
        later = replace(kept, days=days, since=(TODAY + ahead * DAY).date())
        monkeypatch.setitem(RETENTION, (kept.what, later.since), later)

    async def work(tx: Transaction) -> None:
        for age in range(9):
            await make(tx, age * DAY)

    await in_transaction(database, work)
    swept = []
    for _ in range(4):
        swept.append(await in_transaction(database, sweep))
        await advance(DAY)

    assert kept.days == 7
    assert swept == [
        1,  # the one of eight days
        4,  # those of five to eight, of which four are enough now
        0,  # they are kept for ever
        4,  # the rest, of three days to six
    ]
