"""How expenses are read: by whose they are, and who pays them."""

from typing import Any, Final

from commonweal.graph.declare import Standing
from commonweal.people.tables import Person

from .queries import guardians_of, of

EXPENSE: Final[Standing] = {
    "person": "person_id",
    "adults": lambda row: guardians_of(row.person_id),
    "organisation": "organisation_id",
}


def name(row: Any, *_: Any) -> Any:
    """Of who paid it."""
    return of(Person, row.person_id, "name")
