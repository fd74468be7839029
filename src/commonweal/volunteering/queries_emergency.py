"""Who sees whom to call: besides themselves, who coordinates a shift that is about now."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.store.core_tables import table

from .queries import HOLDS, guardians_of
from .queries_feeds import ago
from .rules_emergency import AROUND
from .tables import Opportunity, Shift
from .tables_signups import SignUp

SECONDS: Final = AROUND.value * 3_600


def hosts(row: Any) -> Any:
    """The organisations in whose shift somebody has a place that is about now."""
    place, shift, of = (table(each).alias() for each in (SignUp, Shift, Opportunity))
    found = (
        sa.select(of.c.organisation_id)
        .join_from(place, shift, shift.c.id == place.c.shift_id)
        .join(of, of.c.id == shift.c.opportunity_id)
        .where(
            place.c.person_id == row.person_id,
            sa.or_(*(place.c.state == each for each in HOLDS)),
            shift.c.cancelled_at.is_(None),
            shift.c.starts_at <= ago(-SECONDS),
            shift.c.ends_at > ago(SECONDS),
        )
    )
    return found.correlate_except(place, shift, of)


EMERGENCY_CONTACT: Final[Standing] = {
    "person": "person_id",
    "adults": lambda row: guardians_of(row.person_id),
    "host": hosts,
}


def of_sign_up(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a sign-up to whom to call for who comes."""
    return row.person_id == owner.person_id
