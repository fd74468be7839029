"""The ledger's rows of the access matrix: an auditor's; sealed days are everybody's."""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from commonweal.ledger.actions import open_account, post
from commonweal.ledger.rules import UNBOUNDED, Order
from commonweal.ledger.tables import SealedDay
from commonweal.store.transaction import Transaction
from tests.security.sides import Maker, Row, Side


async def an_account(tx: Transaction) -> int:
    return await open_account(tx, kind="wallet", owner="x", unit="minutes", floor=UNBOUNDED)


async def account(tx: Transaction, _side: Side) -> Row:
    return Row.of("acc", await an_account(tx))


async def transfer(tx: Transaction, _side: Side) -> Row:
    payer, payee = await an_account(tx), await an_account(tx)
    order = Order(payer, payee, "minutes", 1, uuid4().hex, "x", tx.now)
    return Row.of("trf", (await post(tx, order)).id)


async def day(tx: Transaction, _side: Side) -> Row:
    number, before = tx.new_id(), await SealedDay.all().count()
    of = tx.now.date() - timedelta(days=before + 1)
    hashes: Any = dict.fromkeys(("root", "previous", "chained"), "0" * 64)
    await SealedDay.create(id=number, day=of, transfers=0, sealed_at=tx.now, **hashes)
    return Row.of("day", number)


LEDGER: Final[dict[str, list[Maker]]] = {
    "LedgerAccount": [account],
    "LedgerDay": [day],
    "LedgerTransfer": [transfer],
}
