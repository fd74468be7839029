"""Registers are read in a thread of their own, one at a time, and not for those who went away."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from commonweal.assets.registers.apart import Apart, GivenUp


class Unused(ThreadPoolExecutor):
    """The threads that everybody else needs."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        raise AssertionError("the default threads were used")


@pytest.fixture
def apart() -> Iterator[Apart]:
    made = Apart("of-a-test")
    yield made
    made.threads.shutdown()


async def test_two_works_are_done_one_after_the_other_beside_the_default_threads(
    apart: Apart,
) -> None:
    asyncio.get_running_loop().set_default_executor(Unused())
    at_work, most = 0, 0

    def work(_: GivenUp) -> str:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        time.sleep(0.02)
        at_work -= 1
        return threading.current_thread().name

    names = await asyncio.gather(*(apart.run(work) for _ in range(3)))
    assert names == ["of-a-test_0"] * 3
    assert most == 1


async def test_work_whose_asker_went_away_is_told_and_the_next_has_its_turn(apart: Apart) -> None:
    begun, told, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def endless(given_up: GivenUp) -> None:
        loop.call_soon_threadsafe(begun.set)
        while not given_up():
            time.sleep(0.001)
        told.set()

    asked = asyncio.create_task(apart.run(endless))
    await asyncio.wait_for(begun.wait(), 5)
    asked.cancel()
    assert await asyncio.wait_for(apart.run(lambda given_up: given_up()), 5) is False
    assert told.is_set()
    assert asked.cancelled()


async def test_work_that_is_given_up_before_its_turn_is_never_begun(apart: Apart) -> None:
    free, done = threading.Event(), []
    first = asyncio.create_task(apart.run(lambda _: free.wait(5)))
    waiting = asyncio.create_task(apart.run(lambda _: done.append("waiting")))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    free.set()
    await first
    await apart.run(lambda _: done.append("next"))
    assert done == ["next"]
