"""A small town in the database, the same to the last id on both engines.

Made for what is awkward: wards that replace each other, nineteen assets on one point and one on a
border, things off the map and on both sides of 180 degrees, listings that are over but not yet
closed, an offer whose subject's number is an asset's, ties in every order. `scale` makes more of
the same. Ids are small numbers: asset 10_000 and on, listing 50_000 and on (see below).
"""

from datetime import date, timedelta
from typing import Any, Final

import shapely

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets.rules import (
    AssetCategory,
    AssetState,
    Occupation,
    RegisterState,
    Tenure,
    reference_key,
)
from commonweal.assets.tables import Asset, AssetRow, AssetValue, RegisterFile, RegisterRow
from commonweal.listings.actions import put_into_words
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.places.postcodes import key
from commonweal.places.rules import AreaKind, PlaceKind
from commonweal.places.tables import Area, Place
from commonweal.store.audit import BEGINNING, hash_of
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY
from tests.graph.offers import offer
from tests.graph.towncases import hand_over
from tests.graph.townspeople import SOMEBODY, settle
from tests.graph.townwork import ask_for_help

COUNCIL, ISLES = 1, 2
NORTH, OLD_SOUTH, NEW_SOUTH, PARISH, SHAPELESS = 3, 4, 5, 6, 7
PLACES, FILES, ASSETS, ROWS, VALUES = 100, 300, 10_000, 20_000, 30_000
LISTINGS, AUDIT, OTHER_SUBJECTS = 50_000, 70_000, 900_000
STATES: Final = [*[ListingState.OPEN] * 3, ListingState.CLOSED, ListingState.WITHDRAWN]
REPLACED_ON: Final = date(2026, 5, 7)  # the day on which the new southern ward takes over
SQUARE: Final = shapely.Point(-2.0755, 51.8994)  # where nineteen assets stand
LICENCE: Final = "Open Government Licence v3.0"

OFFICER: Final = Viewer(9001, "officer of the council", (COUNCIL,))
ISLANDER: Final = Viewer(9002, "officer of the isles", (ISLES,))
VIEWERS: Final = {
    "anyone": ANONYMOUS,
    "officer": OFFICER,
    "islander": ISLANDER,
    "somebody": SOMEBODY,
}

# id, kind, code, name, in Welsh, from, until, boxes, council
AREAS: Final[list[tuple[Any, ...]]] = [
    (COUNCIL, "COUNCIL", "E07000900", "Lower Vale", None, "1974-04-01", None,
     [(-2.2, 51.8, -1.9, 52.0)], None),
    (ISLES, "COUNCIL", "E07000901", "Far Isles", "Yr Ynysoedd Pell", "1974-04-01", None,
     [(179.5, -17, 180, -16), (-180, -17, -179.5, -16)], None),
    (NORTH, "WARD", "E05000911", "North", "Gogledd", "2000-01-01", None,
     [(-2.2, 51.9, -1.9, 52.0)], COUNCIL),
    (OLD_SOUTH, "WARD", "E05000912", "South", None, "2000-01-01", "2026-05-07",
     [(-2.2, 51.8, -1.9, 51.9)], COUNCIL),
    (NEW_SOUTH, "WARD", "E05000913", "South & Riverside", None, "2026-05-07", None,
     [(-2.2, 51.8, -1.9, 51.9)], COUNCIL),
    (PARISH, "PARISH", "E04000921", "Upper Vale", None, "1990-01-01", None,
     [(-2.1, 51.88, -2.0, 51.95)], COUNCIL),
    (SHAPELESS, "WARD", "E05000914", "Isles at large", None, "2000-01-01", None, [], ISLES),
]  # fmt: skip
GAZETTEER: Final = [  # kind, name, qualifier, rank, longitude, latitude
    ("OUTCODE", "GL50", "", 2, -2.08, 51.90),
    ("OUTCODE", "GL51", "", 2, -2.12, 51.90),
    ("POSTCODE", "GL50 1DY", "", 1, -2.0755, 51.8994),
    ("POSTCODE", "GL50 3PR", "", 1, -2.0790, 51.9020),
    ("POSTCODE", "GL51 9UA", "", 1, -2.1210, 51.8880),
    ("TOWN", "Newport", "Isles", 3, 179.99, -16.5),
    ("TOWN", "Newport", "Vale", 3, -2.05, 51.91),
    ("TOWN", "Y Bont-faen", "", 3, -2.15, 51.95),
    ("VILLAGE", "Newport", "Parva", 4, -2.06, 51.85),
    ("VILLAGE", "St Mary's", "", 4, -2.03, 51.93),
    ("VILLAGE", "Saint Mary's", "Isles", 4, -179.99, -16.6),
]


async def build(database: Database, scale: int = 1) -> None:
    """Write the whole town, in one transaction."""

    async def work(tx: Transaction) -> None:
        assets = [asset(i) for i in range(60 * scale)]
        await Area.bulk_create([area(*row) for row in AREAS])
        await Place.bulk_create(gazetteer(scale))
        await RegisterFile.bulk_create([register_file(i) for i in (0, 1)])
        listings = shop_window(assets, 40 * scale)
        offered = {row.subject_id for row in listings if row.kind == ListingKind.ASSET}
        opened = {row.subject_id for row in listings if row.state == ListingState.OPEN}
        for row in assets:
            row.state = AssetState.LISTED if row.id in offered & opened else AssetState.HELD
        await Asset.bulk_create(assets)
        rows = register_rows(assets)
        await RegisterRow.bulk_create([row for row, _ in rows])
        await AssetRow.bulk_create(
            [AssetRow(id=row.id, asset_id=asset, row_id=row.id) for row, asset in rows]
        )
        await AssetValue.bulk_create(values(rows))
        for listing in listings:
            await put_into_words(listing)
        await Listing.bulk_create(listings)
        await AuditRecord.bulk_create(audit(assets[:30]))
        await settle(COUNCIL, NORTH)
        await offer(COUNCIL, assets[: 12 * scale])
        await hand_over(COUNCIL, scale)
        await ask_for_help(COUNCIL, scale)

    await in_transaction(database, work)


def area(
    number: int, kind: str, code: str, name: str, name_cy: str | None, since: str,
    until: str | None, boxes: list[Any], council: int | None,
) -> Area:  # fmt: skip
    return Area(
        id=number,
        kind=AreaKind(kind),
        code=code,
        name=name,
        name_cy=name_cy,
        lookup=key(name),
        lookup_cy=name_cy and key(name_cy),
        valid_from=date.fromisoformat(since),
        valid_until=until and date.fromisoformat(until),
        shape=shapely.MultiPolygon([shapely.box(*box) for box in boxes]) if boxes else None,
        council_id=council,
        licence=LICENCE,
    )


def gazetteer(scale: int) -> list[Place]:
    more = [("POSTCODE", f"GL52 {n}AA", "", 1, -2.0, 51.95) for n in range(5 * (scale - 1))]
    return [
        Place(
            id=PLACES + i,
            kind=PlaceKind(kind),
            name=name,
            lookup=key(name),
            qualifier=qualifier,
            rank=rank,
            location=shapely.Point(longitude, latitude),
        )
        for i, (kind, name, qualifier, rank, longitude, latitude) in enumerate(GAZETTEER + more)
    ]


def register_file(i: int) -> RegisterFile:
    return RegisterFile(
        id=FILES + i,
        council_id=(COUNCIL, ISLES)[i],
        state=RegisterState.IMPORTED,
        file_name=f"Land & building assets {2025 + i}.csv",
        sha256=f"{i:064x}",
        licence=LICENCE,
        encoding="cp1252",
        mapping={"Property Name": "name", "Easting": "easting", "A": None},
        notes=["Two rows are blank.", "“Naïve” quotes were read as cp1252."] if i else [],
        row_count=60,
        imported_at=TODAY - timedelta(days=3, microseconds=i),
    )


def point(i: int) -> shapely.Point | None:
    """Where asset i stands, if it is known."""
    if i % 60 in range(20, 39):
        return SQUARE
    if i % 60 in (9, 18, 57, 58):
        return shapely.Point((179.9993, -179.9991)[i % 2], -16.5)
    if i % 7 == 3:
        return None
    if i % 60 == 50:
        return shapely.Point(-2.05, 51.9)  # on the border of both wards
    return shapely.Point(round(-2.15 + (i * 37 % 100) / 500, 6), round(51.82 + i % 60 / 400, 6))


def asset(i: int) -> Asset:
    categories = list(AssetCategory)
    land = i % 9 != 4
    reference = f"Ref/{i // 2}" if i % 4 else None
    name = ("Old Hall", "Neuadd “Tŷ Coch”", "Car park\n(rear)", "Riverside 🌊 Park", "Plot")[i % 5]
    return Asset(
        id=ASSETS + i,
        council_id=ISLES if i % 10 >= 7 else COUNCIL,
        uprn=str(100_120_000_000 + i) if i % 3 else None,
        reference=reference,
        reference_key=reference and reference_key(reference),
        name=f"{name} {i}",
        street=f"{i} High Street" if i % 2 else None,
        postcode=("GL50 1DY", None, "GL51 9UA")[i % 3],
        address=f"{i} High Street, Lower Vale" if i % 2 else None,
        location=point(i),
        coordinate_system="EPSG:27700" if point(i) else None,
        tenure=list(Tenure)[i % 3] if land else Tenure.NOT_LAND,
        occupation=list(Occupation)[i % 7],
        land_only=(None, True, False)[i % 3],
        category=categories[i % len(categories)] if land else AssetCategory.NOT_LAND,
        area_square_metres=i * 97 if i % 4 else None,
        description="A building\twith a tab" if i % 5 else None,
        reason_for_holding="Held for the public" if i % 6 == 0 else None,
        declared_surplus=i % 8 == 1,
        not_land_reason=None if land else "a painting",
    )


def register_rows(assets: list[Asset]) -> list[tuple[RegisterRow, int]]:
    """One of each asset, with that asset's id; of every tenth a second, in a file whose cells are
    in another order."""
    doubled = [(row, 0) for row in assets] + [(row, 1) for row in assets[::10]]
    return [
        (
            RegisterRow(
                id=ROWS + i,
                file_id=FILES + which,
                row_number=i + 2,
                cells={"Property Name": row.name, "Area": None, "A": "1"}
                if which
                else {"Name": "x"},
                problems=["The postcode is not one."] if i % 6 == 5 else [],
            ),
            row.id,
        )
        for i, (row, which) in enumerate(doubled)
    ]


def values(rows: list[tuple[RegisterRow, int]]) -> list[AssetValue]:
    given = [
        (row, asset, field)
        for row, asset in rows
        for field in ("name", "tenure", "postcode")[: 1 + row.id % 3]
    ]
    return [
        AssetValue(id=VALUES + i, asset_id=asset, field=field, value=f"{field} {i}", row_id=row.id)
        for i, (row, asset, field) in enumerate(given)
    ]


def shop_window(assets: list[Asset], count: int) -> list[Listing]:
    """Listings of every kind in every state; of assets only those that are land."""
    land = [row for row in assets if row.not_land_reason is None]
    made: list[Listing] = []
    for j in range(count):
        kind = list(ListingKind)[j % 4]
        state = STATES[j // 4 % 5]
        # what was closed or withdrawn was of an asset that is on offer again
        n = j // 4 if state == ListingState.OPEN else j // 4 - 3
        subject = land[n * 3 % len(land)] if kind == ListingKind.ASSET else None
        other: Any = ASSETS + 2 if j == 3 else OTHER_SUBJECTS + j
        made.append(
            Listing(
                id=LISTINGS + j,
                kind=kind,
                state=state,
                subject_id=subject.id if subject else other,
                council_id=subject.council_id if subject else ISLES if j % 5 == 2 else COUNCIL,
                title=subject.name if subject else f"{kind.title()} {j}",
                summary=f"Summary {j}" if j % 3 else None,
                category=subject.category.value if subject else ("FOOD", "TOOLS")[j % 2],
                address=None,
                location=subject.location if subject else point(j),
                published_at=TODAY - timedelta(hours=j // 5 * 5),
                closes_at=closing(j),
            )
        )
    return made


def closing(j: int) -> Any:
    """Never, some days from now, or some days ago although nobody has closed it yet."""
    over, later = TODAY - timedelta(days=1 + j % 3), TODAY + timedelta(days=1 + j % 4)
    return (None, over, None, later)[j // 3 % 4]


def audit(assets: list[Asset]) -> list[AuditRecord]:
    """A chain of up to four records for each asset."""
    made: list[AuditRecord] = []
    for row in assets:
        before = BEGINNING
        for sequence in range(1, 1 + row.id % 5):
            made.append(
                AuditRecord(
                    id=AUDIT + len(made),
                    subject_kind="ast",
                    subject_id=row.id,
                    sequence=sequence,
                    at=TODAY - timedelta(days=9 - sequence),
                    actor="officer",
                    action=("publish_listing", "withdraw_listing")[sequence % 2],
                    facts={"listing": "lst_0000000000000", "closes_on": None},
                    previous_hash=before,
                )
            )
            before = made[-1].hash = hash_of(made[-1])
    return made
