"""The bank holidays that a new service knows, for tests without a database."""

import importlib
from datetime import date

from commonweal.clocks.rules_regimes import Jurisdiction

MIGRATION = importlib.import_module("commonweal.migrations.0020_clocks")


def holidays_in(jurisdiction: Jurisdiction) -> frozenset[date]:
    rows: list[tuple[str, ...]] = MIGRATION.rows()
    return frozenset(date.fromisoformat(day) for place, day, *_ in rows if place == jurisdiction)
