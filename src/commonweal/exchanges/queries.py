"""How offers of help and exchanges are read, and whose each is."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.credits.queries import council_of
from commonweal.graph.declare import Standing
from commonweal.listings.queries import is_hidden
from commonweal.listings.rules import ListingKind
from commonweal.people.tables import Person
from commonweal.store.core_tables import table

from .rules import ExchangeState, HelpState


def parties(row: Any) -> Any:
    """Of an exchange: the ids of the two."""
    person = table(Person).alias()
    either = sa.or_(person.c.id == row.giver_id, person.c.id == row.receiver_id)
    return sa.select(person.c.id).where(either).correlate_except(person)


def _council(row: Any) -> Any:
    """Whose officers may see an exchange: of what is in dispute, or was decided by one."""
    theirs = sa.or_(row.state == ExchangeState.DISPUTED, row.settled_by_id.is_not(None))
    return sa.case((theirs, council_of(row.scheme_id)))


def _shown(row: Any) -> Any:
    return sa.and_(row.state == HelpState.OPEN, sa.not_(is_hidden(ListingKind.OFFER, row.key)))


HELP: Final[Standing] = {
    "shown": _shown,
    "person": "person_id",
}
EXCHANGE: Final[Standing] = {"parties": parties, "council": _council}


def _of(person_id: Any, column: str) -> Any:
    of = table(Person).alias()
    found = sa.select(of.c[column]).where(of.c.id == person_id)
    return found.correlate_except(of).scalar_subquery()


def giver(row: Any, *_: Any) -> Any:
    return _of(row.giver_id, "name")


def receiver(row: Any, *_: Any) -> Any:
    return _of(row.receiver_id, "name")


def giver_phone(row: Any, *_: Any) -> Any:
    """While they have something to arrange."""
    return sa.case((row.state == ExchangeState.AGREED, _of(row.giver_id, "phone")))


def receiver_phone(row: Any, *_: Any) -> Any:
    return sa.case((row.state == ExchangeState.AGREED, _of(row.receiver_id, "phone")))


def mine(owner: Any, row: Any, *_: Any) -> Any:
    """Relates somebody to the exchanges that concern them."""
    return sa.or_(row.giver_id == owner.key, row.receiver_id == owner.key)


def i_give(row: Any, _args: Any, viewer: Any) -> Any:
    """Whether it is who asks that gives the help."""
    return row.giver_id == viewer.own_id


def in_dispute(row: Any, *_: Any) -> Any:
    """What an officer is to decide."""
    yield row.state == ExchangeState.DISPUTED


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]


def oldest(row: Any, *_: Any) -> list[Any]:
    return [row.key]
