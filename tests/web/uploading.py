"""The service on a port, with two people who may upload to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from commonweal.kernel.clock import SYSTEM
from commonweal.people.actions import create_council_token
from commonweal.store.database import opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.app import application
from commonweal.web.rooms import LAYOUT
from commonweal.web.settings import Settings
from tests.serving import serving

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


@dataclass(frozen=True)
class Town:
    """Where it is, what the two sign in with, and the folder of its files."""

    port: int
    http: httpx2.AsyncClient
    clerk: dict[str, str]
    other: dict[str, str]
    folder: Path

    async def put(self, content: Any, name: str = "plan.pdf", **more: Any) -> httpx2.Response:
        headers = more.pop("headers", self.clerk)
        return await self.http.put(
            "/files", params={"name": name}, content=content, headers=headers, **more
        )

    def kept(self) -> list[str]:
        """Every file on disk, parts of uploads among them."""
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


@asynccontextmanager
async def a_town(database_url: str, folder: Path) -> AsyncIterator[Town]:
    async with opened(database_url, SYSTEM, LAYOUT, files=folder) as database:

        async def tokens(tx: Transaction) -> list[str]:
            return [
                await create_council_token(tx, council_id=7, label=label, days=366)
                for label in ("clerk", "other")
            ]

        clerk, other = [
            {"authorization": f"Bearer {secret}"}
            for secret in await in_transaction(database, tokens)
        ]
    app = application(Settings(database_url=database_url, files=folder), worker=False)
    async with serving(app) as port:
        base = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=base, timeout=30) as http:
            yield Town(port, http, clerk, other, folder)


def refusal(response: httpx2.Response) -> tuple[int, str]:
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"]
