"""How checks are read: one's own, and by a reading that is on record."""

from typing import Any, Final

from commonweal.graph.declare import Standing

CHECK: Final[Standing] = {"person": "person_id", "organisation": "organisation_id"}
READING: Final[Standing] = {"person": "person_id", "reader": "reader_id"}


def not_withdrawn(row: Any, *_: Any) -> Any:
    """Checks that hold."""
    yield row.withdrawn_at.is_(None)


def checks_read(reading: Any, row: Any, *_: Any) -> Any:
    """Relates a reading to what the organisation had of the person then, and to nothing later.

    So an answer that is repeated (store/idempotency.py) shows no more than what was logged.
    """
    return (
        (row.person_id == reading.person_id)
        & (row.organisation_id == reading.organisation_id)
        & (row.created_at <= reading.at)
    )
