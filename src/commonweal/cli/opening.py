"""The database that the settings name, open for as long as a command's work runs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import TypeVar

from commonweal.store.database import Database, opened
from commonweal.web.rooms import LAYOUT
from commonweal.web.settings import Settings, clock_of

T = TypeVar("T")


def database_of(
    settings: Settings, *, today: date | None = None, ready: bool = True
) -> AbstractAsyncContextManager[Database]:
    """The settings' database and its folders. Raises what `store.database.opened` does."""
    return opened(
        settings.database_url,
        clock_of(today),
        LAYOUT,
        ready=ready,
        files=settings.files,
        keys=settings.keys,
        public_url=settings.public_url,
    )


def with_database(
    work: Callable[[Database], Awaitable[T]],
    settings: Settings | None = None,
    *,
    ready: bool = True,
) -> T:
    """What the work finds; the environment's settings unless others are given."""

    async def run() -> T:
        async with database_of(settings or Settings(), ready=ready) as database:
            return await work(database)

    return asyncio.run(run())
