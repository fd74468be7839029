"""How expressions of interest, questions, documents and watches are read."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing

from .queries import bodies_of, council_of_case

INTEREST: Final[Standing] = {
    "organisation": "organisation_id",
    "bidders": lambda row: bodies_of(row.organisation_id),
    "council": lambda row: council_of_case(row.case_id),
}
QUESTION: Final[Standing] = {
    "answered": lambda row: row.answered_at.is_not(None),
    "asker": "asker_id",
    "council": lambda row: council_of_case(row.case_id),
}
WATCH: Final[Standing] = {"person": "person_id"}


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time
