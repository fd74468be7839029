"""What a row says, as an asset holds it; and what that would change.

Pure. An asset's columns are compared, each with the fields of a register that it is read from:
every field that the file has counts, a blank cell is a change to blank, and a column that the file
lacks changes nothing. What no column holds (a ward) is compared as published. Before and after are
texts for people; the values themselves are the row's `reading` (tables.RegisterRow).
Next: proposing.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from commonweal.places.coordinates import WGS84, GridSystem, OffTheGrid, Point, point, to_grid

from .matching import Side, metres_between
from .registers.drafts import Draft
from .registers.fields import FIELDS
from .rules import AssetCategory, Occupation, Tenure, reference_key

SAME_METRES: Final = 0.5  # of one grid: registers give whole metres
SAME_IN_ANOTHER_SYSTEM_METRES: Final = 5  # what converting between grids may cost
UNNAMED: Final = "Unnamed asset, row "  # as a row without any name is called: no name to know by
_PLACE = "easting northing x y longitude latitude map_reference"
# Each column of an asset, and the fields that it is read from; the one without which nothing can
# be said of it first.
SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "reference": ("reference",),
    "uprn": ("uprn",),
    "name": ("name", "address", "description"),
    "street_number": ("street_number",),
    "street": ("street",),
    "locality": ("locality",),
    "post_town": ("post_town",),
    "postcode": ("postcode", "address", "locality", "post_town"),
    "address": ("address", "street", "street_number", "locality", "post_town", "postcode"),
    "location": tuple(_PLACE.split()),
    "tenure": ("tenure", "tenure_detail"),
    "tenure_detail": ("tenure_detail",),
    "occupation": ("tenure_detail", "tenure", "status"),
    "land_only": ("land_only", "holding_type"),
    "holding_type": ("holding_type",),
    "category": ("holding_type", "name"),
    "area_square_metres": ("area_square_metres", "area_hectares"),
    "description": ("description",),
    "reason_for_holding": ("reason_for_holding",),
    "services": ("services",),
    "status_text": ("status",),
    "transfer_status": ("transfer_status",),
    "running_costs": ("running_costs",),
    "required_maintenance": ("required_maintenance",),
    "functional_suitability": ("functional_suitability",),
    "energy_rating": ("energy_rating",),
    "declared_surplus": (
        "holding_type", "status", "reason_for_holding", "transfer_status", "description",
    ),
    "not_land_reason": (
        "holding_type", "tenure", "tenure_detail", "status", "reason_for_holding", "description",
        "name",
    ),
}  # fmt: skip
FED_BY_FIRST: Final = frozenset(["name", "category"])  # the other fields only stand in for it
PUBLISHED: Final = {  # columns that are a register's text as it stands, and their fields
    column: fields[0]
    for column, fields in SOURCES.items()
    if len(fields) == 1 and column not in ("reference", "uprn", "holding_type", "tenure_detail")
}
_READ: Final = {name for fields in SOURCES.values() for name in fields}
LOOSE: Final = frozenset(FIELDS) - _READ - {"reading"}  # which only says how others are read
NOTHING: Final = (None, "", False, Tenure.UNKNOWN, Occupation.UNKNOWN, AssetCategory.OTHER)
ENUMS: Final[dict[str, type[Enum]]] = {
    "tenure": Tenure,
    "occupation": Occupation,
    "category": AssetCategory,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would be another, as people read it; None where nothing is said."""

    field: str
    before: str | None
    after: str | None
    metres: int | None = None  # how far it would move

    def as_dict(self) -> dict[str, Any]:
        """As the API shows it."""
        moved = {} if self.metres is None else {"metres": self.metres}
        return {"field": self.field, "before": self.before, "after": self.after, **moved}


GOES: Final = Change("state", "held", "former")
RETURNS: Final = Change("state", "former", "held")


def columns_of(draft: Draft) -> dict[str, Any]:
    """What an asset would hold if it were as the row says."""
    return {
        "uprn": draft.uprn,
        "reference": draft.reference,
        "name": draft.name,
        "postcode": draft.postcode,
        "address": draft.address,
        "location": draft.point,
        "coordinate_system": draft.coordinate_system,
        "tenure": draft.tenure,
        "occupation": draft.occupation,
        "tenure_detail": draft.tenure_detail,
        "land_only": draft.land_only,
        "holding_type": draft.holding_type,
        "category": draft.category,
        "area_square_metres": draft.area_square_metres,
        "declared_surplus": draft.declared_surplus,
        "not_land_reason": draft.not_land_reason,
        **{column: draft.values.get(name) for column, name in PUBLISHED.items()},
    }


def keyed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The same with what a reference is found by, where one is among them."""
    reference = columns.get("reference")
    key = {"reference_key": reference and reference_key(reference)}
    return {**columns, **(key if "reference" in columns else {})}


def as_json(draft: Draft) -> dict[str, Any]:
    """A row's reading, to keep beside the row: its values as published, and its columns."""
    columns = columns_of(draft)
    place: Point | None = columns["location"]
    columns["location"] = place and [place.x, place.y]
    plain = {name: v.value if isinstance(v, Enum) else v for name, v in columns.items()}
    return {"values": dict(draft.values), "columns": plain}


def columns_read(reading: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a kept reading, as an asset holds them."""
    columns = dict(reading["columns"])
    columns["location"] = columns["location"] and point(*columns["location"])
    return columns | {name: of(columns[name]) for name, of in ENUMS.items()}


def side_of(number: int, columns: Mapping[str, Any], *, former: bool = False) -> Side:
    """What a row or an asset is known by."""
    place: Point | None = columns["location"]
    name: str = columns["name"]
    return Side(
        number=number,
        code=columns["reference"] or "",
        uprn=columns["uprn"] or "",
        name="" if name.startswith(UNNAMED) else name,
        address=columns["address"] or "",
        place=(place.x, place.y) if place else None,
        everything=tuple(_plain(column, columns[column]) for column in SOURCES),
        former=former,
    )


def _plain(column: str, value: Any) -> Any:
    """To be compared: a point, which engines keep to the last digit."""
    if column == "location" and value is not None:
        return (round(value.x, 7), round(value.y, 7))
    return value or None  # blank text is none


def shown(column: str, columns: Mapping[str, Any]) -> str | None:
    """A column's value as people read it."""
    value = columns[column]
    if column == "location":
        return None if value is None else _place_shown(value, columns["coordinate_system"])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return None if value in (None, "") else str(value)


def _place_shown(place: Point, system: str | None) -> str:
    """In the system in which it was published."""
    if system in list(GridSystem):
        grid = GridSystem(system)
        try:
            east, north = (round(metres, 1) for metres in to_grid(place, grid))
        except OffTheGrid:
            pass
        else:
            return f"{east:.10g}, {north:.10g} ({grid.label})"
    return f"{place.y:.6f}, {place.x:.6f} ({WGS84})"


def changes(
    held: Mapping[str, Any],
    known: Mapping[str, str],
    row: Mapping[str, Any],
    said: Mapping[str, str],
    fields: Collection[str],
) -> list[Change]:
    """What a row would change of an asset.

    `held` and `row` are columns, `known` the last values that registers gave, `said` the row's,
    `fields` those that its file has a column for.
    """
    found = []
    for column, sources in SOURCES.items():
        there = [name for name in sources if name in fields]
        if all(said.get(name, "") == known.get(name, "") for name in there):
            continue  # it says nothing of the column, or the same as before
        lost = [name for name in sources if known.get(name) and name not in fields]
        if lost and (row[column] in NOTHING or (column in FED_BY_FIRST and sources[0] in lost)):
            continue  # what it was read from is not in this file
        before, after = shown(column, held), shown(column, row)
        if before == after:
            continue
        if column != "location":
            found.append(Change(column, before, after))
        elif not same_place(held, row):
            found.append(Change(column, before, after, metres_moved(held, row)))
    for name in sorted(LOOSE & set(fields)):
        before, after = known.get(name) or None, said.get(name) or None
        if before != after:
            found.append(Change(name, before, after))
    return found


def same_place(held: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether both are on the map, no further apart than grids and their conversion make them."""
    metres = _metres_apart(held, row)
    same_system = held["coordinate_system"] == row["coordinate_system"]
    most = SAME_METRES if same_system else SAME_IN_ANOTHER_SYSTEM_METRES
    return metres is not None and metres <= most


def metres_moved(held: Mapping[str, Any], row: Mapping[str, Any]) -> int | None:
    """Whole metres; None where one of them is on no map."""
    metres = _metres_apart(held, row)
    return None if metres is None else round(metres)


def _metres_apart(held: Mapping[str, Any], row: Mapping[str, Any]) -> float | None:
    old, new = held["location"], row["location"]
    if old is None or new is None:
        return None
    return metres_between((old.x, old.y), (new.x, new.y))


def values_new(
    known: Mapping[str, str], said: Mapping[str, str], fields: Collection[str]
) -> dict[str, str]:
    """What a row gives otherwise than the last that was taken; blank where it says no more."""
    return {
        name: said.get(name, "")
        for name in sorted(fields)
        if said.get(name, "") != known.get(name, "")
    }
