"""A mutation that moves value, for the properties that speak of idempotency keys.

It is a real `Command` over the ledger, without a schema around it. Each run of its action makes a
cause of its own: so nothing but the key keeps a payment from happening twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import graphene
import pytest

from commonweal import access
from commonweal.access import Viewer
from commonweal.graph.mutation import Command, Outcome
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import post
from commonweal.ledger.rules import NotATransferAmount, NotEnough, UnknownAccount
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction
from tests.ledger.accounts import order

OPERATION: Final = "Mutation.pay"


async def pay(
    tx: Transaction, viewer: Viewer, *, payer: str, payee: str, amount: int, note: str
) -> dict[str, Any]:
    """Pay somebody."""
    cause = f"pay/{tx.new_id()}/{note}"
    asked = order(int(payer), int(payee), amount, cause, actor=viewer.name)
    return {"transfer": (await post(tx, asked)).id}


@cache
def command() -> Command:
    given = {"payer": graphene.ID(), "payee": graphene.ID(), "amount": graphene.Int()}
    given["note"] = graphene.String()
    return Command(pay, input=given, refuses=[NotEnough, UnknownAccount, NotATransferAmount])


def viewer(number: int) -> Viewer:
    return Viewer(number, write_id("per", number))


ANN: Final = viewer(1)


@contextmanager
def permitted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everybody who signed in may pay."""
    with monkeypatch.context() as patch:
        patch.setitem(access.OPERATIONS, OPERATION, access.signed_in)
        patch.setitem(access.SCOPES, OPERATION, access.Scope.PERSONAL)
        yield


async def paid(
    database: Database, payer: int, payee: int, amount: int, key: str, *, note: str = "",
    by: Viewer = ANN,
) -> Outcome:  # fmt: skip
    given = {"payer": str(payer), "payee": str(payee), "amount": amount, "note": note}
    return await command().run(OPERATION, database, by, given, key)
