"""The panel's rows of the access matrix: a scorer is their own and their council's."""

from typing import Final

from commonweal.store.transaction import Transaction
from tests.security.matrix_bids import a_round, a_seat
from tests.security.sides import Maker, Row, Side


async def scorer(tx: Transaction, side: Side) -> Row:
    number = await a_seat(tx, side, await a_round(tx, side))
    return Row.of("scr", number, person=side.person, council=side.council)


SCORES: Final[dict[str, list[Maker]]] = {"Scorer": [scorer]}
