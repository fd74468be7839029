"""Boundary files: a GeoJSON FeatureCollection of wards or councils, read into named areas.

Columns are guessed from their names and values, since each publisher has its own, and can be said.
Coordinates on a grid are converted, mended shapes are said to be mended, and a feature that cannot
be used is a problem with its number: see uploads.py. Nothing here writes; actions.py does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import shapely
from shapely import MultiPolygon

from commonweal.kernel.errors import UserError, fact
from commonweal.places.coordinates import LooksLikeGrid, shown
from commonweal.places.grids import GridSystem
from commonweal.places.shapes import read_file_shape
from commonweal.places.uploads import Problem, text_of

# The Office for National Statistics names columns by layer and year: WD13CD, LAD23NM. Best first.
_NAME_COLUMNS: Final = (
    r"[a-z]{2,8}\d{2}nm", "(ward|area|district|lad|parish|council)(name|nm)", "name", "title|label",
    "ward|district|parish|council", ".*(name|nm)",
)  # fmt: skip
_CODE_COLUMNS: Final = (
    r"[a-z]{2,8}\d{2}cd", "gss|(gss|ons)code", "(ward|area|district|lad|parish)(gss|code|cd)",
    "code|reference",
)  # fmt: skip
_GSS_CODE: Final = re.compile(r"[EWSNKJLM]\d{8}")  # the nine characters of every official area
_WGS84: Final = re.compile(r"(crs:?84|wgs ?84|\b4326)$", re.IGNORECASE)


@fact
class NotAnAreaFile(UserError):
    says = "This is not a GeoJSON file of areas: {reason}."
    reason: str


@fact
class UnknownCrs(UserError):
    says = (
        "The file's coordinates are in {crs}, which is not read here: export it again as WGS 84 "
        "(EPSG:4326) or British National Grid (EPSG:27700)."
    )
    crs: str


@fact
class UnknownProperty(UserError):
    says = "No feature has a property {wanted} for its {purpose}; they have {known}."
    wanted: str
    purpose: str
    known: str


@fact
class NamePropertyUnclear(UserError):
    says = "No property is plainly the areas' name: say which of {known} it is."
    known: str


@fact
class AreaHasNoName(UserError):
    says = "The area has no name in its property {wanted}."
    wanted: str


@fact
class AreaCodeRepeated(UserError):
    says = "{area} has the code {area_code}, which feature {first_number} ({first_name}) has too."
    area: str
    area_code: str
    first_number: int
    first_name: str


@dataclass(frozen=True)
class Area:
    """One area of a file. Features with the same code and name are parts of one."""

    number: int  # of its first feature, counted from 1
    name: str
    code: str | None  # as a rule a GSS code, "E05004288"
    shape: MultiPolygon
    properties: dict[str, Any]  # all that the file says of it, unread


@dataclass(frozen=True)
class AreaFile:
    areas: tuple[Area, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]  # what was assumed, converted or mended, for the officer to confirm
    name_property: str
    code_property: str | None


def read_areas(
    raw: bytes, name_property: str | None = None, code_property: str | None = None
) -> AreaFile:
    """The areas of a GeoJSON file; the properties that name them are guessed unless given.

    Raises PlacesFileTooLarge, NotAnAreaFile, UnknownCrs, UnknownProperty or NamePropertyUnclear
    for the whole file; what is wrong with one feature is in `problems`.
    """
    document = _document(raw)
    system = _system(document.get("crs"))
    features = document["features"]
    rows = [_properties(feature) for feature in features]
    name_property, code_property = _columns(rows, name_property, code_property)
    reading = _Reading(name_property, code_property, system, document.get("crs") is not None)
    for number, (feature, row) in enumerate(zip(features, rows, strict=True), 1):
        try:
            reading.take(number, feature, row)
        except UserError as error:
            reading.problems.append(Problem("feature", number, error))
    return reading.result()


class _Reading:
    """What has been read of one file so far."""

    def __init__(
        self, name_property: str, code_property: str | None, system: GridSystem | None, said: bool
    ) -> None:
        self.name_property, self.code_property = name_property, code_property
        self.system, self.said = system, said
        self.areas: list[Area] = []
        self.by_code: dict[str, int] = {}  # position in `areas`
        self.problems: list[Problem] = []
        codes = f", codes from {code_property}" if code_property else "; there are no codes"
        self.notes = [f"Names are read from {name_property}{codes}."]
        if system:
            self.notes.append(f"The coordinates were converted from the {system.label}.")

    def take(self, number: int, feature: object, row: dict[str, Any]) -> None:
        name = _text(row.get(self.name_property))
        code = _text(row.get(self.code_property)) if self.code_property else None
        if not name:
            raise AreaHasNoName(self.name_property)
        first = self.areas[self.by_code[code]] if code in self.by_code else None
        if code and first and first.name != name:
            raise AreaCodeRepeated(name, code, first.number, first.name)
        shape = self.shape(number, feature)
        if code and first:
            joined = MultiPolygon(shapely.get_parts(shapely.union(first.shape, shape)).tolist())
            self.areas[self.by_code[code]] = replace(first, shape=joined)
            self.notes.append(f"Feature {number} was joined to feature {first.number}: {name}.")
            return
        if code:
            self.by_code[code] = len(self.areas)
        self.areas.append(Area(number, name, code or None, shape, row))

    def shape(self, number: int, feature: object) -> MultiPolygon:
        geometry = feature.get("geometry") if isinstance(feature, dict) else feature
        try:
            shape, mended = read_file_shape(geometry, self.system)
        except LooksLikeGrid:
            if self.said:
                raise
            shape, mended = read_file_shape(geometry, GridSystem.BRITISH)
            note = (
                "The file does not say so, but its coordinates are eastings and northings: "
                f"they were read on the {GridSystem.BRITISH.label}."
            )
            if note not in self.notes:
                self.notes.append(note)
        if mended:
            self.notes.append(f"Feature {number} was mended: {mended}.")
        return shape

    def result(self) -> AreaFile:
        return AreaFile(
            tuple(self.areas),
            tuple(self.problems),
            tuple(self.notes),
            self.name_property,
            self.code_property,
        )


def _document(raw: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(text_of(raw))
    except orjson.JSONDecodeError as error:
        raise NotAnAreaFile(f"it is not JSON ({error})") from None
    if not isinstance(document, dict):
        raise NotAnAreaFile("it does not hold an object")
    if document.get("type") == "Feature":
        document = {**document, "features": [document]}
    elif document.get("type") != "FeatureCollection":
        raise NotAnAreaFile(f"its type is {shown(document.get('type'))}, not FeatureCollection")
    if not isinstance(document.get("features"), list) or not document["features"]:
        raise NotAnAreaFile("it has no features")
    return document


def _system(crs: object) -> GridSystem | None:
    """The grid that a `crs` member names; None for WGS 84, which is also what its absence means."""
    if crs is None:
        return None
    properties = _properties(crs)
    name = _text(properties.get("name")) or _text(properties.get("code"))
    if _WGS84.search(name):
        return None
    for system in GridSystem:
        if re.search(rf"\b{system.grid.epsg}$", name):
            return system
    raise UnknownCrs(shown(name or crs))


def _properties(feature: object) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _columns(
    rows: Sequence[dict[str, Any]], name: str | None, code: str | None
) -> tuple[str, str | None]:
    columns = {column: _values(rows, column) for row in rows for column in row}
    known = ", ".join(columns) or "none"
    for wanted, purpose in ((name, "name"), (code, "code")):
        if wanted is not None and wanted not in columns:
            raise UnknownProperty(wanted, purpose, known)
    official = {c: v for c, v in columns.items() if v and all(map(_GSS_CODE.fullmatch, v))}
    if name is None:
        names = {c: v for c, v in columns.items() if c not in official and c != code}
        name = _best(names, _NAME_COLUMNS)
    if name is None:
        raise NamePropertyUnclear(known)
    if code is None:
        # A ward file that gives only its council's code has no codes of its own.
        enough = len(columns[name]) / 2
        own = {c: v for c, v in columns.items() if len(v) > enough and c != name}
        code = next((c for c in own if c in official), None) or _best(own, _CODE_COLUMNS)
    return name, code


def _best(columns: dict[str, set[str]], patterns: Sequence[str]) -> str | None:
    """The column that tells the most features apart: a ward file names the council in each too."""
    ranks = {}
    for column, values in columns.items():
        plain = re.sub("[^a-z0-9]", "", column.casefold())
        rank = next((n for n, p in enumerate(patterns) if re.fullmatch(p, plain)), None)
        if values and rank is not None:
            ranks[column] = (-len(values), rank)
    return min(ranks, key=ranks.__getitem__, default=None)


def _values(rows: Sequence[dict[str, Any]], column: str) -> set[str]:
    return {value for row in rows if (value := _text(row.get(column)))}


def _text(value: object) -> str:
    """A property as text, its blanks tidied; "" for what is neither text nor a whole number."""
    if isinstance(value, str):
        return " ".join(value.split())
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
