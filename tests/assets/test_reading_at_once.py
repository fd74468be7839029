"""Registers are read one at a time, beside everybody else's threads, and not for nobody."""

import asyncio
import time
from typing import Any

import pytest

from commonweal.assets import actions_registers, importing
from commonweal.assets.actions_registers import import_accepted
from commonweal.assets.registers.apart import READING
from commonweal.assets.registers.interpreting import NobodyWaits, interpret
from commonweal.assets.registers.splitting import MAX_REGISTER_ROWS
from commonweal.assets.rules import ProposalKind
from commonweal.store.database import Database
from tests.assets.estate import ROWS, brought_in, councils, csv, estate, reading
from tests.assets.registers.test_apart import Unused
from tests.assets.test_importing import many
from tests.assets.test_register_mutations import (
    accepted,
    codes,
    facts_of,
    read,
    state_of,
    uploaded,
)


async def test_a_register_is_read_and_compared_beside_the_default_threads(
    database: Database,
) -> None:
    await estate(database)
    asyncio.get_running_loop().set_default_executor(Unused())
    assert (await brought_in(database, csv(ROWS[:4]))).proposals[ProposalKind.MISSING] == 1


@pytest.mark.alone
async def test_a_reading_that_was_given_up_ends_soon(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await councils(database)
    rows = MAX_REGISTER_ROWS.value - 1  # below its header
    begun, ended, loop = asyncio.Event(), [], asyncio.get_running_loop()

    def watched(*about: Any) -> Any:
        loop.call_soon_threadsafe(begun.set)
        try:
            return interpret(*about)
        except NobodyWaits as error:
            ended.append(error)
            raise

    monkeypatch.setattr(importing, "interpret", watched)
    asked = asyncio.create_task(reading(many(rows)))
    await asyncio.wait_for(begun.wait(), 30)
    asked.cancel()
    since = time.monotonic()
    await READING.run(lambda _: None)  # has its turn
    assert len(ended) == 1
    assert time.monotonic() - since < 1  # of three seconds and more
    assert asked.cancelled()


async def test_while_one_register_is_looked_at_another_is_refused_at_once_but_a_job_has_its_turn(
    database: Database,
) -> None:
    await councils(database)
    register = await accepted(database, csv())
    facts = await facts_of(database)
    files = [await uploaded(database, raw) for raw in (many(2_000), csv(ROWS[:3]))]
    first = asyncio.create_task(read(database, files[0]))
    for _ in range(1_000):
        if actions_registers._looking.locked():
            break
        await asyncio.sleep(0.005)
    [refusal] = (await read(database, files[1]))["userErrors"]
    assert (refusal["code"], first.done()) == ("READING_ANOTHER", False)
    assert refusal["message"] == "Another register is being read: try again in a moment."
    await import_accepted(database, facts)
    assert (await state_of(database, register))["state"] == "IMPORTED"
    assert codes(await first) == []
    assert codes(await read(database, files[1])) == []
