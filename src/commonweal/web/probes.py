"""Whether the service is well: `/healthz` and `/readyz`, for whatever starts and stops it.

`/healthz` says that the process lives, and asks nothing else: a service that is restarted because
its database is away comes back no better. `/readyz` says whether requests should be sent here, and
why not; it must never tell a stranger more than that.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from commonweal.kernel.errors import UserError
from commonweal.store.database import Database
from commonweal.store.errors import DatabaseAway, DatabaseNewer, DatabaseOlder
from commonweal.store.migrate import check_version

log = logging.getLogger("commonweal.web")

READY_SECONDS: Final = 1  # probes come every few seconds: a database that is slower is not well
STOPPING: Final = "Stopping: send requests elsewhere."
AWAY: Final = f"The database did not answer within {READY_SECONDS} second."


async def alive(_request: Request) -> PlainTextResponse:
    """The process lives."""
    return PlainTextResponse("ok\n")


class Readiness:
    """`/readyz`. Who stops the service sets `stopping` before it takes no more requests."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self.database, self.stopping = database, False

    async def answer(self, _request: Request) -> PlainTextResponse:
        """Ready, or the reason why not."""
        reason = STOPPING if self.stopping else await self.lacking()
        if reason is None:
            return PlainTextResponse("ready\n")
        return PlainTextResponse(f"{reason}\n", 503, {"retry-after": "5"})

    async def lacking(self) -> str | None:
        """What is wrong with the database, in a sentence."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await check_version(self.database())
        except (DatabaseOlder, DatabaseNewer, DatabaseAway) as error:
            return error.message
        except Exception as error:  # noqa: BLE001  # whatever it is, requests would meet it too
            said = error.message if isinstance(error, UserError) else type(error).__name__
            log.warning("not ready: %s", said)
            return AWAY
        return None
