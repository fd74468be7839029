"""What a rule of `access.py` means in SQL, over a row's standing.

The same condition is added wherever a kind is reached (root, join, list, id), hides a private
field, and guards a mutation.
"""

from typing import Any

import sqlalchemy as sa

from commonweal.access import Anyone, Either, OfficerOf, Rule, SignedIn, When

from .ask import PlanViewer
from .sql import among


def condition(rule: Rule, row: Any, viewer: PlanViewer) -> Any:
    """SQL that is true where the rule holds, or None where it always does."""
    match rule:
        case Anyone():
            return None
        case SignedIn():
            return None if viewer.signed_in else sa.false()
        case When(standing):
            return row.standing(standing)
        case OfficerOf(standing):
            if not viewer.signed_in:
                return sa.false()  # never true of them: leaving it out keeps indexes in reach
            return among(row.standing(standing), viewer.councils)
        case Either(one, other):
            parts = [condition(one, row, viewer), condition(other, row, viewer)]
            if any(part is None for part in parts):
                return None
            real = [part for part in parts if not isinstance(part, sa.sql.elements.False_)]
            return sa.or_(*real) if real else sa.false()
    raise TypeError(rule)
