"""How long things are kept: dated rows, said beside the sweeps."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.kernel.retention import EVER, RETENTION, Kept, kept

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2027, 1, 1), date(2028, 6, 1)


@pytest.fixture(autouse=True)
def retention_as_it_was() -> Iterator[None]:
    before = dict(RETENTION)
    yield
    RETENTION.clear()
    RETENTION.update(before)


def test_on_each_day_the_row_in_force_applies_whichever_is_asked() -> None:
    last = kept("cards", None, THIRD, "they are history")  # in whatever order they are said
    first = kept("cards", 30, FIRST, "a month")
    kept("cards", 7, SECOND, "a month was too long")
    kept("others", 1, FIRST, "not theirs")

    day = timedelta(days=1)
    for row in (first, last):
        assert row.days_on(FIRST - day) is None
        assert row.days_on(FIRST) == row.days_on(SECOND - day) == 30
        assert row.days_on(SECOND) == row.days_on(THIRD - day) == 7
        assert row.days_on(THIRD) is None


def test_the_oldest_that_is_kept_goes_by_the_civil_day() -> None:
    row = kept("cards", 30, FIRST, "a month")
    kept("cards", 7, date(2026, 7, 1), "a week")
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # in London it is July

    assert row.oldest(late) == late - timedelta(days=7)
    assert row.oldest(late - timedelta(hours=1)) == late - timedelta(days=30, hours=1)
    assert row.oldest(datetime(2025, 1, 1, tzinfo=UTC)) == EVER


def test_a_row_that_is_said_is_known_and_a_day_has_one() -> None:
    made = kept("cards", 30, FIRST, "a month")

    assert made == Kept("cards", 30, FIRST, "a month") == RETENTION["cards", FIRST]
    assert kept("cards", 30, FIRST, "a month") == made
    with pytest.raises(TypeError, match="of 'cards' there is another row from 2026-01-01"):
        kept("cards", 31, FIRST, "a month")
    assert RETENTION["cards", FIRST].days == 30
