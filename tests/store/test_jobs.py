"""The outbox: what is written with the work is done after it, at least once, and never lost."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest

from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.jobs import (
    ABANDONED,
    ATTEMPTS,
    DONE_KEPT,
    ERROR_CHARACTERS,
    LEASE_SECONDS,
    PAUSE_SECONDS,
    JobNotFailed,
    NoSuchJob,
    claim,
    counts,
    enqueue,
    finish,
    id_of,
    in_one_line,
    pause,
    put_off,
    retry,
    retry_all,
    schedule,
    state,
    sweep,
)
from commonweal.store.jobs import lines as shown
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance
from tests.store.outbox import lines, wrote
from tests.store.rows import add_area, codes

LEASE = timedelta(seconds=LEASE_SECONDS)
DAY = timedelta(days=1)


async def claimed(database: Database, *kinds: str, lasting: tuple[str, ...] = ()) -> Job | None:
    return await in_transaction(database, lambda tx: claim(tx, kinds or ("mail",), lasting))


async def taken(database: Database, *kinds: str, lasting: tuple[str, ...] = ()) -> Job:
    line = await claimed(database, *kinds, lasting=lasting)
    assert line
    return line


async def finished(database: Database, line: Job, every: float | None = None) -> bool:
    return await in_transaction(database, lambda tx: finish(tx, line, every))


async def failed(database: Database, line: Job, every: float | None = None) -> bool:
    return await in_transaction(database, lambda tx: put_off(tx, line, "no", every))


async def test_a_line_is_there_exactly_when_the_work_is(database: Database) -> None:
    async def work(tx: Transaction, fails: bool) -> None:
        await add_area(tx, "E1")
        await enqueue(tx, "mail", {"area": "E1"}, cause="E1/mail")
        if fails:
            raise LookupError

    with pytest.raises(LookupError):
        await in_transaction(database, lambda tx: work(tx, fails=True))
    assert await lines() == await Area.all() == []
    await in_transaction(database, lambda tx: work(tx, fails=False))

    [line] = await lines()
    assert await codes(database) == ["E1"]
    assert (line.kind, line.cause, line.facts) == ("mail", "E1/mail", {"area": "E1"})
    assert (line.due_at, line.created_at, line.attempts) == (TODAY, TODAY, 0)
    assert (line.done_at, line.failed_at, line.last_error) == (None, None, None)


async def test_of_two_lines_with_one_cause_the_first_stands(database: Database) -> None:
    await wrote(database, "mail", {"n": 1}, cause="once")
    await wrote(database, "mail", {"n": 2}, {"n": 3}, cause="once")
    await wrote(database, "mail", {"n": 4})
    await wrote(database, "mail", {"n": 4})

    assert [line.facts["n"] for line in await lines()] == [1, 4, 4]


async def test_of_twenty_at_once_with_one_cause_one_writes_a_line(database: Database) -> None:
    await asyncio.gather(*(wrote(database, "mail", {"n": n}, cause="once") for n in range(20)))

    assert len(await lines()) == 1


async def test_lines_are_taken_as_they_become_due_and_not_before(
    database: Database, advance: Advance
) -> None:
    await wrote(database, "mail", {"n": 1}, after_seconds=60)
    await wrote(database, "mail", {"n": 2})
    await wrote(database, "mail", {"n": 3})

    assert (await taken(database)).facts == {"n": 2}
    assert (await taken(database)).facts == {"n": 3}
    assert await claimed(database) is None
    await advance(timedelta(seconds=60))
    assert (await taken(database)).facts == {"n": 1}
    assert await claimed(database) is None


async def test_a_kind_that_this_process_does_not_know_is_left_for_others(
    database: Database,
) -> None:
    await wrote(database, "newer")
    await wrote(database, "mail")

    assert (await taken(database, "mail")).kind == "mail"
    assert await claimed(database, "mail") is None
    assert (await lines(kind="newer"))[0].attempts == 0
    assert (await taken(database, "mail", "newer")).kind == "newer"


async def test_a_claim_counts_the_attempt_and_lasts_for_its_lease(
    database: Database, advance: Advance
) -> None:
    await wrote(database, "mail")
    first = await taken(database)
    assert (first.attempts, first.due_at) == (1, TODAY + LEASE)

    await advance(LEASE - timedelta(microseconds=1))
    assert await claimed(database) is None
    await advance(timedelta(microseconds=1))
    second = await taken(database)
    assert (second.id, second.attempts) == (first.id, 2)


async def test_whose_lease_ran_out_cannot_overwrite_another_s_outcome(
    database: Database, advance: Advance
) -> None:
    await wrote(database, "mail")
    first = await taken(database)
    await advance(LEASE)
    second = await taken(database)

    assert not await finished(database, first)
    assert not await failed(database, first)
    assert await failed(database, second)
    [line] = await lines()
    assert (state(line), line.attempts, line.last_error) == ("waiting", 2, "no")


async def test_of_recurring_work_too_no_outcome_of_an_older_claim_is_taken(
    database: Database, advance: Advance
) -> None:
    """Its attempts begin anew each time, so that they alone do not tell two claims apart."""
    await wrote(database, "mail", cause="mail")
    first = await taken(database)
    await advance(LEASE)
    assert await finished(database, await taken(database), every=60)
    await advance(timedelta(seconds=60))
    third = await taken(database)
    assert third.attempts == first.attempts == 1

    assert not await finished(database, first, every=60)
    assert await finished(database, third, every=60)


async def test_what_is_done_is_not_done_again(database: Database, advance: Advance) -> None:
    await wrote(database, "mail")
    line = await taken(database)
    assert await finished(database, line)

    await advance(30 * DAY)
    assert await claimed(database) is None
    assert not await finished(database, line)
    [line] = await lines()
    assert state(line) == "done"
    assert line.done_at == TODAY


async def test_a_line_that_fails_for_ever_is_given_up_after_growing_pauses_and_stays(
    database: Database, advance: Advance
) -> None:
    await wrote(database, "mail")
    pauses: list[float] = []
    for attempt in range(1, ATTEMPTS + 1):
        line = await taken(database)
        assert line.attempts == attempt
        assert await failed(database, line)
        [line] = await lines()
        if attempt < ATTEMPTS:
            pauses.append((line.due_at - database.clock.now()).total_seconds())
            await advance(line.due_at - database.clock.now() - timedelta(microseconds=1))
            assert await claimed(database) is None
            await advance(timedelta(microseconds=1))

    assert all(later > 1.9 * sooner for sooner, later in itertools.pairwise(pauses))
    assert pauses[0] >= PAUSE_SECONDS
    assert sum(pauses) > DAY.total_seconds()  # a night's outage of somebody else is outlasted
    assert (state(line), line.last_error) == ("failed", "no")
    assert line.failed_at == database.clock.now()
    await advance(1_000 * DAY)
    assert await claimed(database) is None
    assert await in_transaction(database, sweep) == 0
    assert [each.id for each in await shown(10, failed_only=True)] == [line.id]


def test_pauses_are_not_all_alike_and_stop_growing_somewhere() -> None:
    assert len({pause(1) for _ in range(20)}) > 1
    assert pause(10_000) < 60 * DAY.total_seconds()


async def test_whose_worker_never_comes_back_is_given_up_too(
    database: Database, advance: Advance
) -> None:
    await wrote(database, "mail", {"n": 1})
    for _ in range(ATTEMPTS):
        await taken(database)
        await advance(LEASE)
    await wrote(database, "mail", {"n": 2})

    assert (await taken(database)).facts == {"n": 2}  # in the same claim
    [line] = await lines(failed_at__isnull=False)
    assert (line.facts, line.last_error) == ({"n": 1}, ABANDONED)


async def test_recurring_work_is_due_again_after_its_period_and_never_given_up(
    database: Database, advance: Advance
) -> None:
    period = timedelta(seconds=60)
    await in_transaction(database, lambda tx: schedule(tx, {"tidy": 60}))
    assert await finished(database, await taken(database, "tidy"), every=60)
    [line] = await lines()
    assert (line.due_at, line.attempts, state(line)) == (TODAY + period, 0, "waiting")

    for attempt in range(1, 3 * ATTEMPTS):
        await advance(period)
        line = await taken(database, "tidy", lasting=("tidy",))
        assert line.attempts == attempt
        assert await failed(database, line, every=60)
        [line] = await lines()
        assert line.due_at <= database.clock.now() + period
        assert line.last_error == "no"
    await advance(period)
    assert await finished(database, await taken(database, "tidy", lasting=("tidy",)), every=60)
    assert (await lines())[0].last_error is None


async def test_recurring_work_has_one_line_however_many_processes_start(
    database: Database, advance: Advance
) -> None:
    periods: dict[str, float] = {"tidy": 60, "sweep": 3_600}
    await asyncio.gather(
        *(in_transaction(database, lambda tx: schedule(tx, periods)) for _ in range(10))
    )
    assert sorted(str(line.cause) for line in await lines()) == ["sweep", "tidy"]
    await finished(database, await taken(database, "tidy"), every=60)

    await in_transaction(database, lambda tx: schedule(tx, periods))
    assert (await lines(kind="tidy"))[0].due_at == TODAY + timedelta(seconds=60)


async def test_recurring_work_that_is_due_on_another_day_than_its_period_says_is_due_now(
    database: Database, advance: Advance
) -> None:
    """A rehearsal on a later day has been over it, or its period is shorter by now."""
    await in_transaction(database, lambda tx: schedule(tx, {"tidy": 86_400}))
    await finished(database, await taken(database, "tidy"), every=86_400)
    await in_transaction(database, lambda tx: schedule(tx, {"tidy": 86_400}))
    assert await claimed(database, "tidy") is None

    await in_transaction(database, lambda tx: schedule(tx, {"tidy": 60}))
    assert await claimed(database, "tidy")
    await in_transaction(database, lambda tx: schedule(tx, {"tidy": 60}))
    assert await claimed(database, "tidy") is None  # somebody has it in hand


async def given_up(database: Database, *facts: dict[str, Any]) -> None:
    await wrote(database, "mail", *facts)
    await Job.all().update(failed_at=TODAY, attempts=ATTEMPTS, last_error="no")


async def test_what_failed_is_tried_again_when_somebody_says_so(database: Database) -> None:
    await given_up(database, {"n": 1}, {"n": 2})
    first, _ = await lines()
    await in_transaction(database, lambda tx: retry(tx, [id_of(first)]))

    line = await taken(database)
    assert (line.id, line.attempts, line.last_error) == (first.id, 1, "no")
    assert await claimed(database) is None
    assert len(await in_transaction(database, retry_all)) == 1
    assert (await taken(database)).facts == {"n": 2}
    assert await in_transaction(database, retry_all) == []


async def test_what_has_not_failed_is_not_tried_again_nor_anything_with_it(
    database: Database,
) -> None:
    await given_up(database, {"n": 1})
    await wrote(database, "mail", {"n": 2})
    gone, waiting = await lines()

    for ids, refusal in (
        ([id_of(gone), id_of(waiting)], JobNotFailed(id_of(waiting), "waiting")),
        ([id_of(gone), "job_0000000000000"], NoSuchJob("job_0000000000000")),
        ([id_of(gone), "ast_0000000000001"], NoSuchJob("ast_0000000000001")),
    ):
        with pytest.raises(type(refusal)) as refused:
            await in_transaction(database, lambda tx, ids=ids: retry(tx, ids))  # type: ignore[misc]
        assert refused.value == refusal
    assert await counts() == {"failed": 1, "waiting": 1, "done": 0}


async def test_what_was_done_is_swept_after_its_days_and_its_cause_is_free_again(
    database: Database, advance: Advance
) -> None:
    await wrote(database, "mail", {"n": 1}, cause="once")
    await wrote(database, "mail", {"n": 2})
    await finished(database, await taken(database))
    await advance((DONE_KEPT.days or 0) * DAY)
    assert await in_transaction(database, sweep) == 0
    await advance(timedelta(microseconds=1))

    assert await in_transaction(database, sweep) == 1
    assert await in_transaction(database, sweep) == 0
    await wrote(database, "mail", {"n": 3}, cause="once")
    assert [line.facts["n"] for line in await lines()] == [2, 3]


async def test_lines_are_shown_failed_ones_first_and_so_many_of_each(database: Database) -> None:
    await given_up(database, *({"n": n} for n in range(3)))
    await wrote(database, "mail", *({"n": n} for n in range(4)))
    for _ in range(2):
        await finished(database, await taken(database))

    states = [state(line) for line in await shown(2)]
    assert states == ["failed"] * 2 + ["waiting"] * 2 + ["done"] * 2
    assert await counts() == {"failed": 3, "waiting": 2, "done": 2}


def test_an_error_is_one_line_of_bounded_length() -> None:
    assert in_one_line("a\n\tb \r\n c") == "a b c"
    assert len(in_one_line("x" * 1_000)) == ERROR_CHARACTERS
    assert in_one_line("x" * ERROR_CHARACTERS) == "x" * ERROR_CHARACTERS


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_claim_reads_the_index_of_what_is_due(database: Database) -> None:
    await wrote(database, "mail", *({"n": n} for n in range(500)))
    await Job.all().limit(499).update(done_at=TODAY)
    await database.client.execute_query("ANALYZE job")
    sql = Job.filter(
        done_at__isnull=True, failed_at__isnull=True, due_at__lte=TODAY, kind__in=["mail"]
    )
    plan = await sql.order_by("due_at", "id").limit(1).explain()
    assert "job_due" in str(plan)
