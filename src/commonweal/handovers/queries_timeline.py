"""How an asset's timeline is read: public records of its audit and of its cases', nothing else."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.ask import Bound, constant
from commonweal.graph.declare import Standing
from commonweal.graph.sql import among, found_by
from commonweal.store.core_tables import table

from .rules_timeline import Happening
from .tables import Case

PUBLIC: Final = Bound(constant([each.value for each in Happening]))
ENTRY: Final[Standing] = {"public": lambda row: among(row.action, PUBLIC)}


def of_asset(owner: Any, row: Any, *_: Any) -> Any:
    """Relates an asset to what was done to it and to its cases."""
    case, assets = table(Case).alias().c, owner.key.table
    itself = sa.select(owner.key).correlate(assets)
    cases = sa.select(case.id).where(case.asset_id == owner.key).correlate(assets)
    return found_by(row.subject_id, sa.union_all(itself, cases))


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time
