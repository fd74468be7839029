"""How households are read: only by their adults."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.store.core_tables import table

from .tables import Person
from .tables_households import Household


def adults_of(household: Any) -> Any:
    """The ids of a household's adults, as a select."""
    adult = table(Person).alias().c
    return sa.select(adult.id).where(adult.household_id == household, adult.age_band.is_(None))


def adults_with(row: Any) -> Any:
    """Of a person: the adults of the household that they are in."""
    return adults_of(row.household_id)


def guardians(row: Any) -> Any:
    """Of a person who is in their care: the adults of the household."""
    return adults_of(row.household_id).where(row.age_band.is_not(None))


def guardians_of_child(row: Any) -> Any:
    """Of a consent: those who are guardians of its child now."""
    child = table(Person).alias().c
    return adults_of(child.household_id).where(child.id == row.child_id)


def household_name(row: Any, *_: Any) -> Any:
    """Of an invitation: whose it is, for whom it would let in."""
    household = table(Household).alias().c
    return sa.select(household.name).where(household.id == row.household_id).scalar_subquery()


CHILD: Final[Standing] = {"adults": guardians}
CONSENT: Final[Standing] = {"adults": guardians_of_child}
HOUSEHOLD: Final[Standing] = {"adults": lambda row: adults_of(row.key)}


def are_adults(row: Any, *_: Any) -> Any:
    """Who founded a household, or was invited into it."""
    yield row.age_band.is_(None)


def are_children(row: Any, *_: Any) -> Any:
    """Who is in the adults' care, or grew up in it."""
    yield row.age_band.is_not(None)
