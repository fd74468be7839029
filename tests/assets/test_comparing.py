"""How far a place is said to have moved, and what is no move at all."""

from typing import Any

import pytest
import shapely

from commonweal.assets.comparing import (
    SAME_IN_ANOTHER_SYSTEM_METRES,
    SAME_METRES,
    metres_moved,
    same_place,
)

METRE = 1 / 111_195  # in degrees of latitude
SLACK = 0.01  # metres


def at(metres: float | None, system: str = "OSGB36") -> dict[str, Any]:
    """The columns of a place so far north of one point; None is on no map."""
    place = None if metres is None else shapely.Point(-2.08, 51.9 + metres * METRE)
    return {"location": place, "coordinate_system": system}


@pytest.mark.parametrize(
    ("row", "same"),
    [
        (at(SAME_METRES - SLACK), True),
        (at(SAME_METRES + SLACK), False),
        (at(SAME_IN_ANOTHER_SYSTEM_METRES - SLACK, "WGS84"), True),
        (at(SAME_IN_ANOTHER_SYSTEM_METRES + SLACK, "WGS84"), False),
        (at(None), False),
    ],
)
def test_a_place_is_the_same_as_far_as_its_grid_can_tell(row: dict[str, Any], same: bool) -> None:
    assert same_place(at(0), row) is same
    assert same_place(row, at(0)) is same


def test_a_move_is_told_in_whole_metres() -> None:
    assert metres_moved(at(0), at(12.4)) == 12
    assert metres_moved(at(0), at(0)) == 0


def test_what_is_on_no_map_has_not_moved_any_metres() -> None:
    assert metres_moved(at(None), at(12.4)) is None
    assert metres_moved(at(12.4), at(None)) is None
