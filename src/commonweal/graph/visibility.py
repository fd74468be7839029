"""What a rule of `access.py` means in SQL, over a row's standing.

The same condition is added wherever a kind is reached (root, join, list, id), hides a private
field, and guards a mutation.
"""

from typing import Any

import sqlalchemy as sa

from commonweal.access import (
    Anyone,
    Either,
    MemberOf,
    OfficerOf,
    Oneself,
    Owner,
    Rule,
    SignedIn,
    When,
)

from .ask import PlanViewer
from .sql import among


def condition(rule: Rule, row: Any, viewer: PlanViewer) -> Any:
    """SQL that is true where the rule holds, or None where it always does."""
    match rule:
        case Anyone():
            return None
        case Either(one, other):
            parts = [condition(one, row, viewer), condition(other, row, viewer)]
            return None if any(part is None for part in parts) else sa.or_(*parts)
        case When(standing):
            return row.standing(standing)
        case _ if not viewer.signed_in:
            return sa.false()  # known beforehand: without its column an index stays in reach
        case SignedIn():
            return None
    return _of_viewer(rule, row, viewer)


def _of_viewer(rule: Rule, row: Any, viewer: PlanViewer) -> Any:
    """The same of a rule by which a row is somebody's."""
    match rule:
        case OfficerOf(standing):
            return among(row.standing(standing), viewer.councils)
        case Owner(standing):
            return row.standing(standing) == viewer.id
        case Oneself(standing):
            return row.standing(standing) == viewer.own_id
        case MemberOf(standing, roles):
            return _in_one(row.standing(standing), viewer.organisations(roles))
    raise TypeError(rule)


def _in_one(organisation: Any, theirs: Any) -> Any:
    """Whether the organisation, or one of those that a select finds, is among theirs."""
    if isinstance(organisation, sa.Select):
        (found,) = organisation.selected_columns
        return organisation.where(among(found, theirs)).exists()
    return among(organisation, theirs)
