"""How often somebody may ask: who counts as whom, and what whoever asks too often is told."""

import asyncio
import time
import tracemalloc
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest
from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from pydantic import ValidationError

from commonweal.access import OPERATIONS, Viewer, anyone
from commonweal.graph.request import GraphQLRequest
from commonweal.web import rates
from commonweal.web.app import application
from commonweal.web.asgi import Refused, address_of
from commonweal.web.rates import COUNTS, OF_ACTOR, OF_ADDRESS, SIGN_INS, STRICT, Rates, Windows
from commonweal.web.settings import Settings
from tests.web.test_observing import ROUNDS, SERVER, exchange, listed, scope_of, watched, written
from tests.web.test_rates_counted import HERE, THERE, socket_of

__all__ = ["watched", "written"]  # fixtures

SHARE: Final = 0.03  # of the processor's time for a request of S1, at most
STRANGER, OTHER = Viewer(address=HERE), Viewer(address=THERE)
SIGNED_IN = Viewer(7, "somebody", address=HERE)


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000.25

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def answered(counting: Rates, viewer: Viewer, times: int) -> int:
    """How many of so many requests at once are not refused."""
    asked = [counting.request(viewer) for _ in range(times)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    refused = [each for each in done if each is not None]
    assert all(isinstance(each, Refused) for each in refused), refused
    return times - len(refused)


# ---- counting ------------------------------------------------------------------------------------


async def test_of_requests_at_once_only_as_many_are_answered_as_may_be(clock: Clock) -> None:
    counting = Rates("memory", clock)
    assert await answered(counting, STRANGER, OF_ADDRESS.value + 50) == OF_ADDRESS.value
    assert await answered(counting, SIGNED_IN, OF_ACTOR.value + 50) == OF_ACTOR.value


async def test_nobody_uses_up_what_another_may_ask(clock: Clock) -> None:
    counting = Rates("memory", clock)
    await answered(counting, STRANGER, OF_ADDRESS.value + 1)
    await answered(counting, SIGNED_IN, OF_ACTOR.value + 1)
    assert await answered(counting, OTHER, 1) == 1
    assert await answered(counting, Viewer(8, "another", address=HERE), 1) == 1


async def test_somebody_who_moves_about_stays_the_same_actor(clock: Clock) -> None:
    counting = Rates("memory", clock)
    await answered(counting, SIGNED_IN, OF_ACTOR.value)
    assert await answered(counting, replace(SIGNED_IN, address=THERE), 1) == 0


async def test_who_waits_as_long_as_they_are_told_is_answered_and_not_a_second_sooner(
    clock: Clock,
) -> None:
    counting = Rates("memory", clock)
    await answered(counting, SIGNED_IN, 1)
    clock.at += 20.5
    await answered(counting, SIGNED_IN, OF_ACTOR.value - 1)
    with pytest.raises(Refused) as refused:
        await counting.request(SIGNED_IN)
    assert refused.value.facts == {"most": OF_ACTOR.value, "retryAfterSeconds": 40}
    assert (b"retry-after", b"40") in refused.value.headers
    clock.at += 39
    assert await answered(counting, SIGNED_IN, 1) == 0
    clock.at += 1
    assert await answered(counting, SIGNED_IN, OF_ACTOR.value + 1) == OF_ACTOR.value


async def test_asking_on_while_refused_makes_nobody_wait_longer(clock: Clock) -> None:
    counting = Rates("memory", clock)
    for _ in range(59):
        await answered(counting, SIGNED_IN, OF_ACTOR.value)
        clock.at += 1
    clock.at += 1
    assert await answered(counting, SIGNED_IN, 1) == 1


async def test_each_mutation_that_could_be_a_guess_counts_whoever_asks(clock: Clock) -> None:
    counting = Rates("memory", clock)
    for _ in range(SIGN_INS.value // 3):
        await counting.mutations(STRANGER, ["signIn", "signIn", "requestSignInCode"])
    await counting.mutations(STRANGER, ["publishListing"])
    await counting.mutations(OTHER, ["signIn"])
    for viewer in (STRANGER, SIGNED_IN):
        with pytest.raises(Refused):
            await counting.mutations(viewer, ["signIn"])


def test_whatever_anyone_may_change_is_strict() -> None:
    strict = {f"Mutation.{name}" for name in STRICT}
    free = {name for name, rule in OPERATIONS.items() if rule == anyone}
    assert {name for name in free if name.startswith("Mutation.")} <= strict <= set(OPERATIONS)


async def test_off_means_off(clock: Clock) -> None:
    counting = Rates("off", clock)
    assert await answered(counting, STRANGER, 2 * OF_ADDRESS.value) == 2 * OF_ADDRESS.value
    await counting.mutations(STRANGER, ["signIn"] * 2 * SIGN_INS.value)


async def test_a_flood_of_addresses_takes_no_more_memory_than_is_said(clock: Clock) -> None:
    counting = Rates("memory", clock)
    tracemalloc.start()
    try:
        for number in range(100_000 + 50_000):
            clock.at += 0.0001
            await counting.request(Viewer(address=str(2**60 + number)))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 35_000_000, f"{taken / 1e6:.0f} MB"
    assert len(windows_of(counting)) == COUNTS.value == 100_000
    clock.at += 60
    await counting.request(STRANGER)
    assert len(windows_of(counting)) == 1


def windows_of(counting: Rates) -> Any:
    storage = counting._here.storage
    assert isinstance(storage, Windows)
    return storage._windows


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),  # one household
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_an_address_is_as_much_as_one_has(one: str, other: str, same: bool) -> None:
    assert (address_of({"client": (one, 1)}) == address_of({"client": (other, 2)})) is same


# ---- Redis ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["redis://:word@localhost:6379", "redis://localhost"])
def test_redis_without_its_package_is_a_complaint_at_the_start(url: str) -> None:
    with pytest.raises(rates.RedisNotUsable) as refused:
        application(Settings(rates=url))
    assert "Python package redis" in refused.value.message
    assert "word" not in refused.value.message


@pytest.mark.parametrize("where", ["", "redis", "memcached://localhost:1"])
def test_a_place_to_count_that_is_none_is_refused(where: str) -> None:
    with pytest.raises(ValidationError):
        Settings(rates=where)


async def test_while_redis_is_away_the_process_counts(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(Windows):
        async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
            raise StorageError(ConnectionError("refused"))

    monkeypatch.setattr(rates, "_in_redis", lambda _: FixedWindowRateLimiter(Away(9, clock)))
    counting = Rates("redis://localhost:6379", clock)
    assert await answered(counting, SIGNED_IN, OF_ACTOR.value + 1) == OF_ACTOR.value
    assert "Redis is away" in caplog.text


# ---- cost ----------------------------------------------------------------------------------------


@pytest.mark.alone
async def test_counting_costs_a_search_next_to_nothing(watched: Any) -> None:
    """Against the search of S1, in the same rounds; the least of several."""
    query = """query Nearest($x: Float!, $y: Float!) {
      search(near: {longitude: $x, latitude: $y, withinMetres: 10000}, kinds: [ASSET], first: 20) {
        edges { distance node { id title summary location } } pageInfo { endCursor } } }"""
    body = orjson.dumps({"query": query, "variables": {"x": -2.08, "y": 51.9}})
    await listed(watched.database, 20)
    answered: list[bytes] = []
    service = socket_of(watched.app).service
    request = GraphQLRequest(query, None, "Nearest", safe=False)
    service.rates = Rates("memory")
    service.rates._of_address = RateLimitItemPerMinute(10**9)

    async def searching() -> None:
        await watched.app(scope_of(watched.app), *exchange(body, answered))

    async def counting() -> None:
        await service.rates.request(STRANGER)
        await service.rates.mutations(STRANGER, service.reader.mutations(request))

    async def spent(work: Any, times: int) -> float:
        """Microseconds of the processor's time for one."""
        before = time.process_time()
        for _ in range(times):
            await work()
        return (time.process_time() - before) / times * 1e6

    await spent(searching, 5)
    rounds = [(await spent(searching, 40), await spent(counting, 300)) for _ in range(ROUNDS)]
    least, counted = min(r for r, _ in rounds), min(c for _, c in rounds)
    print(f"counting {counted:.1f} µs of a request's {least:.0f} µs: {counted / least:.1%}")
    assert counted < SHARE * SERVER * least
