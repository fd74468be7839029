"""Adding bank holidays and taking them back, and which were known when.

Only whoever runs the service does either, by the command line: bank holidays are a nation's, and no
role of the API is. Nothing here moves a deadline that somebody froze.
"""

from datetime import date, datetime
from typing import Final

from commonweal.access import Viewer
from commonweal.kernel.retention import kept
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules import HolidayKnown, NoSuchHoliday
from .rules_regimes import Jurisdiction
from .tables import Holiday

PREFIX: Final = "hol"

kept("bank holidays", None, date(2026, 11, 23), "deadlines were counted with them")


async def holidays_known(jurisdiction: Jurisdiction, at: datetime) -> frozenset[date]:
    """The bank holidays that were known at an instant: what a case's deadlines are counted with."""
    rows = Holiday.filter(jurisdiction=jurisdiction, added_at__lte=at).order_by("added_at")
    known: dict[date, bool] = dict(
        await rows.values_list("day", "observed")
    )  # the last word counts
    return frozenset(day for day, observed in known.items() if observed)


async def add_holiday(
    tx: Transaction,
    viewer: Viewer,
    *,
    jurisdiction: Jurisdiction,
    day: date,
    name: str,
    citation: str,
) -> dict[str, int]:
    """A day is a bank holiday. Raises HolidayKnown."""
    if day in await holidays_known(jurisdiction, tx.now):
        raise HolidayKnown(jurisdiction, day)
    row = Holiday(jurisdiction=jurisdiction, day=day, name=name, citation=citation, observed=True)
    return await _said(tx, viewer, row)


async def withdraw_holiday(
    tx: Transaction, viewer: Viewer, *, jurisdiction: Jurisdiction, day: date, citation: str
) -> dict[str, int]:
    """A day is no bank holiday after all, for what is counted from now on. Raises NoSuchHoliday."""
    if day not in await holidays_known(jurisdiction, tx.now):
        raise NoSuchHoliday(jurisdiction, day)
    last = await Holiday.filter(jurisdiction=jurisdiction, day=day).order_by("-added_at").first()
    assert last
    row = Holiday(jurisdiction=jurisdiction, day=day, name=last.name, citation=citation)
    row.observed = False
    return await _said(tx, viewer, row)


async def _said(tx: Transaction, viewer: Viewer, row: Holiday) -> dict[str, int]:
    row.id, row.added_at = tx.new_id(), tx.now
    await row.save(force_create=True)
    facts = {"jurisdiction": row.jurisdiction, "day": row.day.isoformat(), "observed": row.observed}
    verb = "add_holiday" if row.observed else "withdraw_holiday"
    await record(tx, viewer.name, [Entry(PREFIX, row.id, verb, facts)])
    return {"holiday": row.id}
