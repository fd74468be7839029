"""Rows that many tests begin from, made through the models."""

from datetime import date
from typing import Any

import shapely

from commonweal.access import Viewer
from commonweal.assets.rules import AssetCategory, AssetState, Occupation, Tenure
from commonweal.assets.tables import Asset
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

CENTRE = shapely.Point(-2.08, 51.9)


async def the_council(database: Database, code: str = "E07000078") -> Area:
    """The council with this code, around CENTRE; made when first asked for."""

    async def work(tx: Transaction) -> Area:
        held = await Area.get_or_none(kind=AreaKind.COUNCIL, code=code)
        return held or await Area.create(
            id=tx.new_id(),
            kind=AreaKind.COUNCIL,
            code=code,
            name=f"Council {code}",
            valid_from=date(1974, 4, 1),
            shape=shapely.MultiPolygon([shapely.box(-2.2, 51.8, -2.0, 52.0)]),
            licence="made up",
        )

    return await in_transaction(database, work)


def an_officer(council: Area) -> Viewer:
    return Viewer(1, "officer", (council.id,))


async def an_asset(database: Database, council: Area, **more: Any) -> Asset:
    """A held freehold hall at CENTRE, unless said otherwise."""
    values: dict[str, Any] = {
        "council_id": council.id,
        "state": AssetState.HELD,
        "name": "The Old Hall",
        "tenure": Tenure.FREEHOLD,
        "occupation": Occupation.VACANT,
        "category": AssetCategory.COMMUNITY_BUILDING,
        "declared_surplus": True,
        "location": CENTRE,
    }

    async def work(tx: Transaction) -> Asset:
        return await Asset.create(id=tx.new_id(), **(values | more))

    return await in_transaction(database, work)
