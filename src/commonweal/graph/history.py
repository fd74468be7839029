"""What was done to a subject: the records of its audit, as a list of its type."""

from typing import Any

import graphene

from commonweal.store.tables import AuditRecord

from .declare import Key, Many, rows_of
from .scalars import JSON


@rows_of(AuditRecord)
class Change(graphene.ObjectType):
    """A link of the hash chain of what was done to one subject."""

    id = Key("aud")
    sequence = graphene.Int(required=True)
    at = graphene.DateTime(required=True)
    actor = graphene.String(required=True)
    action = graphene.String(required=True)
    facts = JSON(required=True)
    previous_hash = graphene.String(required=True)
    hash = graphene.String(required=True)


def history(who: str) -> Many:
    """A subject's changes; private by `access.FIELDS`."""
    return Many(
        Change,
        through=changes_of,
        sort=in_sequence,
        required=False,
        description=f"What was done to it, first to last, as a hash chain: for {who}.",
    )


def changes_of(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a subject to the records of its audit."""
    return row.subject_id == owner.key


def in_sequence(row: Any, *_: Any) -> list[Any]:
    return [row.sequence]
