"""What a rule of `access.py` means in SQL, over a row's standing.

The same condition is added wherever a kind is reached (root, join, list, id), hides a private
field, and guards a mutation.
"""

from typing import Any

import sqlalchemy as sa

from commonweal.access import Anyone, Either, OfficerOf, Owner, Rule, SignedIn, When

from .ask import PlanViewer
from .sql import among


def condition(rule: Rule, row: Any, viewer: PlanViewer) -> Any:
    """SQL that is true where the rule holds, or None where it always does."""
    match rule:
        case SignedIn() | OfficerOf() | Owner() if not viewer.signed_in:
            return sa.false()  # known beforehand: without its column an index stays in reach
        case Anyone() | SignedIn():
            return None
        case OfficerOf(standing):
            return among(row.standing(standing), viewer.councils)
        case Owner(standing):
            return row.standing(standing) == viewer.id
        case When(standing):
            return row.standing(standing)
        case Either(one, other):
            parts = [condition(one, row, viewer), condition(other, row, viewer)]
            return None if any(part is None for part in parts) else sa.or_(*parts)
    raise TypeError(rule)
