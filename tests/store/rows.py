"""Rows to try the store on: areas, because they have a shape and refer to each other."""

from datetime import date
from typing import Any

from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction


async def add_area(tx: Transaction, code: str = "E1", **more: Any) -> Area:
    """An area of that code, in the given transaction."""
    given = {"kind": AreaKind.WARD, "name": "Pittville", "licence": "none"}
    return await Area.create(
        id=tx.new_id(), code=code, valid_from=date(2026, 1, 1), **(given | more)
    )


async def added(database: Database, code: str = "E1", **more: Any) -> Area:
    """An area of that code, committed."""
    return await in_transaction(database, lambda tx: add_area(tx, code, **more))


async def codes(database: Database) -> list[str]:
    """The codes of all areas that are committed, in their order."""
    return [code for (code,) in await database.fetch("SELECT code FROM area ORDER BY code", [])]
