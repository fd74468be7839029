"""The panel's rows of the access matrix: a scorer is their own and their council's."""

from typing import Any, Final

from commonweal.handovers.tables_scores import Scorer
from commonweal.store.transaction import Transaction
from tests.security.matrix_bids import a_round
from tests.security.sides import Maker, Row, Side


async def scorer(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    seat: dict[str, Any] = {"round_id": await a_round(tx, side), "person_id": side.person}
    await Scorer.create(id=number, named_at=tx.now, **seat)
    return Row.of("scr", number, person=side.person, council=side.council)


SCORES: Final[dict[str, list[Maker]]] = {"Scorer": [scorer]}
