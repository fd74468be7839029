"""Where a home is shown: a point 300 to 800 m from it, for distances, orders and pins.

The home itself is never shown, compared or searched. The offset hangs on its owner and on a square
kilometre, and on nothing finer:

- Were each home's offset its own, setting it anew, a few metres off, would draw another point
  around it each time, and their middle is the home.
- Were an owner's offset always one, who knew where they lived would find them where they move.

A small change would still be seen as it is, and lead from a postcode's middle to the door: so the
former point stays while it is neither too near the new home nor too far. What remains: across a
border comes another offset, so setting a home must be limited; and who share one must be one
owner, for two points say more than one.
"""

import math
import struct
from typing import Final

from shapely import Point

from commonweal.store.database import Database
from commonweal.store.keyed import digest
from commonweal.store.spatial import ELLIPSOID

LEAST_METRES: Final = 300  # nearer, who knows the street knows the house
MOST_METRES: Final = 800  # a walk of ten minutes: further, what is shown as near is not
DECIMALS: Final = 5  # of a degree: a metre
SLACK_METRES: Final = 50  # a pin set anew within it changes nothing; rounding takes up to 0.8
SQUARE_METRES: Final = 1_000  # of a side: more than a pin set anew, less than a move across town
DEGREE_METRES: Final = 111_195  # of a mean sphere; squares need not be exact


def displaced(database: Database, owner: str, home: Point, former: Point | None = None) -> Point:
    """The point (WGS 84) to show for an owner's home; `former` is what was shown until now.

    Without `former`, always the same for one owner and home: 350 to 750 m off, so that it can
    stay, and as likely on each square metre of that ring.
    """
    if former is not None:
        *_, metres = ELLIPSOID.inv(home.x, home.y, former.x, former.y)
        if LEAST_METRES <= metres <= MOST_METRES:
            return former
    row, column = _square(database, owner, home)
    turn, share = _shares(database, f"{owner}:{row}:{column}")
    least, most = LEAST_METRES + SLACK_METRES, MOST_METRES - SLACK_METRES
    metres = math.sqrt(least**2 + share * (most**2 - least**2))
    longitude, latitude, _ = ELLIPSOID.fwd(home.x, home.y, 360 * turn, metres)
    return Point(round(longitude, DECIMALS), round(latitude, DECIMALS))


def _square(database: Database, owner: str, home: Point) -> tuple[int, int]:
    """The row and column of a grid that lies differently for each owner.

    Nobody else knows its borders, so a point that jumps does not say that one is near.
    """
    east, north = _shares(database, f"{owner}:grid")
    rows_a_degree = DEGREE_METRES / SQUARE_METRES
    row = math.floor(home.y * rows_a_degree + north)
    middle = (row + 0.5 - north) / rows_a_degree
    columns = max(1, round(360 * rows_a_degree * math.cos(math.radians(middle))))
    return row, math.floor(home.x % 360 / 360 * columns + east) % columns


def _shares(database: Database, text: str) -> tuple[float, float]:
    """Two numbers from 0 up to 1, that only this service can tell."""
    one, other = struct.unpack(">II8x16x", digest(database, "home", text))
    return one / 2**32, other / 2**32
