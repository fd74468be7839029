"""Bank holidays as rows: those of the list, and what was known when."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from commonweal.access import Viewer
from commonweal.clocks.actions import add_holiday, holidays_known, withdraw_holiday
from commonweal.clocks.rules import HolidayKnown, NoSuchHoliday, deadlines
from commonweal.clocks.rules_regimes import ClockEvent, Jurisdiction, RegimeCode, regime_of
from commonweal.clocks.tables import Holiday
from commonweal.kernel.calendar import is_working_day
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY, Advance

OPERATOR = Viewer(0, "system:operator")
SCOTLAND, IRELAND = Jurisdiction.SCOTLAND, Jurisdiction.NORTHERN_IRELAND
FUNERAL: dict[str, Any] = {
    "day": date(2026, 12, 15),
    "name": "State funeral",
    "citation": "Proclamation",
}


async def added(database: Database, place: Jurisdiction) -> None:
    does = partial(add_holiday, viewer=OPERATOR, jurisdiction=place, **FUNERAL)
    await in_transaction(database, does)


async def test_the_list_has_every_years_days_and_each_is_on_a_weekday(database: Database) -> None:
    counts = {Jurisdiction.ENGLAND: 8, Jurisdiction.WALES: 8, SCOTLAND: 9, IRELAND: 10}
    for place, count in counts.items():
        known = await holidays_known(place, TODAY)
        for year in range(2024, 2029):
            once = place is SCOTLAND and year == 2026
            assert sum(day.year == year for day in known) == count + once, (place, year)
        assert all(is_working_day(day, ()) for day in known)


@pytest.mark.parametrize(
    ("day", "places"),
    [
        ("2024-12-25", "EWSN"),
        ("2026-11-30", "S"),  # St Andrew's Day
        ("2024-12-02", "S"),  # its substitute: the 30th was a Saturday
        ("2026-01-02", "S"),
        ("2027-01-04", "S"),  # 2 January 2027 is a Saturday
        ("2026-06-15", "S"),  # once, by proclamation
        ("2024-07-12", "N"),
        ("2026-07-13", "N"),  # the 12th is a Sunday
        ("2025-03-17", "N"),
        ("2026-04-06", "EWN"),  # Easter Monday
        ("2026-08-03", "S"),
        ("2026-08-31", "EWN"),
        ("2026-12-28", "EWSN"),  # Boxing Day's substitute
        ("2028-01-03", "EWSN"),
        ("2026-12-24", ""),
    ],
)
async def test_days_that_everybody_knows_are_holidays_where_they_are(
    database: Database, day: str, places: str
) -> None:
    having = {
        place.name[0]
        for place in Jurisdiction
        if date.fromisoformat(day) in await holidays_known(place, TODAY)
    }
    assert having == set(places)


async def test_a_holiday_proclaimed_later_was_not_known_before(database: Database) -> None:
    """Invariant 5."""
    day = date(2026, 6, 15)

    assert day not in await holidays_known(SCOTLAND, datetime(2026, 2, 3, tzinfo=UTC))
    assert day in await holidays_known(SCOTLAND, datetime(2026, 2, 4, tzinfo=UTC))


async def test_a_holiday_added_later_moves_no_decision_that_was_taken_before(
    database: Database, advance: Advance
) -> None:
    """Invariant 5."""
    frozen = database.clock.now()
    decided = {ClockEvent.DECISION_GIVEN: date(2026, 11, 23)}
    regime = regime_of(RegimeCode.CE2015)

    async def due(at: datetime) -> date:
        return deadlines(regime, SCOTLAND, decided, await holidays_known(SCOTLAND, at))[0].legal_end

    assert await due(frozen) == date(2026, 12, 21)
    await advance(timedelta(days=1))
    await added(database, SCOTLAND)
    now = database.clock.now()
    assert await due(frozen) == date(2026, 12, 21)
    assert await due(now) == date(2026, 12, 22)
    assert FUNERAL["day"] not in await holidays_known(IRELAND, now)

    await advance(timedelta(days=1))
    does = partial(withdraw_holiday, viewer=OPERATOR, jurisdiction=SCOTLAND, citation="Revoked")
    await in_transaction(database, partial(does, day=FUNERAL["day"]))
    assert await due(database.clock.now()) == date(2026, 12, 21)
    assert await due(now) == date(2026, 12, 22)  # what was frozen between stays as it was


async def test_a_holiday_is_added_once_and_what_is_none_is_not_taken_back(
    database: Database, advance: Advance
) -> None:
    await added(database, SCOTLAND)
    with pytest.raises(HolidayKnown):
        await added(database, SCOTLAND)
    withdraw = partial(withdraw_holiday, viewer=OPERATOR, jurisdiction=IRELAND, citation="x")
    with pytest.raises(NoSuchHoliday):
        await in_transaction(database, partial(withdraw, day=FUNERAL["day"]))
    record = await AuditRecord.get(subject_kind="hol")
    assert (record.actor, record.action) == ("system:operator", "add_holiday")
    assert record.facts == {"jurisdiction": "SCOTLAND", "day": "2026-12-15", "observed": True}


async def test_the_database_refuses_to_change_or_delete_a_holiday(database: Database) -> None:
    for change in (
        Holiday.filter(day=date(2026, 12, 25)).update(day=date(2026, 12, 24)),
        Holiday.filter(day=date(2026, 12, 25)).delete(),
    ):
        with pytest.raises(BaseORMException, match="append-only"):
            await change
