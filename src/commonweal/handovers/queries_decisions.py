"""Who sees what of a decision and what follows from it: published once it is made."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.store.core_tables import table

from .queries import bodies_of, council_of_case
from .tables_decisions import Award


def holder_of(case_id: Any) -> Any:
    """The group that has, or had, what a case gave, as a value."""
    of = table(Award).alias()
    last = sa.select(of.c.organisation_id).where(of.c.case_id == case_id)
    return last.order_by(sa.desc(of.c.id)).limit(1).correlate_except(of).scalar_subquery()


DECISION: Final[Standing] = {
    "published": lambda row: row.decided_at.is_not(None),
    "council": lambda row: council_of_case(row.case_id),
}
BREACH: Final[Standing] = {
    "holders": lambda row: bodies_of(holder_of(row.case_id)),
    "council": lambda row: council_of_case(row.case_id),
}
APPEAL: Final[Standing] = {
    "bidders": lambda row: bodies_of(row.organisation_id),
    "council": lambda row: council_of_case(row.case_id),
}
