"""Work that is given so much time: in time, late, and cancelled by somebody else meanwhile."""

import asyncio

import pytest

from commonweal.kernel.timing import within


class Late(Exception):
    """It took too long."""


class LaterStill(Exception):
    """What is around it took too long."""


async def forever() -> None:
    await asyncio.Event().wait()


async def test_what_is_in_time_answers() -> None:
    async def quick() -> int:
        await asyncio.sleep(0)
        return 7

    assert await within(5, quick(), Late) == 7


async def test_what_is_late_is_cancelled_and_said_to_be() -> None:
    ended = False

    async def slow() -> None:
        nonlocal ended
        try:
            await forever()
        finally:
            ended = True

    with pytest.raises(Late):
        await within(0.01, slow(), Late)
    assert ended
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0


async def test_what_fails_says_why() -> None:
    async def broken() -> None:
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        await within(5, broken(), Late)


async def test_who_is_cancelled_from_outside_is_cancelled() -> None:
    task = asyncio.create_task(within(5, forever(), Late))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("outer_seconds", "inner_seconds", "error"),
    [(0.01, 5, LaterStill), (5, 0.01, Late), (0.01, 0.01, LaterStill)],
)
async def test_of_two_times_each_is_kept(
    outer_seconds: float, inner_seconds: float, error: type[Exception]
) -> None:
    async def inner() -> None:
        await within(inner_seconds, forever(), Late)

    with pytest.raises((Late, LaterStill)) as raised:
        await within(outer_seconds, inner(), LaterStill)
    if outer_seconds != inner_seconds:  # of two that are over at once either may be said
        assert raised.type is error
    await asyncio.sleep(0.02)  # no cancellation comes afterwards


async def test_nothing_comes_later_of_what_was_in_time() -> None:
    await within(0.01, asyncio.sleep(0), Late)
    await asyncio.sleep(0.03)
