"""A role of PostgreSQL's that the service runs as: another than the one that migrated."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from commonweal.kernel.clock import Clock
from commonweal.store.database import opened
from commonweal.store.grants import grant
from commonweal.web.rooms import LAYOUT
from tests.conftest import done


async def rows(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """What the last of the statements finds."""
    connection = await asyncpg.connect(url)
    try:
        found = [await connection.fetch(each) for each in statements]
    finally:
        await connection.close()
    return [tuple(row) for row in found[-1]]


@contextmanager
def service_role(url: str, clock: Clock, *, ready: bool = True) -> Iterator[tuple[str, str]]:
    """A role, and the owner's database's address for it; `ready` with what the service needs."""
    role, password = f"service_{secrets.token_hex(6)}", secrets.token_hex(16)

    async def granted() -> None:
        async with opened(url, clock, LAYOUT, ready=False) as database:
            await grant(database, role)
            await grant(database, role)  # as after every migration

    parts = urlsplit(url)
    place = f"{role}:{password}@{parts.hostname}:{parts.port}"
    done(rows(url, f"CREATE ROLE {role} LOGIN PASSWORD '{password}'"))
    try:
        if ready:
            done(granted())
        yield role, parts._replace(netloc=place).geturl()
    finally:
        done(rows(url, f"DROP OWNED BY {role}", f"DROP ROLE {role}"))
