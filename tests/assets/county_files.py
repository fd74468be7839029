"""The made-up county's story (county.py) as files, each year's register in a layout of its own.

`python -m tests.assets.county_files` writes fixtures/registers/county again, to the byte.
"""

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import Final

from commonweal.places.grids import from_grid
from tests.assets.county import SOUTH, WEST, Expected, Row, told

FOLDER: Final = Path(__file__).parents[2] / "fixtures" / "registers" / "county"
COUNCIL: Final = "E10000998"
NAME: Final = "Harrowmere County Council"


def last_year(rows: list[Row]) -> bytes:
    """Windows' encoding and line ends, hectares, padded UPRNs, three blank rows at the end."""
    headers = (
        "UPRN,AssetCode,Property Name,Street No,Street,Town,PostCode,GeoX,GeoY,TenureType,"
        "Tenure Detail,Holding Type,Land Only (Y/N),Site Area (ha),Ward,Reason for Holding"
    )
    table = [
        [
            r.uprn.zfill(12) if r.uprn else "", r.code, r.name, r.number, r.street, r.town,
            r.postcode, str(r.east), str(r.north), r.tenure, r.detail, r.kind,
            "Y" if r.land_only else "N", f"{r.area / 10_000:.4f}" if r.area else "", r.ward, r.why,
        ]
        for r in rows
    ]  # fmt: skip
    blank = [[""] * len(table[0])] * 3
    return _written([headers.split(","), *table, *blank], "\r\n").encode("cp1252")


def this_year(rows: list[Row]) -> bytes:
    """The Code's own words, UTF-8, square metres, other spellings of what is the same."""
    headers = (
        "Unique asset identity,Name of building/land,Electoral ward,UK postcode,Street number,"
        "Street name,Post town,Northing,Easting,Freehold/leasehold,Occupied by,Asset type,"
        "Land only/land with permanent building,Site area (sq m),Purpose of holding,"
        "Unique Property Reference Number"
    )
    table = [
        [
            r.code, r.name, r.ward, r.postcode.replace(" ", ""), r.number, r.street,
            f"{r.town} ", f"{r.north}.0", f"{r.east}.0", "F/H" if r.tenure == "Freehold" else "L/H",
            r.detail, r.kind, "Land only" if r.land_only else "Land with permanent building",
            str(r.area) if r.area else "0", r.why, r.uprn,
        ]
        for r in rows
    ]  # fmt: skip
    return _written([headers.split(","), *table], "\n").encode()


def _written(table: list[list[str]], line_end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows(table)
    return text.getvalue()


def proposals(expected: list[Expected]) -> bytes:
    table = [[e.kind, e.old_code, e.new_code, e.reason, e.fields] for e in expected]
    return _written([["kind", "old code", "new code", "reason", "fields"], *table], "\n").encode()


def area() -> bytes:
    """The county's border, thirty kilometres across."""
    corners = ((0, 2), (9, 0), (21, 1), (26, 7), (27, 19), (21, 26), (8, 27), (1, 20), (0, 2))
    ring = []
    for east, north in corners:
        point = from_grid(WEST + east * 1_000, SOUTH + north * 1_000)
        ring.append([round(point.x, 6), round(point.y, 6)])
    feature = {
        "type": "Feature",
        "properties": {"name": NAME, "code": COUNCIL},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode() + b"\n"


@cache
def files() -> dict[str, bytes]:
    """Each file's name and bytes."""
    before, after, expected = told()
    return {
        "2025.csv": last_year(before),
        "2026.csv": this_year(after),
        "expected.csv": proposals(expected),
        "area.geojson": area(),
    }


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, raw in files().items():
        (FOLDER / name).write_bytes(raw)
