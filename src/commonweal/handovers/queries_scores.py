"""Who sees which scores: one's own, and once all are in the panel's; nobody with an interest."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.store.core_tables import table

from .queries import bidders_in, conflicted_in, council_of_case, council_of_round, panel_of
from .tables import Case
from .tables_decisions import Decision
from .tables_scores import Result


def round_of(case_id: Any) -> Any:
    """A case's round, as a value."""
    of = table(Case).alias()
    found = sa.select(of.c.round_id).where(of.c.id == case_id)
    return found.correlate_except(of).scalar_subquery()


def is_told(case_id: Any, *since: Any) -> Any:
    """Whether a case has a result that came after these instants: a score is told once it is in
    one, to whom it was computed with. Before, nobody sees another's (invariant 15).
    """
    of = table(Result).alias()
    later = [of.c.computed_at >= each for each in since]
    return sa.select(of.c.id).where(of.c.case_id == case_id, *later).correlate_except(of).exists()


def is_decided(case_id: Any, computed_at: Any) -> Any:
    """Whether a case was decided after a result: from then on what came of its scores is public.

    After an appeal the next result waits for the next decision.
    """
    of = table(Decision).alias()
    aside = of.c.set_aside_at
    decided = sa.select(of.c.id).where(
        of.c.case_id == case_id,
        of.c.decided_at >= computed_at,
        sa.or_(aside.is_(None), aside > computed_at),
    )
    return decided.correlate_except(of).exists()


SCORER: Final[Standing] = {
    "person": "person_id",
    "council": lambda row: council_of_round(row.round_id),
}
SCORE: Final[Standing] = {
    "scorer": lambda row: panel_of(
        round_of(row.case_id), lambda scorer: scorer.id == row.scorer_id
    ),
    "panel": lambda row: panel_of(
        round_of(row.case_id),
        lambda scorer: is_told(row.case_id, row.given_at, scorer.named_at),
    ),
    "council": lambda row: council_of_case(row.case_id).where(is_told(row.case_id, row.given_at)),
    "conflicted": lambda row: conflicted_in(round_of(row.case_id)),
    "rivals": lambda row: bidders_in(round_of(row.case_id)),
}
RESULT: Final[Standing] = {
    "published": lambda row: is_decided(row.case_id, row.computed_at),
    "panel": lambda row: panel_of(
        round_of(row.case_id), lambda scorer: is_told(row.case_id, scorer.named_at)
    ),
    "council": lambda row: council_of_case(row.case_id),
    "conflicted": lambda row: conflicted_in(round_of(row.case_id)),
    "rivals": lambda row: bidders_in(round_of(row.case_id)),
}


def in_order(row: Any, *_: Any) -> list[Any]:
    return [row.number]
