"""Gazetteer files: CSV of postcodes, postcode districts and towns, read into places with points.

One reader for all three, by what the columns are called. Latitude and longitude are preferred to
eastings and northings, which mean nothing in the Channel Islands and another grid in Northern
Ireland. Towns are derived from a districts' file where it names them: see `_towns`. A row that
cannot be used is a problem with its number: see uploads.py. Keys are postcodes.key's.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shapely import Point

from commonweal.kernel.errors import UserError, fact
from commonweal.places.coordinates import read_pair, shown
from commonweal.places.postcodes import PostcodeParts, key, parse
from commonweal.places.rules import PlaceKind
from commonweal.places.uploads import Problem, text_of

_COLUMNS: Final = {  # purpose: names that a header may have, letters and digits only, best first
    "postcode": ("postcode", "pcds", "pcd", "outcode", "postcodedistrict"),
    "name": ("name", "name1", "placename", "town", "settlement", "place"),
    "kind": ("kind", "type", "localtype", "placetype"),
    "longitude": ("longitude", "long", "lon", "lng"),
    "latitude": ("latitude", "lat"),
    "easting": ("easting", "eastings", "geometryx", "oseast1m", "geox", "x"),
    "northing": ("northing", "northings", "geometryy", "osnrth1m", "geoy", "y"),
    "town": ("town", "posttown", "city", "populatedplace"),
    "region": (
        "qualifier",
        "region",
        "county",
        "countyunitary",
        "districtborough",
        "ukregion",
        "country",
    ),
}
_POSTCODES: Final = frozenset({"postcode", "outcode", "postcodedistrict"})
_VILLAGES: Final = frozenset({"village", "hamlet", "othersettlement"})
_TOWNS: Final = frozenset({"", "town", "city", "suburb", "suburbanarea"})
# Whole words of district names that cover a county rather than a town.
_COUNTY: Final = re.compile(r"\band\b|shire$|Islands$|^(Greater|County|The|Highland)\b")
_NOT_A_TOWN: Final = re.compile(r"[0-9]|non-geographic|^Lcp ", re.IGNORECASE)
_NO_BRITISH_GRID: Final = re.compile(r"(BT|GY|JE)[0-9]")


@fact
class NotAPlaceFile(UserError):
    says = "This is not a CSV file of places: {reason}."
    reason: str


@fact
class NotAPostcode(UserError):
    says = "{text} is not a postcode or a postcode district."
    text: str


@fact
class PlaceHasNoName(UserError):
    says = "The place has no name."


@fact
class PlaceHasNoPoint(UserError):
    says = "{place} has no coordinates."
    place: str


@fact
class PlaceKindUnknown(UserError):
    says = "{place} is of the kind {text}, which is neither a town nor a village."
    place: str
    text: str


@fact
class PlaceRepeated(UserError):
    says = "{place} is in row {first_number} already."
    place: str
    first_number: int


@fact
class GridNotSaid(UserError):
    says = (
        "{place} is not on the British National Grid: give its latitude and longitude, not an "
        "easting and a northing."
    )
    place: str


@dataclass(frozen=True)
class Place:
    number: int  # of its row
    kind: PlaceKind
    name: str  # as people write it: "GL50 1DY", "Bourton-on-the-Water"
    key: str  # postcodes.key(name)
    point: Point
    qualifier: str  # what tells two Newports apart: "Isle of Wight"; may be blank


@dataclass(frozen=True)
class PlaceFile:
    places: tuple[Place, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def read_places(raw: bytes) -> PlaceFile:
    """The places of a CSV file. Raises PlacesFileTooLarge or NotAPlaceFile for the whole file."""
    places: dict[tuple[str, str, str], Place] = {}
    problems: list[Problem] = []
    districts: list[tuple[Place, str, str]] = []
    for number, row in _rows(text_of(raw)):
        try:
            place = _place(number, row)
            first = places.setdefault(_identity(place), place)
            if first is not place:
                raise PlaceRepeated(place.name, first.number)
        except UserError as error:
            problems.append(Problem("row", number, error))
            continue
        if place.kind is PlaceKind.OUTCODE and "kind" not in row:  # a file of kinds names its towns
            districts.append((place, row.get("town", ""), row.get("region", "")))
    derived = [town for town in _towns(districts) if _identity(town) not in places]
    notes = (f"{len(derived)} towns were derived from postcode districts.",) if derived else ()
    return PlaceFile((*places.values(), *derived), tuple(problems), notes)


def _towns(districts: Iterable[tuple[Place, str, str]]) -> Iterator[Place]:
    """A TOWN for each town and region that districts name, at its lowest-numbered district.

    Post towns are numbered outwards from their middle, so GL50 stands for Cheltenham better than
    the mean of GL50 to GL54, which reach out to the Cotswolds. Of a list ("Douglas, Braddan") the
    first is the town. A blank town in the lowest district of a postcode area is the large town
    after which its district council is named (B1 Birmingham, BT1 Belfast, SO14 Southampton).
    """
    ordered = sorted(districts, key=lambda district: _number_and_area(district[0].name))
    seen: set[tuple[str, str]] = set()
    areas: dict[str, int] = {}
    for place, town, region in ordered:
        number, area = _number_and_area(place.name)
        town = town.partition(",")[0].strip()
        lowest = areas.setdefault(area, number) == number
        if not town and lowest and not _COUNTY.search(region):
            town, region = region, ""
        identity = (key(town), key(region))
        if identity[0] and identity not in seen and not _NOT_A_TOWN.search(town):
            seen.add(identity)
            yield Place(place.number, PlaceKind.TOWN, town, key(town), place.point, region)


def _number_and_area(outcode: str) -> tuple[int, str]:
    match = re.match("([A-Z]+)([0-9]+)", outcode)
    assert match, "an outcode is letters and a number"
    return int(match[2]), match[1]


def _identity(place: Place) -> tuple[str, str, str]:
    if place.kind in (PlaceKind.OUTCODE, PlaceKind.POSTCODE):
        return place.kind, place.key, ""
    return "TOWN", place.key, key(place.qualifier)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows that are not blank, with their numbers, as purpose to text."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = _columns(next(reader, []))
        for number, cells in enumerate(reader, 2):
            tidy = [" ".join(cell.split()) for cell in cells] + [""] * (max(columns.values()) + 1)
            if any(tidy):
                yield number, {purpose: tidy[at] for purpose, at in columns.items()}
    except csv.Error as error:
        raise NotAPlaceFile(f"it cannot be read as CSV ({error})") from None


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Purpose to position. Of columns with one name the first counts."""
    plain = [key(cell) for cell in header]
    found = {
        purpose: plain.index(name)
        for purpose, names in _COLUMNS.items()
        if (name := next((name for name in names if name in plain), None))
    }
    if "postcode" not in found and "name" not in found:
        raise NotAPlaceFile("no column is called postcode or name")
    if (
        not {"longitude", "latitude"} <= found.keys()
        and not {"easting", "northing"} <= found.keys()
    ):
        raise NotAPlaceFile("it has no latitude and longitude, nor easting and northing")
    return found


def _place(number: int, row: dict[str, str]) -> Place:
    town, region = row.get("town", ""), row.get("region", "")
    kind_word = key(row.get("kind", ""))
    postcode = row.get("postcode") or (row.get("name", "") if kind_word in _POSTCODES else None)
    if postcode is not None:
        parts = parse(postcode)
        if parts is None or (parts.sector and not parts.incode):
            raise NotAPostcode(shown(postcode))
        kind = PlaceKind.POSTCODE if parts.incode else PlaceKind.OUTCODE
        name, qualifier = parts.full, ", ".join(part for part in (town, region) if part)
        return Place(number, kind, name, key(name), _point(name, row, parts), qualifier)
    name = row.get("name", "")
    if not key(name):
        raise PlaceHasNoName
    if kind_word not in _VILLAGES | _TOWNS:
        raise PlaceKindUnknown(name, shown(row["kind"]))
    kind = PlaceKind.VILLAGE if kind_word in _VILLAGES else PlaceKind.TOWN
    return Place(number, kind, name, key(name), _point(name, row, None), region)


def _point(name: str, row: dict[str, str], parts: PostcodeParts | None) -> Point:
    located = read_pair(row.get("longitude", ""), row.get("latitude", ""))
    if located is None:
        east, north = row.get("easting", ""), row.get("northing", "")
        if (east or north) and parts and _NO_BRITISH_GRID.match(parts.outcode):
            raise GridNotSaid(name)
        located = read_pair(east, north)
    if located is None:
        raise PlaceHasNoPoint(name)
    return located.point
