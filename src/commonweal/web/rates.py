"""How often somebody may ask: per actor, per address, and more strictly for signing in and mail.

Whoever is signed in counts for themselves, from wherever they ask; strangers, and whoever brings a
token that is none, count by the address that they come from (`address_of` in asgi.py). What sends
mail to an address that somebody types, or could be guessed (`STRICT`), counts by address as well,
each alias for itself.

Windows are fixed and begin with their first request: one number is all there is to keep, and what
a burst across a window's end can reach is twice the limit. Counts stand in this process or in Redis
(COMMONWEAL_RATES). They keep the service answering; they must never be all that stops a guesser:
tries of codes are counted in the database (people/tries.py).
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from math import ceil
from typing import Final, cast

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from starlette.types import ASGIApp, Receive, Scope, Send

from commonweal.access import Viewer
from commonweal.graph.refusals import facts_of
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

from .asgi import NotSignedIn, Refused, address_of, send_refused
from .observing import trace_of

log = logging.getLogger("commonweal.web")

STRICT: Final = frozenset(
    {
        *("requestSignInCode", "requestEmailCode", "requestErasureCode", "signIn", "claimAccount"),
        *("changeEmail", "eraseMe", "beginPasskeySignIn", "signInWithPasskey"),
        *("inviteMember", "inviteAdult", "offerGift", "answerHelp", "askStandIn"),
    }
)
OF_ADDRESS: Final = limit(
    "requests of strangers from one address in a minute",
    3_000,
    "requests",
    "a library's readers and a council's offices share one",
)
OF_ACTOR: Final = limit(
    "requests of one actor in a minute", 600, "requests", "ten a second: no app's screen needs them"
)
SIGN_INS: Final = limit(
    "signing in, and having mail sent, from one address in a minute",
    30,
    "mutations",
    "an evening class signs in at once",
)
COUNTS: Final = limit(
    "counts of requests kept", 100_000, "counts", "30 MB; of more, the oldest are forgotten"
)
REDIS_SECONDS: Final = 1  # it answers in a thousandth of that, or is away


@fact
class TooManyRequests(UserError):
    says = "That was too often. Ask again in {retry_after_seconds} s; {most} a minute are allowed."
    most: int
    retry_after_seconds: int


@fact
class RedisNotUsable(UserError):
    says = (
        "COMMONWEAL_RATES names a Redis server. That needs its port (redis://HOST:6379), and the "
        "Python package redis, 5.2 or later, which does not come with this service: install it."
    )


class Windows(Storage):
    """Counts in this process, at most so many. All windows are as long: the first ends first.

    The library's own store looks through all of its keys each time that it counts.
    """

    base_exceptions = ()

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        super().__init__()
        self._most, self._clock = most, clock
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()  # count, end

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        count, now = await self.get(key), self._clock()
        if count == 0:
            self._windows.pop(key, None)
            while self._windows and (len(self._windows) >= self._most or self._first_end() <= now):
                self._windows.popitem(last=False)
        end = self._windows[key][1] if count else now + expiry
        self._windows[key] = count + amount, end
        return count + amount

    def _first_end(self) -> float:
        return next(iter(self._windows.values()))[1]

    async def get(self, key: str) -> int:
        count, end = self._windows.get(key, (0, 0.0))
        return count if self._clock() < end else 0

    async def get_expiry(self, key: str) -> float:
        return self._windows.get(key, (0, self._clock()))[1]

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        had = len(self._windows)
        self._windows.clear()
        return had

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)


class Rates:
    """The limits of one application. `where` is the setting: `memory`, `off` or a Redis URL."""

    def __init__(self, where: str, clock: Callable[[], float] = time.time) -> None:
        """Raises RedisNotUsable."""
        self._off, self._clock = where == "off", clock
        self._here = FixedWindowRateLimiter(Windows(COUNTS.value, clock))
        self._counts = self._here if where in ("off", "memory") else _in_redis(where)
        self._of_address = RateLimitItemPerMinute(OF_ADDRESS.value, namespace="address")
        self._of_actor = RateLimitItemPerMinute(OF_ACTOR.value, namespace="actor")
        self._sign_ins = RateLimitItemPerMinute(SIGN_INS.value, namespace="sign in")

    async def counted(self, who: Callable[[Scope], Awaitable[Viewer]], scope: Scope) -> Viewer:
        """Find out who asks, and count it. Raises what `who` does; refuses with 429."""
        try:
            viewer = await who(scope)
        except NotSignedIn:
            await self.stranger(scope)
            raise
        await self.request(viewer)
        return viewer

    async def stranger(self, scope: Scope) -> None:
        """Count a request by where it comes from. Refuses with 429."""
        await self._take(self._of_address, address_of(scope))

    async def request(self, viewer: Viewer) -> None:
        """Count a request. Refuses with 429."""
        if viewer.id is None:
            await self._take(self._of_address, viewer.address)
        else:
            await self._take(self._of_actor, str(viewer.id))

    async def mutations(self, viewer: Viewer, names: Iterable[str]) -> None:
        """Count what of these is STRICT, whoever asks for it. Refuses with 429."""
        if strict := sum(name in STRICT for name in names):
            await self._take(self._sign_ins, viewer.address, strict)

    async def _take(self, item: RateLimitItem, key: str, cost: int = 1) -> None:
        if self._off:
            return
        counts = self._counts
        try:
            taken = await counts.hit(item, key, cost=cost)
        except StorageError:
            log.warning("Redis is away: requests are counted in this process", exc_info=True)
            counts = self._here
            taken = await counts.hit(item, key, cost=cost)
        if not taken:
            ends = (await counts.get_window_stats(item, key)).reset_time
            seconds = max(1, ceil(ends - self._clock()))
            error = TooManyRequests(item.amount, seconds)
            facts = facts_of(error)
            raise Refused(429, error.code, error.message, facts, retry_after=str(seconds))


class Counted:
    """An application whose callers are all strangers."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app, self._rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._rates.stranger(scope)
        except Refused as refused:
            trace_of(scope).code = refused.code
            return await send_refused(send, scope, refused)
        return await self._app(scope, receive, send)


def _in_redis(url: str) -> FixedWindowRateLimiter:
    waits = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    try:
        storage = storage_from_string(
            f"async+{url}", implementation="redispy", wrap_exceptions=True, **waits
        )
    except ConfigurationError:  # its words would repeat the URL, which may hold a password
        raise RedisNotUsable from None
    return FixedWindowRateLimiter(cast("Storage", storage))
