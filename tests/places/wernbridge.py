"""The demo town's areas and gazetteer, brought in as an officer would, and a few things to find.

To read only: tests that change something take an empty `database`. More places are added here for
what the demo town has not: postcodes that are held and not held, names that are awkward to sort.
"""

from pathlib import Path
from typing import Final

from shapely import Point

from commonweal.listings.actions import Publication, publish
from commonweal.listings.rules import ListingKind
from commonweal.places.actions import AreaTerms, council_of, import_areas, import_places
from commonweal.places.area_files import AreaFile, read_areas
from commonweal.places.gazetteer_files import PlaceFile, read_places
from commonweal.places.rules import AreaKind
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

DEMO: Final = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL: Final = "E07000999"
TERMS: Final = AreaTerms(kind=AreaKind.WARD, licence="CC0 1.0", council=COUNCIL)
MARKET_PLACE: Final = Point(-2.925082, 52.184665)  # in Castle ward; until May 2025 in Central
FAR_AWAY: Final = Point(1.75, 52.6)
POSTCODES: Final = b"""postcode,latitude,longitude,town,region
GL50,51.8994,-2.0783,Cheltenham,Gloucestershire
GL51,51.9028,-2.1202,Cheltenham,Gloucestershire
GL51 7AA,51.9001,-2.1101,,
NP20,51.5879,-3.0007,Newport,Newport
PO30,50.6957,-1.2942,Newport,Isle of Wight
"""
NAMES: Final = (
    "Bourton-on-the-Water", "Westward Ho!", "St Mary's", "Saint Mary's", "Ynys Môn", "Ynysybwl",
    "Y Bala", "Yazor", "Y-Felin", "Åsgarth", "Æthelstow", "Zeal Monachorum", "zeal", "Ashby",
    "Ash-by-Sea", "Ash", "Llanfairpwll", "ŵyr", "Wyr", "Straße", "Strasse", "\u6771\u4eac", "😀x",
)  # fmt: skip


def areas() -> AreaFile:
    return read_areas((DEMO / "areas.geojson").read_bytes())


def places() -> PlaceFile:
    return read_places((DEMO / "places.csv").read_bytes())


def postcodes() -> PlaceFile:
    return read_places(POSTCODES)


def awkward_names() -> PlaceFile:
    rows = (f"{name},VILLAGE,{50 + n / 100},-3,Sorting" for n, name in enumerate(NAMES))
    return read_places("\n".join(("name,kind,latitude,longitude,county", *rows)).encode())


async def build(database: Database) -> None:
    """All of it, in one transaction."""

    async def work(tx: Transaction) -> None:
        await import_areas(tx, areas(), TERMS)
        for file in (places(), postcodes(), awkward_names()):
            await import_places(tx, file)
        for title, location in (
            ("At the market", MARKET_PLACE), ("Out at sea", FAR_AWAY), ("Nowhere", None),
        ):  # fmt: skip
            await show(tx, title, location)

    await in_transaction(database, work)


async def show(tx: Transaction, title: str, location: Point | None) -> None:
    """Put something in the shop window."""
    council = await council_of(COUNCIL, tx.now.date())
    shown = Publication(
        kind=ListingKind.SHOP,
        subject_id=tx.new_id(),
        council_id=council.id,
        title=title,
        summary=None,
        category="FOOD",
        address=None,
        location=location,
        closes_at=None,
    )
    await publish(tx, shown)
