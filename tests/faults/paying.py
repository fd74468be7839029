"""A service process that does nothing but move value: what the kills are aimed at.

    python -m tests.faults.paying DATABASE_URL PORT FILES

`POST /teller` goes through a teller: its key is the transfer's cause. `POST /once` is a transaction
of its own under an idempotency key, and its cause is another each time, so that only the key keeps
it from being done twice. Both answer with the transfer's id, after the commit. The process ends
when whoever started it does.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from commonweal.kernel.clock import SYSTEM
from commonweal.kernel.errors import UserError
from commonweal.ledger.actions import post, post_many
from commonweal.ledger.rules import Order, Posted
from commonweal.ledger.teller import Teller
from commonweal.store.database import Database, opened
from commonweal.store.errors import Busy, DatabaseAway, TryAgain
from commonweal.store.idempotency import Claim, once
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT

UNIT = "min:town"
EVENT = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = (Busy, DatabaseAway, TryAgain)  # whoever asks is to ask again


@dataclass(frozen=True)
class Paying:
    """The application."""

    database: Database
    teller: Teller[Order, Posted]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        given = orjson.loads((await receive())["body"] or b"{}")
        try:
            answer, status = await self.answer(scope["path"], given), 200
        except LATER as refusal:
            answer, status = {"refused": refusal.code}, 503
        except UserError as refusal:
            answer, status = {"refused": refusal.code}, 422
        body = orjson.dumps(answer)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def answer(self, path: str, given: dict[str, Any]) -> Mapping[str, Any]:
        if path == "/teller":
            done = await self.teller.ask(order(given, given["key"]))
            return {"id": done.id, "replayed": done.replayed}
        if path == "/once":
            return await in_transaction(self.database, lambda tx: claimed(tx, given))
        return self.database.in_use()


async def claimed(tx: Transaction, given: dict[str, Any]) -> Mapping[str, Any]:
    async def work() -> Mapping[str, Any]:
        return {"id": (await post(tx, order(given, f"once/{tx.new_id()}"))).id}

    facts, replayed = await once(tx, Claim("per_payer", given["key"], "transfer", given), work)
    assert not isinstance(facts, UserError)
    return {**facts, "replayed": replayed}


def order(given: dict[str, Any], cause: str) -> Order:
    """The key is written as who did it, so that what was done for a key can be counted."""
    return Order(given["debit"], given["credit"], UNIT, given["amount"], cause, given["key"], EVENT)


async def main(url: str, port: int, files: Path) -> None:
    async with opened(url, SYSTEM, LAYOUT, files=files) as database:
        teller = Teller(database, post_many, key=lambda each: each.cause, again=Posted.again)
        config = uvicorn.Config(
            Paying(database, teller), port=port, lifespan="off", log_level="critical"
        )
        await uvicorn.Server(config).serve()
        await teller.stop()


def end_with_the_test() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_the_test, daemon=True).start()
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
