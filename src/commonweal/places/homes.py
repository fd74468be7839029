"""What stands for somebody's home (being written)."""

from shapely import Point

from commonweal.store.database import Database


def displaced(database: Database, owner: str, point: Point) -> Point:
    """A point near a home."""
    raise NotImplementedError
