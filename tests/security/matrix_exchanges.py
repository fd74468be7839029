"""Offers of help and exchanges of the access matrix."""

from typing import Any, Final

from commonweal.exchanges.rules import ExchangeState, HelpKind, HelpState
from commonweal.exchanges.tables import Exchange, HelpOffer
from commonweal.people.tables import Person
from commonweal.store.transaction import Transaction
from tests.security.matrix_credits import a_scheme
from tests.security.sides import Maker, Row, Side


async def an_offer(tx: Transaction, side: Side, state: HelpState) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"title": "x", "description": "x", "kind": HelpKind.OFFER}
    values |= {"scheme_id": await a_scheme(tx, side), "person_id": side.person}
    await HelpOffer.create(id=number, state=state, created_at=tx.now, **values)
    return number


def offer(state: HelpState) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number = await an_offer(tx, side, state)
        return Row.of("hlp", number, shown=state is HelpState.OPEN, person=side.person)

    return made


def exchange(state: ExchangeState) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number, of = tx.new_id(), await an_offer(tx, side, HelpState.OPEN)
        values: dict[str, Any] = {"minutes": 10, "words": "x", "answered_by_id": 1, "at": tx.now}
        other = await Person.create(id=tx.new_id(), created_at=tx.now)
        values |= {"giver_id": other.id, "receiver_id": side.person}
        values |= {"offer_id": of, "scheme_id": await a_scheme(tx, side)}
        await Exchange.create(id=number, state=state, **values)
        council = side.council if state is ExchangeState.DISPUTED else None
        return Row.of("exc", number, parties=side.person, council=council)

    return made


EXCHANGES: Final[dict[str, list[Maker]]] = {
    "Exchange": [exchange(each) for each in (ExchangeState.PROPOSED, ExchangeState.DISPUTED)],
    "HelpOffer": [offer(state) for state in HelpState],
}
