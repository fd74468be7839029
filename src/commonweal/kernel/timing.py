"""Giving work so much time and no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T], late: Callable[[], Exception]) -> T:
    """What the work answers. Where it takes longer it is cancelled, and `late()` is raised.

    As asyncio.timeout does it, at a third of its cost: every request comes by here several times.
    """
    task, over = asyncio.current_task(), False
    assert task
    before = task.cancelling()

    def stop() -> None:
        nonlocal over
        over = True
        task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, stop)
    try:
        return await work
    except asyncio.CancelledError:
        if over and task.uncancel() <= before:
            raise late() from None
        raise
    finally:
        timer.cancel()
