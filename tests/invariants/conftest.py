"""What the properties need besides a database: who lost to whom, and a mutation that pays."""

from collections.abc import Iterator

import pytest

from commonweal.store import transaction
from tests.invariants.payments import permitted


@pytest.fixture
def deadlocks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each deadlock that PostgreSQL broke: the work runs again, and no outcome would show it."""
    found: list[str] = []
    lost = transaction.lost

    def seen(error: BaseException) -> bool:
        if getattr(transaction.unwrapped(error), "sqlstate", "") == "40P01":
            found.append(str(error))
        return lost(error)

    monkeypatch.setattr(transaction, "lost", seen)
    return found


@pytest.fixture
def paying(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with permitted(monkeypatch):
        yield
