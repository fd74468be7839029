"""How opportunities, shifts and sign-ups are read, and whose each is."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.graph.sql import now
from commonweal.store.core_tables import table

from .rules import OpportunityState, SignUpState
from .tables import Opportunity, Shift, SignUp


def of_opportunity(opportunity_id: Any, column: str) -> Any:
    """A column of an opportunity, as a value."""
    of = table(Opportunity).alias()
    found = sa.select(of.c[column]).where(of.c.id == opportunity_id)
    return found.correlate_except(of).scalar_subquery()


def of_shift(shift_id: Any, column: str) -> Any:
    """A column of a shift, as a value."""
    of = table(Shift).alias()
    found = sa.select(of.c[column]).where(of.c.id == shift_id)
    return found.correlate_except(of).scalar_subquery()


def organisation_of(shift_id: Any) -> Any:
    """Whose shift it is."""
    return of_opportunity(of_shift(shift_id, "opportunity_id"), "organisation_id")


OPPORTUNITY: Final[Standing] = {
    "shown": lambda row: row.state != OpportunityState.DRAFT,
    "organisation": "organisation_id",
}
SHIFT: Final[Standing] = {
    "shown": lambda row: of_opportunity(row.opportunity_id, "state") != OpportunityState.DRAFT,
    "organisation": lambda row: of_opportunity(row.opportunity_id, "organisation_id"),
}
ROLE: Final[Standing] = {
    "shown": lambda row: (
        of_opportunity(of_shift(row.shift_id, "opportunity_id"), "state") != OpportunityState.DRAFT
    ),
    "organisation": lambda row: organisation_of(row.shift_id),
}
SIGN_UP: Final[Standing] = {
    "person": "person_id",
    "organisation": lambda row: organisation_of(row.shift_id),
}


CLAIM: Final[Standing] = {
    "person": "person_id",
    "organisation": lambda row: organisation_of(row.shift_id),
}


def _count(role_id: Any, condition: Any) -> Any:
    of = table(SignUp).alias()
    found = sa.select(sa.func.count()).where(of.c.role_id == role_id, condition(of.c))
    return found.correlate_except(of).scalar_subquery()


def places_left(row: Any, *_: Any) -> Any:
    """Of a role: what nobody has, and is offered to nobody just now."""
    return row.places - _count(row.key, _holds)


def _holds(row: Any) -> Any:
    over = sa.and_(row.state == SignUpState.OFFERED, row.offered_until <= now())
    return sa.and_(row.place.is_not(None), sa.not_(over))


def waiting(row: Any, *_: Any) -> Any:
    """Of a role: how many wait for a place."""
    return _count(row.key, lambda of: of.state == SignUpState.WAITING)


def to_come(row: Any, *_: Any) -> Any:
    """Shifts that have not begun."""
    yield row.starts_at > now()


def standing(row: Any, *_: Any) -> Any:
    """Sign-ups that have not ended, of shifts that are not over."""
    yield row.ended_at.is_(None)
    yield of_shift(row.shift_id, "ends_at") > now()


def soonest(row: Any, *_: Any) -> list[Any]:
    return [row.starts_at]


def in_line(row: Any, *_: Any) -> list[Any]:
    return [row.key]  # ids are in the order of time


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]
