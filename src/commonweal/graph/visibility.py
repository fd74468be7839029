"""What a rule of `access` means in SQL, over a row's standing.

The same condition is added wherever a kind is reached (root, join, list, id), hides a private
field, and guards a mutation.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from commonweal.access import (
    Anyone,
    Auditor,
    Both,
    Either,
    Impartial,
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
        case When(standing):
            return row.standing(standing)
        case Either(one, other) | Both(one, other):
            return _joined(rule, [condition(one, row, viewer), condition(other, row, viewer)])
        case _ if not viewer.signed_in:
            return sa.false()  # known beforehand: without its column an index stays in reach
    return None if isinstance(rule, SignedIn) else _of_viewer(rule, row, viewer)


def _joined(rule: Rule, parts: list[Any]) -> Any:
    known = [part for part in parts if part is not None]
    if isinstance(rule, Both):
        return sa.and_(*known)
    return sa.or_(*known) if len(known) == len(parts) else None


def _of_viewer(rule: Rule, row: Any, viewer: PlanViewer) -> Any:
    """The same of a rule by which a row is somebody's."""
    match rule:
        case OfficerOf(standing, scope):
            theirs = viewer.councils_of(scope)
            return _of_one(row.standing(standing), lambda area: among(area, theirs))
        case Impartial(standing):
            mine = partial(_is_mine, viewer=viewer)
            return sa.not_(_of_one(row.standing(standing), mine))
        case Owner(standing):
            return row.standing(standing) == viewer.id
        case Auditor():
            return viewer.audits
        case Oneself(standing):
            own = viewer.own_id
            return _of_one(row.standing(standing), lambda person: person == own)
        case MemberOf(standing, roles):
            theirs = viewer.organisations(roles)
            return _of_one(row.standing(standing), lambda found: among(found, theirs))
    raise TypeError(rule)


def _is_mine(subject: Any, viewer: PlanViewer) -> Any:
    """Whether it is the viewer, or something that they belong to."""
    return sa.or_(subject == viewer.id, among(subject, viewer.belongs))


def _of_one(named: Any, holds: Callable[[Any], Any]) -> Any:
    """Whether it holds of what a standing names, or of one of those that a select finds."""
    if isinstance(named, sa.Select):
        (found,) = named.selected_columns
        return named.where(holds(found)).exists()
    return holds(named)
