"""How certificates are read: what they state, and whether it is approved now."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask, Bound
from commonweal.graph.declare import Standing
from commonweal.graph.sql import DIALECTS, Statement, compiled
from commonweal.store.core_tables import table
from commonweal.store.database import Database

from .rules_hours import ClaimState
from .tables import Opportunity
from .tables_hours import HoursClaim
from .tables_recognition import Certificate

CERTIFICATE: Final[Standing] = {"person": "person_id"}


def approved(row: Any) -> Any:
    """Of a certificate: the minutes that are approved now, of whose it is and in its days."""
    claim, of = table(HoursClaim).alias(), table(Opportunity).alias()
    minutes = sa.select(sa.func.coalesce(sa.func.sum(claim.c.minutes), 0))
    found = minutes.join_from(claim, of, of.c.id == claim.c.opportunity_id).where(
        claim.c.person_id == row.person_id,
        of.c.organisation_id == row.organisation_id,
        claim.c.state == ClaimState.APPROVED,
        claim.c.starts_at >= row.begins_at,
        claim.c.starts_at < row.over_at,
    )
    return found.correlate_except(claim, of).scalar_subquery()


def borne_out(row: Any, *_: Any) -> Any:
    """Whether what a certificate states is approved now."""
    return approved(row) >= row.minutes


async def certificate_of(database: Database, code: str) -> Sequence[Any] | None:
    """What a certificate states, with what is approved now; None: nobody's code."""
    ready = _certificate(database.engine)
    found = await database.fetch(ready.sql, ready.values(Ask({"code": code}, ANONYMOUS)))
    return found[0] if found else None


@cache
def _certificate(engine: str) -> Statement:
    row = table(Certificate)
    c = row.c
    said = (c.name, c.organisation_name, c.since, c.until, c.minutes, c.shifts)
    select = sa.select(c.code, *said, c.issued_at, c.revoked_at, approved(c))
    asked = Bound(lambda ask: ask.variables["code"], sa.String())
    return compiled(select.select_from(row).where(c.code == asked), DIALECTS[engine])
