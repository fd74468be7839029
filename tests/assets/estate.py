"""Two councils and a small register of the first, brought in as an officer would."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import shapely

from commonweal.access import Viewer
from commonweal.assets.importing import Reading, RegisterImported, import_register, read
from commonweal.assets.tables import Asset
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

VALE, HILLS = 1, 2  # the councils' ids
OFFICER: Final = Viewer(11, "officer of the vale", (VALE,))
STRANGER: Final = Viewer(12, "officer of the hills", (HILLS,))
LICENCE: Final = "Open Government Licence v3.0"
HEADERS: Final = (
    "Asset Reference,Property Name,Address,Postcode,Easting,Northing,Tenure,Holding Type,Keyholder"
)
ROWS: Final = (
    "V/001,Old Baths,1 Bath Road,GL50 1AA,394720,222190,Freehold,Buildings Declared Surplus,K1",
    "V/002,Town Hall,2 High Street,GL50 1AB,394820,222290,Freehold,Offices,K2",
    "V/003,Silver Mace,2 High Street,GL50 1AB,394820,222290,Freehold,Civic Regalia,K2",
    "V/004,Far Field,,,,,Leasehold,Land Declared Surplus,",
    "V/005,Lost Hall,5 High Street,GL50 1AC,222190,394720,Freehold,Community Buildings,K3",
)


def csv(rows: Sequence[str] = ROWS, headers: str = HEADERS) -> bytes:
    return "\n".join((headers, *rows, "")).encode()


async def councils(database: Database) -> Area:
    """Both councils; the vale's row."""

    async def work(_tx: Transaction) -> Area:
        for number, name, west in ((HILLS, "Hills", -3.2), (VALE, "Vale", -2.2)):
            council = await Area.create(
                id=number,
                kind=AreaKind.COUNCIL,
                code=f"E0700099{number}",
                name=f"{name} District Council",
                valid_from=date(1974, 4, 1),
                shape=shapely.MultiPolygon([shapely.box(west, 51.8, west + 0.3, 52.0)]),
                licence=LICENCE,
            )
        return council

    return await in_transaction(database, work)


async def reading(
    raw: bytes, corrections: Sequence[str] = (), name: str = "register.csv"
) -> Reading:
    return await read(await Area.get(id=VALE), name, raw, corrections)


async def kept(database: Database, shown: Reading) -> RegisterImported:
    return await in_transaction(database, lambda tx: import_register(tx, "import", shown, LICENCE))


async def brought_in(
    database: Database, raw: bytes, corrections: Sequence[str] = (), name: str = "register.csv"
) -> RegisterImported:
    """The vale's register, read and kept."""
    return await kept(database, await reading(raw, corrections, name))


async def estate(database: Database) -> dict[str, int]:
    """Councils and register: each asset's id by its reference."""
    await councils(database)
    await brought_in(database, csv())
    return {row.reference: row.id for row in await Asset.all() if row.reference}
