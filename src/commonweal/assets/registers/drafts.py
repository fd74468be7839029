"""What a row of a register is read as: a draft of an asset, and the problems met in reading it.

A draft keeps the row as published (`raw`, every column) beside what was understood. A reading that
failed is None with a problem that names the likely fix; the row itself is never lost. Whether a
draft becomes an asset, and which, is the importer's to decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from commonweal.assets.rules import AssetCategory, Occupation, Tenure
from commonweal.places.coordinates import Point


class Level(StrEnum):
    """How much a problem matters."""

    NOTE = "NOTE"  # worth knowing; nothing was lost
    WARNING = "WARNING"  # a cell could not be read, and its fact is missing


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one row that a person may want to put right in the register."""

    row_number: int  # as a spreadsheet shows it
    header: str | None  # the column; None where it concerns the whole row
    code: str
    message: str
    likely_fix: str
    level: Level = Level.WARNING


@dataclass(frozen=True, slots=True)
class Draft:
    """One row. `values` are the mapped cells, cleaned but as published; the rest are readings."""

    row_number: int
    values: Mapping[str, str]  # by field; blank cells are absent
    raw: Mapping[str, str]  # by column, untouched
    reference: str | None
    uprn: str | None  # digits without leading zeros; not unique
    name: str  # never blank
    address: str | None
    postcode: str | None  # spelt properly; may be a part, "N7 9"
    point: Point | None  # WGS 84, longitude first
    coordinate_system: str | None  # in which the register gave it: "WGS84" or a GridSystem
    tenure: Tenure
    tenure_detail: str | None
    occupation: Occupation
    holding_type: str | None
    category: AssetCategory
    land_only: bool | None
    area_square_metres: int | None
    declared_surplus: bool
    not_land_reason: str | None  # set for chattels, art and regalia: kept, never to be listed
    problems: tuple[Problem, ...]
