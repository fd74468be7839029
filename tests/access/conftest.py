"""The town of tests/graph, for who may do what in it."""

from tests.graph.conftest import (
    own_town,
    own_town_url,
    postgres_town,
    sqlite_town,
    town,
    town_urls,
)

__all__ = ["own_town", "own_town_url", "postgres_town", "sqlite_town", "town", "town_urls"]
